"""One book: its trial balance, the light checks, and how much of everything there is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from models.oversight import AuditRecord
from models.requests import Request, RequestState, Visit, VisitState
from services.context import Context
from services.ledger.closings import Closed, closings_of
from services.ledger.overview import (
    Activity,
    QuickCheck,
    TrialBalance,
    activity,
    quick_checks,
    trial_balance,
)
from services.policy import Subject
from services.queries.audit.scope import Place, require_book
from services.queries.audit.then import BooksThen, books_then


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows beside the ledger's own tables."""

    requests: int
    visits: int
    credited: int
    disputed: int
    records: int


@dataclass(frozen=True, slots=True)
class BookPage:
    """A book as its auditor finds it."""

    place: Place
    trial: TrialBalance
    checks: tuple[QuickCheck, ...]
    activity: Activity
    counts: Counts
    #: Every closed month, the newest first.
    closings: tuple[Closed, ...]
    #: The trial balance at a watermark, when one was asked for.
    then: BooksThen | None

    @property
    def subject(self) -> Subject:
        """The policy's view of the book."""
        return Subject(book=self.place.book, region_code=self.place.code)

    @property
    def agrees(self) -> bool:
        """Every light check is as it must be."""
        return self.trial.agrees and all(check.ok for check in self.checks)


def book_page(ctx: Context, book: str, at: datetime | None = None) -> BookPage:
    """The book's page, with its trial balance ``at`` a moment; NotFound outside the scope."""
    place = require_book(ctx, book)
    return BookPage(
        place=place,
        trial=trial_balance(ctx.session, book),
        checks=quick_checks(ctx.session, book),
        activity=activity(ctx.session, book),
        counts=_counts(ctx, book),
        closings=closings_of(ctx.session, book),
        then=books_then(ctx, [book], at) if at else None,
    )


def _counts(ctx: Context, book: str) -> Counts:
    def of(model: type, *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
        return sa.select(sa.func.count()).select_from(model).where(*where).scalar_subquery()

    row = ctx.session.execute(
        sa.select(
            of(Request, Request.book == book, Request.state != RequestState.REFUSED),
            of(Visit, Visit.book == book),
            of(Visit, Visit.book == book, Visit.state == VisitState.CREDITED),
            of(Visit, Visit.book == book, Visit.state == VisitState.DISPUTED),
            of(AuditRecord, AuditRecord.book == book),
        )
    ).one()
    return Counts(*row)
