"""Who is in a channel or user group: pages of ids, then profiles as fast as Slack allows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from math import ceil
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from adapters.slack.inbound import Origin, someone
from adapters.slack.platform import Slack, Tokens
from bot.conversation.card import Card
from bot.conversation.events import Gather
from bot.conversation.gathering import Gathering, NotGathered, Someone
from bot.programme.sources import CHANNEL, GROUP
from bot.wording.sources import slow

MOST = 2000  # people; more of them take longer than somebody waits
LONG = 150  # people; whoever asks is told that it takes a while
A_MINUTE = 100  # profiles that Slack tells a minute, at least
PAGE = 500

_WHY = {
    "access_denied": NotGathered.NOT_ALLOWED,
    "missing_scope": NotGathered.NOT_ALLOWED,
    "no_permission": NotGathered.NOT_ALLOWED,
    "channel_not_found": NotGathered.UNKNOWN,
    "method_not_supported_for_channel_type": NotGathered.UNKNOWN,
    "no_such_subteam": NotGathered.UNKNOWN,
    "paid_teams_only": NotGathered.UNKNOWN,
    "subteam_not_found": NotGathered.UNKNOWN,
    "not_in_channel": NotGathered.HIDDEN,
    "is_archived": NotGathered.ARCHIVED,
}
_GONE = frozenset({"user_not_found", "user_not_visible"})

Say = Callable[[Card], Awaitable[None]]


class _NotGathered(Exception):
    def __init__(self, why: NotGathered) -> None:
        super().__init__(why)
        self.why = why


class Channels:
    """Looks into channels and user groups. Only the names of these are ever listed, not people."""

    def __init__(self, slack: Slack, tokens: Tokens) -> None:
        self._slack = slack
        self._tokens = tokens

    async def gather(
        self, workspace: str, ask: Gather, origin: Origin, say: Say
    ) -> Gathering | NotGathered:
        """Everyone in the channel or group; `say` tells the one who asked that it takes a while."""
        try:
            token = await self._token(workspace)
            external_id = origin.mentions.get(ask.source.casefold()) or ask.external_id
            look = self._group if ask.source.startswith(GROUP) else self._channel
            found, users = await look(token, ask.source, external_id, origin)
            if len(users) > MOST:
                return NotGathered.TOO_MANY
            if len(users) > LONG:
                await say(slow(found.name, len(users), ceil(len(users) / A_MINUTE)))
            people = await self._people(token, workspace, users)
        except _NotGathered as refused:
            return refused.why
        except SlackApiError as error:
            return _WHY.get(str(error.response.get("error", "")), NotGathered.FAILED)
        except (aiohttp.ClientError, TimeoutError):
            return NotGathered.FAILED
        return Gathering(
            external_id=found.external_id, name=found.name, people=people, hears=found.hears
        )

    async def meet(self, workspace: str, users: Iterable[str]) -> tuple[Someone, ...]:
        """Who these are. Raises SlackApiError and aiohttp's errors."""
        try:
            token = await self._token(workspace)
        except _NotGathered:
            return ()
        return await self._people(token, workspace, users)

    async def _token(self, workspace: str) -> str:
        token = await self._tokens.token(workspace)
        if token is None:
            raise _NotGathered(NotGathered.FAILED)
        return token

    async def _channel(
        self, token: str, name: str, external_id: str, origin: Origin
    ) -> tuple[Gathering, list[str]]:
        found = external_id or await self._channel_named(token, name, origin.team)
        about = await self._slack.ask_patiently(token, "conversations.info", {"channel": found})
        channel = about["channel"]
        if channel.get("is_im") or channel.get("is_mpim"):
            raise _NotGathered(NotGathered.UNKNOWN)
        if channel.get("is_archived"):
            raise _NotGathered(NotGathered.ARCHIVED)
        users: list[str] = []
        asked = {"channel": found}
        async for page in self._pages(token, "conversations.members", asked):
            users += page["members"]
            if len(users) > MOST:
                break
        # Who is in a private channel is for those who are in it. Not all of too many were read.
        if channel.get("is_private") and origin.user not in users and len(users) <= MOST:
            raise _NotGathered(NotGathered.HIDDEN)
        hears = bool(channel.get("is_member"))
        shown = f"{CHANNEL}{channel['name']}"
        return Gathering(external_id=found, name=shown, people=(), hears=hears), users

    async def _channel_named(self, token: str, name: str, team: str) -> str:
        asked = {"types": "public_channel,private_channel", "team_id": team}
        async for page in self._pages(token, "conversations.list", asked):
            for channel in page["channels"]:
                if channel["name"].casefold() == name.removeprefix(CHANNEL).casefold():
                    return str(channel["id"])
        raise _NotGathered(NotGathered.UNKNOWN)

    async def _group(
        self, token: str, name: str, external_id: str, origin: Origin
    ) -> tuple[Gathering, list[str]]:
        asked = {"include_disabled": 1, "team_id": origin.team}
        groups = (await self._slack.ask_patiently(token, "usergroups.list", asked))["usergroups"]
        handle = name.removeprefix(GROUP).casefold()
        for group in groups:
            by_name = not external_id and group["handle"].casefold() == handle
            if not by_name and group["id"] != external_id:
                continue
            if group.get("date_delete"):
                raise _NotGathered(NotGathered.ARCHIVED)
            asked = {"usergroup": group["id"], "team_id": origin.team}
            members = await self._slack.ask_patiently(token, "usergroups.users.list", asked)
            shown = f"{GROUP}{group['handle']}"
            return Gathering(external_id=group["id"], name=shown, people=()), [*members["users"]]
        raise _NotGathered(NotGathered.UNKNOWN)

    async def _people(
        self, token: str, workspace: str, users: Iterable[str]
    ) -> tuple[Someone, ...]:
        people = []
        for user in users:
            try:
                asked = {"user": user, "include_locale": 1}
                found = await self._slack.ask_patiently(token, "users.info", asked)
            except SlackApiError as error:
                if error.response.get("error") not in _GONE:
                    raise
            else:
                people.append(someone(workspace, found["user"]))
        return tuple(people)

    async def _pages(
        self, token: str, method: str, about: Mapping[str, Any]
    ) -> AsyncIterator[Mapping[str, Any]]:
        cursor = ""
        while True:
            asked = {**about, "limit": PAGE, "cursor": cursor}
            page = await self._slack.ask_patiently(token, method, asked)
            yield page
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return
