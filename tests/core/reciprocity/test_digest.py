"""The digest: arithmetic on what was released, now and before."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.pulse.questions import Branch, Favour, Kind, Value
from bot.reciprocity.digest import THREE_WAY, Digest, Earlier, build
from bot.sentiment.release import Release
from bot.sentiment.statistics import Trend, margin, trend, wilson
from tests.core.builders import NOW, blocks, question, round_
from tests.core.closed import Closed, close, closed_rounds

WEEK = timedelta(weeks=1)


def agreeing(favourable: int, of: int, kind: Kind = Kind.AGREE) -> Closed:
    """One question, so many of them favourable and the others not."""
    good, bad = {Kind.SCALE: (10, 0), Kind.YES_NO: (1, 0), Kind.CHOICE: (0, 1)}.get(kind, (5, 1))
    values = [good] * favourable + [bad] * (of - favourable)
    return close(round_([question(0, kind)]), [("Ward", {"q0": value}) for value in values])


def digest(closed: Closed, *history: Earlier) -> Digest:
    return build(closed.round, 60, closed.rate, closed.release, history)


def before(closed: Closed, weeks: int) -> Earlier:
    return Earlier(NOW - weeks * WEEK, closed.release)


@given(closed_rounds(), st.lists(closed_rounds(), max_size=3))
def test_a_finding_is_the_released_result_and_nothing_is_left_out(
    closed: Closed, history: list[Closed]
) -> None:
    old = [before(one, weeks) for weeks, one in enumerate(history, start=1)]
    result = digest(closed, *old)
    assert tuple(finding.result for finding in result.findings) == closed.release.questions
    assert result.unprinted == ()
    assert (result.asked, result.response_rate) == (60, closed.rate)
    for finding in result.findings:
        line = finding.result.organisation
        ordered = finding.question.kind in THREE_WAY
        assert finding.interval == (wilson(line) if ordered and line else None)
        assert finding.margin == (margin(line) if line and not ordered else None)
        if not ordered or line is None:
            assert (finding.change, finding.since) == (None, None)


@given(closed_rounds(), st.lists(closed_rounds(), max_size=4))
def test_the_change_is_since_the_newest_earlier_line(closed: Closed, history: list[Closed]) -> None:
    old = [before(one, weeks) for weeks, one in enumerate(history, start=1)]
    for finding in digest(closed, *old).findings:
        lines = [
            (entry.released_at, result)
            for entry in old
            for result in entry.release.questions
            if result.question_id == finding.question.id and result.organisation is not None
        ]
        now = finding.result.organisation
        if finding.question.kind not in THREE_WAY or now is None or not lines:
            assert (finding.change, finding.since) == (None, None)
            continue
        newest, result = max(lines, key=lambda found: found[0])
        assert finding.since == newest
        assert result.organisation is not None
        same = set(result.groups) == set(finding.result.groups)
        assert finding.change is (trend(now, result.organisation) if same else None)


def test_lines_of_different_groups_are_not_compared() -> None:
    def asked_of(*names: str) -> Closed:
        ballots = [(name, {"q0": 5}) for name in names] * 9
        return close(round_([question(0)], blocks(*names)), ballots)

    ward = asked_of("Ward")
    both = asked_of("Ward", "Theatre")
    for now, then in ((ward, asked_of("Theatre")), (ward, both), (both, ward)):
        finding = digest(now, before(then, 4)).findings[0]
        assert (finding.change, finding.since) == (None, NOW - 4 * WEEK)
    assert digest(both, before(both, 4)).findings[0].change is not None


def test_a_clear_rise_a_fall_and_no_real_change() -> None:
    low, high = agreeing(10, 60), agreeing(50, 60)
    assert digest(high, before(low, 4)).findings[0].change is Trend.HIGHER
    assert digest(low, before(high, 4)).findings[0].change is Trend.LOWER
    assert digest(high, before(high, 4)).findings[0].change is Trend.NO_REAL_CHANGE
    assert digest(agreeing(5, 9), before(agreeing(5, 9), 4)).findings[0].change is Trend.TOO_FEW


def test_a_round_with_too_few_answers_is_passed_over() -> None:
    few = agreeing(3, 6)
    assert few.release.questions[0].organisation is None
    finding = digest(agreeing(50, 60), before(few, 4), before(agreeing(10, 60), 8)).findings[0]
    assert finding.since == NOW - 8 * WEEK
    assert finding.change is Trend.HIGHER


def test_the_first_asking_has_no_change() -> None:
    finding = digest(agreeing(5, 9)).findings[0]
    assert (finding.change, finding.since) == (None, None)


def test_only_questions_with_an_order_have_a_change_and_an_interval() -> None:
    for kind in (Kind.YES_NO, Kind.CHOICE):
        finding = digest(agreeing(5, 9, kind), before(agreeing(9, 9, kind), 4)).findings[0]
        assert (finding.change, finding.since, finding.interval) == (None, None, None)


def test_too_few_answers_have_no_interval() -> None:
    finding = digest(agreeing(3, 6), before(agreeing(5, 9), 4)).findings[0]
    assert (finding.interval, finding.change) == (None, None)


def test_words_and_follow_ups_are_named_and_never_printed() -> None:
    asked = [
        question(0, branch=Branch(Favour.UNFAVOURABLE, "q2")),
        question(1, Kind.TEXT),
        question(2, Kind.CHOICE),
    ]
    values: dict[str, Value] = {"q0": 1, "q1": "Too few of us", "q2": 3}
    closed = close(round_(asked, blocks("Ward")), [("Ward", values)] * 12)
    result = digest(closed)
    assert [finding.question.id for finding in result.findings] == ["q0"]
    assert [q.id for q in result.unprinted] == ["q1", "q2"]


def test_a_round_of_words_alone_has_no_findings() -> None:
    closed = close(round_([question(0, Kind.TEXT)]), [("Ward", {"q0": "Fine"})] * 12)
    assert closed.release == Release(())
    assert digest(closed).findings == ()
