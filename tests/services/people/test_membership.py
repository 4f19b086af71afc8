"""The identity check, contact details, the door word, wishes and pauses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.oversight import AuditRecord
from models.people import Member, MemberStatus
from services.clock import local_date
from services.errors import DomainError, Forbidden
from services.notices.inbox import inbox
from services.people import errors, handles
from services.people.forms import FAMILY, OWN, SELF, SIGNATURE, VOICE, ContactForm
from services.people.kin import grant_delegation
from services.people.membership import (
    check_identity,
    declare_pause,
    refuse_identity,
    set_door_word,
    set_wishes,
    update_contact,
)
from services.people.reading import has_consent, kin_relation, provider_profile
from services.people.records import record_consent, withdraw_consent
from services.people.register import register
from services.people.views import member_view
from services.policy import AUDITOR_MOVES_NOTHING, NOBODY, OWN_AFFAIR
from tests.factories import (
    LUCHENG,
    NOW,
    VAULT,
    WUMA,
    YAOXI,
    YONGZHONG,
    actor,
    clerk,
    create_auditor,
    create_branch,
    create_elder,
    create_member,
    create_region_admin,
    create_region_tree,
    create_staff,
    make_ctx,
    register_form,
)

TODAY = local_date(NOW)


@pytest.fixture
def branch(session: Session) -> UUID:
    return create_branch(session)


@pytest.fixture
def counter(session: Session, branch: UUID) -> Any:
    return make_ctx(session, clerk(session, branch))


def signed_up_elder(session: Session, branch: UUID) -> tuple[UUID, UUID]:
    """An elder, and the daughter who signed her up."""
    daughter = create_member(session, branch_id=branch)
    form = register_form(
        session, branch_id=branch, how=FAMILY, relation="child", terms_how=VOICE, age=80
    )
    joined = register(make_ctx(session, actor(session, daughter)), form)
    return joined.member_id, daughter


def test_staff_check_an_identity(session: Session, branch: UUID, counter: Any) -> None:
    member_id = create_member(session, branch_id=branch, is_checked=False)
    assert not actor(session, member_id).is_active
    check_identity(counter, member_id, "card")
    member = session.get_one(Member, member_id)
    assert (member.status, member.identity_checked_at, member.identity_checked_by_id) == (
        MemberStatus.ACTIVE,
        NOW,
        counter.actor.id,
    )
    assert actor(session, member_id).is_active
    assert len(inbox(counter, member_id).notices) == 2


def test_an_identity_is_checked_once(session: Session, branch: UUID, counter: Any) -> None:
    member_id = create_member(session, branch_id=branch)
    with pytest.raises(errors.CheckedAlready):
        check_identity(counter, member_id, "card")


def test_a_double_click_checks_once(session: Session, branch: UUID) -> None:
    member_id = create_member(session, branch_id=branch, is_checked=False)
    ctx = make_ctx(session, clerk(session, branch), key="k")
    check_identity(ctx, member_id, "card")
    check_identity(ctx, member_id, "card")
    wanted = sa.select(sa.func.count()).where(
        AuditRecord.subject_id == member_id, AuditRecord.act == "identity.check"
    )
    assert session.scalar(wanted) == 1


def test_how_an_identity_was_checked_is_one_of_three(
    session: Session, branch: UUID, counter: Any
) -> None:
    member_id = create_member(session, branch_id=branch, is_checked=False)
    with pytest.raises(errors.UnknownHow):
        check_identity(counter, member_id, "by heart")


def test_who_may_not_check_an_identity(session: Session, branch: UUID) -> None:
    create_region_tree(session, LUCHENG)
    member_id = create_member(session, branch_id=branch, is_checked=False)
    others = [
        NOBODY,
        actor(session, member_id),
        actor(session, create_member(session, branch_id=branch)),
        clerk(session, create_branch(session)),
        clerk(session, create_branch(session, WUMA)),
        actor(session, create_region_admin(session, LUCHENG)),
        actor(session, create_auditor(session)),
    ]
    for other in others:
        with pytest.raises(Forbidden):
            check_identity(make_ctx(session, other), member_id, "card")


def test_nobody_checks_himself_or_his_kin(session: Session, branch: UUID) -> None:
    staff = create_staff(session, branch)
    member_id = create_member(session, branch_id=branch, is_checked=False)
    mine = replace(actor(session, staff), relatives=frozenset({member_id}))
    with pytest.raises(Forbidden) as refusal:
        check_identity(make_ctx(session, mine), member_id, "card")
    assert refusal.value.sentence == OWN_AFFAIR


def test_a_minor_whose_guardian_withdrew_is_not_made_active(
    session: Session, branch: UUID, counter: Any
) -> None:
    member_id = create_member(session, branch_id=branch, age=16, is_checked=False)
    view = member_view(counter, member_id)
    [guardian] = [c for c in view.consents if c.kind == "guardian"]
    withdraw_consent(counter, member_id, guardian.id)
    with pytest.raises(errors.GuardianNeeded):
        check_identity(counter, member_id, "card")


def test_a_guardian_agrees_before_staff_not_only_in_the_form(
    session: Session, branch: UUID, counter: Any
) -> None:
    form = register_form(session, branch_id=branch, how=SELF, terms_how=OWN, age=16)
    member_id = register(make_ctx(session, NOBODY), form).member_id
    with pytest.raises(errors.GuardianNeeded):
        check_identity(counter, member_id, "card")
    record_consent(counter, member_id, "guardian", SIGNATURE, "陈冬青（母亲）")
    check_identity(counter, member_id, "card")
    assert provider_profile(session, member_id, NOW).guardian_consent


def test_terms_that_a_relative_passed_on_are_confirmed_by_the_elder(
    session: Session, branch: UUID, counter: Any
) -> None:
    elder, _ = signed_up_elder(session, branch)
    assert not has_consent(session, elder, "terms")
    check_identity(counter, elder, "card")
    assert has_consent(session, elder, "terms")


def test_a_sign_up_in_anothers_name_is_refused_and_frees_the_id_number(
    session: Session, branch: UUID, counter: Any
) -> None:
    form = register_form(session, branch_id=branch, how=SELF, terms_how=OWN, login_name="chen.an")
    false = register(make_ctx(session, NOBODY), form)
    refuse_identity(counter, false.member_id, "another_person")
    assert session.get_one(Member, false.member_id).status is MemberStatus.CLOSED
    true = register(make_ctx(session, NOBODY), form)
    assert true.number != false.number
    check_identity(counter, true.member_id, "card")
    for refused in (false.member_id, true.member_id):
        with pytest.raises(errors.CheckedAlready):
            refuse_identity(counter, refused, "mistake")
    with pytest.raises(errors.CheckedAlready):
        check_identity(counter, false.member_id, "card")
    with pytest.raises(errors.UnknownHow):
        refuse_identity(counter, true.member_id, "because")
    with pytest.raises(Forbidden):
        refuse_identity(
            make_ctx(session, clerk(session, create_branch(session))), true.member_id, "mistake"
        )


def test_the_relative_becomes_delegate_when_the_branch_confirms(
    session: Session, branch: UUID, counter: Any
) -> None:
    elder, daughter = signed_up_elder(session, branch)
    check_identity(counter, elder, "card", delegate_consent=SIGNATURE)
    assert kin_relation(session, elder, daughter) == "child"
    assert kin_relation(session, daughter, elder) == "parent"
    assert actor(session, daughter).kin == {elder: frozenset({"see", "ask", "confirm"})}


def test_without_the_elders_consent_the_relative_gets_nothing(
    session: Session, branch: UUID, counter: Any
) -> None:
    elder, daughter = signed_up_elder(session, branch)
    check_identity(counter, elder, "card")
    assert kin_relation(session, elder, daughter) is None
    assert actor(session, daughter).kin == {}


@pytest.mark.parametrize("consent", ["own", "silence"])
def test_the_elders_consent_is_taken_down(
    session: Session, branch: UUID, counter: Any, consent: str
) -> None:
    elder, _ = signed_up_elder(session, branch)
    with pytest.raises(errors.ConsentHow):
        check_identity(counter, elder, "card", delegate_consent=consent)


def test_nobody_signed_this_member_up(session: Session, branch: UUID, counter: Any) -> None:
    member_id = create_member(session, branch_id=branch, is_checked=False)
    with pytest.raises(errors.ConsentHow):
        check_identity(counter, member_id, "card", delegate_consent=SIGNATURE)


def test_staff_confirm_no_delegation_to_themselves(session: Session, branch: UUID) -> None:
    staff = create_staff(session, branch)
    form = register_form(
        session, branch_id=branch, how=FAMILY, relation="child", terms_how=VOICE, age=80
    )
    ctx = make_ctx(session, actor(session, staff))
    elder = register(ctx, form).member_id
    with pytest.raises(Forbidden):
        check_identity(ctx, elder, "card", delegate_consent=SIGNATURE)


def contact(**answers: Any) -> ContactForm:
    given = {"phone": "13900002222", "address": "新址 3 号", "contact": "邻居 13900003333"}
    return ContactForm(**{**given, **answers})


def test_a_member_changes_contact_details(session: Session) -> None:
    member_id = create_member(session, phone="13900001111")
    ctx = make_ctx(session, actor(session, member_id))
    update_contact(ctx, member_id, contact(latitude_e6=27_900_000, longitude_e6=120_800_000))
    member = session.get_one(Member, member_id)
    assert VAULT.open_or_none("member.address", member.address_sealed) == "新址 3 号"
    assert VAULT.open_or_none("member.contact", member.contact_sealed) == "邻居 13900003333"
    assert member.latitude_e6 == 27_900_000
    assert handles.holders_of_phone(session, VAULT, "13900002222") == [member_id]
    assert handles.holders_of_phone(session, VAULT, "13900001111") == []


def test_a_number_given_back_may_be_taken_by_another(session: Session) -> None:
    first = create_member(session, phone="13900001111")
    update_contact(make_ctx(session, actor(session, first)), first, contact(phone=None))
    assert session.get_one(Member, first).phone_sealed is None
    second = create_member(session, phone="13900001111")
    assert handles.holders_of_phone(session, VAULT, "13900001111") == [second]


def test_the_same_details_again_alarm_nobody(session: Session) -> None:
    member_id = create_member(session)
    ctx = make_ctx(session, actor(session, member_id))
    update_contact(ctx, member_id, contact())
    told = len(inbox(ctx, member_id).notices)
    update_contact(ctx, member_id, contact())
    assert len(inbox(ctx, member_id).notices) == told


def test_a_member_moves_within_the_county_only(session: Session) -> None:
    here, there = create_branch(session), create_branch(session, YAOXI)
    far = create_branch(session, WUMA)
    member_id = create_member(session, branch_id=here)
    ctx = make_ctx(session, actor(session, member_id))
    update_contact(ctx, member_id, contact(region_code=YAOXI, branch_id=there))
    member = session.get_one(Member, member_id)
    assert (member.region_code, member.branch_id) == (YAOXI, there)
    with pytest.raises(errors.MoveNeeded):
        update_contact(ctx, member_id, contact(region_code=WUMA))
    with pytest.raises(errors.BranchElsewhere):
        update_contact(ctx, member_id, contact(branch_id=far))


def test_a_delegate_changes_no_contact_details(session: Session) -> None:
    elder, daughter = create_elder(session), create_member(session)
    grant_delegation(
        make_ctx(session, actor(session, elder)),
        elder,
        daughter,
        frozenset({"ask", "confirm"}),
        "own",
        TODAY + timedelta(days=30),
        6_000,
    )
    with pytest.raises(Forbidden):
        update_contact(make_ctx(session, actor(session, daughter)), elder, contact())


def test_the_door_word(session: Session) -> None:
    elder = create_elder(session)
    set_door_word(make_ctx(session, actor(session, elder)), elder, " 桂花 ")
    assert session.get_one(Member, elder).door_word == "桂花"
    with pytest.raises(errors.DoorWordWrong):
        set_door_word(make_ctx(session, actor(session, elder)), elder, "1")


def test_the_door_word_stays_out_of_the_audit_record(session: Session) -> None:
    elder = create_elder(session)
    set_door_word(make_ctx(session, actor(session, elder)), elder, "桂花")
    record = session.scalars(sa.select(AuditRecord).where(AuditRecord.act == "member.door_word"))
    assert [(r.before, r.after) for r in record] == [({}, {})]


def test_wishes(session: Session) -> None:
    member_id = create_member(session)
    set_wishes(
        make_ctx(session, actor(session, member_id)), member_id, to_serve=True, to_receive=False
    )
    assert actor(session, member_id).is_provider
    assert not actor(session, member_id).is_recipient


def test_a_volunteer_pauses_and_lengthens_the_pause(session: Session) -> None:
    member_id = create_member(session)
    ctx = make_ctx(session, actor(session, member_id))
    declare_pause(ctx, member_id, TODAY + timedelta(days=7))
    declare_pause(ctx, member_id, TODAY + timedelta(days=9))
    assert session.get_one(Member, member_id).paused_until == TODAY + timedelta(days=9)
    for shorter in (TODAY + timedelta(days=8), None):
        with pytest.raises(errors.PauseShorter):
            declare_pause(ctx, member_id, shorter)


def test_staff_end_a_pause_and_an_old_one_binds_nobody(session: Session, branch: UUID) -> None:
    member_id = create_member(session, branch_id=branch)
    ctx = make_ctx(session, actor(session, member_id))
    declare_pause(ctx, member_id, TODAY + timedelta(days=7))
    declare_pause(make_ctx(session, clerk(session, branch)), member_id, None)
    assert session.get_one(Member, member_id).paused_until is None
    declare_pause(ctx, member_id, TODAY)
    later = make_ctx(session, actor(session, member_id), NOW + timedelta(days=1))
    declare_pause(later, member_id, None)
    assert session.get_one(Member, member_id).paused_until is None


def test_a_pause_does_not_lie_in_the_past(session: Session) -> None:
    member_id = create_member(session)
    with pytest.raises(errors.EndsInPast):
        declare_pause(
            make_ctx(session, actor(session, member_id)), member_id, TODAY - timedelta(days=1)
        )


ACTS: list[Callable[[Any, UUID], None]] = [
    lambda ctx, who: update_contact(ctx, who, contact()),
    lambda ctx, who: set_door_word(ctx, who, "桂花"),
    lambda ctx, who: set_wishes(ctx, who, to_serve=True, to_receive=True),
    lambda ctx, who: declare_pause(ctx, who, TODAY),
]


@pytest.mark.parametrize("act", ACTS, ids=["contact", "door_word", "wishes", "pause"])
def test_a_record_is_changed_by_its_owner_or_own_branch_only(
    session: Session, act: Callable[[Any, UUID], None]
) -> None:
    here, there = create_branch(session), create_branch(session)
    member_id = create_member(session, branch_id=here)
    for stranger in (
        NOBODY,
        actor(session, create_member(session)),
        clerk(session, there),
        actor(session, create_region_admin(session)),
    ):
        with pytest.raises(Forbidden):
            act(make_ctx(session, stranger), member_id)
    act(make_ctx(session, actor(session, member_id)), member_id)
    act(make_ctx(session, clerk(session, here)), member_id)


@pytest.mark.parametrize("act", ACTS, ids=["contact", "door_word", "wishes", "pause"])
def test_somebody_pending_or_auditing_changes_nothing(
    session: Session, act: Callable[[Any, UUID], None]
) -> None:
    pending = create_member(session, is_checked=False)
    with pytest.raises(Forbidden):
        act(make_ctx(session, actor(session, pending)), pending)
    auditor = create_auditor(session)
    with pytest.raises(Forbidden) as refusal:
        act(make_ctx(session, actor(session, auditor)), auditor)
    assert refusal.value.sentence == AUDITOR_MOVES_NOTHING


@pytest.mark.parametrize("act", ACTS, ids=["contact", "door_word", "wishes", "pause"])
def test_an_unknown_member_is_not_found(session: Session, act: Callable[[Any, UUID], None]) -> None:
    with pytest.raises(DomainError) as refusal:
        act(make_ctx(session, actor(session, create_member(session))), UUID(int=5))
    assert refusal.value.kind == "not_found"
    assert YONGZHONG not in refusal.value.message
