"""Ratings on pages: of one visit, and of a volunteer's own visits without anybody's name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.places import Book
from models.ratings import Rating
from models.requests import Request, Visit
from services import audit, policy
from services.clock import local_date
from services.context import Context
from services.policy import Subject
from services.ratings.giving import RATEABLE, WORDS
from services.ratings.reading import Figures, Mean, counted, mean_of
from services.rules.names import Name
from services.rules.ratings import terms
from services.visits.locating import subject_of
from services.visits.sentences import VisitUnknown

#: So many of the words that elders wrote; the newest.
MOST_WORDS = 50


@dataclass(frozen=True, slots=True)
class VisitRating:
    """What was thought of a visit. ``words`` only for the elder's side."""

    score: int | None
    name: Name | None
    rated_at: datetime | None
    how: str | None
    has_words: bool
    words: str | None
    quiet: bool | None
    sheet_id: UUID | None
    #: Whether the actor may give or change it now, on the elder's side or by telephone.
    may_give: bool
    may_call: bool
    #: What there is to choose from, and for how many days it may be changed.
    choices: tuple[tuple[int, Name], ...]
    change_days: int


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What an elder wrote, and in which month: nobody is told who."""

    month: date
    text: str


@dataclass(frozen=True, slots=True)
class OwnRatings:
    """How a volunteer's visits are rated; figures and words are there from some ratings on."""

    rated: int
    shown_from: int
    figures: Figures | None
    mean: Mean | None
    words: tuple[OwnWords, ...]


def rating_of(ctx: Context, book: str, visit_id: UUID) -> VisitRating:
    """The rating of a visit for the elder's side, its branch and those above it.

    Whoever came is not told which elder said what: as the visit's provider nobody reads it, and
    staff who came themselves find nothing. Raises VisitUnknown.
    """
    visit = ctx.session.get(Visit, (book, visit_id))
    if visit is None:
        raise VisitUnknown
    request = ctx.session.get_one(Request, (book, visit.request_id))
    subject = subject_of(request, visit)
    policy.require(ctx.actor, "rating.read", replace(subject, provider_id=None))
    came = ctx.actor.id == visit.provider_id
    row = None if came else ctx.session.get(Rating, (book, visit_id))
    is_open = _is_open(ctx, visit, row)
    may_give = policy.can(ctx.actor, "rating.give", subject).allowed
    return VisitRating(
        score=row.score if row else None,
        name=terms().names[row.score] if row else None,
        rated_at=(row.changed_at or row.rated_at) if row else None,
        how=row.how if row else None,
        has_words=row is not None and row.words_sealed is not None,
        words=ctx.vault.open_or_none(WORDS, row.words_sealed) if row and may_give else None,
        quiet=row.quiet if row else None,
        sheet_id=row.sheet_id if row else None,
        may_give=is_open and may_give,
        may_call=is_open and policy.can(ctx.actor, "rating.voice", subject).allowed,
        choices=tuple(terms().names.items()),
        change_days=terms().change_within_days,
    )


def _is_open(ctx: Context, visit: Visit, row: Rating | None) -> bool:
    if visit.state not in RATEABLE or visit.reversed_at is not None:
        return False
    known = terms()
    if row is not None:
        return ctx.now <= row.rated_at + timedelta(days=known.change_within_days)
    ended_at = visit.checked_out_at or visit.starts_at
    return ctx.now <= ended_at + timedelta(days=known.give_within_days)


def words_of(ctx: Context, book: str, visit_id: UUID) -> str | None:
    """The elder's words about a visit, for its branch and auditors; the look is recorded.

    Call it in a unit of work. Whoever came reads them without a name, and not here.
    """
    visit = ctx.session.get(Visit, (book, visit_id))
    if visit is None:
        raise VisitUnknown
    request = ctx.session.get_one(Request, (book, visit.request_id))
    subject = replace(subject_of(request, visit), provider_id=None)
    policy.require(ctx.actor, "rating.read", subject)
    row = ctx.session.get(Rating, (book, visit_id))
    if row is None or row.words_sealed is None or ctx.actor.id == visit.provider_id:
        return None
    audit.record(ctx, "rating.read", "visit", visit_id, book=book, acting_for_id=visit.elder_id)
    ctx.session.flush()
    return ctx.vault.open(WORDS, row.words_sealed)


def own_ratings(ctx: Context) -> OwnRatings:
    """How the actor's own visits were rated, in every book."""
    subject = Subject(book=ctx.actor.home_book, provider_id=ctx.actor.id)
    policy.require(ctx.actor, "rating.read", subject)
    same = sa.and_(Visit.book == Rating.book, Visit.id == Rating.visit_id)
    rows = ctx.session.execute(
        sa.select(Rating.score, Rating.words_sealed, Rating.rated_at)
        .join(Visit, same)
        .where(
            Rating.book.in_(sa.select(Book.book)),
            Rating.provider_id == ctx.actor.id,
            Visit.reversed_at.is_(None),
        )
        .order_by(Rating.rated_at.desc(), Rating.visit_id)
        .execution_options(cross_book=True)
    ).all()
    shown_from = terms().own_figures_from
    if len(rows) < shown_from:
        return OwnRatings(len(rows), shown_from, None, None, ())
    scores = [row.score for row in rows]
    written = [row for row in rows if row.words_sealed is not None][:MOST_WORDS]
    words = [
        OwnWords(local_date(row.rated_at).replace(day=1), ctx.vault.open(WORDS, row.words_sealed))
        for row in written
    ]
    return OwnRatings(
        rated=len(rows),
        shown_from=shown_from,
        figures=counted({score: scores.count(score) for score in set(scores)}),
        mean=mean_of(ctx.session, [ctx.actor.id])[ctx.actor.id],
        # By month and then by their words: the order gives no visit away.
        words=tuple(sorted(words, key=lambda each: (-each.month.toordinal(), each.text))),
    )
