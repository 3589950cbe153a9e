"""Installing the app: the page on which a person allows it, and the tokens that come of it."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import urlencode

from aiohttp import web

from tests.slack.calling import SlackError
from tests.slack.records import SLACKBOT, Json, Token, Workspace
from tests.slack.world import TOKEN_SECONDS, World

CODE_SECONDS = 600.0


def credentials(request: web.Request, arguments: Json) -> tuple[str, str]:
    """The app's id and secret, from the header or from the body."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(value).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return client_id, secret
    return str(arguments.get("client_id", "")), str(arguments.get("client_secret", ""))


def access(world: World, client_id: str, secret: str, arguments: Json) -> Json:
    """oauth.v2.access: a code or a refresh token becomes an access token, once."""
    if client_id != world.client_id:
        raise SlackError("invalid_client_id")
    if secret != world.client_secret:
        raise SlackError("bad_client_secret")
    match arguments.get("grant_type", "authorization_code"):
        case "refresh_token":
            return _refreshed(world, str(arguments.get("refresh_token", "")))
        case "authorization_code":
            return _exchanged(world, arguments)
    raise SlackError("invalid_grant_type")


def _refreshed(world: World, refresh: str) -> Json:
    old = next((token for token in world.tokens.values() if token.refresh == refresh), None)
    if not refresh or old is None or old.refreshed or old.revoked:
        raise SlackError("invalid_refresh_token")
    old.refreshed = True
    workspace = world.workspaces[old.team]
    return _granted(workspace, world.issue_token(workspace))


def _exchanged(world: World, arguments: Json) -> Json:
    code = world.codes.get(str(arguments.get("code", "")))
    if code is None or world.now() - code.made_at > CODE_SECONDS:
        raise SlackError("invalid_code")
    if code.used:
        raise SlackError("code_already_used")
    if code.redirect_uri != str(arguments.get("redirect_uri", code.redirect_uri)):
        raise SlackError("bad_redirect_uri")
    code.used = True
    workspace = world.workspaces[code.team]
    workspace.inactive = False
    granted = _granted(workspace, world.issue_token(workspace))
    return {**granted, "authed_user": {"id": code.user}}


def _granted(workspace: Workspace, token: Token) -> Json:
    enterprise = {"id": workspace.enterprise, "name": workspace.enterprise_name}
    found: Json = {
        "access_token": token.value,
        "token_type": "bot",
        "scope": ",".join(sorted(workspace.scopes)),
        "bot_user_id": workspace.bot_user,
        "app_id": workspace.app_id,
        "team": None if workspace.org_install else {"id": workspace.team, "name": workspace.name},
        "enterprise": enterprise if workspace.enterprise else None,
        "is_enterprise_install": workspace.org_install,
    }
    if token.refresh:
        found |= {"expires_in": TOKEN_SECONDS, "refresh_token": token.refresh}
    return found


def allow(world: World, request: web.Request) -> web.Response:
    """A person allows the app in the workspace `team`, or else in the first one."""
    query = request.query
    if query.get("client_id") != world.client_id:
        return web.Response(status=400, text="invalid_client_id")
    back = query.get("redirect_uri", "")
    workspace = world.workspaces.get(query.get("team", "")) or next(iter(world.workspaces.values()))
    if world.install_denied:
        answer = {"error": "access_denied"}
    else:
        asked = {scope for scope in query.get("scope", "").split(",") if scope}
        workspace.scopes |= asked
        people = workspace.users.values()
        installer = next(user for user in people if not user.is_bot and user.id != SLACKBOT)
        answer = {"code": world.issue_code(workspace, installer.id, back)}
    if "state" in query:
        answer["state"] = query["state"]
    return web.Response(status=302, headers={"Location": f"{back}?{urlencode(answer)}"})
