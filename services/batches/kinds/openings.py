"""Imports: opening balances from an older system, issued under the batch's two signatures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time
from typing import Any
from uuid import UUID

from models.ledger import AccountKind
from services.batches import errors
from services.batches.kinds.base import Chunk, Common, Fate, Word, text_in, whole_in
from services.batches.reading import Line, minutes_in, number_in
from services.clock import at_local, local_date
from services.context import Context
from services.errors import DomainError
from services.ledger.accounts import account_id
from services.ledger.drafts import AboveCeiling, AccountClosed, AccountUnknown, Draft, Leg

#: Minutes of one import, at most: ten million coins.
MOST_MINUTES = 600_000_000
ORIGINS = {"earned": AccountKind.EARNED, "received": AccountKind.RECEIVED}


class OpeningReader:
    """Number, minutes, the day since which they stood, account and reference."""

    columns = ("number", "minutes", "effective_on", "account", "reference")

    def __init__(self, today: date) -> None:
        self._today = today
        self._seen: dict[tuple[str, str], int] = {}

    def read(self, line: int, cells: list[str]) -> Line:
        """An opening balance."""
        number, minutes, day = number_in(cells[0]), minutes_in(cells[1]), self._day(cells[2])
        if cells[3] not in ORIGINS:
            raise errors.OriginWrong
        reference = cells[4]
        if not reference or len(reference) > 60 or not reference.isprintable():
            raise errors.ReferenceWrong
        first = self._seen.setdefault((number, reference), line)
        if first != line:
            raise errors.ReferenceTwice(first=first)
        params = {"account": cells[3], "reference": reference}
        return Line(line, number, minutes, at_local(day, time(0, 0)), params)

    def _day(self, cell: str) -> date:
        try:
            day = date.fromisoformat(cell)
        except ValueError:
            raise errors.DayWrong from None
        if len(cell) != 10 or day.year < 1990 or day > self._today:
            raise errors.DayWrong
        return day


class Openings(Common):
    """The minutes come from the issue account, as far as was signed."""

    transfer_kind = "import"

    def reader(self, ctx: Context) -> OpeningReader:
        """A fresh one."""
        return OpeningReader(local_date(ctx.now))

    def terms(self, ctx: Context, book: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Where the balances come from, and how much may be issued for them."""
        source, limit = text_in(given, "source", 200), whole_in(given, "limit_minutes")
        if not source:
            raise errors.SourceWrong(field="source")
        if not 0 < limit <= MOST_MINUTES:
            raise errors.LimitWrong(field="limit_minutes", most_minutes=MOST_MINUTES)
        return {"source": source, "limit_minutes": limit}

    def settle(self, terms: dict[str, Any], lines: Iterator[Line]) -> Iterator[Line]:
        """Count on the way; more than the limit is no proposal at all."""
        total = 0
        for line in lines:
            total += line.minutes
            yield line
        if total > terms["limit_minutes"]:
            limit = terms["limit_minutes"]
            raise errors.LimitExceeded(
                field="limit_minutes", total_minutes=total, limit_minutes=limit
            )

    def touches(self, chunk: Chunk) -> set[UUID]:
        """The members' accounts; the issue account has no limit to look at."""
        return {
            account_id(chunk.book, ORIGINS[line.params["account"]], chunk.people[line.number].id)
            for line in chunk.lines
            if line.number in chunk.people
        }

    def plan(self, chunk: Chunk) -> list[Fate]:
        """An opening balance above the storage cap is a matter for people: it is refused."""
        stored: dict[UUID, int] = {}
        return [self._fate(chunk, line, stored) for line in chunk.lines]

    def _fate(self, chunk: Chunk, line: Line, stored: dict[UUID, int]) -> Fate:
        person = chunk.person(line)
        if isinstance(person, DomainError):
            return Fate(refusal=person)
        key = account_id(chunk.book, ORIGINS[line.params["account"]], person.id)
        stand = chunk.stands.get(key)
        if stand is None:
            return Fate(refusal=AccountUnknown(account_id=str(key)))
        if stand.is_closed:
            return Fate(refusal=AccountClosed(account_id=str(key)))
        after = stored.get(key, stand.posted_minutes) + line.minutes
        if stand.ceiling_minutes is not None and after > stand.ceiling_minutes:
            return Fate(
                refusal=AboveCeiling(
                    account_id=str(key),
                    ceiling_minutes=stand.ceiling_minutes,
                    excess_minutes=after - stand.ceiling_minutes,
                )
            )
        stored[key] = after
        issue = account_id(chunk.book, AccountKind.ISSUE)
        draft = Draft(
            book=chunk.book,
            kind=self.transfer_kind,
            key=chunk.key(line.line),
            legs=(Leg(issue, -line.minutes), Leg(key, line.minutes)),
            effective_at=line.effective_at or chunk.ctx.now,
            reason="opening_balance",
        )
        return Fate(draft=draft)

    def words(self, chunk: Chunk, line: Line) -> Word | None:
        """The older balance has come over."""
        return Word(
            chunk.people[line.number].id,
            "您在原来时间银行的{amount_minutes}已经转入这里，请核对；有疑问请找网点。",
            {"amount_minutes": line.minutes},
        )
