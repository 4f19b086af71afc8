"""Finding a complaint under its lock, and on which side somebody stands."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.complaints import Complaint, ComplaintWord
from models.requests import Visit
from services import policy
from services.complaints import sentences as say
from services.complaints.terms import place_of
from services.context import Context
from services.people.texts import needed
from services.policy import Subject

KIND = "complaint"
PURPOSE = "complaint.text"
REASON, CONTACT = "complaint.reason", "complaint.contact"
LONGEST_TEXT = 2_000

COMPLAINANT, OTHER, APPEAL, UNREACHED = "complainant", "other", "appeal", "unreached"


def locked_complaint(ctx: Context, book: str, complaint_id: UUID) -> Complaint:
    """A complaint under its lock; raises ComplaintUnknown."""
    ctx.session.flush()
    found = ctx.session.get(
        Complaint, (book, complaint_id), with_for_update=True, populate_existing=True
    )
    if found is None:
        raise say.ComplaintUnknown
    return found


def found_complaint(ctx: Context, book: str, complaint_id: UUID) -> Complaint:
    """A complaint for reading; raises ComplaintUnknown."""
    found = ctx.session.get(Complaint, (book, complaint_id))
    if found is None:
        raise say.ComplaintUnknown
    return found


def sides_of(complaint: Complaint) -> tuple[UUID, ...]:
    """The members on the two sides, as far as they are known by name."""
    return tuple(each for each in (complaint.by_id, complaint.against_id) if each is not None)


def speaks_for(ctx: Context, complaint: Complaint) -> UUID | None:
    """The member of a side that the actor is, or acts for; None: neither."""
    for member_id in sides_of(complaint):
        if member_id == ctx.actor.id:
            return member_id
    for member_id in sides_of(complaint):
        if ctx.actor.acts_for(member_id):
            return member_id
    return None


def subject_of(ctx: Context, complaint: Complaint) -> Subject:
    """The policy's view of a complaint for whoever looks at it."""
    return place_of(complaint, speaks_for(ctx, complaint))


def require_uninvolved(ctx: Context, complaint: Complaint, act: str) -> None:
    """Raise Forbidden for either side, their kin, whoever took it down or works at the branch."""
    visit = None
    if complaint.visit_id is not None:
        visit = ctx.session.get(Visit, (complaint.book, complaint.visit_id))
    touched = {*sides_of(complaint)}
    if visit is not None:
        touched |= {visit.elder_id, visit.provider_id}
    for member_id in [*sorted(touched), None]:
        subject = Subject(
            book=complaint.book, region_code=complaint.region_code, member_id=member_id
        )
        policy.require(ctx.actor, act, subject)
    at_branch = any(
        role.name == policy.STAFF and role.scope == str(complaint.branch_id)
        for role in ctx.actor.roles
    )
    if at_branch or complaint.taken_by_id == ctx.actor.id:
        raise say.InvolvedDecides


def add_word(
    ctx: Context, complaint: Complaint, side: str, text: str, acting_for_id: UUID | None = None
) -> None:
    """One side's words, sealed; services only."""
    words = needed(text, "text", LONGEST_TEXT) if side != UNREACHED else text
    ctx.session.add(
        ComplaintWord(
            book=complaint.book,
            id=ctx.new_id(),
            complaint_id=complaint.id,
            side=side,
            said_by_id=ctx.actor.id,
            acting_for_id=acting_for_id,
            text_sealed=ctx.vault.seal(PURPOSE, words),
            at=ctx.now,
        )
    )


def is_heard(ctx: Context, complaint: Complaint) -> bool:
    """Whether the other side has said something."""
    found = sa.select(ComplaintWord.id).where(
        ComplaintWord.book == complaint.book,
        ComplaintWord.complaint_id == complaint.id,
        ComplaintWord.side == OTHER,
    )
    return ctx.session.scalar(found.limit(1)) is not None
