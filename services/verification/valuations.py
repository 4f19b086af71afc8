"""Valuations: worked out again from their facts, and posted exactly as they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Entry, Transfer, ValuationRecord
from models.requests import Visit, VisitState
from services import rates
from services.context import Context
from services.errors import DomainError
from services.ledger.breaches import Breach, Tally
from services.ledger.clearing import cleared_with
from services.ledger.streams import grouped, rows_of, side_by_side
from services.ledger.verify.suspects import unsearched
from services.rules.calendar import Calendar
from services.rules.formula import Valuation
from services.rules.recompute import recompute
from services.rules.rule_set import RuleSet

T = TypeVar("T")

COLUMNS = (
    "rule_set_version",
    "rule_set_hash",
    "calendar_version",
    "credited_minutes",
    "earn_minutes",
    "elder_minutes",
    "pool_minutes",
)


def check_valuations(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Every valuation follows from its facts, and one transfer has moved what it says."""
    published = _Published(ctx)
    for valuation_id, (row, legs) in side_by_side(
        _valuations(ctx, book), grouped(_legs(ctx, book), lambda leg: leg.valuation_id)
    ):
        found = list(legs or ())
        if row is None:
            places = sorted({f"transfer {leg.transfer_id}" for leg in found})
            yield from (Breach("transfer_without_valuation", book, place) for place in places)
            continue
        tally.add("valuations")
        place = f"valuation {valuation_id}"
        if row.state != VisitState.CREDITED.value:
            yield Breach("valuation_without_credit", book, place)
        yield from _check_content(published, book, place, row)
        yield from _check_posting(book, place, row, found)


class _Published:
    """The rule sets and calendars that valuations cite, each looked up once in a check."""

    def __init__(self, ctx: Context) -> None:
        self._session = ctx.session
        self._rules: dict[str, RuleSet | None] = {}
        self._calendars: dict[str, Calendar | None] = {}

    def cited_by(self, stored: Valuation) -> tuple[RuleSet, Calendar] | None:
        """What a valuation was made by, or None where one of them was never published."""
        rules = self._once(self._rules, stored.rule_set_version, rates.rule_set)
        calendar = self._once(self._calendars, stored.calendar_version, rates.calendar_version)
        return None if rules is None or calendar is None else (rules, calendar)

    def _once(
        self, kept: dict[str, T | None], version: str, look_up: Callable[[Session, str], T]
    ) -> T | None:
        if version not in kept:
            try:
                kept[version] = look_up(self._session, version)
            except DomainError:
                kept[version] = None
        return kept[version]


def _check_content(published: _Published, book: str, place: str, row: Any) -> Iterator[Breach]:
    try:
        stored = Valuation.from_dict(row.content)
    except (DomainError, ValueError, TypeError, LookupError):
        yield Breach("valuation_unreadable", book, place)
        return
    if any(getattr(stored, name) != getattr(row, name) for name in COLUMNS):
        yield Breach("valuation_columns_differ", book, place)
    if stored.elder_minutes + stored.pool_minutes != stored.earn_minutes:
        yield Breach("valuation_shares_differ", book, place)
    cited = published.cited_by(stored)
    if cited is None:
        yield Breach("valuation_rules_unknown", book, place)
        return
    rules, calendar = cited
    if rules.content_hash != stored.rule_set_hash:
        yield Breach("valuation_rules_differ", book, place)
        return
    try:
        again = recompute(stored, rules, calendar)
    except (DomainError, LookupError):
        # A service, level or grade that these rules do not have.
        yield Breach("valuation_rules_differ", book, place)
        return
    if again != stored:
        detail = {
            "earn_minutes": again.earn_minutes,
            "elder_minutes": again.elder_minutes,
            "pool_minutes": again.pool_minutes,
        }
        yield Breach("valuation_differs", book, place, detail)


def _check_posting(book: str, place: str, row: Any, legs: Sequence[Any]) -> Iterator[Breach]:
    """The pool's legs pay its part, other legs the elder's, and all that comes in is earned."""
    transfers = {leg.transfer_id for leg in legs}
    if len(transfers) > 1:
        yield Breach("valuation_posted_twice", book, place, {"times": len(transfers)})
        return
    if not transfers:
        if row.earn_minutes:
            yield Breach("valuation_without_transfer", book, place)
        return
    paid = {True: 0, False: 0}
    for leg in legs:
        paid[leg.kind == AccountKind.POOL.value] += max(0, -leg.amount_minutes)
    came_in = sum(leg.amount_minutes for leg in legs if leg.amount_minutes > 0)
    # A group session's rounding may go to the pool: then it takes what others do not earn.
    to_pool = max(0, -row.pool_minutes)
    due = (max(0, row.pool_minutes), row.elder_minutes, row.earn_minutes + to_pool)
    if row.paid_elsewhere:
        # All of it comes from the book of the elder, through the clearing account.
        due = (0, row.earn_minutes, row.earn_minutes)
    if (paid[True], paid[False], came_in) != due:
        yield Breach("transfer_not_as_valued", book, place)


def _valuations(ctx: Context, book: str) -> Iterator[tuple[UUID, Any]]:
    """Valuations with their visits: those of providers who served elsewhere stand there."""
    table = ValuationRecord
    state = sa.type_coerce(Visit.state, sa.String).label("state")
    elsewhere = sa.func.coalesce(Visit.book != table.book, sa.false()).label("paid_elsewhere")
    books = (book, *cleared_with(ctx.session, book))
    statement = (
        sa.select(
            table.id, table.content, *(getattr(table, name) for name in COLUMNS), state, elsewhere
        )
        .outerjoin(Visit, sa.and_(Visit.book.in_(books), Visit.id == table.visit_id))
        .where(table.book == book)
        .order_by(table.id)
    )
    return ((row.id, row) for row in rows_of(ctx.session, statement))


def _legs(ctx: Context, book: str) -> Iterator[Any]:
    kind = sa.type_coerce(Account.kind, sa.String).label("kind")
    return rows_of(
        ctx.session,
        sa.select(Transfer.valuation_id, Entry.transfer_id, Entry.amount_minutes, kind)
        # Only the few that cite a valuation: their entries are looked up, never walked.
        .join(Entry, sa.and_(Entry.book == book, Entry.transfer_id == Transfer.id))
        .outerjoin(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        .where(unsearched(Transfer.book) == book, Transfer.valuation_id.is_not(None))
        .order_by(Transfer.valuation_id, Entry.transfer_id, Entry.leg),
    )
