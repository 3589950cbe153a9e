"""Bespoke questions: what a facilitator typed becomes a question, or a list of what to mend."""

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from bot.pulse.questions import Branch, Favour, Kind, Problem, Question, storable

_KIND_WORDS = {
    "agree": Kind.AGREE,
    "agreement": Kind.AGREE,
    "1-5": Kind.AGREE,
    "0-10": Kind.SCALE,
    "scale": Kind.SCALE,
    "choice": Kind.CHOICE,
    "single choice": Kind.CHOICE,
    "pick": Kind.PICK,
    "up to 3": Kind.PICK,
    "yes/no": Kind.YES_NO,
    "yes-no": Kind.YES_NO,
    "yes or no": Kind.YES_NO,
    "text": Kind.TEXT,
    "free text": Kind.TEXT,
}


def make_own_question(
    *, kind: str, text: str, options: Sequence[str] = (), reverse: bool = False
) -> Question | tuple[Problem, ...]:
    """The question that a facilitator typed, or everything that has to be mended first.

    Blank options are left out. The same kind, wording and options, whatever the case and spacing,
    give the same id, so that the same question is known when it comes back.
    """
    known = _KIND_WORDS.get(_spaced(kind).casefold())
    wording = _spaced(text)
    choices = tuple(option for option in map(_spaced, options) if option)
    if not storable("".join([kind, wording, *choices])):
        # Alone: the other messages would quote the character.
        return (Problem("text", "One of the characters cannot be shown. Type the question again."),)
    problems = []
    if known is None:
        problems.append(
            Problem(
                "kind",
                f'"{_spaced(kind)}" is not a kind of question. '
                "Use agree, 0-10, choice, pick, yes/no or text.",
            )
        )
    if not 5 <= len(wording) <= 200:
        problems.append(
            Problem("text", f"Type a question of 5 to 200 characters; this has {len(wording)}.")
        )
    if known is not None:
        problems.extend(_option_problems(known, choices))
    if known is None or problems:
        return tuple(problems)
    return Question(
        id=_own_id(known, wording, choices),
        kind=known,
        text=wording,
        options=choices,
        reverse=reverse,
    )


def with_follow_up(question: Question, text: str) -> tuple[Question, Question] | Problem:
    """The question, and the free-text one that is asked next where its answer is unfavourable."""
    made = make_own_question(kind="text", text=text)
    if not isinstance(made, Question):
        return made[0]
    if question.kind not in (Kind.AGREE, Kind.SCALE, Kind.YES_NO):
        return Problem(
            "follow_up", "Only agree, 0-10 and yes/no answers can be unfavourable. Leave it out."
        )
    return replace(question, branch=Branch(Favour.UNFAVOURABLE, made.id)), made


def _option_problems(kind: Kind, options: Sequence[str]) -> list[Problem]:
    if kind not in (Kind.CHOICE, Kind.PICK):
        if not options:
            return []
        return [Problem("options", "Only choice and pick questions have options. Leave them out.")]
    problems = []
    if not 2 <= len(options) <= 10:
        problems.append(Problem("options", f"There are {len(options)} options. Use 2 to 10."))
    if len({_same(option) for option in options}) < len(options):
        problems.append(Problem("options", "Two options are the same. Make each one different."))
    problems.extend(
        Problem("options", f'"{option[:20]}..." has {len(option)} characters. Use at most 75.')
        for option in options
        if len(option) > 75
    )
    return problems


def _own_id(kind: Kind, text: str, options: Sequence[str]) -> str:
    wording = "\n".join([kind, *map(_same, [text, *options])])
    return "own." + hashlib.sha256(wording.encode()).hexdigest()[:12]


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _same(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
