"""The passbook: what came and went, printed on paper that goes on where the last line ended.

The paper is the member's and the record of each print is its memory: which line came last, on
which line of the book, with what total. A page may be put into the printer again until it is full.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.oversight import AuditRecord
from models.people import Member
from services import audit, places, policy
from services.acts import once
from services.context import Context
from services.errors import Conflict
from services.ledger.statement import Mark, StatementLine, statement
from services.people.books import books_of
from services.people.reading import member_row
from services.people.reading import subject_of as member_subject
from services.queries.elder.coins import CoinLine, lines_of
from services.rules.names import Name

#: As many lines in large print as a sheet of A4 has room for.
PAGE_LINES = 10
#: Longer pasts are carried into the book as one sum.
MOST = 3 * PAGE_LINES
PRINT = "passbook.print"


class NothingToPrint(Conflict):
    """从上次打印到现在没有新的往来，存折不用补登。"""

    code = "nothing_to_print"
    is_answer = False


@dataclass(frozen=True, slots=True)
class Printed:
    """How far a passbook has been printed. ``line``: the last used one, counted over all pages."""

    book_number: int
    line: int
    through: Mark | None
    total_minutes: int
    at: datetime | None

    @property
    def page(self) -> int:
        """The page that the next line stands on."""
        return self.line // PAGE_LINES + 1

    @property
    def line_on_page(self) -> int:
        """How many lines of that page are used."""
        return self.line % PAGE_LINES


NEVER = Printed(1, 0, None, 0, None)


@dataclass(frozen=True, slots=True)
class Passbook:
    """A passbook at the counter: how far it is printed, and what waits. Standard minutes."""

    member_id: UUID
    name: str
    number: str
    printed: Printed
    waiting: int
    total_minutes: int


@dataclass(frozen=True, slots=True)
class PassbookLine:
    """A line of the paper; without ``about`` it is the sum that was carried into the book."""

    about: CoinLine | None
    total_minutes: int


@dataclass(frozen=True, slots=True)
class PassbookPage:
    """A page as it goes into the printer: ``used`` lines are on the paper already."""

    number: int
    used: int
    lines: tuple[PassbookLine, ...]
    free: int


@dataclass(frozen=True, slots=True)
class PassbookSheets:
    """What was printed last, page by page."""

    member_id: UUID
    name: str
    number: str
    book_number: int
    branch: Name
    phone: str
    printed_at: datetime
    pages: tuple[PassbookPage, ...]


def passbook(ctx: Context, member_id: UUID) -> Passbook:
    """How far it is printed; the look is recorded. Raises NotAMember or a refusal."""
    member = _member(ctx, member_id)
    audit.record(ctx, "statement.read", "member", member.id, book=member.home_book)
    printed = _printed(_last(ctx, member))
    new, total_minutes = _new(ctx, member, printed.through)
    waiting = len(lines_of(ctx, member, new))
    return Passbook(member.id, member.name, member.number, printed, waiting, total_minutes)


def print_passbook(ctx: Context, member_id: UUID, *, fresh: bool = False) -> None:
    """Note that what is new goes on paper; ``fresh``: into a new book. Raises NothingToPrint."""
    member = _member(ctx, member_id)
    policy.require(ctx.actor, "card.issue", member_subject(member))

    def do() -> dict[str, Any]:
        # Two clerks print one after the other.
        ctx.session.refresh(member, with_for_update={"key_share": True})
        before = _printed(_last(ctx, member))
        start = Printed(before.book_number + 1, 0, None, 0, None) if fresh else before
        new, total_minutes = _new(ctx, member, start.through)
        if not new:
            raise NothingToPrint
        used = len(lines_of(ctx, member, new)) + (_before(new) != start.total_minutes)
        after = Printed(start.book_number, start.line + used, new[0].mark, total_minutes, ctx.now)
        audit.record(
            ctx, PRINT, "member", member.id, book=member.home_book,
            before=_packed(start), after=_packed(after), acting_for_id=member.id,
        )  # fmt: skip
        ctx.session.flush()
        return {}

    once(ctx, member.home_book, PRINT, {"member_id": member_id, "fresh": fresh}, do)


def passbook_sheets(ctx: Context, member_id: UUID) -> PassbookSheets | None:
    """What was printed last, as often as the printer needs; the look is recorded."""
    member = _member(ctx, member_id)
    record = _last(ctx, member)
    if record is None:
        return None
    start, end = _unpacked(record.before, None), _unpacked(record.after, record.at)
    assert end.through is not None, "a print has a last line"
    new, _total = _new(ctx, member, start.through, end.through)
    audit.record(ctx, "statement.read", "member", member.id, book=member.home_book)
    lines = [PassbookLine(each, each.total_after_minutes) for each in lines_of(ctx, member, new)]
    lines.reverse()
    if _before(new) != start.total_minutes:
        lines.insert(0, PassbookLine(None, _before(new)))
    branch = places.branch(ctx.session, member.branch_id)
    return PassbookSheets(
        member_id=member.id,
        name=member.name,
        number=member.number,
        book_number=end.book_number,
        branch=Name(branch.name, branch.name_en),
        phone=branch.phone,
        printed_at=record.at,
        pages=_pages(start.line, lines),
    )


def _member(ctx: Context, member_id: UUID) -> Member:
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "statement.read", member_subject(member))
    return member


def _last(ctx: Context, member: Member) -> AuditRecord | None:
    return ctx.session.scalar(
        sa.select(AuditRecord)
        .where(
            AuditRecord.book.in_(books_of(member)),
            AuditRecord.subject_id == member.id,
            AuditRecord.act == PRINT,
        )
        .order_by(AuditRecord.at.desc(), AuditRecord.id.desc())
        .limit(1)
    )


def _new(
    ctx: Context, member: Member, after: Mark | None, until: Mark | None = None
) -> tuple[tuple[StatementLine, ...], int]:
    """The newest entries after a mark, newest first, and the total now."""
    found = statement(
        ctx.session,
        member.home_book,
        member.id,
        now=ctx.now,
        limit=MOST + 1,
        after=None if until is None else Mark(until.posted_at, until.transfer_id, until.leg + 1),
        left=books_of(member)[1:],
    )
    lines = tuple(each for each in found.lines if after is None or each.mark > after)
    if len(lines) > MOST:
        # A transfer's entries stay together: the oldest one goes whole, or not at all.
        cut = lines[-1].transfer_id
        lines = tuple(each for each in lines if each.transfer_id != cut)
    return lines, found.total_minutes


def _before(lines: tuple[StatementLine, ...]) -> int:
    """The total before the oldest of some entries; what it differs from the paper is carried in.

    That is so where a long past was left out, and where an entry came to stand before one that
    had been printed.
    """
    return lines[-1].total_after_minutes - lines[-1].amount_minutes


def _pages(line: int, lines: list[PassbookLine]) -> tuple[PassbookPage, ...]:
    pages = []
    while lines:
        used = line % PAGE_LINES
        here, lines = lines[: PAGE_LINES - used], lines[PAGE_LINES - used :]
        free = PAGE_LINES - used - len(here)
        pages.append(PassbookPage(line // PAGE_LINES + 1, used, tuple(here), free))
        line += len(here)
    return tuple(pages)


def _printed(record: AuditRecord | None) -> Printed:
    return NEVER if record is None else _unpacked(record.after, record.at)


def _packed(printed: Printed) -> dict[str, Any]:
    return {
        "passbook": printed.book_number,
        "line": printed.line,
        "through": None if printed.through is None else str(printed.through),
        "total_minutes": printed.total_minutes,
    }


def _unpacked(kept: dict[str, Any], at: datetime | None) -> Printed:
    through = kept["through"]
    mark = None if through is None else Mark.read(through)
    return Printed(kept["passbook"], kept["line"], mark, kept["total_minutes"], at)
