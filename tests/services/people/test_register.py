"""Joining: by oneself, signed up by a relative, at the counter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind
from models.oversight import AuditRecord, OutboxMessage
from models.people import Consent, Handle, Member, MemberStatus, Sex
from services.errors import DomainError, Forbidden, KeyReused
from services.notices.inbox import inbox
from services.people import errors, handles
from services.people.errors import IdNumberTaken, NoFreeNumber
from services.people.forms import (
    COUNTER,
    FAMILY,
    OWN,
    SELF,
    SIGNATURE,
    VOICE,
    Guardian,
    RegisterForm,
)
from services.people.register import Joined, register
from services.places import close_branch
from services.places.errors import BranchClosed, NoBook, NotABranch, NotACounty, NotARegion
from services.policy import NOBODY, Actor
from services.rules import member_number
from services.rules.identity_number import IdNumberBirth, IdNumberCheck, IdNumberShape
from tests.factories import (
    LONGWAN,
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
    create_member,
    create_region_admin,
    create_region_tree,
    create_staff,
    id_number,
    make_ctx,
    register_form,
)


def own_form(session: Session, **answers: Any) -> RegisterForm:
    return register_form(session, **{"how": SELF, "terms_how": OWN, **answers})


def family_form(session: Session, **answers: Any) -> RegisterForm:
    given = {"how": FAMILY, "terms_how": VOICE, "relation": "child", "age": 82, **answers}
    return register_form(session, **given)


def join(
    session: Session, form: RegisterForm, who: Actor = NOBODY, key: str | None = None
) -> Joined:
    return register(make_ctx(session, who, key=key), form)


def test_somebody_joins_alone(session: Session) -> None:
    form = own_form(
        session,
        name=" 林安宁 ",
        phone="139 0000 1111",
        skills=("理发", " 书法 "),
        service_codes=("A01", "C05"),
        wants_to_serve=True,
        latitude_e6=27_900_000,
        longitude_e6=120_800_000,
    )
    joined = join(session, form)
    member = session.get_one(Member, joined.member_id)
    assert (member.name, member.number, member.status) == (
        "林安宁",
        joined.number,
        MemberStatus.PENDING,
    )
    assert (member.home_book, member.region_code) == (LONGWAN, YONGZHONG)
    assert (member.joined_how, member.joined_by_id) == (SELF, None)
    assert (member.is_provider, member.is_recipient) == (True, False)
    assert member.skills == ["理发", "书法"]
    assert member.service_codes == ["A01", "C05"]
    assert member_number.parse_number(joined.number) == joined.number


def test_what_is_personal_is_sealed_and_found_by_digest(session: Session) -> None:
    form = own_form(session, phone="13900001111")
    joined = join(session, form)
    member = session.get_one(Member, joined.member_id)
    for column, plain in (
        (member.id_number_sealed, form.id_number),
        (member.phone_sealed, "13900001111"),
        (member.address_sealed, form.address),
        (member.contact_sealed, form.contact),
    ):
        assert str(plain) not in str(column)
    assert VAULT.open("member.id_number", member.id_number_sealed) == form.id_number
    assert VAULT.open_or_none("member.phone", member.phone_sealed) == "13900001111"
    values = set(session.scalars(sa.select(Handle.value)))
    assert form.id_number not in values
    assert "13900001111" not in values
    digest = handles.digest(VAULT, "id_number", form.id_number)
    assert handles.holder(session, "id_number", digest) == joined.member_id
    assert handles.holder(session, "number", joined.number) == joined.member_id


def test_the_number_says_nothing_of_the_person(session: Session) -> None:
    form = own_form(session)
    number = join(session, form).number
    assert form.id_number not in number
    assert form.id_number[6:14] not in number


def test_accounts_are_opened_with_the_storage_cap(session: Session) -> None:
    joined = join(session, own_form(session))
    rows = session.execute(
        sa.select(Account.kind, Account.ceiling_minutes, Account.floor_minutes).where(
            Account.book == LONGWAN, Account.owner_id == joined.member_id
        )
    ).all()
    assert {tuple(row) for row in rows} == {
        (AccountKind.EARNED, 90_000, 0),
        (AccountKind.RECEIVED, None, 0),
    }


def test_joining_is_recorded_and_welcomed(session: Session) -> None:
    joined = join(session, own_form(session))
    record = session.scalars(
        sa.select(AuditRecord).where(AuditRecord.subject_id == joined.member_id)
    ).one()
    assert (record.act, record.book, record.acting_for_id) == ("member.register", LONGWAN, None)
    [welcome] = inbox(make_ctx(session, actor(session, joined.member_id)), joined.member_id).notices
    assert welcome.params["number"] == member_number.grouped(joined.number)


def test_terms_are_kept_as_a_consent(session: Session) -> None:
    joined = join(session, own_form(session))
    [consent] = session.scalars(sa.select(Consent).where(Consent.member_id == joined.member_id))
    assert (consent.kind, consent.how, consent.recorded_by_id) == ("terms", OWN, None)


def test_a_relative_signs_an_elder_up(session: Session) -> None:
    daughter = create_member(session)
    joined = join(session, family_form(session), actor(session, daughter))
    member = session.get_one(Member, joined.member_id)
    assert (member.joined_how, member.joined_by_id, member.joined_relation) == (
        FAMILY,
        daughter,
        "child",
    )
    # Nothing may be done on the elder's behalf before a branch has confirmed it.
    assert actor(session, daughter).kin == {}
    record = session.scalars(
        sa.select(AuditRecord).where(
            AuditRecord.subject_id == joined.member_id, AuditRecord.act == "member.register"
        )
    ).one()
    assert (record.actor_id, record.acting_for_id) == (daughter, joined.member_id)


def test_a_stranger_or_an_unchecked_person_signs_nobody_up(session: Session) -> None:
    with pytest.raises(Forbidden):
        join(session, family_form(session))
    pending = create_member(session, is_checked=False)
    with pytest.raises(Forbidden):
        join(session, family_form(session), actor(session, pending))


def test_staff_sign_somebody_up_at_their_own_counter(session: Session) -> None:
    branch = create_branch(session)
    staff = create_staff(session, branch)
    form = register_form(session, branch_id=branch)
    member = session.get_one(Member, join(session, form, actor(session, staff)).member_id)
    assert (member.joined_how, member.joined_by_id) == ("counter", staff)


def test_nobody_else_works_at_the_counter(session: Session) -> None:
    here, there = create_branch(session), create_branch(session)
    form = register_form(session, branch_id=here)
    others = [
        NOBODY,
        clerk(session, there),
        actor(session, create_member(session)),
        actor(session, create_auditor(session)),
        actor(session, create_region_admin(session)),
    ]
    for other in others:
        with pytest.raises(Forbidden):
            join(session, form, other)


def test_one_id_number_is_one_member(session: Session) -> None:
    first = own_form(session, name="陈谷雨")
    joined = join(session, first)
    again = own_form(
        session, id_number=first.id_number.lower(), born_on=first.born_on, sex=first.sex
    )
    with pytest.raises(IdNumberTaken) as refusal:
        join(session, again)
    # The refusal leaks neither who it is nor where.
    for told in (joined.number, str(joined.member_id), "陈谷雨", "陈", first.id_number):
        assert told not in refusal.value.message
    assert refusal.value.params == {}


def test_a_double_click_is_one_member(session: Session) -> None:
    form = own_form(session)
    assert join(session, form, key="k1") == join(session, form, key="k1")
    with pytest.raises(IdNumberTaken):
        join(session, form, key="k2")
    with pytest.raises(KeyReused):
        join(session, own_form(session), key="k1")
    digest = handles.digest(VAULT, "id_number", form.id_number)
    assert (
        session.scalar(sa.select(sa.func.count()).select_from(Handle).where(Handle.value == digest))
        == 1
    )


def test_another_number_is_drawn_when_one_is_taken(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = join(session, own_form(session)).number
    free = member_number.number_of(7)
    drawn = iter([taken, taken, free])
    monkeypatch.setattr(member_number, "new_number", lambda _below: next(drawn))
    assert join(session, own_form(session)).number == free


def test_drawing_a_number_comes_to_an_end(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = join(session, own_form(session)).number
    monkeypatch.setattr(member_number, "new_number", lambda _below: taken)
    with pytest.raises(NoFreeNumber):
        join(session, own_form(session))


def test_a_family_shares_a_telephone(session: Session) -> None:
    ids = [join(session, own_form(session, phone="13900001111")).member_id for _ in range(7)]
    # The seventh is registered all the same; the directory keeps six.
    assert handles.holders_of_phone(session, VAULT, "13900001111") == ids[:6]
    assert session.get_one(Member, ids[6]).phone_sealed is not None


def test_a_login_name_is_claimed_once(session: Session) -> None:
    joined = join(session, own_form(session, login_name="Chen.An"))
    assert handles.holder(session, "login", "chen.an") == joined.member_id
    with pytest.raises(errors.LoginNameTaken):
        join(session, own_form(session, login_name="chen.an"))


def minor(session: Session, age: int, **answers: Any) -> RegisterForm:
    answers.setdefault("guardian", None)
    return own_form(session, born_on=date(NOW.year - age, 1, 15), **answers)


@pytest.mark.parametrize("age", [14, 17])
def test_a_minor_joins_with_a_guardians_consent(session: Session, age: int) -> None:
    with pytest.raises(errors.GuardianNeeded):
        join(session, minor(session, age))
    guardian = Guardian("陈冬青", "母亲", SIGNATURE)
    joined = join(session, minor(session, age, guardian=guardian))
    consent = session.scalars(
        sa.select(Consent).where(Consent.member_id == joined.member_id, Consent.kind == "guardian")
    ).one()
    assert (consent.given_by, consent.how) == ("陈冬青（母亲）", SIGNATURE)


@pytest.mark.parametrize(
    "guardian",
    [
        Guardian("陈冬青", " ", SIGNATURE),
        Guardian("陈冬青", "母亲", OWN),
        Guardian("陈冬青", "母亲", "thought"),
        Guardian("", "母亲", SIGNATURE),
    ],
)
def test_half_a_guardian_is_none(session: Session, guardian: Guardian) -> None:
    with pytest.raises(DomainError):
        join(session, minor(session, 15, guardian=guardian))


def test_a_child_under_fourteen_cannot_join(session: Session) -> None:
    born_on = date(NOW.year - 14, 3, 11)  # fourteen tomorrow
    with pytest.raises(errors.TooYoung):
        join(
            session,
            own_form(session, born_on=born_on, guardian=Guardian("陈冬青", "母亲", SIGNATURE)),
        )


def test_a_child_who_inherits_gets_an_account_at_the_counter(session: Session) -> None:
    number = id_number(date(1988, 5, 6), Sex.FEMALE)
    guardian = Guardian("陈冬青", "母亲", SIGNATURE, number)
    staff = actor(session, create_staff(session))
    counter = {"how": COUNTER, "terms_how": SIGNATURE, "guardian": guardian}
    nameless = counter | {"guardian": Guardian("陈冬青", "母亲", SIGNATURE)}
    with pytest.raises(errors.GuardianIdNeeded):
        join(session, minor(session, 8, **nameless), staff)
    joined = join(session, minor(session, 8, **counter), staff)
    sealed = session.scalars(
        sa.select(Consent.giver_id_number_sealed).where(
            Consent.member_id == joined.member_id, Consent.kind == "guardian"
        )
    ).one()
    assert sealed is not None
    assert number not in sealed
    assert VAULT.open("consent.giver", sealed) == number
    with pytest.raises(errors.TooYoung):
        join(session, minor(session, 8, **counter, wants_to_serve=True), staff)


def test_an_adult_needs_no_guardian(session: Session) -> None:
    assert join(session, minor(session, 18))


BORN = date(1981, 1, 15)
GOOD = id_number(BORN, Sex.FEMALE)


@pytest.mark.parametrize(
    ("answers", "refusal"),
    [
        ({"id_number": GOOD, "born_on": date(1981, 1, 16)}, errors.BirthMismatch),
        ({"id_number": GOOD, "born_on": BORN, "sex": "male"}, errors.SexMismatch),
        ({"id_number": GOOD[:-1], "born_on": BORN}, IdNumberShape),
        ({"id_number": GOOD[:-1] + ("1" if GOOD[-1] != "1" else "2")}, IdNumberCheck),
        ({"id_number": id_number(date(2030, 1, 1), Sex.FEMALE)}, IdNumberBirth),
        ({"name": "A"}, errors.NameWrong),
        ({"phone": "12345"}, errors.PhoneWrong),
        ({"address": "长" * 121}, errors.TooManyWords),
        ({"skills": ("",)}, errors.MissingText),
        ({"service_codes": ("Z99",)}, errors.UnknownServiceCode),
        ({"latitude_e6": 27_900_000}, errors.PlaceWrong),
        ({"door_word": "1"}, errors.DoorWordWrong),
        ({"login_name": "x"}, errors.LoginNameWrong),
        ({"terms": False}, errors.TermsNeeded),
        ({"terms_how": SIGNATURE}, errors.ConsentHow),
        ({"how": "letter"}, errors.UnknownHow),
        ({"region_code": "330300000000"}, NotACounty),
        ({"region_code": "330399000000"}, NotARegion),
        ({"region_code": WUMA}, NoBook),
        ({"branch_id": uuid4()}, NotABranch),
    ],
)
def test_what_cannot_be_is_refused(
    session: Session, answers: dict[str, Any], refusal: type[DomainError]
) -> None:
    create_branch(session)
    given = dict(answers)
    branch = given.pop("branch_id", None)
    form = own_form(session, **given)
    if branch is not None:
        form = replace(form, branch_id=branch)
    before = session.scalar(sa.select(sa.func.count()).select_from(Member))
    with pytest.raises(refusal):
        join(session, form)
    assert session.scalar(sa.select(sa.func.count()).select_from(Member)) == before
    assert session.scalar(sa.select(sa.func.count()).select_from(OutboxMessage)) == 0


@pytest.mark.parametrize(
    ("answers", "refusal"),
    [
        ({"relation": None}, errors.UnknownRelation),
        ({"relation": "friend"}, errors.UnknownRelation),
        ({"terms_how": OWN}, errors.ConsentHow),
    ],
)
def test_what_a_relative_has_to_say(
    session: Session, answers: dict[str, Any], refusal: type[DomainError]
) -> None:
    relative = actor(session, create_member(session))
    with pytest.raises(refusal):
        join(session, family_form(session, **answers), relative)


def test_the_branch_has_to_be_in_the_county(session: Session) -> None:
    create_region_tree(session, LUCHENG)
    there = create_branch(session, WUMA)
    with pytest.raises(errors.BranchElsewhere):
        join(session, own_form(session, branch_id=there, region_code=YONGZHONG))
    # Another township of the same county is fine.
    here = create_branch(session, YAOXI)
    assert join(session, own_form(session, branch_id=here, region_code=YONGZHONG))


def test_a_closed_branch_takes_nobody(session: Session) -> None:
    closing, heir = create_branch(session), create_branch(session)
    close_branch(make_ctx(session), closing, heir)
    form = replace(own_form(session, branch_id=heir), branch_id=closing)
    with pytest.raises(BranchClosed):
        join(session, form)
