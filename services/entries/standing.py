"""Who may put the second name under an entry, level by level, and as whose staff."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa

from models.entries import EntryLevel, EntryState, ManualEntry
from models.people import Kinship, RoleAssignment
from models.places import Branch
from services.context import Context
from services.corridors.warning import administrators_of
from services.entries.sentences import EntryUnknown
from services.entry_rights import require_entry_rights
from services.people.actors import helpers_of
from services.policy import STAFF, Actor, Subject, relations

#: How many digits of a region code name the street.
STREET_DIGITS = 9
#: Levels above the branch: whoever works on the same street may sign as well.
_ABOVE = (EntryLevel.STREET, EntryLevel.COUNTY)


def locked_entry(ctx: Context, book: str, entry_id: UUID) -> ManualEntry:
    """An entry under its lock; raises EntryUnknown."""
    row = ctx.session.scalar(
        sa.select(ManualEntry)
        .where(ManualEntry.book == book, ManualEntry.id == entry_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise EntryUnknown
    return row


def subject_of(ctx: Context, row: ManualEntry) -> Subject:
    """The policy's view of an entry by its reader: once it has left the branch, another branch of
    the street stands in for it.
    """
    subject = Subject(
        book=row.book,
        region_code=row.region_code,
        branch_id=row.branch_id,
        elder_id=row.elder_id,
        provider_id=row.provider_id,
    )
    if row.level not in _ABOVE or "staff" in relations(ctx.actor, subject):
        return subject
    others = set(street_branches(ctx, row)) & _branches_of(ctx.actor)
    return replace(subject, branch_id=min(others)) if others else subject


def require_rights(ctx: Context, subject: Subject) -> None:
    """Raise EntryRightsSuspended where a suspended branch would propose or sign."""
    assert subject.book is not None
    assert subject.branch_id is not None
    own = replace(subject, elder_id=None, provider_id=None, member_id=None)
    if "region_admin" not in relations(ctx.actor, own):
        require_entry_rights(ctx.session, subject.book, subject.branch_id)


def _branches_of(actor: Actor) -> set[UUID]:
    return {
        UUID(role.scope)
        for role in actor.roles
        if role.name == STAFF and role.scope_kind == "branch"
    }


def street_branches(ctx: Context, row: ManualEntry) -> list[UUID]:
    """The open branches on the same street."""
    return list(
        ctx.session.scalars(
            sa.select(Branch.id).where(
                Branch.book == row.book,
                Branch.closed_on.is_(None),
                Branch.region_code.startswith(row.region_code[:STREET_DIGITS]),
            )
        )
    )


def first_level(ctx: Context, row: ManualEntry, *, by_county: bool) -> EntryLevel:
    """Where an entry begins: the lowest level at which somebody else may sign."""
    if by_county:
        return EntryLevel.COUNTY
    return EntryLevel.BRANCH if signers(ctx, row, EntryLevel.BRANCH) else after_branch(ctx, row)


def after_branch(ctx: Context, row: ManualEntry) -> EntryLevel:
    """The street where somebody there may sign, or the county."""
    return EntryLevel.STREET if signers(ctx, row, EntryLevel.STREET) else EntryLevel.COUNTY


def signers(ctx: Context, row: ManualEntry, level: EntryLevel) -> list[UUID]:
    """Who is asked at a level: neither a side, nor the proposer, nor kin of any of them."""
    people = {
        EntryLevel.BRANCH: lambda: _staff(ctx, [row.branch_id], []),
        EntryLevel.STREET: lambda: _staff(
            ctx,
            [each for each in street_branches(ctx, row) if each != row.branch_id],
            [row.region_code, f"{row.region_code[:STREET_DIGITS]:0<12}"],
        ),
        EntryLevel.COUNTY: lambda: administrators_of(ctx, row.book),
    }[level]()
    near = {row.elder_id, row.provider_id, row.proposed_by_id}
    kin = ctx.session.scalars(sa.select(Kinship.other_id).where(Kinship.member_id.in_(near)))
    helpers = [helpers_of(ctx.session, each, ctx.now) for each in (row.elder_id, row.provider_id)]
    return sorted(set(people) - near - set(kin) - frozenset().union(*helpers))


def _staff(ctx: Context, branches: Iterable[UUID], regions: Iterable[str]) -> list[UUID]:
    scopes = [str(each) for each in branches]
    role = RoleAssignment
    return list(
        ctx.session.scalars(
            sa.select(role.member_id)
            .where(role.role == STAFF, role.ended_at.is_(None))
            .where(
                sa.or_(
                    sa.and_(role.scope_kind == "branch", role.scope.in_(scopes)),
                    sa.and_(role.scope_kind == "region", role.scope.in_(list(regions))),
                )
            )
            .distinct()
        )
    )


def is_open(row: ManualEntry) -> bool:
    """Whether the second name is still lacking."""
    return row.state is EntryState.PROPOSED
