"""Whoever is killed anywhere and starts again ends with the same ledger; two do nothing twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from models.batches import Batch, BatchKind, BatchState
from models.ledger import Transfer
from models.oversight import AuditRecord, OutboxMessage
from services.batches import working
from services.errors import Forbidden
from services.policy import SYSTEM
from tests.factories import LONGWAN
from tests.services.batches.conftest import Office, grant_list
from tests.services.visits.conftest import Street
from timebank.uow import UnitOfWork, make_engine

TERMS = {"period": "2026Q1"}


class Killed(BaseException):
    """The process is gone; nothing that was not committed is left of it."""


@contextmanager
def dies_after(engine: sa.Engine, statements: int) -> Iterator[None]:
    """Every statement counts, and the commit too."""
    left = [statements]

    def step(*_: object, **__: object) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    event.listen(engine, "before_cursor_execute", step)
    event.listen(engine, "commit", step)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", step)
        event.remove(engine, "commit", step)


def signed(office: Office, count: int) -> UUID:
    elders = office.elders(count)
    office.street.issue(100 * count)
    listed = grant_list(office, *((each, 60) for each in elders), ("V000000000000", 60))
    batch_id = office.propose(BatchKind.GRANT, TERMS, listed)
    office.sign(batch_id)
    return batch_id


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "CHUNK_LINES", 2)


@pytest.mark.usefixtures("small_chunks")
def test_killed_between_any_two_statements_it_ends_with_the_same_ledger(office: Office) -> None:
    batch_id = signed(office, 4)
    engine = office.street.uow.engine
    lives = 0
    while office.batch(batch_id).state is BatchState.SIGNED:
        lives += 1
        try:
            with dies_after(engine, lives):
                office.work(batch_id)
        except Killed:
            engine.dispose()
        row = office.batch(batch_id)
        states = [state for state, _ in office.fates(batch_id)]
        # Whole chunks or nothing of them, after every death.
        assert row.posted == states.count("posted")
        assert row.posted == office.count(Transfer, Transfer.kind == "grant")
        assert row.posted + row.refused in (0, 2, 4, 5)
    assert lives > 20
    assert [state for state, _ in office.fates(batch_id)] == ["posted"] * 4 + ["refused"]
    told = OutboxMessage.sentence.startswith("您收到{amount_minutes}的补助")
    assert office.count(OutboxMessage, told) == 4
    assert office.count(AuditRecord, AuditRecord.act == "batch.work") == 3
    assert office.count(AuditRecord, AuditRecord.act == "batch.end") == 1
    assert office.pool() == 400 - 240
    assert office.breaches() == []


@pytest.mark.usefixtures("small_chunks")
def test_two_workers_at_once_do_nothing_twice(office: Office) -> None:
    batch_id = signed(office, 9)
    failed: list[BaseException] = []

    def work() -> None:
        engine = make_engine(office.url)
        try:
            Office(office.url, Street(UnitOfWork(engine))).work(batch_id)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion
            failed.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failed == []
    row = office.batch(batch_id)
    assert (row.posted, row.refused, row.state) == (9, 1, BatchState.DONE)
    assert office.count(Transfer, Transfer.kind == "grant") == 9
    assert office.count(AuditRecord, AuditRecord.act == "batch.end") == 1
    assert office.breaches() == []


@pytest.mark.usefixtures("small_chunks")
def test_a_line_that_is_marked_as_waiting_again_is_not_paid_twice(office: Office) -> None:
    """The transfer's key is the second net."""
    batch_id = signed(office, 2)
    office.work(batch_id)
    before = office.ledger()

    def forget(session: object) -> None:
        session.execute(  # type: ignore[attr-defined]
            sa.text("UPDATE batch_lines SET state = 'waiting' WHERE book = :b AND line = 1"),
            {"b": LONGWAN},
        )
        session.execute(  # type: ignore[attr-defined]
            sa.update(Batch).where(Batch.book == LONGWAN).values(state=BatchState.SIGNED)
        )

    office.street.uow.run(forget)
    office.work(batch_id)
    assert office.ledger() == before


@pytest.mark.usefixtures("small_chunks")
def test_progress_is_told_chunk_by_chunk(office: Office) -> None:
    batch_id = signed(office, 4)
    told = [office.chunk(batch_id) for _ in range(3)]
    assert [(each.done, each.lines) for each in told] == [(2, 5), (4, 5), (5, 5)]
    assert [each.state for each in told][-1] is BatchState.DONE


def test_the_job_finds_what_is_signed(office: Office) -> None:
    batch_id = signed(office, 1)
    waiting = office.propose(BatchKind.GRANT, TERMS, grant_list(office, (office.street.elder, 60)))
    found = office.street.act(SYSTEM, working.signed_batches)
    assert found == [(LONGWAN, batch_id)]
    assert waiting != batch_id


def test_only_the_job_process_works_a_batch_off(office: Office) -> None:
    batch_id = signed(office, 1)
    with pytest.raises(Forbidden):
        office.street.act(office.first, lambda ctx: working.work_chunk(ctx, LONGWAN, batch_id))
    with pytest.raises(Forbidden):
        office.street.act(office.first, working.signed_batches)
