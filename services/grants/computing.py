"""Working a month's grants out: once a book and month, whole or not at all.

A run is claimed by its own row, so a second process waits and then finds it done; whatever ends
in the middle leaves nothing behind, and the next run of the job begins anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.grants import GrantEntitlement, GrantRun
from models.people import Member, MemberStatus
from models.places import Book
from services import audit, policy, rates
from services.batches.periods import quarter_of
from services.claims import claim_row
from services.clock import age_on, local_date
from services.context import Context
from services.ids import derived
from services.ledger.rows import insert_rows
from services.people.reading import current_grades
from services.places.settings import regional_settings
from services.policy import Subject
from services.rules.booking import spending_age
from services.rules.grants import Facts, entitled
from services.rules.regional import Settings
from services.rules.rule_set import RuleSet

#: Elders that are looked at together.
CHUNK = 1_000


@dataclass(slots=True)
class LinesHash:
    """SHA-256 over a month's lines, fed in the order of the members' ids."""

    _digest: Any = field(default_factory=hashlib.sha256)

    def add(self, member_id: UUID, kind: str, minutes: int, facts: dict[str, Any]) -> None:
        """One more line."""
        words = json.dumps(facts, sort_keys=True)
        self._digest.update(f"{member_id},{kind},{minutes},{words}\n".encode())

    def hexdigest(self) -> str:
        """In hexadecimal digits."""
        return str(self._digest.hexdigest())


def month_of(day: date) -> str:
    """A day's month, as 2026-03."""
    return f"{day:%Y-%m}"


def run_id(book: str, month: str) -> UUID:
    """What audit records call a book's month."""
    return derived("grants", book, month)


def due(ctx: Context) -> list[tuple[str, str]]:
    """Every book whose grants of this month nobody has worked out, with the month."""
    month = month_of(local_date(ctx.now))
    done = sa.select(GrantRun.book).where(GrantRun.month == month)
    books = ctx.session.scalars(
        sa.select(Book.book)
        .where(Book.book.not_in(done))
        .order_by(Book.book)
        .execution_options(cross_book=True)
    )
    return [(book, month) for book in books]


def compute(ctx: Context, book: str, month: str) -> int | None:
    """Work a month out by what is on record now; how many are entitled.

    None when somebody else has done so, or when the month is over: its facts are gone.
    """
    policy.require(ctx.actor, "jobs.run", Subject(book=book))
    today = local_date(ctx.now)
    if month_of(today) != month:
        return None
    rules = rates.rule_set_on(ctx.session, today)
    claim = {
        "book": book,
        "month": month,
        "period": quarter_of(today),
        "rule_set_version": rules.version,
        "computed_at": ctx.now,
        "lines": 0,
        "minutes": 0,
        "content_hash": "",
    }
    if not claim_row(ctx.session, GrantRun, claim):
        return None
    lines = minutes = 0
    digest = LinesHash()
    for some in _entitlements(ctx, book, month, rules):
        insert_rows(ctx.session, GrantEntitlement, some)
        for row in some:
            digest.add(row["member_id"], row["kind"], row["minutes"], row["facts"])
        lines += len(some)
        minutes += sum(row["minutes"] for row in some)
    found = {"lines": lines, "minutes": minutes, "content_hash": digest.hexdigest()}
    ctx.session.execute(
        sa.update(GrantRun).where(GrantRun.book == book, GrantRun.month == month).values(**found)
    )
    after = {"month": month, "rules": rules.version, **found}
    audit.record(ctx, "grant.compute", "grants", run_id(book, month), book=book, after=after)
    ctx.session.flush()
    return lines


def _entitlements(
    ctx: Context, book: str, month: str, rules: RuleSet
) -> Iterator[list[dict[str, Any]]]:
    first = date.fromisoformat(f"{month}-01")
    regions: dict[str, Settings] = {}
    for elders in _elders(ctx, book):
        grades = current_grades(ctx.session, [each.id for each in elders], local_date(ctx.now))
        rows = []
        for each in elders:
            if each.region_code not in regions:
                regions[each.region_code] = regional_settings(ctx.session, each.region_code, first)
            facts = facts_of(each, first, grades.get(each.id, 0), rules, regions[each.region_code])
            kind = entitled(rules.grants, facts)
            if kind is not None:
                rows.append(
                    {
                        "book": book,
                        "month": month,
                        "member_id": each.id,
                        "kind": kind.code,
                        "minutes": kind.month_minutes,
                        "facts": facts.to_dict(),
                    }
                )
        if rows:
            yield rows


def _elders(ctx: Context, book: str) -> Iterator[list[Any]]:
    """Living recipients of the book that are active, some at a time, in order of id."""
    wanted = (
        sa.select(
            Member.id,
            Member.region_code,
            Member.born_on,
            Member.in_hardship,
            Member.lives_alone,
            Member.special_family,
            Member.spends_under_age,
        )
        .where(
            Member.home_book == book,
            Member.is_recipient,
            Member.status == MemberStatus.ACTIVE,
            Member.died_at.is_(None),
        )
        .order_by(Member.id)
        .limit(CHUNK)
    )
    some = list(ctx.session.execute(wanted))
    while some:
        yield some
        some = list(ctx.session.execute(wanted.where(Member.id > some[-1].id)))


def facts_of(row: Any, first: date, grade: int, rules: RuleSet, settings: Settings) -> Facts:
    """What an elder's grant is decided by, on the first day of its month."""
    return Facts(
        age_years=age_on(row.born_on, first),
        grade=grade,
        in_hardship=row.in_hardship,
        lives_alone=row.lives_alone,
        special_family=row.special_family,
        spending_age_years=spending_age(rules, settings, in_hardship=row.in_hardship),
        spends_under_age=row.spends_under_age,
    )
