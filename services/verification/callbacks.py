"""Call-backs: lists as they were closed, seeds as signed, exactly the drawn called, suspensions.

Nobody steers the draw as long as each of these can be done again and comes out the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from models.callbacks import BranchSuspension, Callback, CallbackDraw, CallbackListed
from models.flags import Flag, FlagVisit
from models.requests import Visit
from services.callbacks import seeds
from services.callbacks.closing import name_of, unlisted
from services.callbacks.drawing import flagged_uncalled
from services.callbacks.suspending import judged, limit_percent, samples
from services.callbacks.terms import terms_of
from services.context import Context
from services.ledger.breaches import Breach, Tally
from services.rules.drawing import drawn_positions, list_hash, sample_size, seed_of

#: The job runs every quarter of an hour; whatever is older than this has been passed over.
PATIENCE = timedelta(days=2)


def check_callbacks(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Everything that the draws of a book promise."""
    read: seeds.Read = {}
    draws = ctx.session.scalars(
        sa.select(CallbackDraw).where(CallbackDraw.book == book).order_by(CallbackDraw.closed_at)
    ).all()
    for row in draws:
        tally.add("callback draws")
        listed = _listed(ctx, row)
        yield from _check_list(ctx, row, listed)
        yield from _check_draw(ctx, row, listed, read)
    yield from _check_left_out(ctx, book, draws)
    yield from _check_flagged(ctx, book)
    yield from _check_suspensions(ctx, book)


def _listed(ctx: Context, row: CallbackDraw) -> list[UUID]:
    """The visits of a list by position; a gap in the positions ends it."""
    rows = ctx.session.execute(
        sa.select(CallbackListed.position, CallbackListed.visit_id)
        .where(CallbackListed.book == row.book, CallbackListed.draw_id == row.id)
        .order_by(CallbackListed.position)
    ).all()
    return [each.visit_id for place, each in enumerate(rows) if each.position == place]


def _check_list(ctx: Context, row: CallbackDraw, listed: list[UUID]) -> Iterator[Breach]:
    names = [name_of(ctx.vault, row.book, visit) for visit in listed]
    made = list_hash(row.book, row.period, row.first_day, row.last_day, names)
    if len(listed) != row.size or names != sorted(names) or made != row.list_hash:
        yield Breach("callback_list_changed", row.book, f"list {row.period}")


def _check_left_out(ctx: Context, book: str, draws: Sequence[CallbackDraw]) -> Iterator[Breach]:
    """No visit was passed over: one committed late is on the next list at the latest."""
    ordered = sorted(draws, key=lambda row: row.last_day)
    if len(ordered) < 2:
        return
    for visit in unlisted(ctx.session, book, ordered[0].first_day, ordered[-2].last_day):
        yield Breach("callback_visit_unlisted", book, f"visit {visit}")


def _check_draw(
    ctx: Context, row: CallbackDraw, listed: list[UUID], read: seeds.Read
) -> Iterator[Breach]:
    if row.drawn_at is None:
        return
    where = f"list {row.period}"
    positions: tuple[int, ...] = tuple(range(row.size))
    if row.size and row.seed is None:
        found = seeds.seed_list(ctx.session, row.closed_at, terms_of(row.table_version), read)
        # Nothing was drawn because nothing was signed in time: then everybody is called.
        if found is None or found.day != row.seed_day or row.drawn_at <= found.deadline:
            yield Breach("callback_seed_wrong", row.book, where)
    elif row.seed is not None:
        if not _is_seed(ctx, row, read):
            yield Breach("callback_seed_wrong", row.book, where)
            return
        count = sample_size(row.size, terms_of(row.table_version).percent)
        positions = drawn_positions(row.seed, row.size, count)
    called = set(
        ctx.session.scalars(
            sa.select(Callback.visit_id).where(
                Callback.book == row.book, Callback.draw_id == row.id
            )
        )
    )
    if (
        row.drawn != len(positions)
        or {listed[place] for place in positions if place < len(listed)} != called
    ):
        yield Breach("callback_drawn_wrong", row.book, where)


def _is_seed(ctx: Context, row: CallbackDraw, read: seeds.Read) -> bool:
    """Made of what the two named witnesses signed under the first list after the closing."""
    found = seeds.seed_list(ctx.session, row.closed_at, terms_of(row.table_version), read)
    if found is None or found.day != row.seed_day:
        return False
    signed = seeds.signatures(ctx.session, found)
    kept = tuple((str(key), str(signature)) for key, signature in row.seed_signatures or ())
    return signed == kept and seed_of(row.list_hash, found.day, kept) == row.seed


def _check_flagged(ctx: Context, book: str) -> Iterator[Breach]:
    """Whatever was credited, and flagged, long enough ago is called."""
    waiting = flagged_uncalled(ctx.session, book)
    for start in range(0, len(waiting), 400):
        old = ctx.session.scalars(
            sa.select(Visit.id)
            .join(FlagVisit, sa.and_(FlagVisit.book == Visit.book, FlagVisit.visit_id == Visit.id))
            .where(Visit.book == book, Visit.id.in_(waiting[start : start + 400]))
            .join(Flag, sa.and_(Flag.book == FlagVisit.book, Flag.id == FlagVisit.flag_id))
            .where(Visit.ended_at < ctx.now - PATIENCE, Flag.found_at < ctx.now - PATIENCE)
            .distinct()
            .order_by(Visit.id)
        )
        for visit in old:
            yield Breach("callback_missing", book, f"visit {visit}")


def _check_suspensions(ctx: Context, book: str) -> Iterator[Breach]:
    """Each follows from the figures of its moment, and no branch over the limit was left out."""
    rows = ctx.session.scalars(
        sa.select(BranchSuspension)
        .where(BranchSuspension.book == book)
        .order_by(BranchSuspension.month, BranchSuspension.branch_id)
    ).all()
    last: dict[UUID, str] = {}
    for row in rows:
        months = samples(ctx.session, book, row.began_at).get(row.branch_id, [])
        found = judged(months, last.get(row.branch_id, ""), row.limit_percent)
        last[row.branch_id] = row.month
        same = found is not None and (found.month, found.asked, found.failed) == (
            row.month,
            row.asked,
            row.failed,
        )
        if found is None or not same or not found.is_over:
            yield Breach("suspension_unfounded", book, f"branch {row.branch_id} {row.month}")
    standing = {row.branch_id for row in rows if row.ended_at is None}
    lately = samples(ctx.session, book, ctx.now - PATIENCE)
    # Where nobody was asked yet, there may be no rules either.
    percent = limit_percent(ctx) if lately else 0
    for branch, months in sorted(lately.items()):
        found = judged(months, last.get(branch, ""), percent)
        if branch not in standing and found is not None and found.is_over:
            yield Breach("suspension_missing", book, f"branch {branch} {found.month}")
