"""The questions of one round: which are asked, in which order, and which answers count."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from bot.pulse.questions import Branch, Favour, Kind, Problem, Question, Value, favour, marks

MAX_ASKED = 6  # follow-ups not counted


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """The questions frozen into a round, in order. Raises ValueError if `problems` finds any.

    A question that another one branches to is a follow-up: it is asked right after the answer
    that calls for it, and never on its own.

    Who is asked a follow-up depends on an answer. How many answered it must therefore never be
    printed, nor decide whether anything is.

    `asked` are the questions that everyone is asked.
    """

    questions: tuple[Question, ...]
    asked: tuple[Question, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        found = problems(self.questions)
        if found:
            raise ValueError("; ".join(problem.message for problem in found))
        targets = _targets(self.questions)
        asked = tuple(question for question in self.questions if question.id not in targets)
        object.__setattr__(self, "asked", asked)  # once, because every answer looks at it


def problems(questions: Sequence[Question]) -> tuple[Problem, ...]:
    """Why these questions make no questionnaire, in words for the facilitator; () if they do."""
    ids = [question.id for question in questions]
    targets = _targets(questions)
    count = sum(question.id not in targets for question in questions)
    found = []
    if not 1 <= count <= MAX_ASKED:
        found.append(
            Problem("questions", f"There are {count} questions to ask. Use 1 to {MAX_ASKED}.")
        )
    for question in questions:
        if ids.count(question.id) > 1:
            found.append(Problem("questions", f'"{question.text}" is there twice. Keep one.'))
        if question.branch and question.branch.then not in ids:
            found.append(
                Problem("questions", f'The follow-up to "{question.text}" is missing. Add it.')
            )
        if question.branch and question.id in targets:
            found.append(
                Problem(
                    "questions",
                    f'"{question.text}" is a follow-up, so it cannot have one of its own.',
                )
            )
    return tuple(dict.fromkeys(found))


def _targets(questions: Sequence[Question]) -> frozenset[str]:
    return frozenset(question.branch.then for question in questions if question.branch)


# --- walking ---------------------------------------------------------------------------------


def route(
    questionnaire: Questionnaire, answers: Mapping[str, Value]
) -> tuple[tuple[int, Question], ...]:
    """What this person is asked as their answers stand: (position from 1, question), in order.

    A follow-up shares the position of the question that called for it. If several call for the
    same one, it is asked once, after the first.
    """
    by_id = {question.id: question for question in questionnaire.questions}
    steps: dict[str, tuple[int, Question]] = {}
    for position, question in enumerate(questionnaire.asked, start=1):
        steps[question.id] = (position, question)
        branch = question.branch
        if branch is None or question.id not in answers:
            continue
        if favour(question, answers[question.id]) is branch.when:
            steps.setdefault(branch.then, (position, by_id[branch.then]))
    return tuple(steps.values())


def next_question(
    questionnaire: Questionnaire, answers: Mapping[str, Value], skipped: Collection[str]
) -> Question | None:
    """The first question for everyone that is neither answered nor skipped; None at the end.

    Follow-ups are left out: where one is asked it shows how the question before was answered.
    """
    return next(
        (
            question
            for question in questionnaire.asked
            if question.id not in answers and question.id not in skipped
        ),
        None,
    )


def follow_up(
    questionnaire: Questionnaire,
    question: Question,
    answers: Mapping[str, Value],
    skipped: Collection[str],
) -> Question | None:
    """What the answer just given to a question calls for, unless it was answered or skipped."""
    branch = question.branch
    if branch is None or branch.then in answers or branch.then in skipped:
        return None
    return next(
        (found for _, found in route(questionnaire, answers) if found.id == branch.then), None
    )


def progress(
    questionnaire: Questionnaire, answers: Mapping[str, Value], question_id: str
) -> tuple[int, int] | None:
    """(position, of) for "question 2 of 4"; None if the question is not on the route (any more).

    A follow-up changes neither number, so the end never moves away from the person.
    """
    asked = questionnaire.asked
    for position, question in enumerate(asked, start=1):
        if question.id == question_id:
            return position, len(asked)
    for position, question in route(questionnaire, answers):
        if question.id == question_id:
            return position, len(asked)
    return None


def counting(questionnaire: Questionnaire, answers: Mapping[str, Value]) -> dict[str, Value]:
    """The answers that count at close: those to questions on the route.

    The answer to a follow-up that a changed mind no longer calls for is left out.
    """
    return {
        question.id: answers[question.id]
        for _, question in route(questionnaire, answers)
        if question.id in answers
    }


# --- rotation --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rotation:
    """What may be asked now and what still rests, both in the order of the pool.

    `asked` includes follow-ups and, unless empty, is ready for a Questionnaire.
    `resting` pairs a question with the first day on which it may be asked again.
    """

    asked: tuple[Question, ...]
    resting: tuple[tuple[Question, date], ...]


def rotate(
    pool: Sequence[Question],
    last_asked: Mapping[str, date],
    on: date,
    size: int,
    weeks: int = 4,
) -> Rotation:
    """Choose `size` questions (1 to 6): those unasked for longest, the pool's order for ties.

    No question comes back within `weeks` of its last asking. That goes for follow-ups too: one
    that rests, or is not in the pool, is not branched to. `last_asked` holds, by the questions'
    `marks`, the day of the last round that had the question, follow-ups included; the pool's
    placeholders are filled. Raises ValueError for a size out of range.
    """
    if not 1 <= size <= MAX_ASKED:
        raise ValueError(f"a round asks 1 to {MAX_ASKED} questions, not {size}")
    rest = timedelta(weeks=weeks)
    last = {
        question.id: max(last_asked.get(mark, date.min) for mark in marks(question))
        for question in pool
    }
    resting = tuple(
        (question, last[question.id] + rest)
        for question in pool
        if last[question.id] > date.min and on < last[question.id] + rest
    )
    asleep = {question.id for question, _ in resting}
    awake = [question for question in pool if question.id not in asleep]
    targets = _targets(pool)
    candidates = [question for question in awake if question.id not in targets]
    candidates.sort(key=lambda question: last[question.id])
    chosen = {question.id for question in candidates[:size]}
    followed = _targets([question for question in awake if question.id in chosen])
    awake_ids = {question.id for question in awake}
    return Rotation(
        asked=tuple(
            _without_dead_branch(question, awake_ids)
            for question in awake
            if question.id in chosen | followed
        ),
        resting=resting,
    )


def _without_dead_branch(question: Question, awake: Collection[str]) -> Question:
    if question.branch and question.branch.then not in awake:
        return replace(question, branch=None)
    return question


# --- JSON ------------------------------------------------------------------------------------


def to_json(questionnaire: Questionnaire) -> dict[str, Any]:
    """The questionnaire as plain JSON types; `from_json` reads it back."""
    return {"questions": [question_to_json(question) for question in questionnaire.questions]}


def from_json(data: Mapping[str, Any]) -> Questionnaire:
    """Raises KeyError or ValueError if `data` did not come from `to_json`."""
    return Questionnaire(tuple(question_from_json(item) for item in data["questions"]))


def question_to_json(question: Question) -> dict[str, Any]:
    """One question as plain JSON types; `question_from_json` reads it back."""
    branch = question.branch
    return {
        "id": question.id,
        "kind": question.kind.value,
        "text": question.text,
        "options": list(question.options),
        "reverse": question.reverse,
        "bands": list(question.bands),
        "labels": list(question.labels),
        "branch": {"when": branch.when.value, "then": branch.then} if branch else None,
        "sensitive": question.sensitive,
        "instrument": question.instrument,
        "validated": question.validated,
    }


def question_from_json(data: Mapping[str, Any]) -> Question:
    """Raises KeyError or ValueError if `data` did not come from `question_to_json`."""
    branch = data["branch"]
    neutral, favourable = data["bands"]
    return Question(
        id=data["id"],
        kind=Kind(data["kind"]),
        text=data["text"],
        options=tuple(data["options"]),
        reverse=data["reverse"],
        bands=(neutral, favourable),
        labels=tuple(data["labels"]),
        branch=Branch(Favour(branch["when"]), branch["then"]) if branch else None,
        sensitive=data["sensitive"],
        instrument=data["instrument"],
        validated=data["validated"],
    )
