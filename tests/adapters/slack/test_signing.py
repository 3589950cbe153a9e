"""Only Slack's own requests are believed."""

import hashlib
import hmac
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.signing import WINDOW, is_signed

SECRET = b"8f742231b10e8888abcd99yyyzzz85a5"
NOW = 1_767_000_000.0
BODY = b"payload=%7B%7D"


def signed(
    body: bytes = BODY, stamp: str = str(int(NOW)), secret: bytes = SECRET
) -> Mapping[str, str]:
    base = f"v0:{stamp}:".encode() + body
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": "v0=" + hmac.new(secret, base, hashlib.sha256).hexdigest(),
    }


def test_a_signed_request_is_believed() -> None:
    assert is_signed(SECRET, signed(), BODY, NOW)


@pytest.mark.parametrize("late", [-WINDOW - 1, WINDOW + 1])
def test_a_request_from_another_time_is_not_believed(late: int) -> None:
    assert not is_signed(SECRET, signed(), BODY, NOW + late)
    assert is_signed(SECRET, signed(), BODY, NOW + late - (1 if late > 0 else -1))


def test_another_secret_or_another_body_is_not_believed() -> None:
    assert not is_signed(b"another", signed(), BODY, NOW)
    assert not is_signed(SECRET, signed(), BODY + b" ", NOW)
    assert not is_signed(SECRET, signed(secret=b""), BODY, NOW)


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1e9", "\uff11\uff17", "9" * 5000])
def test_a_timestamp_that_is_no_number_is_not_believed(stamp: str) -> None:
    assert not is_signed(SECRET, signed(stamp=stamp), BODY, NOW)


@given(st.dictionaries(st.sampled_from(list(signed())), st.text(max_size=20)), st.binary())
def test_no_header_makes_it_raise(headers: dict[str, str], body: bytes) -> None:
    assert not is_signed(SECRET, headers, body, NOW)
