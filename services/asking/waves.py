"""The next wave: whoever has a claim to be asked first alone, then the best of the ranking."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

import sqlalchemy as sa

from models.matching import Asking, AskingState, Offer, OfferKind, OfferState
from models.requests import Request, RequestState
from models.schedule import Series
from services import audit, policy, rates
from services.asking.beginning import WAVE
from services.asking.gate import Gate, open_gate
from services.asking.offering import Approach, Standing, rested, standing_of, write
from services.clock import local_date, whole_minutes
from services.context import Context
from services.jobs import due
from services.matching.tasks import Candidate, Ranking
from services.people.reading import member_row
from services.requests.pauses import Pause, pause_of
from services.requests.reviewing import locked_request
from services.rules import asking as rules
from services.service_days.team import team_of_request
from services.visits.fitness import fitness_of

#: The ranking over the snapshot, checked against the truth; given by whoever holds a snapshot.
Rank: TypeAlias = Callable[[Context, Request, int], Ranking]
#: So many of the ranking are looked at: enough for a wave among people who may not be asked now.
LOOK = 24
#: So long after a look in vain at the caps comes the next one.
LOOK_AGAIN_MINUTES = 60


def ask_next(ctx: Context, book: str, request_id: UUID, rank: Rank) -> int:
    """Ask the next people of a search whose wave is due; returns how many were asked.

    Does nothing twice: the request's row is locked, and the wave that is due moves on with it.
    """
    policy.require(ctx.actor, "jobs.run")
    request = locked_request(ctx, book, request_id)
    asking = ctx.session.get(Asking, (book, request_id), populate_existing=True)
    if asking is None or asking.state is not AskingState.ACTIVE:
        return 0
    if asking.next_wave_at is not None and asking.next_wave_at > ctx.now:
        return 0
    if request.state is not RequestState.OPEN or request.starts_at <= ctx.now:
        _stop(ctx, asking)
        return 0
    when = rules.next_asking(ctx.now, request.starts_at)
    if when > ctx.now:
        _later(ctx, asking, when)
        return 0
    return _wave(ctx, request, asking, rank)


def due_waves(ctx: Context, before: datetime, limit: int = 200) -> list[tuple[str, UUID]]:
    """Searches whose wave should have come before a moment: what a lost task left behind."""
    rows = ctx.session.execute(
        sa.select(Asking.book, Asking.request_id)
        .where(Asking.state == AskingState.ACTIVE, Asking.next_wave_at <= before)
        .order_by(Asking.next_wave_at)
        .limit(limit)
        .execution_options(cross_book=True)
    )
    return [(row.book, row.request_id) for row in rows]


def _wave(ctx: Context, request: Request, asking: Asking, rank: Rank) -> int:
    _forget_unanswered_standbys(ctx, request)
    standing = standing_of(ctx, request, asking)
    left = whole_minutes(ctx.now, request.starts_at)
    pause = pause_of(ctx, request)
    first = _first(ctx, request, standing, pause)
    named = {each.provider_id for each in first}
    ranking = rank(ctx, request, LOOK)
    ranked = [
        Approach(OfferKind.WAVE, each)
        for each in ranking.candidates
        if each.provider_id not in named | standing.done
    ]
    people = [*first, *ranked]
    gate = open_gate(
        ctx,
        request.book,
        {each.provider_id for each in people},
        cannot_wait=rules.cannot_wait(ctx.now, request.starts_at),
    )
    free = [each for each in people if gate.lets(each)]
    chosen = _chosen(free, standing, gate, left, request.people_needed - standing.coming)
    asking.wave += 1
    if chosen:
        write(ctx, request, chosen, asking.wave, gate)
        _record(ctx, request, asking, chosen)
    if chosen or standing.out:
        _later(ctx, asking, _next_wave(ctx.now, request, left))
    elif ranking.refused.get("asked_enough") or any(gate.only_later(each) for each in people):
        _later(ctx, asking, _when_fresh(ctx.now, request, left))
    elif pause is not None:
        _later(ctx, asking, _when_looked_again(ctx.now, request))
    else:
        _exhausted(ctx, request, asking)
    return len(chosen)


def _chosen(
    free: Sequence[Approach], standing: Standing, gate: Gate, left: int, missing: int
) -> list[Approach]:
    """Whoever comes first alone while there is time; else the fewest with the wanted chance."""
    if free and free[0].kind is not OfferKind.WAVE and left > rules.ALONE_LEAST:
        return [each for each in free if each.kind is free[0].kind]
    # Whoever has just been asked in vain comes after the others; the order stands otherwise.
    free = sorted(
        free,
        key=lambda each: (
            each.kind is OfferKind.WAVE and not rules.is_rested(gate.since.get(each.provider_id))
        ),
    )
    fresh = [rested(each.candidate, gate.since) for each in free]
    size = rules.wave_size(
        [each.yes_permille for each in fresh],
        left,
        max(1, missing),
        out=[each.yes_permille for each in standing.out],
    )
    return [
        Approach(each.kind, candidate)
        for each, candidate in zip(free[:size], fresh[:size], strict=True)
    ]


def _first(
    ctx: Context, request: Request, standing: Standing, pause: Pause | None
) -> list[Approach]:
    """Who is asked before all others: standbys, the one wished for, who comes as a rule."""
    wanted = [(OfferKind.STEP_IN, each) for each in standing.standing_by]
    if request.wished_provider_id is not None:
        wanted.append((OfferKind.WISHED, request.wished_provider_id))
    wanted += _of_the_series(ctx, request)
    team = team_of_request(ctx.session, request.book, request.id)
    wanted += [(OfferKind.BRANCH, each) for each in team]
    rules_now = rates.rule_set_on(ctx.session, local_date(ctx.now))
    found: list[Approach] = []
    seen = set(standing.done)
    for kind, provider_id in wanted:
        if provider_id in seen:
            continue
        seen.add(provider_id)
        provider = member_row(ctx.session, provider_id)
        if not provider.is_provider or provider_id == request.elder_id:
            continue
        if pause is not None and provider.home_book != request.book:
            continue
        if fitness_of(ctx, request, provider, rules_now).eligible:
            found.append(Approach(kind, known_candidate(provider_id)))
    return found


def known_candidate(provider_id: UUID) -> Candidate:
    """Somebody who is asked for another reason than a place in the ranking."""
    return Candidate(
        provider_id=provider_id,
        cost_milliminutes=0,
        terms={},
        reasons=(),
        distance_m=None,
        travel_minutes=0,
        yes_permille=rules.STANDBY_PERMILLE,
    )


def _of_the_series(ctx: Context, request: Request) -> list[tuple[OfferKind, UUID]]:
    """Who comes to the standing visit as a rule, then who takes that one's place."""
    if request.series_id is None:
        return []
    row = ctx.session.execute(
        sa.select(
            Series.regular_id,
            Series.regular_agreed_at,
            Series.substitute_id,
            Series.substitute_agreed_at,
        ).where(Series.book == request.book, Series.id == request.series_id)
    ).one_or_none()
    if row is None:
        return []
    pairs = (
        (OfferKind.REGULAR, row.regular_id, row.regular_agreed_at),
        (OfferKind.SUBSTITUTE, row.substitute_id, row.substitute_agreed_at),
    )
    # Whoever was named and has not said that he is willing is asked like everybody else.
    return [(kind, each) for kind, each, agreed_at in pairs if each and agreed_at]


def _forget_unanswered_standbys(ctx: Context, request: Request) -> None:
    """Whoever has not said whether to stand by is now asked to come, like everybody else."""
    ctx.session.execute(
        sa.update(Offer)
        .where(
            Offer.book == request.book,
            Offer.request_id == request.id,
            Offer.kind == OfferKind.STANDBY,
            Offer.state == OfferState.OPEN,
        )
        .values(state=OfferState.WITHDRAWN)
    )


def _next_wave(now: datetime, request: Request, left: int) -> datetime:
    """After the wait for answers, at an hour at which people may be asked."""
    soon = now + timedelta(minutes=rules.gap_minutes(left))
    return min(rules.next_asking(soon, request.starts_at), request.starts_at)


def _when_fresh(now: datetime, request: Request, left: int) -> datetime:
    """When those may be asked again who have had enough messages: tomorrow, if there is one."""
    tomorrow = rules.next_day(now)
    if tomorrow + timedelta(minutes=rules.SHORT_NOTICE_MINUTES) < request.starts_at:
        return tomorrow
    return _next_wave(now, request, left)


def _when_looked_again(now: datetime, request: Request) -> datetime:
    """Whether there is room for people where the elder stays is looked at every hour.

    A claim may come free at any time, long before the next settlement.
    """
    soon = rules.next_asking(now + timedelta(minutes=LOOK_AGAIN_MINUTES), request.starts_at)
    return min(soon, request.starts_at)


def _later(ctx: Context, asking: Asking, when: datetime) -> None:
    asking.next_wave_at = when
    ctx.session.flush()
    due.plan(ctx, WAVE, asking.book, asking.request_id, when)


def _stop(ctx: Context, asking: Asking) -> None:
    asking.state, asking.next_wave_at, asking.ended_at = AskingState.STOPPED, None, ctx.now
    ctx.session.flush()


def _exhausted(ctx: Context, request: Request, asking: Asking) -> None:
    """Nobody is left to ask: the branch finds the request among the unfilled, with the reasons."""
    asking.state, asking.next_wave_at = AskingState.EXHAUSTED, None
    asking.ended_at = ctx.now
    _record(ctx, request, asking, ())


def _record(ctx: Context, request: Request, asking: Asking, chosen: Sequence[Approach]) -> None:
    audit.record(
        ctx,
        "request.ask_people",
        "request",
        request.id,
        book=request.book,
        after={"wave": asking.wave, "asked": len(chosen), "search": asking.state.value},
    )
