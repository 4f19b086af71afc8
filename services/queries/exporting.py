"""That somebody has taken a region's list along stands in the records."""

from __future__ import annotations

from models.places import Book
from services import audit, policy
from services.context import Context
from services.ids import derived
from services.policy import NATION, Subject


def record_export(ctx: Context, code: str, what: str, form: str, rows: int) -> None:
    """Write down who has taken what; ``code`` is the region or book that it is about."""
    policy.require(ctx.actor, "clearing.export", Subject(region_code=code))
    book = code if ctx.session.get(Book, code) is not None else NATION
    after = {"list": what, "form": form, "rows": rows}
    audit.record(ctx, "clearing.export", "region", derived("region", code), book=book, after=after)
    ctx.session.flush()
