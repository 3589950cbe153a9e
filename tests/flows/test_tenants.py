"""Nothing crosses from one organisation to another, whatever somebody presses or types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import pytest

from bot.conversation.actions import ARGUMENTS, Action, Verb, encode
from bot.conversation.events import Pressed, Submitted
from bot.ports import Tx
from bot.programme.sources import Source
from bot.pulse.pulses import Round
from storage.store import SqlStore
from tests.flows.company import MAYA, RUTH, Company, company

STATEMENT = "I can do my job well."
FIRST = "p1@trust.example"


async def snapshot(c: Company) -> Mapping[str, object]:
    """All that an organisation has, but for answers, whose number and content are in `ballots`."""

    def read(tx: Tx) -> Mapping[str, object]:
        tenant = tx.tenant(c.programme.org_id)
        rounds = tenant.pulses.rounds(c.programme.id)
        return {
            "members": [asdict(member) for member in tenant.people.members(c.programme.id)],
            "programmes": tenant.programmes.all(),
            "pulses": tenant.pulses.all(c.programme.id),
            "rounds": rounds,
            "ballots": [tenant.answers.ballots(round_) for round_ in rounds],
            "sources": tenant.programmes.sources(c.programme.id),
            "audit": tenant.notes.audit(c.programme.id, 100),
        }

    return await c.store.read(read)


SOURCE = "theirs"


def follow(tx: Tx, c: Company) -> None:
    """Their programme follows a channel."""
    actor = c.desk.actor(MAYA)
    workspace = tx.directory.workspace(actor.platform, actor.workspace)
    assert workspace is not None
    tx.tenant(c.programme.org_id).programmes.save_source(
        Source(
            id=SOURCE,
            org_id=c.programme.org_id,
            programme_id=c.programme.id,
            workspace_id=workspace.id,
            external_id="C1",
            name="#ward-4",
            team="Ward 4",
        )
    )


@pytest.mark.parametrize("who", [MAYA, FIRST])
async def test_no_button_reaches_into_another_organisation(store: SqlStore, who: str) -> None:
    async with company(store, name="Ours") as ours, company(store, name="Theirs") as theirs:
        await theirs.ask(STATEMENT, "for 2 days")
        await theirs.desk.command(MAYA, f'ask "{STATEMENT} Still."')
        for user in theirs.people():
            await theirs.desk.press(user, "Agree")
        await theirs.store.write(lambda tx: follow(tx, theirs))
        before = await snapshot(theirs)
        ids = await store.read(lambda tx: ids_of(tx, theirs))
        actor = ours.desk.actor(who)
        # All verbs after each other: what one of them did would be seen after it.
        for verb in Verb:
            action = Action(verb, tuple(ids[name] for name in ARGUMENTS[verb]))
            pressed = Pressed(key=f"press {verb}", actor=actor, action=action)
            sent = Submitted(key=f"send {verb}", actor=actor, action=action, values={})
            replies = (*await ours.inbox.handle(pressed), *await ours.inbox.handle(sent))
            assert STATEMENT not in str(replies), verb
            assert await snapshot(theirs) == before, verb
        # Whoever tried is somebody here, and still is.
        assert "I do not know you" not in (await ours.desk.command(who, "me")).text


def ids_of(tx: Tx, theirs: Company) -> dict[str, str]:
    """What a button of theirs can be about."""
    tenant = tx.tenant(theirs.programme.org_id)
    round_: Round = tenant.pulses.rounds(theirs.programme.id)[0]
    draft = next(p for p in tenant.pulses.all(theirs.programme.id) if p.next_at is None)
    person = tenant.people.by_email(FIRST)
    assert person is not None
    return {
        "programme": theirs.programme.id,
        "round": round_.id,
        "question": round_.questionnaire.questions[0].id,
        "pulse": draft.id,
        "person": person.id,
        "value": "1",
        "choice": "no",
        "command": "status",
        "name": "people-add",
        "list": "forged",
        "kept": "forged",
        "source": SOURCE,
    }


async def test_the_same_names_in_two_organisations_are_kept_apart(store: SqlStore) -> None:
    async with company(store, name="Ours") as ours, company(store, name="Theirs") as theirs:
        await theirs.ask(STATEMENT, "for 2 days")
        for user in theirs.people():
            await theirs.desk.press(user, "Agree")
        await theirs.wait(days=2)
        assert "Results" in theirs.desk.messages(RUTH)[-1].text
        assert ours.desk.messages(RUTH) == ()
        assert "no results yet" in (await ours.desk.command(RUTH, "digest")).text
        assert "No round is open" in (await ours.desk.command(MAYA, "status")).text
        assert encode(Action(Verb.RUN, ("status",)))
