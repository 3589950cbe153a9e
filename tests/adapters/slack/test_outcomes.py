"""What Slack says about a message on its way, and what we make of it."""

from datetime import timedelta

import pytest
from slack_sdk.errors import SlackApiError

from adapters.slack.following import pause
from adapters.slack.outcomes import (
    LONGEST_WAIT,
    WAIT_FOR_INSTALLATION,
    WAIT_UNSTATED,
    Failed,
    failed,
    outcome_of,
    refused,
    waiting_time,
)
from adapters.slack.replies import RESPOND, Call
from bot.ports import InDoubt, Later, Refused


@pytest.mark.parametrize("error", ["ratelimited", ""])
def test_a_rate_limit_says_how_long_to_wait(error: str) -> None:
    assert outcome_of(429, error, {"Retry-After": "30"}) == Later(timedelta(seconds=30))
    assert outcome_of(429, error, {"retry-after": "7"}) == Later(timedelta(seconds=7))


@pytest.mark.parametrize("text", ["", "soon", "-1", "1.5"])
def test_a_wait_that_is_not_stated_is_half_a_minute(text: str) -> None:
    assert waiting_time({"Retry-After": text}) == WAIT_UNSTATED
    assert waiting_time({}) == WAIT_UNSTATED


def test_no_wait_is_longer_than_an_hour() -> None:
    assert waiting_time({"Retry-After": "999999"}) == LONGEST_WAIT


@pytest.mark.parametrize(("status", "error"), [(500, ""), (503, ""), (200, "internal_error")])
def test_a_fault_of_slack_leaves_it_in_doubt(status: int, error: str) -> None:
    assert isinstance(outcome_of(status, error, {}), InDoubt)


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive", "invalid_auth"])
def test_a_message_waits_for_the_app_to_be_installed_again(error: str) -> None:
    assert outcome_of(200, error, {}) == Later(WAIT_FOR_INSTALLATION)


def test_someone_who_is_gone_is_refused_in_words() -> None:
    assert outcome_of(200, "user_disabled", {}) == Refused("this Slack account was deactivated")


def test_an_error_that_nobody_foresaw_is_refused_by_its_name() -> None:
    assert outcome_of(200, "brand_new_error", {}) == Refused("Slack said: brand_new_error")


# --- what follows an answer ------------------------------------------------------------------

POST = Call("chat.postMessage", {"channel": "U1"})
FORM = Call("views.open", {"trigger_id": "1.2.3"})
HARMLESS = {
    "a message that is changed": Call("chat.update", {}),
    "the home tab": Call("views.publish", {}),
    "a dialog": Call("views.update", {}),
    "a form": FORM,
    "what takes the place of a message": Call(RESPOND, {"replace_original": True}),
}


def busy(seconds: int) -> Failed:
    return failed(429, "ratelimited", {"Retry-After": str(seconds)})


@pytest.mark.parametrize(
    ("call", "wait", "gone_by", "expected"),
    [
        (POST, 30, 0, 30),
        (POST, 60, 30, 60),
        (POST, 60, 60, None),
        (POST, 600, 0, None),
        (FORM, 1, 0, 1),
        (FORM, 1, 2, None),
        (FORM, 3, 0, None),
    ],
)
def test_a_reply_is_patient_for_two_minutes_and_a_form_while_its_trigger_lives(
    call: Call, wait: int, gone_by: float, expected: float | None
) -> None:
    assert pause(call, busy(wait), 1, gone_by) == expected


def test_those_who_were_refused_together_do_not_come_back_together() -> None:
    assert pause(POST, busy(5), 1, 0.0, chance=0.5) == 5.5
    assert pause(POST, busy(5), 2, 0.0, chance=0.5) == 6.0


@pytest.mark.parametrize("call", HARMLESS.values(), ids=HARMLESS)
def test_what_may_be_done_twice_is_tried_three_times_where_slack_is_broken(call: Call) -> None:
    broken = failed(503, "", {})
    waits = [pause(call, broken, tries, 0.0) for tries in (1, 2, 3)]
    assert waits == [0.0, 0.0, None]


@pytest.mark.parametrize("call", [POST, Call(RESPOND, {"text": "Noted."})])
@pytest.mark.parametrize("failure", [failed(503, "", {}), failed(200, "internal_error", {})])
def test_what_may_have_been_said_is_not_said_again(call: Call, failure: Failed) -> None:
    assert pause(call, failure, 1, 0.0) is None


@pytest.mark.parametrize("call", [POST, FORM])
@pytest.mark.parametrize("error", ["invalid_arguments", "token_revoked", "expired_trigger_id"])
def test_what_slack_will_not_do_is_not_asked_again(call: Call, error: str) -> None:
    assert pause(call, failed(200, error, {}), 1, 0.0) is None


def test_a_page_in_the_place_of_json_leaves_a_doubt() -> None:
    page = SlackApiError("a page", object())  # type: ignore[no-untyped-call]
    assert isinstance(refused(page).outcome, InDoubt)
