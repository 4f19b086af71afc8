"""Balances at any past moment agree with adding everything up, and are found by index."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from models.ledger import Balance
from services.ledger.as_of import (
    balance_at,
    balances_at,
    effective_balances_at,
    rows_then,
)
from tests.services.ledger.kit import BOOK, ELDER, ISSUE, POOL, Ledger, earned
from tests.services.ledger.past_world import (
    ACCOUNTS,
    FEBRUARY,
    LATER,
    START,
    TICK,
    close_all,
    live,
    moments_of,
    put,
    told,
)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("closed", [False, True])
def test_every_balance_at_every_moment_is_what_adding_up_gives(
    ledger: Ledger, seed: int, closed: bool
) -> None:
    live(ledger, seed)
    if closed:
        assert close_all(ledger) == ["2026-01", "2026-02"]
    entries = told(ledger)
    assert len({each.slot for each in entries}) > 1
    with ledger.read() as session:
        for moment in moments_of(entries):
            recorded = dict.fromkeys(ACCOUNTS, 0)
            effective = dict.fromkeys(ACCOUNTS, 0)
            for each in entries:
                recorded[each.account_id] += each.minutes * (each.posted_at <= moment)
                effective[each.account_id] += each.minutes * (each.effective_at <= moment)
            assert balances_at(session, BOOK, ACCOUNTS, moment) == recorded, moment
            assert effective_balances_at(session, BOOK, ACCOUNTS, moment) == effective, moment
    assert any(each.effective_at < each.posted_at for each in entries)


def test_a_moment_is_included_or_left_out_exactly(ledger: Ledger) -> None:
    mine = earned(ELDER)
    for minutes in (10, 20):
        put(ledger, f"{minutes}", FEBRUARY, (ISSUE, -minutes), (mine, minutes))
    with ledger.read() as session:
        assert balance_at(session, BOOK, mine, FEBRUARY - TICK) == 0
        assert balance_at(session, BOOK, mine, FEBRUARY) == 30
        (row,) = rows_then(session, BOOK, [mine], FEBRUARY, before=True)
        assert (row.version, row.posted_minutes) == (0, 0)
        (row,) = rows_then(session, BOOK, [mine], FEBRUARY)
        assert (row.version, row.posted_minutes) == (2, 30)


def test_an_unknown_account_had_nothing(ledger: Ledger) -> None:
    with ledger.read() as session:
        assert balances_at(session, BOOK, [], START) == {}
        assert balance_at(session, BOOK, START_ID, START) == 0


def test_a_clock_that_jumps_back_leaves_every_answer_as_it_was(ledger: Ledger) -> None:
    """What is posted after the jump is recorded no earlier than what was there before."""
    mine = earned(ELDER)
    ahead, back = FEBRUARY + timedelta(hours=5), FEBRUARY + timedelta(hours=1)
    put(ledger, "ahead", ahead, (ISSUE, -10), (mine, 10))
    before = _all_at(ledger, ahead - TICK)
    put(ledger, "back", back, (ISSUE, -7), (mine, 7))
    assert _all_at(ledger, ahead - TICK) == before
    with ledger.read() as session:
        assert balance_at(session, BOOK, mine, back) == 0
        assert balance_at(session, BOOK, mine, ahead) == 17
        assert effective_balances_at(session, BOOK, [mine], back) == {mine: 7}
    entries = [each for each in told(ledger) if each.account_id == mine]
    assert [each.posted_at for each in entries] == [ahead, ahead]


def _all_at(ledger: Ledger, moment: datetime) -> dict[Any, int]:
    with ledger.read() as session:
        return balances_at(session, BOOK, ACCOUNTS, moment)


START_ID = earned(ISSUE)


def test_a_balance_is_found_in_few_probes_however_many_entries_there_are(ledger: Ledger) -> None:
    """Two statements, whose probes all go through the unique index and the primary key."""
    for number in range(40):
        moment = START + timedelta(hours=number)
        put(ledger, f"n{number}", moment, (ISSUE, -5), (POOL, 5))
    with ledger.read() as session:
        session.connection()
        seen: list[tuple[str, Any]] = []

        def note(_c: Any, _cur: Any, text: str, values: Any, _ctx: Any, _many: bool) -> None:
            seen.append((text, values))

        event.listen(ledger.uow.engine, "before_cursor_execute", note)
        try:
            assert balance_at(session, BOOK, POOL, START + timedelta(hours=20)) == 105
        finally:
            event.remove(ledger.uow.engine, "before_cursor_execute", note)
        assert len(seen) == 2
        longest = session.scalar(
            sa.select(sa.func.max(Balance.version)).where(Balance.book == BOOK)
        )
        text, values = seen[-1]
        connection = session.connection()
        if connection.dialect.name == "sqlite":
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
            steps = [row[3] for row in plan]
            assert not [step for step in steps if step.startswith("SCAN ") and "probe" not in step]
            assert any("entries USING INDEX" in s and "version=?" in s for s in steps)
        else:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", values)
            touched = _rows_of(plan.scalar()[0]["Plan"], "entries")
            rows = len(rows_then(session, BOOK, [POOL], LATER))
            most = rows * ((longest or 1).bit_length() + 2)
            assert 0 < touched <= most


def _rows_of(plan: dict[str, Any], table: str) -> float:
    """How many rows of a table a plan has read."""
    own = 0.0
    if plan.get("Relation Name") == table:
        assert plan["Node Type"] in ("Index Scan", "Index Only Scan")
        own = plan["Actual Rows"] * plan["Actual Loops"]
    return own + sum(_rows_of(each, table) for each in plan.get("Plans", ()))
