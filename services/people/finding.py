"""Looking somebody up at the counter. What was looked for is itself recorded."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.people import Member, MemberStatus
from services import audit, policy
from services.clock import age_on, local_date
from services.context import Context
from services.errors import DomainError, Forbidden
from services.people import handles, texts
from services.people.errors import SearchTooShort
from services.people.reading import subject_of
from services.places.regions import within
from services.policy import NO_RIGHT, STAFF
from services.rights import POLICY
from services.rules.identity_number import parse_identity_number
from services.rules.member_number import parse_number

#: Nobody reads more hits than this; a longer name is the better question.
MOST = 50


@dataclass(frozen=True, slots=True)
class MemberHit:
    """Somebody found: enough to tell two people of one name apart."""

    member_id: UUID
    number: str
    name: str
    age_years: int
    region_code: str
    branch_id: UUID
    status: MemberStatus
    is_provider: bool
    is_recipient: bool
    phone_masked: str | None


def find_members(ctx: Context, text: str) -> tuple[MemberHit, ...]:
    """Members by number, whole ID number, telephone, or name, within the actor's own scope.

    Somebody outside the scope is not found, whatever was typed. Call it in a unit of work: the
    look is recorded with a keyed digest of what was asked, never with the words.
    """
    if not policy.may_ever(ctx.actor, "member.find"):
        raise Forbidden(NO_RIGHT)
    asked = texts.plain(text)
    kind, members = _matching(ctx, asked)
    seen = [
        member
        for member in members
        if policy.can(ctx.actor, "member.find", subject_of(member)).allowed
    ]
    audit.record(
        ctx,
        "member.find",
        "search",
        ctx.actor.id,
        book=ctx.actor.home_book,
        after={"by": kind, "asked": ctx.vault.blind("find", asked), "found": len(seen)},
    )
    ctx.session.flush()
    return tuple(_hit(ctx, member) for member in seen)


def _matching(ctx: Context, asked: str) -> tuple[str, list[Member]]:
    """How the text was read, and who fits it."""
    if not asked:
        raise SearchTooShort(field="text")
    for kind, read in (("number", _number), ("id_number", _id_number), ("phone", _phone)):
        found = read(ctx, asked)
        if found is not None:
            return kind, [m for m in (ctx.session.get(Member, key) for key in found) if m]
    if any(c.isdigit() for c in asked):
        return "number", []
    return "name", _by_name(ctx, asked)


def _number(ctx: Context, asked: str) -> list[UUID] | None:
    try:
        number = parse_number(asked)
    except DomainError:
        return None
    found = handles.holder(ctx.session, "number", number)
    return [found] if found else []


def _id_number(ctx: Context, asked: str) -> list[UUID] | None:
    try:
        known = parse_identity_number(asked, local_date(ctx.now))
    except DomainError:
        return None
    value = handles.digest(ctx.vault, "id_number", known.number)
    found = handles.holder(ctx.session, "id_number", value)
    return [found] if found else []


def _phone(ctx: Context, asked: str) -> list[UUID] | None:
    try:
        digits = texts.phone(asked)
    except DomainError:
        return None
    return handles.holders_of_phone(ctx.session, ctx.vault, digits) if digits else None


def _by_name(ctx: Context, asked: str) -> list[Member]:
    places = [place for role in ctx.actor.roles if (place := _scope(role)) is not None]
    if not places:
        return []
    return list(
        ctx.session.scalars(
            sa.select(Member)
            .where(Member.name.startswith(asked, autoescape=True), sa.or_(*places))
            .order_by(Member.name, Member.number)
            .limit(MOST)
        )
    )


def _scope(role: policy.Role) -> sa.ColumnElement[bool] | None:
    """Where a role may look, as a condition on members; None where it may not look at all."""
    relation = "staff" if role.name == STAFF else role.name
    if relation not in POLICY["member.find"]:
        return None
    if role.scope_kind == "branch":
        return Member.branch_id == UUID(role.scope)
    if role.scope_kind == "nation":
        return sa.true()
    return Member.region_code.startswith(within(role.scope), autoescape=True)


def _hit(ctx: Context, member: Member) -> MemberHit:
    phone = ctx.vault.open_or_none("member.phone", member.phone_sealed)
    return MemberHit(
        member_id=member.id,
        number=member.number,
        name=member.name,
        age_years=age_on(member.born_on, local_date(ctx.now)),
        region_code=member.region_code,
        branch_id=member.branch_id,
        status=member.status,
        is_provider=member.is_provider,
        is_recipient=member.is_recipient,
        phone_masked=texts.masked_digits(phone, 3, 4),
    )
