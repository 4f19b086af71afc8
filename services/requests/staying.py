"""Where an elder stays for a time: a branch of a county whose corridor is open to the elder."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.places import Branch
from models.reserve import FundRecord
from services.clock import local_date
from services.context import Context
from services.corridors.finding import joined, region_words, require_open
from services.corridors.pairs import views_of
from services.errors import DomainError
from services.places.branches import BranchView, branch, branches_in, open_row
from services.policy import Subject
from services.requests import sentences as say
from services.rules.names import Name


@dataclass(frozen=True, slots=True)
class Place:
    """Where an elder stays: the branch there, and its county."""

    branch: BranchView
    county: Name


def stay_at(ctx: Context, elder: Member, branch_id: UUID | None) -> Branch | None:
    """The branch near which an elder stays; None at home.

    Raises NotABranch, BranchClosed, NotAway, NotJoined or CorridorShut.
    """
    if branch_id is None:
        return None
    place = open_row(ctx.session, branch_id)
    if place.book == elder.home_book:
        raise say.NotAway(field="place_branch_id")
    try:
        require_open(ctx, elder.home_book, place.book)
    except DomainError as refusal:
        refusal.field = "place_branch_id"
        raise
    return place


def hosts_of(ctx: Context, book: str) -> tuple[str, ...]:
    """The books in whose counties elders of a book may ask today, by code."""
    if not joined(ctx.session, (book,)):
        return ()
    others = ctx.session.scalars(
        sa.select(FundRecord.book)
        .where(FundRecord.signed_at.is_not(None), FundRecord.book != book)
        .distinct()
        .execution_options(cross_book=True)
    )
    views = views_of(ctx.session, {(book, other) for other in others}, local_date(ctx.now))
    return tuple(sorted(other for (_, other), view in views.items() if view.pays(book)))


def counties_of(ctx: Context, book: str) -> tuple[tuple[str, Name], ...]:
    """The same with their names."""
    return tuple((each, Name(*region_words(ctx, each))) for each in hosts_of(ctx, book))


def places_in(ctx: Context, book: str) -> tuple[BranchView, ...]:
    """The open branches of a county, by region and name."""
    return tuple(each for each in branches_in(ctx.session, book) if each.book == book)


def place_of(ctx: Context, branch_id: UUID) -> Place:
    """A branch near which somebody stays."""
    found = branch(ctx.session, branch_id)
    return Place(found, Name(*region_words(ctx, found.book)))


def subject_at(elder: Member, place: Branch) -> Subject:
    """The policy's view of asking where an elder stays: the counter there, the elder's region."""
    return Subject(
        book=elder.home_book,
        region_code=place.region_code,
        branch_id=place.id,
        elder_id=elder.id,
    )
