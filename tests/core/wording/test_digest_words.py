"""The digest as people read it: printed ranges in words and bars, and nothing else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.card import Card, Chart, Facts, Text, Tone
from bot.pulse.questions import Branch, Favour, Kind
from bot.reciprocity.digest import THREE_WAY, Earlier, build
from bot.sentiment.coding import Line, Range, code_three
from bot.sentiment.profile import Profile
from bot.sentiment.release import Coding, QuestionTally, Release, Tally, release
from bot.sentiment.statistics import Interval
from bot.wording.digest import chart, digest, percent, sentence, span
from tests.core.builders import NOW, blocks, question, round_
from tests.core.closed import Closed, close, closed_rounds, largest_rounds
from tests.core.sentiment.attacker import Histogram, histograms
from tests.limits import card_faults

ZONE = "Europe/London"
STANDARD = Profile.STANDARD


def card_of(closed: Closed, *history: Earlier) -> Card:
    result = build(closed.round, 60, closed.rate, closed.release, history)
    return digest(result, "Northmoor", ZONE)


def words_of(closed: Closed, *history: Earlier) -> str:
    return card_of(closed, *history).fallback


def charts_of(card: Card) -> list[Chart]:
    return [block for block in card.blocks if isinstance(block, Chart)]


def tallied(kind: Kind, **counts: Histogram) -> Closed:
    """One question and its counts per group."""
    closing = round_([question(0, kind)], blocks(*counts))
    coding = Coding.THREE if kind in THREE_WAY else Coding.MANY
    tallies = tuple(Tally(name, sum(each), each) for name, each in counts.items())
    asked = QuestionTally(question_id="q0", coding=coding, tallies=tallies)
    return Closed(closing, release(closing.blocks, [asked], STANDARD.disclosure), 75)


# --- nothing but what is printed -------------------------------------------------------------


def _alike(n: int) -> list[list[Histogram]]:
    """The counts of n people that become the same line."""
    same: dict[Line | None, list[Histogram]] = {}
    for counts in histograms(n, 3):
        same.setdefault(code_three("q0", "", counts, STANDARD.disclosure), []).append(counts)
    return [worlds for worlds in same.values() if len(worlds) > 1]


ALIKE = {n: _alike(n) for n in range(7, 15)}
WORLDS = st.sampled_from(sorted(ALIKE)).flatmap(lambda n: st.sampled_from(ALIKE[n]))


@given(
    st.lists(WORLDS, min_size=1, max_size=3),
    st.lists(WORLDS, min_size=1, max_size=2),
    st.sampled_from([Kind.AGREE, Kind.SCALE]),
    st.data(),
)
def test_rounds_that_are_printed_alike_have_the_same_digest_to_the_last_word(
    now: list[list[Histogram]], before: list[list[Histogram]], kind: Kind, data: st.DataObject
) -> None:
    """Whatever people answered, this round and the one before."""

    def drawn() -> Card:
        this, that = (
            tallied(
                kind,
                **{
                    f"Group {number}": data.draw(st.sampled_from(counts))
                    for number, counts in enumerate(worlds)
                },
            )
            for worlds in (now, before)
        )
        return card_of(this, Earlier(NOW - timedelta(weeks=4), that.release))

    assert drawn() == drawn()


@given(closed_rounds())
def test_a_bar_is_what_is_certain_and_what_is_left_open(closed: Closed) -> None:
    result = build(closed.round, 60, closed.rate, closed.release, ())
    for finding in result.findings:
        total = finding.result.organisation
        if total is None:
            continue
        drawn = chart(finding)
        if finding.question.kind is Kind.PICK:
            assert [bar.label for bar in drawn.bars] == list(finding.question.options)
            assert [bar.values for bar in drawn.bars] == [
                (cell.low, cell.high - cell.low) for cell in total.cells
            ]
            continue
        lines = (total, *finding.result.blocks)
        assert [bar.label for bar in drawn.bars] == ["Everyone", *(ln.group for ln in lines[1:])]
        width = len(total.cells)
        for bar, line in zip(drawn.bars, lines, strict=True):
            assert bar.values[:width] == tuple(cell.low for cell in line.cells)
            assert sum(bar.values) == line.n


@given(closed_rounds())
def test_the_table_of_numbers_has_each_range_as_it_is_printed(closed: Closed) -> None:
    result = build(closed.round, 60, closed.rate, closed.release, ())
    for finding in result.findings:
        total = finding.result.organisation
        if total is None:
            continue
        drawn = chart(finding)
        if finding.question.kind is Kind.PICK:
            assert [bar.printed for bar in drawn.bars] == [(span(cell),) for cell in total.cells]
            continue
        assert drawn.columns == (*drawn.series[: len(total.cells)], "answers")
        for bar, line in zip(drawn.bars, (total, *finding.result.blocks), strict=True):
            assert bar.printed == (*(span(cell) for cell in line.cells), str(line.n))


@given(closed_rounds())
def test_every_number_in_a_chart_is_also_in_its_words(closed: Closed) -> None:
    for drawn in charts_of(card_of(closed)):
        said = set(re.findall(r"\d+", drawn.alt))
        for bar in drawn.bars:
            # The last part is what the ranges leave open, where there is such a part.
            leaves_open = drawn.series[-1] in ("not shown", "perhaps as well")
            certain = bar.values[:-1] if leaves_open else bar.values
            assert {str(value) for value in certain} <= said


@given(closed_rounds())
def test_what_was_too_little_is_never_counted(closed: Closed) -> None:
    shown = card_of(closed)
    findings = build(closed.round, 60, closed.rate, closed.release, ()).findings
    few = [f for f in findings if f.result.organisation is None]
    assert len(charts_of(shown)) == len(findings) - len(few)
    assert shown.fallback.count("Not enough answers.") == len(few)
    withheld = {name for f in findings for name in f.result.withheld}
    for drawn in charts_of(shown):
        for finding in findings:
            if chart_is_of(drawn, finding.question.text, shown):
                assert not {bar.label for bar in drawn.bars} & set(finding.result.withheld)
    assert all(name in shown.fallback for name in withheld)


def chart_is_of(drawn: Chart, text: str, card: Card) -> bool:
    """Whether the heading nearest above the chart is this one."""
    above = card.blocks[: card.blocks.index(drawn)]
    heads = [b.text for b in above if isinstance(b, Text) and b.tone is Tone.HEADING]
    return heads[-1] == text


# --- it fits ---------------------------------------------------------------------------------


@given(closed_rounds(), st.lists(closed_rounds(), max_size=2))
def test_every_digest_fits_on_a_card(closed: Closed, history: list[Closed]) -> None:
    old = [Earlier(NOW - timedelta(weeks=4), one.release) for one in history]
    assert not card_faults(card_of(closed, *old))


@given(largest_rounds())
def test_the_largest_digest_fits_on_a_card(closed: Closed) -> None:
    old = Earlier(NOW - timedelta(weeks=4), closed.release)
    shown = card_of(closed, old)
    assert not card_faults(shown)
    for drawn in charts_of(shown):
        assert drawn.bars[0].label == "Everyone" or drawn.title == "How many chose it"


def test_the_smallest_groups_are_left_to_the_export() -> None:
    sizes = {f"Group {number:02}": (5, 5, 5 + number) for number in range(20)}
    closed = tallied(Kind.AGREE, **sizes)
    (drawn,) = charts_of(card_of(closed))
    assert [bar.label for bar in drawn.bars] == [
        "Everyone",
        *(f"Group {number:02}" for number in range(9, 20)),
    ]
    assert "9 more groups: type /pulse export." in words_of(closed)


# --- the sentences ---------------------------------------------------------------------------


def test_a_digest_from_top_to_bottom() -> None:
    asked = [
        question(0, branch=Branch(Favour.UNFAVOURABLE, "q2")),
        question(1, Kind.TEXT),
        question(2, Kind.YES_NO, text="Was it the rota?"),
    ]
    closing = round_(asked, blocks("Theatre", "Ward"))
    ballots = [
        *[("Ward", {"q0": 5})] * 8,
        *[("Ward", {"q0": 1})] * 4,
        *[("Theatre", {"q0": 5})] * 3,
    ]
    closed = Closed(closing, close(closing, ballots).release, 75)
    assert (
        words_of(closed)
        == """\
Results: Weekly
This is the same for everyone who was asked and for the leads of Northmoor.
Asked: 60 people
Answered: at least 75%
Closed: Tue 16 Jun at 10:00
Statement 0.
Everyone: 8 of 12 answers are positive (67%). Allowing for chance, the share is \
likely between 39% and 86%.
Everyone: 12 answers, 8 positive, 0 to 4 in between, 0 to 4 negative. \
Ward: 12 answers, 8 positive, 0 to 4 in between, 0 to 4 negative.
Not shown: Theatre. Fewer than 7 people there answered, so they are not part of the \
figure for everyone either.
What people wrote is kept sealed and is not part of these results.
No figures for "Was it the rota?": only some were asked, so a figure would show how \
they had answered before.
Positive means agreeing.
Some figures are a range on purpose, so that nobody can work out what one person said."""
    )


def test_results_of_nothing_but_words_speak_of_no_figures() -> None:
    closing = round_([question(0, Kind.TEXT)], blocks("Ward"))
    said = words_of(Closed(closing, release(closing.blocks, [], STANDARD.disclosure), 75))
    assert "What people wrote is kept sealed" in said
    assert "figures" not in said


@pytest.mark.parametrize(("rate", "says"), [(5, "at least 5%"), (90, "at least 90%")])
def test_the_response_rate_is_a_lower_bound(rate: int, says: str) -> None:
    assert ("Answered", says) in _facts(rate).rows


def test_a_rate_that_may_not_be_stated_is_left_out() -> None:
    assert [name for name, _ in _facts(0).rows] == ["Asked", "Closed"]


def _facts(rate: int) -> Facts:
    closed = tallied(Kind.AGREE, Ward=(4, 4, 4))
    card = card_of(Closed(closed.round, closed.release, rate))
    (facts,) = [block for block in card.blocks if isinstance(block, Facts)]
    return facts


def test_figures_of_other_groups_are_not_compared() -> None:
    now, then = tallied(Kind.AGREE, Ward=(4, 4, 8)), tallied(Kind.AGREE, Theatre=(8, 4, 4))
    said = words_of(now, Earlier(NOW - timedelta(weeks=4), then.release))
    assert "Not compared with Tue 12 May: other groups were part of the figure then." in said


def test_shares_without_an_order_say_how_far_off_chance_could_put_them() -> None:
    said = words_of(tallied(Kind.YES_NO, Ward=(8, 8)))
    assert "each of these shares could be up to 22 points higher or lower." in said


@pytest.mark.parametrize(
    ("now", "before", "says"),
    [
        ((5, 5, 50), (50, 5, 5), "Higher than when last asked (Tue 12 May): more than chance"),
        ((50, 5, 5), (5, 5, 50), "Lower than when last asked (Tue 12 May): more than chance"),
        ((30, 5, 25), (30, 5, 25), "No real change since Tue 12 May"),
        ((4, 4, 4), (4, 4, 5), "Too few answers to tell whether anything changed since Tue 12 May"),
    ],
)
def test_the_change_is_told_in_honest_words(now: Histogram, before: Histogram, says: str) -> None:
    earlier = Earlier(NOW - timedelta(weeks=4), tallied(Kind.AGREE, Ward=before).release)
    assert says in words_of(tallied(Kind.AGREE, Ward=now), earlier)


def test_a_first_result_says_nothing_about_a_change() -> None:
    assert "since" not in words_of(tallied(Kind.AGREE, Ward=(4, 4, 4)))


def test_groups_that_are_too_small_each_are_shown_together() -> None:
    together = "Shown for everyone together: no group on its own had enough answers."
    assert together in words_of(tallied(Kind.AGREE, Theatre=(1, 1, 4), Ward=(1, 1, 4)))
    assert together not in words_of(tallied(Kind.AGREE, Ward=(4, 4, 4))), "there is one group"


def test_below_the_threshold_nothing_but_that_is_said() -> None:
    closed = tallied(Kind.AGREE, Ward=(2, 2, 2))
    assert "Not enough answers. To protect people, nothing is shown for fewer than 7." in (
        words_of(closed)
    )
    assert charts_of(card_of(closed)) == []


def line(n: int, *cells: tuple[int, int]) -> Line:
    return Line(question_id="q0", group="", n=n, cells=tuple(Range(*cell) for cell in cells))


@pytest.mark.parametrize(
    ("kind", "printed", "says"),
    [
        (
            Kind.AGREE,
            line(12, (0, 3), (0, 3), (9, 12)),
            "9 to 12 of 12 answers are positive (75% to 100%).",
        ),
        (Kind.SCALE, line(12, (4, 4), (4, 4), (4, 4)), "4 of 12 answers are positive (33%)."),
        (Kind.YES_NO, line(12, (8, 8), (4, 4)), "of 12 people, 8 said yes and 4 said no."),
        (
            Kind.CHOICE,
            line(20, (8, 8), (0, 3), (5, 8), (4, 4)),
            (
                "of 20 people, 8 said Time, 0 to 3 said Training, 5 to 8 said People "
                "and 4 said Tools."
            ),
        ),
        (
            Kind.PICK,
            line(12, (8, 8), (0, 3), (9, 12), (4, 4)),
            (
                "of 12 people, this many chose each. "
                "Time: 8; Training: 0 to 3; People: 9 to 12; Tools: 4."
            ),
        ),
    ],
)
def test_a_line_in_words(kind: Kind, printed: Line, says: str) -> None:
    assert sentence(question(0, kind), printed) == says


@given(st.integers(0, 99), st.integers(0, 99))
def test_a_range_is_one_number_where_its_ends_are_the_same(low: int, width: int) -> None:
    cell = Range(low, low + width)
    assert span(cell) == (f"{low}" if width == 0 else f"{low} to {low + width}")
    assert percent(Interval(low, low)) == f"{low}%"


def test_a_round_of_words_alone_says_that_they_are_sealed() -> None:
    closing = round_([question(0, Kind.TEXT)])
    shown = digest(build(closing, 60, 50, Release(()), ()), "Northmoor", ZONE)
    assert "kept sealed" in shown.fallback
    assert "Statement 0." not in shown.fallback
    assert not card_faults(shown)


def test_a_long_list_of_groups_not_shown_ends_with_their_number() -> None:
    sizes = {f"Group {number:02}": (1, 1, 1) for number in range(30)}
    closed = tallied(Kind.AGREE, Ward=(4, 4, 4), **sizes)
    assert "Group 18, Group 19 and 10 more groups. Fewer than 7" in words_of(closed)


def test_six_questions_with_all_that_can_be_said_of_each_fit_on_a_card() -> None:
    asked = [question(number) for number in range(6)]
    names = [f"Group {number:02}" for number in range(30)]
    # Some groups too small to show, more groups than bars, and an earlier result.
    sizes = [3 if number < 9 else 12 for number in range(30)]
    ballots = [
        (name, {q.id: 1 + person % 5 for q in asked})
        for name, size in zip(names, sizes, strict=True)
        for person in range(size)
    ]
    closed = close(round_(asked, blocks(*names), invited=400), ballots)
    shown = card_of(closed, Earlier(NOW - timedelta(weeks=4), closed.release))
    for said in ("10 more groups", "Not shown: Group 00", "since Tue 12 May"):
        assert shown.fallback.count(said) == 6
    assert not card_faults(shown)
