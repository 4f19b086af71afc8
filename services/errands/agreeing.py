"""The elder's side: yes to what was handed over, yes to what came back, or no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.errands import ErrandMoney
from models.requests import Request, Visit
from services import audit, outbox, policy
from services.acts import once
from services.complaints.finding import COMPLAINANT, add_word
from services.complaints.opening import How, standing_complaint, start_complaint
from services.context import Context
from services.entry_rights import require_hand
from services.errands import sentences as say
from services.errands.finding import is_open, sum_of
from services.visits.locating import locked_visit, subject_of
from services.visits.voice import REACHED, ReachedHow

MONEY = "money"
#: How a complaint came that staff took down.
_TAKEN: dict[str, How] = {"phone": "phone", "counter": "counter", "home": "counter"}


@dataclass(frozen=True, slots=True)
class Seen:
    """The figures in front of whoever answers, in fen; without ``spent_fen`` only what was given.

    An answer holds for these figures alone: where the provider has put one right meanwhile,
    nobody has agreed to anything.
    """

    handed_fen: int
    spent_fen: int | None = None


def agree(ctx: Context, book: str, visit_id: UUID, money_id: UUID, seen: Seen) -> None:
    """The elder, or a relative with that scope, says that it is right; what came back closes it.

    Raises MoneyUnknown, MoneyIsClosed or MoneyChanged.
    """
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "errand.agree", subject_of(request, visit))
    how = "own" if ctx.actor.id == request.elder_id else "family"
    _agree(ctx, request, visit, money_id, seen, how, {})


def agree_by_voice(
    ctx: Context, book: str, visit_id: UUID, money_id: UUID, seen: Seen, reached: str
) -> None:
    """The same as staff heard it from the elder, whom they read the figures to.

    Raises ReachedHow, EntryRightsSuspended and what :func:`agree` raises.
    """
    request, visit = _by_voice(ctx, book, visit_id, reached)
    _agree(ctx, request, visit, money_id, seen, "voice", {"reached": reached})


def _by_voice(ctx: Context, book: str, visit_id: UUID, reached: str) -> tuple[Request, Visit]:
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "errand.voice", subject_of(request, visit))
    require_hand(ctx, subject_of(request, visit))
    if reached not in REACHED:
        raise ReachedHow(field="reached")
    return request, visit


def _agree(
    ctx: Context,
    request: Request,
    visit: Visit,
    money_id: UUID,
    seen: Seen,
    how: str,
    noted: dict[str, str],
) -> None:
    act = "errand.voice" if how == "voice" else "errand.agree"

    def do() -> dict[str, str]:
        row = sum_of(ctx.session, visit.book, visit.id, money_id)
        _require_as_seen(row, seen)
        if row.handed_agreed_at is None:
            row.handed_agreed_at, row.handed_agreed_by_id = ctx.now, ctx.actor.id
            row.handed_agreed_how = how
        if seen.spent_fen is not None:
            row.closed_at, row.closed_by_id, row.closed_how = ctx.now, ctx.actor.id, how
        _record(ctx, request, row, act, {"how": how, **noted, **_figures(seen)})
        if row.closed_at is not None:
            _tell_closed(ctx, request, visit, row)
        else:
            # Of the first word nobody hears otherwise but whom a relative has said it for.
            book, elder = visit.book, request.elder_id
            outbox.tell_acted(ctx, book, elder, say.AGREED_FOR_YOU, handed_fen=seen.handed_fen)
        return {}

    content = {"visit_id": visit.id, "money_id": money_id, **_figures(seen), **noted}
    once(ctx, visit.book, act, content, do)


def disagree(
    ctx: Context, book: str, visit_id: UUID, money_id: UUID, seen: Seen, text: str
) -> None:
    """The elder's side says that it is not right: a complaint about money, with these words.

    Nothing is closed by it. Raises MoneyUnknown, MoneyIsClosed, MoneyChanged or MoneyDisputed,
    and MissingText or TooManyWords (field ``text``).
    """
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "errand.agree", subject_of(request, visit))
    how: How = "self" if ctx.actor.id == request.elder_id else "family"
    _disagree(ctx, request, visit, money_id, seen, text, how, "errand.agree")


def disagree_by_voice(
    ctx: Context, book: str, visit_id: UUID, money_id: UUID, seen: Seen, text: str, reached: str
) -> None:
    """The same as staff heard it from the elder; raises ReachedHow and what disagree raises."""
    request, visit = _by_voice(ctx, book, visit_id, reached)
    _disagree(ctx, request, visit, money_id, seen, text, _TAKEN[reached], "errand.voice")


def _disagree(
    ctx: Context,
    request: Request,
    visit: Visit,
    money_id: UUID,
    seen: Seen,
    text: str,
    how: How,
    act: str,
) -> None:
    def do() -> dict[str, str]:
        row = sum_of(ctx.session, visit.book, visit.id, money_id)
        _require_as_seen(row, seen)
        if row.disputed_at is not None:
            raise say.MoneyDisputed
        row.disputed_at = ctx.now
        row.complaint_id = _complain(ctx, request, visit, text, how)
        said = {"agreed": False, "how": how, "complaint": str(row.complaint_id)}
        _record(ctx, request, row, act, {**said, **_figures(seen)})
        outbox.tell(ctx, visit.book, visit.provider_id, say.DISPUTED, visit_id=visit.id)
        return {}

    content = {
        "visit_id": visit.id,
        "money_id": money_id,
        "agreed": False,
        "text": ctx.vault.blind("act", text),
        "how": how,
        **_figures(seen),
    }
    once(ctx, visit.book, act, content, do)


def _complain(ctx: Context, request: Request, visit: Visit, text: str, how: How) -> UUID:
    """A complaint about the money; one that is under way takes these words in as well."""
    standing = standing_complaint(ctx, visit.book, visit.id, MONEY)
    if standing is None:
        return start_complaint(
            ctx,
            book=visit.book,
            kind=MONEY,
            text=text,
            visit_id=visit.id,
            against_id=visit.provider_id,
            by=request.elder_id,
            how=how,
        )
    own = ctx.actor.id == request.elder_id
    add_word(ctx, standing, COMPLAINANT, text, None if own else request.elder_id)
    return standing.id


def _require_as_seen(row: ErrandMoney, seen: Seen) -> None:
    if not is_open(row):
        raise say.MoneyIsClosed
    if (row.handed_fen, row.spent_fen) != (seen.handed_fen, seen.spent_fen):
        raise say.MoneyChanged


def _figures(seen: Seen) -> dict[str, int | None]:
    return {"handed_fen": seen.handed_fen, "spent_fen": seen.spent_fen}


def _record(
    ctx: Context, request: Request, row: ErrandMoney, act: str, after: dict[str, object]
) -> None:
    audit.record(
        ctx,
        act,
        "errand",
        row.id,
        book=row.book,
        after=after,
        acting_for_id=None if ctx.actor.id == request.elder_id else request.elder_id,
    )
    ctx.session.flush()


def _tell_closed(ctx: Context, request: Request, visit: Visit, row: ErrandMoney) -> None:
    fen: dict[str, Any] = {
        "handed_fen": row.handed_fen,
        "spent_fen": row.spent_fen,
        "change_fen": row.change_fen,
    }
    outbox.tell(ctx, visit.book, visit.provider_id, say.CLOSED, visit_id=visit.id, **fen)
    if ctx.actor.id != request.elder_id:
        outbox.tell(ctx, visit.book, request.elder_id, say.CLOSED, visit_id=visit.id, **fen)
