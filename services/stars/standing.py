"""The stars that somebody has: those that were granted and have not been taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.honours import StarAward, StarBan, StarState
from models.people import Member
from services.people.books import books_of
from services.rules.rule_set import RuleSet
from services.rules.stars import months_after


def stars_of(session: Session, member: Member) -> int:
    """The most stars that were granted and still stand; none are 0.

    Awards stay in the book that granted them; whoever moves keeps them, for every book that the
    member has rows in is read.
    """
    found = session.scalar(
        sa.select(sa.func.max(StarAward.stars)).where(
            StarAward.book.in_(books_of(member)),
            StarAward.member_id == member.id,
            StarAward.state == StarState.GRANTED,
        )
    )
    return found or 0


def awards_of(session: Session, member: Member, *states: StarState) -> Sequence[StarAward]:
    """A member's awards in some states, the newest first; services only."""
    return session.scalars(
        sa.select(StarAward)
        .where(
            StarAward.book.in_(books_of(member)),
            StarAward.member_id == member.id,
            StarAward.state.in_(states or tuple(StarState)),
        )
        .order_by(StarAward.proposed_at.desc(), StarAward.id.desc())
        .execution_options(populate_existing=True)
    ).all()


def bans_of(session: Session, member: Member) -> Sequence[StarBan]:
    """Every ban that was not lifted, the newest first; services only."""
    return session.scalars(
        sa.select(StarBan)
        .where(
            StarBan.book.in_(books_of(member)),
            StarBan.member_id == member.id,
            StarBan.lifted_at.is_(None),
        )
        .order_by(StarBan.made_at.desc(), StarBan.id.desc())
    ).all()


def barred_until(session: Session, member: Member, today: date, rules: RuleSet) -> date | None:
    """The last day without stars: of a ban, and of the months without a false record."""
    ends = [
        max(each.until_day, months_after(each.from_day, rules.star_clean_months))
        for each in bans_of(session, member)
    ]
    last = max(ends, default=None)
    return last if last is not None and last >= today else None


def ban_id_of(book: str, member_id: UUID, transfer_id: UUID) -> tuple[str, str, UUID, UUID]:
    """What names a ban: one for each false record, however often it is asked for."""
    return ("star_ban", book, member_id, transfer_id)
