"""Serving in another region: which ones are open to a volunteer, and what stands between the two.

A quote is what is known before anybody says yes: both books, the agreement that governs them, the
most that the visit would bring the elder's book to owe, and what the caps still leave for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from models.corridors import Phase
from models.requests import Request
from services import policy, rates
from services.clock import local_date
from services.context import Context
from services.corridors.claiming import freed_at, room_of
from services.corridors.finding import corridor_between
from services.corridors.pairs import payers_of
from services.queries.volunteer.away import region_name
from services.reserve.reading import premium_stop_now
from services.rules.names import Name
from services.rules.rule_set import RuleSet
from services.visits.across import dearest_minutes
from services.visits.fitness import Fitness


@dataclass(frozen=True, slots=True)
class AwayRegion:
    """A region whose elders a volunteer may serve today, and how far the agreement reaches."""

    book: str
    region: Name
    phase: Phase | None


@dataclass(frozen=True, slots=True)
class Quote:
    """What stands between an elder's book and a volunteer's, before a yes. Standard minutes."""

    book: str
    region: Name
    #: Where the coins are credited.
    home: Name
    phase: Phase | None
    #: Claimed with the yes: no course of the visit costs more.
    largest_minutes: int
    #: What the caps leave now; None: there is no cap between the two.
    room_minutes: int | None
    #: When there is room again, where there is too little now.
    waits_until: datetime | None

    @property
    def fits(self) -> bool:
        """Whether the caps leave room for it."""
        return self.waits_until is None


def away_regions(ctx: Context) -> tuple[AwayRegion, ...]:
    """The regions that are open to the volunteer's book, the nearer ones first."""
    policy.require(ctx.actor, "request.browse")
    home = ctx.actor.home_book
    found = payers_of(ctx.session, home, local_date(ctx.now))
    return tuple(
        AwayRegion(book, region_name(ctx, book), view.phase)
        for book, view in sorted(found.items(), key=lambda each: _nearness(home, each[0]))
    )


def _nearness(home: str, book: str) -> tuple[int, str]:
    """The same city, then the same province, then the country, in order of code."""
    shared = next((place for place in (4, 2) if book[:place] == home[:place]), 0)
    return (-shared, book)


def quote(ctx: Context, request: Request, fitness: Fitness, rules: RuleSet) -> Quote | None:
    """What stands between the request's book and the volunteer's; None within one book."""
    home = ctx.actor.home_book
    if request.book == home:
        return None
    today = local_date(ctx.now)
    view = corridor_between(ctx.session, request.book, home, today)
    largest = dearest_minutes(
        request,
        booked_minutes=request.booked_minutes,
        provider_level=fitness.level,
        certificate_relevant=fitness.certificate_relevant,
        care_grade=fitness.care_grade,
        premium_stop=premium_stop_now(ctx, request.book),
        rules=rules,
        calendar=rates.calendar_on(ctx.session),
    )
    rooms = () if view.is_kept_together else room_of(ctx.session, view, request.book, today)
    left = [room.left_minutes for room in rooms if room.left_minutes is not None]
    room_minutes = min(left, default=None)
    short = room_minutes is not None and room_minutes < largest
    return Quote(
        book=request.book,
        region=region_name(ctx, request.book),
        home=region_name(ctx, home),
        phase=view.phase,
        largest_minutes=largest,
        room_minutes=room_minutes,
        waits_until=freed_at(ctx) if short else None,
    )
