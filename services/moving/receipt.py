"""The receipt of a move: what came along, what stayed, and every booking, by old and new ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.moving import Move
from models.people import Delegation, Member, RoleAssignment
from services import audit, outbox
from services.clock import local_date
from services.context import Context
from services.moving import sentences as say
from services.moving.bookings import GIVEN_BACK, PAYMENT, PLACE, Booking
from services.moving.planning import ACT, Coins, Place
from services.papers.issuing import PaperKind, issue
from services.people.guardians import guardianship_of
from services.policy import STAFF


@dataclass(slots=True)
class Receipt:
    """Filled in while everything moves; written once, at the end."""

    move_id: UUID
    reference: str
    how: str
    from_place: Place
    to_place: Place
    stays: tuple[Coins, ...]
    overflow_fell_back: bool
    coins: tuple[Coins, ...] = ()
    link_id: UUID | None = None
    #: How many offers, service days and courses are for others now.
    left: Mapping[str, int] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def note_given_back(self, planned: Iterable[Booking]) -> None:
        """Places in sessions and payments for others end, each with its line."""
        for each in planned:
            if each.kind in (PLACE, PAYMENT):
                self.lines.append(
                    {
                        "kind": each.kind,
                        "fate": GIVEN_BACK,
                        "id": str(each.id),
                        "reference": each.reference,
                        "start_at": each.starts_at.isoformat(),
                        **each.service.params("service"),
                    }
                )

    @property
    def moved_minutes(self) -> int:
        """What came along in all."""
        return sum(each.minutes for each in self.coins)

    def content(self) -> dict[str, Any]:
        """As the move keeps it: codes, figures and ids, nothing personal."""
        return {
            "coins": [coins_line(each) for each in self.coins],
            "minutes": self.moved_minutes,
            "stays": [coins_line(each) for each in self.stays],
            "left": {name: many for name, many in self.left.items() if many},
            "bookings": [
                {name: value for name, value in line.items() if name != "parted"}
                | {"parted": len(line.get("parted", ()))}
                for line in self.lines
            ],
            "overflow_fell_back": self.overflow_fell_back,
        }


def coins_line(coins: Coins) -> dict[str, Any]:
    """Minutes of one origin, as JSON."""
    line = {"kind": coins.kind.value, "period": coins.period, "minutes": coins.minutes}
    return line | ({"until": coins.until.isoformat()} if coins.until else {})


def give(ctx: Context, member: Member, receipt: Receipt) -> str:
    """Write the move down, give out its paper, and tell everybody concerned; the check code."""
    old, new = receipt.from_place, receipt.to_place
    ctx.session.add(
        Move(
            book=old.book,
            id=receipt.move_id,
            reference=receipt.reference,
            member_id=member.id,
            from_region_code=old.region_code,
            from_branch_id=old.branch_id,
            to_book=new.book,
            to_region_code=new.region_code,
            to_branch_id=new.branch_id,
            how=receipt.how,
            moved_by_id=ctx.actor.id,
            moved_at=ctx.now,
            content=receipt.content(),
            link_id=receipt.link_id,
        )
    )
    for book in (old.book, new.book):
        audit.record(
            ctx,
            ACT,
            "move",
            receipt.move_id,
            book=book,
            before={"book": old.book, "branch": str(old.branch_id)},
            after={
                "book": new.book,
                "branch": str(new.branch_id),
                "how": receipt.how,
                "moved_minutes": receipt.moved_minutes,
            },
            acting_for_id=None if ctx.actor.id == member.id else member.id,
        )
    ctx.session.flush()
    code = issue(
        ctx, PaperKind.MOVE_RECEIPT, old.book, receipt.move_id, member, _words(ctx, member, receipt)
    )
    _tell(ctx, member, receipt, code)
    ctx.session.flush()
    return code


def _words(ctx: Context, member: Member, receipt: Receipt) -> dict[str, Any]:
    """The paper's own words: whoever holds it has to understand it without the system."""
    old, new = receipt.from_place, receipt.to_place
    return {
        "mover": member.name,
        "number": member.number,
        "reference": receipt.reference,
        "moved_on": local_date(ctx.now).isoformat(),
        "from": {"zh": old.region_zh, "en": old.region_en},
        "from_branch": {"zh": old.branch_zh, "en": old.branch_en},
        "to": {"zh": new.region_zh, "en": new.region_en},
        "to_branch": {"zh": new.branch_zh, "en": new.branch_en},
        "coins": [coins_line(each) for each in receipt.coins],
        "minutes": receipt.moved_minutes,
        "stays": [coins_line(each) for each in receipt.stays],
        "bookings": [
            {name: value for name, value in line.items() if name not in ("book", "visits")}
            for line in receipt.lines
        ],
        "overflow_fell_back": receipt.overflow_fell_back,
    }


def _tell(ctx: Context, member: Member, receipt: Receipt, code: str) -> None:
    old, new = receipt.from_place, receipt.to_place
    to: dict[str, Any] = {"region_zh": new.region_zh, "region_en": new.region_en}
    outbox.tell(
        ctx,
        new.book,
        member.id,
        say.MOVED,
        channel="sms",
        moved_minutes=receipt.moved_minutes,
        check_code=code,
        **to,
    )
    for reader in _delegates(ctx, member):
        outbox.tell(ctx, new.book, reader, say.MOVED_TO_KIN, member=member.name, **to)
    for reader in staff_of(ctx, old.branch_id):
        outbox.tell(ctx, old.book, reader, say.MOVED_OUT, member=member.name, **to)
    came_from: dict[str, Any] = {"from_zh": old.region_zh, "from_en": old.region_en}
    for reader in staff_of(ctx, new.branch_id):
        outbox.tell(
            ctx,
            new.book,
            reader,
            say.MOVED_IN,
            member=member.name,
            bookings=len(receipt.lines),
            **came_from,
        )


def _delegates(ctx: Context, member: Member) -> list[UUID]:
    """Whoever may act for the member today, and the guardian of record."""
    rows = ctx.session.scalars(
        sa.select(Delegation.delegate_id).where(
            Delegation.member_id == member.id,
            Delegation.revoked_at.is_(None),
            Delegation.ends_on >= local_date(ctx.now),
        )
    )
    guardianship = guardianship_of(ctx.session, member.id)
    return sorted({*rows, *([guardianship.guardian_id] if guardianship else [])})


def staff_of(ctx: Context, branch_id: UUID) -> list[UUID]:
    """Whoever works at a branch now."""
    rows = ctx.session.scalars(
        sa.select(RoleAssignment.member_id)
        .where(
            RoleAssignment.role == STAFF,
            RoleAssignment.scope_kind == "branch",
            RoleAssignment.scope == str(branch_id),
            RoleAssignment.ended_at.is_(None),
        )
        .distinct()
    )
    return sorted(rows)
