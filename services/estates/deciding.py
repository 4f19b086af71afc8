"""An objection is decided with a reason by the region, its appeal by another official."""

from __future__ import annotations

from uuid import UUID

from models.estates import Estate, EstateObjection, EstateState
from services import audit, outbox
from services.acts import once
from services.context import Context
from services.estates import notice_sentences as say
from services.estates.finding import estate_row, locked_estate
from services.estates.open_objections import (
    DISMISSED,
    UPHELD,
    has_open_objection,
    objection_row,
)
from services.estates.parties import REASON_TEXT, require_apart, tell_heirs
from services.estates.publishing import begin_anew, start_clock
from services.estates.shares import UNDIVIDED
from services.notices.ways import SMS
from services.people.reading import member_row
from services.rules.notice_clock import APPEAL_WORKING_DAYS

LONGEST_REASON = 500


def decide(
    ctx: Context, book: str, estate_id: UUID, objection_id: UUID, *, uphold: bool, reason: str
) -> None:
    """Decide an objection. Upheld: the list of heirs opens again and the notice starts anew.

    Dismissed: the clock runs on, with at least five working days for the appeal. Never by whoever
    objects or inherits, nor by their kin. Raises ObjectionDecided, DecisionReason, or
    NoticeNotRunning where the death has been undone.
    """
    known = objection_row(ctx, book, estate_id, objection_id)
    estate = estate_row(ctx.session, book, estate_id)
    require_apart(ctx, "estate.decide", estate, known.member_id)
    words = _reason(reason)
    estate = locked_estate(ctx, book, estate_id)
    row = objection_row(ctx, book, estate_id, objection_id)

    def do() -> dict[str, str]:
        _require_undivided(estate)
        if row.decided_at is not None:
            raise say.ObjectionDecided
        row.decision = UPHELD if uphold else DISMISSED
        row.decision_reason_sealed = ctx.vault.seal(REASON_TEXT, words)
        row.decided_by_id, row.decided_at = ctx.actor.id, ctx.now
        _record(ctx, "estate.decide", estate, row, row.decision)
        _tell(ctx, estate, row, say.OBJECTION_UPHELD if uphold else say.OBJECTION_DISMISSED)
        _go_on(ctx, estate, uphold, least=APPEAL_WORKING_DAYS)
        return {}

    once(ctx, book, "estate.decide", _content(ctx, objection_id, uphold, words), do)


def decide_appeal(
    ctx: Context, book: str, estate_id: UUID, objection_id: UUID, *, uphold: bool, reason: str
) -> None:
    """Decide an appeal, for good. Raises NoAppeal, or SameOfficial for whoever decided before."""
    known = objection_row(ctx, book, estate_id, objection_id)
    estate = estate_row(ctx.session, book, estate_id)
    require_apart(ctx, "estate.decide_appeal", estate, known.member_id)
    words = _reason(reason)
    estate = locked_estate(ctx, book, estate_id)
    row = objection_row(ctx, book, estate_id, objection_id)

    def do() -> dict[str, str]:
        _require_undivided(estate)
        if row.appealed_at is None or row.appeal_decided_at is not None:
            raise say.NoAppeal
        if row.decided_by_id == ctx.actor.id:
            raise say.SameOfficial
        row.appeal_decision = UPHELD if uphold else DISMISSED
        row.appeal_reason_sealed = ctx.vault.seal(REASON_TEXT, words)
        row.appeal_decided_by_id, row.appeal_decided_at = ctx.actor.id, ctx.now
        _record(ctx, "estate.decide_appeal", estate, row, row.appeal_decision)
        _tell(ctx, estate, row, say.APPEAL_UPHELD if uphold else say.APPEAL_DISMISSED)
        _go_on(ctx, estate, uphold, least=0)
        return {}

    once(ctx, book, "estate.decide_appeal", _content(ctx, objection_id, uphold, words), do)


def _require_undivided(estate: Estate) -> None:
    """Of somebody who lives nothing is decided any more."""
    if estate.state not in UNDIVIDED:
        raise say.NoticeNotRunning


def _reason(reason: str) -> str:
    words = reason.strip()
    if not words or len(words) > LONGEST_REASON:
        raise say.DecisionReason(field="reason")
    return words


def _content(ctx: Context, objection_id: UUID, uphold: bool, words: str) -> dict[str, object]:
    return {
        "objection_id": objection_id,
        "uphold": uphold,
        "reason": ctx.vault.blind(REASON_TEXT, words),
    }


def _go_on(ctx: Context, estate: Estate, uphold: bool, *, least: int) -> None:
    """The notice starts anew, or its clock runs on when nothing else is undecided."""
    if estate.state is EstateState.NOTICE and uphold:
        begin_anew(ctx, estate)
        tell_heirs(ctx, estate, say.NOTICE_ANEW)
    elif estate.notice_days_left is not None:
        # What waits for a decision still gets its own time for an appeal from the last one.
        estate.notice_days_left = max(estate.notice_days_left, least)
        if not has_open_objection(ctx, estate):
            start_clock(ctx, estate, estate.notice_days_left)
            tell_heirs(ctx, estate, say.NOTICE_RUNS_ON, last_day=str(estate.notice_ends_on))
    ctx.session.flush()


def _tell(ctx: Context, estate: Estate, row: EstateObjection, sentence: str) -> None:
    if row.member_id is not None:
        home = member_row(ctx.session, row.member_id).home_book
        reference = estate.reference
        outbox.tell(ctx, home, row.member_id, sentence, channel=SMS, reference=reference)


def _record(
    ctx: Context, act: str, estate: Estate, row: EstateObjection, decision: str | None
) -> None:
    audit.record(
        ctx,
        act,
        "estate",
        estate.id,
        book=estate.book,
        after={"objection": str(row.id), "decision": decision},
    )
