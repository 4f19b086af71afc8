"""Writing an offer and its message; and what stands of the offers of a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.matching import Asking, Offer, OfferKind, OfferState
from models.requests import Request, Visit, VisitState
from services import outbox
from services.asking import sentences as say
from services.asking.gate import REGULARS, Gate
from services.clock import whole_minutes
from services.context import Context
from services.matching.marks import mark
from services.matching.tasks import Candidate, Reason
from services.people.books import remember_book
from services.people.reading import member_row
from services.requests.reviewing import service_name
from services.rules import asking as rules
from services.visits.fitness import COMING

#: Somebody with a visit of the request in one of these has come and gone once: never asked again.
GAVE_BACK = (VisitState.CANCELLED, VisitState.NO_SHOW, VisitState.MISSED)


@dataclass(frozen=True, slots=True)
class Approach:
    """Somebody to be asked, and as what."""

    kind: OfferKind
    candidate: Candidate

    @property
    def provider_id(self) -> UUID:
        """Who."""
        return self.candidate.provider_id


def write(
    ctx: Context,
    request: Request,
    people: Sequence[Approach],
    wave: int,
    gate: Gate,
    *,
    from_at: datetime | None = None,
) -> list[Offer]:
    """Ask these people, whose rows the gate has locked: an offer and a message each.

    With ``from_at`` the message waits until then, and the time to answer begins there.
    """
    made = []
    now = ctx.now
    for rank, approach in enumerate(people, 1):
        offer = _offer(ctx, request, approach, wave, rank)
        # Somebody of another book finds the question by the own record.
        remember_book(member_row(ctx.session, offer.provider_id), request.book)
        offer.expires_at = until(from_at or now, request.starts_at, approach.kind)
        ctx.session.add(offer)
        urgent = from_at is None and rules.is_quiet(now)
        quietly = not gate.is_first_of_kind(approach)
        _tell(ctx, request, offer, urgent=urgent, quietly=quietly)
        made.append(offer)
    ctx.session.flush()
    mark(ctx.session, [each.provider_id for each in made], ctx.now)
    return made


def _offer(ctx: Context, request: Request, approach: Approach, wave: int, rank: int) -> Offer:
    candidate, kind = approach.candidate, approach.kind
    why = (Reason(kind.value, say.WHY[kind]),) if kind in say.WHY else ()
    return Offer(
        book=request.book,
        id=ctx.new_id(),
        request_id=request.id,
        provider_id=candidate.provider_id,
        kind=kind,
        state=OfferState.OPEN,
        wave=wave,
        rank=rank,
        cost_milliminutes=candidate.cost_milliminutes,
        terms=dict(candidate.terms),
        reasons=[_plain(each) for each in (*why, *candidate.reasons)],
        yes_permille=candidate.yes_permille,
        offered_by_id=ctx.actor.id,
        offered_at=ctx.now,
    )


def until(now: datetime, starts_at: datetime, kind: OfferKind) -> datetime:
    """How long an offer may be answered; a standby may say so until the visit begins."""
    left = whole_minutes(now, starts_at)
    if kind is OfferKind.STANDBY:
        return starts_at
    minutes = rules.open_minutes(left, regular=kind in REGULARS)
    return now + timedelta(minutes=minutes)


def _plain(reason: Reason) -> dict[str, Any]:
    """A reason as JSON: its params are figures and texts."""
    params = {
        name: value if isinstance(value, int | str) else str(value)
        for name, value in reason.params.items()
    }
    return {"code": reason.code, "sentence": reason.sentence, "params": params}


def _tell(ctx: Context, request: Request, offer: Offer, *, urgent: bool, quietly: bool) -> None:
    """No name, no address, nothing about health: whoever is asked has promised nothing."""
    outbox.tell(
        ctx,
        request.book,
        offer.provider_id,
        say.ASKING[offer.kind],
        channel="inbox" if quietly else "sms",
        urgent=urgent,
        until=offer.expires_at,
        request_id=request.id,
        start_at=request.starts_at,
        booked_minutes=request.booked_minutes,
        until_at=offer.expires_at,
        **service_name(ctx, request),
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands of a request's offers."""

    #: Offers that may still be answered with yes, standbys left out.
    out: tuple[Offer, ...]
    #: Who is not asked now: asked and not answered yet, said no, did not answer in this search,
    #: or came and gave it back.
    done: frozenset[UUID]
    #: Who has said that he would step in.
    standing_by: tuple[UUID, ...]
    coming: int


def standing_of(ctx: Context, request: Request, asking: Asking) -> Standing:
    """Read under the request's lock."""
    offers = offers_of(ctx, request)
    asked = [each for each in offers if each.kind is not OfferKind.STANDBY]
    out = tuple(each for each in asked if is_out(each, ctx.now))
    done = {each.provider_id for each in out}
    done |= {
        each.provider_id
        for each in asked
        if each.state is OfferState.DECLINED and each.offered_at >= asking.answers_since
    }
    done |= {
        each.provider_id
        for each in asked
        if each.state in (OfferState.OPEN, OfferState.EXPIRED)
        and each.offered_at >= asking.started_at
    }
    visits = ctx.session.execute(
        sa.select(Visit.provider_id, Visit.state, Visit.extra).where(
            Visit.book == request.book, Visit.request_id == request.id
        )
    ).all()
    return Standing(
        out=out,
        done=frozenset(done | {row.provider_id for row in visits if row.state in GAVE_BACK}),
        standing_by=tuple(
            each.provider_id
            for each in offers
            if each.kind is OfferKind.STANDBY and each.state is OfferState.ACCEPTED
        ),
        coming=sum(row.state in COMING and not row.extra for row in visits),
    )


def is_out(offer: Offer, now: datetime) -> bool:
    """Whether an offer may still be answered: one that has run out is ignored by every reader."""
    return offer.state is OfferState.OPEN and offer.expires_at > now


def offers_of(ctx: Context, request: Request) -> list[Offer]:
    """All offers of a request, oldest first, as they stand in the database."""
    return list(
        ctx.session.scalars(
            sa.select(Offer)
            .where(Offer.book == request.book, Offer.request_id == request.id)
            .order_by(Offer.offered_at, Offer.rank, Offer.id)
            .execution_options(populate_existing=True)
        )
    )


def rested(candidate: Candidate, since: Mapping[UUID, int]) -> Candidate:
    """The candidate with the chance of a yes as it is now, so soon after the last message."""
    chance = rules.rested_permille(candidate.yes_permille, since.get(candidate.provider_id))
    return replace(candidate, yes_permille=chance)
