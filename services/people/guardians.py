"""Guardians of record: by a court's or a committee's paper, taken down at the counter.

Whoever has a guardian gives nothing away by the own login, and grants nobody a leave; so it stays
when the guardian dies or steps down, until a branch records another one or that the person decides
alone again. A guardian sees, asks and confirms without a further delegation, and never gives the
ward's coins away.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.people import Guardianship, Member, MemberStatus, RoleAssignment
from models.places import Branch
from services import outbox, policy, rates
from services.acts import once
from services.clock import age_on, local_date
from services.context import Context
from services.people import errors, texts
from services.people import family_errors as say
from services.people.reading import member_row, subject_of
from services.people.trail import note
from services.policy import STAFF
from services.visits.days import lock_members

PURPOSE = "guardianship.reference"
#: The paper that names a guardian: a court's decision, the appointment by a residents' committee
#: or a civil affairs office, an agreement made while one could still decide.
DOCUMENTS = ("court", "committee", "agreement")
#: Ends after which a person decides alone again.
FREE_AGAIN = ("recovered", "mistake")
#: Ends that a branch writes down; another guardian may follow.
END_REASONS = (*FREE_AGAIN, "revoked", "resigned")
REPLACED, GUARDIAN_DIED, WARD_DIED = "replaced", "guardian_died", "ward_died"

GUARDIAN_RECORDED = "{guardian}已登记为您的监护人，可以为您查看、申请和确认服务。"
GUARDIAN_OF = "您已登记为{ward}的监护人，可以为{ward}查看、申请和确认服务。"
GUARDIAN_ENDED = "{guardian}不再是您的监护人。有事请与网点联系。"
GUARDIAN_NO_MORE = "您不再是{ward}的监护人，从现在起不能再为{ward}办事。"
WARD_ALONE = "{ward}的监护人{guardian}去世了。请与家人和居委会联系，登记新的监护人。"


def guardianship_of(session: Session, member_id: UUID) -> Guardianship | None:
    """The member's guardianship that holds now."""
    return session.scalar(
        sa.select(Guardianship).where(
            Guardianship.member_id == member_id, Guardianship.ended_at.is_(None)
        )
    )


def is_ward(session: Session, member_id: UUID) -> bool:
    """Whether somebody is protected by a guardianship, be there a guardian just now or not."""
    last = session.execute(
        sa.select(Guardianship.ended_at, Guardianship.end_reason)
        .where(Guardianship.member_id == member_id)
        .order_by(
            sa.desc(Guardianship.ended_at.is_(None)),
            Guardianship.ended_at.desc(),
            Guardianship.id.desc(),
        )
        .limit(1)
    ).one_or_none()
    return last is not None and (last.ended_at is None or last.end_reason not in FREE_AGAIN)


def require_no_ward(session: Session, member: Member) -> None:
    """Raise WardMayNot where a guardianship protects the member's coins and rights."""
    if is_ward(session, member.id):
        branch = session.get_one(Branch, member.branch_id)
        raise say.WardMayNot(
            ward=member.name, branch_zh=branch.name, branch_en=branch.name_en, phone=branch.phone
        )


def wards_of(session: Session, guardian_id: UUID) -> frozenset[UUID]:
    """For whom somebody is the guardian of record now, while they are members."""
    return frozenset(
        session.scalars(
            sa.select(Guardianship.member_id)
            .join(Member, Member.id == Guardianship.member_id)
            .where(
                Guardianship.guardian_id == guardian_id,
                Guardianship.ended_at.is_(None),
                Member.status == MemberStatus.ACTIVE,
            )
        )
    )


def record_guardian(
    ctx: Context, member_id: UUID, guardian_id: UUID, document: str, reference: str, since: date
) -> UUID:
    """Record a guardian by a paper's kind and number; returns the guardianship's id.

    One at a time: an earlier one ends as replaced. Nobody records himself or his own kin.
    """
    member, guardian = member_row(ctx.session, member_id), member_row(ctx.session, guardian_id)
    policy.require(ctx.actor, "guardian.record", subject_of(member))
    if guardian_id in {ctx.actor.id} | ctx.actor.relatives:
        raise errors.DelegateIsClerk
    if document not in DOCUMENTS:
        raise say.UnknownPaper(field="document")
    number = texts.needed(reference, "reference", 80)
    if since > local_date(ctx.now):
        raise errors.InFuture(field="since")

    def do() -> dict[str, str]:
        lock_members(ctx.session, {member_id, guardian_id})
        _check_guardian(ctx, member, guardian)
        old = guardianship_of(ctx.session, member_id)
        if old is not None:
            _end(ctx, old, member, REPLACED)
        made = Guardianship(
            member_id=member_id,
            id=ctx.new_id(),
            guardian_id=guardian_id,
            document=document,
            reference_sealed=ctx.vault.seal(PURPOSE, number),
            since=since,
            recorded_by_id=ctx.actor.id,
            recorded_at=ctx.now,
        )
        ctx.session.add(made)
        after = {"guardian": str(guardian_id), "document": document, "since": str(since)}
        note(ctx, "guardian.record", member, after=after)
        _tell(ctx, member, guardian, GUARDIAN_RECORDED, GUARDIAN_OF)
        ctx.session.flush()
        return {"guardianship_id": str(made.id)}

    content = {
        "member_id": member_id,
        "guardian_id": guardian_id,
        "document": document,
        "reference": ctx.vault.blind("act", number),
        "since": since,
    }
    result = once(ctx, member.home_book, "guardian.record", content, do)
    return UUID(result["guardianship_id"])


def _check_guardian(ctx: Context, member: Member, guardian: Member) -> None:
    if guardian.id == member.id:
        raise say.OwnGuardian(field="guardian_id")
    if any(person.status is not MemberStatus.ACTIVE for person in (member, guardian)):
        raise errors.NotActive
    today = local_date(ctx.now)
    adult = rates.rule_set_on(ctx.session, today).earning.adult_age
    if age_on(guardian.born_on, today) < adult:
        raise say.GuardianTooYoung(field="guardian_id", adult_age=adult)
    if is_ward(ctx.session, guardian.id):
        raise say.GuardianIsWard(field="guardian_id")


def end_guardian(ctx: Context, member_id: UUID, reason: str) -> None:
    """End the guardianship that holds, for a reason; raises NoGuardian without one."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "guardian.record", subject_of(member))
    if reason not in END_REASONS:
        raise say.UnknownEnd(field="reason")

    def do() -> dict[str, str]:
        lock_members(ctx.session, {member_id})
        row = guardianship_of(ctx.session, member_id)
        if row is None:
            raise say.NoGuardian
        if row.guardian_id in {ctx.actor.id} | ctx.actor.relatives:
            raise errors.DelegateIsClerk
        _end(ctx, row, member, reason)
        guardian = member_row(ctx.session, row.guardian_id)
        _tell(ctx, member, guardian, GUARDIAN_ENDED, GUARDIAN_NO_MORE)
        ctx.session.flush()
        return {}

    content = {"member_id": member_id, "reason": reason}
    once(ctx, member.home_book, "guardian.end", content, do)


def end_by_death(ctx: Context, member: Member) -> None:
    """End what a death ends, as guardian and as ward; services only.

    A ward who is left without a guardian stays protected, and the branch is told to see to it.
    """
    for row in _touching(ctx.session, member.id, Guardianship.ended_at.is_(None)):
        if row.member_id == member.id:
            _end(ctx, row, member, WARD_DIED)
            continue
        ward = member_row(ctx.session, row.member_id)
        _end(ctx, row, ward, GUARDIAN_DIED)
        outbox.tell(ctx, ward.home_book, ward.id, GUARDIAN_ENDED, guardian=member.name)
        _tell_branch(ctx, ward, member)
    ctx.session.flush()


def reopen_after_mistake(ctx: Context, member: Member) -> None:
    """Let what a mistaken report of a death ended hold again; services only.

    A ward who has another guardian by now keeps that one.
    """
    mistaken = Guardianship.end_reason.in_((GUARDIAN_DIED, WARD_DIED))
    for row in _touching(ctx.session, member.id, mistaken):
        if guardianship_of(ctx.session, row.member_id) is not None:
            continue
        row.ended_at = row.end_reason = None
        ward = member_row(ctx.session, row.member_id)
        note(ctx, "guardian.reopen", ward, after={"guardian": str(row.guardian_id)})
        guardian = member_row(ctx.session, row.guardian_id)
        _tell(ctx, ward, guardian, GUARDIAN_RECORDED, GUARDIAN_OF)
        ctx.session.flush()


def _touching(
    session: Session, member_id: UUID, where: sa.ColumnElement[bool]
) -> Iterable[Guardianship]:
    """Guardianships of and by somebody, under their locks."""
    return session.scalars(
        sa.select(Guardianship)
        .where(sa.or_(Guardianship.guardian_id == member_id, Guardianship.member_id == member_id))
        .where(where)
        .order_by(Guardianship.member_id, Guardianship.id)
        .with_for_update()
    ).all()


def _end(ctx: Context, row: Guardianship, ward: Member, reason: str) -> None:
    row.ended_at, row.end_reason = ctx.now, reason
    before = {"guardian": str(row.guardian_id)}
    note(ctx, "guardian.end", ward, before=before, after={"reason": reason})
    ctx.session.flush()


def _tell(ctx: Context, ward: Member, guardian: Member, to_ward: str, to_guardian: str) -> None:
    outbox.tell(ctx, ward.home_book, ward.id, to_ward, guardian=guardian.name)
    outbox.tell(ctx, guardian.home_book, guardian.id, to_guardian, ward=ward.name)


def _tell_branch(ctx: Context, ward: Member, dead: Member) -> None:
    """Everybody who works at the ward's branch finds it in the inbox."""
    staff = ctx.session.scalars(
        sa.select(RoleAssignment.member_id)
        .where(
            RoleAssignment.role == STAFF,
            RoleAssignment.scope_kind == "branch",
            RoleAssignment.scope == str(ward.branch_id),
            RoleAssignment.ended_at.is_(None),
        )
        .distinct()
        .order_by(RoleAssignment.member_id)
    ).all()
    for each in staff:
        outbox.tell(ctx, ward.home_book, each, WARD_ALONE, ward=ward.name, guardian=dead.name)
