"""Activities as Teams sends them, in the shapes of its documentation."""

from __future__ import annotations

from html import escape
from typing import Any

from adapters.teams.forms import PREFIX, Place, render_form
from bot.conversation.card import Form

Json = dict[str, Any]
TENANT = "11111111-aaaa-4bbb-8ccc-222222222222"
ADA_ID = "33333333-aaaa-4bbb-8ccc-444444444444"
SAM_ID = "55555555-aaaa-4bbb-8ccc-666666666666"
CHAT = "a:1personal"
CHANNEL = "19:ward4@thread.tacv2"
TEAM = "19:riverside@thread.tacv2"
MESSAGE = "1700000000001"
BOT: Json = {"id": "28:bot", "name": "Soundings"}
ADA: Json = {"id": "29:ada", "name": "Ada Lunt", "aadObjectId": ADA_ID}


def activity(kind: str, **more: Any) -> Json:
    """Something in Ada's own chat with the bot."""
    return {
        "type": kind,
        "id": "f:1",
        "timestamp": "2026-06-08T08:00:00.000Z",
        "localTimezone": "Europe/London",
        "locale": "en-GB",
        "channelId": "msteams",
        "serviceUrl": "https://smba.example/uk/",
        "from": ADA,
        "recipient": BOT,
        "conversation": {"id": CHAT, "conversationType": "personal", "tenantId": TENANT},
        "entities": [
            {"type": "clientInfo", "locale": "en-GB", "country": "GB", "timezone": "Europe/London"}
        ],
        "channelData": {"tenant": {"id": TENANT}},
        **more,
    }


def typed(text: str, **more: Any) -> Json:
    """A message to the bot alone, as the client escapes it."""
    return activity("message", textFormat="plain", text=escape(text, quote=False), **more)


def in_channel(kind: str, **more: Any) -> Json:
    """Something in a thread of a team's channel."""
    return activity(
        kind,
        conversation={
            "id": f"{CHANNEL};messageid=1",
            "conversationType": "channel",
            "isGroup": True,
            "tenantId": TENANT,
        },
        channelData={
            "tenant": {"id": TENANT},
            "team": {"id": TEAM, "name": "Riverside"},
            "channel": {"id": CHANNEL, "name": "Ward 4"},
        },
        **more,
    )


def mention(name: str, id_: str) -> Json:
    return {"type": "mention", "mentioned": {"id": id_, "name": name}, "text": f"<at>{name}</at>"}


def invoke(name: str, value: Json, **more: Any) -> Json:
    return activity("invoke", name=name, value=value, replyToId=MESSAGE, **more)


def execute(data: Json, **more: Any) -> Json:
    """An Action.Execute was pressed."""
    action = {"type": "Action.Execute", "title": "Agree", "verb": "do", "data": data}
    return invoke("adaptiveCard/action", {"action": action, "trigger": "manual"}, **more)


def fetch(data: Json, **more: Any) -> Json:
    """A button was pressed that asks for a dialog."""
    value = {"data": {**data, "msteams": {"type": "task/fetch"}}, "context": {"theme": "default"}}
    return invoke("task/fetch", value, **more)


def fallback(data: Json, **more: Any) -> Json:
    """An Action.Submit was pressed, where the client knows no Action.Execute."""
    return activity("message", value=data, replyToId=MESSAGE, **more)


def submit(card: Json, entered: Json, **more: Any) -> Json:
    """The button of a dialog was pressed, with what stands in its inputs."""
    data = {**card["actions"][0]["data"], **entered}
    payload = invoke("task/submit", {"data": data, "context": {"theme": "default"}}, **more)
    del payload["replyToId"]  # a dialog is no message
    return payload


def submission(form: Form, place: Place | None = None, **entered: str) -> Json:
    """The same, from a form."""
    card = render_form(form, place or Place(CHAT, MESSAGE))
    return submit(card, {f"{PREFIX}{name}": text for name, text in entered.items()})
