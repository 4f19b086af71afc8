"""What a branch decides: silence, a missed visit, a visit that cannot stand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.requests import Request, RequestState, Visit, VisitState
from services import audit, outbox, policy, rates
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.entry_rights import require_hand
from services.requests.reviewing import service_name
from services.rules.booking import FORGOTTEN_HOURS, REMIND_HOURS
from services.visits import sentences as say
from services.visits.confirming import take_word
from services.visits.crediting import credit_when_complete
from services.visits.locating import locked_visit, subject_of
from services.visits.undoing import call_off

#: How a visit was confirmed whose elder has died: a branch has looked at what is on record.
BY_REVIEW = "review"
#: Still short of somebody: nobody may begin alone.
UNFILLED = (RequestState.OPEN, RequestState.WAITING_POOL)


def reject(ctx: Context, book: str, visit_id: UUID, reason: str) -> None:
    """Decide that a visit in review earns nothing, with a reason both sides read."""
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "visit.review", subject_of(request, visit))

    def do() -> dict[str, str]:
        if visit.state is not VisitState.IN_REVIEW:
            raise say.VisitStateChanged
        deny(ctx, request, visit, reason)
        return {}

    once(ctx, book, "visit.reject", {"visit_id": visit_id, "reason": reason}, do)


def deny(ctx: Context, request: Request, visit: Visit, reason: str) -> None:
    """End a visit without credit and tell both sides why."""
    if not reason.strip():
        raise say.ReasonMissing(field="reason")
    before = visit.state
    for reader in (visit.provider_id, request.elder_id):
        outbox.tell(
            ctx,
            visit.book,
            reader,
            say.NOT_CREDITED,
            reference=request.reference,
            reason=reason.strip(),
            **service_name(ctx, request),
        )
    audit.record(
        ctx,
        "visit.reject",
        "visit",
        visit.id,
        book=visit.book,
        before={"state": before.value},
        after={"state": VisitState.REJECTED.value},
    )
    call_off(ctx, visit, VisitState.REJECTED, reason.strip())
    credit_when_complete(ctx, request)


def stand(ctx: Context, book: str, visit_id: UUID, reason: str) -> None:
    """Decide that a visit in review took place as recorded, where the elder has died since.

    Nobody else speaks for a living elder. Raises ElderCanSay, ReasonMissing, NotForConfirming or
    VisitStateChanged.
    """
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "visit.review", subject_of(request, visit))
    require_hand(ctx, subject_of(request, visit))

    def do() -> dict[str, str]:
        if not reason.strip():
            raise say.ReasonMissing(field="reason")
        if visit.state is not VisitState.IN_REVIEW:
            raise say.VisitStateChanged
        if ctx.session.get_one(Member, request.elder_id, populate_existing=True).died_at is None:
            raise say.ElderCanSay
        if visit.checked_out_at is None:
            raise say.NotForConfirming
        visit.reason = reason.strip()
        take_word(ctx, request, visit, BY_REVIEW)
        return {}

    once(ctx, book, "visit.stand", {"visit_id": visit_id, "reason": reason}, do)


def decide_missed(ctx: Context, book: str, visit_id: UUID, *, excused: bool, reason: str) -> None:
    """Nobody checked in: a no-show, or excused with a reason. Both release everything held."""
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "visit.review", subject_of(request, visit))

    def do() -> dict[str, str]:
        if not reason.strip():
            raise say.ReasonMissing(field="reason")
        if visit.state is not VisitState.MISSED:
            raise say.VisitStateChanged
        state = VisitState.CANCELLED if excused else VisitState.NO_SHOW
        audit.record(
            ctx,
            "visit.no_show" if not excused else "visit.excuse",
            "visit",
            visit.id,
            book=visit.book,
            before={"state": visit.state.value},
            after={"state": state.value},
        )
        if not excused:
            _count_no_show(ctx, request, visit)
        call_off(ctx, visit, state, reason.strip())
        credit_when_complete(ctx, request)
        return {}

    content = {"visit_id": visit_id, "excused": excused, "reason": reason}
    once(ctx, book, "visit.missed", content, do)


def _count_no_show(ctx: Context, request: Request, visit: Visit) -> None:
    """Tell the provider, and pause whoever has missed too often."""
    rules = rates.rule_set(ctx.session, visit.rule_set_version).penalties
    since = ctx.now - timedelta(days=rules.no_show_window_days)
    earlier = ctx.session.scalar(
        sa.select(sa.func.count())
        .select_from(Visit)
        .where(
            Visit.provider_id == visit.provider_id,
            Visit.state == VisitState.NO_SHOW,
            Visit.ended_at >= since,
        )
        .execution_options(cross_book=True)
    )
    outbox.tell(
        ctx,
        visit.book,
        visit.provider_id,
        say.NO_SHOW,
        start_at=visit.starts_at,
        limit=rules.no_shows,
        days=rules.pause_days,
        **service_name(ctx, request),
    )
    if (earlier or 0) + 1 >= rules.no_shows:
        provider = ctx.session.get_one(Member, visit.provider_id)
        until = local_date(ctx.now) + timedelta(days=rules.pause_days)
        # One that runs longer for another reason is not cut short.
        provider.paused_until = max(until, provider.paused_until or until)
        audit.record(
            ctx,
            "member.pause",
            "member",
            provider.id,
            book=provider.home_book,
            after={"paused_until": provider.paused_until.isoformat()},
        )


def due_for_review(ctx: Context, limit: int = 500) -> list[tuple[str, UUID]]:
    """Visits that ended in silence or were never checked out (times differ by rule set).

    So many of each state: a visit waits three days for its elder's word, and those that wait
    must not stand in the way of one that was missed an hour ago.
    """
    found: list[tuple[str, UUID]] = []
    for state in (VisitState.ACCEPTED, VisitState.CHECKED_IN, VisitState.CHECKED_OUT):
        rows = ctx.session.execute(
            sa.select(Visit.book, Visit.id)
            .where(Visit.state == state, Visit.starts_at < ctx.now)
            .order_by(Visit.starts_at)
            .limit(limit)
            .execution_options(cross_book=True)
        )
        found += [(row.book, row.id) for row in rows]
    return found


def follow_up(ctx: Context, book: str, visit_id: UUID) -> bool:
    """Move one visit on if its time has come; nothing is ever credited here.

    No check-in by the end of the window: missed. No check-out long after the booked end, or no
    word from the elder for as long as the rules say: branch review.
    """
    policy.require(ctx.actor, "jobs.run")
    request, visit = locked_visit(ctx, book, visit_id)
    rules = rates.rule_set(ctx.session, visit.rule_set_version)
    closes = visit.starts_at + timedelta(minutes=rules.check_in.closes_after_minutes)
    if visit.state is VisitState.ACCEPTED and ctx.now > closes:
        if request.state in UNFILLED and not _has_begun(ctx, request):
            # Nobody could check in: the request has run out, which is another job's work.
            return False
        _miss(ctx, request, visit)
        return True
    forgotten = request.ends_at + timedelta(hours=FORGOTTEN_HOURS)
    silent = visit.checked_out_at is not None and ctx.now > visit.checked_out_at + timedelta(
        hours=rules.silence_hours
    )
    if (visit.state is VisitState.CHECKED_IN and ctx.now > forgotten) or (
        visit.state is VisitState.CHECKED_OUT and silent
    ):
        send_to_review(ctx, request, visit)
        return True
    return False


def _has_begun(ctx: Context, request: Request) -> bool:
    """Whether anybody's visit of the request has got further than a promise."""
    waiting = (VisitState.ACCEPTED, VisitState.CANCELLED)
    found = sa.select(Visit.id).where(
        Visit.book == request.book, Visit.request_id == request.id, Visit.state.not_in(waiting)
    )
    return ctx.session.scalar(found.limit(1)) is not None


def _miss(ctx: Context, request: Request, visit: Visit) -> None:
    _move(ctx, visit, VisitState.MISSED)
    for reader, sentence in (
        (request.elder_id, say.MISSED_ELDER),
        (visit.provider_id, say.MISSED_PROVIDER),
    ):
        outbox.tell(
            ctx,
            visit.book,
            reader,
            sentence,
            channel="sms",
            request_id=request.id,
            visit_id=visit.id,
            start_at=visit.starts_at,
            **service_name(ctx, request),
        )


def send_to_review(ctx: Context, request: Request, visit: Visit) -> None:
    """Nobody gave his word: a branch looks. The request is locked."""
    _move(ctx, visit, VisitState.IN_REVIEW)
    for reader in (visit.provider_id, request.elder_id):
        outbox.tell(
            ctx,
            visit.book,
            reader,
            say.GONE_TO_REVIEW,
            reference=request.reference,
            **service_name(ctx, request),
        )


def _move(ctx: Context, visit: Visit, state: VisitState) -> None:
    audit.record(
        ctx,
        f"visit.{state.value}",
        "visit",
        visit.id,
        book=visit.book,
        before={"state": visit.state.value},
        after={"state": state.value},
    )
    visit.state = state


def remind(ctx: Context, limit: int = 500) -> int:
    """Remind both sides of visits that begin soon, once each; returns how many visits."""
    policy.require(ctx.actor, "jobs.run")
    soon = ctx.now + timedelta(hours=REMIND_HOURS)
    visits = ctx.session.scalars(
        sa.select(Visit)
        .where(Visit.state == VisitState.ACCEPTED, Visit.reminded_at.is_(None))
        .where(Visit.starts_at > ctx.now, Visit.starts_at <= soon)
        .limit(limit)
        .execution_options(cross_book=True)
    ).all()
    for visit in visits:
        request = ctx.session.get_one(Request, (visit.book, visit.request_id))
        if request.state not in (RequestState.FILLED, RequestState.OPEN):
            continue
        elder = ctx.session.get_one(Member, visit.elder_id)
        shared: dict[str, Any] = {"start_at": visit.starts_at, **service_name(ctx, request)}
        outbox.tell(
            ctx,
            visit.book,
            visit.provider_id,
            say.REMINDER_PROVIDER,
            channel="sms",
            until=visit.starts_at,
            request_id=request.id,
            visit_id=visit.id,
            reference=request.reference,
            **shared,
        )
        outbox.tell(
            ctx,
            visit.book,
            elder.id,
            say.REMINDER_ELDER,
            channel="sms",
            until=visit.starts_at,
            request_id=request.id,
            visit_id=visit.id,
            door_word=elder.door_word or say.DOOR_WORD,
            **shared,
        )
        visit.reminded_at = ctx.now
    return len(visits)
