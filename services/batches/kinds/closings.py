"""Dormant accounts: grants that have ended go back to the pool, and empty accounts are closed.

The system finds them by itself. Coins that somebody earned or was given never expire: such an
account is closed only when nothing stands on it and its owner has left; one with a balance is
named in the report and stays. The accounts of the dead are their estate's and no matter of a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.ledger import Account, AccountKind, Balance
from models.people import Member, MemberStatus
from services.batches import errors, periods
from services.batches.kinds.base import Chunk, Common, Fate, whole_in
from services.batches.reading import Line
from services.batches.standing import Stand
from services.context import Context
from services.ledger.drafts import Draft, Leg
from services.ledger.rows import whole_sum
from services.ledger.streams import rows_of

_OWN = (AccountKind.EARNED, AccountKind.RECEIVED)


class Closings(Common):
    """Lines are accounts, named by their owner's number."""

    transfer_kind = "grant_expired"

    def reader(self, ctx: Context) -> None:
        """No list is read."""
        return

    def terms(self, ctx: Context, book: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """How many years without an entry make an empty account dormant."""
        years = whole_in(given, "years")
        if not 1 <= years <= 30:
            raise errors.YearsWrong(field="years")
        return {"years": years}

    def listed(self, ctx: Context, book: str, terms: Mapping[str, Any]) -> Iterator[Line]:
        """Grants that have ended, and what nobody has touched since."""
        later = periods.quarters_later(ctx)
        for count, row in enumerate(rows_of(ctx.session, self._found(ctx, book, terms, later)), 1):
            params = {
                "account_id": str(row.id),
                "account": AccountKind(row.kind).value,
                "period": row.period,
            }
            yield Line(count, row.number, max(0, row.posted_minutes), None, params)

    def _found(
        self, ctx: Context, book: str, terms: Mapping[str, Any], later: int
    ) -> sa.Executable:
        since = ctx.now - timedelta(days=365 * terms["years"] + terms["years"] // 4)
        granted = sa.select(Account.period).where(
            Account.book == book, Account.kind == AccountKind.GRANTED
        )
        over = [
            period
            for period in ctx.session.scalars(granted.distinct())
            if (ends := periods.ends_at(period, later)) is not None and ends <= ctx.now
        ]
        touched = sa.func.max(sa.func.coalesce(Balance.posted_at, Account.opened_at))
        ended = sa.and_(Account.kind == AccountKind.GRANTED, Account.period.in_(over))
        left = sa.and_(Account.kind.in_(_OWN), Member.status == MemberStatus.CLOSED)
        return (
            sa.select(
                Account.id,
                Account.kind,
                Account.period,
                Member.number,
                whole_sum(Balance.posted_minutes).label("posted_minutes"),
            )
            .join(Balance, sa.and_(Balance.book == Account.book, Balance.account_id == Account.id))
            .join(Member, Member.id == Account.owner_id)
            .where(Account.book == book, Account.closed_at.is_(None), sa.or_(ended, left))
            .where(Member.died_at.is_(None))
            .group_by(Account.id, Account.kind, Account.period, Member.number)
            .having(sa.or_(Account.kind == AccountKind.GRANTED, touched <= since))
            .order_by(Account.id)
        )

    def touches(self, chunk: Chunk) -> set[UUID]:
        """The accounts themselves and the pool."""
        return {chunk.pool.account_id, *(UUID(line.params["account_id"]) for line in chunk.lines)}

    def plan(self, chunk: Chunk) -> list[Fate]:
        """What stands now, not when the list was made."""
        return [self._fate(chunk, line) for line in chunk.lines]

    def _fate(self, chunk: Chunk, line: Line) -> Fate:
        key = UUID(line.params["account_id"])
        stand = chunk.stands.get(key)
        owner = chunk.people.get(line.number)
        if stand is None or stand.is_closed or (owner is not None and owner.has_died):
            return Fate(refusal=errors.NotDormant())
        if stand.held_minutes:
            return Fate(refusal=errors.StillHeld(held_minutes=stand.held_minutes))
        if not stand.posted_minutes:
            return Fate(closes=key, params={"moved_minutes": 0})
        if line.params["account"] != AccountKind.GRANTED.value:
            return Fate(refusal=errors.CoinsNeverExpire(balance_minutes=stand.posted_minutes))
        return self._back(chunk, line, key, stand)

    def _back(self, chunk: Chunk, line: Line, key: UUID, stand: Stand) -> Fate:
        draft = Draft(
            book=chunk.book,
            kind=self.transfer_kind,
            key=chunk.key(line.line),
            legs=(
                Leg(key, -stand.posted_minutes),
                Leg(chunk.pool.account_id, stand.posted_minutes),
            ),
            effective_at=chunk.ctx.now,
            reason="grant_ended",
        )
        return Fate(draft=draft, closes=key, params={"moved_minutes": stand.posted_minutes})
