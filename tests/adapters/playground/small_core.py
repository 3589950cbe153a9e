"""A small core in memory that speaks to the playground as the real one does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from adapters.playground.exchange import CastMember
from adapters.playground.platform import Playground
from bot.conversation.actions import Action, Verb
from bot.conversation.card import (
    Bar,
    Button,
    Buttons,
    Card,
    Chart,
    ChoiceField,
    Divider,
    Emphasis,
    Facts,
    Form,
    Text,
    TextField,
    Tone,
)
from bot.conversation.events import (
    Actor,
    Closed,
    Command,
    Event,
    FieldErrors,
    Open,
    Pressed,
    Replace,
    Reply,
    Say,
    Submitted,
)
from bot.conversation.roles import Role

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TEAMS = (
    ("Maple ward", 14),
    ("Outpatients", 11),
    ("Theatres", 9),
    ("Pharmacy", 8),
    ("Imaging", 7),
    ("Estates", 5),
    ("Records", 4),
    ("Chaplaincy", 2),
)
FIRST_NAMES = "Amara Bilal Chloe Dev Ewa Femi Grace Hana Idris Jo Kofi Lena Mo Nia Owen".split()
LAST_NAMES = "Ahmed Brook Costa Drew".split()
LIKERT = ("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree")
QUESTIONS = (
    ("clear", "I know what the move to the new records system means for my work."),
    ("support", "I get the help I need with the new records system."),
    ("recommend", "How likely are you to recommend this place to a friend as a place to work?"),
    ("one-thing", "What one thing would make the change go better?"),
)


class SmallClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def move(self, to: datetime) -> None:
        assert to >= self._now, "a clock only moves forward"
        self._now = to


def people() -> tuple[CastMember, ...]:
    names = (f"{first} {last}" for last in LAST_NAMES for first in FIRST_NAMES)
    staff = tuple(
        CastMember(
            user=f"p{team}-{number}",
            name=next(names),
            roles=frozenset({Role.PARTICIPANT}),
            team=name,
        )
        for team, (name, size) in enumerate(TEAMS)
        for number in range(size)
    )
    facilitator = CastMember(
        user="fran", name="Fran Ellis", roles=frozenset({Role.FACILITATOR}), team=""
    )
    lead = CastMember(user="lee", name="Lee Morgan", roles=frozenset({Role.LEAD}), team="")
    return (*staff, facilitator, lead)


def prompt(question: int, round_id: str = "r1") -> Card:
    """One question of a round."""
    name, text = QUESTIONS[question]
    if name == "one-thing":
        write = Action(Verb.WRITE, (round_id, name))
        answers: tuple[Button, ...] = (Button("Write an answer", write, Emphasis.PRIMARY),)
    else:
        labels = [str(n) for n in range(11)] if name == "recommend" else LIKERT
        answers = tuple(
            Button(label, Action(Verb.ANSWER, (round_id, name, str(value))))
            for value, label in enumerate(labels, start=0 if name == "recommend" else 1)
        )
    return Card(
        (
            Text(f"Spring pulse: question {question + 1} of {len(QUESTIONS)}", Tone.QUIET),
            Text(text, Tone.HEADING),
            Buttons(answers),
            Divider(),
            Buttons((Button("Skip this question", Action(Verb.SKIP, (round_id, name))),)),
            Text("Results are never shown for fewer than 7 answers.", Tone.QUIET),
        )
    )


def digest() -> Card:
    return Card(
        (
            Text("Results of the spring pulse", Tone.HEADING),
            Text("60 people were asked, and about 70 % answered."),
            Facts((("Open", "2 to 7 March"), ("Next round", "16 March"))),
            Chart(
                "How people answered",
                ("Unfavourable", "Neutral", "Favourable"),
                ("Unfavourable", "Neutral", "Favourable"),
                (
                    Bar(
                        "I know what the new system means for my work",
                        (10, 25, 65),
                        ("10", "25", "65"),
                    ),
                    Bar("I get the help I need", (35, 20, 45), ("35", "20", "45")),
                    Bar("It will make things better here", (1, 47, 52), ("0 to 3", "47", "52")),
                ),
                "Work: 10 in 100 unfavourable, 25 neutral, 65 favourable. Help: 35, 20 and 45. "
                "Better: 0 to 3, 47 and 52.",
            ),
            Text("No real change since last time.", Tone.QUIET),
        )
    )


def setup_form() -> Form:
    return Form(
        title="Ask one question",
        intro="It goes out as soon as you send it.",
        action=Action(Verb.FORM, ("ask", "")),
        submit="Send the question",
        fields=(
            TextField(
                id="question",
                label="Question",
                multiline=True,
                max_length=300,
                hint="Keep it short.",
            ),
            ChoiceField(
                id="to",
                label="Who is asked",
                options=(("all", "Everyone"), ("ward", "Maple ward"), ("out", "Outpatients")),
                value=("all",),
            ),
            ChoiceField(
                id="days",
                label="Days to leave out",
                options=tuple((day.lower(), day) for day in ("Saturday", "Sunday", "Monday")),
                most=2,
                required=False,
            ),
        ),
    )


class SmallCore:
    """A round a fortnight: a prompt, a reminder after three days, a digest after five."""

    def __init__(self, playground: Playground, clock: SmallClock) -> None:
        self.clock = clock
        self.events: list[Event] = []
        self._playground = playground
        self._people = people()
        self._due = [
            (START + timedelta(days=14 * number + day, hours=1), kind, f"r{number}")
            for number in range(4)
            for day, kind in ((0, "prompt"), (3, "reminder"), (5, "digest"))
        ]

    async def cast(self) -> tuple[CastMember, ...]:
        return self._people

    async def next_moment(self) -> datetime | None:
        return self._due[0][0] if self._due else None

    async def settle(self) -> None:
        while self._due and self._due[0][0] <= self.clock.now():
            _, kind, round_id = self._due.pop(0)
            start = Buttons((Button("Open the questions", Action(Verb.START, (round_id,))),))
            card = {
                "prompt": prompt(0, round_id),
                "reminder": Card((Text("The pulse is open for two more days."), start)),
                "digest": digest(),
            }[kind]
            for member in self._people:
                if Role.PARTICIPANT in member.roles or kind == "digest":
                    to = Actor("playground", "demo", member.user)
                    await self._playground.send(to, card, f"{kind}:{round_id}:{member.user}")

    async def handle(self, event: Event) -> tuple[Reply, ...]:
        self.events.append(event)
        match event:
            case Command(text="fail"):
                raise RuntimeError("planned")
            case Command(text="ask"):
                return (Open(setup_form()),)
            case Command(text="digest"):
                return (Say(digest()),)
            case Command():
                return (Say(help_card()),)
            case Pressed(action=Action(verb=Verb.WRITE)) as pressed:
                name = pressed.action.arguments[1]
                field = TextField(id=name, label=dict(QUESTIONS)[name], multiline=True)
                form = Form(
                    title="Your answer", action=pressed.action, fields=(field,), keeps_draft=False
                )
                return (Open(form),)
            case Pressed(action=Action(verb=Verb.START)) as pressed:
                return (Replace(prompt(0, pressed.action.arguments[0])),)
            case (
                Pressed(action=Action(verb=Verb.ANSWER | Verb.SKIP))
                | Submitted(action=Action(verb=Verb.WRITE))
            ):
                return (Replace(after(event.action)),)
            case Submitted() if not event.values.get("question", ("",))[0].strip():
                return (FieldErrors({"question": "Type the question that you want to ask."}),)
            case Submitted():
                return (Say(Card((Text("Your question is on its way."),))),)
            case Closed():
                return ()
            case _:
                return (Say(Card((Text("That button does nothing here."),))),)


def after(action: Action) -> Card:
    """The question that follows, or the thanks."""
    names = [name for name, _ in QUESTIONS]
    position = names.index(action.arguments[1]) + 1
    if position < len(QUESTIONS):
        return prompt(position, action.arguments[0])
    change = Button("Change my answers", Action(Verb.CHANGE, (action.arguments[0],)))
    return Card((Text("Thank you, noted."), Buttons((change,))))


def help_card() -> Card:
    return Card(
        (
            Text("What you can do", Tone.HEADING),
            Facts(
                (
                    ("/pulse ask", "Ask one question"),
                    ("/pulse digest", "See the latest results"),
                )
            ),
            Buttons(
                (
                    Button("Ask", Action(Verb.FORM, ("ask", "")), Emphasis.PRIMARY),
                    Button("Close the round", Action(Verb.RUN, ("close",)), Emphasis.DANGER),
                    Button("Help", Action(Verb.RUN, ("help",))),
                )
            ),
        )
    )
