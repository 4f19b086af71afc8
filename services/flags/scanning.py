"""Looking through a book: rows are read first, the rules run, and only what is new is written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.flags import Flag, FlagScan, FlagState, FlagVisit
from models.places import Book
from models.requests import Visit, VisitState
from services import audit, policy, rates
from services.claims import claim_row, claim_rows
from services.clock import local_date
from services.context import Context
from services.flags.collecting import collect, moment
from services.rules.flags import RULES, find
from services.rules.flags.rows import Finding, Thresholds, thresholds_of
from services.rules.tables import table

#: A service is on record at most so long after it took place; what comes later is found by its
#: own lateness, not here.
LATE_DAYS = 21
#: At most so many days at once: a book that was never looked at is gone through in steps.
STEP_DAYS = 90


@dataclass(frozen=True, slots=True)
class Looked:
    """What the rules found in a book until a moment, and which of its visits they saw."""

    book: str
    until: datetime
    table: Thresholds
    findings: tuple[Finding, ...]
    own: frozenset[UUID]
    #: How many visits were looked at.
    visits: int


def thresholds(ctx: Context) -> Thresholds:
    """The published thresholds in force, with the three that the rule set itself names."""
    records = rates.rule_set_on(ctx.session, local_date(ctx.now)).records
    return thresholds_of(
        table("flags").content,
        in_a_row=records.equal_durations_in_a_row,
        share_percent=records.pair_share_percent,
        window_days=records.pair_window_days,
    )


def books(ctx: Context) -> list[str]:
    """Every book, in order."""
    policy.require(ctx.actor, "jobs.run")
    return list(ctx.session.scalars(sa.select(Book.book).order_by(Book.book)))


def steps(ctx: Context, book: str) -> list[datetime]:
    """The moments until which the book is to be looked at, the last one now; none where nothing
    was ever credited.
    """
    policy.require(ctx.actor, "jobs.run")
    begin = _scanned_to(ctx, book) or _first_visit(ctx, book)
    if begin is None:
        return []
    found = [ctx.now]
    while found[-1] - begin > timedelta(days=STEP_DAYS):
        found.append(found[-1] - timedelta(days=STEP_DAYS))
    return found[::-1]


def look(ctx: Context, book: str, until: datetime) -> Looked:
    """Run every rule over the days before a moment; nothing is written."""
    policy.require(ctx.actor, "jobs.run")
    held = thresholds(ctx)
    back = held.pair_window_days + LATE_DAYS
    begin = _scanned_to(ctx, book) or _first_visit(ctx, book) or until
    # What was on the way at the last look is looked at again with all that the rules look back.
    since = max(min(begin, until) - timedelta(days=back), until - timedelta(days=back + STEP_DAYS))
    window = collect(ctx.session, book, since, until, held.pair_window_days)
    own = frozenset(row.id for row in window.served if row.book == book)
    return Looked(book, until, held, tuple(find(window, held)), own, len(window.served))


def note(ctx: Context, looked: Looked) -> int:
    """Write down what has no flag yet and how far the book is looked at; returns how many."""
    policy.require(ctx.actor, "jobs.run")
    _lock(ctx, looked)
    known = _Known(ctx, looked.book)
    made = sum(known.add(looked, finding) for finding in looked.findings)
    ctx.session.execute(
        sa.update(FlagScan)
        .where(FlagScan.book == looked.book, FlagScan.scanned_to < looked.until)
        .values(scanned_to=looked.until)
    )
    return made


def scan(ctx: Context, book: str) -> int:
    """Look through a book and write down what is new, in one unit of work."""
    return scan_book(lambda work: work(ctx), lambda work: work(ctx), book)


def scan_book(
    write: Callable[[Callable[[Context], int]], int],
    read: Callable[[Callable[[Context], Any]], Any],
    book: str,
) -> int:
    """The same with readers and writers apart: nobody waits while a book is looked through."""
    made = 0
    for until in read(partial(steps, book=book)):
        looked = read(partial(look, book=book, until=until))
        made += write(partial(note, looked=looked))
    return made


def has_news(ctx: Context, book: str) -> bool:
    """Whether anything was credited in the book since it was looked at: cheap to ask."""
    policy.require(ctx.actor, "jobs.run")
    to = _scanned_to(ctx, book)
    recent = Visit.starts_at >= ctx.now - timedelta(days=LATE_DAYS)
    found = sa.select(Visit.id).where(Visit.book == book, Visit.state == VisitState.CREDITED)
    if to is not None:
        found = found.where(recent, Visit.ended_at > to)
    return ctx.session.scalar(found.limit(1)) is not None


def fingerprint(code: str, subject_id: UUID, about: Iterable[UUID]) -> str:
    """SHA-256 of the code and of all ids that a finding is about."""
    ids = (str(each) for each in sorted(set(about)))
    return hashlib.sha256("\n".join((code, str(subject_id), *ids)).encode()).hexdigest()


def _scanned_to(ctx: Context, book: str) -> datetime | None:
    """Until when every rule has looked; None as soon as one of them never has."""
    rows = ctx.session.execute(
        sa.select(FlagScan.code, FlagScan.scanned_to).where(FlagScan.book == book)
    ).all()
    if not RULES.keys() <= {row.code for row in rows}:
        return None
    to: datetime = min(row.scanned_to for row in rows)
    return to


def _first_visit(ctx: Context, book: str) -> datetime | None:
    return ctx.session.scalar(
        sa.select(sa.func.min(Visit.starts_at)).where(
            Visit.book == book, Visit.state == VisitState.CREDITED
        )
    )


def _lock(ctx: Context, looked: Looked) -> None:
    """One at a time in a book: of two who look at once the second sees the first one's flags."""
    for code in RULES:
        row = {"book": looked.book, "code": code, "scanned_to": looked.until}
        claim_row(ctx.session, FlagScan, row)
    ctx.session.execute(
        sa.select(FlagScan.code)
        .where(FlagScan.book == looked.book)
        .order_by(FlagScan.code)
        .with_for_update()
    ).all()


class _Known:
    """The flags of a book, as far as a finding may be one of them again."""

    def __init__(self, ctx: Context, book: str) -> None:
        self._ctx, self._book = ctx, book
        self._prints: dict[str, UUID] = {}
        #: (code, subject) -> whatever a flag of that kind is already about.
        self._about: dict[tuple[str, UUID], set[str]] = {}
        self._links: dict[UUID, set[UUID]] = {}
        columns = (Flag.id, Flag.fingerprint, Flag.code, Flag.subject_id, Flag.facts)
        for row in ctx.session.execute(sa.select(*columns).where(Flag.book == book)):
            self._prints[row.fingerprint] = row.id
            about = self._about.setdefault((row.code, row.subject_id), set())
            about.update(row.facts.get("about", ()))
        for link in ctx.session.execute(
            sa.select(FlagVisit.flag_id, FlagVisit.visit_id).where(FlagVisit.book == book)
        ):
            self._links.setdefault(link.flag_id, set()).add(link.visit_id)

    def add(self, looked: Looked, finding: Finding) -> int:
        """Make a flag of a finding, unless it is one already; says how many were made."""
        own = [each for each in dict.fromkeys(finding.visits) if each in looked.own]
        if not own and not finding.entries:
            return 0  # everything about it lies in another book, which looks for itself
        mark = fingerprint(finding.code, finding.subject_id, finding.about)
        if mark in self._prints:
            self._link(self._prints[mark], own)
            return 0
        about = {str(each) for each in finding.about}
        before = self._about.setdefault((finding.code, finding.subject_id), set())
        if len(about - before) * 2 < len(about):
            return 0  # a flag says as much; once half of it is new, it is told again
        before |= about
        self._prints[mark] = flag_id = _write(self._ctx, looked, finding, mark, own)
        self._link(flag_id, own)
        return 1

    def _link(self, flag_id: UUID, visits: Sequence[UUID]) -> None:
        linked = self._links.setdefault(flag_id, set())
        rows = [
            {"book": self._book, "flag_id": flag_id, "visit_id": each}
            for each in visits
            if each not in linked
        ]
        if rows:
            claim_rows(self._ctx.session, FlagVisit, rows)
            linked.update(visits)


def _write(ctx: Context, looked: Looked, finding: Finding, mark: str, own: Sequence[UUID]) -> UUID:
    flag = Flag(
        book=looked.book,
        id=ctx.new_id(),
        code=finding.code,
        fingerprint=mark,
        subject_kind=finding.subject_kind,
        subject_id=finding.subject_id,
        branch_id=finding.branch_id,
        facts=_facts(finding, own),
        table_version=looked.table.version,
        happened_at=moment(finding.happened),
        found_at=ctx.now,
        state=FlagState.OPEN,
    )
    ctx.session.add(flag)
    ctx.session.flush()
    after = {"code": finding.code, "visits": len(own), "table": looked.table.version}
    audit.record(ctx, "flag.find", "flag", flag.id, book=looked.book, after=after)
    return flag.id


def _facts(finding: Finding, own: Sequence[UUID]) -> dict[str, Any]:
    inside = set(own)
    return {
        "figures": dict(finding.figures),
        "held_to": dict(finding.held_to),
        "people": [str(each) for each in finding.people],
        "about": [str(each) for each in finding.about],
        "elsewhere": [str(each) for each in finding.visits if each not in inside],
    }
