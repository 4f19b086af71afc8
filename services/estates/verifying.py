"""Two officials verify a death by papers; with the second one the account freezes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.estates import Designation, DesignationLine, Estate, EstateCheck, EstateState
from services import audit, outbox, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.errors import Forbidden
from services.estates import sentences as say
from services.estates.finding import estate_row, is_moment, locked_estate, subject_of
from services.estates.freezing import freeze
from services.estates.reporting import REFERENCE, moment_of_death, paper_of
from services.estates.telling import reporters_of
from services.people import texts
from services.people.reading import member_row
from services.policy import OWN_AFFAIR
from services.visits.days import lock_members

#: So many officials look at the papers, each by himself.
OFFICIALS = 2
REASON = "estate.end_reason"


@dataclass(frozen=True, slots=True)
class DeathCheck:
    """What one official has read on which paper."""

    died_on: date
    evidence: str
    paper_number: str
    died_time: time | None = None


def verify(ctx: Context, book: str, estate_id: UUID, form: DeathCheck) -> bool:
    """Verify a death; returns whether it was the second time and the account is frozen now.

    Never by kin, nor by whoever acts for the dead or inherits by name. Raises EstateChanged,
    CheckedByYou, DaysDiffer, and what is wrong with the day or the paper.
    """
    estate = estate_row(ctx.session, book, estate_id)
    member = member_row(ctx.session, estate.member_id)
    policy.require(ctx.actor, "estate.verify", subject_of(ctx, estate))
    require_apart(ctx, estate)
    evidence, number = paper_of(form.evidence, form.paper_number, needed=True)
    died_at = moment_of_death(ctx, member, form.died_on, form.died_time)

    def do() -> dict[str, str]:
        lock_members(ctx.session, {member.id})
        row = locked_estate(ctx, book, estate_id)
        if row.state is not EstateState.REPORTED:
            raise say.EstateChanged
        others = checks_of(ctx, row)
        _require_second(ctx, others, form.died_on)
        ctx.session.add(
            EstateCheck(
                book=book,
                estate_id=estate_id,
                official_id=ctx.actor.id,
                evidence=evidence,
                reference_sealed=ctx.vault.seal(REFERENCE, number or ""),
                died_at=died_at,
                at=ctx.now,
            )
        )
        after = {"evidence": evidence, "day": form.died_on.isoformat(), "of": OFFICIALS}
        _record(ctx, row, "estate.verify", after={**after, "place": len(others) + 1})
        ctx.session.flush()
        is_second = len(others) + 1 >= OFFICIALS
        if is_second:
            # A moment says more than the end of its day.
            said = [died_at, *(each.died_at for each in others)]
            row.died_at = min([each for each in said if is_moment(each)] or said)
            freeze(ctx, row, member)
        return {"frozen": "yes" if is_second else ""}

    content = {"estate_id": estate_id, **asdict(form)}
    return bool(once(ctx, book, "estate.verify", content, do)["frozen"])


def dismiss(ctx: Context, book: str, estate_id: UUID, reason: str) -> None:
    """A report was not true, and nothing has happened yet: close it with a reason.

    Never by kin, nor by whoever acts for the member or is named by him: they use the coins.
    """
    estate = estate_row(ctx.session, book, estate_id)
    policy.require(ctx.actor, "estate.dismiss", subject_of(ctx, estate))
    require_apart(ctx, estate)
    why = read_reason(reason)

    def do() -> dict[str, str]:
        lock_members(ctx.session, {estate.member_id})
        row = locked_estate(ctx, book, estate_id)
        if row.state is not EstateState.REPORTED:
            raise say.EstateChanged
        end_estate(ctx, row, EstateState.DISMISSED, why)
        name = member_row(ctx.session, row.member_id).name
        words: dict[str, Any] = {"name": name, "reference": row.reference}
        for reader in reporters_of(ctx, row):
            outbox.tell(ctx, book, reader, say.DISMISSED_FAMILY, **words)
        outbox.tell(ctx, book, row.member_id, say.DISMISSED_SELF, channel="sms")
        return {}

    once(ctx, book, "estate.dismiss", {"estate_id": estate_id, "reason": reason}, do)


def end_estate(ctx: Context, estate: Estate, state: EstateState, reason: str) -> None:
    """The estate is over, for a reason that stays sealed in its file; services only."""
    before = estate.state
    estate.state, estate.ended_at, estate.ended_by_id = state, ctx.now, ctx.actor.id
    estate.end_reason_sealed = ctx.vault.seal(REASON, reason)
    act = "estate.dismiss" if state is EstateState.DISMISSED else "estate.undo"
    _record(ctx, estate, act, before={"state": before.value}, after={"state": state.value})
    ctx.session.flush()


def checks_of(ctx: Context, estate: Estate) -> Sequence[EstateCheck]:
    """Who has verified it so far, the first one first."""
    return ctx.session.scalars(
        sa.select(EstateCheck)
        .where(EstateCheck.book == estate.book, EstateCheck.estate_id == estate.id)
        .order_by(EstateCheck.at, EstateCheck.official_id)
    ).all()


def require_apart(ctx: Context, estate: Estate) -> None:
    """Raise Forbidden for whoever acts for the dead, or is named by the dead as a beneficiary,
    or has kin among those named.

    The sentence is the one for kin: whom somebody has named, nobody is told.
    """
    near = {ctx.actor.id} | ctx.actor.relatives
    named = (
        sa.select(DesignationLine.place)
        .join(
            Designation,
            sa.and_(
                Designation.member_id == DesignationLine.member_id,
                Designation.id == DesignationLine.designation_id,
            ),
        )
        .where(
            DesignationLine.member_id == estate.member_id,
            DesignationLine.beneficiary_id.in_(near),
            Designation.revoked_at.is_(None),
        )
    )
    if estate.member_id in ctx.actor.kin or ctx.session.scalar(named.limit(1)) is not None:
        raise Forbidden(OWN_AFFAIR)


def _require_second(ctx: Context, others: Sequence[EstateCheck], day: date) -> None:
    if any(each.official_id == ctx.actor.id for each in others):
        raise say.CheckedByYou
    for each in others:
        if local_date(each.died_at) != day:
            raise say.DaysDiffer(field="died_on", day=local_date(each.died_at))


def read_reason(text: str) -> str:
    """Why an estate ends; raises EndReasonMissing."""
    found = texts.short(text, "reason", 500)
    if found is None:
        raise say.EndReasonMissing(field="reason")
    return found


def _record(ctx: Context, estate: Estate, act: str, **what: dict[str, object]) -> None:
    audit.record(
        ctx,
        act,
        "estate",
        estate.id,
        book=estate.book,
        acting_for_id=estate.member_id,
        **what,
    )
