"""A round's questions: the walk with its follow-ups, what counts at close, and rotation."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pulse.questionnaire import (
    MAX_ASKED,
    Questionnaire,
    counting,
    follow_up,
    from_json,
    next_question,
    problems,
    progress,
    rotate,
    route,
    to_json,
)
from bot.pulse.questions import Branch, Favour, Kind, Question, Value, marks, response_options

IF_BAD = Branch(Favour.UNFAVOURABLE, "help")
CLEAR = Question(id="clear", kind=Kind.AGREE, text="It is clear.", branch=IF_BAD)
SUPPORT = Question(id="support", kind=Kind.AGREE, text="I get help.", branch=IF_BAD)
HELP = Question(id="help", kind=Kind.PICK, text="What would help?", options=("Time", "Tools"))
OPEN = Question(id="open", kind=Kind.TEXT, text="What else?")
PULSE = Questionnaire((CLEAR, SUPPORT, HELP, OPEN))


def plain(name: str) -> Question:
    return Question(id=name, kind=Kind.AGREE, text=f"Question {name}.")


@st.composite
def questions(draw: st.DrawFn, id_: str, targets: list[str]) -> Question:
    kind = draw(st.sampled_from(Kind))
    leaning = kind in (Kind.AGREE, Kind.SCALE, Kind.YES_NO)
    branches = st.builds(Branch, st.sampled_from(Favour), st.sampled_from(targets or [""]))
    words = st.text(min_size=1, max_size=10)
    return Question(
        id=id_,
        kind=kind,
        text=draw(words),
        options=tuple(draw(st.lists(words, min_size=2, max_size=4)))
        if kind in (Kind.CHOICE, Kind.PICK)
        else (),
        reverse=draw(st.booleans()),
        bands=draw(st.sampled_from([(7, 9), (4, 7), (1, 10)])),
        labels=draw(st.sampled_from([(), tuple("abcde")])) if kind is Kind.AGREE else (),
        branch=draw(st.none() | branches) if leaning and targets else None,
        sensitive=draw(st.booleans()),
        instrument=draw(st.none() | words),
        validated=draw(st.booleans()),
    )


@st.composite
def questionnaires(draw: st.DrawFn) -> Questionnaire:
    names = [f"f{number}" for number in range(draw(st.integers(0, 3)))]
    asked = [
        draw(questions(f"q{number}", names)) for number in range(draw(st.integers(1, MAX_ASKED)))
    ]
    wanted = {question.branch.then for question in asked if question.branch}
    follow_ups = [draw(questions(name, [])) for name in names if name in wanted]
    return Questionnaire(tuple(draw(st.permutations([*asked, *follow_ups]))))


def some_answer(question: Question, pick: int) -> Value:
    if question.kind is Kind.TEXT:
        return "words"
    offered = [int(raw) for raw, _ in response_options(question)]
    chosen = offered[pick % len(offered)]
    return (chosen,) if question.kind is Kind.PICK else chosen


# --- a questionnaire that holds together


@pytest.mark.parametrize("typed", ["it is  CLEAR", "It is clear.", "\u201cIt is clear\u201d!"])
def test_the_same_words_rest_as_one_question_whoever_wrote_them(typed: str) -> None:
    first = Question(id="a", kind=Kind.AGREE, text="It is clear.")
    again = Question(id="b", kind=Kind.YES_NO, text=typed)
    asked = dict.fromkeys(marks(first), TODAY)
    assert rotate([again], asked, TODAY + timedelta(days=27), 1).asked == ()
    assert rotate([again], asked, TODAY + timedelta(days=28), 1).asked == (again,)


@given(questionnaires())
def test_a_questionnaire_survives_being_stored(questionnaire: Questionnaire) -> None:
    assert from_json(json.loads(json.dumps(to_json(questionnaire)))) == questionnaire


def test_what_is_stored_is_plain() -> None:
    (stored,) = to_json(Questionnaire((plain("a"),)))["questions"]
    assert type(stored["kind"]) is str
    assert stored["branch"] is None


def test_six_questions_can_be_asked_with_follow_ups_besides_but_not_seven() -> None:
    six = [replace(plain(str(number)), branch=IF_BAD) for number in range(6)]
    assert problems([*six, HELP]) == ()
    (problem,) = problems([*six, plain("7"), HELP])
    assert problem.message == "There are 7 questions to ask. Use 1 to 6."


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ([], "There are 0 questions to ask. Use 1 to 6."),
        ([OPEN, OPEN], '"What else?" is there twice. Keep one.'),
        ([CLEAR, OPEN], 'The follow-up to "It is clear." is missing. Add it.'),
        (
            [CLEAR, replace(plain("help"), branch=Branch(Favour.NEUTRAL, "open")), OPEN],
            '"Question help." is a follow-up, so it cannot have one of its own.',
        ),
    ],
)
def test_what_keeps_questions_from_being_asked_together_is_said_once(
    chosen: list[Question], message: str
) -> None:
    assert [problem.message for problem in problems(chosen)] == [message]
    with pytest.raises(ValueError, match=message[:10]):
        Questionnaire(tuple(chosen))


def test_a_question_cannot_be_its_own_follow_up() -> None:
    assert problems([replace(plain("a"), branch=Branch(Favour.UNFAVOURABLE, "a")), OPEN])


# --- the walk


def test_the_walk_is_the_same_whatever_somebody_answers() -> None:
    assert next_question(PULSE, {}, ()) == CLEAR
    assert next_question(PULSE, {"clear": 4}, ()) == SUPPORT
    assert next_question(PULSE, {"clear": 4, "support": 3}, ()) == OPEN
    assert next_question(PULSE, {"clear": 4, "support": 3, "open": "No"}, ()) is None

    assert next_question(PULSE, {"clear": 1}, ()) == SUPPORT
    assert next_question(PULSE, {"clear": 1, "support": 1}, ()) == OPEN


def test_an_unfavourable_answer_is_followed_up_at_once_and_only_once() -> None:
    assert follow_up(PULSE, CLEAR, {"clear": 4}, ()) is None
    assert follow_up(PULSE, CLEAR, {"clear": 1}, ()) == HELP
    assert follow_up(PULSE, CLEAR, {"clear": 1}, {"help"}) is None
    assert follow_up(PULSE, SUPPORT, {"clear": 1, "help": (0,), "support": 1}, ()) is None
    assert follow_up(PULSE, OPEN, {"open": "No"}, ()) is None


def test_a_skipped_question_calls_for_no_follow_up_and_does_not_come_again() -> None:
    assert next_question(PULSE, {}, {"clear"}) == SUPPORT
    assert next_question(PULSE, {"clear": 1}, {"help", "support", "open"}) is None


def test_progress_counts_the_questions_that_everyone_is_asked() -> None:
    unhappy: dict[str, Value] = {"clear": 5, "support": 1}
    assert progress(PULSE, {}, "clear") == (1, 3)
    assert progress(PULSE, unhappy, "help") == (2, 3)
    assert progress(PULSE, unhappy | {"clear": 1}, "help") == (1, 3)
    assert progress(PULSE, unhappy, "open") == (3, 3)


def test_a_follow_up_that_is_not_called_for_has_no_place() -> None:
    assert progress(PULSE, {"clear": 5}, "help") is None


def test_a_changed_mind_takes_the_follow_up_out_of_what_counts() -> None:
    before: dict[str, Value] = {"clear": 1, "help": (0,), "support": 4}
    assert counting(PULSE, before) == before
    assert counting(PULSE, before | {"clear": 5}) == {"clear": 5, "support": 4}
    assert counting(PULSE, before | {"clear": 5, "support": 2}) == {
        "clear": 5,
        "support": 2,
        "help": (0,),
    }


def test_an_answer_to_a_question_that_was_not_asked_does_not_count() -> None:
    assert counting(PULSE, {"open": "Yes", "stranger": 5}) == {"open": "Yes"}


@given(questionnaires(), st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=20))
def test_the_walk_asks_each_question_at_most_once_and_ends(
    questionnaire: Questionnaire, moves: list[tuple[int, bool]]
) -> None:
    answers: dict[str, Value] = {}
    skipped: set[str] = set()
    shown: list[str] = []
    last = 0
    for pick, skips in moves:
        question = next_question(questionnaire, answers, skipped)
        if question is None:
            break
        place = progress(questionnaire, answers, question.id)
        assert place is not None
        position, of = place
        assert last <= position <= of == len(questionnaire.asked)
        last = position
        shown.append(question.id)
        if skips:
            skipped.add(question.id)
        else:
            answers[question.id] = some_answer(question, pick)
            more = follow_up(questionnaire, question, answers, skipped)
            if more is not None:
                shown.append(more.id)
                answers[more.id] = some_answer(more, pick)
    assert next_question(questionnaire, answers, skipped) is None
    assert len(shown) == len(set(shown))
    assert set(shown) >= {question.id for question in questionnaire.asked}
    assert counting(questionnaire, answers) == answers


@given(questionnaires(), st.data())
def test_only_what_is_on_the_route_counts(
    questionnaire: Questionnaire, data: st.DataObject
) -> None:
    answers = {
        question.id: some_answer(question, data.draw(st.integers(0, 10)))
        for question in questionnaire.questions
    }
    on_route = [question.id for _, question in route(questionnaire, answers)]
    assert list(counting(questionnaire, answers)) == on_route


# --- rotation

TODAY = date(2025, 3, 25)
POOL = [plain(name) for name in "abcdefgh"]


def ids(asked: tuple[Question, ...]) -> str:
    return "".join(question.id for question in asked)


def test_a_fresh_pool_is_asked_in_its_own_order() -> None:
    assert ids(rotate(POOL, {}, TODAY, 3).asked) == "abc"


def test_those_unasked_for_longest_come_first_and_keep_the_order_of_the_pool() -> None:
    asked_before = {name: TODAY - timedelta(weeks=10 - place) for place, name in enumerate("dbac")}
    assert ids(rotate(POOL[:4], asked_before, TODAY, 2).asked) == "bd"
    assert ids(rotate(POOL[:5], asked_before, TODAY, 2).asked) == "de"


def test_a_question_comes_back_on_the_day_four_weeks_later_and_not_before() -> None:
    asked_before = {"a": TODAY - timedelta(days=27)}
    early = rotate(POOL[:1], asked_before, TODAY, 1)
    assert early.asked == ()
    assert early.resting == ((POOL[0], TODAY + timedelta(days=1)),)
    assert ids(rotate(POOL[:1], asked_before, TODAY + timedelta(days=1), 1).asked) == "a"


def test_a_follow_up_goes_with_its_question_and_is_not_counted() -> None:
    rotation = rotate([HELP, CLEAR, OPEN, SUPPORT], {}, TODAY, 2)
    assert [question.id for question in rotation.asked] == ["help", "clear", "open"]
    assert [question.id for question in Questionnaire(rotation.asked).asked] == ["clear", "open"]


def test_a_resting_follow_up_is_not_branched_to() -> None:
    rotation = rotate(PULSE.questions, {"help": TODAY - timedelta(days=7)}, TODAY, 3)
    assert rotation.asked == (replace(CLEAR, branch=None), replace(SUPPORT, branch=None), OPEN)
    assert rotation.resting == ((HELP, TODAY + timedelta(days=21)),)


def test_a_follow_up_is_not_asked_while_its_question_rests() -> None:
    rotation = rotate([CLEAR, HELP, OPEN], {"clear": TODAY}, TODAY, 3)
    assert rotation.asked == (OPEN,)


@pytest.mark.parametrize("size", [0, 7])
def test_a_round_of_no_questions_or_more_than_six_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="1 to 6"):
        rotate(POOL, {}, TODAY, size)


@given(
    st.lists(st.integers(0, 20), min_size=5, max_size=30),
    st.integers(1, 6),
    st.integers(1, 6),
    questionnaires(),
)
def test_in_a_whole_programme_no_question_comes_back_too_soon(
    gaps: list[int], size: int, weeks: int, pool: Questionnaire
) -> None:
    day, last_asked = TODAY, dict[str, date]()
    for gap in gaps:
        day += timedelta(days=gap)
        rotation = rotate(pool.questions, last_asked, day, size, weeks)
        if rotation.asked:
            assert len(Questionnaire(rotation.asked).asked) <= size
        for question in rotation.asked:
            last = last_asked.get(question.id)
            assert last is None or day - last >= timedelta(weeks=weeks)
            last_asked[question.id] = day
        assert all(back_on > day for _, back_on in rotation.resting)
