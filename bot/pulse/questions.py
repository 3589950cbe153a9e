"""One question: its kinds, the answers it takes, and how an answer counts in a report."""

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache


class Kind(StrEnum):
    """The forms of a question, named as they are stored."""

    AGREE = "agree"  # 1 to 5, worded
    SCALE = "scale"  # 0 to 10
    CHOICE = "choice"  # one of the options
    PICK = "pick"  # up to MAX_PICKS of the options
    YES_NO = "yes-no"
    TEXT = "text"


class Favour(StrEnum):
    """Which way an answer leans, in the order in which results are printed."""

    UNFAVOURABLE = "unfavourable"
    NEUTRAL = "neutral"
    FAVOURABLE = "favourable"


Value = int | tuple[int, ...] | str
"""AGREE 1..5; SCALE 0..10; YES_NO 1 or 0; CHOICE an option's index; PICK one to three indexes,
ascending; TEXT the words."""

MAX_PICKS = 3
MAX_TEXT = 1000  # characters in a free-text answer

AGREEMENT = (
    "Strongly disagree",
    "Disagree",
    "Neither agree nor disagree",
    "Agree",
    "Strongly agree",
)

_RANGES = {Kind.AGREE: (1, 5), Kind.SCALE: (0, 10), Kind.YES_NO: (0, 1)}
_PLACEHOLDER = re.compile(r"\[(organisation|change)\]", re.IGNORECASE)
_SENTENCE_START = re.compile(r"(?:^|[.?!]\s)\s*$")


@dataclass(frozen=True, slots=True)
class Branch:
    """Ask the question `then` next if the answer leans `when`."""

    when: Favour
    then: str  # a question id


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question as asked. Raises ValueError if its parts do not fit its kind.

    `id` is "<instrument>.<item>" in the bank and "own.<hash>" for a bespoke question.
    `reverse`: the low (or "no") end is the favourable one.
    `bands`: SCALE only, the first neutral and the first favourable value, after reversal. The
    default is that of a 0-10 recommendation: 0-6, 7-8, 9-10 (Reichheld 2003, HBR 81(12)).
    `labels`: AGREE only, five words from low to high in place of AGREEMENT.
    `validated`: the published wording, changed in nothing but its placeholders.
    """

    id: str
    kind: Kind
    text: str
    options: tuple[str, ...] = ()
    reverse: bool = False
    bands: tuple[int, int] = (7, 9)
    labels: tuple[str, ...] = ()
    branch: Branch | None = None
    sensitive: bool = False
    instrument: str | None = None
    validated: bool = False

    def __hash__(self) -> int:
        return hash(self.id)  # a fraction of the time; equal questions have the same

    def __post_init__(self) -> None:
        listed = self.kind in (Kind.CHOICE, Kind.PICK)
        if not (len(self.options) >= 2 if listed else self.options == ()):
            raise ValueError(f"{self.id}: a {self.kind} question does not fit its options")
        if self.labels and (self.kind is not Kind.AGREE or len(self.labels) != 5):
            raise ValueError(f"{self.id}: labels are the five words of an agree question")
        if not 0 < self.bands[0] < self.bands[1] <= 10:
            raise ValueError(f"{self.id}: bands must rise within 1 to 10")
        if self.branch and self.kind not in _RANGES:
            raise ValueError(f"{self.id}: a {self.kind} answer leans no way, so it cannot branch")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a facilitator typed and has to mend: which field, and what to do."""

    field: str
    message: str


class ForgedValue(ValueError):
    """The value cannot have come from this question's own buttons or form: refuse it kindly.

    Names the question and what it takes, never what was sent.
    """

    def __init__(self, question: Question, expected: str) -> None:
        super().__init__(f"{question.id} takes {expected}")
        self.expected = expected


# --- answers ---------------------------------------------------------------------------------


def response_options(question: Question) -> tuple[tuple[str, str], ...]:
    """What a person can choose: (value as a button carries it, label); () for free text."""
    match question.kind:
        case Kind.AGREE:
            labels = question.labels or AGREEMENT
            return tuple((str(number), label) for number, label in enumerate(labels, start=1))
        case Kind.SCALE:
            return tuple((str(number), str(number)) for number in range(11))
        case Kind.YES_NO:
            return (("1", "Yes"), ("0", "No"))
        case Kind.CHOICE | Kind.PICK:
            return tuple((str(index), option) for index, option in enumerate(question.options))
        case Kind.TEXT:
            return ()


def parse_value(question: Question, raw: str) -> Value:
    """The answer that a button or form sent: "4", for PICK "0,2,5", for TEXT the words.

    Raises ForgedValue if the question could not have offered it.
    """
    if question.kind is Kind.TEXT:
        text = raw.strip()
        if not 1 <= len(text) <= MAX_TEXT or not storable(text):
            raise ForgedValue(question, f"1 to {MAX_TEXT} characters of text")
        return text
    offered = _offered(question)
    if question.kind is Kind.PICK:
        picked = raw.split(",")
        if len(set(picked)) != len(picked) or len(picked) > MAX_PICKS or not offered >= set(picked):
            raise ForgedValue(question, f"up to {MAX_PICKS} different options")
        return tuple(sorted(int(index) for index in picked))
    if raw not in offered:
        raise ForgedValue(question, "one of its own options")
    return int(raw)


@lru_cache(maxsize=1024)
def _offered(question: Question) -> frozenset[str]:
    return frozenset(value for value, _ in response_options(question))


def format_value(value: Value) -> str:
    """The answer as a button carries it; `parse_value` reads it back."""
    if isinstance(value, tuple):
        return ",".join(str(index) for index in value)
    return str(value)


def storable(text: str) -> bool:
    """Whether every database can hold it: PostgreSQL takes no NUL, UTF-8 no lone surrogate."""
    return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text)


# --- reporting -------------------------------------------------------------------------------


def favour(question: Question, value: Value) -> Favour | None:
    """Which way the answer leans, after reversal; None where no answer is better than another."""
    if question.kind not in _RANGES:
        return None
    score = _number(question, value)
    if question.reverse:
        score = sum(_RANGES[question.kind]) - score  # mirrored: 1 and 5 change places
    neutral, favourable = {Kind.AGREE: (3, 4), Kind.YES_NO: (1, 1)}.get(
        question.kind, question.bands
    )
    if score >= favourable:
        return Favour.FAVOURABLE
    return Favour.NEUTRAL if score >= neutral else Favour.UNFAVOURABLE


def categories(question: Question) -> tuple[str, ...]:
    """The names of the counts that a report prints, in order; () for free text.

    PICK has one yes/no count per option, so its counts do not add up to the answers.
    """
    match question.kind:
        case Kind.AGREE | Kind.SCALE:
            return tuple(lean.value for lean in Favour)
        case Kind.YES_NO:
            return ("yes", "no")
        case Kind.CHOICE | Kind.PICK:
            return question.options
        case Kind.TEXT:
            return ()


def category(question: Question, value: Value) -> int:
    """The index in `categories` that this answer counts for.

    Raises ValueError for PICK, whose value is itself the tuple of such indexes, and for TEXT.
    """
    match question.kind:
        case Kind.CHOICE:
            return _number(question, value)
        case Kind.YES_NO:
            return 1 - _number(question, value)
    lean = favour(question, value)
    if lean is None:
        raise ValueError(f"{question.id}: a {question.kind} answer is in no single category")
    return list(Favour).index(lean)


def _number(question: Question, value: Value) -> int:
    if not isinstance(value, int):
        raise ValueError(f"{question.id}: a {question.kind} answer is no single number")
    return value


# --- placeholders ----------------------------------------------------------------------------


def marks(question: Question) -> tuple[str, str]:
    """By what a question is known when it comes again: its id, and its words however typed.

    The same words rest as one question, whoever wrote them: people answer what they read.
    """
    words = unicodedata.normalize("NFKC", question.text).casefold()
    letters = "".join(char if char.isalnum() else " " for char in words)
    return question.id, f"words: {' '.join(letters.split())}"


def fill(question: Question, *, organisation: str, change: str) -> Question:
    """The question with [organisation] and [change] replaced by those names."""
    names = {"organisation": organisation, "change": change}

    def filled(text: str) -> str:
        def name(match: re.Match[str]) -> str:
            chosen = names[match[1].lower()]
            starts = _SENTENCE_START.search(text[: match.start()])
            return _capitalised(chosen) if starts else chosen

        return _PLACEHOLDER.sub(name, text)

    return replace(
        question,
        text=filled(question.text),
        options=tuple(filled(option) for option in question.options),
    )


def _capitalised(name: str) -> str:
    """A name with a capital in its first word, such as "eRostering", stays as it is written."""
    first, _, _ = name.partition(" ")
    return name[:1].upper() + name[1:] if first.islower() else name
