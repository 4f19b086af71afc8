"""Two people who would step in, for visits where nobody coming would hurt."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from models.matching import OfferKind, OfferState
from models.people import Member, MemberStatus
from models.requests import Request, RequestState
from services import audit, policy, rates
from services.asking.beginning import STANDBY
from services.asking.fragile import is_fragile
from services.asking.gate import open_gate
from services.asking.offering import Approach, is_out, offers_of, write
from services.asking.waves import LOOK, Rank
from services.clock import local_date, whole_minutes
from services.context import Context
from services.jobs import due
from services.matching.columns import Columns
from services.matching.ranking import rank
from services.matching.requests import tasks_of
from services.matching.tasks import Ranking
from services.requests.reviewing import locked_request
from services.rules import asking as rules
from services.visits.fitness import fitness_of_people


def beside(ctx: Context, columns: Columns, request: Request, limit: int) -> Ranking:
    """People who could take the place of any of those who come: trained, free, and eligible."""
    [task] = tasks_of(ctx, [request])
    task = replace(task, people_missing=1, training_missing=True)
    ranking = rank(columns, task, now=ctx.now, limit=limit)
    today = local_date(ctx.now)
    providers = ctx.session.scalars(
        sa.select(Member).where(
            Member.id.in_([each.provider_id for each in ranking.candidates]),
            Member.is_provider,
            Member.status == MemberStatus.ACTIVE,
        )
    ).all()
    fits = fitness_of_people(ctx, [request], providers, rates.rule_set_on(ctx.session, today))
    able = {
        provider_id
        for (provider_id, _), fitness in fits.items()
        if not fitness.barred and {each.code for each in fitness.refusals} <= {"full"}
    }
    kept = tuple(each for each in ranking.candidates if each.provider_id in able)
    return replace(ranking, candidates=kept)


def seek(ctx: Context, book: str, request_id: UUID, others: Rank) -> int:
    """Ask people to stand by a promised visit, until two have said yes; returns how many.

    ``others`` gives people who could take the place of somebody who comes.
    """
    policy.require(ctx.actor, "jobs.run")
    request = locked_request(ctx, book, request_id)
    left = whole_minutes(ctx.now, request.starts_at)
    if request.state is not RequestState.FILLED or left < rules.STANDBY_LEAST:
        return 0
    standing = [each for each in offers_of(ctx, request) if each.kind is OfferKind.STANDBY]
    missing = rules.STANDBYS - sum(each.state is OfferState.ACCEPTED for each in standing)
    if missing <= 0 or not is_fragile(ctx, request):
        return 0
    # A standby is never worth somebody's sleep.
    if rules.is_quiet(ctx.now):
        due.plan(ctx, STANDBY, book, request_id, rules.quiet_end(ctx.now))
        return 0
    asked = {each.provider_id for each in standing}
    people = [
        Approach(OfferKind.STANDBY, each)
        for each in others(ctx, request, LOOK).candidates
        if each.provider_id not in asked
    ]
    gate = open_gate(ctx, book, {each.provider_id for each in people}, cannot_wait=False)
    free = [each for each in people if gate.lets(each)]
    out = [each.yes_permille for each in standing if is_out(each, ctx.now)]
    chances = [each.candidate.yes_permille for each in free]
    chosen = free[: rules.wave_size(chances, left, missing, out=out)]
    if chosen:
        write(ctx, request, chosen, 1, gate)
        audit.record(
            ctx,
            "request.ask_standbys",
            "request",
            request.id,
            book=book,
            after={"asked": len(chosen)},
        )
    if chosen or out:
        again = ctx.now + timedelta(minutes=rules.gap_minutes(left))
        due.plan(ctx, STANDBY, book, request_id, again)
    return len(chosen)
