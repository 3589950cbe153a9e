"""Payloads as Slack sends them, in the shapes of its documentation."""

from __future__ import annotations

from typing import Any

from adapters.slack.forms import render_form
from adapters.slack.inbound import Place, metadata
from bot.conversation.card import Form

Json = dict[str, Any]
TEAM = {"id": "T1", "domain": "riverside"}
WHO: Json = {
    "user": {"id": "U1", "username": "ada", "name": "ada", "team_id": "T1"},
    "team": TEAM,
    "enterprise": None,
    "is_enterprise_install": False,
    "api_app_id": "A1",
    "token": "deprecated",
}
URL = "https://hooks.slack.com/actions/T1/1/abc"


def command(text: str, **more: str) -> Json:
    return {
        "token": "deprecated",
        "team_id": "T1",
        "team_domain": "riverside",
        "channel_id": "C1",
        "channel_name": "general",
        "user_id": "U1",
        "user_name": "ada",
        "command": "/pulse",
        "text": text,
        "api_app_id": "A1",
        "is_enterprise_install": "false",
        "response_url": URL,
        "trigger_id": "1.2.3",
        **more,
    }


def press(value: str, *, fleeting: bool = False, **more: Any) -> Json:
    return {
        **WHO,
        "type": "block_actions",
        "trigger_id": "1.2.4",
        "container": {
            "type": "message",
            "message_ts": "1700000000.000100",
            "channel_id": "D1",
            "is_ephemeral": fleeting,
        },
        "channel": {"id": "D1", "name": "directmessage"},
        "response_url": URL,
        "actions": [
            {
                "type": "button",
                "action_id": "3.0",
                "block_id": "b1",
                "text": {"type": "plain_text", "text": "Agree"},
                "value": value,
                "action_ts": "1700000100.5",
            }
        ],
        **more,
    }


def in_view(value: str, kind: str) -> Json:
    """A press inside a modal or on the Home tab."""
    payload = press(value)
    view = {"id": "V1", "type": kind, "private_metadata": "", "blocks": []}
    del payload["response_url"]
    return {**payload, "container": {"type": "view", "view_id": "V1"}, "view": view}


def submission(
    form: Form, state: Json, place: Place | None = None, kind: str = "view_submission"
) -> Json:
    shown = render_form(form, metadata(form.action, place or Place()))
    view = {**shown, "id": "V1", "hash": "1.abc", "state": {"values": state}}
    return {**WHO, "type": kind, "trigger_id": "1.2.5", "view": view}


def event(inner: Json, **more: Any) -> Json:
    return {
        "token": "deprecated",
        "team_id": "T1",
        "api_app_id": "A1",
        "type": "event_callback",
        "event_id": "Ev1",
        "event_time": 1700000000,
        "authorizations": [
            {"enterprise_id": None, "team_id": "T1", "is_enterprise_install": False}
        ],
        "event": inner,
        **more,
    }
