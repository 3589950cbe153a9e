"""auth.*, team.*, bots.*, files.*: the app itself, and what it uploads."""

from __future__ import annotations

from tests.slack.calling import Request, SlackError
from tests.slack.records import File, Json
from tests.slack.shapes import file_json


def auth_test(request: Request) -> Json:
    workspace = request.workspace
    found: Json = {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.name,
        "user": workspace.users[workspace.bot_user].name,
        "team_id": workspace.team,
        "user_id": workspace.bot_user,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": workspace.org_install,
    }
    if workspace.enterprise:
        found["enterprise_id"] = workspace.enterprise
    return found


def auth_revoke(request: Request) -> Json:
    if not request.flag("test"):
        request.token.revoked = True
    return {"revoked": not request.flag("test")}


def team_info(request: Request) -> Json:
    request.need("team:read")
    workspace = request.workspace
    found: Json = {"id": workspace.team, "name": workspace.name, "domain": workspace.domain}
    if workspace.enterprise:
        found["enterprise_id"] = workspace.enterprise
        found["enterprise_name"] = workspace.enterprise_name
    return {"team": found}


def bots_info(request: Request) -> Json:
    request.need("users:read")
    workspace = request.workspace
    if request.text("bot") != workspace.bot_id:
        raise SlackError("bot_not_found")
    return {
        "bot": {
            "id": workspace.bot_id,
            "deleted": False,
            "name": workspace.users[workspace.bot_user].real_name,
            "app_id": workspace.app_id,
            "user_id": workspace.bot_user,
        }
    }


def upload_url(request: Request) -> Json:
    request.need("files:write")
    world = request.world
    length = request.number("length", 0)
    if length < 1:
        raise SlackError("invalid_arguments")
    name = request.text("filename", required=True)
    file = File(world.fresh("F"), name, request.workspace.bot_user, length, world.now())
    world.files[file.id] = file
    return {"upload_url": f"{world.address}/upload/v1/{file.id}", "file_id": file.id}


def complete_upload(request: Request) -> Json:
    """Puts uploaded files into a channel, or keeps them for pictures in messages."""
    request.need("files:write")
    world, workspace = request.world, request.workspace
    items = request.json("files")
    if not isinstance(items, list) or not items:
        raise SlackError("invalid_arguments")
    files = []
    for item in items:
        file = world.files.get(item.get("id", ""))
        if file is None or file.complete:
            raise SlackError("file_not_found")
        if file.data is None:
            raise SlackError("file_update_failed")
        file.title = item.get("title", "")
        files.append(file)
    channel = request.channel("channel_id") if request.text("channel_id") else None
    if channel and workspace.bot_user not in channel.members:
        raise SlackError("not_in_channel")
    for file in files:
        file.complete, file.made_at = True, world.now()
        if channel:
            file.channels.append(channel.id)
    shapes = [file_json(file, world.address) for file in files]
    if channel:
        comment = request.text("initial_comment")
        world.post(workspace, channel.id, comment, [], files=shapes)
    return {"files": shapes}


def file_info(request: Request) -> Json:
    request.need("files:read")
    file = request.world.files.get(request.text("file"))
    if file is None or not file.complete:
        raise SlackError("file_not_found")
    return {"file": file_json(file, request.world.address)}


METHODS = {
    "auth.test": auth_test,
    "auth.revoke": auth_revoke,
    "team.info": team_info,
    "bots.info": bots_info,
    "files.getUploadURLExternal": upload_url,
    "files.completeUploadExternal": complete_upload,
    "files.info": file_info,
}
