"""What the counter's forms about people offer: places, services, certificates, grades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.places import Region, Tier
from services import policy, rates
from services.clock import local_date
from services.context import Context
from services.errors import DomainError
from services.people import handles
from services.people.errors import NotAMember
from services.people.reading import member_row
from services.people.texts import masked_name
from services.places.regions import valid_on, within
from services.queries.branch.desks import Desk, desk
from services.rules.member_number import parse_number
from services.rules.names import Name
from services.rules.training import may_be_taught


def by_number(ctx: Context, text: str, field: str) -> tuple[UUID, str]:
    """Whose volunteer number this is, and the masked name to check against.

    Raises a sentence on ``field`` for a number that cannot be or that nobody has.
    """
    policy.require(ctx.actor, "account.use")
    try:
        number = parse_number(text)
    except DomainError as error:
        error.field = field
        raise
    found = handles.holder(ctx.session, "number", number)
    if found is None:
        raise NotAMember(field=field)
    return found, masked_name(member_row(ctx.session, found).name)


@dataclass(frozen=True, slots=True)
class JoinChoices:
    """What the registration form offers, at one branch."""

    desk: Desk
    regions: tuple[tuple[str, Name], ...]
    services: tuple[tuple[str, Name], ...]


def join_choices(ctx: Context, branch_id: UUID) -> JoinChoices:
    """The townships and villages around a branch, and the services somebody may offer."""
    here = desk(ctx, branch_id)
    today = local_date(ctx.now)
    rows = ctx.session.scalars(
        sa.select(Region)
        .where(Region.code.startswith(within(here.book), autoescape=True), valid_on(today))
        .order_by(Region.code)
    ).all()
    known = {row.code: row for row in rows}
    rules = rates.rule_set_on(ctx.session, today)
    return JoinChoices(
        here,
        tuple((row.code, _place_name(row, known)) for row in rows),
        tuple((code, line.name) for code, line in rules.services.items()),
    )


def _place_name(row: Region, known: Mapping[str, Region]) -> Name:
    """A village is named with its township, since two townships may have one of its name."""
    town = known.get(row.parent_code or "")
    if row.tier is not Tier.VILLAGE or town is None:
        return Name(row.name, row.name_en)
    return Name(f"{town.name}{row.name}", f"{row.name_en}, {town.name_en}")


def certificate_choices(ctx: Context) -> tuple[tuple[str, Name], ...]:
    """Every certificate that the rules know, in their order."""
    policy.require(ctx.actor, "account.use")
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    return tuple((code, each.name) for code, each in rules.certificates.items())


def taught_choices(ctx: Context) -> tuple[tuple[str, Name], ...]:
    """The certificates that a branch's own course may give."""
    policy.require(ctx.actor, "account.use")
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    known = rules.certificates.items()
    return tuple((code, each.name) for code, each in known if may_be_taught(code, rules))


def grade_choices(ctx: Context) -> tuple[tuple[int, Name], ...]:
    """The care grades of the rules."""
    policy.require(ctx.actor, "account.use")
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    return tuple((each.grade, each.name) for each in rules.grades)
