"""Accounts of a book: the list, and one account with its running balance and its holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from models.giving import BenefitFund
from models.ledger import (
    Account,
    AccountKind,
    Balance,
    Hold,
    HoldLeg,
    HoldOutcome,
    Outcome,
)
from models.people import Member
from services.batches import periods
from services.context import Context
from services.errors import NotFound
from services.ledger.rows import whole_sum
from services.origins import ends_on
from services.people import handles
from services.queries.audit.entries import ANY, EntryFilter, EntryLine, entry_lines
from services.queries.audit.listing import Page, Person, Want, cut, ordered, people
from services.queries.audit.scope import Place, require_book
from services.queries.audit.then import AccountThen, account_then
from services.queries.clearing.reading import Names
from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """Which accounts. ``number`` is a member's national volunteer number."""

    kind: AccountKind | None = None
    number: str = ""
    #: Those of whoever belongs to a branch now.
    branch_id: UUID | None = None
    held: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account as it stands, in standard minutes. ``entries`` counts what was posted."""

    id: UUID
    kind: AccountKind
    period: str
    owner: Person | None
    #: Whose coins with a purpose these are; None for everything but a fund's account.
    fund: Name | None
    #: The last day of a grant; None for whatever does not end.
    ends_on: date | None
    posted_minutes: int
    held_minutes: int
    entries: int
    opened_at: datetime
    closed_at: datetime | None
    #: The other region of a clearing account.
    counter: Name | None = None

    @property
    def available_minutes(self) -> int:
        """What may be spent."""
        return self.posted_minutes - self.held_minutes


@dataclass(frozen=True, slots=True)
class HoldLine:
    """What a hold keeps on this account, and how it ended if it has."""

    id: UUID
    purpose: str
    subject_id: UUID
    created_at: datetime
    amount_minutes: int
    #: How it ended; "held" while it has not, "carried" when a new hold took its minutes over.
    outcome: str
    transfer_id: UUID | None


@dataclass(frozen=True, slots=True)
class AccountPage:
    """One account: limits, what stands on it, a page of its entries, its holds."""

    place: Place
    line: AccountLine
    #: On how many balance rows it is kept.
    slots: int
    floor_minutes: int | None
    ceiling_minutes: int | None
    entries: Page[EntryLine]
    holds: tuple[HoldLine, ...]
    #: What stood on it at a moment, when one was asked for.
    then: AccountThen | None = None


def accounts(ctx: Context, book: str, wanted: AccountFilter, want: Want) -> Page[AccountLine]:
    """Accounts of a book that fit the filter, with totals over all of them."""
    require_book(ctx, book)
    posted, held = whole_sum(Balance.posted_minutes), whole_sum(Balance.held_minutes)
    statement = (
        sa.select(
            Account.id,
            Account.kind,
            Account.period,
            Account.owner_id,
            Account.opened_at,
            Account.closed_at,
            posted.label("posted"),
            held.label("held"),
            whole_sum(Balance.version).label("entries"),
        )
        .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
        .where(Account.book == book, Balance.book == book, *_conditions(ctx, wanted))
        .group_by(
            Account.id,
            Account.kind,
            Account.period,
            Account.owner_id,
            Account.opened_at,
            Account.closed_at,
        )
    )
    if wanted.held:
        statement = statement.having(held > 0)
    columns = {"balance": posted, "held": held, "opened": Account.opened_at, "kind": Account.kind}
    statement = ordered(statement, want, columns, "-balance", Account.id)
    sums = {
        "posted_minutes": lambda c: whole_sum(c.posted),
        "held_minutes": lambda c: whole_sum(c.held),
        "entries": lambda c: whole_sum(c.entries),
    }
    rows, page, total, added = cut(ctx, statement, want, sums)
    owners = people(ctx, (row.owner_id for row in rows))
    funds = _funds(ctx, book, rows)
    later = periods.quarters_later(ctx)
    names = Names(ctx)
    lines = tuple(
        replace(_line(row, owners, funds, later), counter=_counter(names, row)) for row in rows
    )
    return Page(lines, page, want.size, total, added)


def _conditions(ctx: Context, wanted: AccountFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.kind is not None:
        found.append(Account.kind == wanted.kind)
    if wanted.closed:
        found.append(Account.closed_at.is_not(None))
    if wanted.number:
        found.append(Account.owner_id == owner_of(ctx, wanted.number))
    if wanted.branch_id is not None:
        here = sa.select(Member.id).where(Member.branch_id == wanted.branch_id)
        found.append(Account.owner_id.in_(here))
    return found


def owner_of(ctx: Context, number: str) -> UUID | None:
    """Whose volunteer number this is; None finds nothing."""
    return handles.holder(ctx.session, "number", number)


def _funds(ctx: Context, book: str, rows: Iterable[Any]) -> dict[UUID, Name]:
    """Names of the funds among the owners of pool accounts."""
    wanted = [row.owner_id for row in rows if row.kind is AccountKind.POOL and row.owner_id]
    if not wanted:
        return {}
    found = ctx.session.scalars(
        sa.select(BenefitFund).where(BenefitFund.book == book, BenefitFund.id.in_(wanted))
    )
    return {each.id: Name(each.name, each.name_en) for each in found}


def _counter(names: Names, account: Any) -> Name | None:
    """A clearing account is called after the region that it clears with."""
    return names.of(account.period) if account.kind is AccountKind.CLEARING else None


def _line(
    row: Any, owners: dict[UUID, Person], funds: dict[UUID, Name], quarters_later: int
) -> AccountLine:
    granted = row.kind is AccountKind.GRANTED
    return AccountLine(
        id=row.id,
        kind=row.kind,
        period=row.period,
        owner=owners.get(row.owner_id) if row.owner_id else None,
        fund=funds.get(row.owner_id) if row.owner_id else None,
        ends_on=ends_on(row.period, quarters_later) if granted else None,
        posted_minutes=row.posted,
        held_minutes=row.held,
        entries=row.entries,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
    )


def account_page(
    ctx: Context,
    book: str,
    account_id: UUID,
    want: Want,
    at: datetime | None = None,
    wanted: EntryFilter = ANY,
) -> AccountPage:
    """One account of a book, and what stood on it ``at`` a moment; raises NotFound."""
    place = require_book(ctx, book)
    account = ctx.session.get(Account, (book, account_id))
    if account is None:
        raise NotFound
    row = ctx.session.execute(
        sa.select(
            whole_sum(Balance.posted_minutes).label("posted"),
            whole_sum(Balance.held_minutes).label("held"),
            whole_sum(Balance.version).label("entries"),
        ).where(Balance.book == book, Balance.account_id == account_id)
    ).one()
    owners, funds = people(ctx, [account.owner_id]), _funds(ctx, book, [account])
    granted = account.kind is AccountKind.GRANTED
    return AccountPage(
        place=place,
        line=AccountLine(
            id=account.id,
            kind=account.kind,
            period=account.period,
            owner=owners.get(account.owner_id) if account.owner_id else None,
            fund=funds.get(account.owner_id) if account.owner_id else None,
            ends_on=ends_on(account.period, periods.quarters_later(ctx)) if granted else None,
            posted_minutes=row.posted,
            held_minutes=row.held,
            entries=row.entries,
            opened_at=account.opened_at,
            closed_at=account.closed_at,
            counter=_counter(Names(ctx), account),
        ),
        slots=account.slots,
        floor_minutes=account.floor_minutes,
        ceiling_minutes=account.ceiling_minutes,
        entries=entry_lines(ctx, account, wanted, want),
        # Of the pool there is a hold for every visit: those stand with their requests.
        holds=_holds(ctx, book, account_id) if account.owner_id else (),
        then=account_then(ctx, book, account_id, at) if at else None,
    )


def balance_then(ctx: Context, book: str, account_id: UUID, at: datetime) -> AccountThen:
    """What stood on an account at a moment; raises NotFound."""
    require_book(ctx, book)
    if ctx.session.get(Account, (book, account_id)) is None:
        raise NotFound
    return account_then(ctx, book, account_id, at)


#: Holds shown on an account's page: all open ones and the newest of the rest.
HOLDS_SHOWN = 50


def _holds(ctx: Context, book: str, account_id: UUID) -> tuple[HoldLine, ...]:
    same = sa.and_(HoldOutcome.book == Hold.book, HoldOutcome.hold_id == Hold.id)
    heir = aliased(Hold)
    carried = sa.exists().where(
        heir.book == Hold.book,
        heir.subject_id == Hold.subject_id,
        heir.purpose == Hold.purpose,
        heir.id != Hold.id,
        heir.created_at == HoldOutcome.at,
        HoldOutcome.outcome == Outcome.RELEASED,
    )
    rows = ctx.session.execute(
        sa.select(
            Hold.id,
            Hold.purpose,
            Hold.subject_id,
            Hold.created_at,
            HoldLeg.amount_minutes,
            HoldOutcome.outcome,
            HoldOutcome.transfer_id,
            carried.label("carried"),
        )
        .join(HoldLeg, sa.and_(HoldLeg.book == Hold.book, HoldLeg.hold_id == Hold.id))
        .outerjoin(HoldOutcome, same)
        .where(Hold.book == book, HoldLeg.book == book, HoldLeg.account_id == account_id)
        .order_by(HoldOutcome.hold_id.is_not(None), Hold.created_at.desc(), Hold.id)
        .limit(HOLDS_SHOWN)
    )
    return tuple(
        HoldLine(
            id=row.id,
            purpose=row.purpose,
            subject_id=row.subject_id,
            created_at=row.created_at,
            amount_minutes=row.amount_minutes,
            outcome=_how_it_ended(row),
            transfer_id=row.transfer_id,
        )
        for row in rows
    )


def _how_it_ended(row: Any) -> str:
    if row.outcome is None:
        return "held"
    return "carried" if row.carried else str(row.outcome.value)
