"""Somebody says that a member has died. Nothing changes by it until two officials have verified.

Whoever says it of a death that is being looked into already adds to that one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateReport, EstateState
from models.people import Member, MemberStatus
from services import audit, outbox, policy, rates
from services.acts import once
from services.clock import at_local, local_date
from services.context import Context
from services.errors import Forbidden
from services.estates import sentences as say
from services.estates.finding import open_estate_of
from services.people import texts
from services.people.reading import kin_relation, member_row
from services.policy import NO_RIGHT, REGION_ADMIN, STAFF, Role, Subject
from services.references import new_reference
from services.visits.days import lock_members

FAMILY, BRANCH, REGISTRY = "family", "branch", "registry"
#: Papers by which a death is shown.
EVIDENCE = ("death_certificate", "cremation", "police", "court", "registry")
REFERENCE = "estate.reference"
_LAST = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class DeathReport:
    """What is said of a death; the time of day and the paper where they are known."""

    member_id: UUID
    died_on: date
    died_time: time | None = None
    evidence: str | None = None
    paper_number: str | None = None


def report(ctx: Context, form: DeathReport, how: str) -> UUID:
    """Report a death; returns the id of its estate.

    ``family``: a recorded relative, or whoever may act for the member. ``branch`` and
    ``registry``: staff and administrators, of any region. Raises ReportedAlready for the same
    from the same person, MembershipOver, OwnDeath and what is wrong with the day or the paper.
    """
    member = member_row(ctx.session, form.member_id)
    policy.require(ctx.actor, "estate.report")
    if member.id == ctx.actor.id:
        raise say.OwnDeath
    relation = kin_relation(ctx.session, member.id, ctx.actor.id)
    region_code = _region_of(ctx, member, how, relation)
    died_at = moment_of_death(ctx, member, form.died_on, form.died_time)
    evidence, number = paper_of(form.evidence, form.paper_number, needed=how == REGISTRY)

    def do() -> dict[str, str]:
        # Of two regions that report at once the second finds what the first has written.
        lock_members(ctx.session, {member.id})
        estate = open_estate_of(ctx.session, member.home_book, member.id)
        if estate is None:
            estate = _begin(ctx, member, died_at)
        elif _said_before(ctx, estate, how):
            raise say.ReportedAlready
        row = EstateReport(
            book=estate.book,
            id=ctx.new_id(),
            estate_id=estate.id,
            how=how,
            reported_by_id=ctx.actor.id,
            region_code=region_code,
            relation=relation if how == FAMILY else None,
            died_at=died_at,
            evidence=evidence,
            reference_sealed=ctx.vault.seal(REFERENCE, number) if number else None,
            at=ctx.now,
        )
        ctx.session.add(row)
        _record(ctx, estate, row)
        ctx.session.flush()
        return {"estate_id": str(estate.id)}

    content = {**asdict(form), "how": how}
    return UUID(once(ctx, member.home_book, "estate.report", content, do)["estate_id"])


def moment_of_death(ctx: Context, member: Member, day: date, clock: time | None) -> datetime:
    """The moment, or the last one of the day in China where only the day is known; never later
    than now. Raises DeathInFuture or DeathBeforeBirth.
    """
    moment = at_local(day, clock or _LAST)
    if day > local_date(ctx.now) or (clock is not None and moment > ctx.now):
        raise say.DeathInFuture(field="died_on")
    if day < member.born_on:
        raise say.DeathBeforeBirth(field="died_on")
    return min(moment, ctx.now)


def paper_of(
    evidence: str | None, number: str | None, *, needed: bool
) -> tuple[str | None, str | None]:
    """Which paper was seen and its number; raises EvidenceUnknown or ReferenceMissing."""
    read = texts.short(number, "paper_number", 80)
    if (evidence or needed or read) and evidence not in EVIDENCE:
        raise say.EvidenceUnknown(field="evidence")
    if evidence and not read:
        raise say.ReferenceMissing(field="paper_number")
    return evidence or None, read


def desk_roles(ctx: Context) -> list[Role]:
    """The roles with which the actor may report for a branch or a registry."""
    return [role for role in ctx.actor.roles if role.name in (STAFF, REGION_ADMIN)]


def _region_of(ctx: Context, member: Member, how: str, relation: str | None) -> str:
    """From which region it is said, by whoever may say it."""
    if how == FAMILY:
        if relation is None and member.id not in ctx.actor.kin:
            raise say.NotARelative
        return member_row(ctx.session, ctx.actor.id).region_code
    mine = member_row(ctx.session, ctx.actor.id)
    roles = desk_roles(ctx)
    if not roles:
        raise Forbidden(NO_RIGHT)
    code = next((role.scope for role in roles if role.scope_kind == "region"), mine.region_code)
    branch_id = next((UUID(r.scope) for r in roles if r.scope_kind == "branch"), None)
    policy.require(ctx.actor, "estate.import", Subject(region_code=code, branch_id=branch_id))
    return code


def _begin(ctx: Context, member: Member, died_at: datetime) -> Estate:
    if member.status is MemberStatus.CLOSED:
        raise say.MembershipOver
    estate = Estate(
        book=member.home_book,
        id=ctx.new_id(),
        reference=new_reference(ctx, member.home_book, Estate),
        member_id=member.id,
        branch_id=member.branch_id,
        state=EstateState.REPORTED,
        died_at=died_at,
        reported_at=ctx.now,
        rule_set_version=rates.rule_set_on(ctx.session, local_date(ctx.now)).version,
    )
    ctx.session.add(estate)
    ctx.session.flush()
    # Whoever lives reads it, and says so before anything happens.
    outbox.tell(ctx, estate.book, member.id, say.REPORTED_OF_YOU)
    return estate


def _said_before(ctx: Context, estate: Estate, how: str) -> bool:
    found = sa.select(EstateReport.id).where(
        EstateReport.book == estate.book,
        EstateReport.estate_id == estate.id,
        EstateReport.reported_by_id == ctx.actor.id,
        EstateReport.how == how,
    )
    return ctx.session.scalar(found.limit(1)) is not None


def _record(ctx: Context, estate: Estate, row: EstateReport) -> None:
    audit.record(
        ctx,
        "estate.report",
        "estate",
        estate.id,
        book=estate.book,
        after={"how": row.how, "region": row.region_code, "evidence": row.evidence},
        acting_for_id=estate.member_id,
    )
    if row.how == FAMILY:
        name = member_row(ctx.session, estate.member_id).name
        words: dict[str, Any] = {"name": name, "reference": estate.reference}
        outbox.tell(ctx, estate.book, ctx.actor.id, say.REPORT_TAKEN, **words)
