"""The first page: what is next, what the day still holds, what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from models.requests import Visit
from services import policy, rates
from services.clock import local_date
from services.context import Context
from services.ledger.accounts import available_minutes, standings
from services.people.reading import held_certificates, member_row
from services.places import BranchView, branch
from services.queries.schedule.proposals import Unanswered, asked_of_volunteer
from services.queries.volunteer.cards import WAITING, VisitCard, coming_cards
from services.queries.volunteer.honours import PRESSING, NextStep, next_steps
from services.queries.volunteer.offers import left_on, offers


@dataclass(frozen=True, slots=True)
class Home:
    """Figures are standard minutes, but for ``left_minutes``: actual minutes that still count."""

    next_visit: VisitCard | None
    later_visits: int
    waiting: int
    left_minutes: int
    available_minutes: int
    #: How many questions wait for an answer.
    asked: int
    #: Other times that elders have asked for.
    moves: tuple[Unanswered, ...]
    #: How many open requests fit, and how many there are in all.
    fitting: int
    open: int
    steps: tuple[NextStep, ...]
    branch: BranchView


def home(ctx: Context) -> Home:
    """Everything on the first page."""
    policy.require(ctx.actor, "request.browse")
    member = member_row(ctx.session, ctx.actor.id)
    today = local_date(ctx.now)
    rules = rates.rule_set_on(ctx.session, today)
    coming = coming_cards(ctx)
    found = offers(ctx)
    held = held_certificates(ctx.session, member.id)
    steps = next_steps(member, held, rules, today)
    return Home(
        next_visit=coming[0] if coming else None,
        later_visits=max(0, len(coming) - 1),
        waiting=_waiting(ctx),
        left_minutes=left_on(ctx, member, today, rules),
        available_minutes=available_minutes(
            standings(ctx.session, member.home_book, member.id, now=ctx.now)
        ),
        asked=sum(each.asked is not None for each in found.offers)
        + sum(not each.stands_by for each in found.standbys),
        moves=tuple(
            each for book in ctx.actor.books for each in asked_of_volunteer(ctx, book, member.id)
        ),
        fitting=sum(each.eligible for each in found.offers),
        open=len(found.offers),
        steps=tuple(step for step in steps if step.code in PRESSING),
        branch=branch(ctx.session, member.branch_id),
    )


def _waiting(ctx: Context) -> int:
    """Ended visits that wait for somebody's word or a branch's decision."""
    found = ctx.session.scalar(
        sa.select(sa.func.count())
        .select_from(Visit)
        .where(
            Visit.book.in_(ctx.actor.books),
            Visit.provider_id == ctx.actor.id,
            Visit.state.in_(WAITING),
        )
    )
    return found or 0
