"""What somebody who was asked says: yes, or not this time. A no lowers no score."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.matching import Asking, AskingState, Offer, OfferKind, OfferState
from models.requests import Request, RequestState
from services import audit, policy
from services.acts import once
from services.asking import sentences as say
from services.asking.beginning import WAVE
from services.asking.offering import is_out, offers_of
from services.asking.settling import release
from services.context import Context
from services.errors import DomainError, Forbidden
from services.jobs import due
from services.matching.marks import mark
from services.policy import Subject
from services.requests.reviewing import locked_request
from services.rules import asking as rules
from services.visits.accepting import accept


@dataclass(frozen=True, slots=True)
class Answer:
    """What a yes led to: a visit, or a place among those who would step in (None)."""

    request_id: UUID
    visit_id: UUID | None


def say_yes(ctx: Context, book: str, offer_id: UUID) -> Answer:
    """Come, or stand by. The first yes wins, by the locks of the acceptance itself.

    Raises OfferUnknown, OfferClosed, and everything that ``accept`` raises.
    """
    request, offer = _locked(ctx, book, offer_id)
    if offer.kind is not OfferKind.STANDBY:
        return Answer(request.id, accept(ctx, book, request.id).visit_id)

    def do() -> dict[str, str]:
        if not is_out(offer, ctx.now) or request.state is not RequestState.FILLED:
            raise say.OfferClosed
        offer.state, offer.answered_at = OfferState.ACCEPTED, ctx.now
        ctx.session.flush()
        _enough_standbys(ctx, request)
        _record(ctx, offer)
        return {}

    once(ctx, book, "offer.stand_by", {"offer_id": offer_id}, do)
    return Answer(request.id, None)


def say_no(ctx: Context, book: str, offer_id: UUID, reason: str | None = None) -> None:
    """Not this time, with or without a reason. Raises OfferUnknown, OfferClosed, NoSuchReason."""
    request, offer = _locked(ctx, book, offer_id)

    def do() -> dict[str, str]:
        if reason is not None and reason not in say.ANSWERS:
            raise say.NoSuchReason(field="reason")
        stands_by = offer.kind is OfferKind.STANDBY and offer.state is OfferState.ACCEPTED
        if not (is_out(offer, ctx.now) or stands_by):
            raise say.OfferClosed
        offer.state, offer.answered_at, offer.answer = OfferState.DECLINED, ctx.now, reason
        ctx.session.flush()
        mark(ctx.session, [offer.provider_id], ctx.now)
        _hurry(ctx, request)
        _record(ctx, offer)
        return {}

    once(ctx, book, "offer.decline", {"offer_id": offer_id, "reason": reason}, do)


def _locked(ctx: Context, book: str, offer_id: UUID) -> tuple[Request, Offer]:
    """The offer with its request, the request locked first; only the own one is known."""
    found = ctx.session.execute(
        sa.select(Offer.request_id, Offer.provider_id).where(
            Offer.book == book, Offer.id == offer_id
        )
    ).one_or_none()
    if found is None:
        raise say.OfferUnknown
    subject = Subject(book=book, provider_id=found.provider_id)
    if not policy.can(ctx.actor, "offer.answer", subject).allowed:
        raise _refused(ctx, subject)
    request = locked_request(ctx, book, found.request_id)
    offer = ctx.session.get_one(Offer, (book, offer_id), populate_existing=True)
    return request, offer


def _refused(ctx: Context, subject: Subject) -> DomainError:
    """Somebody else's offer is not there; whoever may not act yet is told that."""
    if subject.provider_id != ctx.actor.id:
        return say.OfferUnknown()
    decision = policy.can(ctx.actor, "offer.answer", subject)
    return Forbidden(decision.reason)


def _hurry(ctx: Context, request: Request) -> None:
    """Nobody else is being waited for: the next wave is due now."""
    if request.state is not RequestState.OPEN:
        return
    asking = ctx.session.get(Asking, (request.book, request.id), populate_existing=True)
    if asking is None or asking.state is not AskingState.ACTIVE:
        return
    waiting = any(
        is_out(each, ctx.now) and each.kind is not OfferKind.STANDBY
        for each in offers_of(ctx, request)
    )
    if not waiting:
        asking.next_wave_at = ctx.now
        ctx.session.flush()
        due.plan(ctx, WAVE, request.book, request.id, ctx.now)


def _enough_standbys(ctx: Context, request: Request) -> None:
    """Once two stand by, the others need not answer any more."""
    standing = [each for each in offers_of(ctx, request) if each.kind is OfferKind.STANDBY]
    if sum(each.state is OfferState.ACCEPTED for each in standing) >= rules.STANDBYS:
        release(ctx, request, [each for each in standing if each.state is OfferState.OPEN])


def _record(ctx: Context, offer: Offer) -> None:
    audit.record(
        ctx,
        "offer.answer",
        "offer",
        offer.id,
        book=offer.book,
        before={"state": OfferState.OPEN.value},
        after={"state": offer.state.value, "kind": offer.kind.value, "reason": offer.answer},
    )
