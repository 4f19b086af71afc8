"""What is set aside for the elder's side of a request: on the elder's coins and on a payer's.

A payer of the same book has legs of the elder's own hold. Whoever pays from another book has a
hold there, and what it keeps is claimed on the caps: that book will owe the elder's.
"""

from __future__ import annotations

from uuid import UUID

from models.ledger import AccountKind
from models.requests import Request
from services.context import Context
from services.corridors.claiming import claim, free
from services.ledger.accounts import account_id, standing
from services.ledger.decide import HeldLegs
from services.ledger.drafts import HoldDraft, Leg, NotEnough, Stamp
from services.ledger.holds import held_minutes, hold, keep, release
from services.ledger.rows import read_holds
from services.people.books import remember_book
from services.people.reading import member_row
from services.requests import sentences as say
from services.requests.payers import left_for

#: What a payer of another book claims for; the subject is the request.
PURPOSE = "payment"
ELDER_SHARE = "elder_share"


def hold_from_afar(ctx: Context, request: Request, minutes: int, turn: str) -> int:
    """Set aside what a payer of another book pays, up to so much; returns how much it is.

    Raises NotJoined, CorridorShut or CapReached, and PayerHasNothing where the coins have been
    promised elsewhere at the same moment. The payer's row is locked by the caller.
    """
    request.payer_book, request.payer_hold_id = None, None
    left = left_for(ctx, request)
    payer = member_row(ctx.session, request.payer_id) if request.payer_id else None
    if payer is None or payer.home_book == request.book or left <= 0:
        return 0
    book, earned = payer.home_book, account_id(payer.home_book, AccountKind.EARNED, payer.id)
    part = min(minutes, left, standing(ctx.session, book, earned).available_minutes)
    if part <= 0:
        return 0
    remember_book(payer, request.book)
    claim(ctx, book, request.book, part, purpose=PURPOSE, subject_id=request.id)
    draft = HoldDraft(
        book=book,
        purpose=ELDER_SHARE,
        subject_id=request.id,
        key=f"request:{request.id}:payer{turn}",
        legs=(Leg(earned, part),),
        expires_at=request.starts_at,
    )
    try:
        request.payer_hold_id = hold(ctx.session, draft, Stamp(ctx.now, ctx.actor.id))
    except NotEnough as lost:
        raise say.PayerHasNothing(field="payer") from lost
    request.payer_book = book
    return part


def open_shares(ctx: Context, request: Request) -> dict[UUID, HeldLegs]:
    """What is still set aside, by hold."""
    found: dict[UUID, HeldLegs] = {}
    for book, hold_id in _holds(request):
        found |= read_holds(ctx.session, book, [hold_id])
    return {key: held for key, held in found.items() if not held.ended}


def shared_minutes(ctx: Context, request: Request) -> int:
    """How much is still set aside for the elder's side, in all."""
    return sum(held_minutes(held) for held in open_shares(ctx, request).values())


def keep_share(ctx: Context, request: Request, turn: str = "") -> None:
    """Let what is set aside run on without an end: somebody has promised to come."""
    stamp, found = Stamp(ctx.now, ctx.actor.id), open_shares(ctx, request)

    def runs_out(hold_id: UUID | None) -> bool:
        return hold_id in found and found[hold_id].expires_at is not None

    if request.hold_id is not None and runs_out(request.hold_id):
        key = f"request:{request.id}:elder:kept{turn}"
        request.hold_id = keep(ctx.session, request.book, request.hold_id, key, stamp)
    if request.payer_book and request.payer_hold_id and runs_out(request.payer_hold_id):
        key = f"request:{request.id}:payer:kept{turn}"
        request.payer_hold_id = keep(
            ctx.session, request.payer_book, request.payer_hold_id, key, stamp
        )
    ctx.session.flush()


def release_share(ctx: Context, request: Request) -> None:
    """Give back what both sides have set aside, and what is claimed for it."""
    if request.payer_book is not None:
        free(ctx, request.payer_book, request.id)
    for book, hold_id in _holds(request):
        release(ctx.session, book, [hold_id], Stamp(ctx.now, ctx.actor.id))


def _holds(request: Request) -> list[tuple[str, UUID]]:
    """The holds of both sides, in the order of their books."""
    found = [(request.book, request.hold_id), (request.payer_book, request.payer_hold_id)]
    return sorted((book, key) for book, key in found if book is not None and key is not None)
