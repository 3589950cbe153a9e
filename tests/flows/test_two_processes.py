"""Two processes on one PostgreSQL database that act at the same moment do not undo each other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from adapters.playground.inbound import parse
from bot.conversation.actions import Verb, encode
from bot.conversation.events import Say
from bot.conversation.roles import Role
from bot.inbox import Inbox
from bot.ports import Tenant, Tx
from bot.programme.people import Consent
from bot.programme.programmes import Level
from bot.pulse.pulses import PulseState, RoundState
from bot.rounds import Rounds
from tests.flows.company import MAYA, Company, TestClock, company
from tests.flows.desk import Heard
from tests.stores import Act, Opened, at_once

pytestmark = pytest.mark.parametrize("kind_of_database", ["postgresql"], indirect=True)

ANN = "p1@trust.example"
NEW = "new@trust.example"
SCHEDULE = 'schedule "Rota check" every week on tuesday at 10:00'
TUESDAY = datetime(2026, 6, 9, 9, 0, 1, tzinfo=UTC)


class NoEngine:
    """Sends nothing: here it is about what is kept."""

    def wake(self, lane_id: str) -> None: ...
    async def start(self) -> None: ...
    async def stop(self, grace: timedelta) -> None: ...


class OtherClock:
    """No two machines agree to the millisecond."""

    def __init__(self, clock: TestClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        return self._clock.now() + timedelta(milliseconds=40)


@dataclass(frozen=True)
class Pair:
    """Two processes that serve one company."""

    company: Company
    url: str
    inboxes: tuple[Inbox, Inbox]
    rounds: tuple[Rounds, Rounds]
    keys: count[int]

    def act(self, process: int, kind: str, user: str = MAYA, **rest: object) -> Act:
        """What a click or a command leads to in one of the processes."""
        sent = {"type": kind, "user": user, "key": f"pair-{next(self.keys)}", **rest}
        event = parse(sent, self.company.programme.org_id)
        assert event is not None
        return lambda: self.inboxes[process].handle(event)

    async def at_once(self, rows: str, first: Act, second: Act) -> list[object]:
        """See `tests.stores.at_once`."""
        return await at_once(self.url, rows, first, second)


@pytest.fixture
async def pair(opened: Opened, url: str) -> AsyncIterator[Pair]:
    store, other = await opened(), await opened()
    async with company(store) as made:
        late = OtherClock(made.clock)
        yield Pair(
            company=made,
            url=url,
            inboxes=(Inbox(store, NoEngine(), made.clock), Inbox(other, NoEngine(), late)),
            rounds=(Rounds(store, NoEngine(), made.clock), Rounds(other, NoEngine(), late)),
            keys=count(),
        )


def button(heard: Heard, verb: str) -> str:
    """The meaning of the one button of this verb."""
    (action,) = (
        action
        for seen in heard.said
        for action in seen.buttons.values()
        if action.split(":")[0] == verb
    )
    return action


def home(tx: Tx) -> Tenant:
    (organisation,) = tx.directory.organisations()
    return tx.tenant(organisation.id)


async def test_a_question_that_is_confirmed_twice_at_once_is_asked_once(pair: Pair) -> None:
    here = pair.company
    # The groups of a season are there already: two processes cannot both publish them.
    await here.ask("Was lunch good?", "for 1 hour")
    await here.wait(hours=2)
    send = button(await here.desk.command(MAYA, 'ask "How was today?" for 2 days'), "send")
    await pair.at_once(
        "pulse", pair.act(0, "press", action=send), pair.act(1, "press", action=send)
    )
    rounds = await here.store.read(lambda tx: home(tx).pulses.rounds(here.programme.id))
    assert [round_.name for round_ in rounds] == ["How was today?", "Was lunch good?"]


async def test_a_tick_does_not_undo_a_stop(pair: Pair) -> None:
    here = pair.company
    await here.desk.command(MAYA, SCHEDULE)
    stop = button(await here.desk.command(MAYA, 'schedule stop "Rota check"'), "stop-pulse")
    here.clock.move(TUESDAY)
    await pair.at_once("pulse", pair.act(0, "press", action=stop), pair.rounds[1].tick)
    (pulse,) = await here.store.read(lambda tx: home(tx).pulses.all(here.programme.id))
    assert (pulse.state, pulse.next_at) == (PulseState.ENDED, None)
    assert await here.store.read(lambda tx: home(tx).pulses.rounds(here.programme.id)) == ()


async def test_a_tick_opens_nothing_in_a_programme_that_is_just_paused(pair: Pair) -> None:
    here = pair.company
    await here.desk.command(MAYA, SCHEDULE)
    here.clock.move(TUESDAY)
    await pair.at_once("programme", pair.act(0, "command", text="pause"), pair.rounds[1].tick)
    assert await here.store.read(lambda tx: home(tx).pulses.rounds(here.programme.id)) == ()


async def test_a_round_that_is_cancelled_while_it_closes_has_no_results(pair: Pair) -> None:
    here = pair.company
    await here.ask("How was today?", "for 2 days")
    cancel = button(await here.desk.command(MAYA, "cancel"), "cancel-round")
    here.clock.move(here.clock.now() + timedelta(days=3))
    await pair.at_once("round", pair.act(0, "press", action=cancel), pair.rounds[1].tick)
    (round_,) = await here.store.read(lambda tx: home(tx).pulses.rounds(here.programme.id))
    assert round_.state is RoundState.CANCELLED
    assert await here.store.read(lambda tx: home(tx).releases.get(round_.id)) is None


async def test_two_changes_of_a_programme_are_both_kept(pair: Pair) -> None:
    here = pair.company
    await pair.at_once(
        "programme",
        pair.act(0, "command", text="level gold"),
        pair.act(1, "command", text="pause"),
    )
    programme = await here.store.read(lambda tx: home(tx).programmes.get(here.programme.id))
    assert programme is not None
    assert (programme.level, programme.paused) == (Level.GOLD, True)


async def importing(pair: Pair, process: int, row: str) -> Act:
    """Maya has sent her list and seen what it would do; this is her yes."""
    values = {"csv": [f"name,email,team\n{row}"]}
    shown = await pair.act(process, "submit", action="form:people-import:", values=values)()
    assert isinstance(shown, tuple)
    (yes,) = (
        encode(button.action)
        for reply in shown
        if isinstance(reply, Say)
        for button in reply.card.buttons
        if button.action.verb is Verb.IMPORT and button.action.arguments[-1] == "yes"
    )
    return pair.act(process, "press", action=yes)


async def test_two_changes_of_a_person_are_both_kept(pair: Pair) -> None:
    here = pair.company
    await pair.at_once(
        f"person WHERE email = '{ANN}'",
        pair.act(0, "command", ANN, text="me times 15:00"),
        await importing(pair, 1, f"Ann Able,{ANN},Ward"),
    )
    ann = await here.store.read(lambda tx: home(tx).people.by_email(ANN))
    assert ann is not None
    assert ann.name == "Ann Able"
    assert ann.preferred_time is not None


async def test_a_change_of_zone_does_not_undo_a_stop(pair: Pair) -> None:
    here = pair.company
    await here.desk.command(MAYA, SCHEDULE)
    stop = button(await here.desk.command(MAYA, 'schedule stop "Rota check"'), "stop-pulse")
    form = (await here.desk.command(MAYA, "programme edit")).form
    assert form is not None
    shown = {field["id"]: field["value"] for field in form["fields"]}
    values = {name: [text] if isinstance(text, str) else text for name, text in shown.items()}
    moved = {**values, "zone": ["America/New_York"]}
    await pair.at_once(
        "pulse",
        pair.act(0, "press", action=stop),
        pair.act(1, "submit", action=form["action"], values=moved),
    )
    (pulse,) = await here.store.read(lambda tx: home(tx).pulses.all(here.programme.id))
    assert (pulse.state, pulse.next_at) == (PulseState.ENDED, None)


async def test_two_facilitators_who_erase_themselves_at_once_leave_one(pair: Pair) -> None:
    here = pair.company
    await here.desk.command(MAYA, f'people add "Person 1" {ANN} as facilitator')
    erase = {
        user: button(await here.desk.command(user, "me erase"), "erase") for user in (MAYA, ANN)
    }
    await pair.at_once(
        "programme",
        pair.act(0, "press", MAYA, action=erase[MAYA]),
        pair.act(1, "press", ANN, action=erase[ANN]),
    )
    members = await here.store.read(lambda tx: home(tx).people.members(here.programme.id))
    left = [m.person.email for m in members if m.membership.role is Role.FACILITATOR]
    assert left in ([MAYA], [ANN])


async def test_two_who_add_the_same_new_person_at_once_are_both_heard(pair: Pair) -> None:
    here = pair.company
    adding = f'people add "New Nurse" {NEW} team Ward'
    replies = await pair.at_once(
        "programme",
        pair.act(0, "command", text=adding),
        pair.act(1, "command", text=adding),
    )
    members = await here.store.read(lambda tx: home(tx).people.members(here.programme.id))
    assert [m.person.name for m in members if m.person.email == NEW] == ["New Nurse"]
    assert all("went wrong" not in repr(each) for each in replies)


async def test_an_import_does_not_undo_a_no(pair: Pair) -> None:
    here = pair.company
    leave = button(await here.desk.command(ANN, "me leave"), "leave")
    await pair.at_once(
        "membership",
        pair.act(0, "press", ANN, action=leave),
        await importing(pair, 1, f"Ann Able,{ANN},Theatre"),
    )
    members = await here.store.read(lambda tx: home(tx).people.members(here.programme.id))
    (ann,) = (member.membership for member in members if member.person.email == ANN)
    assert (ann.team, ann.consent) == ("Theatre", Consent.DECLINED)


async def test_an_import_does_not_bring_back_who_was_just_erased(pair: Pair) -> None:
    here = pair.company
    erase = button(await here.desk.command(ANN, "me erase"), "erase")
    await pair.at_once(
        f"person WHERE email = '{ANN}'",
        pair.act(0, "press", ANN, action=erase),
        await importing(pair, 1, f"Ann Able,{ANN},Ward"),
    )
    # The list that named her was forgotten with her.
    assert await here.store.read(lambda tx: home(tx).people.by_email(ANN)) is None
