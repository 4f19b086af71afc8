"""Looking somebody up."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.oversight import AuditRecord
from models.people import Member
from services.errors import Forbidden
from services.people.errors import SearchTooShort
from services.people.finding import find_members
from services.policy import NATION, NOBODY, Actor
from services.rules.member_number import grouped
from tests.factories import (
    LONGWAN,
    LUCHENG,
    VAULT,
    WUMA,
    YAOXI,
    actor,
    clerk,
    create_auditor,
    create_branch,
    create_member,
    create_national_admin,
    create_region_admin,
    create_region_tree,
    make_ctx,
    register_form,
)


@pytest.fixture
def branch(session: Session) -> UUID:
    create_region_tree(session, LONGWAN, LUCHENG)
    return create_branch(session)


def found(session: Session, who: Actor, text: str) -> list[UUID]:
    return [hit.member_id for hit in find_members(make_ctx(session, who), text)]


def test_staff_find_by_number_id_number_telephone_and_name(session: Session, branch: UUID) -> None:
    form = register_form(session, branch_id=branch)
    who = create_member(
        session,
        branch_id=branch,
        name="欧阳立春",
        phone="13900001111",
        id_number=form.id_number,
        born_on=form.born_on,
    )
    number = session.get_one(Member, who).number
    staff = clerk(session, branch)
    for text in (
        number,
        grouped(number),
        number[1:],
        f" {number.lower()} ",
        form.id_number,
        form.id_number.lower(),
        "139-0000-1111",
        "欧阳立春",
        "欧阳",
        "欧",
    ):
        assert found(session, staff, text) == [who], text


@pytest.mark.parametrize("text", ["王", "%", "_", "V000000000000", "13999999999", "123", "\\"])
def test_what_fits_nobody_finds_nobody(session: Session, branch: UUID, text: str) -> None:
    create_member(session, branch_id=branch, name="欧阳立春")
    assert found(session, clerk(session, branch), text) == []


def test_nothing_is_not_looked_for(session: Session, branch: UUID) -> None:
    with pytest.raises(SearchTooShort):
        found(session, clerk(session, branch), "  ")


def test_a_shared_telephone_finds_everybody(session: Session, branch: UUID) -> None:
    ids = [create_member(session, branch_id=branch, phone="13900001111") for _ in range(2)]
    assert found(session, clerk(session, branch), "13900001111") == ids


def test_the_scope_decides_who_is_found(session: Session, branch: UUID) -> None:
    sister, away = create_branch(session, YAOXI), create_branch(session, WUMA)
    here = create_member(session, branch_id=branch, name="欧阳甲")
    next_door = create_member(session, branch_id=sister, name="欧阳乙")
    far = create_member(session, branch_id=away, name="欧阳丙")
    admin = actor(session, create_region_admin(session, branch_id=branch))
    city_auditor = actor(session, create_auditor(session, "330300000000", branch_id=branch))
    auditor = actor(session, create_auditor(session, NATION, branch_id=branch))
    for who, wanted in (
        (clerk(session, branch), {here}),
        (clerk(session, away), {far}),
        (admin, {here, next_door}),
        (city_auditor, {here, next_door, far}),
        (auditor, {here, next_door, far}),
    ):
        assert set(found(session, who, "欧阳")) == wanted
        numbers = [session.get_one(Member, one).number for one in (here, next_door, far)]
        by_number = {one for number in numbers for one in found(session, who, number)}
        assert by_number == wanted


def test_others_look_nobody_up(session: Session, branch: UUID) -> None:
    for who in (
        NOBODY,
        actor(session, create_member(session)),
        actor(session, create_national_admin(session)),
    ):
        with pytest.raises(Forbidden):
            found(session, who, "欧阳")


def test_a_look_is_recorded_without_its_words(session: Session, branch: UUID) -> None:
    create_member(session, branch_id=branch, name="欧阳立春")
    staff = clerk(session, branch)
    found(session, staff, "欧阳")
    found(session, staff, "13900001111")
    by_name, by_phone = session.scalars(
        sa.select(AuditRecord).where(AuditRecord.act == "member.find").order_by(AuditRecord.id)
    ).all()
    both = {record.after["by"]: record for record in (by_name, by_phone)}
    assert both["name"].after["asked"] == VAULT.blind("find", "欧阳")
    assert both["name"].after["found"] == 1
    assert both["phone"].after["found"] == 0
    for record in both.values():
        assert record.actor_id == staff.id
        assert record.book == LONGWAN
        assert "欧阳" not in str(record.after)
        assert "13900001111" not in str(record.after)


def test_a_hit_tells_people_apart_and_no_more(session: Session, branch: UUID) -> None:
    create_member(session, branch_id=branch, name="欧阳立春", phone="13900001234", age=70)
    [hit] = find_members(make_ctx(session, clerk(session, branch)), "欧阳")
    assert (hit.name, hit.age_years, hit.phone_masked) == ("欧阳立春", 70, "139****1234")
