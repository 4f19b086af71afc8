"""Whoever is killed anywhere and starts again ends with the same ledger; two do nothing twice."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.imports import ImportState
from models.ledger import Transfer
from models.oversight import AuditRecord, OutboxMessage
from models.people import Handle, Member
from services.context import Context
from services.imports import proposing, undoing, working
from services.ledger.breaches import Tally
from services.people.errors import IdNumberTaken
from services.people.handles import digest
from services.policy import SYSTEM
from services.verification import verify
from tests import factories
from tests.factories import LONGWAN, VAULT
from tests.services.batches.test_working import Killed, dies_after
from tests.services.imports.conftest import AFTER, BORN, Bridge, identity, line, listed, people
from tests.services.ledger.tampering import Forgery, each_alone
from tests.services.visits.conftest import Street
from timebank.uow import UnitOfWork, make_engine


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in (proposing, working, undoing):
        monkeypatch.setattr(each, "CHUNK_ROWS", 2)


@pytest.mark.usefixtures("small_chunks")
def test_killed_between_any_two_statements_it_ends_with_the_same_ledger(bridge: Bridge) -> None:
    import_id = bridge.signed(people(3, earned=60, received=30, phone="13911114444"))
    engine = bridge.street.uow.engine
    before, lives = bridge.count(Member), 0
    while bridge.row(import_id).state is ImportState.SIGNED:
        lives += 1
        try:
            with dies_after(engine, 7 * lives):
                bridge.work(import_id)
        except Killed:
            engine.dispose()
        row = bridge.row(import_id)
        states = [state for state, _, _ in bridge.fates(import_id)]
        # Whole chunks or nothing of them, after every death.
        assert row.posted == states.count("posted") == bridge.count(Member) - before
        assert row.posted == bridge.count(Transfer, Transfer.kind == "import")
        assert row.posted in (0, 2, 3)
    assert lives > 3
    assert bridge.count(Handle, Handle.kind == "phone", Handle.value.startswith("")) >= 3
    told = OutboxMessage.sentence == working.BROUGHT
    assert bridge.count(OutboxMessage, told) == 3
    assert bridge.count(AuditRecord, AuditRecord.act == "import.end") == 1
    assert bridge.breaches() == []


@pytest.mark.usefixtures("small_chunks")
def test_two_workers_at_once_do_nothing_twice(bridge: Bridge) -> None:
    import_id = bridge.signed(people(7))
    failed: list[BaseException] = []

    def work() -> None:
        engine = make_engine(bridge.url)
        try:
            Bridge(bridge.url, Street(UnitOfWork(engine))).work(import_id)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion
            failed.append(error)
        finally:
            engine.dispose()

    together(work, work, work)
    assert failed == []
    row = bridge.row(import_id)
    assert (row.posted, row.refused, row.state) == (7, 0, ImportState.DONE)
    assert bridge.count(Transfer, Transfer.kind == "import") == 7
    bridge.undo(import_id)
    assert bridge.row(import_id).undone == 7
    assert bridge.breaches() == []


def together(*works: Callable[[], None]) -> None:
    threads = [threading.Thread(target=each) for each in works]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def test_whoever_joins_in_the_same_moment_is_one_member(bridge: Bridge) -> None:
    """Somebody registers at the counter while the job makes the same person a member."""
    id_number = identity()
    import_id = bridge.signed(listed(line("1", "林立春", id_number)))
    failed: list[BaseException] = []

    def job() -> None:
        engine = make_engine(bridge.url)
        try:
            Bridge(bridge.url, Street(UnitOfWork(engine))).work(import_id)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion
            failed.append(error)
        finally:
            engine.dispose()

    def counter() -> None:
        engine = make_engine(bridge.url)
        try:
            UnitOfWork(engine).run(
                lambda session: factories.create_member(
                    session, id_number=id_number, born_on=BORN, name="林立春"
                )
            )
        except IdNumberTaken:
            pass
        except BaseException as error:  # noqa: BLE001 - shown by the assertion
            failed.append(error)
        finally:
            engine.dispose()

    together(job, counter)
    bridge.work(import_id)
    assert failed == []
    value = digest(VAULT, "id_number", id_number)
    assert bridge.count(Handle, Handle.kind == "id_number", Handle.value == value) == 1
    (row,) = bridge.rows(import_id)
    assert (row.state.value, bridge.holdings(row.member_id)) == ("posted", {"earned": 60})
    assert bridge.breaches() == []


def run(session: Session, text: str) -> None:
    session.execute(sa.text(text))


def test_a_check_finds_what_was_forged(bridge: Bridge) -> None:
    bridge.done(people(2))
    forgeries: dict[str, Forgery] = {
        "signer": lambda s: run(s, "UPDATE imports SET signed_by_id = proposed_by_id"),
        "counts": lambda s: run(s, "UPDATE imports SET posted = 9"),
        "minutes": lambda s: run(s, "UPDATE import_rows SET credited_minutes = 90 WHERE line = 1"),
        "stranger": lambda s: run(s, "DELETE FROM import_rows WHERE line = 2"),
        "limit": lambda s: run(s, "UPDATE imports SET minutes = 60"),
    }

    def checked(session: Session) -> list[str]:
        ctx = Context(session, SYSTEM, AFTER, VAULT)
        return [found.code for found in verify(ctx, LONGWAN, Tally())]

    found = each_alone(bridge.street.uow, bridge.url, forgeries, checked)
    assert "import_not_signed" in found["signer"]
    assert "issue_without_authorisation" in found["signer"]
    assert found["counts"] == ["import_counts_differ"]
    assert "import_row_not_booked" in found["minutes"]
    assert "transfer_without_import" in found["stranger"]
    assert "issue_without_authorisation" in found["limit"]


def test_whoever_was_faster_is_left_for_the_next_chunk(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The identity is taken between the look and the claim."""
    import_id = bridge.signed(people(1))
    monkeypatch.setattr(working, "make_members", lambda *_: {})
    done = bridge.street.act(
        SYSTEM, lambda ctx: working.work_chunk(ctx, LONGWAN, import_id), now=AFTER
    )
    assert (done.state, done.posted, done.refused) == (ImportState.SIGNED, 0, 0)
    monkeypatch.undo()
    assert bridge.work(import_id) is ImportState.DONE
    assert [state for state, _, _ in bridge.fates(import_id)] == ["posted"]
