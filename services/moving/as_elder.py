"""An elder moves: what was asked for is asked anew there, and what was promised is carried along.

Rows of a book never leave it: the old ones end with words, and new ones with the same wishes, the
same time and, where it is free, the same reference stand in the new book. A visit keeps its
provider, its quarters and its pinned price; its codes are new, and what it may cost is set aside
anew in the new accounts and the new pool.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

from models.base import Base
from models.corridors import HostedRequest
from models.people import Member
from models.requests import Request, RequestState, Visit, VisitState
from services import audit, outbox
from services.asking.beginning import APPROVED, BACKFILL, begin
from services.asking.settling import settle
from services.clock import local_date
from services.context import Context
from services.corridors.sentences import CapReached, CorridorShut, NotJoined
from services.matching.marks import mark
from services.moving import sentences as say
from services.moving.bookings import (
    ANEW,
    CARRIED,
    REQUEST,
    cut_off,
    own_requests,
    promised_to,
)
from services.moving.planning import Place
from services.people.books import remember_book
from services.references import new_reference
from services.requests import hosted
from services.requests.ending import call_off_promise
from services.requests.paying import tell_unpaid
from services.requests.reviewing import locked_request, release_holds, service_name
from services.requests.sentences import PayerHasNothing
from services.rules.booking import TRAVEL_BUFFER_MINUTES
from services.rules.notices import is_soon
from services.schedule.moving import hold_anew
from services.schedule.proposals import close_open
from services.schedule.sentences import PoolTooShort
from services.visits.across import claim_cost
from services.visits.codes import make_digits
from services.visits.days import claim_slots, locked_day
from services.visits.undoing import call_off

Row = TypeVar("Row", bound=Base)
#: A branch has let these through, wherever it was.
APPROVED_STATES = (RequestState.OPEN, RequestState.FILLED, RequestState.WAITING_POOL)


@dataclass(slots=True)
class Carried:
    """A request in the new book, who still comes, and its line of the receipt."""

    old_id: UUID
    request: Request
    visits: list[Visit] = field(default_factory=list)
    parted: list[str] = field(default_factory=list)


def copy_row(row: Row, **others: Any) -> Row:
    """The same row under another key."""
    same = {column.key: getattr(row, column.key) for column in type(row).__mapper__.column_attrs}
    return type(row)(**{**same, **others})


def ask_anew(
    ctx: Context, member: Member, from_book: str, to: Place, old_address: str | None
) -> list[Carried]:
    """End what stands in the old book and write it anew in the new one; nothing is held yet.

    The member's row says the new home already. Raises CapReached.
    """
    found = []
    for each in own_requests(ctx, from_book, member.id):
        request = locked_request(ctx, each.book, each.id)
        if request.state in (*APPROVED_STATES, RequestState.SUBMITTED):
            found.append(_ask_anew(ctx, member, to, request, old_address))
    return found


def hold_all_anew(ctx: Context, carried: list[Carried]) -> list[dict[str, Any]]:
    """Set the shares aside in the new book and seek who is missing; returns the receipt's lines.

    The coins are there by now. Where the new pool cannot stand in for a promised visit, the visit
    is called off and the request waits for the pool like any other.
    """
    return [_hold_anew(ctx, each) for each in carried]


def _ask_anew(
    ctx: Context, member: Member, to: Place, old: Request, old_address: str | None
) -> Carried:
    visits = promised_to(ctx, old)
    shut = cut_off(ctx, {(to.book, visit.provider_book) for visit in visits})
    carried = Carried(old.id, _request_there(ctx, member, to, old, old_address))
    for visit in visits:
        if (to.book, visit.provider_book) in shut:
            carried.parted.append(ctx.session.get_one(Member, visit.provider_id).name)
            call_off_promise(ctx, old, visit, by="elder")
            continue
        call_off(ctx, visit, VisitState.CANCELLED, say.ENDED_BY_MOVE)
        carried.visits.append(_visit_there(ctx, carried.request, visit, to))
    if carried.parted and carried.request.state is RequestState.FILLED:
        carried.request.state = RequestState.OPEN
    _end(ctx, old)
    return carried


def _request_there(
    ctx: Context, member: Member, to: Place, old: Request, old_address: str | None
) -> Request:
    stays = old.place_book not in (None, to.book)
    request = copy_row(
        old,
        book=to.book,
        id=ctx.new_id(),
        reference=_reference(ctx, old, to.book),
        place_book=old.place_book if stays else None,
        region_code=old.region_code if stays else to.region_code,
        branch_id=old.branch_id if stays else to.branch_id,
        address_sealed=_address(ctx, member, old, old_address),
        payer_book=None,
        payer_hold_id=None,
        hold_id=None,
        pool_hold_id=None,
        pool_needed_minutes=0,
        shortfall_minutes=0,
    )
    ctx.session.add(request)
    hosted.point_at(ctx, request)
    if old.place_book is not None:
        pointer = ctx.session.get(HostedRequest, (old.place_book, old.id))
        if pointer is not None:
            pointer.ends_at = ctx.now
    audit.record(
        ctx,
        "request.move",
        "request",
        request.id,
        book=request.book,
        before={"book": old.book, "request": str(old.id)},
        after={"state": request.state.value},
        acting_for_id=None if ctx.actor.id == member.id else member.id,
    )
    ctx.session.flush()
    return request


def _reference(ctx: Context, old: Request, book: str) -> str:
    """The number on the elder's slip, as long as nobody has it there."""
    taken = sa.select(Request.id).where(Request.book == book, Request.reference == old.reference)
    if ctx.session.scalar(taken) is None:
        return old.reference
    return new_reference(ctx, book, Request)


def _address(ctx: Context, member: Member, old: Request, old_address: str | None) -> str | None:
    """Where to go: the new home where it was the old one; any other place stays."""
    asked = ctx.vault.open_or_none("request.address", old.address_sealed)
    if asked is None or asked != old_address:
        return old.address_sealed
    home = ctx.vault.open_or_none("member.address", member.address_sealed)
    return ctx.vault.seal("request.address", home) if home else None


def _visit_there(ctx: Context, request: Request, old: Visit, to: Place) -> Visit:
    """The same promise in the new book: price, minutes of the day and quarters are kept."""
    visit = copy_row(
        old,
        book=to.book,
        id=ctx.new_id(),
        request_id=request.id,
        state=VisitState.ACCEPTED,
        pool_hold_id=None,
        ended_at=None,
        reason=None,
        cancelled_by=None,
        cancelled_late=False,
        reminded_at=None,
        sequence=0,
        changed_at=ctx.now,
    )
    ctx.session.add(visit)
    ctx.session.flush()
    day = locked_day(
        ctx.session, visit.provider_book, visit.provider_id, local_date(visit.starts_at)
    )
    day.credit_minutes += visit.reserved_minutes
    day.actual_minutes += visit.booked_minutes
    claim_slots(ctx.session, visit, TRAVEL_BUFFER_MINUTES)
    remember_book(ctx.session.get_one(Member, visit.provider_id), to.book)
    mark(ctx.session, [visit.provider_id], ctx.now)
    if not request.remote:
        make_digits(ctx, visit)
    ctx.session.flush()
    claim_cost(ctx, request, visit)
    _tell_provider(ctx, request, visit, to)
    return visit


def _tell_provider(ctx: Context, request: Request, visit: Visit, to: Place) -> None:
    outbox.tell(
        ctx,
        request.book,
        visit.provider_id,
        say.ELDER_MOVED,
        channel="sms",
        urgent=is_soon(ctx.now, visit.starts_at),
        until=visit.starts_at,
        request_id=request.id,
        visit_id=visit.id,
        start_at=request.starts_at,
        reference=request.reference,
        region_zh=to.region_zh,
        region_en=to.region_en,
        **service_name(ctx, request),
    )


def _end(ctx: Context, old: Request) -> None:
    """Nobody is asked in the old book any more, and nothing is held there."""
    before = old.state
    old.state, old.reason, old.ended_at = RequestState.CANCELLED, say.ENDED_BY_MOVE, ctx.now
    close_open(ctx, old)
    settle(ctx, old)
    audit.record(
        ctx,
        "request.cancelled",
        "request",
        old.id,
        book=old.book,
        before={"state": before.value},
        after={"state": old.state.value, "reason": "moved"},
        acting_for_id=None if ctx.actor.id == old.elder_id else old.elder_id,
    )
    ctx.session.flush()
    release_holds(ctx, old)


def _hold_anew(ctx: Context, carried: Carried) -> dict[str, Any]:
    request, visits = carried.request, carried.visits
    if request.state is RequestState.WAITING_POOL:
        # Whether the new pool is short is seen when the share is held.
        request.state = RequestState.OPEN
    try:
        _hold(ctx, request, visits)
    except PoolTooShort:
        for visit in visits:
            carried.parted.append(ctx.session.get_one(Member, visit.provider_id).name)
            call_off_promise(ctx, request, visit, by="system")
        carried.visits = []
        if request.state is RequestState.FILLED:
            request.state = RequestState.OPEN
        ctx.session.flush()
        _hold(ctx, request, [])
    begin(ctx, request, BACKFILL if carried.visits or carried.parted else APPROVED)
    return {
        "kind": REQUEST,
        "fate": CARRIED if carried.visits else ANEW,
        "id": str(carried.old_id),
        "new_id": str(request.id),
        "reference": request.reference,
        "start_at": request.starts_at.isoformat(),
        "parted": list(carried.parted),
        "visits": [str(visit.id) for visit in carried.visits],
        **service_name(ctx, request),
    }


def _hold(ctx: Context, request: Request, visits: list[Visit]) -> None:
    """Set the shares aside; whoever cannot pay from another book to the new one pays no more."""
    try:
        with ctx.session.begin_nested():
            hold_anew(ctx, request, visits)
        return
    except (NotJoined, CorridorShut, CapReached, PayerHasNothing):
        assert request.payer_id is not None
        payer = ctx.session.get_one(Member, request.payer_id)
    request.payer_id = None
    with ctx.session.begin_nested():
        hold_anew(ctx, request, visits)
    tell_unpaid(ctx, request, payer)
