"""Honours on record: name, day and giver, as article 9 asks for them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import sqlalchemy as sa

from models.honours import Honour
from services import audit, outbox, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.honouring import sentences as say
from services.people.reading import member_row, subject_of
from services.people.texts import prose
from services.visits.days import lock_members

LONGEST = 80


def record_honour(ctx: Context, member_id: UUID, name: str, given_on: date, given_by: str) -> UUID:
    """Write down an honour that somebody else has given; returns its id.

    Raises HonourDay, HonourTwice, MissingText, TooManyWords or a refusal.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "honour.record", subject_of(member))
    said, giver = prose(name, "name", LONGEST), prose(given_by, "given_by", LONGEST)
    if not member.born_on <= given_on <= local_date(ctx.now):
        raise say.HonourDay(field="given_on")
    book = member.home_book

    def do() -> dict[str, str]:
        lock_members(ctx.session, {member_id})
        same = sa.select(Honour.id).where(
            Honour.book == book,
            Honour.member_id == member_id,
            Honour.name == said,
            Honour.given_on == given_on,
            Honour.given_by == giver,
            Honour.withdrawn_at.is_(None),
        )
        if ctx.session.scalar(same) is not None:
            raise say.HonourTwice
        row = Honour(
            book=book,
            id=ctx.new_id(),
            member_id=member_id,
            name=said,
            given_on=given_on,
            given_by=giver,
            recorded_by_id=ctx.actor.id,
            recorded_at=ctx.now,
        )
        ctx.session.add(row)
        after = {"given_on": given_on.isoformat()}
        audit.record(
            ctx, "honour.record", "honour", row.id, book=book, after=after, acting_for_id=member_id
        )
        outbox.tell(ctx, book, member_id, say.HONOURED, honour=said, given_by=giver)
        ctx.session.flush()
        return {"honour_id": str(row.id)}

    content = {"member_id": member_id, "name": said, "on": given_on, "by": giver}
    return UUID(once(ctx, book, "honour.record", content, do)["honour_id"])


def withdraw_honour(ctx: Context, book: str, honour_id: UUID) -> None:
    """Say that an honour was written down by mistake, or was taken back; its line stays.

    Raises HonourUnknown, HonourWithdrawn or a refusal.
    """
    row = ctx.session.get(Honour, (book, honour_id))
    if row is None:
        raise say.HonourUnknown
    policy.require(ctx.actor, "honour.record", subject_of(member_row(ctx.session, row.member_id)))

    def do() -> dict[str, str]:
        ctx.session.refresh(row, with_for_update=True)
        if row.withdrawn_at is not None:
            raise say.HonourWithdrawn
        row.withdrawn_at = ctx.now
        audit.record(
            ctx, "honour.withdraw", "honour", row.id, book=book, acting_for_id=row.member_id
        )
        outbox.tell(ctx, book, row.member_id, say.HONOUR_TAKEN_BACK, honour=row.name)
        ctx.session.flush()
        return {}

    once(ctx, book, "honour.withdraw", {"honour_id": honour_id}, do)
