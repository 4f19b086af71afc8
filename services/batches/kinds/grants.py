"""Grants: to each member's account of one grant period, from the pool or newly issued.

A list that somebody typed is paid by the pool. A month that was worked out by the rules is
issued: its batch bears its own authorisation, which has the same id, and the two signatures
stand under both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models.ledger import AccountKind
from services.batches import errors, periods
from services.batches.kinds.base import Chunk, Common, Fate, Word, text_in
from services.batches.people import Person
from services.batches.reading import Line, minutes_in, number_in
from services.batches.standing import NewAccount
from services.context import Context
from services.errors import DomainError
from services.ledger.accounts import account_id
from services.ledger.drafts import AccountClosed, Draft, Leg, NotEnough

#: In a batch's terms: the minutes are issued under the authorisation of the batch's own id.
SOURCE, ISSUED = "source", "issue"


def is_issued(terms: Mapping[str, Any]) -> bool:
    """Whether a grant's minutes are issued and not the pool's."""
    return terms.get(SOURCE) == ISSUED


class GrantReader:
    """Volunteer number and minutes; nobody stands in the list twice."""

    columns = ("number", "minutes")

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def read(self, line: int, cells: list[str]) -> Line:
        """A grant."""
        number, minutes = number_in(cells[0]), minutes_in(cells[1])
        first = self._seen.setdefault(number, line)
        if first != line:
            raise errors.NumberTwice(first=first)
        return Line(line, number, minutes)


class Grants(Common):
    """Granted coins are spent first, are nobody's gift, and end with a later quarter."""

    transfer_kind = "grant"

    def reader(self, ctx: Context) -> GrantReader:
        """A fresh one."""
        return GrantReader()

    def terms(self, ctx: Context, book: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """The quarter, and the moment from which what is left of it goes back to the pool."""
        period = text_in(given, "period", 6)
        later = periods.quarters_later(ctx)
        begins, ends = periods.first_moment(period), periods.ends_at(period, later)
        if begins is None or ends is None or not begins <= ctx.now < ends:
            raise errors.PeriodWrong(field="period")
        return {"period": period, "expires_at": ends.isoformat()}

    def touches(self, chunk: Chunk) -> set[UUID]:
        """Every account of the period, and the pool where it pays; an issue has no limit there."""
        period = chunk.terms["period"]
        found = set() if is_issued(chunk.terms) else {chunk.pool.account_id}
        for person in chunk.people.values():
            found.add(account_id(chunk.book, AccountKind.GRANTED, person.id, period))
        return found

    def plan(self, chunk: Chunk) -> list[Fate]:
        """In the order of the list, until the pool runs dry if it pays.

        Nobody has chosen whom the rules entitle: kin of those who sign are not left out.
        """
        if is_issued(chunk.terms):
            chunk = replace(chunk, own=frozenset())
        return [self._fate(chunk, line) for line in chunk.lines]

    def _fate(self, chunk: Chunk, line: Line) -> Fate:
        person = chunk.person(line)
        if isinstance(person, DomainError):
            return Fate(refusal=person)
        period = chunk.terms["period"]
        key = account_id(chunk.book, AccountKind.GRANTED, person.id, period)
        stand = chunk.stands.get(key)
        if stand is not None and stand.is_closed:
            return Fate(refusal=AccountClosed(account_id=str(key)))
        payer = self._payer(chunk, line.minutes)
        if isinstance(payer, DomainError):
            return Fate(refusal=payer)
        draft = Draft(
            book=chunk.book,
            kind=self.transfer_kind,
            key=chunk.key(line.line),
            legs=(Leg(payer, -line.minutes), Leg(key, line.minutes)),
            effective_at=chunk.ctx.now,
            reason="entitled",
        )
        opens = NewAccount(key, person.id, period) if stand is None else None
        return Fate(draft=draft, opens=opens)

    def _payer(self, chunk: Chunk, minutes: int) -> UUID | NotEnough:
        """Where the minutes come from; the pool keeps in mind what it has paid."""
        if is_issued(chunk.terms):
            return account_id(chunk.book, AccountKind.ISSUE)
        pool = chunk.pool
        if minutes > pool.room_minutes:
            return NotEnough(
                account_id=str(pool.account_id),
                floor_minutes=0,
                shortfall_minutes=minutes - pool.room_minutes,
            )
        pool.room_minutes -= minutes
        return pool.account_id

    def words(self, chunk: Chunk, line: Line) -> Word | None:
        """How much, and the last day on which it can be used."""
        person: Person = chunk.people[line.number]
        ends = datetime.fromisoformat(chunk.terms["expires_at"]) - timedelta(minutes=1)
        return Word(
            person.id,
            "您收到{amount_minutes}的补助，最晚用到{last_at}，用的时候先用它。",
            {"amount_minutes": line.minutes, "last_at": ends.isoformat()},
        )
