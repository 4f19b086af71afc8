"""What a full check found is kept, book by book: who oversees a book sees the last result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from models.places import Book
from models.verifications import Verification
from services import policy
from services.clock import local
from services.context import Context
from services.ids import uuid7
from services.policy import NATION, Subject

#: The nightly job leaves alone what was checked so lately.
FRESH = timedelta(hours=20)
#: Its hours on the wall, first and past the last; what is older than this does not wait for them.
NIGHT, LONG = (1, 5), timedelta(days=2)
JOB, COMMAND = "job", "command"


@dataclass(frozen=True, slots=True)
class Checked:
    """One book as a check found it: how much was looked at, and how often each thing was wrong."""

    book: str
    started_at: datetime
    rows: int
    codes: Counter[str]


@dataclass(frozen=True, slots=True)
class LastCheck:
    """The last full check of a book. ``breaches`` is zero when everything agreed."""

    finished_at: datetime
    checked: int
    breaches: int
    codes: tuple[tuple[str, int], ...]
    made_by: str


def keep(ctx: Context, found: Checked, made_by: str, revision: str) -> None:
    """Write down a check that came to its end. Nothing is written of one that was cut off."""
    policy.require(ctx.actor, "jobs.run")
    ctx.session.add(
        Verification(
            book=found.book,
            id=uuid7(ctx.now),
            started_at=found.started_at,
            finished_at=ctx.now,
            checked=found.rows,
            breaches=found.codes.total(),
            codes=dict(sorted(found.codes.items())),
            made_by=made_by,
            revision=revision,
        )
    )
    ctx.session.flush()


def last_check(ctx: Context, book: str) -> LastCheck | None:
    """The newest result of a book, for whoever may read its ledger; None before the first."""
    policy.require(ctx.actor, "ledger.read", Subject(book=book, region_code=book))
    row = ctx.session.scalars(
        sa.select(Verification)
        .where(Verification.book == book)
        .order_by(Verification.finished_at.desc(), Verification.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    codes = tuple((str(code), int(count)) for code, count in sorted(row.codes.items()))
    return LastCheck(row.finished_at, row.checked, row.breaches, codes, row.made_by)


def due(ctx: Context) -> tuple[str, ...]:
    """Books to check now, the longest unchecked first, the country's own among them.

    At night those without a fresh result; by day only what several nights have missed.
    """
    policy.require(ctx.actor, "jobs.run")
    is_night = NIGHT[0] <= local(ctx.now).hour < NIGHT[1]
    before = ctx.now - (FRESH if is_night else LONG)
    found = sorted(_newest(ctx).items(), key=lambda each: (each[1] or _NEVER, each[0]))
    return tuple(book for book, at in found if (is_night if at is None else at <= before))


_NEVER = datetime.min.replace(tzinfo=UTC)


def _newest(ctx: Context) -> dict[str, datetime | None]:
    books: Iterable[str] = (NATION, *ctx.session.scalars(sa.select(Book.book)))
    rows = ctx.session.execute(
        sa.select(Verification.book, sa.func.max(Verification.finished_at))
        .group_by(Verification.book)
        .execution_options(cross_book=True)
    )
    newest: dict[str, datetime | None] = dict.fromkeys(books)
    newest.update({book: at for book, at in rows if book in newest})
    return newest
