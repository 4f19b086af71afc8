"""Another time: before anybody has promised it simply holds, after a promise both sides agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.requests import Request, Visit, VisitState
from models.schedule import Reschedule
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.errors import Forbidden
from services.jobs import due
from services.people.reading import member_row
from services.requests import sentences as asked
from services.requests.asking import require_new
from services.requests.ending import BEGUN, CANCELLABLE, visits_of
from services.requests.reviewing import locked_request, service_name, subject_of
from services.rules.booking import (
    ASK_AHEAD_DAYS,
    ASK_NOTICE_MINUTES,
    on_quarter,
    proposal_lapses_at,
)
from services.schedule import sentences as say
from services.schedule.moving import move
from services.schedule.proposals import DONE, LAPSE, LAPSED, OPEN, REFUSED, close, open_of, promised
from services.visits.days import lock_members
from services.visits.locating import subject_of as visit_subject


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: moved at once, or a proposal that waits for the other side."""

    is_moved: bool
    proposal_id: UUID | None = None


def propose(ctx: Context, book: str, request_id: UUID, to_at: datetime) -> Outcome:
    """Ask for another time. Nobody's promise is moved without his own yes.

    Raises TooSoon, TooFar, OffQuarter, SameTime, NotMovable, ProposalOpen, and what the new time
    itself runs into.
    """
    request = locked_request(ctx, book, request_id)
    visits = promised(ctx, request)
    party = _party(ctx, request, visits)

    def do() -> dict[str, Any]:
        _check(ctx, request, to_at, visits)
        waiting = open_of(ctx, book, request_id)
        if waiting is not None and ctx.now < lapses_at(waiting):
            raise say.ProposalOpen
        if waiting is not None:
            # It can no longer be answered, whether or not a job has seen to it yet.
            _end(ctx, request, waiting, LAPSED, party)
        if not visits:
            _apply(ctx, request, to_at, visits, ctx.actor.id)
            return {"moved": True}
        wanted = {request.elder_id, *(visit.provider_id for visit in visits)} - {party}
        made = _write(ctx, request, party, to_at, wanted)
        return {"moved": False, "proposal_id": str(made.id)}

    content = {"request_id": request_id, "to_at": to_at}
    result = once(ctx, book, "visit.move", content, do)
    made = result.get("proposal_id")
    return Outcome(bool(result["moved"]), UUID(made) if made else None)


def answer(ctx: Context, book: str, proposal_id: UUID, *, agrees: bool) -> bool:
    """Say yes or no to another time; returns whether it holds now.

    Raises ProposalOver, NotAskedOfYou, and what the new time has run into meanwhile.
    """
    proposal, request = _locked(ctx, book, proposal_id)
    visits = promised(ctx, request)
    if proposal.state != OPEN and str(ctx.actor.id) in proposal.asked:
        # Whoever was asked learns what came of it, even when the own promise has gone since.
        party = ctx.actor.id
    else:
        party = _party(ctx, request, visits)

    def do() -> dict[str, Any]:
        _require_open(ctx, proposal)
        _ask_who_came_since(ctx, request, proposal, visits)
        if str(party) not in proposal.asked or str(party) in proposal.agreed:
            raise say.NotAskedOfYou
        if not agrees:
            _end(ctx, request, proposal, REFUSED, party)
            return {"moved": False}
        proposal.agreed = [*proposal.agreed, str(party)]
        _record(ctx, proposal, "reschedule.agree", party)
        ctx.session.flush()
        if set(proposal.asked) - set(proposal.agreed):
            _tell_acted(ctx, request, proposal, say.AGREED_FOR_YOU)
            return {"moved": False}
        _check(ctx, request, proposal.to_at, visits)
        close(ctx, proposal, DONE)
        _apply(ctx, request, proposal.to_at, visits, proposal.proposed_by_id)
        return {"moved": True}

    content = {"proposal_id": proposal_id, "agrees": agrees}
    return bool(once(ctx, book, "visit.move.answer", content, do)["moved"])


def take_back(ctx: Context, book: str, proposal_id: UUID) -> None:
    """Whoever proposed another time lets it be. Raises ProposalOver or a refusal."""
    proposal, request = _locked(ctx, book, proposal_id)
    party = _party(ctx, request, promised(ctx, request))
    if party != _proposing_party(proposal):
        raise Forbidden

    def do() -> dict[str, Any]:
        _require_open(ctx, proposal)
        _end(ctx, request, proposal, REFUSED, party)
        return {}

    once(ctx, book, "visit.move.take_back", {"proposal_id": proposal_id}, do)


def lapse(ctx: Context, book: str, proposal_id: UUID) -> bool:
    """End a proposal that nobody answered in time; one that has been decided is left alone."""
    policy.require(ctx.actor, "jobs.run")
    proposal, request = _locked(ctx, book, proposal_id)
    if proposal.state != OPEN or ctx.now < lapses_at(proposal):
        return False
    _end(ctx, request, proposal, LAPSED, ctx.actor.id)
    return True


def lapses_at(proposal: Reschedule) -> datetime:
    """Until when a proposal may be answered."""
    return proposal_lapses_at(proposal.proposed_at, proposal.from_at, proposal.to_at)


def _party(ctx: Context, request: Request, visits: Sequence[Visit]) -> UUID:
    """Whose word this is: a provider's own, or the elder's by himself, kin or the counter.

    The counter speaks for an elder only at arm's length: never for itself or its own kin.
    """
    for visit in visits:
        if visit.provider_id == ctx.actor.id:
            policy.require(ctx.actor, "visit.move", visit_subject(request, visit))
            return visit.provider_id
    policy.require(ctx.actor, "visit.move", subject_of(request))
    is_family = "ask" in ctx.actor.kin.get(request.elder_id, ())
    if ctx.actor.id != request.elder_id and not is_family:
        for visit in visits:
            policy.require(ctx.actor, "visit.voice", visit_subject(request, visit))
    return request.elder_id


def _proposing_party(proposal: Reschedule) -> UUID:
    return proposal.acting_for_id or proposal.proposed_by_id


def _locked(ctx: Context, book: str, proposal_id: UUID) -> tuple[Reschedule, Request]:
    """A proposal and its request, the request locked first; raises ProposalUnknown."""
    request_id = ctx.session.scalar(
        sa.select(Reschedule.request_id).where(
            Reschedule.book == book, Reschedule.id == proposal_id
        )
    )
    if request_id is None:
        raise say.ProposalUnknown
    request = locked_request(ctx, book, request_id)
    proposal = ctx.session.get_one(Reschedule, (book, proposal_id), populate_existing=True)
    return proposal, request


def _check(ctx: Context, request: Request, to_at: datetime, visits: Sequence[Visit]) -> None:
    begun = any(visit.state in BEGUN for visit in visits_of(ctx, request))
    if request.state not in CANCELLABLE or request.starts_at <= ctx.now or begun:
        raise say.NotMovable
    if to_at == request.starts_at:
        raise say.SameTime(field="to_at")
    if not on_quarter(to_at):
        raise asked.OffQuarter(field="to_at")
    if to_at < ctx.now + timedelta(minutes=ASK_NOTICE_MINUTES):
        raise asked.TooSoon(field="to_at", notice_minutes=ASK_NOTICE_MINUTES)
    if to_at > ctx.now + timedelta(days=ASK_AHEAD_DAYS):
        raise asked.TooFar(field="to_at", days=ASK_AHEAD_DAYS)
    # One of the same elder may come to that time at this moment: the second finds the first. A
    # dearer time takes more of the payer's year, which another request may want at this moment.
    people = {request.elder_id, *(visit.provider_id for visit in visits)}
    lock_members(ctx.session, people | ({request.payer_id} if request.payer_id else set()))
    require_new(ctx, request.book, request.elder_id, request.service_code, to_at)


def _write(
    ctx: Context, request: Request, party: UUID, to_at: datetime, wanted: Iterable[UUID]
) -> Reschedule:
    proposal = Reschedule(
        book=request.book,
        id=ctx.new_id(),
        request_id=request.id,
        proposed_by_id=ctx.actor.id,
        acting_for_id=party if party != ctx.actor.id else None,
        proposed_at=ctx.now,
        from_at=request.starts_at,
        to_at=to_at,
        asked=sorted(str(each) for each in wanted),
        agreed=[],
        state=OPEN,
    )
    ctx.session.add(proposal)
    ctx.session.flush()
    due.plan(ctx, LAPSE, request.book, proposal.id, lapses_at(proposal))
    _tell_asked(ctx, request, proposal, proposal.asked)
    _record(ctx, proposal, "reschedule.propose", party)
    _tell_acted(ctx, request, proposal, say.PROPOSED_FOR_YOU)
    return proposal


def _tell_acted(ctx: Context, request: Request, proposal: Reschedule, sentence: str) -> None:
    """The elder learns what a relative does in the elder's name, even before anything holds."""
    outbox.tell_acted(
        ctx,
        request.book,
        request.elder_id,
        sentence,
        request_id=request.id,
        start_at=request.starts_at,
        to_at=proposal.to_at,
        reference=request.reference,
        **service_name(ctx, request),
    )


def _tell_asked(
    ctx: Context, request: Request, proposal: Reschedule, asked_of: Iterable[str]
) -> None:
    proposer = member_row(ctx.session, _proposing_party(proposal))
    for reader in _readers(request, {UUID(each) for each in asked_of}):
        outbox.tell(
            ctx,
            request.book,
            reader,
            say.PROPOSED,
            channel="sms",
            request_id=request.id,
            proposer=proposer.name,
            start_at=request.starts_at,
            to_at=proposal.to_at,
            reference=request.reference,
            **service_name(ctx, request),
        )


def _readers(request: Request, ids: set[UUID]) -> set[UUID]:
    """With the elder the relative who asked."""
    family = request.consent == "family" and request.elder_id in ids
    return ids | {request.asked_by_id} if family else ids


def _require_open(ctx: Context, proposal: Reschedule) -> None:
    if proposal.state != OPEN or ctx.now >= lapses_at(proposal):
        raise say.ProposalOver


def _ask_who_came_since(
    ctx: Context, request: Request, proposal: Reschedule, visits: Sequence[Visit]
) -> None:
    """Somebody who has promised since is asked too; one who has gone no longer is."""
    party = _proposing_party(proposal)
    now_there = {request.elder_id, *(visit.provider_id for visit in visits)} - {party}
    wanted = sorted(str(each) for each in now_there)
    new = set(wanted) - set(proposal.asked)
    if wanted != proposal.asked:
        proposal.asked = wanted
        proposal.agreed = [each for each in proposal.agreed if each in wanted]
        _tell_asked(ctx, request, proposal, new)


def _end(ctx: Context, request: Request, proposal: Reschedule, state: str, party: UUID) -> None:
    """No, or no answer: everything stays as it was, and everybody is told."""
    close(ctx, proposal, state)
    _record(ctx, proposal, f"reschedule.{state}", party)
    concerned = {UUID(each) for each in proposal.asked} | {_proposing_party(proposal)}
    for reader in _readers(request, concerned) - {ctx.actor.id}:
        outbox.tell(
            ctx,
            request.book,
            reader,
            say.NOT_MOVED,
            request_id=request.id,
            start_at=request.starts_at,
            reference=request.reference,
            **service_name(ctx, request),
        )


def _apply(
    ctx: Context, request: Request, to_at: datetime, visits: Sequence[Visit], proposer_id: UUID
) -> None:
    from_at = request.starts_at
    at_counter = "staff" in policy.relations(ctx.actor, subject_of(request))
    own = request.elder_id in (ctx.actor.id, proposer_id)
    move(ctx, request, to_at, visits, is_elders_word=own or at_counter)
    audit.record(
        ctx,
        "request.move",
        "request",
        request.id,
        book=request.book,
        before={"starts_at": from_at.isoformat()},
        after={"starts_at": to_at.isoformat(), "promises": len(visits)},
        acting_for_id=None if ctx.actor.id == request.elder_id else request.elder_id,
    )
    concerned = {request.elder_id, *(visit.provider_id for visit in visits)}
    for reader in _readers(request, concerned):
        outbox.tell(
            ctx,
            request.book,
            reader,
            say.MOVED,
            channel="inbox" if reader == ctx.actor.id else "sms",
            request_id=request.id,
            from_at=from_at,
            start_at=to_at,
            reference=request.reference,
            **service_name(ctx, request),
        )


def _record(ctx: Context, proposal: Reschedule, act: str, party: UUID) -> None:
    audit.record(
        ctx,
        act,
        "reschedule",
        proposal.id,
        book=proposal.book,
        after={
            "request": str(proposal.request_id),
            "to_at": proposal.to_at.isoformat(),
            "state": proposal.state,
        },
        acting_for_id=None if party == ctx.actor.id else party,
    )


def may_move(request: Request, visits: Iterable[Visit], now: datetime) -> bool:
    """Whether another time can be asked for at all."""
    return (
        request.state in CANCELLABLE
        and request.starts_at > now
        and all(visit.state in (VisitState.ACCEPTED, VisitState.CANCELLED) for visit in visits)
    )
