"""A book's rows for the rules: read in sets, never member by member, never as objects."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.entries import EntryState, ManualEntry
from models.giving import Gift, GiftState
from models.ledger import ValuationRecord
from models.oversight import AuditRecord
from models.people import Member
from models.places import Branch
from models.portable import AccountStatement, StatementKind
from models.requests import Request, Visit, VisitState
from services.callbacks.reading import passed_pairs
from services.clock import at_local
from services.rules.flags.rows import Given, Keyed, Served, Window

#: Bind parameters of one statement.
AT_ONCE = 500
#: Entries that somebody still stands by.
STANDING = (EntryState.PROPOSED, EntryState.SIGNED)
#: Of whoever's home is not known, and of a service that took place elsewhere.
NOWHERE = (None, None)


def collect(session: Session, book: str, since: datetime, until: datetime, days: int) -> Window:
    """Everything of a book that began between two moments, and of its people elsewhere.

    ``days`` is how far back a passed call-back excuses a pair.
    """
    homes = _Homes(session, book, since)
    rows = list(_visits(session, homes, [Visit.book == book], since, until))
    rows.extend(_elsewhere(session, homes, book, rows, since, until))
    rows.sort(key=lambda row: row.came)
    return Window(
        book=book,
        since=seconds(since),
        until=seconds(until),
        served=rows,
        keyed=tuple(_keyed(session, book, rows, since, until)),
        given=tuple(_given(session, book, since, until)),
        deaths=homes.deaths,
        closings=_closings(session, book, since, until),
        passed=passed_pairs(session, book, until - timedelta(days=days), until),
    )


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970."""
    return int(moment.timestamp())


def moment(at: int) -> datetime:
    """The moment of so many seconds since 1970."""
    return datetime.fromtimestamp(at, UTC)


class _Homes:
    """Where people live, when they died, and in which other books they have rows."""

    def __init__(self, session: Session, book: str, since: datetime) -> None:
        self._session, self._since = session, since
        self.places: dict[UUID, tuple[int | None, int | None]] = {}
        self.deaths: dict[UUID, int] = {}
        #: Member -> books besides the one that is looked at.
        self.elsewhere: dict[UUID, set[str]] = {}
        self._book = book
        self._read(Member.home_book == book)

    def know(self, ids: Iterable[UUID]) -> None:
        """Read whoever does not live here."""
        missing = sorted({each for each in ids if each not in self.places})
        for some in _pieces(missing):
            self._read(Member.id.in_(some))

    def _read(self, condition: Any) -> None:
        columns = (
            Member.id,
            Member.latitude_e6,
            Member.longitude_e6,
            Member.died_at,
            Member.home_book,
            Member.other_books,
        )
        for row in self._session.execute(sa.select(*columns).where(condition)):
            self.places[row.id] = (row.latitude_e6, row.longitude_e6)
            if row.died_at is not None and row.died_at >= self._since:
                self.deaths[row.id] = seconds(row.died_at)
            books = {row.home_book, *row.other_books} - {self._book}
            if books:
                self.elsewhere[row.id] = books


#: What the rules read of a visit and of its request.
_COLUMNS = (
    Visit.id,
    Visit.book,
    Visit.request_id,
    Request.branch_id,
    Visit.elder_id,
    Visit.provider_id,
    Request.service_code,
    Request.remote,
    Request.place_book,
    Visit.checked_in_at,
    Visit.checked_out_at,
    ValuationRecord.earn_minutes,
    Visit.checked_in_by,
    Visit.checked_out_by,
    Visit.confirmed_how,
    Visit.confirmed_by_id,
    Visit.confirmed_at,
    Visit.checked_in_device,
    Visit.checked_out_device,
    Visit.confirmed_device,
    Visit.ended_at,
)


def _visits(
    session: Session,
    homes: _Homes,
    conditions: Collection[Any],
    since: datetime,
    until: datetime,
) -> Iterator[Served]:
    found = session.execute(
        sa.select(*_COLUMNS)
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .join(
            ValuationRecord,
            sa.and_(ValuationRecord.book == Visit.book, ValuationRecord.id == Visit.valuation_id),
            isouter=True,
        )
        .where(*conditions)
        .where(Visit.state == VisitState.CREDITED, Visit.reversed_at.is_(None))
        .where(Visit.starts_at >= since, Visit.starts_at < until)
        .where(Visit.checked_in_at.is_not(None), Visit.checked_out_at.is_not(None))
        .execution_options(cross_book=True)
    ).all()
    homes.know(each for row in found for each in (row.elder_id, row.provider_id))
    return (_served(row, homes) for row in found)


def _served(row: Any, homes: _Homes) -> Served:
    known = row.place_book is None and not row.remote
    latitude, longitude = homes.places.get(row.elder_id, NOWHERE) if known else NOWHERE
    return Served(
        row.id,
        row.book,
        row.request_id,
        row.branch_id,
        row.elder_id,
        row.provider_id,
        row.service_code,
        row.remote,
        seconds(row.checked_in_at),
        seconds(row.checked_out_at),
        row.earn_minutes or 0,
        latitude,
        longitude,
        row.checked_in_by or "",
        row.checked_out_by or "",
        row.confirmed_how or "",
        row.confirmed_by_id,
        seconds(row.confirmed_at) if row.confirmed_at else 0,
        row.checked_in_device,
        row.checked_out_device,
        row.confirmed_device,
        seconds(row.ended_at) if row.ended_at else 0,
    )


def _elsewhere(
    session: Session,
    homes: _Homes,
    book: str,
    rows: Collection[Served],
    since: datetime,
    until: datetime,
) -> Iterator[Served]:
    """What those who were at work here, or live here, did and had in other books."""
    here = {each for row in rows for each in (row.provider_id, row.elder_id)}
    people = sorted(here & homes.elsewhere.keys())
    seen: set[UUID] = set()
    for some in _pieces(people):
        books = sorted(set().union(*(homes.elsewhere[each] for each in some)))
        theirs = sa.or_(Visit.provider_id.in_(some), Visit.elder_id.in_(some))
        for row in _visits(session, homes, [Visit.book.in_(books), theirs], since, until):
            if row.id not in seen and row.book != book:
                seen.add(row.id)
                yield row


def _keyed(
    session: Session, book: str, rows: Collection[Served], since: datetime, until: datetime
) -> Iterator[Keyed]:
    entries = session.scalars(
        sa.select(ManualEntry)
        .where(ManualEntry.book == book, ManualEntry.state.in_(STANDING))
        .where(ManualEntry.proposed_at >= since, ManualEntry.proposed_at < until)
    )
    for each in entries:
        signed = each.state is EntryState.SIGNED and each.decided_at is not None
        yield Keyed(
            id=each.id,
            way="entry",
            by=each.proposed_by_id,
            at=seconds(each.proposed_at),
            second=each.decided_by_id if signed else None,
            second_at=seconds(each.decided_at) if signed and each.decided_at else 0,
            branch_id=each.branch_id,
            visit_id=each.visit_id,
            minutes=(seconds(each.ends_at) - seconds(each.starts_at)) // 60,
        )
    known = {row.id: row for row in rows if row.book == book}
    slips = session.execute(
        sa.select(AuditRecord.subject_id, AuditRecord.actor_id, AuditRecord.at)
        .where(AuditRecord.book == book, AuditRecord.act == "visit.slip")
        .where(AuditRecord.at >= since, AuditRecord.at < until)
    )
    for slip in slips:
        row = known.get(slip.subject_id)
        if row is not None:
            yield Keyed(
                id=row.id,
                way="slip",
                by=slip.actor_id,
                at=seconds(slip.at),
                second=None,
                second_at=0,
                branch_id=row.branch_id,
                visit_id=row.id,
                minutes=(row.left - row.came) // 60,
            )


def _given(session: Session, book: str, since: datetime, until: datetime) -> Iterator[Given]:
    columns = (Gift.id, Gift.giver_id, Gift.receiver_id, Gift.given_minutes, Gift.final_at)
    for row in session.execute(
        sa.select(*columns)
        .where(Gift.book == book, Gift.state == GiftState.FINAL)
        .where(Gift.final_at >= since, Gift.final_at < until)
    ):
        yield Given(row.id, row.giver_id, row.receiver_id, row.given_minutes, seconds(row.final_at))


def _closings(session: Session, book: str, since: datetime, until: datetime) -> dict[UUID, int]:
    branches = session.execute(
        sa.select(Branch.id, Branch.closed_on).where(
            Branch.book == book, Branch.closed_on.is_not(None)
        )
    )
    found = {
        row.id: closed
        for row in branches
        if seconds(since) <= (closed := seconds(at_local(row.closed_on, time()))) < seconds(until)
    }
    accounts = session.execute(
        sa.select(AccountStatement.member_id, AccountStatement.issued_at)
        .where(AccountStatement.book == book, AccountStatement.kind == StatementKind.CLOSING)
        .where(AccountStatement.issued_at >= since, AccountStatement.issued_at < until)
    )
    return found | {row.member_id: seconds(row.issued_at) for row in accounts}


def _pieces(ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
