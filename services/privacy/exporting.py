"""A copy of everything that is kept about somebody, as the data map says what that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.base import Base, is_sealed
from models.ledger import Account, Entry, Transfer
from models.oversight import AuditRecord
from models.people import Member
from services import audit
from services.context import Context
from services.people.books import books_of
from services.people.reading import member_row
from services.portable.content import coins_of
from services.privacy import sentences as say
from services.privacy.access import side_of
from services.privacy.data_map import TableEntry, data_map
from services.vault import Unreadable

ACT = "privacy.export"
FORMAT = "timebank-personal-data-1"
#: Copies of one member's data a day.
MOST_A_DAY = 5
#: Rows of one table; nobody has more, and a copy is one answer.
MOST_ROWS = 5_000
#: Not in the copy: what others told the branch in confidence, and what only the machine needs.
WITHHELD = frozenset({"incidents", "safety_sheets", "act_keys", "refusals", "matching_marks"})
#: Never copied: what lets one in.
_LETS_IN = "access"


@dataclass(frozen=True, slots=True)
class Copy:
    """What was copied; ``content`` is ready for JSON."""

    member_number: str
    member_name: str
    made_at: datetime
    content: dict[str, Any]


def export(ctx: Context, member_id: UUID) -> Copy:
    """Everything that the tables hold of a person; for the person, a guardian, and the counter.

    The copy is recorded: call it in a unit of work. Raises NotYourData, ExportTooOften.
    """
    member = member_row(ctx.session, member_id)
    side = side_of(ctx, member, ACT)
    _not_too_often(ctx, member)
    tables = {
        name: rows
        for name, entry in data_map().tables.items()
        if entry.own and name not in WITHHELD and (rows := list(_rows(ctx, entry, member)))
    }
    content = {
        "format": FORMAT,
        "data_map": data_map().version,
        "made_at": ctx.now.isoformat(),
        "number": member.number,
        "coins": [_plain(each) for each in coins_of(ctx, member)],
        "entries": list(_entries(ctx, member)),
        "tables": tables,
    }
    after = {"side": side, "tables": len(tables), "rows": sum(map(len, tables.values()))}
    audit.record(ctx, ACT, "member", member.id, book=member.home_book, after=after)
    ctx.session.flush()
    return Copy(member.number, member.name, ctx.now, content)


def _not_too_often(ctx: Context, member: Member) -> None:
    today = sa.select(sa.func.count()).where(
        AuditRecord.book == member.home_book,
        AuditRecord.subject_id == member.id,
        AuditRecord.act == ACT,
        AuditRecord.at > ctx.now - timedelta(days=1),
    )
    if (ctx.session.scalar(today) or 0) >= MOST_A_DAY:
        raise say.ExportTooOften(most=MOST_A_DAY)


def _rows(ctx: Context, entry: TableEntry, member: Member) -> Iterator[dict[str, Any]]:
    table = Base.metadata.tables[entry.name]
    is_own = sa.or_(*(table.c[column] == member.id for column in entry.own))
    statement = sa.select(table).where(is_own).limit(MOST_ROWS)
    if table.info["placement"] == "book":
        statement = statement.where(table.c.book.in_(books_of(member)))
    found = ctx.session.execute(statement.order_by(*table.primary_key.columns)).mappings()
    for row in map(dict, found):
        yield {
            column: _value(ctx, entry, column, row)
            for column, category in entry.columns.items()
            if category != _LETS_IN and not _is_somebody_else(category, row[column], member.id)
        }


def _is_somebody_else(category: str, value: Any, member_id: UUID) -> bool:
    """Whom a row points at beside the member is that person's affair."""
    return category == "link" and value != member_id


def _value(ctx: Context, entry: TableEntry, column: str, row: Mapping[str, Any]) -> Any:
    value = row[column]
    if value is None or not is_sealed(column):
        return _plain(value)
    try:
        return ctx.vault.open(entry.vault_purpose(column, row), value)
    except Unreadable:
        return None


def _entries(ctx: Context, member: Member) -> Iterator[dict[str, Any]]:
    """Every movement on the member's accounts, book by book in the order of posting."""
    for book in books_of(member):
        rows = ctx.session.execute(
            sa.select(
                Entry.transfer_id,
                Transfer.kind,
                Transfer.posted_at,
                Account.kind.label("account"),
                Entry.amount_minutes,
            )
            .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
            .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
            .where(Entry.book == book, Account.book == book, Transfer.book == book)
            .where(Account.owner_id == member.id)
            .order_by(Transfer.posted_at, Entry.transfer_id, Entry.leg)
            .limit(MOST_ROWS)
        )
        yield from (_plain({"book": book, **row}) for row in rows.mappings())


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
