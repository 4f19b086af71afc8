"""Estates as staff, administrators and auditors see them: a list, and the file of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateCheck, EstateReport, EstateState
from models.ledger import AccountKind
from models.oversight import AuditRecord
from models.people import Member
from services import audit, policy
from services.clock import local_date
from services.context import Context
from services.errors import Forbidden
from services.estates.finding import estate_row, is_moment, subject_of
from services.estates.reporting import REFERENCE
from services.estates.unfinished import unfinished_sessions, unfinished_visits
from services.estates.verifying import OFFICIALS, REASON, checks_of
from services.ledger.accounts import estate_account, standings
from services.people.reading import member_row
from services.people.texts import masked_name
from services.places.branches import branch_row
from services.places.regions import full_name, within
from services.policy import NO_RIGHT, REGION_ADMIN, STAFF, Decision
from services.queries.branch.desks import name_of
from services.queries.estate_moves import MoveLine, account_minutes, moves_of
from services.rights import POLICY
from services.rules.names import Name

READ = "estate.read"
#: Where something is still to be done, the earliest step first; then what is over.
ORDER = tuple(EstateState)
#: The acts on the page -> the act of the policy that allows each.
ACTS = {
    "verify": "estate.verify",
    "dismiss": "estate.dismiss",
    "undo": "estate.undo",
    "heirs": "estate.heirs",
}


@dataclass(frozen=True, slots=True)
class EstateLine:
    """One estate in a list. ``checks`` of ``OFFICIALS`` have verified the death."""

    book: str
    id: UUID
    reference: str
    name: str
    number: str
    state: EstateState
    died_on: date
    reported_at: datetime
    branch: Name
    checks: int


@dataclass(frozen=True, slots=True)
class EstateList:
    """A page of estates, and how many stand in each state."""

    lines: tuple[EstateLine, ...]
    total: int
    counts: Mapping[EstateState, int]


@dataclass(frozen=True, slots=True)
class ReportLine:
    """Who said it, from which region, and with which paper."""

    how: str
    by: str
    region: Name
    relation: str | None
    died_on: date
    evidence: str | None
    paper_number: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class CheckLine:
    """Which official read which paper."""

    by: str
    official_id: UUID
    died_on: date
    evidence: str
    paper_number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EstateFile:
    """One estate with all that has happened, in standard minutes where there are coins."""

    book: str
    id: UUID
    reference: str
    state: EstateState
    member_id: UUID
    name: str
    number: str
    branch: Name
    died_at: datetime
    is_moment: bool
    reported_at: datetime
    frozen_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None
    reports: tuple[ReportLine, ...]
    checks: tuple[CheckLine, ...]
    #: What the freeze has ended, by kind, and how many of each.
    ended: Mapping[str, int]
    moves: tuple[MoveLine, ...]
    kept_minutes: int
    own_minutes: int
    held_minutes: int
    granted_minutes: int
    #: Services and group sessions on which nobody has decided yet.
    unfinished_visits: tuple[UUID, ...]
    unfinished_sessions: tuple[UUID, ...]
    may: Mapping[str, Decision]
    #: The reader has verified it: somebody else has to.
    checked_by_me: bool

    @property
    def is_second(self) -> bool:
        """Whether the next official's word freezes the account."""
        return len(self.checks) == OFFICIALS - 1


def estates(
    ctx: Context, state: EstateState | None = None, *, limit: int = 25, offset: int = 0
) -> EstateList:
    """The estates of the actor's own branches and regions, the newest report first.

    Whoever has no work with them reads names masked: a look at a list is not recorded.
    """
    places = [place for role in ctx.actor.roles if (place := _scope(role)) is not None]
    if not places:
        raise Forbidden(NO_RIGHT)
    return _listed(ctx, sa.or_(*places), state, limit, offset)


def estate_file(ctx: Context, book: str, estate_id: UUID) -> EstateFile:
    """One estate; the look is recorded: run it in a unit of work. Raises EstateUnknown."""
    estate = estate_row(ctx.session, book, estate_id)
    subject = subject_of(ctx, estate)
    policy.require(ctx.actor, READ, subject)
    audit.record(ctx, READ, "estate", estate.id, book=book, acting_for_id=estate.member_id)
    member = member_row(ctx.session, estate.member_id)
    branch = branch_row(ctx.session, estate.branch_id)
    found = standings(ctx.session, book, member.id, now=ctx.now)
    granted = sum(each.posted_minutes for each in found if each.kind is AccountKind.GRANTED)
    checks = checks_of(ctx, estate)
    return EstateFile(
        book=book,
        id=estate.id,
        reference=estate.reference,
        state=estate.state,
        member_id=member.id,
        name=member.name,
        number=member.number,
        branch=Name(branch.name, branch.name_en),
        died_at=estate.died_at,
        is_moment=is_moment(estate.died_at),
        reported_at=estate.reported_at,
        frozen_at=estate.frozen_at,
        ended_at=estate.ended_at,
        ended_by=name_of(ctx, estate.ended_by_id),
        end_reason=ctx.vault.open_or_none(REASON, estate.end_reason_sealed),
        reports=_reports(ctx, estate),
        checks=tuple(_check(ctx, each) for each in checks),
        ended=_ended(ctx, estate),
        moves=moves_of(ctx, estate),
        kept_minutes=account_minutes(ctx, book, estate_account(book, member.id)),
        own_minutes=sum(each.posted_minutes for each in found) - granted,
        held_minutes=sum(each.held_minutes for each in found),
        granted_minutes=granted,
        unfinished_visits=unfinished_visits(ctx, estate) if estate.frozen_at else (),
        unfinished_sessions=unfinished_sessions(ctx, estate) if estate.frozen_at else (),
        may={name: policy.can(ctx.actor, act, subject) for name, act in ACTS.items()},
        checked_by_me=any(each.official_id == ctx.actor.id for each in checks),
    )


def _scope(role: policy.Role) -> sa.ColumnElement[bool] | None:
    """Where a role may read estates, as a condition on the dead; None where it may not."""
    relation = "staff" if role.name == STAFF else role.name
    if relation not in POLICY[READ]:
        return None
    if role.scope_kind == "branch":
        return Estate.branch_id == UUID(role.scope)
    if role.scope_kind == "nation":
        return sa.true()
    return Member.region_code.startswith(within(role.scope), autoescape=True)


def _listed(
    ctx: Context,
    where: sa.ColumnElement[bool],
    state: EstateState | None,
    limit: int,
    offset: int,
) -> EstateList:
    about = sa.select(Estate, Member).join(Member, Member.id == Estate.member_id).where(where)
    counted = ctx.session.execute(
        about.with_only_columns(Estate.state, sa.func.count().label("many"))
        .group_by(Estate.state)
        .execution_options(cross_book=True)
    )
    counts = {row.state: row.many for row in counted}
    wanted = about if state is None else about.where(Estate.state == state)
    rows = ctx.session.execute(
        wanted.order_by(Estate.reported_at.desc(), Estate.id)
        .limit(limit)
        .offset(offset)
        .execution_options(cross_book=True)
    ).all()
    checks = _checks(ctx, [row.Estate.id for row in rows])
    total = sum(counts.values()) if state is None else counts.get(state, 0)
    whole = ctx.actor.has_role(STAFF) or ctx.actor.has_role(REGION_ADMIN)
    lines = tuple(_line(ctx, row.Estate, row.Member, checks, whole=whole) for row in rows)
    return EstateList(lines, total, {each: counts[each] for each in ORDER if each in counts})


def _line(
    ctx: Context, estate: Estate, member: Member, checks: Mapping[UUID, int], *, whole: bool
) -> EstateLine:
    branch = branch_row(ctx.session, estate.branch_id)
    return EstateLine(
        book=estate.book,
        id=estate.id,
        reference=estate.reference,
        name=member.name if whole else masked_name(member.name),
        number=member.number,
        state=estate.state,
        died_on=local_date(estate.died_at),
        reported_at=estate.reported_at,
        branch=Name(branch.name, branch.name_en),
        checks=checks.get(estate.id, 0),
    )


def _checks(ctx: Context, ids: list[UUID]) -> dict[UUID, int]:
    rows = ctx.session.execute(
        sa.select(EstateCheck.estate_id, sa.func.count().label("many"))
        .where(EstateCheck.estate_id.in_(ids))
        .group_by(EstateCheck.estate_id)
        .execution_options(cross_book=True)
    )
    return {row.estate_id: row.many for row in rows}


def _reports(ctx: Context, estate: Estate) -> tuple[ReportLine, ...]:
    rows = ctx.session.scalars(
        sa.select(EstateReport)
        .where(EstateReport.book == estate.book, EstateReport.estate_id == estate.id)
        .order_by(EstateReport.at, EstateReport.id)
    )
    return tuple(
        ReportLine(
            how=row.how,
            by=name_of(ctx, row.reported_by_id) or "",
            region=Name(*full_name(ctx.session, row.region_code, local_date(row.at))),
            relation=row.relation,
            died_on=local_date(row.died_at),
            evidence=row.evidence,
            paper_number=ctx.vault.open_or_none(REFERENCE, row.reference_sealed),
            at=row.at,
        )
        for row in rows
    )


def _check(ctx: Context, row: EstateCheck) -> CheckLine:
    return CheckLine(
        by=name_of(ctx, row.official_id) or "",
        official_id=row.official_id,
        died_on=local_date(row.died_at),
        evidence=row.evidence,
        paper_number=ctx.vault.open(REFERENCE, row.reference_sealed),
        at=row.at,
    )


def _ended(ctx: Context, estate: Estate) -> dict[str, int]:
    """What the freeze wrote down that it had ended."""
    after = ctx.session.scalar(
        sa.select(AuditRecord.after)
        .where(
            AuditRecord.book == estate.book,
            AuditRecord.subject_id == estate.id,
            AuditRecord.act == "estate.freeze",
        )
        .limit(1)
    )
    return {name: many for name, many in (after or {}).items() if isinstance(many, int) and many}
