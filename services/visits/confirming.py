"""The elder's word: by the own login, by a relative within scope, or by a call noted by staff."""

from __future__ import annotations

from uuid import UUID

from models.people import Member
from models.requests import Request, Visit, VisitState
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.entry_rights import require_hand
from services.errands.finding import require_spoken_of
from services.requests.reviewing import service_name
from services.visits import sentences as say
from services.visits.crediting import credit_when_complete
from services.visits.locating import locked_visit, subject_of

#: A visit that has ended and still waits for somebody's word.
UNCONFIRMED = (VisitState.CHECKED_OUT, VisitState.IN_REVIEW)


def confirm(ctx: Context, book: str, visit_id: UUID) -> None:
    """The elder (or a relative with that scope) says that the visit was as recorded.

    Nobody saw a remote service but the elder: there only the own word counts, or a call that
    staff note (:class:`OwnWordOnly`). Money that passed through the provider's hands is spoken of
    first (:class:`MoneyFirst`).
    """
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "visit.confirm", subject_of(request, visit))
    _require_living(ctx, request)
    how = "own" if ctx.actor.id == request.elder_id else "family"
    if request.remote and how != "own":
        raise say.OwnWordOnly
    _confirm_once(ctx, request, visit, how)


def confirm_by_voice(ctx: Context, book: str, visit_id: UUID) -> None:
    """Staff call the elder and note the answer; never the provider, never the provider's kin."""
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "visit.voice", subject_of(request, visit))
    require_hand(ctx, subject_of(request, visit))
    _require_living(ctx, request)
    _confirm_once(ctx, request, visit, "voice")


def _require_living(ctx: Context, request: Request) -> None:
    """Nobody says it for the dead, be it the family a moment later: then a branch decides."""
    elder = ctx.session.get_one(Member, request.elder_id, populate_existing=True)
    if elder.died_at is not None:
        raise say.NotForConfirming


def _confirm_once(ctx: Context, request: Request, visit: Visit, how: str) -> None:
    def do() -> dict[str, str]:
        if visit.state not in UNCONFIRMED or visit.checked_out_at is None:
            raise say.NotForConfirming
        require_spoken_of(ctx.session, visit.book, visit.id)
        take_word(ctx, request, visit, how)
        if visit.state is VisitState.CONFIRMED:
            # Nothing is posted yet that would tell the elder of it.
            outbox.tell_acted(
                ctx,
                visit.book,
                request.elder_id,
                say.CONFIRMED_FOR_YOU,
                visit_id=visit.id,
                reference=request.reference,
                **service_name(ctx, request),
            )
        return {}

    once(ctx, visit.book, "visit.confirm", {"visit_id": visit.id, "how": how}, do)


def take_word(ctx: Context, request: Request, visit: Visit, how: str) -> None:
    """Write who confirmed and how, then value and post as soon as everybody is through."""
    before = visit.state
    visit.confirmed_at, visit.confirmed_by_id = ctx.now, ctx.actor.id
    visit.confirmed_how, visit.state = how, VisitState.CONFIRMED
    visit.confirmed_device = ctx.device
    audit.record(
        ctx,
        "visit.confirm",
        "visit",
        visit.id,
        book=visit.book,
        before={"state": before.value},
        after={"state": visit.state.value, "how": how},
        acting_for_id=None if ctx.actor.id == request.elder_id else request.elder_id,
    )
    ctx.session.flush()
    credit_when_complete(ctx, request)
