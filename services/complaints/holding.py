"""What a disputed visit brought its provider is set aside until the complaint has ended.

It is held on the provider's earned coins, in the book where they are now, as far as they go: what
has been spent already is not there to be held. When a complaint is upheld the hold stays until the
reversal is posted, and ends in the same unit of work, so that the reversal finds the coins.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.complaints import Complaint, ComplaintState
from models.ledger import Account, AccountKind, Entry, Hold
from models.oversight import Dispute
from models.people import Member
from models.requests import Visit, VisitState
from services import audit, outbox
from services.clock import local_date
from services.complaints import sentences as say
from services.complaints.terms import kind_of
from services.context import Context
from services.ledger.accounts import account_id
from services.ledger.drafts import HoldDraft, Stamp
from services.ledger.holds import hold_account, release
from services.ledger.reverse import halves_of
from services.ledger.rows import whole_sum
from services.people.books import books_of
from services.people.reading import member_row

PURPOSE, DISPUTE = "complaint", "dispute"
#: Decisions by which the complainant is right.
UPHELD = ("upheld", "partly")


def credited_minutes(ctx: Context, visit: Visit) -> int:
    """What the provider was credited for a visit and still has by it; 0 where it is reversed."""
    if visit.state is not VisitState.CREDITED or visit.transfer_id is None or visit.reversed_at:
        return 0
    account = account_id(visit.provider_book, AccountKind.EARNED, visit.provider_id)
    transfers = [
        half.transfer_id
        for half in halves_of(ctx.session, visit.book, visit.transfer_id)
        if half.book == visit.provider_book
    ]
    found = ctx.session.scalar(
        sa.select(whole_sum(Entry.amount_minutes))
        .where(Entry.book == visit.provider_book, Entry.account_id == account)
        .where(Entry.transfer_id.in_(transfers))
    )
    return max(0, found or 0)


def hold_credit(
    ctx: Context, visit: Visit, purpose: str, subject_id: UUID, key: str
) -> tuple[str, UUID | None, int]:
    """Set aside what a visit brought, on the provider's earned coins where they are today.

    Returns their book, the hold (None where nothing is there) and its minutes; services only.
    """
    provider = ctx.session.get_one(Member, visit.provider_id, populate_existing=True)
    book, minutes = provider.home_book, credited_minutes(ctx, visit)
    account = account_id(book, AccountKind.EARNED, provider.id)
    if not minutes or ctx.session.get(Account, (book, account)) is None:
        return book, None, 0
    draft = HoldDraft(book=book, purpose=purpose, subject_id=subject_id, key=key, legs=())
    stamp = Stamp(ctx.now, ctx.actor.id)
    return book, *hold_account(ctx.session, book, account, minutes, draft, stamp)


def hold_for(ctx: Context, complaint: Complaint, visit: Visit) -> None:
    """Set aside what the visit brought, unless another complaint has it aside; services only."""
    if not kind_of(complaint.kind).holds or complaint.against_id != visit.provider_id:
        return
    if _is_held(ctx, complaint) or not credited_minutes(ctx, visit):
        return
    # It may be held anew on an appeal.
    key = f"complaint:{complaint.id}:{ctx.new_id()}"
    book, hold_id, held = hold_credit(ctx, visit, PURPOSE, complaint.id, key)
    complaint.hold_id, complaint.hold_book = hold_id, book if hold_id else None
    complaint.held_minutes = held
    after = {"held_minutes": held}
    audit.record(ctx, "complaint.hold", "complaint", complaint.id, book=complaint.book, after=after)
    if held:
        outbox.tell(
            ctx,
            complaint.book,
            visit.provider_id,
            say.HELD,
            reference=complaint.reference,
            held_minutes=held,
        )


def release_for(ctx: Context, complaint: Complaint) -> None:
    """Give back what a complaint has set aside, or hand it on to the next one about the visit.

    Services only; the complaint's row is locked, and its state is already the new one.
    """
    if complaint.hold_id is None or complaint.hold_book is None:
        return
    stamp = Stamp(ctx.now, ctx.actor.id)
    release(ctx.session, complaint.hold_book, [complaint.hold_id], stamp)
    before = {"held_minutes": complaint.held_minutes}
    complaint.hold_id, complaint.hold_book, complaint.held_minutes = None, None, None
    ctx.session.flush()
    audit.record(
        ctx,
        "complaint.release",
        "complaint",
        complaint.id,
        book=complaint.book,
        before=before,
    )
    _hand_on(ctx, complaint)


def free(ctx: Context, complaint: Complaint) -> None:
    """Release it and tell the provider that the coins are his again; services only."""
    if complaint.hold_id is None:
        return
    release_for(ctx, complaint)
    if complaint.against_id is not None:
        outbox.tell(
            ctx,
            complaint.book,
            complaint.against_id,
            say.HELD_FREE,
            reference=complaint.reference,
        )


def release_for_reversal(ctx: Context, book: str, complaint_id: UUID) -> None:
    """The reversal that a complaint has led to is posted next: its hold ends now; services only.

    To be called in the unit of work of the posting, before it. Raises AppealStillOpen while the
    loser may still appeal, and ComplaintNotUpheld where it was not upheld in the end.
    """
    complaint = _locked(ctx, book, complaint_id)
    require_reversible(ctx, complaint)
    if complaint.visit_id is not None:
        release_for_visit(ctx, book, complaint.visit_id)


def release_for_visit(ctx: Context, book: str, visit_id: UUID) -> None:
    """The visit's posting is taken back, whatever led to it: no complaint holds for it any more.

    Services only, in the unit of work of the posting and before it.
    """
    rows = ctx.session.scalars(
        sa.select(Complaint)
        .where(Complaint.book == book, Complaint.visit_id == visit_id)
        .where(Complaint.hold_id.is_not(None))
        .order_by(Complaint.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    stamp = Stamp(ctx.now, ctx.actor.id)
    for complaint in rows:
        if complaint.hold_id is None or complaint.hold_book is None:
            continue
        release(ctx.session, complaint.hold_book, [complaint.hold_id], stamp)
        complaint.hold_id, complaint.hold_book, complaint.held_minutes = None, None, None
        audit.record(ctx, "complaint.release", "complaint", complaint.id, book=complaint.book)
    release_disputed(ctx, book, visit_id)
    ctx.session.flush()


def release_disputed(ctx: Context, book: str, visit_id: UUID) -> None:
    """Give back what the appeal of a dispute about the visit has set aside; services only."""
    visit = ctx.session.get_one(Visit, (book, visit_id))
    disputes = ctx.session.scalars(
        sa.select(Dispute.id).where(
            Dispute.book == book, Dispute.visit_id == visit_id, Dispute.appealed_at.is_not(None)
        )
    ).all()
    if not disputes:
        return
    for each in sorted(
        {visit.provider_book, *books_of(member_row(ctx.session, visit.provider_id))}
    ):
        held = ctx.session.scalars(
            sa.select(Hold.id).where(
                Hold.book == each, Hold.subject_id.in_(disputes), Hold.purpose == DISPUTE
            )
        ).all()
        release(ctx.session, each, held, Stamp(ctx.now, ctx.actor.id))


def release_for_refusal(ctx: Context, book: str, reversal_id: UUID, transfer_id: UUID) -> None:
    """The reversal was refused or withdrawn: what was set aside for it is free; services only."""
    rows = ctx.session.scalars(
        sa.select(Complaint)
        .where(Complaint.book == book, Complaint.reversal_id == reversal_id)
        .order_by(Complaint.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for complaint in rows:
        complaint.reversal_id = None
        free(ctx, complaint)
    decided = sa.select(Dispute.visit_id).where(
        Dispute.book == book, Dispute.appeal_decided_at.is_not(None)
    )
    disputed = ctx.session.scalars(
        sa.select(Visit.id).where(
            Visit.book == book, Visit.transfer_id == transfer_id, Visit.id.in_(decided)
        )
    ).all()
    for visit_id in disputed:
        release_disputed(ctx, book, visit_id)


def require_reversible(ctx: Context, complaint: Complaint) -> None:
    """Raise AppealStillOpen or ComplaintNotUpheld unless what was decided is the last word."""
    last = complaint.appeal_until
    over = last is not None and local_date(ctx.now) > last
    if complaint.state is ComplaintState.FINAL or (
        complaint.state is ComplaintState.DECIDED and over
    ):
        if outcome_of(complaint) not in UPHELD:
            raise say.ComplaintNotUpheld
        return
    raise say.AppealStillOpen(until=last)


def outcome_of(complaint: Complaint) -> str | None:
    """What holds in the end: the decision on the appeal, where there was one, else the first."""
    return complaint.appeal_decision or complaint.decision


def _locked(ctx: Context, book: str, complaint_id: UUID) -> Complaint:
    ctx.session.flush()
    found = ctx.session.get(
        Complaint, (book, complaint_id), with_for_update=True, populate_existing=True
    )
    if found is None:
        raise say.ComplaintUnknown
    return found


def _is_held(ctx: Context, complaint: Complaint) -> bool:
    """Whether any complaint about the visit, this one too, has its minutes aside already."""
    found = sa.select(Complaint.id).where(
        Complaint.book == complaint.book,
        Complaint.visit_id == complaint.visit_id,
        Complaint.hold_id.is_not(None),
    )
    return ctx.session.scalar(found.limit(1)) is not None


def _hand_on(ctx: Context, ended: Complaint) -> None:
    """Another open complaint about the same visit keeps the minutes from here on."""
    rows = ctx.session.scalars(
        sa.select(Complaint)
        .where(Complaint.book == ended.book, Complaint.visit_id == ended.visit_id)
        .where(Complaint.id != ended.id)
        .where(Complaint.state.in_((ComplaintState.OPEN, ComplaintState.APPEALED)))
        .order_by(Complaint.opened_at, Complaint.id)
        .with_for_update()
    ).all()
    for complaint in rows:
        visit = ctx.session.get_one(Visit, (ended.book, ended.visit_id))
        hold_for(ctx, complaint, visit)
