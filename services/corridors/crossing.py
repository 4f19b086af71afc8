"""Posting across books: claims end, positions move and all halves are written in one act."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.context import Context
from services.corridors.claiming import ALL, Key, locked, open_claims, settle_claims
from services.ledger.clearing import (
    Crossing,
    link_of,
    open_clearing,
    post_by_book,
    post_linked,
    require_mirrored,
)
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


@dataclass(frozen=True, slots=True)
class Halves:
    """One of several acts that are posted together, its drafts linked already."""

    drafts: tuple[Draft, ...]
    crossings: tuple[Crossing, ...] = ()
    #: (Book, id) of whatever has claimed on the caps for it.
    subjects: tuple[tuple[str, UUID], ...] = ()


def settle_all(ctx: Context, acts: Sequence[Halves]) -> None:
    """End the claims of several acts and move their positions, each by its own.

    Every row is locked first, in one order. Call before anything of the ledger is touched.
    """
    crossings = sorted(
        (each for act in acts for each in act.crossings),
        key=lambda each: (each.from_book, each.to_book),
    )
    for act in acts:
        require_mirrored(act.drafts, act.crossings)
    for each in crossings:
        open_clearing(ctx.session, each.from_book, each.to_book, now=ctx.now)
    keys: set[Key] = set()
    for each in crossings:
        for one, other in ((each.from_book, each.to_book), (each.to_book, each.from_book)):
            keys |= {(one, ALL), (one, other)}
    for act in acts:
        for book, subject_id in act.subjects:
            for claim in open_claims(ctx.session, book, subject_id):
                keys |= {(book, ALL), (book, claim.counter_book)}
    if keys:
        locked(ctx.session, keys)
    for act in acts:
        settle_claims(ctx, act.subjects, act.crossings)


def post_all(ctx: Context, acts: Sequence[Halves]) -> dict[UUID, Posted]:
    """Post every draft of several acts, after :func:`settle_all`; by the transfers' ids."""
    drafts = [draft for act in acts for draft in act.drafts]
    done = post_by_book(ctx.session, drafts, Stamp(ctx.now, ctx.actor.id))
    return {each.transfer_id: each for of_book in done.values() for each in of_book}
