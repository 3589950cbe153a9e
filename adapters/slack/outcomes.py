"""What an answer of Slack's Web API means for a message on its way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from slack_sdk.errors import SlackApiError

from bot.ports import InDoubt, Later, Refused, SendOutcome

# The app is not (or not properly) installed: the message waits for whoever installs it again.
_NOT_INSTALLED = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)
# Slack says itself that it does not know how far it got.
_FAULTS = frozenset(
    {"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org"}
)
_GONE = {
    "cannot_dm_bot": "this account is a program",
    "channel_not_found": "this account cannot be found in Slack",
    "is_archived": "the channel was archived",
    "messages_tab_disabled": "the app's messages are switched off in Slack",
    "user_disabled": "this Slack account was deactivated",
    "user_not_found": "this account cannot be found in Slack",
    "users_not_found": "this account cannot be found in Slack",
}
# So that the account is not written to again; what else is refused may be mended in Slack.
ACCOUNT_GONE = frozenset({"channel_not_found", "user_disabled", "user_not_found"})
REFUSES_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format"})

# What passes by itself.
PASSING = _FAULTS | {"rate_limited", "ratelimited"}

WAIT_FOR_INSTALLATION = timedelta(minutes=10)
WAIT_UNSTATED = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)


def outcome_of(status: int, error: str, headers: Mapping[str, str]) -> SendOutcome:
    """The outcome of a call that did not succeed."""
    if status == 429 or error in ("ratelimited", "rate_limited"):
        return Later(waiting_time(headers))
    if status >= 500 or error in _FAULTS:
        return InDoubt(error or f"status {status}")
    if error in _NOT_INSTALLED:
        return Later(WAIT_FOR_INSTALLATION)
    return Refused(_GONE.get(error, f"Slack said: {error}"))


def reason_of(error: Exception) -> str:
    """Slack's own word for what went wrong, such as "missing_scope"; else what kind of thing did.

    Slack's words are fixed, and name nobody.
    """
    if not isinstance(error, SlackApiError):
        return type(error).__name__
    said = error.response.data
    word = said.get("error") if isinstance(said, Mapping) else None
    return word if isinstance(word, str) else f"status {error.response.status_code}"


def waiting_time(headers: Mapping[str, str]) -> timedelta:
    """`Retry-After`, in seconds."""
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    seconds = timedelta(seconds=int(text)) if text.isascii() and text.isdecimal() else WAIT_UNSTATED
    return min(seconds, LONGEST_WAIT)
