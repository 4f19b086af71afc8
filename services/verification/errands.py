"""Errand money and ratings: both sides are who they say, and nobody spoke for the other one."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from models.errands import ErrandMoney
from models.evidence import EvidenceFile
from models.ratings import Rating
from models.requests import Visit
from services.context import Context
from services.errands.handing import EVIDENCE
from services.ledger.breaches import Breach, Tally


def check_errands(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Each sum of a book against its visit, its receipt and who agreed to it; ratings as well."""
    count = sa.select(sa.func.count()).select_from(ErrandMoney).where(ErrandMoney.book == book)
    tally.add("errands", ctx.session.scalar(count) or 0)
    money, of_money = ErrandMoney, sa.select(ErrandMoney.id).where(ErrandMoney.book == book)
    unlike = of_money.outerjoin(
        Visit, sa.and_(Visit.book == money.book, Visit.id == money.visit_id)
    ).where(
        sa.or_(
            Visit.id.is_(None),
            Visit.elder_id != money.elder_id,
            Visit.provider_id != money.provider_id,
        )
    )
    receipts = sa.select(EvidenceFile.id).where(
        EvidenceFile.book == money.book,
        EvidenceFile.subject_id == money.id,
        EvidenceFile.subject_kind == EVIDENCE,
    )
    found = {
        "errand_of_strangers": unlike,
        "errand_own_word": of_money.where(
            sa.or_(
                money.handed_agreed_by_id == money.provider_id,
                money.closed_by_id == money.provider_id,
            )
        ),
        "errand_closed_too_early": of_money.where(
            money.closed_at.is_not(None),
            sa.or_(money.spent_fen.is_(None), money.handed_agreed_at.is_(None)),
        ),
        "errand_without_receipt": of_money.where(
            money.spent_fen.is_not(None), money.no_receipt_why.is_(None), ~receipts.exists()
        ),
    }
    for code, query in found.items():
        for money_id in ctx.session.scalars(query.order_by(ErrandMoney.id)):
            yield Breach(code, book, f"errand {money_id}")
    yield from _ratings(ctx, book)


def _ratings(ctx: Context, book: str) -> Iterator[Breach]:
    same = sa.and_(Visit.book == Rating.book, Visit.id == Rating.visit_id)
    wrong = (
        sa.select(Rating.visit_id)
        .join(Visit, same)
        .where(Rating.book == book)
        .where(
            sa.or_(
                Rating.provider_id != Visit.provider_id,
                Rating.elder_id != Visit.elder_id,
                Rating.rated_by_id == Visit.provider_id,
            )
        )
        .order_by(Rating.visit_id)
    )
    for visit_id in ctx.session.scalars(wrong):
        yield Breach("rating_of_strangers", book, f"visit {visit_id}")
