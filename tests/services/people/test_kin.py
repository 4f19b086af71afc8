"""Kinship in both directions, and delegations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.people import Delegation, Kinship
from services.clock import local_date
from services.context import Context
from services.errors import Conflict, DomainError, Forbidden
from services.notices.inbox import inbox
from services.people import errors
from services.people.forms import OWN, SIGNATURE
from services.people.kin import (
    INVERSE,
    end_kinship,
    grant_delegation,
    record_kinship,
    revoke_delegation,
)
from services.people.lists import delegated_to_me, delegations_of, kin_of
from services.people.reading import kin_relation
from services.policy import NOBODY, OWN_AFFAIR
from tests.factories import (
    LONGWAN,
    NOW,
    WUMA,
    actor,
    clerk,
    create_auditor,
    create_branch,
    create_elder,
    create_member,
    create_region_admin,
    create_staff,
    make_ctx,
)

TODAY = local_date(NOW)
NEXT_YEAR = TODAY + timedelta(days=365)
ALL = frozenset({"see", "ask", "confirm"})


@pytest.fixture
def branch(session: Session) -> UUID:
    return create_branch(session)


@pytest.fixture
def counter(session: Session, branch: UUID) -> Context:
    return make_ctx(session, clerk(session, branch))


@pytest.mark.parametrize(("relation", "inverse"), sorted(INVERSE.items()))
def test_a_kinship_is_recorded_in_both_directions(
    session: Session, counter: Context, relation: str, inverse: str
) -> None:
    one, two = create_member(session), create_member(session)
    record_kinship(counter, one, two, relation, "户口本")
    assert kin_relation(session, one, two) == relation
    assert kin_relation(session, two, one) == inverse
    assert actor(session, one).relatives == {two}
    assert actor(session, two).relatives == {one}


def test_every_inverse_turns_back() -> None:
    assert all(INVERSE[INVERSE[relation]] == relation for relation in INVERSE)


def test_the_same_kinship_again_changes_nothing(session: Session, counter: Context) -> None:
    one, two = create_member(session), create_member(session)
    record_kinship(counter, one, two, "child", "户口本")
    record_kinship(counter, two, one, "parent", "户口本")
    assert session.scalar(sa.select(sa.func.count()).select_from(Kinship)) == 2


def test_a_kinship_that_cannot_be_is_refused(session: Session, counter: Context) -> None:
    one, two = create_member(session), create_member(session)
    with pytest.raises(errors.OwnKin):
        record_kinship(counter, one, one, "sibling", "户口本")
    with pytest.raises(errors.UnknownRelation):
        record_kinship(counter, one, two, "friend", "户口本")
    with pytest.raises(errors.MissingText):
        record_kinship(counter, one, two, "child", " ")
    with pytest.raises(errors.NotAMember):
        record_kinship(counter, one, uuid4(), "child", "户口本")
    record_kinship(counter, one, two, "child", "户口本")
    with pytest.raises(Conflict):
        record_kinship(counter, one, two, "spouse", "户口本")


def test_a_kinship_ends_in_both_directions(session: Session, counter: Context) -> None:
    one, two = create_member(session), create_member(session)
    record_kinship(counter, one, two, "spouse", "结婚证")
    end_kinship(counter, two, one, "离婚证")
    assert kin_relation(session, one, two) is None
    assert kin_relation(session, two, one) is None
    with pytest.raises(errors.NotKin):
        end_kinship(counter, one, two, "离婚证")


def test_only_staff_of_the_branch_record_kinship(session: Session, branch: UUID) -> None:
    one, two = create_member(session), create_member(session)
    for other in (
        NOBODY,
        actor(session, one),
        clerk(session, create_branch(session)),
        clerk(session, create_branch(session, WUMA)),
        actor(session, create_auditor(session)),
        actor(session, create_region_admin(session)),
    ):
        with pytest.raises(Forbidden):
            record_kinship(make_ctx(session, other), one, two, "child", "户口本")


def test_staff_record_nothing_for_themselves_from_either_side(
    session: Session, branch: UUID
) -> None:
    staff, other = create_staff(session, branch), create_member(session)
    ctx = make_ctx(session, actor(session, staff))
    for one, two in ((staff, other), (other, staff)):
        with pytest.raises(Forbidden) as refusal:
            record_kinship(ctx, one, two, "child", "户口本")
        assert refusal.value.sentence == OWN_AFFAIR


def grant(ctx: Context, elder: UUID, delegate: UUID, **answers: Any) -> UUID:
    given: dict[str, Any] = {
        "scopes": ALL,
        "consent": OWN,
        "ends_on": NEXT_YEAR,
        "spend_minutes": 600,
        **answers,
    }
    return grant_delegation(ctx, elder, delegate, **given)


def test_an_elder_lets_a_relative_act(session: Session) -> None:
    elder, son = create_elder(session), create_member(session)
    grant(make_ctx(session, actor(session, elder)), elder, son, scopes=frozenset({"ask"}))
    # Whoever may ask may also see.
    assert actor(session, son).kin == {elder: frozenset({"see", "ask"})}
    assert actor(session, elder).kin == {}
    assert len(inbox(make_ctx(session, actor(session, son)), son).notices) > 0


def test_staff_take_the_elders_consent_down(session: Session, counter: Context) -> None:
    elder, son = create_elder(session), create_member(session)
    with pytest.raises(errors.ConsentHow):
        grant(counter, elder, son)
    grant(counter, elder, son, consent=SIGNATURE)
    assert actor(session, son).kin == {elder: ALL}


def test_a_delegation_lasts_through_its_last_day(session: Session) -> None:
    elder, son = create_elder(session), create_member(session)
    last = TODAY + timedelta(days=1)
    grant(make_ctx(session, actor(session, elder)), elder, son, ends_on=last)
    assert actor(session, son, NOW + timedelta(days=1)).kin
    assert not actor(session, son, NOW + timedelta(days=2)).kin


def test_a_new_delegation_replaces_the_old_one(session: Session) -> None:
    elder, son = create_elder(session), create_member(session)
    ctx = make_ctx(session, actor(session, elder))
    grant(ctx, elder, son)
    grant(ctx, elder, son, scopes=frozenset({"see"}))
    assert actor(session, son).kin == {elder: frozenset({"see"})}
    assert [view.in_force for view in delegations_of(ctx, elder)].count(True) == 1


@pytest.mark.parametrize(
    ("answers", "refusal"),
    [
        ({"scopes": frozenset()}, errors.UnknownScope),
        ({"scopes": frozenset({"pay"})}, errors.UnknownScope),
        ({"consent": SIGNATURE}, errors.ConsentHow),
        ({"ends_on": TODAY}, errors.EndsInPast),
    ],
)
def test_a_delegation_that_cannot_be_is_refused(
    session: Session, answers: dict[str, Any], refusal: type[DomainError]
) -> None:
    elder, son = create_elder(session), create_member(session)
    with pytest.raises(refusal):
        grant(make_ctx(session, actor(session, elder)), elder, son, **answers)
    assert actor(session, son).kin == {}


def test_nobody_delegates_to_himself_or_to_somebody_unchecked(session: Session) -> None:
    elder = create_elder(session)
    ctx = make_ctx(session, actor(session, elder))
    with pytest.raises(errors.OwnDelegate):
        grant(ctx, elder, elder)
    with pytest.raises(errors.NotActive):
        grant(ctx, elder, create_member(session, is_checked=False))


def test_staff_are_not_the_delegates_they_record(session: Session, branch: UUID) -> None:
    elder, staff = create_elder(session), create_staff(session, branch)
    with pytest.raises(errors.DelegateIsClerk):
        grant(make_ctx(session, actor(session, staff)), elder, staff, consent=SIGNATURE)
    # The elder may still choose a neighbour who works at the branch.
    grant(make_ctx(session, actor(session, elder)), elder, staff)
    assert elder in actor(session, staff).kin


def test_nobody_else_grants_a_delegation(session: Session) -> None:
    elder, son = create_elder(session), create_member(session)
    for other in (
        NOBODY,
        actor(session, son),
        clerk(session, create_branch(session)),
        actor(session, create_auditor(session)),
        actor(session, create_region_admin(session)),
    ):
        with pytest.raises(Forbidden):
            grant(make_ctx(session, other), elder, son, consent=SIGNATURE)


def test_a_delegate_grants_no_further_delegation(session: Session) -> None:
    elder, son, friend = create_elder(session), create_member(session), create_member(session)
    grant(make_ctx(session, actor(session, elder)), elder, son)
    with pytest.raises(Forbidden):
        grant(make_ctx(session, actor(session, son)), elder, friend)


def test_the_elder_staff_or_the_delegate_end_a_delegation(
    session: Session, counter: Context
) -> None:
    elder, son = create_elder(session), create_member(session)
    own = make_ctx(session, actor(session, elder))
    for ending in (own, counter, make_ctx(session, actor(session, son))):
        made = grant(own, elder, son)
        revoke_delegation(ending, elder, made)
        assert actor(session, son).kin == {}
        first = session.get_one(Delegation, (elder, made)).revoked_at
        revoke_delegation(ending, elder, made)
        assert session.get_one(Delegation, (elder, made)).revoked_at == first


def test_nobody_else_ends_a_delegation(session: Session) -> None:
    elder, son = create_elder(session), create_member(session)
    made = grant(make_ctx(session, actor(session, elder)), elder, son)
    for other in (
        actor(session, create_member(session)),
        clerk(session, create_branch(session)),
        actor(session, create_auditor(session)),
    ):
        with pytest.raises(Forbidden):
            revoke_delegation(make_ctx(session, other), elder, made)
    with pytest.raises(errors.NotADelegation):
        revoke_delegation(make_ctx(session, actor(session, elder)), elder, uuid4())


def test_both_sides_see_the_delegation(session: Session, counter: Context) -> None:
    elder, son = create_elder(session), create_member(session)
    record_kinship(counter, elder, son, "child", "户口本")
    grant(make_ctx(session, actor(session, elder)), elder, son)
    [seen] = delegated_to_me(make_ctx(session, actor(session, son)))
    assert (seen.member_id, seen.delegate_id, seen.in_force) == (elder, son, True)
    assert delegations_of(make_ctx(session, actor(session, elder)), elder) == (seen,)
    [kin] = kin_of(make_ctx(session, actor(session, son)), elder)
    assert (kin.member_id, kin.relation) == (son, "child")
    with pytest.raises(Forbidden):
        delegations_of(make_ctx(session, actor(session, create_member(session))), elder)
    assert LONGWAN not in seen.member_name
