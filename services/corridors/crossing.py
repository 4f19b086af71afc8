"""Posting across books: claims end, positions move and all halves are written in one act."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.context import Context
from services.corridors.claiming import settle_claims
from services.ledger.clearing import Crossing, link_of, post_linked, require_mirrored
from services.ledger.drafts import Draft, Posted, Stamp


def post_across(
    ctx: Context,
    drafts: Sequence[Draft],
    crossings: Sequence[Crossing],
    *,
    payer_book: str,
    key: str,
    subjects: Iterable[tuple[str, UUID]] = (),
) -> dict[str, list[Posted]]:
    """Post drafts of several books as one act; returns what was posted by book, in order.

    ``key`` is the act's own within the payer's book: the link follows from it. ``subjects`` are
    (book, id) of whatever has claimed on the caps for it. Refusals are the ledger's; none leaves
    anything behind. Post last in a unit of work.
    """
    require_mirrored(drafts, crossings)
    settle_claims(ctx, subjects, crossings)
    stamp = Stamp(ctx.now, ctx.actor.id)
    return post_linked(ctx.session, drafts, crossings, link_of(payer_book, key), stamp)
