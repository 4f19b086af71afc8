"""The posting that takes another back, in every book at once; who may want it is asked before."""

from __future__ import annotations

from uuid import UUID

from services import audit, outbox
from services.context import Context
from services.corridors.reversing import reverse_all
from services.corridors.warning import administrators_of
from services.donations.overflowing import withdraw_certificates
from services.gifts.ending import correct
from services.ledger.reverse import Half
from services.requests.reviewing import locked_request
from services.reversing.sentences import REASONS, REVERSED, REVERSED_ELSEWHERE, ReasonUnknown
from services.reversing.touching import Touched, require_reversible, touched_by
from services.reversing.visits import undo_visits
from services.visits.days import lock_members


def reverse_posting(
    ctx: Context, book: str, transfer_id: UUID, reason: str, *, takes_stars: bool = True
) -> UUID:
    """Post the opposite of a transfer and tell everybody it touches; services only.

    What went to another book comes back in one act: every half is reversed, and everybody hears
    of it in every book. A service that was paid by it counts for no hours any more. Returns the
    new transfer's id. Raises AlreadyReversed, or NotEnough when a holder has spent the minutes
    already; also OfMove, OfEstate and OwnerDivided. The caller undoes what was written by then.
    """
    if reason not in REASONS:
        raise ReasonUnknown(field="reason")
    touched = touched_by(ctx, book, transfer_id)
    # Whoever sets something aside for a complaint at this moment has the request's row.
    for visit in touched.visits:
        locked_request(ctx, visit.book, visit.request_id)
    # Whoever divides an estate at this moment has its owner's row.
    lock_members(ctx.session, set(touched.people))
    require_reversible(ctx, touched)
    for half in touched.owners:
        _write_down(ctx, book, half, touched, reason)
    undo_visits(ctx, touched.visits, reason, takes_stars=takes_stars)
    posted = reverse_all(ctx, book, transfer_id, key=f"reversal:{transfer_id}", reason=reason)
    place = [half.transfer_id for half in touched.owners if half.book == book].index(transfer_id)
    return posted[book][place].transfer_id


def _write_down(ctx: Context, book: str, half: Half, touched: Touched, reason: str) -> None:
    """Audit, notices and papers of one half, in its own book; ``book`` is where it was asked."""
    audit.record(
        ctx,
        "transfer.reverse",
        "transfer",
        half.transfer_id,
        book=half.book,
        after={"reason": reason},
    )
    for owner in touched.owners[half]:
        outbox.tell(ctx, half.book, owner, REVERSED, reason=REASONS[reason])
    if half.book != book:
        for administrator in administrators_of(ctx, half.book):
            outbox.tell(
                ctx,
                half.book,
                administrator,
                REVERSED_ELSEWHERE,
                reference=str(half.transfer_id),
                reason=REASONS[reason],
            )
    withdraw_certificates(ctx, half.book, half.transfer_id)
    correct(ctx, half.book, half.transfer_id)
