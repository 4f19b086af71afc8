"""What is written stays: the database itself refuses to change it, on both engines."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from models.ledger import Entry, Transfer, ValuationRecord
from models.oversight import AuditRecord
from services.ledger.rows import insert_rows
from tests.services.ledger.kit import BOOK, CLERK, ELDER, ISSUE, NOW, POOL, Ledger, earned

TABLES = ("transfers", "entries", "holds", "hold_legs", "hold_outcomes")
KEPT = (*TABLES, "valuations", "audit_records")


@pytest.fixture
def written(ledger: Ledger) -> Ledger:
    """A ledger with a row in every table that only grows."""
    ledger.give(earned(ELDER), 100)
    ledger.hold((earned(ELDER), 10), key="open")
    held = ledger.hold((earned(ELDER), 10), key="ended")
    ledger.post((earned(ELDER), -10), (POOL, 10), key="a", captures=(held,))

    def others(session: Session) -> None:
        session.add(
            ValuationRecord(
                book=BOOK,
                id=UUID(int=1),
                visit_id=UUID(int=2),
                rule_set_version="CN-TB-1",
                rule_set_hash="0" * 64,
                calendar_version="2026",
                content={},
                credited_minutes=1,
                earn_minutes=1,
                elder_minutes=1,
                pool_minutes=0,
                created_at=NOW,
            )
        )
        session.add(
            AuditRecord(
                book=BOOK,
                id=UUID(int=1),
                at=NOW,
                actor_id=CLERK,
                act="test",
                subject_kind="test",
                subject_id=CLERK,
                before={},
                after={},
            )
        )

    ledger.run(others)
    return ledger


def refused(ledger: Ledger, statement: str, words: str = "append_only") -> None:
    """The database refuses the statement in these words, and nothing has changed."""
    before = contents(ledger)

    def work(session: Session) -> None:
        session.connection().exec_driver_sql(statement)

    with pytest.raises(DatabaseError, match=words):
        ledger.run(work)
    assert contents(ledger) == before
    ledger.assert_clean()


def contents(ledger: Ledger) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the tables that only grow."""
    with ledger.read() as session:
        return {
            table: sorted(
                (
                    tuple(map(str, row))
                    for row in session.execute(sa.text(f"SELECT * FROM {table}"))
                ),
            )
            for table in KEPT
        }


@pytest.mark.parametrize("table", KEPT)
def test_a_row_is_not_updated(written: Ledger, table: str) -> None:
    refused(written, f"UPDATE {table} SET book = 'x'")


@pytest.mark.parametrize("table", KEPT)
def test_a_row_is_not_deleted(written: Ledger, table: str) -> None:
    refused(written, f"DELETE FROM {table}")


@pytest.mark.parametrize("table", KEPT)
def test_a_table_is_not_emptied(written: Ledger, table: str) -> None:
    if written.url.startswith("sqlite"):
        # SQLite's way to empty a table fast is a DELETE without a condition, refused above.
        refused(written, f"DELETE FROM {table} WHERE 1")
        return
    refused(written, f"TRUNCATE {table} CASCADE")


@pytest.mark.parametrize("table", KEPT)
def test_a_row_is_not_replaced(written: Ledger, table: str) -> None:
    if written.url.startswith("sqlite"):
        refused(written, f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}", "append_only|cl")
        return
    first = "(book) DO UPDATE SET book = 'x'"
    keys = {
        "transfers": "(book, id)",
        "entries": "(book, transfer_id, leg)",
        "hold_legs": "(book, hold_id, leg)",
        "hold_outcomes": "(book, hold_id)",
    }
    target = keys.get(table, "(book, id)")
    refused(
        written,
        f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT {first.replace('(book)', target)}",
        "append_only|transfer_closed|transfer_not_balanced",
    )


def test_a_posted_transfer_takes_no_further_leg(written: Ledger) -> None:
    refused(
        written,
        "INSERT INTO entries SELECT book, transfer_id, leg + 2, account_id, slot, "
        "amount_minutes, version + 1000, balance_after_minutes FROM entries",
        "transfer_closed",
    )


def _forge(session: Session, amounts: tuple[int, int], account: UUID) -> None:
    """Entries and a transfer as the application writes them, but wrong."""
    key = UUID(int=9)
    entry = {"book": BOOK, "transfer_id": key, "slot": 0, "version": 500}
    legs = [
        {**entry, "leg": place, "account_id": owner, "amount_minutes": minutes}
        for place, (owner, minutes) in enumerate(zip((account, ISSUE), amounts, strict=True))
    ]
    insert_rows(session, Entry, [{**leg, "balance_after_minutes": 0} for leg in legs])
    transfer = {
        "book": BOOK,
        "id": key,
        "kind": "forged",
        "idem_key": "forged",
        "request_hash": "0",
        "effective_at": NOW,
        "posted_at": NOW,
        "actor_id": CLERK,
        "reason": "",
    }
    insert_rows(session, Transfer, [transfer])


@pytest.mark.parametrize(
    ("amounts", "account", "words"),
    [
        ((5, -4), POOL, "transfer_not_balanced"),
        ((5, -5), UUID(int=77), "account_unknown"),
    ],
)
def test_the_database_proves_the_sum_and_knows_the_accounts(
    written: Ledger, amounts: tuple[int, int], account: UUID, words: str
) -> None:
    before = contents(written)
    with pytest.raises(DatabaseError, match=words):
        written.run(lambda session: _forge(session, amounts, account))
    assert contents(written) == before


def test_a_kept_balance_does_not_pass_its_floor(written: Ledger) -> None:
    with pytest.raises(DatabaseError, match="floor_kept"):
        written.run(
            lambda session: session.connection().exec_driver_sql(
                "UPDATE balances SET posted_minutes = -1 WHERE floor_minutes IS NOT NULL"
            )
        )
    written.assert_clean()
