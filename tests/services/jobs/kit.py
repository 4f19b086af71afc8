"""A small world with much that is due, and schedulers that sweep it, some of which die."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from models.jobs import DueTask, JobRun
from models.ledger import HoldOutcome, Transfer
from models.oversight import AuditRecord, OutboxMessage
from models.requests import Request
from services import audit, outbox
from services.context import Context
from services.errors import Conflict
from services.ids import derived
from services.jobs import due
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, NOW, VAULT, make_ctx
from tests.kept import share_written_statements
from tests.services.conftest import settled_world
from tests.services.ledger.faults.writers import PROCESSES
from tests.settings import settings_for
from timebank.edge import Timebank
from timebank.jobs.base import Handler, Job, as_system
from timebank.jobs.path import expire_requests
from timebank.jobs.runner import LEASE_SECONDS, Scheduler
from timebank.uow import UnitOfWork, make_engine

#: When the sweep takes place: the requests of the world have run out by then.
LATER = NOW + timedelta(days=3)
#: A dead holder's lease is over.
AFTER = LATER + timedelta(seconds=LEASE_SECONDS + 5)
PEOPLE = 2
#: No statement of a sweep stands here.
NOWHERE = -1


class Refused(Conflict):
    """这件事现在不能办。"""

    code = "refused_in_a_test"


def subject(name: str) -> UUID:
    return derived("test", name)


def tell(held: Timebank, book: str, about: UUID) -> None:
    """Two units of work, as a handler may well have them."""
    as_system(held, partial(_tell, book=book, about=about))
    as_system(held, partial(_note, book=book, about=about))


def _tell(ctx: Context, book: str, about: UUID) -> None:
    outbox.tell(ctx, book, about, "现在没有约好的服务。", channel="inbox")


def _note(ctx: Context, book: str, about: UUID) -> None:
    audit.record(ctx, "test.told", "test", about, book=book)


def tell_again(held: Timebank, book: str, about: UUID) -> None:
    """Plans itself anew: the next wave."""
    tell(held, book, about)
    as_system(held, lambda ctx: due.plan(ctx, "again", book, about, ctx.now + timedelta(hours=1)))


def fail(held: Timebank, book: str, about: UUID) -> None:
    tell(held, book, about)
    raise ValueError("secret of 林秀英")


def refuse(held: Timebank, book: str, about: UUID) -> None:
    def work(ctx: Context) -> None:
        _tell(ctx, book, about)
        raise Refused

    as_system(held, work)


HANDLERS: dict[str, Handler] = {
    "tell": tell,
    "again": tell_again,
    "poison": fail,
    "refused": refuse,
}
JOBS = {"expire-requests": Job("expire-requests", timedelta(minutes=5), expire_requests)}


def busy_world(url: str) -> None:
    """Open requests that nobody took, and tasks of every kind; built once and then copied."""
    settled_world(url)
    engine = make_engine(url)
    uow = UnitOfWork(engine)
    elders = uow.run(lambda session: [factories.create_elder(session) for _ in range(PEOPLE)])
    staff = uow.run(factories.create_staff)
    for elder in elders:
        uow.run(partial(_open_request, elder=elder, staff=staff))
    uow.run(lambda session: _plan(make_ctx(session)))
    engine.dispose()


def _open_request(session: Any, elder: UUID, staff: UUID) -> None:
    form = AskForm(
        elder_id=elder,
        service_code="A04",
        starts_at=NOW + timedelta(days=2),
        booked_minutes=60,
    )
    request = ask(make_ctx(session, factories.actor(session, elder)), form)
    approve(make_ctx(session, factories.actor(session, staff)), LONGWAN, request)


def _plan(ctx: Context) -> None:
    for kind, name in [
        ("tell", "one"),
        ("poison", "two"),
        ("again", "three"),
        ("refused", "four"),
        ("nobody", "five"),
        ("tell", "six"),
    ]:
        due.plan(ctx, kind, LONGWAN, subject(name), NOW)
    due.plan(ctx, "tell", LONGWAN, subject("not yet"), LATER + timedelta(days=1))


def held_by(url: str, now: datetime) -> Timebank:
    """What an application with this database would hold, at a moment that stands still."""
    engine = make_engine(url)
    return Timebank(settings_for(url, Path()), UnitOfWork(engine), VAULT, lambda: now)


def scheduler_of(held: Timebank, holder: str = "one") -> Scheduler:
    """A scheduler of the small world."""
    app = Flask("jobs")
    app.extensions["timebank"] = held
    return Scheduler(app, holder, JOBS, HANDLERS)


def take_turns(held: Timebank, holder: str = "one") -> Scheduler:
    """One of each turn, as the process takes them."""
    made = scheduler_of(held, holder)
    made.beat()
    made.sweep()
    made.turn("minutes")
    return made


def on_each_statement(engine: sa.Engine, call: Callable[[], None]) -> None:
    """Call before every statement on the engine, and before every commit."""
    on_each_place(engine, lambda _is_commit: call())


def places_at_commits(url: str) -> list[int]:
    """Where a kill shows whether a unit of work is whole: at each commit, and right after it.

    Between two statements of a unit the engine forgets the same as at its end.
    """
    held = held_by(url, LATER)
    commits: list[bool] = []
    on_each_place(held.uow.engine, commits.append)
    take_turns(held, "victim")
    held.uow.engine.dispose()
    return [
        place for place in range(len(commits)) if True in commits[max(0, place - 1) : place + 1]
    ]


def on_each_place(engine: sa.Engine, call: Callable[[bool], None]) -> None:
    """The same; says whether it is a commit."""
    for kind in ("do_execute", "do_executemany", "do_execute_no_params"):
        event.listen(engine, kind, lambda *_given: call(False))
    commit = engine.dialect.do_commit

    def do_commit(connection: Any) -> None:
        call(True)
        commit(connection)

    engine.dialect.do_commit = do_commit  # type: ignore[method-assign]


def die_at(url: str, place: int) -> None:
    """Take all turns, and be killed just before the statement at ``place``."""
    held = held_by(url, LATER)
    places = count()

    def look() -> None:
        if next(places) == place:
            os.kill(os.getpid(), signal.SIGKILL)

    on_each_statement(held.uow.engine, look)
    take_turns(held, "victim")
    held.uow.engine.dispose()


def _bring_up(calls: Connection, url: str) -> None:
    """Take all turns once, so that no statement need be written anew; then fork whoever is to die.

    The nursery itself has no thread, and no connection to a database any more, when it forks.
    """
    share_written_statements()
    die_at(url, NOWHERE)
    gc.disable()  # looking for garbage would copy the memory that all of them share
    calls.send(0)
    while True:
        given = calls.recv()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                die_at(*given)
                code = 0
            finally:
                os._exit(code)
        calls.send(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


@contextmanager
def nursery(databases: Databases, dialect: str) -> Iterator[Callable[[str, int], bool]]:
    """Kills a process of its own at a place; False when that came to its end before."""
    url = databases.fresh(dialect, busy_world)
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=_bring_up, args=(theirs, url), daemon=True)
    process.start()
    theirs.close()
    assert ours.recv() == 0

    def killed_at(url: str, place: int) -> bool:
        ours.send((url, place))
        code = ours.recv()
        assert code in (0, -signal.SIGKILL), code
        return bool(code)

    try:
        yield killed_at
    finally:
        process.kill()
        process.join()
        ours.close()
        databases.discard(url)


@dataclass(frozen=True)
class World:
    """Everything that sweeps left behind, without keys and moments."""

    requests: list[Any]
    released: int
    transfers: int
    told: list[Any]
    recorded: list[Any]
    tasks: list[Any]
    runs: list[Any]


def world(url: str) -> World:
    """What stands in the tables."""
    held = held_by(url, NOW)
    with held.uow.read() as session:

        def rows(*columns: Any) -> list[Any]:
            return sorted(tuple(map(str, row)) for row in session.execute(sa.select(*columns)))

        found = World(
            requests=rows(Request.elder_id, Request.state),
            released=len(rows(HoldOutcome.hold_id)),
            transfers=len(rows(Transfer.id)),
            told=rows(OutboxMessage.member_id, OutboxMessage.sentence),
            recorded=rows(AuditRecord.act, AuditRecord.subject_id),
            tasks=rows(
                DueTask.kind,
                DueTask.subject_id,
                DueTask.done_at.is_not(None),
                DueTask.given_up_at,
                DueTask.claim_id,
                DueTask.error,
                DueTask.version,
            ),
            runs=rows(JobRun.job, JobRun.scheduled_for, JobRun.finished_at.is_not(None)),
        )
    held.uow.engine.dispose()
    return found
