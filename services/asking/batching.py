"""The batch over a book's open requests: what it proposes becomes offers, and nothing else.

What is promised is never touched: a request takes part with the people it still misses, and
whoever comes already is none of its candidates. Each pair is held to the truth once more, under
the locks under which anybody would accept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.matching import Asking, AskingState, MatchingRun, Offer, OfferKind, OfferState
from models.people import Member, MemberStatus
from models.requests import Request, RequestState
from services import audit, policy, rates
from services.asking.beginning import APPROVED, WAVE, begin
from services.asking.gate import open_gate
from services.asking.offering import Approach, standing_of, write
from services.clock import local, local_date, whole_minutes
from services.context import Context
from services.jobs import due
from services.matching.batch import BatchResult
from services.matching.requests import open_requests, tasks_of
from services.matching.tasks import Candidate, Task
from services.requests.reviewing import locked_request
from services.rules import asking as rules
from services.visits.fitness import fitness_of_people


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a batch looked at, and how many offers came of it."""

    requests: int
    volunteers: int
    offered: int


def takes_place(now: datetime) -> bool:
    """By day every time; in the quiet hours once, so that the morning finds its questions."""
    return not rules.is_quiet(now) or local(now).hour == rules.NIGHTLY_HOUR


def tasks_without_an_answer(ctx: Context, book: str) -> list[Task]:
    """Open requests of a book for which nobody's answer is being waited for."""
    policy.require(ctx.actor, "jobs.run")
    waiting = sa.select(Offer.request_id).where(
        Offer.book == book,
        Offer.state == OfferState.OPEN,
        Offer.kind != OfferKind.STANDBY,
        Offer.expires_at > ctx.now,
    )
    return tasks_of(ctx, open_requests(ctx, Request.book == book, Request.id.not_in(waiting)))


def propose(ctx: Context, book: str, request_id: UUID, people: Sequence[Candidate]) -> int:
    """Offer a request to those whom the batch proposes, as far as it still holds."""
    policy.require(ctx.actor, "jobs.run")
    request = locked_request(ctx, book, request_id)
    if request.state is not RequestState.OPEN or request.starts_at <= ctx.now:
        return 0
    asking = ctx.session.get(Asking, (book, request_id), populate_existing=True)
    if asking is None:
        begin(ctx, request, APPROVED)
        asking = ctx.session.get_one(Asking, (book, request_id))
    standing = standing_of(ctx, request, asking)
    if standing.out:
        return 0
    # Written at night, it is read in the morning: the hours of answering begin there.
    from_at = rules.quiet_end(ctx.now)
    if from_at >= request.starts_at:
        return 0
    wanted = [
        Approach(OfferKind.BATCH, each) for each in people if each.provider_id not in standing.done
    ]
    ids = {each.provider_id for each in wanted}
    gate = open_gate(ctx, book, ids, cannot_wait=from_at > ctx.now)
    able = _able(ctx, request, ids)
    chosen = [each for each in wanted if each.provider_id in able and gate.lets(each)]
    if not chosen:
        return 0
    asking.wave += 1
    write(ctx, request, chosen, asking.wave, gate, from_at=from_at)
    _go_on(ctx, request, asking, from_at)
    audit.record(
        ctx,
        "request.ask_people",
        "request",
        request.id,
        book=book,
        after={"wave": asking.wave, "asked": len(chosen), "search": "batch"},
    )
    return len(chosen)


def record(ctx: Context, book: str, counts: Counts, result: BatchResult) -> UUID:
    """Put on record what a batch looked at and what came of it."""
    policy.require(ctx.actor, "jobs.run")
    run = MatchingRun(
        book=book,
        id=ctx.new_id(),
        at=ctx.now,
        requests=counts.requests,
        volunteers=counts.volunteers,
        offered=counts.offered,
        without_candidate=len(result.without_candidate),
        lost=len(result.lost),
        cost_milliminutes=result.cost_milliminutes,
    )
    ctx.session.add(run)
    ctx.session.flush()
    return run.id


def _able(ctx: Context, request: Request, ids: set[UUID]) -> set[UUID]:
    """Who may come by the tables as they stand: the snapshot may be a moment behind."""
    providers = ctx.session.scalars(
        sa.select(Member).where(
            Member.id.in_(ids), Member.is_provider, Member.status == MemberStatus.ACTIVE
        )
    ).all()
    rule_set = rates.rule_set_on(ctx.session, local_date(ctx.now))
    fits = fitness_of_people(ctx, [request], providers, rule_set)
    return {provider_id for (provider_id, _), fitness in fits.items() if fitness.eligible}


def _go_on(ctx: Context, request: Request, asking: Asking, from_at: datetime) -> None:
    """The search goes on after the wait for these answers, also one that had come to an end."""
    gap = rules.gap_minutes(whole_minutes(from_at, request.starts_at))
    when = min(
        rules.next_asking(from_at + timedelta(minutes=gap), request.starts_at),
        request.starts_at,
    )
    asking.state, asking.ended_at, asking.next_wave_at = AskingState.ACTIVE, None, when
    ctx.session.flush()
    due.plan(ctx, WAVE, request.book, request.id, when)
