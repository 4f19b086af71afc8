"""Taking back what was posted, in every book of the act at once."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from services.context import Context
from services.corridors.crossing import post_across
from services.corridors.following import accounts_left, close_again, open_again
from services.ledger.drafts import Posted, Stamp
from services.ledger.post import post
from services.ledger.reverse import crossings_back, halves_of, opposite


def reverse_all(
    ctx: Context, book: str, transfer_id: UUID, *, key: str, reason: str
) -> dict[str, list[Posted]]:
    """Reverse a transfer and every other half of its act; returns what was posted, by book.

    Positions between the books move back with it: counted, never refused for a cap. Coins of
    members who have moved home since come back from there, or go there. ``key`` is the reversal's
    own. Raises what ``services.ledger.reverse.reverse`` raises but HalfAlone, and
    leaves nothing behind then. Post last in a unit of work.
    """
    halves = halves_of(ctx.session, book, transfer_id)
    drafts, before = [], Counter[str]()
    for half in halves:
        place = before[half.book]
        before[half.book] += 1
        own = f"{key}:{place}" if place else key
        drafts.append(opposite(ctx.session, half, key=own, reason=reason, effective_at=ctx.now))
    left = accounts_left(ctx, drafts)
    if len(halves) == 1 and not left:
        return {book: post(ctx.session, drafts, Stamp(ctx.now, ctx.actor.id))}
    crossings = crossings_back(ctx.session, halves)
    # Whoever goes on after a refusal finds neither a position moved nor half of it posted.
    with ctx.session.begin_nested():
        open_again(ctx, left, key, reason)
        if len(halves) == 1:
            posted = {book: post(ctx.session, drafts, Stamp(ctx.now, ctx.actor.id))}
        else:
            posted = post_across(ctx, drafts, crossings, payer_book=halves[0].book, key=key)
        close_again(ctx, left, key, reason)
    return posted
