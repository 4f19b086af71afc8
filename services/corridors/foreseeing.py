"""What stands between two books today, said before anybody does anything about it."""

from __future__ import annotations

from services.clock import local_date
from services.context import Context
from services.corridors.claiming import freed_at, room_of
from services.corridors.finding import region_words, require_open
from services.corridors.sentences import CapReached
from services.errors import DomainError


def require_room(
    ctx: Context, payer_book: str, payee_book: str, minutes: int, *, field: str | None = None
) -> None:
    """Raise what a claim of so much would meet now: NotJoined, CorridorShut or CapReached.

    Read without a lock: whoever claims is told for certain. ``field`` names the answer of a form.
    """
    try:
        view = require_open(ctx, payer_book, payee_book)
        if view.is_kept_together:
            return
        rooms = room_of(ctx.session, view, payer_book, local_date(ctx.now))
        missing = max(room.missing_minutes(minutes) for room in rooms)
        if missing:
            zh, en = region_words(ctx, payer_book)
            raise CapReached(
                region_zh=zh, region_en=en, until=freed_at(ctx), missing_minutes=missing
            )
    except DomainError as refusal:
        refusal.field = field
        raise


def barrier(ctx: Context, payer_book: str, payee_book: str) -> DomainError | None:
    """Why not a single minute may go from one book to another today; None where it may."""
    try:
        require_room(ctx, payer_book, payee_book, 1)
    except DomainError as refusal:
        return refusal
    return None
