"""Staff roles."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from models.people import RoleAssignment
from services.errors import DomainError, Forbidden
from services.people import errors
from services.people.kin import record_kinship
from services.people.lists import roles_held
from services.people.roles import end_role, grant_role
from services.places.errors import NotABranch, NotARegion
from services.policy import (
    AUDITOR,
    NATION,
    NATIONAL_ADMIN,
    NOBODY,
    OWN_AFFAIR,
    REGION_ADMIN,
    STAFF,
    Actor,
    Role,
)
from tests.factories import (
    LONGWAN,
    LUCHENG,
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
    create_staff,
    make_ctx,
)


@pytest.fixture
def branch(session: Session) -> UUID:
    create_region_tree(session, LONGWAN, LUCHENG)
    return create_branch(session)


def give(session: Session, who: Actor, member: UUID, role: str, kind: str, scope: str) -> UUID:
    return grant_role(make_ctx(session, who), member, role, kind, scope)


def test_a_region_administrator_appoints_within_the_own_region(
    session: Session, branch: UUID
) -> None:
    admin = actor(session, create_region_admin(session))
    member = create_member(session)
    give(session, admin, member, STAFF, "branch", str(branch))
    give(session, admin, member, STAFF, "region", YAOXI)
    give(session, admin, member, REGION_ADMIN, "region", YAOXI)
    assert set(actor(session, member).roles) == {
        Role(STAFF, "branch", str(branch)),
        Role(STAFF, "region", YAOXI),
        Role(REGION_ADMIN, "region", YAOXI),
    }


def test_a_region_administrator_appoints_nowhere_else(session: Session, branch: UUID) -> None:
    admin = actor(session, create_region_admin(session))
    member = create_member(session)
    away = create_branch(session, WUMA)
    for role, kind, scope in (
        (STAFF, "branch", str(away)),
        (REGION_ADMIN, "region", LUCHENG),
        (REGION_ADMIN, "region", "330300000000"),
        (NATIONAL_ADMIN, "nation", NATION),
        (AUDITOR, "nation", NATION),
    ):
        with pytest.raises(Forbidden):
            give(session, admin, member, role, kind, scope)
    assert actor(session, member).roles == ()


def test_nobody_picks_his_own_auditor(session: Session, branch: UUID) -> None:
    member = create_member(session)
    with pytest.raises(errors.RoleBeyond):
        give(
            session,
            actor(session, create_region_admin(session)),
            member,
            AUDITOR,
            "region",
            LONGWAN,
        )
    national = actor(session, create_national_admin(session))
    give(session, national, member, AUDITOR, "region", LONGWAN)
    assert actor(session, member).has_role(AUDITOR)


def test_nobody_appoints_himself_or_his_kin(session: Session, branch: UUID) -> None:
    me, brother = create_region_admin(session), create_member(session)
    record_kinship(make_ctx(session, clerk(session, branch)), me, brother, "sibling", "户口本")
    admin = actor(session, me)
    for member in (me, brother):
        with pytest.raises(Forbidden) as refusal:
            give(session, admin, member, STAFF, "branch", str(branch))
        assert refusal.value.sentence == OWN_AFFAIR


def test_others_appoint_nobody(session: Session, branch: UUID) -> None:
    member = create_member(session)
    for other in (
        NOBODY,
        actor(session, create_member(session)),
        actor(session, create_staff(session, branch)),
        actor(session, create_auditor(session)),
    ):
        with pytest.raises(Forbidden):
            give(session, other, member, STAFF, "branch", str(branch))


@pytest.mark.parametrize(
    ("role", "kind", "scope", "refusal"),
    [
        ("king", "nation", NATION, errors.UnknownRole),
        (STAFF, "nation", NATION, errors.UnknownRole),
        (NATIONAL_ADMIN, "region", LONGWAN, errors.UnknownRole),
        (NATIONAL_ADMIN, "nation", LONGWAN, errors.UnknownRole),
        (STAFF, "branch", "not an id", errors.UnknownRole),
        (STAFF, "branch", str(UUID(int=7)), NotABranch),
        (REGION_ADMIN, "region", "330399000000", NotARegion),
    ],
)
def test_a_role_needs_a_scope_that_exists(
    session: Session, role: str, kind: str, scope: str, refusal: type[DomainError]
) -> None:
    national = actor(session, create_national_admin(session))
    with pytest.raises(refusal):
        give(session, national, create_member(session), role, kind, scope)


def test_only_somebody_checked_is_appointed(session: Session, branch: UUID) -> None:
    national = actor(session, create_national_admin(session))
    pending = create_member(session, is_checked=False)
    with pytest.raises(errors.NotActive):
        give(session, national, pending, STAFF, "branch", str(branch))


def test_a_role_is_held_once(session: Session, branch: UUID) -> None:
    national = actor(session, create_national_admin(session))
    member = create_staff(session, branch)
    with pytest.raises(errors.RoleHeld):
        give(session, national, member, STAFF, "branch", str(branch))


def test_an_auditor_holds_no_other_role(session: Session, branch: UUID) -> None:
    national = actor(session, create_national_admin(session))
    with pytest.raises(errors.RolesClash):
        give(session, national, create_auditor(session), STAFF, "branch", str(branch))
    with pytest.raises(errors.RolesClash):
        give(session, national, create_staff(session, branch), AUDITOR, "region", LONGWAN)


def test_a_role_ends_at_once(session: Session, branch: UUID) -> None:
    national = make_ctx(session, actor(session, create_national_admin(session)))
    member = create_staff(session, branch)
    [role] = roles_held(national, member)
    end_role(national, member, role.id)
    end_role(national, member, role.id)
    assert actor(session, member).roles == ()
    # It may be given again.
    grant_role(national, member, STAFF, "branch", str(branch))
    assert actor(session, member).has_role(STAFF)
    with pytest.raises(errors.NotARole):
        end_role(national, member, uuid4())


def test_who_may_not_end_a_role(session: Session, branch: UUID) -> None:
    me = create_region_admin(session)
    auditor, staff = create_auditor(session), create_staff(session, branch)
    role_of = {
        row.member_id: row.id
        for row in session.query(RoleAssignment)  # every role there is
    }
    for other, member, refusal in (
        (actor(session, me), me, Forbidden),
        (actor(session, me), auditor, errors.RoleBeyond),
        (actor(session, create_region_admin(session, LUCHENG)), staff, Forbidden),
        (actor(session, create_member(session)), staff, Forbidden),
    ):
        with pytest.raises(refusal):
            end_role(make_ctx(session, other), member, role_of[member])


def test_a_double_click_gives_one_role(session: Session, branch: UUID) -> None:
    admin = actor(session, create_region_admin(session))
    member = create_member(session)
    ctx = make_ctx(session, admin, key="k")
    assert grant_role(ctx, member, STAFF, "branch", str(branch)) == grant_role(
        ctx, member, STAFF, "branch", str(branch)
    )
    assert len(actor(session, member).roles) == 1
