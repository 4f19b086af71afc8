"""Rolls as they are read: which there are, who joined and left, who has no account yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.people import Handle, Member
from models.returns import EntitlementRoll, RollChange, RollEntry
from services import audit, policy
from services.clock import local_date
from services.context import Context
from services.corridors.finding import keeper_of
from services.people.texts import masked_name
from services.reserve.recording import require_region
from services.rolls import sentences as say
from services.rolls.comparing import FACTS, JOINED, LEFT, Change, last_signed
from services.rolls.reading_files import opened

#: Changes on one page.
PAGE_SIZE = 50
ROLLS_SHOWN = 60


@dataclass(frozen=True, slots=True)
class RollLine:
    """A roll: what it is, who put it forward, how many are on it, joined and left."""

    book: str
    id: UUID
    kind: str
    month: str
    source: str
    file_hash: str
    rows: int
    joined: int
    left: int
    proposed_by_id: UUID
    proposed_by: str
    proposed_at: datetime
    signed_by: str | None
    signed_at: datetime | None
    withdrawn_at: datetime | None
    applied_at: datetime | None

    @property
    def state(self) -> str:
        """proposed, signed, applied or withdrawn."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        if self.signed_at is None:
            return "proposed"
        return "signed" if self.applied_at is None else "applied"


@dataclass(frozen=True, slots=True)
class RollPage:
    """A roll with a page of its changes; names are shown in full, and that is on record."""

    roll: RollLine
    changes: tuple[Change, ...]
    page: int
    pages: int
    not_members: int
    can_sign: bool
    can_withdraw: bool


def rolls(ctx: Context, book: str) -> tuple[RollLine, ...]:
    """The rolls of a book, the newest first."""
    require_region(ctx, "roll.read", book)
    rows = ctx.session.scalars(
        sa.select(EntitlementRoll)
        .where(EntitlementRoll.book == book)
        .order_by(
            EntitlementRoll.month.desc(),
            EntitlementRoll.proposed_at.desc(),
            EntitlementRoll.id.desc(),
        )
        .limit(ROLLS_SHOWN)
    ).all()
    return _lines(ctx, list(rows))


def _lines(ctx: Context, rows: list[EntitlementRoll]) -> tuple[RollLine, ...]:
    book = rows[0].book if rows else ""
    counted = ctx.session.execute(
        sa.select(RollChange.roll_id, RollChange.change, sa.func.count().label("people"))
        .where(RollChange.book == book, RollChange.roll_id.in_([row.id for row in rows]))
        .group_by(RollChange.roll_id, RollChange.change)
    )
    counts = {(each.roll_id, each.change): each.people for each in counted}
    ids = {each for row in rows for each in (row.proposed_by_id, row.signed_by_id) if each}
    named = ctx.session.execute(sa.select(Member.id, Member.name).where(Member.id.in_(ids)))
    names = {each.id: masked_name(each.name) for each in named}
    return tuple(
        RollLine(
            row.book,
            row.id,
            row.kind,
            row.month,
            row.source,
            row.file_hash,
            row.rows,
            counts.get((row.id, JOINED), 0),
            counts.get((row.id, LEFT), 0),
            row.proposed_by_id,
            names.get(row.proposed_by_id, ""),
            row.proposed_at,
            names.get(row.signed_by_id) if row.signed_by_id else None,
            row.signed_at,
            row.withdrawn_at,
            row.applied_at,
        )
        for row in rows
    )


def roll_page(ctx: Context, book: str, roll_id: UUID, page: int = 1) -> RollPage:
    """A roll and who joined and left; the look is recorded. NoSuchRoll."""
    require_region(ctx, "roll.read", book)
    row = _row(ctx, book, roll_id)
    (line,) = _lines(ctx, [row])
    total = line.joined + line.left
    pages = max(1, -(-total // PAGE_SIZE))
    page = max(1, min(page, pages))
    found = tuple(changes(ctx, row, PAGE_SIZE, (page - 1) * PAGE_SIZE))
    audit.record(ctx, "roll.read", "roll", roll_id, book=book, after={"page": page})
    ctx.session.flush()
    subject = policy.Subject(
        book=book, region_code=keeper_of(ctx.session, book, local_date(ctx.now))
    )
    open_still = line.state == "proposed"
    return RollPage(
        roll=line,
        changes=found,
        page=page,
        pages=pages,
        not_members=_missing(ctx.session, book, roll_id),
        can_sign=open_still
        and policy.can(ctx.actor, "roll.sign", subject).allowed
        and ctx.actor.id != line.proposed_by_id,
        can_withdraw=open_still and policy.can(ctx.actor, "roll.withdraw", subject).allowed,
    )


def _row(ctx: Context, book: str, roll_id: UUID) -> EntitlementRoll:
    row = ctx.session.get(EntitlementRoll, (book, roll_id))
    if row is None:
        raise say.NoSuchRoll
    return row


def changes(
    ctx: Context, roll: EntitlementRoll, limit: int | None = None, offset: int = 0
) -> Iterator[Change]:
    """Who joined and left, those who left first."""
    rows = ctx.session.execute(
        sa.select(
            RollChange.person,
            RollChange.name_sealed,
            RollChange.member_id,
            RollChange.change,
            RollChange.why,
        )
        .where(RollChange.book == roll.book, RollChange.roll_id == roll.id)
        .order_by(RollChange.change.desc(), RollChange.why, RollChange.person)
        .limit(limit)
        .offset(offset)
    )
    for row in rows:
        who = opened(ctx.vault, row.person, row.name_sealed)
        yield Change(row.person, who.name, who.region, row.member_id, row.change, row.why)


def exported(ctx: Context, book: str, roll_id: UUID) -> tuple[RollLine, tuple[Change, ...]]:
    """A roll's changes to be taken away; recorded as an export. NoSuchRoll."""
    require_region(ctx, "roll.export", book)
    row = _row(ctx, book, roll_id)
    found = tuple(changes(ctx, row))
    after = {"what": "changes", "rows": len(found)}
    audit.record(ctx, "roll.export", "roll", roll_id, book=book, after=after)
    ctx.session.flush()
    return _lines(ctx, [row])[0], found


def to_invite(ctx: Context, book: str, kind: str) -> tuple[Change, ...]:
    """Who stands on the roll in force and has no account yet, for branches to invite.

    Recorded as an export; NoSuchRoll without a signed roll of the kind.
    """
    require_region(ctx, "roll.export", book)
    roll = last_signed(ctx.session, book, kind) if kind in FACTS else None
    if roll is None:
        raise say.NoSuchRoll
    rows = ctx.session.execute(
        sa.select(RollEntry.person, RollEntry.name_sealed)
        .where(RollEntry.book == book, RollEntry.roll_id == roll.id, ~_is_member())
        .order_by(RollEntry.person)
    )
    found = []
    for row in rows:
        who = opened(ctx.vault, row.person, row.name_sealed)
        found.append(Change(row.person, who.name, who.region, None, "", ""))
    after = {"what": "to_invite", "rows": len(found)}
    audit.record(ctx, "roll.export", "roll", roll.id, book=book, after=after)
    ctx.session.flush()
    return tuple(found)


def _is_member() -> sa.ColumnElement[bool]:
    """Somebody with this ID number has an account by now, whoever joined since included."""
    return sa.exists().where(
        Handle.value == RollEntry.person,
        Handle.kind == "id_number",
        Handle.revoked_at.is_(None),
    )


def _missing(session: Session, book: str, roll_id: UUID) -> int:
    statement = (
        sa.select(sa.func.count())
        .select_from(RollEntry)
        .where(RollEntry.book == book, RollEntry.roll_id == roll_id, ~_is_member())
    )
    return session.scalar(statement) or 0


def unserved(session: Session, book: str) -> dict[str, int]:
    """By kind, how many are entitled by the roll in force and have no account: the cockpit's."""
    found = {}
    for kind in FACTS:
        roll = last_signed(session, book, kind)
        if roll is not None:
            found[kind] = _missing(session, book, roll.id)
    return found
