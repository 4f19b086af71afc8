"""A side says that a pair's figure is wrong; the other side answers, or it is withdrawn.

A closed window never changes. What was wrong is put right by reversals, which fall into a later
window; the dispute then ends as corrected.
"""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from models.ledger import Entry, Transfer
from models.settlement import DisputeOutcome, PositionDispute, SettlementWindow, WindowPair
from services import audit, policy
from services.acts import once
from services.context import Context
from services.ledger.clearing import clearing_account
from services.policy import NATION
from services.settlement import sentences as say
from services.settlement.acknowledging import (
    open_disputes,
    settle_if_ready,
    statement_row,
    waiting_window,
)
from services.settlement.cuts import Pair, read_cut
from services.settlement.sides import side_of, tell_side, words_of
from services.settlement.windows import day_of

REASON, ANSWER = "position_dispute.reason", "position_dispute.answer"


def dispute(ctx: Context, book: str, number: int, counter_book: str, reason: str) -> UUID:
    """Dispute what stands between two books in a closed window; returns the dispute's id.

    Raises DisputeWords, WindowNotWaiting, NoPosition, StatementAcknowledged (what has been
    acknowledged is not disputed any more), or DisputeOpenAlready.
    """
    policy.require(ctx.actor, "clearing.dispute", side_of(ctx, book))
    words = _words(reason, "reason")
    content = {
        "book": book,
        "window": number,
        "counter": counter_book,
        "reason": ctx.vault.blind(REASON, words),
    }
    result = once(
        ctx,
        book,
        "clearing.dispute",
        content,
        lambda: _dispute(ctx, book, number, counter_book, words),
    )
    return UUID(result["dispute_id"])


def _dispute(ctx: Context, book: str, number: int, counter_book: str, words: str) -> dict[str, str]:
    window = waiting_window(ctx, number)
    pair = (book, counter_book) if book < counter_book else (counter_book, book)
    if ctx.session.get(WindowPair, (NATION, number, *pair)) is None:
        raise say.NoPosition
    if statement_row(ctx.session, book, number).acknowledged_at is not None:
        raise say.StatementAcknowledged
    if any(_pair_of(each) == pair for each in open_disputes(ctx.session, number)):
        raise say.DisputeOpenAlready
    dispute_id = ctx.new_id()
    ctx.session.add(
        PositionDispute(
            book=NATION,
            id=dispute_id,
            window_number=number,
            one_book=pair[0],
            other_book=pair[1],
            by_book=book,
            opened_by_id=ctx.actor.id,
            opened_at=ctx.now,
            reason_sealed=ctx.vault.seal(REASON, words),
        )
    )
    after = {"window": number, "one": pair[0], "other": pair[1], "by": book}
    audit.record(ctx, "clearing.dispute", "position_dispute", dispute_id, book=NATION, after=after)
    tell_side(
        ctx,
        counter_book,
        say.DISPUTE_OPENED,
        day=day_of(window.watermark).isoformat(),
        **words_of(ctx, "region", book),
    )
    ctx.session.flush()
    return {"dispute_id": str(dispute_id)}


def resolve(
    ctx: Context, book: str, dispute_id: UUID, outcome: DisputeOutcome, answer: str
) -> None:
    """End a dispute for one of its sides; the window settles if nothing else is missing.

    The side that opened it may withdraw it. The other side says that the figure stands, or, once
    a reversal has crossed between the two since the cut, that it has been corrected; never the
    person who opened it. Raises NoDispute, DisputeWords, NotYourSide, OwnDispute, DisputeEnded,
    or NothingCorrected.
    """
    policy.require(ctx.actor, "clearing.resolve", side_of(ctx, book))
    row = ctx.session.get(PositionDispute, (NATION, dispute_id))
    if row is None or book not in _pair_of(row):
        raise say.NoDispute
    words = _words(answer, "answer")
    if (outcome is DisputeOutcome.WITHDRAWN) != (row.by_book == book):
        raise say.NotYourSide
    if outcome is not DisputeOutcome.WITHDRAWN and row.opened_by_id == ctx.actor.id:
        raise say.OwnDispute
    content = {
        "book": book,
        "dispute": dispute_id,
        "outcome": outcome.value,
        "answer": ctx.vault.blind(ANSWER, words),
    }
    once(
        ctx,
        book,
        "clearing.resolve",
        content,
        lambda: _resolve(ctx, row.window_number, dispute_id, outcome, words),
    )


def _resolve(
    ctx: Context, number: int, dispute_id: UUID, outcome: DisputeOutcome, words: str
) -> dict[str, str]:
    window = waiting_window(ctx, number)
    row = ctx.session.get_one(PositionDispute, (NATION, dispute_id), populate_existing=True)
    if row.outcome is not None:
        raise say.DisputeEnded
    if outcome is DisputeOutcome.CORRECTED and not _reversed_since(ctx, window, _pair_of(row)):
        raise say.NothingCorrected
    row.outcome, row.resolved_by_id, row.resolved_at = outcome, ctx.actor.id, ctx.now
    row.resolution_sealed = ctx.vault.seal(ANSWER, words)
    after = {"window": number, "outcome": outcome.value}
    audit.record(ctx, "clearing.resolve", "position_dispute", dispute_id, book=NATION, after=after)
    for side in _pair_of(row):
        tell_side(ctx, side, say.DISPUTE_RESOLVED, day=day_of(window.watermark).isoformat())
    ctx.session.flush()
    settle_if_ready(ctx, window)
    return {}


def _reversed_since(ctx: Context, window: SettlementWindow, pair: Pair) -> bool:
    """Whether a reversal stands on the pair's account behind the window's cut."""
    row = ctx.session.get_one(WindowPair, (NATION, window.number, *pair))
    cut = read_cut(row.one_cut)
    same = sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id)
    found = ctx.session.execute(
        sa.select(Entry.slot, sa.func.max(Entry.version).label("version"))
        .join(Transfer, same)
        .where(
            Entry.book == pair[0],
            Entry.account_id == clearing_account(*pair),
            Transfer.reverses_id.is_not(None),
        )
        .group_by(Entry.slot)
    )
    return any(each.version > cut.get(each.slot, 0) for each in found)


def _pair_of(row: PositionDispute) -> Pair:
    return row.one_book, row.other_book


def _words(text: str, field: str) -> str:
    words = text.strip()
    if not words or len(words) > say.LONGEST_WORDS:
        raise say.DisputeWords(field=field, most=say.LONGEST_WORDS)
    return words
