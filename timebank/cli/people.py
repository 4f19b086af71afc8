"""``flask people``: found an instance's first office, and look at who somebody is to the policy."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import click
from flask.cli import with_appcontext

from models.people import Sex
from models.places import OperatorKind
from services import places, rates
from services.clock import local_date
from services.context import Context
from services.errors import Conflict, DomainError
from services.login import set_password
from services.logins.resets import reset
from services.people import handles
from services.people.actors import actor_for
from services.people.errors import NotAMember
from services.people.forms import SELF, RegisterForm
from services.people.membership import check_identity
from services.people.register import register
from services.people.roles import anyone_has, grant_role
from services.places import BranchForm
from services.policy import NATION, NATIONAL_ADMIN, SYSTEM
from services.rules.member_number import grouped, parse_number
from timebank.edge import Timebank, timebank


class HasAdministrator(Conflict):
    """全国管理员已经有了，新的管理员请由他任命。"""

    code = "has_administrator"


@click.group("people")
def people() -> None:
    """People: the first administrator of an instance, and who somebody is to the policy."""


@people.command("create-admin")
@click.option("--name", prompt="姓名 Name")
@click.option("--sex", type=click.Choice([sex.value for sex in Sex]), prompt="性别 Sex")
@click.option(
    "--born-on", type=click.DateTime(["%Y-%m-%d"]), prompt="出生日期 Birth date (YYYY-MM-DD)"
)
@click.option("--id-number", prompt="身份证号码 ID number", hide_input=True)
@click.option("--phone", prompt="手机 Telephone")
@click.option("--region", prompt="所在街道或县区的 12 位代码 Region code", metavar="CODE")
@click.option("--login", prompt="登录名 Login name")
@click.password_option(prompt="密码 Password", confirmation_prompt="再写一次 Once more")
@with_appcontext
def create_admin(born_on: datetime, password: str, **given: str) -> None:
    """Found an instance: its rules, one county's book and office, and its first administrator.

    Refused as soon as anybody is a national administrator: from then on offices are given in
    the product, where both names stand in the record.
    """
    held = timebank()
    try:
        number = held.uow.run(
            lambda session: _found(held, session, born_on.date(), password, given)
        )
    except DomainError as error:
        raise click.ClickException(error.message) from None
    click.echo(f"志愿者编号 National volunteer number: {grouped(number)}")


def _found(
    held: Timebank, session: Any, born_on: date, password: str, given: dict[str, str]
) -> str:
    now = held.clock()

    def system() -> Context:
        return Context(session, SYSTEM, now, held.vault, key=str(uuid4()))

    if anyone_has(system(), NATIONAL_ADMIN):
        raise HasAdministrator
    rates.publish_shipped(system())
    places.load_regions(system())
    joined = register(
        system(),
        RegisterForm(
            how=SELF,
            name=given["name"],
            sex=Sex(given["sex"]),
            born_on=born_on,
            id_number=given["id_number"],
            region_code=given["region"],
            branch_id=_office(system, given["region"]),
            terms=True,
            phone=given["phone"],
            login_name=given["login"],
        ),
    )
    check_identity(system(), joined.member_id, "card")
    grant_role(system(), joined.member_id, NATIONAL_ADMIN, "nation", NATION)
    own = Context(
        session,
        actor_for(session, joined.member_id, now),
        now,
        held.vault,
        key=str(uuid4()),
    )
    set_password(own, password)
    return joined.number


def _office(system: Any, region_code: str) -> UUID:
    """A branch of the administrator's county: one that is open, or the county's first office."""
    ctx = system()
    today = local_date(ctx.now)
    county = places.county_of(ctx.session, region_code, today)
    open_there = places.branches_in(ctx.session, county.code)
    if open_there:
        return open_there[0].id
    try:
        places.book_of(ctx.session, county.code, today)
    except places.NoBook:
        places.open_book(system(), county.code)
    operator_id = places.open_operator(
        system(),
        f"{county.name}民政局",
        f"{county.name_en} Civil Affairs",
        OperatorKind.CIVIL_AFFAIRS,
    )
    form = BranchForm(
        region_code=county.code,
        operator_id=operator_id,
        name=f"{county.name}互助服务中心",
        name_en=f"{county.name_en} mutual help centre",
        address=county.name,
        phone=timebank().settings.hotline,
    )
    return places.open_branch(system(), form)


@people.command("reset-second-factor")
@click.argument("number")
@click.confirmation_option(prompt="已经核对过本人身份？ Have you checked who it is?")
@with_appcontext
def reset_second_factor(number: str) -> None:
    """Take away the second factor of whoever has lost telephone and recovery codes.

    For the last administrator, whom nobody else in the product can help: it stands on record as
    the operator's act, the person is told, and every login and token of the person ends.
    """
    held = timebank()

    def work(session: Any) -> None:
        member_id = handles.holder(session, "number", parse_number(number))
        if member_id is None:
            raise NotAMember
        reset(
            Context(session, SYSTEM, held.clock(), held.vault, key=str(uuid4())), member_id, "card"
        )

    try:
        held.uow.run(work)
    except DomainError as error:
        raise click.ClickException(error.message) from None
    click.echo("已取消，下次登录时重新设置。 Taken away; to be set up anew at the next login.")


@people.command("actor")
@click.argument("number")
@with_appcontext
def actor(number: str) -> None:
    """Print what the policy knows of a member: roles, and for whom he may act."""
    held = timebank()
    try:
        with held.uow.read() as session:
            member_id = handles.holder(session, "number", parse_number(number))
            if member_id is None:
                raise NotAMember
            found = actor_for(session, member_id, held.clock())
    except DomainError as error:
        raise click.ClickException(error.message) from None
    shown = {
        "number": found.number,
        "home_book": found.home_book,
        "is_active": found.is_active,
        "is_provider": found.is_provider,
        "is_recipient": found.is_recipient,
        "roles": [f"{role.name} {role.scope_kind} {role.scope}" for role in found.roles],
        "acts_for": {str(elder): sorted(scopes) for elder, scopes in found.kin.items()},
    }
    click.echo(json.dumps(shown, ensure_ascii=False, indent=1))
