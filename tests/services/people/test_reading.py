"""What others read of a person: actors, profiles, views."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.oversight import AuditRecord
from models.people import Member, MemberStatus, Sex
from services.clock import local_date
from services.errors import Forbidden
from services.people.errors import NotAMember
from services.people.forms import FAMILY, VOICE
from services.people.kin import grant_delegation
from services.people.lists import roles_held, signed_up_by_me
from services.people.membership import declare_pause
from services.people.reading import kin_relation, provider_profile
from services.people.register import register
from services.people.views import MemberView, member_view
from services.policy import NOBODY
from tests.factories import (
    LUCHENG,
    NOW,
    WUMA,
    actor,
    clerk,
    create_auditor,
    create_branch,
    create_elder,
    create_member,
    create_national_admin,
    create_region_admin,
    create_region_tree,
    create_staff,
    create_volunteer,
    give_certificate,
    id_number,
    make_ctx,
    register_form,
)

TODAY = local_date(NOW)


@pytest.fixture
def branch(session: Session) -> UUID:
    return create_branch(session)


@pytest.mark.parametrize("level", ["P0", "P1", "P2", "P3", "P4"])
def test_a_level_follows_from_certificates_and_service(session: Session, level: str) -> None:
    profile = provider_profile(session, create_volunteer(session, level), NOW)
    assert profile.level == level
    assert profile.insured


def test_a_skilled_course_without_the_hours_is_a_basic_one(session: Session) -> None:
    who = create_volunteer(session, "P2", served_hours=49)
    assert provider_profile(session, who, NOW).level == "P1"


def test_a_profile_has_what_matching_asks(session: Session, branch: UUID) -> None:
    who = create_volunteer(
        session,
        "P1",
        insured=False,
        sex="male",
        age=16,
        branch_id=branch,
        latitude_e6=27_900_000,
        longitude_e6=120_800_000,
    )
    profile = provider_profile(session, who, NOW)
    assert (profile.age_years, profile.sex) == (16, Sex.MALE)
    assert profile.guardian_consent
    assert profile.identity_checked
    assert not profile.insured
    assert not profile.paused
    assert profile.certificates == {"course-4h"}
    assert profile.branch_id == branch
    assert profile.latitude_e6 == 27_900_000
    with pytest.raises(FrozenInstanceError):
        profile.level = "P4"  # type: ignore[misc]


def test_a_profile_is_as_of_its_day(session: Session) -> None:
    who = create_volunteer(session, "P1", insured=False)
    give_certificate(session, who, "insurance-accident", days=3)
    give_certificate(session, who, "health-declaration", days=3)
    declare_pause(make_ctx(session, actor(session, who)), who, TODAY + timedelta(days=1))
    days = [provider_profile(session, who, NOW + timedelta(days=n)) for n in (0, 1, 2, 3, 4)]
    assert [day.paused for day in days] == [True, True, False, False, False]
    assert [day.insured for day in days] == [True, True, True, True, False]
    assert [day.health_declared for day in days] == [True, True, True, True, False]


def test_the_day_of_a_profile_is_china_s(session: Session) -> None:
    who = create_volunteer(session, "P1", insured=False)
    give_certificate(session, who, "insurance-accident", days=0)
    # 15:59 in UTC is still today in China, 16:00 is tomorrow.
    assert provider_profile(session, who, NOW.replace(hour=15, minute=59)).insured
    assert not provider_profile(session, who, NOW.replace(hour=16)).insured


def test_somebody_unchecked_shows_it(session: Session) -> None:
    profile = provider_profile(session, create_member(session, is_checked=False), NOW)
    assert not profile.identity_checked
    assert not profile.is_active


def test_nobody_is_nobodys_kin(session: Session) -> None:
    assert kin_relation(session, create_member(session), create_member(session)) is None


def test_an_actor_is_what_the_record_says(session: Session, branch: UUID) -> None:
    who = create_volunteer(session, branch_id=branch)
    member = session.get_one(Member, who)
    found = actor(session, who)
    assert (found.id, found.name, found.number) == (who, member.name, member.number)
    assert (found.is_provider, found.is_recipient, found.is_active) == (True, False, True)
    assert (found.roles, found.kin, found.relatives) == ((), {}, frozenset())
    with pytest.raises(NotAMember):
        actor(session, uuid4())


def test_a_closed_membership_lets_nobody_act_for_it(session: Session) -> None:
    elder, son = create_elder(session), create_member(session)
    grant_delegation(
        make_ctx(session, actor(session, elder)),
        elder,
        son,
        frozenset({"see"}),
        "own",
        TODAY + timedelta(days=9),
        6_000,
    )
    session.get_one(Member, elder).status = MemberStatus.CLOSED
    session.flush()
    assert actor(session, son).kin == {}
    assert not actor(session, elder).is_active


def view(session: Session, who: object, member_id: UUID) -> MemberView:
    return member_view(make_ctx(session, who), member_id)  # type: ignore[arg-type]


def test_the_member_and_the_own_branch_see_the_record_whole(session: Session, branch: UUID) -> None:
    born_on = TODAY.replace(year=1950)
    number = id_number(born_on, Sex.FEMALE)
    elder = create_elder(
        session,
        3,
        branch_id=branch,
        name="林秋白",
        phone="13900001234",
        address="样例路 9 号",
        born_on=born_on,
        id_number=number,
    )
    for who in (actor(session, elder), clerk(session, branch)):
        seen = view(session, who, elder)
        assert seen.whole
        assert (seen.name, seen.phone, seen.address) == ("林秋白", "13900001234", "样例路 9 号")
        assert (seen.age_years, seen.care_grade, seen.level) == (76, 3, "P0")
        assert seen.door_word == "梅花"
        assert seen.id_number_masked == f"330302********{number[-4:]}"
        assert [consent.kind for consent in seen.consents] == ["terms"]
        assert [assessment.grade for assessment in seen.assessments] == [3]


def test_a_delegate_sees_the_record_whole(session: Session) -> None:
    elder, son = create_elder(session), create_member(session)
    with pytest.raises(Forbidden):
        view(session, actor(session, son), elder)
    grant_delegation(
        make_ctx(session, actor(session, elder)),
        elder,
        son,
        frozenset({"see"}),
        "own",
        TODAY + timedelta(days=9),
        6_000,
    )
    assert view(session, actor(session, son), elder).whole


def test_auditors_and_administrators_see_it_masked(session: Session) -> None:
    elder = create_elder(session, name="林秋白", phone="13900001234")
    give_certificate(session, elder, "course-4h")
    for make in (create_auditor, create_region_admin, create_national_admin):
        seen = view(session, actor(session, make(session)), elder)
        assert not seen.whole
        assert (seen.name, seen.phone) == ("林**", "139****1234")
        assert (seen.address, seen.contact, seen.born_on, seen.door_word) == (None,) * 4
        assert set(seen.id_number_masked) == {"*"}
        assert seen.certificates[0].reference == ""
        assert seen.consents[0].given_by == ""
        assert seen.age_years == 80


def test_others_see_nothing(session: Session) -> None:
    create_region_tree(session, LUCHENG)
    elder = create_elder(session)
    for other in (
        NOBODY,
        actor(session, create_member(session)),
        clerk(session, create_branch(session)),
        clerk(session, create_branch(session, WUMA)),
        actor(session, create_region_admin(session, LUCHENG)),
        actor(session, create_auditor(session, LUCHENG)),
    ):
        with pytest.raises(Forbidden):
            view(session, other, elder)


def test_a_look_by_somebody_else_is_recorded(session: Session, branch: UUID) -> None:
    elder = create_elder(session, branch_id=branch)
    view(session, actor(session, elder), elder)
    looks = sa.select(AuditRecord).where(AuditRecord.act == "member.read")
    assert session.scalars(looks).all() == []
    staff = clerk(session, branch)
    view(session, staff, elder)
    [look] = session.scalars(looks)
    assert (look.actor_id, look.subject_id, look.after) == (staff.id, elder, {"whole": True})


def test_certificates_say_whether_they_are_valid(session: Session) -> None:
    who = create_member(session)
    give_certificate(session, who, "course-4h", days=-1)
    give_certificate(session, who, "food-hygiene", days=0)
    seen = view(session, actor(session, who), who)
    assert {c.code: c.valid for c in seen.certificates} == {
        "course-4h": False,
        "food-hygiene": True,
    }


def test_who_waits_for_the_identity_check(session: Session, branch: UUID) -> None:
    daughter = create_member(session, branch_id=branch)
    form = register_form(
        session, branch_id=branch, how=FAMILY, relation="child", terms_how=VOICE, age=80
    )
    mine = make_ctx(session, actor(session, daughter))
    elder = register(mine, form).member_id
    later = NOW + timedelta(hours=1)
    create_member(session, branch_id=branch, is_checked=False, now=later)
    assert [one.member_id for one in signed_up_by_me(mine)] == [elder]


def test_roles_are_listed_for_those_who_may_read(session: Session, branch: UUID) -> None:
    staff = create_staff(session, branch)
    [role] = roles_held(make_ctx(session, actor(session, staff)), staff)
    assert (role.role, role.scope_kind, role.scope) == ("branch_staff", "branch", str(branch))
    with pytest.raises(Forbidden):
        roles_held(make_ctx(session, actor(session, create_member(session))), staff)
