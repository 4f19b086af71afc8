"""Statements of account: as they went out, and what closing ones took is what left the book."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from models.imports import Import, ImportState
from models.ledger import Account, AccountKind, Entry, Transfer
from models.people import Member
from models.portable import AccountStatement, StatementKind, TakenStatement
from services.context import Context
from services.ledger.breaches import Breach, Tally
from services.ledger.check.account import figures_wrong, is_genuine
from services.ledger.seals.account_file import AccountFile, read_account
from services.ledger.seals.headers import Malformed, content_hash
from services.ledger.streams import rows_of
from services.portable.stating import PURPOSE

AT_ONCE = 200


def check_statements(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Each file's bytes and signature, and the outside account against closing statements."""
    rows = rows_of(
        ctx.session,
        sa.select(AccountStatement)
        .where(AccountStatement.book == book)
        .order_by(AccountStatement.id),
    )
    carried: dict[UUID, int] = {}
    while some := [row.AccountStatement for row in islice(rows, AT_ONCE)]:
        tally.add("statements", len(some))
        for row in some:
            if row.content_sealed == "" and _has_left(ctx, row):
                if row.kind is StatementKind.CLOSING:
                    carried.update(_moved_in(ctx, book, row))
                continue
            account = _genuine(ctx, row)
            if account is None:
                yield Breach("statement_changed", book, f"statement {row.id}")
            elif row.kind is StatementKind.CLOSING:
                carried.update(_in_book(account, book))
            ctx.session.expunge(row)
    yield from _outside(ctx, book, carried)
    yield from _taken(ctx, book)


def _genuine(ctx: Context, row: AccountStatement) -> AccountFile | None:
    """The file of a row if it is still what was signed, and what the row says of it."""
    text = ctx.vault.open_or_none(PURPOSE, row.content_sealed)
    if text is None or content_hash(text) != row.content_hash:
        return None
    try:
        account = read_account(text)
    except Malformed:
        return None
    kept = (account.id, account.kind, account.receiver, account.key_id, account.signature)
    said = (row.id, row.kind.value, row.receiver, row.key_id, row.signature)
    moved = {each["id"]: each["minutes"] for each in account.given["transfers"]}
    if kept != said or moved != row.transfers or any(figures_wrong(account)):
        return None
    return account if is_genuine(account) else None


def _has_left(ctx: Context, row: AccountStatement) -> bool:
    """Whether the member was erased, and the words of the file with the name."""
    member = ctx.session.get(Member, row.member_id)
    return member is not None and member.erased_at is not None


def _moved_in(ctx: Context, book: str, row: AccountStatement) -> dict[UUID, int]:
    """What the row itself says that a closing statement moved, as far as it was in this book."""
    ids = [UUID(each) for each in row.transfers]
    here = ctx.session.scalars(
        sa.select(Transfer.id).where(Transfer.book == book, Transfer.id.in_(ids))
    )
    return {each: row.transfers[str(each)] for each in here}


def _in_book(account: AccountFile, book: str) -> dict[UUID, int]:
    moved = account.given["transfers"]
    return {UUID(each["id"]): each["minutes"] for each in moved if each["book"] == book}


def _outside(ctx: Context, book: str, carried: dict[UUID, int]) -> Iterator[Breach]:
    """Nothing goes to the outside account but what a closing statement names, and all of it does.

    The statement of a member with coins in several books stands in the home book alone.
    """
    rows = ctx.session.execute(
        sa.select(Entry.transfer_id, Entry.amount_minutes)
        .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .where(Entry.book == book, Account.kind == AccountKind.OUTSIDE)
    )
    moved = {row.transfer_id: row.amount_minutes for row in rows}
    for transfer_id in sorted(moved.keys() | carried.keys()):
        if moved.get(transfer_id) == carried.get(transfer_id):
            continue
        if transfer_id not in carried and _named_elsewhere(ctx, book, transfer_id):
            continue
        yield Breach("closing_differs_from_ledger", book, f"transfer {transfer_id}")


def _named_elsewhere(ctx: Context, book: str, transfer_id: UUID) -> bool:
    """Whether the member's closing statement stands in the home book, which is another one."""
    own = aliased(Account)
    owner = ctx.session.scalar(
        sa.select(own.owner_id)
        .join(Entry, sa.and_(Entry.book == own.book, Entry.account_id == own.id))
        .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
        .where(own.book == book, Entry.transfer_id == transfer_id, own.owner_id.is_not(None))
        .limit(1)
    )
    statements = ctx.session.scalars(
        sa.select(AccountStatement.transfers)
        .where(AccountStatement.member_id == owner, AccountStatement.kind == StatementKind.CLOSING)
        .execution_options(cross_book=True)
    )
    return any(str(transfer_id) in each for each in statements)


def _taken(ctx: Context, book: str) -> Iterator[Breach]:
    """A statement that is taken in has an import that has not come to nothing."""
    rows = ctx.session.execute(
        sa.select(TakenStatement.statement_id, Import.state)
        .outerjoin(
            Import,
            sa.and_(Import.book == TakenStatement.book, Import.id == TakenStatement.import_id),
        )
        .where(TakenStatement.book == book)
        .order_by(TakenStatement.statement_id)
    )
    for row in rows:
        if row.state is None or row.state is ImportState.WITHDRAWN:
            yield Breach("taken_without_import", book, f"statement {row.statement_id}")
