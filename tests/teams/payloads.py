"""The shapes in which Teams tells the app what people do.

Sources: learn.microsoft.com, "Conversation events in your Teams bot", "Use dialogs with bots" and
"Universal Actions for Adaptive Cards"; github.com/microsoft/teams.net, the activities of its tests.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.teams.records import Conversation, Json, Message, Team, Tenant, User
from tests.teams.world import World


@dataclass(frozen=True, slots=True)
class Place:
    """Who does something, and where."""

    world: World
    tenant: Tenant
    conversation: Conversation
    user: User


def _base(place: Place) -> Json:
    """What all activities have in common."""
    world, tenant, conversation, user = place.world, place.tenant, place.conversation, place.user
    sent: Json = {
        "timestamp": world.timestamp(),
        "channelId": "msteams",
        "serviceUrl": world.service_url,
        "from": {"id": user.id, "name": user.name, "aadObjectId": user.aad},
        "recipient": {"id": world.bot_id, "name": world.app_name},
        "conversation": {
            "id": conversation.id,
            "conversationType": conversation.kind,
            "tenantId": tenant.id,
        },
        "channelData": {"tenant": {"id": tenant.id}},
    }
    if conversation.kind != "personal":
        sent["conversation"]["isGroup"] = True
    if conversation.kind == "groupChat" and conversation.name:
        sent["conversation"]["name"] = conversation.name
    return sent


def _acted(place: Place) -> Json:
    """What somebody does at their screen."""
    sent = _base(place)
    conversation, user = place.conversation, place.user
    moment = datetime.fromtimestamp(place.world.wall(), UTC).astimezone(ZoneInfo(user.zone))
    client = {
        "type": "clientInfo",
        "locale": user.locale,
        "country": user.locale.partition("-")[2],
        "platform": "Web",
        "timezone": user.zone,
    }
    sent |= {
        "localTimestamp": moment.isoformat(timespec="milliseconds"),
        "localTimezone": user.zone,
        "locale": user.locale,
        "entities": [client],
    }
    if conversation.kind == "channel":
        sent["channelData"] |= {
            "teamsChannelId": conversation.id,
            "teamsTeamId": conversation.team,
            "channel": {"id": conversation.id},
            "team": {"id": conversation.team},
        }
    return sent


def typed(
    place: Place,
    text: str,
    message: str,
    *,
    mentions: bool = False,
    thread: str = "",
    targeted: bool = False,
) -> Json:
    """A line that somebody wrote; in a channel it is a thread of its own, or part of one.

    With `targeted` it is a slash command, which only the app is shown.
    """
    sent = _acted(place)
    world, conversation = place.world, place.conversation
    named = f"<at>{html.escape(world.app_name, quote=False)}</at>"
    # The text is HTML in all but name: the three signs that mean something there are escaped.
    written = html.escape(text, quote=False)
    markup = f"<p>{written}</p>"
    if mentions:
        mentioned = {"id": world.bot_id, "name": world.app_name}
        sent["entities"].insert(0, {"type": "mention", "mentioned": mentioned, "text": named})
        markup = (
            '<p><span itemtype="http://schema.skype.com/Mention" itemscope="" itemid="0">'
            f"{html.escape(world.app_name)}</span>&nbsp;{written}</p>"
        )
        written = f"{named} {written}"
    if conversation.kind == "channel":
        sent["conversation"]["id"] = f"{conversation.id};messageid={thread or message}"
    if targeted:
        sent["recipient"]["isTargeted"] = True
    return {
        **sent,
        "type": "message",
        "id": message,
        "text": written,
        "textFormat": "plain",
        "attachments": [{"contentType": "text/html", "content": markup}],
    }


def _on_card(place: Place, message: Message) -> Json:
    """What is done on a card in a message."""
    sent, conversation = _acted(place), place.conversation
    sent["channelData"] |= {
        "source": {"name": "message"},
        "legacy": {"replyToId": f"1:{message.id}"},
    }
    if conversation.kind == "channel":
        sent["conversation"]["id"] = f"{conversation.id};messageid={message.id}"
    return {**sent, "replyToId": message.id}


def executed(
    place: Place,
    message: Message,
    action: Json,
    data: Json,
) -> Json:
    """A press of an Action.Execute, which waits for an answer."""
    kept = {name: action[name] for name in ("type", "title", "id", "verb") if name in action}
    return {
        **_on_card(place, message),
        "type": "invoke",
        "name": "adaptiveCard/action",
        "id": place.world.fresh_event(),
        "value": {"action": {**kept, "data": data}, "trigger": "manual"},
    }


def submitted_on_card(
    place: Place,
    message: Message,
    data: Json,
) -> Json:
    """A press of an Action.Submit, which is a message without a text."""
    return {
        **_on_card(place, message),
        "type": "message",
        "id": place.world.next_id(),
        "value": data,
    }


def fetched(
    place: Place,
    message: Message,
    data: Json,
) -> Json:
    """A press of an Action.Submit that opens a dialog."""
    return {
        **_on_card(place, message),
        "type": "invoke",
        "name": "task/fetch",
        "id": place.world.fresh_event(),
        "value": {"data": data, "context": {"theme": "default"}},
    }


def submitted(place: Place, data: Json) -> Json:
    """A dialog that was sent. Which message it was opened from is not said."""
    return {
        **_acted(place),
        "type": "invoke",
        "name": "task/submit",
        "id": place.world.fresh_event(),
        "value": {"data": data, "context": {"theme": "default"}},
    }


def event(
    place: Place,
    kind: str,
    more: Json,
    team: Team | None = None,
    event_type: str = "",
) -> Json:
    """What happens around the app: it is installed, people come and go. Nobody has a name here."""
    sent = _base(place)
    del sent["from"]["name"]
    if team:
        sent["channelData"]["team"] = {
            "id": team.id,
            "name": team.name,
            "aadGroupId": team.aad_group,
        }
    if event_type:
        sent["channelData"]["eventType"] = event_type
    return {**sent, "type": kind, "id": place.world.fresh_event(), **more}
