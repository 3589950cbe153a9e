"""Hypothesis strategies for what the conversation is made of."""

from hypothesis import strategies as st

from bot.conversation.actions import ARGUMENTS, MAX_LENGTH, Action, Verb, encode
from bot.conversation.card import (
    MAX_LABEL,
    MAX_TITLE,
    MAX_VALUE,
    Bar,
    Block,
    Button,
    Buttons,
    Card,
    Chart,
    ChoiceField,
    Divider,
    Emphasis,
    Facts,
    Field,
    Form,
    Text,
    TextField,
    Tone,
    Values,
)
from bot.conversation.events import FieldErrors, Open, Replace, Reply, Say

# Every character that a database and UTF-8 can hold.
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
# Not blank: no platform shows a label or a paragraph of nothing but spaces.
LABELS = st.text(CHARACTERS, min_size=1, max_size=MAX_LABEL).filter(str.strip)
TITLES = st.text(CHARACTERS, min_size=1, max_size=MAX_TITLE).filter(str.strip)
OPTION_VALUES = st.text(CHARACTERS, min_size=1, max_size=MAX_VALUE)
PARAGRAPHS = st.text(CHARACTERS, min_size=1, max_size=200).filter(str.strip)


def _travels(action: Action) -> bool:
    try:
        return len(encode(action)) <= MAX_LENGTH
    except ValueError:
        return False


def _action(verb: Verb) -> st.SearchStrategy[Action]:
    arguments = [st.text(CHARACTERS, max_size=12) for _ in ARGUMENTS[verb]]
    return st.tuples(*arguments).map(lambda parts: Action(verb, parts)).filter(_travels)


ACTIONS = st.sampled_from(Verb).flatmap(_action)

BUTTONS = st.builds(
    Button,
    LABELS,
    ACTIONS,
    st.sampled_from(Emphasis),
    st.just("") | st.text(CHARACTERS, max_size=40),
)


@st.composite
def charts(draw: st.DrawFn) -> Chart:
    """A chart whose bars have a number for each series and a text for each column."""
    series = draw(st.lists(LABELS, min_size=1, max_size=5, unique=True))
    columns = draw(st.lists(LABELS, min_size=1, max_size=5, unique=True))
    values = st.tuples(*(st.integers(0, 100) for _ in series))
    printed = st.tuples(*(LABELS for _ in columns))
    bars = draw(st.lists(st.builds(Bar, LABELS, values, printed), min_size=1, max_size=6))
    return Chart(draw(LABELS), tuple(series), tuple(columns), tuple(bars), draw(PARAGRAPHS))


BLOCKS: st.SearchStrategy[Block] = st.one_of(
    st.builds(Text, PARAGRAPHS, st.sampled_from(Tone)),
    st.lists(st.tuples(LABELS, PARAGRAPHS), min_size=1, max_size=4).map(
        lambda rows: Facts(tuple(rows))
    ),
    st.lists(BUTTONS, min_size=1, max_size=5).map(lambda buttons: Buttons(tuple(buttons))),
    charts(),
    st.just(Divider()),
)

CARDS = st.builds(
    lambda first, rest: Card((first, *rest)),
    st.builds(Text, PARAGRAPHS, st.sampled_from(Tone)),
    st.lists(BLOCKS, max_size=6),
)


def _text_field(name: str) -> st.SearchStrategy[Field]:
    return st.builds(
        TextField,
        id=st.just(name),
        label=LABELS,
        value=PARAGRAPHS,
        hint=st.just("") | LABELS,
        required=st.booleans(),
        multiline=st.booleans(),
    )


@st.composite
def _choice_field(draw: st.DrawFn, name: str) -> Field:
    values = draw(st.lists(OPTION_VALUES, min_size=1, max_size=6, unique=True))
    most = draw(st.integers(1, len(values)))
    return ChoiceField(
        id=name,
        label=draw(LABELS),
        options=tuple((value, draw(LABELS)) for value in values),
        value=tuple(draw(st.lists(st.sampled_from(values), max_size=most, unique=True))),
        required=draw(st.booleans()),
        most=most,
    )


@st.composite
def forms(draw: st.DrawFn) -> Form:
    """A form whose fields have different ids."""
    names = draw(
        st.lists(
            st.from_regex(r"[a-z][a-z0-9._-]{0,15}", fullmatch=True),
            min_size=1,
            max_size=5,
            unique=True,
        )
    )
    return Form(
        title=draw(TITLES),
        action=draw(ACTIONS),
        fields=tuple(draw(_text_field(name) | _choice_field(name)) for name in names),
        submit=draw(TITLES),
        intro=draw(st.just("") | PARAGRAPHS),
        keeps_draft=draw(st.booleans()),
        read_only=draw(st.booleans()),
    )


def filled_in(form: Form) -> st.SearchStrategy[Values]:
    """What somebody may send with a form."""

    def entry(field: Field) -> st.SearchStrategy[tuple[str, ...]]:
        if isinstance(field, TextField):
            return st.text(CHARACTERS, max_size=60).map(lambda text: (text,))
        offered = [value for value, _ in field.options]
        return st.lists(st.sampled_from(offered), max_size=field.most, unique=True).map(tuple)

    return st.fixed_dictionaries({field.id: entry(field) for field in form.fields})


REPLIES: st.SearchStrategy[Reply] = st.one_of(
    st.builds(Say, CARDS),
    st.builds(Replace, CARDS),
    st.builds(Open, forms()),
    st.builds(FieldErrors, st.dictionaries(LABELS, PARAGRAPHS, max_size=4)),
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=5)
    ),
    max_leaves=12,
)
