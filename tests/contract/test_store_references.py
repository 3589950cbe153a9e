"""How accounts and groups are reached: kept sealed, found by a name, forgotten with the person."""

from collections.abc import Callable

from bot.ports import Tx
from bot.programme.programmes import Workspace
from storage.store import SqlStore
from storage.tables import metadata
from tests.contract.test_store_privacy import rows
from tests.contract.world import World

OURS, THEIRS = World("ours"), World("theirs")
HERE, THERE = OURS.workspace, THEIRS.workspace
SAM = "29:sam"


def keep(workspace: Workspace, user: str, text: str, name: str = "") -> Callable[[Tx], None]:
    return lambda tx: tx.directory.keep_reference(workspace, user, text, name)


def named(workspace: Workspace, name: str) -> Callable[[Tx], tuple[str, ...]]:
    return lambda tx: tx.directory.references_named(workspace.id, name)


def reference(workspace: Workspace, user: str) -> Callable[[Tx], str | None]:
    return lambda tx: tx.directory.reference(workspace.id, user)


def following(after: bytes) -> Callable[[Tx], tuple[tuple[bytes, str], ...]]:
    return lambda tx: tx.directory.references(HERE.id, after, 2)


async def test_a_reference_is_kept_and_replaced(store: SqlStore) -> None:
    await store.write(OURS.settle)
    await store.write(keep(HERE, SAM, "chat 1", "Sam@Trust.example"))
    await store.write(keep(HERE, SAM, "chat 2"))
    assert await store.read(reference(HERE, SAM)) == "chat 2"
    assert await store.read(named(HERE, "sam@trust.example")) == ("chat 2",)


async def test_nothing_is_found_by_no_name(store: SqlStore) -> None:
    await store.write(OURS.settle)
    await store.write(keep(HERE, SAM, "chat 1"))
    assert await store.read(named(HERE, "")) == ()


async def test_a_dropped_reference_is_gone(store: SqlStore) -> None:
    await store.write(OURS.settle)
    await store.write(keep(HERE, SAM, "chat 1", "sam@trust.example"))
    await store.write(lambda tx: tx.directory.drop_reference(HERE.id, SAM))
    assert await store.read(reference(HERE, SAM)) is None
    assert await store.read(named(HERE, "sam@trust.example")) == ()


async def test_workspaces_do_not_share_references(store: SqlStore) -> None:
    await store.write(OURS.settle)
    await store.write(THEIRS.settle)
    await store.write(keep(HERE, SAM, "ours", "sam@trust.example"))
    await store.write(keep(THERE, SAM, "theirs", "sam@trust.example"))
    for workspace, text in ((HERE, "ours"), (THERE, "theirs")):
        assert await store.read(reference(workspace, SAM)) == text
        assert await store.read(named(workspace, "sam@trust.example")) == (text,)


async def test_whoever_looks_into_the_database_learns_nothing(store: SqlStore, url: str) -> None:
    await store.write(OURS.settle)
    await store.write(keep(HERE, SAM, "chat 1", "sam@trust.example"))
    text = repr(rows(url, metadata.tables["reference"]))
    assert "chat" not in text
    assert SAM not in text
    assert "sam@trust" not in text


async def test_an_erased_person_cannot_be_reached_by_an_old_reference(store: SqlStore) -> None:
    await store.write(OURS.settle)
    person = OURS.person()

    def reach(tx: Tx) -> None:
        tx.tenant(OURS.org_id).people.reach(person.id, HERE.id, SAM)
        tx.directory.keep_reference(HERE, SAM, "chat 1", person.email)
        tx.directory.keep_reference(HERE, "29:other", "chat 2")

    await store.write(reach)
    await store.write(lambda tx: tx.tenant(OURS.org_id).people.erase(person.id))
    assert await store.read(reference(HERE, SAM)) is None
    assert await store.read(reference(HERE, "29:other")) == "chat 2"


async def test_all_references_of_a_workspace_are_gone_through_in_parts(store: SqlStore) -> None:
    await store.write(OURS.settle)
    await store.write(THEIRS.settle)
    for number in range(5):
        await store.write(keep(HERE, f"29:{number}", f"chat {number}"))
    await store.write(keep(THERE, SAM, "theirs"))
    found: list[str] = []
    after = b""
    for many in (2, 2, 1, 0):
        rows_ = await store.read(following(after))
        assert len(rows_) == many
        found += [text for _, text in rows_]
        after = rows_[-1][0] if rows_ else after
    assert sorted(found) == [f"chat {number}" for number in range(5)]
