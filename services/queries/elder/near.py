"""Whose affairs a page shows, and who stands near enough to see them.

The same pages serve the elder, a relative within the delegation's scope, and staff at a counter;
auditors have pages of their own, with names masked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.people import Member, MemberStatus, Sex
from models.requests import Request
from services import audit, places, policy, rates
from services.clock import age_on, local_date
from services.context import Context
from services.errors import Forbidden
from services.people.reading import member_row
from services.policy import NO_RIGHT, Subject
from services.rules.names import Name

#: Relations to an elder's affairs for which these pages are made.
NEAR = frozenset({"self", "elder", "kin:see", "staff"})


@dataclass(frozen=True, slots=True)
class ElderView:
    """Whose affairs these are, and what whoever looks may do in them.

    ``acting``: own, family or staff.
    """

    id: UUID
    number: str
    name: str
    sex: Sex
    age_years: int
    book: str
    branch_id: UUID
    acting: str
    is_recipient: bool
    is_active: bool
    has_address: bool
    door_word: str | None
    may_ask: bool
    may_confirm: bool
    may_update: bool
    may_issue_card: bool


def subject_of(member: Member) -> Subject:
    """The policy's view of an elder's affairs, the record and the requests alike."""
    return Subject(
        book=member.home_book,
        region_code=member.region_code,
        branch_id=member.branch_id,
        member_id=member.id,
        elder_id=member.id,
    )


def near(ctx: Context, elder_id: UUID, act: str = "member.read") -> Member:
    """The elder's row for whoever stands near enough; a refusal for everybody else."""
    member = member_row(ctx.session, elder_id)
    require_near(ctx, act, subject_of(member))
    return member


def require_near(ctx: Context, act: str, subject: Subject) -> None:
    """Refuse unless the policy allows the act and the actor is one these pages are for."""
    policy.require(ctx.actor, act, subject)
    if not policy.relations(ctx.actor, subject) & NEAR:
        raise Forbidden(NO_RIGHT)


def elder_view(ctx: Context, elder_id: UUID) -> ElderView:
    """Whose affairs these are. Raises ``NotAMember`` or a refusal."""
    return view_of(ctx, near(ctx, elder_id))


def view_of(ctx: Context, member: Member, request: Subject | None = None) -> ElderView:
    """The view of a row that :func:`near` has let through.

    On the page of a ``request`` whoever may ask for such a one may change it: of somebody who
    stays elsewhere, the counter there.
    """
    subject = subject_of(member)

    def may(act: str) -> bool:
        return policy.can(ctx.actor, act, subject).allowed

    return ElderView(
        id=member.id,
        number=member.number,
        name=member.name,
        sex=member.sex,
        age_years=age_on(member.born_on, local_date(ctx.now)),
        book=member.home_book,
        branch_id=member.branch_id,
        acting=_acting(ctx, member.id),
        is_recipient=member.is_recipient,
        is_active=member.status is MemberStatus.ACTIVE,
        has_address=member.address_sealed is not None,
        door_word=member.door_word,
        may_ask=policy.can(ctx.actor, "request.ask", request or subject).allowed,
        may_confirm=may("visit.confirm"),
        may_update=may("member.update"),
        may_issue_card=may("card.issue"),
    )


def _acting(ctx: Context, elder_id: UUID) -> str:
    if ctx.actor.id == elder_id:
        return "own"
    return "family" if ctx.actor.kin.get(elder_id) else "staff"


#: What a look is at, by the act it is recorded as.
LOOKS_AT = {
    "member.read": "member",
    "statement.read": "member",
    "request.read": "request",
    "visit.read": "visit",
    "series.read": "series",
}


def note_look(ctx: Context, elder_id: UUID, act: str, subject_id: UUID) -> None:
    """Record that somebody else looked at an elder's page with personal data on it."""
    if ctx.actor.id == elder_id:
        return
    # The page itself has let the actor through: the host's staff read no more than a request.
    member = member_row(ctx.session, elder_id)
    audit.record(
        ctx,
        act,
        LOOKS_AT[act],
        subject_id,
        book=member.home_book,
        acting_for_id=elder_id,
    )


def service_name(ctx: Context, request: Request) -> Name:
    """What was asked for, by the rule set of the request."""
    return rates.rule_set(ctx.session, request.rule_set_version).service(request.service_code).name


def branch_of(ctx: Context, elder_id: UUID) -> places.BranchView:
    """The elder's own branch: its counter and its telephone."""
    return places.branch(ctx.session, near(ctx, elder_id).branch_id)


def names_of(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of some members, for those who may see them anyway."""
    rows = ctx.session.execute(sa.select(Member.id, Member.name).where(Member.id.in_(ids)))
    return {row.id: row.name for row in rows}
