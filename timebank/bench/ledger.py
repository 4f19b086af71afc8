"""The ledger beside pgbench's TPC-B-like transactions, turn by turn in one run.

The baseline updates three balances, reads one and adds a line of history: no keys, no checks, no
second entry. Ours adds idempotency, limits, balanced entries, running balances, triggers and the
sealer's queue. On SQLite alone the baseline is the driver's own least double entry.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from uuid import uuid4

import psycopg
from sqlalchemy.engine import make_url

from timebank.bench import world
from timebank.bench.clients import Clients, MakeWork, Turn
from timebank.bench.pgbench import Pgbench

#: Turns that count; one more goes before them to warm up.
TURNS = 3
MANY = 8
WORKS: dict[str, MakeWork] = {
    "core": world.core(world.RANDOM),
    "core hot": world.core(world.HOT),
    "core slots": world.core(world.SLOTS),
    "service": world.service,
    "batch 1000": world.core(world.RANDOM, 1_000),
    "batch 10000": world.core(world.RANDOM, 10_000),
    "seal": world.seal,
}


@dataclass(slots=True)
class Case:
    """One thing to measure against another one; ``turns`` has a figure for every turn."""

    name: str
    clients: int
    run: Callable[[float], Turn]
    #: Name and clients of what it is compared with; none for a baseline.
    baseline: tuple[str, int] | None
    turns: list[Turn] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """The median over all turns."""
        return median(turn.per_second for turn in self.turns)

    @property
    def peak_mb(self) -> float:
        """The largest memory of one of its Python processes; 0 where it has none."""
        return max(turn.peak_mb for turn in self.turns)


def measure(cases: Sequence[Case], seconds: float) -> None:
    """Run all cases in turns, so that a slow minute of the machine hits all of them alike."""
    for turn in range(TURNS + 1):
        # The order is reversed every time, so that none always runs after the same one.
        for case in cases if turn % 2 else reversed(cases):
            found = case.run(seconds)
            if turn:
                case.turns.append(found)


def postgresql_cases(pgbench: Pgbench, clients: Clients) -> list[Case]:
    """Pgbench's transactions; the posting function in the server; core and service from Python."""

    def baseline(number: int) -> Case:
        return Case("tpc-b", number, lambda s: Turn(pgbench.tpc_b(number, s), 0), None)

    def in_server(name: str, book: str, number: int) -> Case:
        text = world.script(book)
        run = lambda s: Turn(pgbench.script(text, number, s), 0)  # noqa: E731 - bound to this case
        return Case(name, number, run, ("tpc-b", number))

    def python(name: str, work: str, number: int, versus: tuple[str, int] | None) -> Case:
        return Case(name, number, lambda s: clients.run(work, number, s), versus)

    sealed = Case(
        "core sealed",
        MANY - 1,
        lambda s: clients.run("core", MANY - 1, s, beside="seal"),
        ("core", MANY - 1),
    )
    return [
        baseline(1),
        in_server("function", world.RANDOM, 1),
        python("core", "core", 1, ("tpc-b", 1)),
        python("service", "service", 1, ("tpc-b", 1)),
        python("batch 1000", "batch 1000", 1, ("tpc-b", 1)),
        python("batch 10000", "batch 10000", 1, ("tpc-b", 1)),
        baseline(MANY),
        in_server("function", world.RANDOM, MANY),
        in_server("function hot", world.HOT, MANY),
        in_server("function slots", world.SLOTS, MANY),
        python("core", "core", MANY, ("tpc-b", MANY)),
        python("core hot", "core hot", MANY, ("tpc-b", MANY)),
        python("core slots", "core slots", MANY, ("tpc-b", MANY)),
        python("service", "service", MANY, ("tpc-b", MANY)),
        python("core", "core", MANY - 1, None),
        sealed,
    ]


def sqlite_cases(clients: Clients, baseline: Case | None) -> list[Case]:
    """One writer, as SQLite has it; against pgbench where that runs, else against the driver."""
    versus = (baseline.name, 1) if baseline else ("tpc-b", 1)
    names = ("core", "service", "batch 1000", "batch 10000")
    cases = [Case(f"sqlite {name}", 1, partial(_alone, clients, name), versus) for name in names]
    return [baseline, *cases] if baseline else cases


def _alone(clients: Clients, work: str, seconds: float) -> Turn:
    return clients.run(work, 1, seconds)


class Bare:
    """SQLite's driver alone, as durable as ours: a transfer, two entries and two balances."""

    TABLES = (
        "CREATE TABLE bare_balances (id CHAR(32) PRIMARY KEY, posted BIGINT NOT NULL)",
        "CREATE TABLE bare_transfers (id CHAR(32) PRIMARY KEY, posted_at DATETIME NOT NULL)",
        (
            "CREATE TABLE bare_entries (transfer_id CHAR(32), leg INTEGER, account_id CHAR(32),"
            " amount BIGINT NOT NULL, PRIMARY KEY (transfer_id, leg))"
        ),
    )

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._connection.execute(f"PRAGMA {pragma}")
        for table in self.TABLES:
            self._connection.execute(table)
        self._members = [world.member(number).hex for number in range(world.MEMBERS)]
        self._connection.executemany(
            "INSERT INTO bare_balances VALUES (?, 0)", [(key,) for key in self._members]
        )
        self._numbers = count()

    def case(self) -> Case:
        """One transfer a commit."""
        return Case("bare", 1, self._turn, None)

    def _turn(self, seconds: float) -> Turn:
        done, begun = 0, time.perf_counter()
        while (spent := time.perf_counter() - begun) < seconds:
            self._transfer(next(self._numbers))
            done += 1
        return Turn(done / spent, 0)

    def _transfer(self, number: int) -> None:
        source = self._members[number * 7 % world.MEMBERS]
        target = self._members[(number * 11 + 1) % world.MEMBERS]
        key, run = uuid4().hex, self._connection.execute
        run("BEGIN IMMEDIATE")
        run("INSERT INTO bare_transfers VALUES (?, ?)", (key, "2026-03-10 00:00:00"))
        run("INSERT INTO bare_entries VALUES (?, 0, ?, -1)", (key, source))
        run("INSERT INTO bare_entries VALUES (?, 1, ?, 1)", (key, target))
        run("UPDATE bare_balances SET posted = posted - 1 WHERE id = ?", (source,))
        run("UPDATE bare_balances SET posted = posted + 1 WHERE id = ?", (target,))
        run("COMMIT")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@contextmanager
def schema_of_its_own(url: str) -> Iterator[tuple[str, Pgbench]]:
    """A schema that is dropped at the end: the address for ours, and pgbench in the same one."""
    schema = f"bench_{uuid4().hex[:8]}"
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    try:
        ours = make_url(url).update_query_dict({"options": f"-csearch_path={schema}"})
        yield ours.render_as_string(hide_password=False), Pgbench(address, schema)
    finally:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA {schema} CASCADE")
