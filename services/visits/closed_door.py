"""Nobody opens: the volunteer is thanked from the pool, and a safety sheet opens at once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from models.oversight import SafetySheet
from models.requests import Request, RequestState, Visit, VisitState
from services import audit, outbox, policy, rates
from services.acts import once
from services.context import Context
from services.corridors.crossing import post_all, settle_all
from services.donations.overflowing import destination, note_overflow
from services.errors import NotFound
from services.ledger.drafts import NotEnough
from services.ledger.post import transfer_id_of
from services.matching.marks import mark
from services.people.actors import helpers_of
from services.people.cards import DOOR, holder_of
from services.people.reading import member_row
from services.policy import Subject
from services.visits import sentences as say
from services.visits.crediting import credit_when_complete
from services.visits.days import free_slots, settle_day
from services.visits.halves import closed_door_halves, credited
from services.visits.locating import locked_visit, subject_of

WHOM = ("contact", "grid", "emergency", "branch")


def report_closed_door(
    ctx: Context, book: str, visit_id: UUID, door_token: str | None = None
) -> UUID:
    """Report a door that nobody opens: by the door sign's link, or by a call to the branch.

    Returns the safety sheet's id. The elder pays nothing; the volunteer gets the rule's pool
    minutes once, and no actual minutes. Raises DoorUnpaid when the pool has none left: the sheet
    is open all the same, and the branch reports the door again once there is a pool.
    """
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "visit.closed_door", subject_of(request, visit))

    def do() -> dict[str, str]:
        _check(ctx, request, visit, door_token)
        sheet_id = _open_sheet(ctx, request, visit).id
        ctx.session.flush()
        try:
            # What the thanks wrote goes back when the pool is empty; the sheet stays open.
            with ctx.session.begin_nested():
                _thank(ctx, request, visit)
        except NotEnough:
            audit.record(
                ctx,
                "visit.closed_door",
                "safety_sheet",
                sheet_id,
                book=book,
                after={"pool_minutes": 0},
            )
            raise say.DoorUnpaid from None
        return {"sheet_id": str(sheet_id)}

    result = once(ctx, book, "visit.closed_door", {"visit_id": visit_id}, do)
    return UUID(result["sheet_id"])


def _check(ctx: Context, request: Request, visit: Visit, door_token: str | None) -> None:
    if visit.state not in (VisitState.ACCEPTED, VisitState.MISSED) or request.remote:
        raise say.VisitStateChanged
    if request.state is not RequestState.FILLED:
        raise say.NotComplete
    rules = rates.rule_set(ctx.session, visit.rule_set_version)
    opens = visit.starts_at - timedelta(minutes=rules.check_in.opens_before_minutes)
    closes = visit.starts_at + timedelta(minutes=rules.check_in.closes_after_minutes)
    if ctx.now < opens:
        raise say.NotYet(opens_at=opens)
    by_provider = ctx.actor.id == visit.provider_id
    if by_provider and ctx.now > closes:
        raise say.TooLate
    if by_provider and (door_token is None or holder_of(ctx, DOOR, door_token) != visit.elder_id):
        raise say.CardWrong


def _open_sheet(ctx: Context, request: Request, visit: Visit) -> SafetySheet:
    """One sheet an unanswered door, even when two volunteers stand before it."""
    known = ctx.session.scalar(
        sa.select(SafetySheet)
        .join(Visit, sa.and_(Visit.book == SafetySheet.book, Visit.id == SafetySheet.visit_id))
        .where(SafetySheet.book == visit.book, Visit.request_id == request.id)
    )
    if known is not None:
        return known
    sheet = SafetySheet(
        book=visit.book,
        id=ctx.new_id(),
        visit_id=visit.id,
        elder_id=request.elder_id,
        branch_id=request.branch_id,
        opened_at=ctx.now,
        opened_by_id=ctx.actor.id,
        log=[],
    )
    ctx.session.add(sheet)
    visitor = member_row(ctx.session, visit.provider_id).name
    for reader in sorted(helpers_of(ctx.session, request.elder_id, ctx.now)):
        outbox.tell(
            ctx,
            visit.book,
            reader,
            say.DOOR_CLOSED,
            channel="sms",
            urgent=True,
            request_id=request.id,
            visit_id=visit.id,
            visitor=visitor,
            reference=request.reference,
        )
    return sheet


def _thank(ctx: Context, request: Request, visit: Visit) -> None:
    rules = rates.rule_set(ctx.session, visit.rule_set_version)
    minutes = rules.closed_door_minutes
    audit.record(
        ctx,
        "visit.closed_door",
        "visit",
        visit.id,
        book=visit.book,
        before={"state": visit.state.value},
        after={"state": VisitState.CLOSED_DOOR.value, "pool_minutes": minutes},
    )
    outbox.tell(ctx, visit.book, visit.provider_id, say.DOOR_PAID, pool_minutes=minutes)
    free_slots(ctx.session, visit)
    settle_day(ctx.session, visit, 0, 0)
    mark(ctx.session, [visit.provider_id], ctx.now)
    to = destination(ctx, visit.provider_book, member_row(ctx.session, visit.provider_id))
    halves = closed_door_halves(visit, minutes, to, ctx.now)
    visit.state, visit.ended_at = VisitState.CLOSED_DOOR, ctx.now
    visit.transfer_id = transfer_id_of(halves.drafts[0])
    ctx.session.flush()
    settle_all(ctx, [halves])
    # The elder's share goes back when nobody was let in; it may still be due to a second visitor.
    credit_when_complete(ctx, request)
    posted = post_all(ctx, [halves])
    draft = credited(visit, halves)
    note_overflow(ctx, to, posted[transfer_id_of(draft)], draft)


def note_call(ctx: Context, book: str, sheet_id: UUID, whom: str, note: str) -> None:
    """Write a call on a safety sheet: the contact, the grid worker, or 120."""
    sheet = _sheet(ctx, book, sheet_id)

    def do() -> dict[str, str]:
        if whom not in WHOM or not note.strip():
            raise say.ReasonMissing(field="note")
        if sheet.closed_at is not None:
            raise say.VisitStateChanged
        entry = {
            "at": ctx.now.isoformat(),
            "by": ctx.actor.name,
            "whom": whom,
            "note": note.strip(),
        }
        sheet.log = [*sheet.log, entry]
        audit.record(ctx, "safety.call", "safety_sheet", sheet.id, book=book, after={"whom": whom})
        return {}

    once(ctx, book, "safety.call", {"sheet_id": sheet_id, "whom": whom, "note": note}, do)


def close_sheet(ctx: Context, book: str, sheet_id: UUID, outcome: str) -> None:
    """Close a safety sheet once the elder is known to be safe or cared for."""
    sheet = _sheet(ctx, book, sheet_id)

    def do() -> dict[str, str]:
        if not outcome.strip():
            raise say.ReasonMissing(field="outcome")
        if sheet.closed_at is not None:
            raise say.VisitStateChanged
        sheet.closed_at, sheet.closed_by_id = ctx.now, ctx.actor.id
        sheet.outcome = outcome.strip()
        audit.record(ctx, "safety.close", "safety_sheet", sheet.id, book=book)
        return {}

    once(ctx, book, "safety.close", {"sheet_id": sheet_id, "outcome": outcome}, do)


def _sheet(ctx: Context, book: str, sheet_id: UUID) -> SafetySheet:
    sheet = ctx.session.scalar(
        sa.select(SafetySheet)
        .where(SafetySheet.book == book, SafetySheet.id == sheet_id)
        .with_for_update()
    )
    if sheet is None:
        raise NotFound
    policy.require(
        ctx.actor,
        "safety.handle",
        Subject(book=book, branch_id=sheet.branch_id, elder_id=sheet.elder_id),
    )
    return sheet
