"""No conversation is written to faster than Teams allows, and none slower than it has to be."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.teams import pacing
from adapters.teams.pacing import MARGIN, READING, SENDING, Pace

GAPS = st.lists(st.sampled_from([0.0, 0.01, 0.2, 0.7, 1.5, 40.0, 1000.0]), min_size=1, max_size=150)


def starts(pace: Pace, gaps: list[float]) -> list[float]:
    now, found = 0.0, []
    for gap in gaps:
        now += gap
        found.append(pace.reserve("chat", now))
    return found


@given(GAPS, st.sampled_from([SENDING, READING]))
def test_no_window_ever_holds_more_than_it_may(gaps: list[float], windows: pacing.Windows) -> None:
    found = starts(Pace(windows), gaps)
    for seconds, most in windows:
        for first, last in zip(found, found[most:], strict=False):
            assert last - first >= seconds - 1e-9


@given(GAPS)
def test_nothing_waits_without_a_full_window(gaps: list[float]) -> None:
    now, done = 0.0, list[float]()
    pace = Pace(SENDING)
    for gap in gaps:
        now += gap
        start = pace.reserve("chat", now)
        allowed = [done[-most] + seconds for seconds, most in SENDING if len(done) >= most]
        assert start == max([now, *allowed])
        done.append(start)


def test_the_eighth_message_of_a_second_waits_for_the_next_one() -> None:
    found = starts(Pace(SENDING), [0.0] * 9)
    assert found == [0.0] * 7 + [MARGIN, 2 * MARGIN]


def test_conversations_do_not_wait_for_each_other() -> None:
    pace = Pace(SENDING)
    assert {pace.reserve(f"chat {number}", 5.0) for number in range(100)} == {5.0}


def test_what_is_remembered_has_a_bound() -> None:
    pace = Pace(((1.0, 1),))
    for number in range(pacing.MOST + 10):
        pace.reserve(f"chat {number}", 0.0)
    assert len(pace._done) == pacing.MOST
