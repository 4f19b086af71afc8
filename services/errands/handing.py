"""The provider's side: what the elder handed over, and what came back with which receipt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from models.errands import ErrandMoney
from models.requests import Request, Visit, VisitState
from services import audit, evidence, outbox, policy, rates
from services.acts import once
from services.context import Context
from services.errands import sentences as say
from services.errands.finding import is_open, sum_of, sums_of
from services.evidence import Upload
from services.people.reading import member_row
from services.rules.errands import NOTHING_BOUGHT, takes_money, terms
from services.visits.locating import locked_visit, subject_of

#: What evidence of a sum is kept under.
EVIDENCE = "errand"


def hand(ctx: Context, book: str, visit_id: UUID, handed_fen: int) -> UUID:
    """Write down what the elder handed over, in fen; returns the sum's id.

    One sum at a time: while the elder's side has not agreed to it, the same again puts the amount
    right. Raises NoErrand, NotThere, NoMoney, MoneyOverLimit or MoneyAlreadyAgreed.
    """
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "errand.hand", subject_of(request, visit))

    def do() -> dict[str, str]:
        return {"money_id": str(_hand(ctx, request, visit, handed_fen).id)}

    content = {"visit_id": visit_id, "handed_fen": handed_fen}
    return UUID(once(ctx, book, "errand.hand", content, do)["money_id"])


def _hand(ctx: Context, request: Request, visit: Visit, handed_fen: int) -> ErrandMoney:
    rules = rates.rule_set(ctx.session, visit.rule_set_version)
    if request.remote or not takes_money(rules, request.service_code):
        raise say.NoErrand
    if visit.state is not VisitState.CHECKED_IN or visit.checked_out_at is not None:
        raise say.NotThere
    rows = sums_of(ctx.session, visit.book, visit.id)
    current = next((row for row in rows if is_open(row)), None)
    if current is not None and not _may_be_put_right(current):
        raise say.MoneyAlreadyAgreed
    _require_within(handed_fen, [row for row in rows if row is not current])
    before = {} if current is None else {"handed_fen": current.handed_fen}
    if current is None:
        current = _begin(ctx, request, visit, handed_fen)
    current.handed_fen, current.handed_at = handed_fen, ctx.now
    after = {"handed_fen": handed_fen, "terms": terms().version}
    audit.record(
        ctx, "errand.hand", "errand", current.id, book=visit.book, before=before, after=after
    )
    _tell(ctx, request, visit, say.HANDED, handed_fen=handed_fen)
    ctx.session.flush()
    return current


def _begin(ctx: Context, request: Request, visit: Visit, handed_fen: int) -> ErrandMoney:
    row = ErrandMoney(
        book=visit.book,
        id=ctx.new_id(),
        visit_id=visit.id,
        branch_id=request.branch_id,
        elder_id=request.elder_id,
        provider_id=visit.provider_id,
        handed_fen=handed_fen,
        handed_at=ctx.now,
    )
    ctx.session.add(row)
    return row


def _may_be_put_right(row: ErrandMoney) -> bool:
    return row.handed_agreed_at is None and row.spent_fen is None


def _require_within(handed_fen: int, others: Sequence[ErrandMoney]) -> None:
    if handed_fen <= 0:
        raise say.NoMoney(field="handed_fen")
    limit_fen = terms().limit_fen_a_visit
    left_fen = limit_fen - sum(row.handed_fen for row in others)
    if handed_fen > left_fen:
        raise say.MoneyOverLimit(field="handed_fen", limit_fen=limit_fen, left_fen=left_fen)


def give_back(
    ctx: Context,
    book: str,
    visit_id: UUID,
    money_id: UUID,
    spent_fen: int,
    receipts: Sequence[Upload] = (),
    no_receipt_why: str | None = None,
) -> None:
    """Write down what was spent, in fen, with the receipt; the rest is the elder's change.

    Until it is closed the same again puts it right. Raises MoneyUnknown, MoneyIsClosed,
    SpentTooMuch, ReceiptMissing, and what evidence refuses.
    """
    request, visit = locked_visit(ctx, book, visit_id)
    policy.require(ctx.actor, "errand.return", subject_of(request, visit))

    def do() -> dict[str, str]:
        row = sum_of(ctx.session, book, visit_id, money_id)
        if not is_open(row):
            raise say.MoneyIsClosed
        if spent_fen < 0:
            raise say.NoMoney(field="spent_fen")
        if spent_fen > row.handed_fen:
            raise say.SpentTooMuch(field="spent_fen")
        why = _receipt(ctx, row, spent_fen, receipts, no_receipt_why)
        _write_back(ctx, row, spent_fen, why)
        _tell(
            ctx,
            request,
            visit,
            say.RETURNED,
            handed_fen=row.handed_fen,
            spent_fen=spent_fen,
            change_fen=row.change_fen,
        )
        return {}

    content = {
        "visit_id": visit_id,
        "money_id": money_id,
        "spent_fen": spent_fen,
        "receipts": evidence.digests(receipts),
        "no_receipt_why": no_receipt_why,
    }
    once(ctx, book, "errand.return", content, do)


def _receipt(
    ctx: Context, row: ErrandMoney, spent_fen: int, receipts: Sequence[Upload], why: str | None
) -> str | None:
    """Keep what there is; why there is none, as a code, or None."""
    evidence.attach(ctx, row.book, EVIDENCE, row.id, receipts)
    if evidence.files_of(ctx, row.book, EVIDENCE, row.id):
        return None
    if spent_fen == 0:
        return NOTHING_BOUGHT
    if why not in terms().no_receipt or why == NOTHING_BOUGHT:
        raise say.ReceiptMissing(field="receipts")
    return why


def _write_back(ctx: Context, row: ErrandMoney, spent_fen: int, why: str | None) -> None:
    before = {"spent_fen": row.spent_fen, "change_fen": row.change_fen}
    row.spent_fen, row.change_fen = spent_fen, row.handed_fen - spent_fen
    row.returned_at, row.no_receipt_why = ctx.now, why
    after = {"spent_fen": spent_fen, "change_fen": row.change_fen, "no_receipt": why}
    audit.record(ctx, "errand.return", "errand", row.id, book=row.book, before=before, after=after)
    ctx.session.flush()


def _tell(ctx: Context, request: Request, visit: Visit, sentence: str, **fen: Any) -> None:
    outbox.tell(
        ctx,
        visit.book,
        request.elder_id,
        sentence,
        visit_id=visit.id,
        visitor=member_row(ctx.session, visit.provider_id).name,
        **fen,
    )
