"""The elder's side rates a visit in one tap, and may think again for some days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from models.people import Member
from models.ratings import Rating
from models.requests import Request, Visit, VisitState
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.matching.marks import mark
from services.ratings import sentences as say
from services.ratings.warning import warn_if_low
from services.requests.reviewing import service_name
from services.rules.ratings import SCORES, terms
from services.visits.locating import locked_visit, subject_of
from services.visits.voice import REACHED, ReachedHow

#: What elders say of a visit is sealed for this purpose.
WORDS = "rating.words"
RATEABLE = (VisitState.CONFIRMED, VisitState.CREDITED)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is thought of a visit. ``score``: 3 good, 2 fair, 1 not good.

    ``words`` None leaves those that are there, "" takes them back. ``quiet`` says of a low rating
    whether the branch shall not look into it; None: not asked yet.
    """

    score: int
    words: str | None = None
    quiet: bool | None = None


def give_rating(ctx: Context, book: str, visit_id: UUID, opinion: Opinion) -> None:
    """The elder, or a relative with that scope, rates a confirmed visit, or changes the rating.

    Raises ScoreUnknown, TooManyRatingWords, NotForRating, RatingTooLate or RatingSettled.
    """
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "rating.give", subject_of(request, visit))
    how = "own" if ctx.actor.id == request.elder_id else "family"
    _rate(ctx, request, visit, opinion, how, {})


def give_by_voice(ctx: Context, book: str, visit_id: UUID, opinion: Opinion, reached: str) -> None:
    """The same as staff heard it; never who came, nor kin of either. Raises ReachedHow and such."""
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "rating.voice", subject_of(request, visit))
    if reached not in REACHED:
        raise ReachedHow(field="reached")
    _rate(ctx, request, visit, opinion, "voice", {"reached": reached})


def _rate(
    ctx: Context,
    request: Request,
    visit: Visit,
    opinion: Opinion,
    how: str,
    noted: dict[str, str],
) -> None:
    _check(opinion)
    act = "rating.voice" if how == "voice" else "rating.give"

    def do() -> dict[str, str]:
        row = ctx.session.get(Rating, (visit.book, visit.id), populate_existing=True)
        _require_open(ctx, request, visit, row)
        before = {} if row is None else {"score": row.score, "words": row.words_sealed is not None}
        row = _written(ctx, request, visit, row, opinion, how)
        after = {"score": row.score, "words": row.words_sealed is not None, "how": how}
        audit.record(
            ctx,
            act,
            "visit",
            visit.id,
            book=visit.book,
            before=before,
            after={**after, **noted, "terms": terms().version},
            acting_for_id=None if how == "own" else request.elder_id,
        )
        warn_if_low(ctx, request, row)
        # What elders think of somebody decides where he stands in a ranking.
        mark(ctx.session, [visit.provider_id], ctx.now)
        _tell(ctx, request, visit, row, how)
        return {}

    content = {
        "visit_id": visit.id,
        "score": opinion.score,
        "words": None if opinion.words is None else ctx.vault.blind("act", opinion.words),
        "quiet": opinion.quiet,
        **noted,
    }
    once(ctx, visit.book, act, content, do)


def _check(opinion: Opinion) -> None:
    if opinion.score not in SCORES:
        raise say.ScoreUnknown(field="score")
    if len((opinion.words or "").strip()) > terms().words_most:
        raise say.TooManyRatingWords(field="words", most=terms().words_most)


def _require_open(ctx: Context, request: Request, visit: Visit, row: Rating | None) -> None:
    elder = ctx.session.get_one(Member, request.elder_id, populate_existing=True)
    # Nobody says it for the dead.
    stands = visit.state in RATEABLE and visit.reversed_at is None and elder.died_at is None
    if not stands:
        raise say.NotForRating
    known = terms()
    if row is not None:
        if ctx.now > row.rated_at + timedelta(days=known.change_within_days):
            raise say.RatingSettled(days=known.change_within_days)
        return
    ended_at = visit.checked_out_at or visit.starts_at
    if ctx.now > ended_at + timedelta(days=known.give_within_days):
        raise say.RatingTooLate(days=known.give_within_days)


def _written(
    ctx: Context,
    request: Request,
    visit: Visit,
    row: Rating | None,
    opinion: Opinion,
    how: str,
) -> Rating:
    if row is None:
        row = Rating(
            book=visit.book,
            visit_id=visit.id,
            elder_id=request.elder_id,
            provider_id=visit.provider_id,
            branch_id=request.branch_id,
            service_code=request.service_code,
            score=opinion.score,
            rated_at=ctx.now,
        )
        ctx.session.add(row)
    else:
        row.score, row.changed_at = opinion.score, ctx.now
    row.rated_by_id, row.how = ctx.actor.id, how
    if opinion.words is not None:
        words = opinion.words.strip()
        row.words_sealed = ctx.vault.seal(WORDS, words) if words else None
    if opinion.quiet is not None:
        row.quiet = opinion.quiet
    ctx.session.flush()
    return row


def _tell(ctx: Context, request: Request, visit: Visit, row: Rating, how: str) -> None:
    """The elder hears what somebody else has said for him."""
    if how == "own":
        return
    rating = terms().names[row.score]
    outbox.tell(
        ctx,
        visit.book,
        request.elder_id,
        say.RATED_FOR_YOU,
        visit_id=visit.id,
        reference=request.reference,
        **rating.params("rating"),
        **service_name(ctx, request),
    )
