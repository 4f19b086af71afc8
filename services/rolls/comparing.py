"""A roll against the one before: who joined, who left, and why as far as it is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.moving import Move
from models.people import Handle, Member, MemberStatus
from models.returns import EntitlementRoll, RollChange, RollEntry
from services.context import Context
from services.rolls.reading_files import Listed, opened, some_of

#: Kind of roll -> the fact of a member that follows it.
FACTS = {
    "hardship": "in_hardship",
    "alone": "lives_alone",
    "special_family": "special_family",
}
JOINED, LEFT = "joined", "left"
NEW, MOVED_IN, DIED, MOVED_OUT, NO_LONGER, CORRECTED = (
    "new",
    "moved_in",
    "died",
    "moved_out",
    "no_longer_entitled",
    "corrected",
)
#: Why somebody left, where only the office knows it.
ASKED = (NO_LONGER, CORRECTED, DIED, MOVED_OUT)


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody who joined or left. ``why`` is empty where nobody has said it yet."""

    person: str
    name: str
    region: str
    member_id: UUID | None
    change: str
    why: str


@dataclass(frozen=True, slots=True)
class Compared:
    """What a file brings against the last signed roll of its kind."""

    listed: Mapping[str, Listed]
    members: Mapping[str, UUID]
    changes: tuple[Change, ...]

    @property
    def unknown(self) -> int:
        """Changes without a reason."""
        return sum(not each.why for each in self.changes)

    def count(self, change: str) -> int:
        """How many joined, or left."""
        return sum(each.change == change for each in self.changes)


def last_signed(session: Session, book: str, kind: str) -> EntitlementRoll | None:
    """The newest roll of a kind that holds."""
    return session.scalar(
        sa.select(EntitlementRoll)
        .where(
            EntitlementRoll.book == book,
            EntitlementRoll.kind == kind,
            EntitlementRoll.signed_at.is_not(None),
        )
        .order_by(EntitlementRoll.month.desc(), EntitlementRoll.signed_at.desc())
        .limit(1)
    )


def members_of(session: Session, people: Iterable[str]) -> dict[str, UUID]:
    """Who of these people has an account, wherever it is kept."""
    found: dict[str, UUID] = {}
    for some in some_of(sorted(people)):
        rows = session.execute(
            sa.select(Handle.value, Handle.member_id).where(
                Handle.value.in_(some), Handle.kind == "id_number", Handle.revoked_at.is_(None)
            )
        )
        found.update((row.value, row.member_id) for row in rows)
    return found


def compare(
    ctx: Context,
    book: str,
    kind: str,
    listed: Mapping[str, Listed],
    said: Mapping[str, str],
    rest: str,
) -> Compared:
    """Compare a file with the last signed roll.

    ``said`` gives reasons by person, ``rest`` the one of all others who left and of whom nothing
    is known; empty: they stay without a reason.
    """
    session = ctx.session
    before = last_signed(session, book, kind)
    old = {} if before is None else _entries(ctx, before)
    members = members_of(session, {*listed, *old})
    just_left = set() if before is None else _left(session, before)
    joined = [listed[person] for person in listed if person not in old]
    left = [old[person] for person in old if person not in listed]
    came = _moved_in(session, book, [members[p.person] for p in joined if p.person in members])
    gone = _known(session, book, [members[p.person] for p in left if p.person in members])
    changes = []
    for each in joined:
        member = members.get(each.person)
        why = CORRECTED if each.person in just_left else MOVED_IN if member in came else NEW
        changes.append(Change(each.person, each.name, each.region, member, JOINED, why))
    for each in left:
        member = members.get(each.person)
        known = gone.get(member, "") if member is not None else ""
        why = known or said.get(each.person, rest)
        changes.append(Change(each.person, each.name, each.region, member, LEFT, why))
    return Compared(listed, members, tuple(changes))


def _entries(ctx: Context, roll: EntitlementRoll) -> dict[str, Listed]:
    rows = ctx.session.execute(
        sa.select(RollEntry.person, RollEntry.name_sealed).where(
            RollEntry.book == roll.book, RollEntry.roll_id == roll.id
        )
    )
    return {row.person: opened(ctx.vault, row.person, row.name_sealed) for row in rows}


def _left(session: Session, roll: EntitlementRoll) -> set[str]:
    """Who left with the last roll: to come back at once is a correction."""
    rows = session.scalars(
        sa.select(RollChange.person).where(
            RollChange.book == roll.book, RollChange.roll_id == roll.id, RollChange.change == LEFT
        )
    )
    return set(rows)


def _moved_in(session: Session, book: str, members: list[UUID]) -> set[UUID]:
    found: set[UUID] = set()
    for some in some_of([str(each) for each in members]):
        rows = session.scalars(
            sa.select(Move.member_id)
            .where(Move.to_book == book, Move.member_id.in_([UUID(each) for each in some]))
            .execution_options(cross_book=True)
        )
        found.update(rows)
    return found


def _known(session: Session, book: str, members: list[UUID]) -> dict[UUID, str]:
    """Why members have left, where the register says it."""
    found: dict[UUID, str] = {}
    for some in some_of([str(each) for each in members]):
        rows = session.execute(
            sa.select(Member.id, Member.died_at, Member.home_book, Member.status).where(
                Member.id.in_([UUID(each) for each in some])
            )
        )
        for row in rows:
            if row.died_at is not None:
                found[row.id] = DIED
            elif row.home_book != book:
                found[row.id] = MOVED_OUT
            elif row.status is MemberStatus.CLOSED:
                found[row.id] = NO_LONGER
    return found
