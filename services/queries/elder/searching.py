"""How the search for somebody goes, as it is said to the elder: no names, nothing that hurts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from models.matching import Asking, AskingState
from models.requests import Request, RequestState
from services.context import Context
from services.matching.columns import Columns
from services.matching.suggesting import suggest
from services.matching.tasks import Ranking, Relaxation
from services.queries.elder.near import require_near
from services.requests.loosening import LANGUAGE, SEX
from services.requests.reviewing import subject_of
from services.requests.sentences import RequestUnknown
from services.rules.booking import ASK_NOTICE_MINUTES
from services.rules.languages import names

#: So many are counted out; more than these are "many".
COUNTED = 20
#: From so many on people are told a number: one or two would only sound like few.
TOLD_FROM = 3
#: So many changes are offered, the easiest first.
MOST_CHANGES = 2
#: What may be said of why few can come: only what is the request's, never what is somebody's.
WHY = ("language_required", "woman_wished", "man_wished", "too_far", "not_available")
#: What else keeps people away at that time only.
OF_THE_TIME = frozenset({"not_available", "overlap", "day_full", "week_full", "week_wish"})


@dataclass(frozen=True, slots=True)
class Change:
    """Something that the elder could say otherwise, and how many people would fit then."""

    #: ``time``, ``language`` or ``sex``.
    what: str
    to_at: datetime | None
    params: Mapping[str, Any]
    people: int


@dataclass(frozen=True, slots=True)
class Searching:
    """What the page says while somebody is looked for."""

    book: str
    request_id: UUID
    #: People who would fit, where it is a good number; None says only that there are some.
    people: int | None
    are_many: bool
    #: Somebody fits at all.
    is_hopeful: bool
    #: All of them have been asked, and nobody could.
    is_exhausted: bool
    #: Why few can come: one of ``WHY``, or an empty word.
    why: str
    params: Mapping[str, Any]
    changes: tuple[Change, ...]


def searching(ctx: Context, columns: Columns, book: str, request_id: UUID) -> Searching | None:
    """How the search goes; None for a request that looks for nobody. Raises a refusal."""
    row = ctx.session.get(Request, (book, request_id))
    if row is None:
        raise RequestUnknown
    require_near(ctx, "request.read", subject_of(row))
    if row.state is not RequestState.OPEN or row.starts_at <= ctx.now:
        return None
    ranking = suggest(ctx, columns, row, COUNTED)
    asking = ctx.session.get(Asking, (book, request_id))
    found = min(ranking.eligible, COUNTED)
    return Searching(
        book=book,
        request_id=request_id,
        people=found if found >= TOLD_FROM else None,
        are_many=ranking.eligible > COUNTED,
        is_hopeful=found > 0,
        is_exhausted=asking is not None and asking.state is AskingState.EXHAUSTED,
        why=_why(ranking),
        params=names(row.wished_languages),
        changes=_changes(ctx, row, ranking),
    )


def _why(ranking: Ranking) -> str:
    """The largest of what may be said; everything of the time counts together."""
    counts = {code: ranking.refused.get(code, 0) for code in WHY}
    counts["not_available"] = max((ranking.refused.get(code, 0) for code in OF_THE_TIME), default=0)
    most = max(counts, key=lambda code: counts[code])
    return most if counts[most] else ""


def _changes(ctx: Context, request: Request, ranking: Ranking) -> tuple[Change, ...]:
    found = [change for each in ranking.relaxations if (change := _change(request, each))]
    soonest = ctx.now + timedelta(minutes=ASK_NOTICE_MINUTES)
    possible = [each for each in found if each.to_at is None or each.to_at >= soonest]
    return tuple(possible[:MOST_CHANGES])


def _change(request: Request, could: Relaxation) -> Change | None:
    """What of the possible changes is the elder's to make with one press."""
    if could.code == "any_language":
        return Change(LANGUAGE, None, names(request.wished_languages), could.people)
    if could.code == "any_sex":
        return Change(SEX, None, {}, could.people)
    shift = {
        "earlier": -could.params.get("shift_minutes", 0),
        "later": could.params.get("shift_minutes", 0),
        "day_before": -24 * 60,
        "day_after": 24 * 60,
    }.get(could.code)
    if not shift:
        return None
    return Change("time", request.starts_at + timedelta(minutes=shift), {}, could.people)
