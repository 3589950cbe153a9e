"""Questions: which answers they take, how these count, and what a facilitator may type."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pulse.bespoke import make_own_question
from bot.pulse.questions import (
    Branch,
    Favour,
    ForgedValue,
    Kind,
    Problem,
    Question,
    Value,
    categories,
    category,
    favour,
    fill,
    format_value,
    parse_value,
    response_options,
)

OPTIONS = ("Time", "Training", "Tools", "Staff")
AGREE = Question(id="q.agree", kind=Kind.AGREE, text="I have a say.")
SCALE = Question(id="q.scale", kind=Kind.SCALE, text="How was it?")
CHOICE = Question(id="q.choice", kind=Kind.CHOICE, text="What helps?", options=OPTIONS)
PICK = Question(id="q.pick", kind=Kind.PICK, text="What helps?", options=OPTIONS)
YES_NO = Question(id="q.yes-no", kind=Kind.YES_NO, text="Was it done?")
TEXT = Question(id="q.text", kind=Kind.TEXT, text="Anything else?")
SINGLE = (AGREE, SCALE, CHOICE, YES_NO)
EVERY = (*SINGLE, PICK, TEXT)


def values(question: Question) -> st.SearchStrategy[Value]:
    match question.kind:
        case Kind.TEXT:
            words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
            return words.map(str.strip).filter(bool)
        case Kind.PICK:
            indexes = st.sets(st.integers(0, 3), min_size=1, max_size=3)
            return indexes.map(lambda picked: tuple(sorted(picked)))
        case _:
            return st.sampled_from([int(raw) for raw, _ in response_options(question)])


# --- answers


@given(st.data(), st.sampled_from(EVERY))
def test_an_answer_survives_its_journey_through_a_button(
    data: st.DataObject, question: Question
) -> None:
    value = data.draw(values(question))
    assert parse_value(question, format_value(value)) == value


@given(st.sampled_from(EVERY), st.text(max_size=5))
def test_whatever_is_sent_is_either_an_answer_or_refused(question: Question, raw: str) -> None:
    try:
        value = parse_value(question, raw)
    except ForgedValue:
        return
    assert parse_value(question, format_value(value)) == value


@pytest.mark.parametrize(
    ("question", "raw"),
    [
        (AGREE, "0"),
        (AGREE, "6"),
        (AGREE, "04"),
        (AGREE, " 4"),
        (AGREE, "4.0"),
        (AGREE, "٤"),
        (AGREE, ""),
        (SCALE, "11"),
        (SCALE, "-1"),
        (CHOICE, "4"),
        (CHOICE, "Time"),
        (PICK, ""),
        (PICK, "0,0"),
        (PICK, "0,1,2,3"),
        (PICK, "1,4"),
        (PICK, "1,"),
        (YES_NO, "2"),
        (YES_NO, "yes"),
        (TEXT, "   "),
        (TEXT, "x" * 1001),
        (TEXT, "a\0b"),
        (TEXT, "\ud83d"),
    ],
)
def test_a_forged_value_is_refused(question: Question, raw: str) -> None:
    with pytest.raises(ForgedValue):
        parse_value(question, raw)


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(ForgedValue) as refused:
        parse_value(TEXT, "secret" * 1000)
    assert "secret" not in str(refused.value)
    assert refused.value.expected in str(refused.value)


def test_picks_are_kept_in_the_order_of_the_options() -> None:
    assert parse_value(PICK, "3,0,2") == (0, 2, 3)


def test_free_text_is_stripped() -> None:
    assert parse_value(TEXT, "  More notice, please\n") == "More notice, please"


def test_an_agree_question_can_have_words_of_its_own() -> None:
    words = ("Never", "Rarely", "Sometimes", "Often", "Always")
    assert response_options(replace(AGREE, labels=words))[4] == ("5", "Always")
    assert response_options(AGREE)[4] == ("5", "Strongly agree")


# --- reporting


@pytest.mark.parametrize(
    ("question", "leaning"),
    [
        (AGREE, "uunff"),
        (replace(AGREE, reverse=True), "ffnuu"),
        (SCALE, "uuuuuuunnff"),
        (replace(SCALE, reverse=True), "ffnnuuuuuuu"),
        (replace(SCALE, bands=(4, 7)), "uuuunnnffff"),
        (replace(SCALE, bands=(4, 7), reverse=True), "ffffnnnuuuu"),
        (YES_NO, "uf"),
        (replace(YES_NO, reverse=True), "fu"),
    ],
)
def test_each_answer_leans_as_its_scale_says(question: Question, leaning: str) -> None:
    numbers = sorted(int(raw) for raw, _ in response_options(question))
    leans = [favour(question, number) for number in numbers]
    assert "".join(lean.value[0] if lean else "-" for lean in leans) == leaning


@given(st.data(), st.sampled_from(SINGLE), st.booleans())
def test_every_single_answer_counts_for_exactly_one_category(
    data: st.DataObject, question: Question, reverse: bool
) -> None:
    turned = replace(question, reverse=reverse)
    value = data.draw(values(turned))
    name = categories(turned)[category(turned, value)]
    lean = favour(turned, value)
    if turned.kind in (Kind.AGREE, Kind.SCALE):
        assert lean is not None
        assert name == lean.value
    if turned.kind is Kind.YES_NO:
        assert name == ("yes" if value == 1 else "no")
    if turned.kind is Kind.CHOICE:
        assert name == OPTIONS[int(format_value(value))]


@pytest.mark.parametrize(("question", "value"), [(PICK, (0, 2)), (TEXT, "words"), (AGREE, "4")])
def test_what_has_no_single_category_is_not_forced_into_one(
    question: Question, value: Value
) -> None:
    with pytest.raises(ValueError, match=r"q\."):
        category(question, value)


def test_picks_count_option_by_option_and_text_is_not_counted() -> None:
    assert categories(PICK) == OPTIONS
    assert categories(TEXT) == ()
    assert favour(PICK, (0,)) is None
    assert favour(TEXT, "words") is None


@pytest.mark.parametrize(
    "change",
    [
        {"kind": Kind.CHOICE},
        {"kind": Kind.CHOICE, "options": ("One",)},
        {"options": ("One", "Two")},
        {"labels": ("Low", "High")},
        {"kind": Kind.SCALE, "labels": ("a", "b", "c", "d", "e")},
        {"kind": Kind.SCALE, "bands": (9, 7)},
        {"kind": Kind.TEXT, "branch": Branch(Favour.UNFAVOURABLE, "q.text")},
    ],
)
def test_a_question_whose_parts_do_not_fit_cannot_exist(change: dict[str, object]) -> None:
    parts: dict[str, object] = {"id": "q", "kind": Kind.AGREE, "text": "I have a say."} | change
    with pytest.raises(ValueError, match="q: "):
        Question(**parts)  # type: ignore[arg-type]


# --- bespoke questions


def own(
    kind: str = "agree", text: str = "I have a say.", options: tuple[str, ...] = ()
) -> Question:
    made = make_own_question(kind=kind, text=text, options=options)
    assert isinstance(made, Question)
    return made


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("agree", Kind.AGREE),
        ("1-5", Kind.AGREE),
        ("0-10", Kind.SCALE),
        (" Yes/No ", Kind.YES_NO),
        ("TEXT", Kind.TEXT),
    ],
)
def test_a_kind_is_known_by_its_words(typed: str, kind: Kind) -> None:
    assert own(kind=typed).kind is kind


def test_a_question_of_ones_own_has_its_options_and_is_not_validated() -> None:
    question = own("up to 3", " What  would help? ", ("Time", " ", " Training "))
    assert question.kind is Kind.PICK
    assert question.text == "What would help?"
    assert question.options == ("Time", "Training")
    assert not question.validated


def test_agreeing_can_be_the_bad_news() -> None:
    made = make_own_question(kind="agree", text="I feel left out.", reverse=True)
    assert isinstance(made, Question)
    assert favour(made, 5) is Favour.UNFAVOURABLE


def test_the_same_wording_is_the_same_question_whatever_its_case_and_spacing() -> None:
    assert own(text="How was TODAY?").id == own(text="  how was   today? ").id
    assert (
        own("choice", "Which one?", ("Ward A", "Ward B")).id
        == own("single choice", "which one?", ("ward a", "ward  b")).id
    )
    assert own(text="Caf\u00e9 open?").id == own(text="Cafe\u0301 open?").id


def test_another_kind_wording_or_options_is_another_question() -> None:
    ids = {
        own().id,
        own(kind="0-10").id,
        own(text="I have no say.").id,
        own("choice", options=("Time", "Tools")).id,
        own("choice", options=("Time Tools", "More")).id,
        own("choice", options=("Time", "Tools More")).id,
    }
    assert len(ids) == 6
    assert all(len(id_) == len("own.") + 12 for id_ in ids)


@pytest.mark.parametrize(
    ("kind", "text", "options", "fields"),
    [
        ("stars", "How was today?", (), ["kind"]),
        ("agree", "Hm? ", (), ["text"]),
        ("agree", "x" * 201, (), ["text"]),
        ("agree", "How was\0today?", (), ["text"]),
        ("agree", "How was today?", ("Good", "Bad"), ["options"]),
        ("choice", "How was today?", ("Good", " "), ["options"]),
        ("pick", "How was today?", tuple("abcdefghijk"), ["options"]),
        ("choice", "How was today?", ("Good", "good"), ["options"]),
        ("choice", "How was today?", ("Good", "x" * 76), ["options"]),
        ("stars", "Hm?", (), ["kind", "text"]),
    ],
)
def test_what_has_to_be_mended_is_named_field_by_field(
    kind: str, text: str, options: tuple[str, ...], fields: list[str]
) -> None:
    made = make_own_question(kind=kind, text=text, options=options)
    assert isinstance(made, tuple)
    assert [problem.field for problem in made] == fields


def test_an_unknown_kind_is_named_with_the_way_out() -> None:
    assert make_own_question(kind="Stars", text="How was today?") == (
        Problem(
            "kind",
            '"Stars" is not a kind of question. Use agree, 0-10, choice, pick, yes/no or text.',
        ),
    )


@given(
    st.sampled_from(["agree", "0-10", "choice", "pick", "yes/no", "text"]),
    st.text(max_size=210),
    st.lists(st.text(max_size=80), max_size=12),
)
def test_whatever_is_typed_becomes_a_question_that_works_or_a_list_of_problems(
    kind: str, text: str, options: list[str]
) -> None:
    made = make_own_question(kind=kind, text=text, options=options)
    if isinstance(made, Question):
        assert 5 <= len(made.text) <= 200
        assert all(parse_value(made, raw) is not None for raw, _ in response_options(made))
    else:
        assert made
        assert all(problem.message.endswith(".") for problem in made)


# --- placeholders


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("I am proud of [organisation]", "I am proud of the Trust"),
        ("[Organisation] inspires me", "The Trust inspires me"),
        ("[organisation] inspires me", "The Trust inspires me"),
        ("Think back. [Organisation] grew.", "Think back. The Trust grew."),
        ("How does [Change] help [organisation]?", "How does eRostering help the Trust?"),
        ("[Change] helps me", "eRostering helps me"),
        ("No placeholder [here]", "No placeholder [here]"),
    ],
)
def test_placeholders_are_filled_as_the_sentence_needs(text: str, filled: str) -> None:
    question = fill(replace(AGREE, text=text), organisation="the Trust", change="eRostering")
    assert question.text == filled


def test_filling_reaches_options_and_keeps_the_rest_as_it_was() -> None:
    question = replace(CHOICE, validated=True, options=("Leave [organisation]", "Stay"))
    filled = fill(question, organisation="the Trust", change="the move")
    assert filled == replace(question, options=("Leave the Trust", "Stay"))


def test_a_name_that_looks_like_a_placeholder_is_not_filled_again() -> None:
    question = fill(replace(AGREE, text="I like [change]"), organisation="X", change="[change] 2")
    assert question.text == "I like [change] 2"
