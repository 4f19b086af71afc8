"""One group session: providers are credited once, the recipients share it, in one transfer.

Each recipient pays one part in as many as had booked, rounded up, from own coins (from what was
held for it, where places were booked through the system); the pool bears absences and what
somebody lacks, and takes the rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.ledger import Account, AccountKind
from models.people import Member
from services.batches import errors, periods
from services.batches.kinds.base import Chunk, Common, Fate, text_in
from services.batches.reading import Line, minutes_in, number_in
from services.clock import at_local, local_date
from services.context import Context
from services.donations.overflowing import Destination, destination, note_overflow
from services.errors import DomainError
from services.ledger.accounts import SPENDING_ORDER, account_id
from services.ledger.decide import HeldLegs
from services.ledger.drafts import AccountUnknown, Draft, Leg, NotEnough, Posted
from services.ledger.holds import held_minutes, payment_legs
from services.ledger.rows import read_holds

PROVIDER, RECIPIENT, ABSENT = "provider", "recipient", "absent"
#: Among the holds of a session that was booked through the system: the pool's own.
POOL = "pool"
#: Credited minutes of one provider, at most (360 a day, a weight of three, 初三 twice).
MOST_EACH_MINUTES = 2160


class SessionReader:
    """Number, part and minutes; the minutes stand at providers only."""

    columns = ("number", "part", "minutes")

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def read(self, line: int, cells: list[str]) -> Line:
        """Somebody who took part, or had booked to."""
        number, part = number_in(cells[0]), cells[1]
        if part not in (PROVIDER, RECIPIENT, ABSENT):
            raise errors.PartWrong
        if part != PROVIDER and cells[2] not in ("", "0"):
            raise errors.PartMinutes
        minutes = minutes_in(cells[2], MOST_EACH_MINUTES) if part == PROVIDER else 0
        first = self._seen.setdefault(number, line)
        if first != line:
            raise errors.NumberTwice(first=first)
        return Line(line, number, minutes, None, {"part": part})


class Sessions(Common):
    """All lines are one transfer: it stands as a whole or not at all."""

    transfer_kind = "session"
    #: All of a session is one chunk.
    most_lines = 400

    def reader(self, ctx: Context) -> SessionReader:
        """A fresh one."""
        return SessionReader()

    def terms(self, ctx: Context, book: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """What it was, and the day on which it was held."""
        title = text_in(given, "title", 60)
        if not title:
            raise errors.TitleWrong(field="title")
        try:
            held_on = date.fromisoformat(text_in(given, "held_on", 10))
        except ValueError:
            raise errors.DayWrong(field="held_on") from None
        if held_on > local_date(ctx.now):
            raise errors.DayWrong(field="held_on")
        return {"title": title, "held_on": held_on.isoformat()}

    def settle(self, terms: dict[str, Any], lines: Iterator[Line]) -> Iterator[Line]:
        """Every recipient's share, over all who had booked."""
        listed = list(lines)
        total = sum(line.minutes for line in listed)
        booked = sum(1 for line in listed if line.params["part"] != PROVIDER)
        if not total or not booked:
            raise errors.SessionSides(field="list")
        share = -(-total // booked)
        terms |= {"total_minutes": total, "share_minutes": share, "booked": booked}
        for line in listed:
            minutes = line.minutes or share
            yield Line(line.line, line.number, minutes, line.effective_at, line.params)

    def touches(self, chunk: Chunk) -> set[UUID]:
        """The pool, the providers' accounts, and whatever the recipients may pay with."""
        owners = {
            chunk.people[line.number].id for line in chunk.lines if line.number in chunk.people
        }
        found = chunk.ctx.session.scalars(
            sa.select(Account.id).where(Account.book == chunk.book, Account.owner_id.in_(owners))
        )
        overflow = (each.account_id for each in self._overflow(chunk).values())
        return {chunk.pool.account_id, *overflow, *found}

    def _overflow(self, chunk: Chunk) -> dict[UUID, Destination]:
        """Where each provider's coins above the storage cap go, by the standing instruction."""
        providers = {
            chunk.people[line.number].id
            for line in chunk.lines
            if line.params["part"] == PROVIDER and line.number in chunk.people
        }
        members = chunk.ctx.session.scalars(sa.select(Member).where(Member.id.in_(providers)))
        return {each.id: destination(chunk.ctx, chunk.book, each) for each in members.all()}

    def plan(self, chunk: Chunk) -> list[Fate]:
        """One transfer for all, unless anybody may not take part in it."""
        refusals = [self._refusal(chunk, line) for line in chunk.lines]
        if any(refusals):
            return [Fate(refusal=each or errors.SessionRefused()) for each in refusals]
        holds = self._holds(chunk)
        is_booked = "group_session_id" in chunk.terms
        paying = {} if is_booked else self._purses(chunk)
        overflow = self._overflow(chunk)
        legs: list[Leg] = []
        paid: dict[int, int] = {}
        balance = 0
        for line in chunk.lines:
            if line.params["part"] == ABSENT:
                continue
            person = chunk.people[line.number]
            if line.params["part"] == PROVIDER:
                own = account_id(chunk.book, AccountKind.EARNED, person.id)
                legs.append(Leg(own, line.minutes, overflow[person.id].account_id))
                balance += line.minutes
            else:
                if is_booked:
                    taken = self._from_hold(holds.get(line.number), line.minutes)
                else:
                    taken = self._pay(chunk, paying.get(person.id, []), line.minutes)
                paid[line.line] = -sum(leg.amount_minutes for leg in taken)
                balance -= paid[line.line]
                legs += taken
        set_aside = held_minutes(holds.get(POOL))
        lacking = balance - chunk.pool.room_minutes - set_aside
        if lacking > 0:
            refusal = NotEnough(
                account_id=str(chunk.pool.account_id), floor_minutes=0, shortfall_minutes=lacking
            )
            return [Fate(refusal=refusal) for _ in chunk.lines]
        chunk.pool.room_minutes -= balance - set_aside
        if balance:
            legs.append(Leg(chunk.pool.account_id, -balance))
        draft = self._draft(chunk, legs, tuple(held.hold_id for held in holds.values()))
        return [
            Fate(draft=draft, params={"paid_minutes": paid.get(line.line, 0)})
            for line in chunk.lines
        ]

    def note(self, chunk: Chunk, draft: Draft, posted: Posted) -> None:
        """What a provider could not store is a donation."""
        for to in self._overflow(chunk).values():
            note_overflow(chunk.ctx, to, posted, draft)

    def _holds(self, chunk: Chunk) -> dict[str, HeldLegs]:
        """What was set aside for it, by number, and by the pool; nothing for a typed list.

        What has run out or was given back pays nothing, and other coins are not touched for it.
        """
        wanted = dict(chunk.terms.get("holds", {}))
        if chunk.terms.get("pool_hold"):
            wanted[POOL] = chunk.terms["pool_hold"]
        ids = {name: UUID(text) for name, text in wanted.items()}
        found = read_holds(chunk.ctx.session, chunk.book, list(ids.values()))
        return {name: found[key] for name, key in ids.items() if not found[key].ended}

    def _from_hold(self, held: HeldLegs | None, minutes: int) -> list[Leg]:
        """The share out of the own hold, as far as it goes: nobody pays above it."""
        return list(payment_legs(held, min(minutes, held_minutes(held))))

    def _refusal(self, chunk: Chunk, line: Line) -> DomainError | None:
        if line.params["part"] == ABSENT and "group_session_id" in chunk.terms:
            # Booked through the system and did not come: nothing of theirs moves.
            return None
        person = chunk.person(line)
        if isinstance(person, DomainError):
            return person
        if line.params["part"] != PROVIDER:
            return None if person.is_recipient else errors.NotOfThisSide(side="服务对象")
        if not person.is_provider:
            return errors.NotOfThisSide(side="志愿者")
        own = account_id(chunk.book, AccountKind.EARNED, person.id)
        stand = chunk.stands.get(own)
        if stand is None or stand.is_closed:
            return AccountUnknown(account_id=str(own))
        return None

    def _purses(self, chunk: Chunk) -> dict[UUID, list[UUID]]:
        """Whose open accounts may pay, in the order of spending; grants that ended may not."""
        account, session = Account, chunk.ctx.session
        rows = session.execute(
            sa.select(account.id, account.owner_id, account.kind, account.period).where(
                account.book == chunk.book, account.id.in_(list(chunk.stands))
            )
        ).all()
        later = periods.quarters_later(chunk.ctx)
        order = {kind: place for place, kind in enumerate(SPENDING_ORDER)}
        found: dict[UUID, list[UUID]] = {}
        for row in sorted(rows, key=lambda row: (order.get(row.kind, 9), row.period)):
            ends = periods.ends_at(row.period, later)
            over = ends is not None and ends <= chunk.ctx.now
            closed = chunk.stands[row.id].is_closed
            if row.owner_id is not None and row.kind in order and not over and not closed:
                found.setdefault(row.owner_id, []).append(row.id)
        return found

    def _pay(self, chunk: Chunk, purse: list[UUID], minutes: int) -> list[Leg]:
        legs = []
        for key in purse:
            part = min(minutes, max(0, chunk.stands[key].room_minutes or 0))
            if part:
                legs.append(Leg(key, -part))
                minutes -= part
        return legs

    def _draft(self, chunk: Chunk, legs: list[Leg], captures: tuple[UUID, ...]) -> Draft:
        held_at = at_local(date.fromisoformat(chunk.terms["held_on"]), time(0, 0))
        moment: datetime = min(held_at, chunk.ctx.now)
        return Draft(
            book=chunk.book,
            kind=self.transfer_kind,
            key=chunk.key(1),
            legs=tuple(legs),
            effective_at=moment,
            captures=captures,
            reason="group_session",
        )
