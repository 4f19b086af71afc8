"""Reading the books: statements, the register, the trial balance."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from models.ledger import AccountKind
from services.ledger.overview import activity, trial_balance
from services.ledger.register import accounts_of
from services.ledger.statement import statement
from tests.services.ledger.kit import (
    BOOK,
    ELDER,
    ISSUE,
    NOW,
    POOL,
    PROVIDER,
    Ledger,
    earned,
    received,
)


def lived(ledger: Ledger) -> None:
    """Earned and received coins, one payment, one open hold."""
    ledger.give(earned(ELDER), 100)
    ledger.give(received(ELDER), 50)
    ledger.post((received(ELDER), -20), (earned(PROVIDER), 20), key="pay")
    ledger.hold((earned(ELDER), 30), key="open")


def test_a_statement_has_the_total_after_every_line(ledger: Ledger) -> None:
    lived(ledger)
    with ledger.read() as session:
        found = statement(session, BOOK, ELDER, now=NOW)
    assert (found.total_minutes, found.held_minutes, found.available_minutes) == (130, 30, 100)
    assert sorted(line.amount_minutes for line in found.lines) == [-20, 50, 100]
    after = found.total_minutes
    for line in found.lines:
        assert line.total_after_minutes == after
        after -= line.amount_minutes
    assert after == 0
    assert [hold.amount_minutes for hold in found.pending] == [30]


def test_the_register_has_the_fullest_first(ledger: Ledger) -> None:
    lived(ledger)
    with ledger.read() as session:
        rows = list(accounts_of(session, BOOK))
        kept = [row.account_id for row in accounts_of(session, BOOK, AccountKind.POOL)]
    assert [row.account_id for row in rows[:3]] == [
        earned(ELDER),
        received(ELDER),
        earned(PROVIDER),
    ]
    assert rows[-1].account_id == ISSUE
    assert sum(row.posted_minutes for row in rows) == 0
    assert kept == [POOL]


def test_the_trial_balance_knows_in_out_and_held(ledger: Ledger) -> None:
    lived(ledger)
    with ledger.read() as session:
        found = trial_balance(session, BOOK)
        assert asdict(activity(session, BOOK)) == {"transfers": 3, "entries": 6, "holds": 1}
    lines = {line.kind: line for line in found.lines}
    assert set(lines) == {
        AccountKind.EARNED,
        AccountKind.RECEIVED,
        AccountKind.POOL,
        AccountKind.ISSUE,
    }
    got = lines[AccountKind.RECEIVED]
    assert (got.accounts, got.in_minutes, got.out_minutes) == (3, 50, 20)
    assert lines[AccountKind.EARNED].held_minutes == 30
    assert (found.issued_minutes, found.pool_minutes, found.outstanding_minutes) == (150, 0, 150)
    assert found.agrees


def test_sums_are_whole_numbers_on_every_engine(ledger: Ledger) -> None:
    """PostgreSQL adds big integers up into a decimal, which no page could show as hours."""
    lived(ledger)
    with ledger.read() as session:
        found = statement(session, BOOK, ELDER, now=NOW)
        figures: list[Any] = [found.total_minutes, found.pending[0].amount_minutes]
        figures += [line.total_after_minutes for line in found.lines]
        for line in trial_balance(session, BOOK).lines:
            figures += [line.in_minutes, line.out_minutes, line.kept_minutes, line.held_minutes]
        figures += [row.posted_minutes for row in accounts_of(session, BOOK)]
    assert {type(figure) for figure in figures} == {int}
