"""Monthly grants as they are read: by administrators and auditors, and by the elder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.batches import Batch, BatchLine, BatchState
from models.grants import GrantEntitlement, GrantRun
from models.oversight import IssueAuthorisation
from models.people import Member
from services import audit, policy, rates
from services.batches import periods
from services.batches.errors import sentence_of
from services.batches.reports import BatchView, batch
from services.clock import local_date
from services.context import Context
from services.errors import NotFound
from services.grants.computing import month_of, run_id
from services.grants.ending import last_moment
from services.grants.proposing import batches_of
from services.ledger.rows import whole_sum
from services.people.texts import masked_name
from services.policy import REGION_ADMIN, Subject
from services.rules.grants import Facts, Reason, reasons
from services.rules.names import Name
from services.rules.rule_set import RuleSet

#: Nobody has put the month forward, or what was has been taken back.
OPEN = "open"
WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A month in a list. ``state``: open, or its batch's."""

    month: str
    period: str
    state: str
    lines: int
    minutes: int
    computed_at: datetime


@dataclass(frozen=True, slots=True)
class KindTotal:
    """What one kind of grant comes to."""

    code: str
    name: Name
    lines: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was put forward for a month, and what backs it. Minutes are standard minutes."""

    batch: BatchView
    amount_minutes: int
    backing: str


@dataclass(frozen=True, slots=True)
class MonthFile:
    """A month of a book: its totals, and how far it has come."""

    book: str
    month: str
    period: str
    state: str
    rule_set: Name
    rule_set_version: str
    computed_at: datetime
    #: The last minute in which what is granted can be used.
    last_at: datetime
    lines: int
    minutes: int
    content_hash: str
    kinds: tuple[KindTotal, ...]
    proposal: Proposal | None


@dataclass(frozen=True, slots=True)
class GrantLine:
    """One elder's grant with its reasons. ``fate``: waiting, posted or refused."""

    member_id: UUID
    number: str
    name: str
    kind: Name
    minutes: int
    facts: Mapping[str, Any]
    reasons: tuple[Reason, ...]
    fate: str
    #: Why it was refused, in Chinese; empty when it was not.
    refusal: str


def months(ctx: Context, book: str, limit: int = 24) -> tuple[MonthLine, ...]:
    """The months of a book, the newest first."""
    _may_read(ctx, book)
    rows = ctx.session.execute(
        sa.select(GrantRun, Batch.state)
        .outerjoin(Batch, sa.and_(Batch.book == GrantRun.book, Batch.id == GrantRun.batch_id))
        .where(GrantRun.book == book)
        .order_by(GrantRun.month.desc())
        .limit(limit)
    )
    return tuple(
        MonthLine(run.month, run.period, _state(state), run.lines, run.minutes, run.computed_at)
        for run, state in rows
    )


def waiting_months(ctx: Context, book: str) -> int:
    """How many months wait for somebody: to be signed, or this one to be put forward.

    A figure of the overview, for whoever may see that.
    """
    this = month_of(local_date(ctx.now))
    open_now = sa.and_(
        GrantRun.month == this,
        GrantRun.lines > 0,
        sa.or_(Batch.state.is_(None), Batch.state == BatchState.WITHDRAWN),
    )
    count = ctx.session.scalar(
        sa.select(sa.func.count())
        .select_from(GrantRun)
        .outerjoin(Batch, sa.and_(Batch.book == GrantRun.book, Batch.id == GrantRun.batch_id))
        .where(GrantRun.book == book, sa.or_(Batch.state == BatchState.PROPOSED, open_now))
    )
    return count or 0


def month_file(ctx: Context, book: str, month: str) -> MonthFile:
    """One month with its totals by kind; raises NotFound."""
    run = _run(ctx, book, month)
    rules = rates.rule_set(ctx.session, run.rule_set_version)
    ends = periods.ends_at(run.period, rules.grants.expire_quarters_later)
    assert ends is not None
    proposal = None
    if run.batch_id is not None:
        one = ctx.session.get_one(IssueAuthorisation, (book, run.batch_id))
        proposal = Proposal(batch(ctx, book, run.batch_id), one.amount_minutes, one.backing)
    return MonthFile(
        book=book,
        month=month,
        period=run.period,
        state=_state(proposal.batch.state if proposal else None),
        rule_set=rules.title,
        rule_set_version=rules.version,
        computed_at=run.computed_at,
        last_at=last_moment(ends),
        lines=run.lines,
        minutes=run.minutes,
        content_hash=run.content_hash,
        kinds=_kinds(ctx, run, rules),
        proposal=proposal,
    )


def page_of_lines(
    ctx: Context, book: str, month: str, *, page: int, size: int
) -> tuple[GrantLine, ...]:
    """A page of a month's lines, counted from 1, by volunteer number.

    Whoever looks sees facts about health and hardship: call it in a unit of work that commits.
    """
    run = _run(ctx, book, month)
    audit.record(
        ctx, "grant.read", "grants", run_id(book, month), book=book, after={"month": month}
    )
    wanted = _entitlements(run).limit(size).offset((max(1, page) - 1) * size)
    return tuple(_lines(ctx, run, ctx.session.execute(wanted).all()))


def export(ctx: Context, book: str, month: str, form: str) -> tuple[GrantLine, ...]:
    """All lines of a month, for a file; that somebody took them stands in the audit records."""
    run = _run(ctx, book, month)
    audit.record(
        ctx,
        "grant.export",
        "export",
        ctx.new_id(),
        book=book,
        after={"what": "grants", "month": month, "form": form},
    )
    return tuple(_lines(ctx, run, ctx.session.execute(_entitlements(run)).all()))


def _run(ctx: Context, book: str, month: str) -> GrantRun:
    _may_read(ctx, book)
    run = ctx.session.get(GrantRun, (book, month), populate_existing=True)
    if run is None:
        raise NotFound
    return run


def _state(batch_state: BatchState | None) -> str:
    if batch_state is None or batch_state is BatchState.WITHDRAWN:
        return OPEN
    return batch_state.value


def _kinds(ctx: Context, run: GrantRun, rules: RuleSet) -> tuple[KindTotal, ...]:
    table = GrantEntitlement
    rows = ctx.session.execute(
        sa.select(
            table.kind, sa.func.count().label("lines"), whole_sum(table.minutes).label("minutes")
        )
        .where(table.book == run.book, table.month == run.month)
        .group_by(table.kind)
    )
    found = {row.kind: row for row in rows}
    return tuple(
        KindTotal(code, kind.name, found[code].lines, found[code].minutes)
        for code, kind in rules.grants.kinds.items()
        if code in found
    )


def _entitlements(run: GrantRun) -> sa.Select[Any]:
    table = GrantEntitlement
    return (
        sa.select(
            table.member_id, table.kind, table.minutes, table.facts, Member.number, Member.name
        )
        .join(Member, Member.id == table.member_id)
        .where(table.book == run.book, table.month == run.month)
        .order_by(Member.number)
    )


def _lines(ctx: Context, run: GrantRun, rows: Sequence[Any]) -> Iterator[GrantLine]:
    rules = rates.rule_set(ctx.session, run.rule_set_version)
    subject = Subject(book=run.book, region_code=run.book)
    whole = REGION_ADMIN in policy.relations(ctx.actor, subject)
    fates = _fates(ctx, run, [row.number for row in rows])
    for row in rows:
        state, code = fates.get(row.number, (WAITING, ""))
        yield GrantLine(
            member_id=row.member_id,
            number=row.number,
            name=row.name if whole else masked_name(row.name),
            kind=rules.grants.kinds[row.kind].name,
            minutes=row.minutes,
            facts=dict(row.facts),
            reasons=reasons(rules, Facts.from_dict(row.facts)),
            fate=state,
            refusal=sentence_of(code),
        )


def _fates(ctx: Context, run: GrantRun, numbers: list[str]) -> dict[str, tuple[str, str]]:
    """State and code of what has been worked off; a later batch knows better than an earlier."""
    line = BatchLine
    found: dict[str, tuple[str, str]] = {}
    for batch_id in batches_of(ctx.session, run):
        rows = ctx.session.execute(
            sa.select(line.number, line.state, line.code).where(
                line.book == run.book, line.batch_id == batch_id, line.number.in_(numbers)
            )
        )
        for row in rows:
            if row.state.value != WAITING:
                found[row.number] = (row.state.value, row.code)
    return found


def _may_read(ctx: Context, book: str) -> None:
    policy.require(ctx.actor, "grant.read", Subject(book=book, region_code=book))
