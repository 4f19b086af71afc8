"""Monthly returns: what was signed is there as it was, and says what the rows say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import sqlalchemy as sa

from models.returns import MonthlyReturn
from services.context import Context
from services.ledger.breaches import Breach, Tally
from services.ledger.closings import month_after
from services.returns.figures import Span, ledger_figures
from services.returns.reading import is_good


def check_returns(ctx: Context, book: str, tally: Tally) -> Iterator[Breach]:
    """Each return of a book worked out again as of its watermark, and none left out."""
    session, before = ctx.session, None
    rows = session.scalars(
        sa.select(MonthlyReturn).where(MonthlyReturn.book == book).order_by(MonthlyReturn.month)
    )
    for row in rows.all():
        tally.add("returns")
        place = f"return {row.month}"
        if before is not None and row.month != month_after(before):
            yield Breach("return_missing", book, place, {"month": month_after(before)})
        before = row.month
        digest = hashlib.sha256(row.content.encode()).hexdigest()
        said = json.loads(row.content)
        named = (said["book"], said["month"]) == (row.book, row.month)
        if digest != row.content_hash or not named or not is_good(session, row):
            yield Breach("return_changed", book, place)
        found = ledger_figures(session, Span(book, row.month, row.watermark_at))
        for name, value in said["ledger"].items():
            if found.get(name) != value:
                detail = {"figure": name, "expected": found.get(name), "found": value}
                yield Breach("return_differs", book, f"{place} {name}", detail)
