"""Whoever tries numbers and names leaves a trace, and does so only so often a day."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from models.oversight import AuditRecord
from models.people import Member
from services import audit
from services.context import Context
from services.errors import Throttled
from services.people import handles, texts
from services.rules.member_number import parse_number

#: So many wrong pairs of number and name within a day; then the counter helps.
WRONG_A_DAY = 10


class TooManyWrong(Throttled):
    """今天已经找错了 {most} 次，请明天再试，或者请网点帮您办。"""

    code = "too_many_wrong"


def holder_named(
    ctx: Context,
    seeker: Member,
    act: str,
    number: str,
    name: str,
    known: frozenset[UUID] = frozenset(),
) -> Member | None:
    """Who has this volunteer number and this name, if they are one person's; None otherwise.

    Of the ``known`` (relatives on record) the number alone is enough. The look is recorded under
    ``act``: the refusal that follows a None commits. By the seeker's own login raises
    TooManyWrong after so many wrong ones within a day.
    """
    if ctx.actor.id == seeker.id:
        _require_few_wrong(ctx, seeker, act)
    found = handles.holder(ctx.session, "number", parse_number(number))
    other = ctx.session.get(Member, found) if found is not None else None
    is_named = other is not None and (other.id in known or other.name == texts.plain(name))
    fits = other is not None and other.id != seeker.id and is_named
    after = {"found": fits}
    audit.record(ctx, act, "member", seeker.id, book=seeker.home_book, after=after)
    return other if fits else None


def _require_few_wrong(ctx: Context, seeker: Member, act: str) -> None:
    """Guesses that are made at the same time are counted one after the other."""
    ctx.session.refresh(seeker, with_for_update={"key_share": True})
    looks = ctx.session.scalars(
        sa.select(AuditRecord.after).where(
            AuditRecord.book == seeker.home_book,
            AuditRecord.subject_id == seeker.id,
            AuditRecord.act == act,
            AuditRecord.at > ctx.now - timedelta(days=1),
        )
    )
    if sum(not look["found"] for look in looks if look) >= WRONG_A_DAY:
        raise TooManyWrong(most=WRONG_A_DAY, field="number")
