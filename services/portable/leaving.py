"""What is in the way of closing an account for good: whatever is still promised, held or owed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa

from models.people import Member, RoleAssignment
from models.schedule import Series, SeriesState
from models.service_days import GroupPlace
from services.context import Context
from services.ledger.accounts import standings
from services.moving.bookings import own_promises, own_requests
from services.moving.checking import hindrances
from services.people.books import books_of
from services.people.guardians import guardianship_of, wards_of
from services.portable import sentences as say
from services.rules.refusals import Refusal


def in_the_way(ctx: Context, member: Member) -> tuple[Refusal, ...]:
    """Everything that has to end first, each as a sentence; ask under the member's lock."""
    return (
        *(replace(each, sentence=say.UNFINISHED[each.code]) for each in hindrances(ctx, member)),
        *_bookings(ctx, member),
        *_offices(ctx, member),
        *_held(ctx, member),
    )


def _bookings(ctx: Context, member: Member) -> Iterator[Refusal]:
    """Help that is asked for or promised, and standing visits: the member ends them."""
    books = books_of(member)
    asked = sum(len(own_requests(ctx, book, member.id)) for book in books)
    if asked:
        yield Refusal("requests_open", say.REQUESTS_OPEN, {"count": asked})
    promised = len(own_promises(ctx, member))
    if promised:
        yield Refusal("promises_open", say.PROMISES_OPEN, {"count": promised})
    of_series = sa.or_(
        Series.elder_id == member.id,
        Series.regular_id == member.id,
        Series.substitute_id == member.id,
    )
    series = sa.select(Series.id).where(
        Series.book.in_(books), Series.state != SeriesState.ENDED, of_series
    )
    if ctx.session.scalar(series.limit(1)) is not None:
        yield Refusal("series_open", say.SERIES_OPEN, {})
    places = sa.select(GroupPlace.session_id).where(
        GroupPlace.book.in_(books),
        GroupPlace.elder_id == member.id,
        GroupPlace.cancelled_at.is_(None),
        GroupPlace.present.is_(None),
    )
    if ctx.session.scalar(places.limit(1)) is not None:
        yield Refusal("places_open", say.PLACES_OPEN, {})


def _offices(ctx: Context, member: Member) -> Iterator[Refusal]:
    """Who is responsible for others, or for whom somebody else is, does not simply leave."""
    role = sa.select(RoleAssignment.id).where(
        RoleAssignment.member_id == member.id, RoleAssignment.ended_at.is_(None)
    )
    if ctx.session.scalar(role.limit(1)) is not None:
        yield Refusal("office_held", say.OFFICE_HELD, {})
    if wards_of(ctx.session, member.id):
        yield Refusal("guards_somebody", say.GUARDS_SOMEBODY, {})
    if guardianship_of(ctx.session, member.id) is not None:
        yield Refusal("is_ward", say.IS_WARD, {})


def _held(ctx: Context, member: Member) -> Iterator[Refusal]:
    """Coins that something still sets aside, whatever it is."""
    held = sum(
        each.held_minutes
        for book in books_of(member)
        for each in standings(ctx.session, book, member.id, now=ctx.now)
    )
    if held:
        yield Refusal("coins_held", say.COINS_HELD, {"held_minutes": held})
