"""What an answer of Slack's Web API means for a message on its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

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
    if status >= 500 or error in _FAULTS or (status < 400 and not error):
        return InDoubt(error or f"status {status}")
    if error in _NOT_INSTALLED:
        return Later(WAIT_FOR_INSTALLATION)
    return Refused(_GONE.get(error, f"Slack said: {error or f'status {status}'}"))


@dataclass(frozen=True, slots=True)
class Failed:
    """A call that did not succeed: `word` is Slack's own for it, "" where Slack said none."""

    outcome: SendOutcome
    word: str
    status: int = 0

    @property
    def why(self) -> str:
        """In a word or two, which name nobody."""
        return self.word or f"status {self.status}"


def failed(status: int, word: str, headers: Mapping[str, str]) -> Failed:
    """A call that Slack answered so."""
    return Failed(outcome_of(status, word, headers), word, status)


def refused(error: SlackApiError) -> Failed:
    """A call of the Web API that Slack did not answer with yes."""
    given = error.response
    if not isinstance(given, AsyncSlackResponse):  # a gateway's page that calls itself JSON
        return failed(getattr(given, "status", 0), "", getattr(given, "headers", {}))
    word = given.data.get("error") if isinstance(given.data, Mapping) else None
    return failed(given.status_code, word if isinstance(word, str) else "", given.headers)


def reason_of(error: Exception) -> str:
    """Slack's own word for what went wrong, such as "missing_scope"; else what it was."""
    return refused(error).why if isinstance(error, SlackApiError) else type(error).__name__


def waiting_time(headers: Mapping[str, str]) -> timedelta:
    """`Retry-After`, in seconds."""
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    seconds = timedelta(seconds=int(text)) if text.isascii() and text.isdecimal() else WAIT_UNSTATED
    return min(seconds, LONGEST_WAIT)
