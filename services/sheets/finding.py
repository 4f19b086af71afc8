"""Finding a sheet under its lock, whom it is about, and who is above it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from models.callbacks import BranchSuspension, Callback
from models.complaints import Complaint
from models.entries import Reversal
from models.flags import Flag
from models.ledger import Transfer
from models.people import RoleAssignment
from models.requests import Request, Visit
from models.sheets import WorkSheet
from services import policy, rates
from services.clock import local_date
from services.context import Context
from services.corridors.warning import administrators_of
from services.policy import NATION, NATIONAL_ADMIN, REGION_ADMIN, STAFF, Actor, Subject, covers
from services.reversing.touching import touched_by
from services.rules.tables import table
from services.sheets import sentences as say

TEXT = "sheet.text"
LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class About:
    """Whom a sheet is about: members, and branches as such."""

    members: frozenset[UUID] = frozenset()
    branches: frozenset[UUID] = frozenset()


def locked_sheet(ctx: Context, book: str, sheet_id: UUID) -> WorkSheet:
    """A sheet under its lock; raises SheetUnknown."""
    ctx.session.flush()
    found = ctx.session.get(
        WorkSheet, (book, sheet_id), with_for_update=True, populate_existing=True
    )
    if found is None:
        raise say.SheetUnknown
    return found


def subject_of(sheet: WorkSheet, member_id: UUID | None = None) -> Subject:
    """The policy's view of a sheet."""
    return Subject(
        book=sheet.book,
        region_code=sheet.region_code,
        branch_id=sheet.branch_id,
        member_id=member_id,
    )


def about(ctx: Context, sheet: WorkSheet) -> About:
    """Whom the sheet concerns, by what it is about."""
    kind, key = sheet.subject_kind, (sheet.book, sheet.subject_id)
    if kind in ("member", "administrator"):
        return About(members=frozenset({sheet.subject_id}))
    if kind == "branch":
        return About(branches=frozenset({sheet.subject_id}))
    if kind == "branch_suspension":
        lost = ctx.session.get(BranchSuspension, key)
        return About(branches=frozenset({lost.branch_id}) if lost is not None else frozenset())
    if kind == "complaint":
        return _of_complaint(ctx.session.get(Complaint, key))
    if kind == "flag":
        return _of_flag(ctx.session.get(Flag, key))
    return About(members=_people_of(ctx, kind, key))


def _of_complaint(made: Complaint | None) -> About:
    if made is None:
        return About()
    sides = {made.by_id, made.against_id} - {None}
    # Against nobody by name is against the branch.
    meant = frozenset() if made.against_id else frozenset({made.branch_id})
    return About(frozenset(each for each in sides if each), meant)


def _of_flag(flag: Flag | None) -> About:
    if flag is None:
        return About()
    if flag.subject_kind == "branch":
        return About(branches=frozenset({flag.subject_id}))
    # Everybody of whom it speaks, whoever stands first.
    found = {UUID(each) for each in flag.facts.get("people", ())}
    if flag.subject_kind in ("member", "administrator"):
        found.add(flag.subject_id)
    return About(members=frozenset(found))


def _people_of(ctx: Context, kind: str, key: tuple[str, UUID]) -> frozenset[UUID]:
    """Both sides of a service, and everybody whose minutes a posting moved."""
    if kind == "visit" and (visit := ctx.session.get(Visit, key)) is not None:
        return frozenset({visit.elder_id, visit.provider_id})
    if kind == "callback" and (asked := ctx.session.get(Callback, key)) is not None:
        return frozenset({asked.elder_id, asked.provider_id})
    if kind == "request" and (asks := ctx.session.get(Request, key)) is not None:
        return frozenset({asks.elder_id})
    if kind == "reversal" and (wanted := ctx.session.get(Reversal, key)) is not None:
        return touched_by(ctx, wanted.book, wanted.transfer_id).people
    if kind == "transfer" and ctx.session.get(Transfer, key) is not None:
        return touched_by(ctx, *key).people
    return frozenset()


def branch_of(ctx: Context, book: str, kind: str, key: UUID) -> UUID | None:
    """The branch whose affair a thing is; None where it is the region's."""
    if kind == "branch":
        return key
    if kind == "visit":
        same = sa.and_(Request.book == Visit.book, Request.id == Visit.request_id)
        return ctx.session.scalar(
            sa.select(Request.branch_id)
            .join(Visit, same)
            .where(Visit.book == book, Visit.id == key)
        )
    if kind == "complaint":
        made = ctx.session.get(Complaint, (book, key))
        return made.branch_id if made is not None else None
    return None


def require_apart(ctx: Context, sheet: WorkSheet, act: str) -> None:
    """Raise Forbidden or SheetSubjectCloses for whoever the sheet is about, and for kin."""
    concerned = about(ctx, sheet)
    for member_id in [*sorted(concerned.members), None]:
        policy.require(ctx.actor, act, subject_of(sheet, member_id))
    works_at = {role.scope for role in ctx.actor.roles if role.name == STAFF}
    if works_at & {str(branch) for branch in concerned.branches}:
        raise say.SheetSubjectCloses


def is_administrator(actor: Actor, sheet: WorkSheet) -> bool:
    """Whether somebody administers the region of the sheet, or above it."""
    held = policy.relations(actor, subject_of(sheet))
    return bool(held & {REGION_ADMIN, NATIONAL_ADMIN})


def is_above(actor: Actor, book: str) -> bool:
    """Whether somebody administers more than the county that keeps the book."""
    return any(
        role.name == NATIONAL_ADMIN
        or (role.name == REGION_ADMIN and role.scope != book and covers(role.scope, book))
        for role in actor.roles
    )


def told_at(ctx: Context, book: str, level: int) -> list[UUID]:
    """Who is told when a sheet reaches a level: the region's administrators, then those above."""
    if level < 2:
        return administrators_of(ctx, book)
    scopes = [book[:length].ljust(12, "0") for length in (2, 4) if book != NATION]
    above = sa.and_(RoleAssignment.role == REGION_ADMIN, RoleAssignment.scope.in_(scopes))
    rows = ctx.session.scalars(
        sa.select(RoleAssignment.member_id)
        .where(sa.or_(above, RoleAssignment.role == NATIONAL_ADMIN))
        .where(RoleAssignment.ended_at.is_(None))
        .order_by(RoleAssignment.member_id)
        .distinct()
    )
    return list(rows)


def workers_of(ctx: Context, book: str, branch_id: UUID | None) -> list[UUID]:
    """Who may work on a sheet: staff of its branch, and whoever administers its county."""
    staff: list[UUID] = []
    if branch_id is not None:
        staff = list(
            ctx.session.scalars(
                sa.select(RoleAssignment.member_id)
                .where(RoleAssignment.role == STAFF, RoleAssignment.scope == str(branch_id))
                .where(RoleAssignment.ended_at.is_(None))
                .order_by(RoleAssignment.member_id)
                .distinct()
            )
        )
    return list(dict.fromkeys([*staff, *administrators_of(ctx, book)]))


def days(name: str) -> int:
    """A figure of the published terms, in working days."""
    count: int = table("sheets").content[name]
    return count


def day_after(ctx: Context, count: int, day: date | None = None) -> date:
    """So many working days after a day, which itself does not count."""
    calendar = rates.calendar_on(ctx.session)
    return calendar.add_working_days(day or local_date(ctx.now), count)
