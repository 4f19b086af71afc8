"""A confirmation by telephone: what the elder was asked, what was heard, who wrote it down."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.oversight import AuditRecord
from models.requests import VisitState
from services import audit, policy
from services.acts import once
from services.context import Context
from services.entry_rights import require_hand
from services.errors import Invalid
from services.visits.checking import finish
from services.visits.confirming import UNCONFIRMED, confirm_by_voice
from services.visits.locating import locked_visit, subject_of
from services.visits.sentences import NotForConfirming, OutBeforeIn, VisitStateChanged

#: What the elder has to say before a visit counts as confirmed: codes, kept in the audit record.
HEARD = ("came", "service", "times")
#: Somebody came and nobody has written down when he went.
LEFT_OPEN = (VisitState.CHECKED_IN, VisitState.IN_REVIEW)
#: How staff spoke with the elder.
REACHED = ("phone", "counter", "home")


class NotAllHeard(Invalid):
    """老人把每一样都说对了，才能记为确认；说得不一样，请记为异议。"""

    code = "not_all_heard"


class ReachedHow(Invalid):
    """请选择是怎样联系到老人的。"""

    code = "reached_how"


def record_voice(
    ctx: Context, book: str, visit_id: UUID, heard: frozenset[str], reached: str
) -> None:
    """Confirm a visit by the elder's spoken word, with what was said as codes.

    Raises NotAllHeard unless the elder said every part of it, and what
    :func:`confirm_by_voice` refuses.
    """
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "visit.voice", subject_of(request, visit))
    require_hand(ctx, subject_of(request, visit))
    if reached not in REACHED:
        raise ReachedHow(field="reached")
    if heard != frozenset(HEARD):
        raise NotAllHeard(field="heard")

    def do() -> dict[str, str]:
        audit.record(
            ctx,
            "visit.voice",
            "visit",
            visit_id,
            book=book,
            after={"heard": sorted(heard), "reached": reached},
            acting_for_id=request.elder_id,
        )
        # The key is claimed by this act; the act inside is part of it.
        confirm_by_voice(replace(ctx, key=None), book, visit_id)
        return {}

    content = {"visit_id": visit_id, "heard": sorted(heard), "reached": reached}
    once(ctx, book, "visit.voice", content, do)


def note_leaving(ctx: Context, book: str, visit_id: UUID, left_at: datetime, reached: str) -> None:
    """A forgotten check-out, closed by what the elder says: when the visitor left.

    Nothing is guessed from the booking, and nothing is credited by it: the visit then waits for
    the elder's word like any other. Raises ReachedHow, VisitStateChanged or OutBeforeIn.
    """
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "visit.voice", subject_of(request, visit))
    require_hand(ctx, subject_of(request, visit))
    if reached not in REACHED:
        raise ReachedHow(field="reached")

    def do() -> dict[str, str]:
        forgotten = visit.state in LEFT_OPEN and visit.checked_out_at is None
        if not forgotten or visit.checked_in_at is None or ctx.now <= request.ends_at:
            raise VisitStateChanged
        if not visit.checked_in_at < left_at <= ctx.now:
            raise OutBeforeIn(field="left_at")
        visit.checked_out_by = "voice"
        finish(ctx, request, visit, left_at, ())
        audit.record(
            ctx,
            "visit.left_by_voice",
            "visit",
            visit_id,
            book=book,
            after={"left_at": left_at.isoformat(), "reached": reached},
            acting_for_id=request.elder_id,
        )
        return {}

    content = {"visit_id": visit_id, "left_at": left_at, "reached": reached}
    once(ctx, book, "visit.left_by_voice", content, do)


def note_unanswered(ctx: Context, book: str, visit_id: UUID) -> None:
    """Write down a call that nobody answered: nothing is confirmed by it."""
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "visit.voice", subject_of(request, visit))

    def do() -> dict[str, str]:
        if visit.state not in UNCONFIRMED:
            raise NotForConfirming
        audit.record(ctx, "visit.call", "visit", visit_id, book=book, after={"answered": False})
        return {}

    once(ctx, book, "visit.call", {"visit_id": visit_id}, do)


def unanswered_calls(ctx: Context, book: str, visit_id: UUID) -> int:
    """How often staff rang about a visit and nobody answered."""
    count = ctx.session.scalar(
        sa.select(sa.func.count())
        .select_from(AuditRecord)
        .where(
            AuditRecord.book == book,
            AuditRecord.subject_id == visit_id,
            AuditRecord.act == "visit.call",
        )
    )
    return count or 0
