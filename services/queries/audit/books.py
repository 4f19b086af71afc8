"""One book: its trial balance, the light checks, and how much of everything there is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from models.audit_seals import AuditBlock, UnsealedRecord
from services.context import Context
from services.ledger.closings import Closed, closings_of
from services.ledger.overview import Activity, QuickCheck, TrialBalance
from services.policy import Subject
from services.queries.audit.scope import Place, require_book
from services.queries.audit.then import BooksThen, books_then
from services.queries.desk.levels import LevelPage, streets
from services.queries.desk.standing import Standing, standing
from services.tallies.reading import ALWAYS, Months, added, help_given
from services.verification.results import LastCheck, last_check


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is beside the ledger's own tables, from the first day on."""

    requests: int
    #: Credited, and not taken back since.
    visits: int
    records: int


@dataclass(frozen=True, slots=True)
class BookPage:
    """A book as its auditor finds it."""

    place: Place
    standing: Standing
    counts: Counts
    #: Its streets and branches.
    levels: LevelPage
    #: Every closed month, the newest first.
    closings: tuple[Closed, ...]
    #: The trial balance at a watermark, when one was asked for.
    then: BooksThen | None
    #: What the last full check found, by night or by hand.
    last_check: LastCheck | None

    @property
    def trial(self) -> TrialBalance:
        """The trial balance of now."""
        return self.standing.trial

    @property
    def checks(self) -> tuple[QuickCheck, ...]:
        """The light checks."""
        return self.standing.checks

    @property
    def activity(self) -> Activity:
        """How many transfers and entries there are."""
        return self.standing.activity

    @property
    def subject(self) -> Subject:
        """The policy's view of the book."""
        return Subject(book=self.place.book, region_code=self.place.code)

    @property
    def agrees(self) -> bool:
        """Every light check is as it must be."""
        return self.trial.agrees and all(check.ok for check in self.checks)


def book_page(
    ctx: Context, book: str, at: datetime | None = None, months: Months = ALWAYS
) -> BookPage:
    """The book's page, with its trial balance ``at`` a moment; NotFound outside the scope."""
    place = require_book(ctx, book)
    return BookPage(
        place=place,
        standing=standing(ctx, book),
        counts=_counts(ctx, book),
        levels=streets(ctx, book, months),
        closings=closings_of(ctx.session, book),
        then=books_then(ctx, [book], at) if at else None,
        last_check=last_check(ctx, book),
    )


def _counts(ctx: Context, book: str) -> Counts:
    help_ = added(help_given(ctx.session, [book]))
    return Counts(
        requests=help_["asked"],
        visits=help_["visits"] - help_["reversed"],
        records=_records(ctx, book),
    )


def _records(ctx: Context, book: str) -> int:
    """Every record is sealed or waits to be."""
    sealed = ctx.session.scalar(
        sa.select(AuditBlock.size)
        .where(AuditBlock.book == book)
        .order_by(AuditBlock.height.desc())
        .limit(1)
    )
    waiting = ctx.session.scalar(
        sa.select(sa.func.count()).select_from(UnsealedRecord).where(UnsealedRecord.book == book)
    )
    return (sealed or 0) + (waiting or 0)
