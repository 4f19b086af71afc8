"""Two people who would step in, for visits where nobody coming would hurt."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from models.matching import OfferKind, OfferState
from models.requests import RequestState
from services import audit, due, policy
from services.asking.beginning import STANDBY
from services.asking.fragile import is_fragile
from services.asking.gate import open_gate
from services.asking.offering import Approach, is_out, offers_of, write
from services.asking.waves import LOOK, Rank
from services.clock import whole_minutes
from services.context import Context
from services.requests.reviewing import locked_request
from services.rules import asking as rules


def seek(ctx: Context, book: str, request_id: UUID, rank: Rank) -> int:
    """Ask people to stand by a promised visit, until two have said yes; returns how many.

    ``rank`` gives people who could take the place of somebody who comes.
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
        for each in rank(ctx, request, LOOK).candidates
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
