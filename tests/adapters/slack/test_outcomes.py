"""What Slack says about a message on its way, and what we make of it."""

from datetime import timedelta

import pytest

from adapters.slack.outcomes import (
    LONGEST_WAIT,
    WAIT_FOR_INSTALLATION,
    WAIT_UNSTATED,
    outcome_of,
    waiting_time,
)
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
