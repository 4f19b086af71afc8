"""What a volunteer has been asked: until when, as what, and why this person, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.matching import Offer, OfferKind, OfferState
from models.people import Member
from models.places import Branch, Operator
from models.requests import Request, RequestState
from services import policy, rates
from services.asking.sentences import TO_YOU, OfferUnknown
from services.context import Context
from services.matching.tasks import Reason
from services.people.reading import member_row
from services.people.texts import masked_name
from services.places import BranchView, branch
from services.policy import Subject
from services.queries.volunteer.away import asking_books, payer_away
from services.queries.volunteer.places import distance_m, masked_address
from services.rules.names import Name

#: Nobody has more open questions than this.
MOST = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to the volunteer. No name in full and no door: nothing is promised yet."""

    id: UUID
    book: str
    request_id: UUID
    kind: OfferKind
    state: OfferState
    offered_at: datetime
    until: datetime
    service: Name
    starts_at: datetime
    booked_minutes: int
    remote: bool
    street: str | None
    elder: str
    #: From home to home, rounded up to 100; None where one is not known.
    distance_m: int | None
    reasons: tuple[Reason, ...]
    branch: BranchView
    #: The region of an elder who stays here for a time: its book pays.
    elders_region: Name | None = None

    @property
    def is_standby(self) -> bool:
        """Whether it is about stepping in when somebody else cannot come."""
        return self.kind is OfferKind.STANDBY

    @property
    def stands_by(self) -> bool:
        """Whether the volunteer has said so."""
        return self.is_standby and self.state is OfferState.ACCEPTED


def asked(ctx: Context) -> tuple[Asked, ...]:
    """Questions that may still be answered, and visits one stands by, the nearest first."""
    policy.require(ctx.actor, "offer.read", Subject(provider_id=ctx.actor.id))
    standing_by = sa.and_(
        Offer.kind == OfferKind.STANDBY,
        Offer.state == OfferState.ACCEPTED,
        Request.state == RequestState.FILLED,
    )
    rows = ctx.session.execute(
        _mine(ctx)
        .where(sa.or_(Offer.state == OfferState.OPEN, standing_by), Offer.expires_at > ctx.now)
        .order_by(Request.starts_at, Offer.id)
        .limit(MOST)
    ).all()
    with _at_hand(ctx, [row.Request for row in rows]):
        return tuple(_asked(ctx, row.Offer, row.Request) for row in rows)


@contextmanager
def _at_hand(ctx: Context, requests: Sequence[Request]) -> Iterator[None]:
    """What each question names is read at once, and the session still holds it in the block."""
    if not requests:
        yield
        return
    people = {ctx.actor.id, *(each.elder_id for each in requests)}
    places = {each.branch_id for each in requests}
    held = [
        ctx.session.scalars(sa.select(Member).where(Member.id.in_(people))).all(),
        ctx.session.execute(
            sa.select(Branch, Operator)
            .join(Operator, Operator.id == Branch.operator_id)
            .where(Branch.id.in_(places))
        ).all(),
    ]
    yield
    held.clear()


def asked_one(ctx: Context, offer_id: UUID) -> Asked:
    """One question, answered or not; raises OfferUnknown for somebody else's."""
    policy.require(ctx.actor, "offer.read", Subject(provider_id=ctx.actor.id))
    row = ctx.session.execute(_mine(ctx).where(Offer.id == offer_id)).one_or_none()
    if row is None:
        raise OfferUnknown
    return _asked(ctx, row.Offer, row.Request)


def _mine(ctx: Context) -> sa.Select[Offer, Request]:
    return (
        sa.select(Offer, Request)
        .join(Request, sa.and_(Request.book == Offer.book, Request.id == Offer.request_id))
        .where(Offer.book.in_(asking_books(ctx)), Offer.provider_id == ctx.actor.id)
    )


def _asked(ctx: Context, offer: Offer, request: Request) -> Asked:
    rules = rates.rule_set(ctx.session, request.rule_set_version)
    elder = member_row(ctx.session, request.elder_id)
    own = member_row(ctx.session, ctx.actor.id)
    return Asked(
        id=offer.id,
        book=offer.book,
        request_id=offer.request_id,
        kind=offer.kind,
        state=offer.state,
        offered_at=offer.offered_at,
        until=offer.expires_at,
        service=rules.service(request.service_code).name,
        starts_at=request.starts_at,
        booked_minutes=request.booked_minutes,
        remote=request.remote,
        street=masked_address(ctx, request),
        elder=masked_name(elder.name),
        distance_m=None if request.remote or request.place_book else distance_m(own, elder),
        # What speaks for this person, said to the person; the rest is the branch's to read.
        reasons=tuple(
            Reason(each["code"], TO_YOU[each["code"]], each["params"])
            for each in offer.reasons
            if each["code"] in TO_YOU
        ),
        branch=branch(ctx.session, request.branch_id),
        elders_region=payer_away(ctx, request),
    )
