"""Check-in and check-out: the elder's card, six digits told at the door, or a torn-off slip."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from models.requests import Request, RequestState, Visit, VisitState
from services import audit, outbox, policy, rates
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.entry_rights import require_hand
from services.matching.marks import mark
from services.notices.subscriptions import ARRIVED, LEFT, tell_subscribers
from services.people.cards import CARD, holder_of
from services.people.reading import member_row, provider_profile
from services.requests.reviewing import service_name
from services.rules.valuation import creditable_span
from services.standards.ticking import keep
from services.visits import sentences as say
from services.visits.codes import use_digits, use_slip
from services.visits.locating import locked_visit, subject_of

#: Somebody has come and may still have to go; a dispute in between does not keep him there.
STAYING = (VisitState.CHECKED_IN, VisitState.DISPUTED)


@dataclass(frozen=True, slots=True)
class Proof:
    """How presence is shown: a card's token, the digits, or nothing for a remote service."""

    card_token: str | None = None
    digits: str | None = None
    latitude_e6: int | None = None
    longitude_e6: int | None = None


@dataclass(frozen=True, slots=True)
class Slip:
    """A printed slip as the counter enters it later: both codes, both times, the breaks."""

    code_in: str | None
    code_out: str
    came_at: datetime | None
    left_at: datetime
    breaks: tuple[tuple[datetime, datetime], ...] = ()


def check_in(ctx: Context, book: str, visit_id: UUID, proof: Proof) -> None:
    """Begin a visit. Raises NotYet, TooLate, CodeWrong, CardWrong, TooFarAway and others."""
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "visit.check", subject_of(request, visit))
    content = {"visit_id": visit_id, "card": proof.card_token, "digits": proof.digits}
    once(ctx, book, "visit.check_in", content, lambda: _check_in(ctx, request, visit, proof))


def _check_in(ctx: Context, request: Request, visit: Visit, proof: Proof) -> dict[str, str]:
    if visit.state is not VisitState.ACCEPTED:
        raise say.VisitStateChanged
    if request.state is not RequestState.FILLED:
        raise say.NotComplete
    rules = rates.rule_set(ctx.session, visit.rule_set_version)
    opens = visit.starts_at - timedelta(minutes=rules.check_in.opens_before_minutes)
    closes = visit.starts_at + timedelta(minutes=rules.check_in.closes_after_minutes)
    if ctx.now < opens:
        raise say.NotYet(opens_at=opens)
    if ctx.now > closes:
        raise say.TooLate
    if rules.service(request.service_code).insurance:
        profile = provider_profile(ctx.session, visit.provider_id, request.ends_at)
        if not profile.insured:
            raise say.InsuranceEnded
    distance_m = _distance(ctx, request, proof, rules.check_in.radius_m)
    # A wrong code is a refusal that is kept: nothing else may have been written by then.
    visit.checked_in_by = _prove(ctx, request, visit, "in", proof)
    visit.checked_in_distance_m, visit.checked_in_device = distance_m, ctx.device
    visit.checked_in_at, visit.state = ctx.now, VisitState.CHECKED_IN
    # Whoever has been to a home once may go to the next one alone.
    mark(ctx.session, [visit.provider_id], ctx.now)
    outbox.tell(
        ctx,
        request.book,
        request.elder_id,
        say.VISIT_STARTED,
        visitor=member_row(ctx.session, visit.provider_id).name,
        started_at=ctx.now,
        **service_name(ctx, request),
    )
    tell_subscribers(ctx, request, ARRIVED, visit.provider_id, ctx.now, visit.id)
    _record(ctx, visit, "visit.check_in", visit.checked_in_by, visit.checked_in_distance_m)
    return {}


def check_out(
    ctx: Context,
    book: str,
    visit_id: UUID,
    proof: Proof,
    breaks: tuple[tuple[datetime, datetime], ...] = (),
    done: tuple[str, ...] | None = None,
) -> None:
    """End a visit; from here the elder's word is asked for. Raises CodeWrong and others.

    ``done`` are codes of the service's published checklist; None where nobody was shown it.
    """
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "visit.check", subject_of(request, visit))

    def do() -> dict[str, str]:
        if visit.state not in STAYING or visit.checked_out_at is not None:
            raise say.VisitStateChanged
        rules = rates.rule_set(ctx.session, visit.rule_set_version)
        distance_m = _distance(ctx, request, proof, rules.check_in.radius_m)
        visit.checked_out_by = _prove(ctx, request, visit, "out", proof)
        visit.checked_out_distance_m, visit.checked_out_device = distance_m, ctx.device
        finish(ctx, request, visit, ctx.now, breaks)
        if done is not None:
            keep(ctx, request, visit, done)
        tell_subscribers(ctx, request, LEFT, visit.provider_id, ctx.now, visit.id)
        _record(ctx, visit, "visit.check_out", visit.checked_out_by, visit.checked_out_distance_m)
        return {}

    content = {
        "visit_id": visit_id,
        "card": proof.card_token,
        "digits": proof.digits,
        "breaks": breaks,
        "done": done,
    }
    once(ctx, book, "visit.check_out", content, do)


def enter_slip(ctx: Context, book: str, visit_id: UUID, slip: Slip) -> None:
    """The counter enters a printed slip: ordinary evidence, proved by its one-use codes."""
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "visit.slip", subject_of(request, visit))
    require_hand(ctx, subject_of(request, visit))

    def do() -> dict[str, str]:
        begun = visit.checked_in_at is not None
        allowed = (
            (*STAYING, VisitState.IN_REVIEW) if begun else (VisitState.ACCEPTED, VisitState.MISSED)
        )
        if visit.state not in allowed or visit.checked_out_at is not None:
            raise say.VisitStateChanged
        if not begun and request.state is not RequestState.FILLED:
            raise say.NotComplete
        came_at = visit.checked_in_at if visit.checked_in_at is not None else slip.came_at
        if came_at is None or not came_at < slip.left_at <= ctx.now:
            raise say.OutBeforeIn(field="left_at")
        if not begun:
            _check_slip_window(ctx, visit, came_at)
            use_slip(ctx, visit, "in", slip.code_in or "")
            visit.checked_in_at, visit.checked_in_by = came_at, "slip"
        use_slip(ctx, visit, "out", slip.code_out)
        visit.checked_out_by = "slip"
        finish(ctx, request, visit, slip.left_at, slip.breaks)
        _record(ctx, visit, "visit.slip", "slip", None)
        return {}

    once(ctx, book, "visit.slip", {"visit_id": visit_id, "slip": slip}, do)


def _check_slip_window(ctx: Context, visit: Visit, came_at: datetime) -> None:
    """A slip cannot say what a telephone could not: the same window holds for both."""
    rules = rates.rule_set(ctx.session, visit.rule_set_version)
    opens = visit.starts_at - timedelta(minutes=rules.check_in.opens_before_minutes)
    closes = visit.starts_at + timedelta(minutes=rules.check_in.closes_after_minutes)
    if came_at < opens:
        raise say.NotYet(field="came_at", opens_at=opens)
    if came_at > closes:
        raise say.TooLate(field="came_at")


def finish(
    ctx: Context,
    request: Request,
    visit: Visit,
    left_at: datetime,
    breaks: tuple[tuple[datetime, datetime], ...],
) -> None:
    """Write the end of a visit and ask the elder to confirm it, unless it is in dispute."""
    assert visit.checked_in_at is not None, "a visit ends after it began"
    for start, end in breaks:
        if not visit.checked_in_at <= start < end <= left_at:
            raise say.BreakOutside(field="breaks")
    visit.checked_out_at = left_at
    visit.breaks = [[start.isoformat(), end.isoformat()] for start, end in breaks]
    span = creditable_span(visit.checked_in_at, left_at, visit.starts_at, breaks)
    visit.actual_minutes = span.actual_minutes
    if visit.state is VisitState.DISPUTED:
        return
    visit.state = VisitState.CHECKED_OUT
    for reader in {request.elder_id, request.asked_by_id}:
        if reader != request.elder_id and request.consent != "family":
            continue
        outbox.tell(
            ctx,
            request.book,
            reader,
            say.PLEASE_CONFIRM,
            visitor=member_row(ctx.session, visit.provider_id).name,
            actual_minutes=visit.actual_minutes,
            **service_name(ctx, request),
        )


def _prove(ctx: Context, request: Request, visit: Visit, purpose: str, proof: Proof) -> str:
    """Use the proof up and name it; a code read out to a caller proves nothing remote."""
    if request.remote:
        if proof.digits or proof.card_token:
            raise say.RemoteOnly
        return "remote"
    if proof.card_token:
        if holder_of(ctx, CARD, proof.card_token) != visit.elder_id:
            raise say.CardWrong
        return "card"
    if proof.digits:
        use_digits(ctx, visit, purpose, proof.digits)
        return "digits"
    raise say.NeedsProof


def _distance(ctx: Context, request: Request, proof: Proof, radius_m: int) -> int | None:
    """Metres from the elder's door where both places are known; None is noted, not refused.

    Of somebody who only stays there nobody knows where the door is.
    """
    elder = member_row(ctx.session, request.elder_id)
    here = (proof.latitude_e6, proof.longitude_e6)
    there = (elder.latitude_e6, elder.longitude_e6)
    if request.remote or request.place_book or None in here or None in there:
        return None
    distance_m = metres_between(*here, *there)  # type: ignore[arg-type]
    if distance_m > radius_m:
        raise say.TooFarAway(distance_m=distance_m)
    return distance_m


def metres_between(lat_e6: int, lon_e6: int, other_lat_e6: int, other_lon_e6: int) -> int:
    """Great-circle distance (haversine) in whole metres, from millionths of a degree."""
    lat, lon, other_lat, other_lon = (
        math.radians(value / 1_000_000) for value in (lat_e6, lon_e6, other_lat_e6, other_lon_e6)
    )
    half = (
        math.sin((other_lat - lat) / 2) ** 2
        + math.cos(lat) * math.cos(other_lat) * math.sin((other_lon - lon) / 2) ** 2
    )
    return round(2 * 6_371_000 * math.asin(math.sqrt(half)))


def _record(ctx: Context, visit: Visit, act: str, how: str | None, distance: int | None) -> None:
    audit.record(
        ctx,
        act,
        "visit",
        visit.id,
        book=visit.book,
        after={
            "state": visit.state.value,
            "how": how,
            "distance_m": distance,
            "late_entry": local_date(visit.starts_at) != local_date(ctx.now),
        },
    )
