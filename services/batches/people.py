"""Who the lines of a chunk are about: looked up for all of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.people import Handle, Kinship, Member, MemberStatus
from services.batches import errors
from services.errors import DomainError


@dataclass(frozen=True, slots=True)
class Person:
    """What a batch needs to know of a member."""

    id: UUID
    home_book: str
    is_active: bool
    is_provider: bool
    is_recipient: bool
    has_died: bool


def people_of(session: Session, numbers: Iterable[str]) -> dict[str, Person]:
    """Members by volunteer number; unknown numbers are left out."""
    wanted = list(set(numbers))
    named = session.execute(
        sa.select(Handle.member_id, Handle.value).where(
            Handle.value.in_(wanted), Handle.kind == "number", Handle.revoked_at.is_(None)
        )
    )
    handles = {row.member_id: row.value for row in named}
    rows = session.execute(
        sa.select(
            Member.id,
            Member.home_book,
            Member.status,
            Member.is_provider,
            Member.is_recipient,
            Member.died_at,
        ).where(Member.id.in_(list(handles)))
    )
    return {
        handles[row.id]: Person(
            row.id,
            row.home_book,
            row.status is MemberStatus.ACTIVE,
            row.is_provider,
            row.is_recipient,
            row.died_at is not None,
        )
        for row in rows
    }


def kin_of(session: Session, ids: Iterable[UUID | None]) -> frozenset[UUID]:
    """These people and their relatives: nobody proposes or signs for himself."""
    own = {each for each in ids if each is not None}
    others = session.scalars(sa.select(Kinship.other_id).where(Kinship.member_id.in_(own)))
    return frozenset(own | set(others))


def refusal_of(person: Person | None, book: str, own: frozenset[UUID]) -> DomainError | None:
    """Why nothing may be booked for this person in this book, if so."""
    if person is None:
        return errors.MemberUnknown()
    if person.home_book != book:
        return errors.MemberElsewhere()
    if not person.is_active:
        return errors.MemberNotActive()
    if person.id in own:
        return errors.OwnLine()
    return None
