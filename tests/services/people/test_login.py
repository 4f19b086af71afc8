"""Coming in: passwords, one-time codes, tokens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from models.oversight import AuditRecord, OutboxMessage
from models.people import ApiToken, Credential, Handle, LoginCode, Member, MemberStatus
from services import login, outbox
from services.context import Context
from services.errors import Forbidden
from services.logins import sessions
from services.people import errors
from services.people.forms import ContactForm
from services.people.membership import update_contact
from services.policy import NATION, NOBODY
from services.rules.member_number import grouped
from tests.conftest import OWN_HASHER
from tests.factories import LONGWAN, NOW, VAULT, actor, create_auditor, create_member, make_ctx

PASSWORD = "春眠不觉晓，处处闻啼鸟"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Argon2id with the least work it allows: what is tested is what is done with it."""
    monkeypatch.setattr(login, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    login._nobodys_hash.cache_clear()
    yield
    login._nobodys_hash.cache_clear()


def own(session: Session, member_id: UUID, **options: Any) -> Context:
    return make_ctx(session, actor(session, member_id), **options)


def with_password(session: Session, **answers: Any) -> UUID:
    member_id = create_member(session, **answers)
    login.set_password(own(session, member_id), PASSWORD)
    return member_id


def visitor(session: Session, **later: float) -> Context:
    return make_ctx(session, NOBODY, NOW + timedelta(**later))


def test_a_password_is_kept_as_argon2id(session: Session) -> None:
    member_id = with_password(session)
    row = session.get_one(Credential, member_id)
    assert row.password_hash.startswith("$argon2id$")
    assert PASSWORD not in row.password_hash


def test_outside_the_tests_a_hash_is_slow_on_purpose() -> None:
    assert OWN_HASHER.time_cost >= 3
    assert OWN_HASHER.memory_cost >= 64 * 1024


def test_number_telephone_and_login_name_lead_in(session: Session) -> None:
    member_id = with_password(session, phone="13900001111", login_name="chen.an")
    number = session.get_one(Member, member_id).number
    ctx = visitor(session)
    for identifier in (
        number,
        number.lower(),
        number[1:],
        grouped(number),
        f"{number[1:5]}-{number[5:9]}-{number[9:]}",
        "13900001111",
        "139 0000 1111",
        "+86 139-0000-1111",
        "chen.an",
        " Chen.An ",
    ):
        assert login.verify_password(ctx, identifier, PASSWORD) == member_id, identifier


@pytest.mark.parametrize(
    "password", ["", "春眠不觉晓，处处闻啼鸟 ", "春眠不觉晓", "x" * 5000, "\x00"]
)
def test_another_password_does_not(session: Session, password: str) -> None:
    number = session.get_one(Member, with_password(session)).number
    assert login.verify_password(visitor(session), number, password) is None


def test_the_unknown_the_passwordless_and_the_closed_stay_out(session: Session) -> None:
    ctx = visitor(session)
    without = session.get_one(Member, create_member(session)).number
    closed = session.get_one(Member, with_password(session))
    closed.status = MemberStatus.CLOSED
    session.flush()
    for identifier in ("V000000000000", "13999999999", "nobody", "", without, closed.number):
        assert login.verify_password(ctx, identifier, PASSWORD) is None


def test_somebody_pending_may_come_in(session: Session) -> None:
    member_id = with_password(session, is_checked=False)
    number = session.get_one(Member, member_id).number
    assert login.verify_password(visitor(session), number, PASSWORD) == member_id


def test_the_unknown_cost_as_much_work_as_the_known(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = session.get_one(Member, with_password(session)).number
    without = session.get_one(Member, create_member(session)).number
    compared: list[str] = []
    hasher = login._HASHER

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            compared.append(stored)
            return hasher.verify(stored, password)

        hash = staticmethod(hasher.hash)
        check_needs_rehash = staticmethod(hasher.check_needs_rehash)

    monkeypatch.setattr(login, "_HASHER", Counting())
    before = session.scalar(sa.select(sa.func.count()).select_from(AuditRecord)) or 0
    for identifier in (number, without, "nobody", "13999999999"):
        login.verify_password(visitor(session), identifier, "wrong, and long enough")
    assert len(compared) == 4
    assert all(stored.startswith("$argon2id$") for stored in compared)
    after = session.scalar(sa.select(sa.func.count()).select_from(AuditRecord)) or 0
    assert after - before == 4


def test_every_attempt_is_recorded_without_its_words(session: Session) -> None:
    member_id = with_password(session)
    number = session.get_one(Member, member_id).number
    ctx = visitor(session)
    login.verify_password(ctx, number, PASSWORD)
    login.verify_password(ctx, "nobody", PASSWORD)
    records = session.scalars(
        sa.select(AuditRecord).where(AuditRecord.act == "login.password")
    ).all()
    assert {(r.book, r.after["allowed"]) for r in records} == {(LONGWAN, True), (NATION, False)}
    for record in records:
        assert number not in str(record.after)
        assert PASSWORD not in str(record.after)


@pytest.mark.parametrize("is_known", [True, False])
def test_wrong_passwords_are_counted_for_known_and_unknown_alike(
    session: Session, is_known: bool
) -> None:
    number = session.get_one(Member, with_password(session)).number
    identifier = number if is_known else "nobody"
    for _ in range(login.WRONG_PASSWORDS):
        assert login.verify_password(visitor(session), identifier, "wrong, and long") is None
    with pytest.raises(errors.TooManyTries):
        login.verify_password(visitor(session), identifier, PASSWORD)
    # Others are not kept out by it.
    other = session.get_one(Member, with_password(session))
    assert login.verify_password(visitor(session), other.number, PASSWORD) == other.id


def test_after_a_while_a_password_may_be_tried_again(session: Session) -> None:
    member = session.get_one(Member, with_password(session))
    for _ in range(login.WRONG_PASSWORDS):
        login.verify_password(visitor(session), member.number, "wrong, and long")
    later = visitor(session, minutes=login.WRONG_WITHIN_MINUTES)
    assert login.verify_password(later, member.number, PASSWORD) == member.id


def test_a_new_password_ends_every_earlier_login(session: Session) -> None:
    member_id = create_member(session)
    assert not login.has_password(session, member_id)
    mine = own(session, member_id)
    cookie = sessions.begin(mine, "code", "chrome/android", "a device")
    assert sessions.opened(mine, member_id, cookie)
    login.set_password(mine, PASSWORD)
    assert login.has_password(session, member_id)
    assert sessions.opened(mine, member_id, cookie) is None
    assert not sessions.is_closed(session, member_id)
    session.get_one(Member, member_id).status = MemberStatus.CLOSED
    assert sessions.is_closed(session, member_id)


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("short", errors.PasswordLength),
        ("x" * 129, errors.PasswordLength),
        ("1234567890", errors.PasswordKnown),
        ("my 13900001111", errors.PasswordPersonal),
        ("chen.an-2026!", errors.PasswordPersonal),
    ],
)
def test_a_weak_password_is_refused(
    session: Session, password: str, refusal: type[errors.Invalid]
) -> None:
    member_id = create_member(session, phone="13900001111", login_name="chen.an")
    with pytest.raises(refusal):
        login.set_password(own(session, member_id), password)
    assert session.get(Credential, member_id) is None


def test_the_number_and_the_id_number_are_no_passwords(session: Session) -> None:
    member_id = create_member(session)
    member = session.get_one(Member, member_id)
    id_number = VAULT.open("member.id_number", member.id_number_sealed)
    for word in (member.number, member.number[1:], id_number):
        with pytest.raises(errors.PasswordPersonal):
            login.set_password(own(session, member_id), f"a {word} b")


def test_nobody_sets_a_password_without_logging_in(session: Session) -> None:
    with pytest.raises(Forbidden):
        login.set_password(visitor(session), PASSWORD)


def test_a_password_changes_with_the_present_one(session: Session) -> None:
    member_id = with_password(session)
    number = session.get_one(Member, member_id).number
    ctx = own(session, member_id)
    with pytest.raises(errors.PasswordWrong):
        login.change_password(ctx, "wrong, and long enough", "夜来风雨声，花落知多少")
    login.change_password(ctx, PASSWORD, "夜来风雨声，花落知多少")
    assert login.verify_password(visitor(session), number, PASSWORD) is None
    assert login.verify_password(visitor(session), number, "夜来风雨声，花落知多少") == member_id
    with pytest.raises(errors.PasswordWrong):
        login.change_password(own(session, create_member(session)), "", PASSWORD)


def test_an_old_hash_is_renewed_when_its_password_is_right(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    member_id = with_password(session)
    number = session.get_one(Member, member_id).number
    stored = session.get_one(Credential, member_id).password_hash
    stronger = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    monkeypatch.setattr(login, "_HASHER", stronger)
    assert login.verify_password(visitor(session), number, "wrong, and long enough") is None
    assert session.get_one(Credential, member_id).password_hash == stored
    assert login.verify_password(visitor(session), number, PASSWORD) == member_id
    assert "t=2" in session.get_one(Credential, member_id).password_hash


def codes_sent(session: Session) -> list[str]:
    rows = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.channel == "sms").order_by(OutboxMessage.id)
    )
    return [str(outbox.opened(row, VAULT).params["code"]) for row in rows]


def sent(session: Session, identifier: str, **later: float) -> str:
    """Ask for a code and read it out of the sealed message."""
    before = codes_sent(session)
    login.send_code(visitor(session, **later), identifier)
    [code] = [code for code in codes_sent(session) if code not in before]
    return code


def test_a_code_leads_in_once(session: Session) -> None:
    member_id = create_member(session, phone="13900001111")
    code = sent(session, "13900001111")
    assert len(code) == 6
    assert code.isdigit()
    assert (
        login.verify_code(visitor(session), "13900001111", f" {code[:3]} {code[3:]} ") == member_id
    )
    assert login.verify_code(visitor(session), "13900001111", code) is None


def test_a_code_is_kept_as_a_digest(session: Session) -> None:
    create_member(session, phone="13900001111")
    code = sent(session, "13900001111")
    [row] = session.scalars(sa.select(LoginCode))
    assert code not in row.code_hash
    [message] = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.channel == "sms"))
    assert code not in message.params_sealed
    assert code not in message.sentence


@pytest.mark.parametrize(("seconds", "works"), [(599, True), (600, False)])
def test_a_code_lasts_ten_minutes(session: Session, seconds: int, works: bool) -> None:
    create_member(session, phone="13900001111")
    code = sent(session, "13900001111")
    found = login.verify_code(visitor(session, seconds=seconds), "13900001111", code)
    assert (found is not None) is works


def test_five_wrong_tries_end_a_code(session: Session) -> None:
    create_member(session, phone="13900001111")
    code = sent(session, "13900001111")
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(5):
        assert login.verify_code(visitor(session), "13900001111", wrong) is None
    assert login.verify_code(visitor(session), "13900001111", code) is None


def test_the_fifth_try_may_be_right(session: Session) -> None:
    member_id = create_member(session, phone="13900001111")
    code = sent(session, "13900001111")
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(4):
        assert login.verify_code(visitor(session), "13900001111", wrong) is None
    assert login.verify_code(visitor(session), "13900001111", code) == member_id


def test_only_the_newest_code_counts(session: Session) -> None:
    member_id = create_member(session, phone="13900001111")
    old = sent(session, "13900001111")
    new = sent(session, "13900001111", minutes=1)
    later = visitor(session, minutes=2)
    assert login.verify_code(later, "13900001111", old) is None
    assert login.verify_code(later, "13900001111", new) == member_id


def test_five_codes_an_hour(session: Session) -> None:
    create_member(session, phone="13900001111")
    for minute in range(0, 12, 2):
        login.send_code(visitor(session, minutes=minute), "13900001111")
    assert len(codes_sent(session)) == 5
    login.send_code(visitor(session, minutes=59), "13900001111")
    assert len(codes_sent(session)) == 5
    login.send_code(visitor(session, minutes=60), "13900001111")
    assert len(codes_sent(session)) == 6


def test_the_answer_is_the_same_for_unknown_people(session: Session) -> None:
    without = session.get_one(Member, create_member(session, phone=None)).number
    ctx = visitor(session)
    for identifier in ("13999999999", "V000000000000", "nobody", "", without):
        assert login.send_code(ctx, identifier) is None  # type: ignore[func-returns-value]
        assert login.verify_code(ctx, identifier, "000000") is None
    assert codes_sent(session) == []


def test_a_code_of_one_does_not_let_another_in(session: Session) -> None:
    create_member(session, phone="13900001111")
    create_member(session, phone="13900002222")
    code, other = sent(session, "13900001111"), sent(session, "13900002222")
    if code != other:
        assert login.verify_code(visitor(session), "13900002222", code) is None


def test_a_changed_telephone_no_longer_leads_in(session: Session) -> None:
    member_id = create_member(session, phone="13900001111")
    form = ContactForm(phone="13900002222", address=None, contact=None)
    update_contact(own(session, member_id), member_id, form)
    login.send_code(visitor(session), "13900001111")
    assert codes_sent(session) == []
    code = sent(session, "13900002222")
    assert login.verify_code(visitor(session), "13900002222", code) == member_id


def test_a_token_speaks_for_its_owner(session: Session) -> None:
    member_id = create_member(session)
    token = login.issue_api_token(own(session, member_id), "柜台程序", 30)
    found = login.actor_of_token(visitor(session), token)
    assert found == actor(session, member_id)
    assert token not in {row.digest for row in session.scalars(sa.select(ApiToken))}
    assert token not in set(session.scalars(sa.select(Handle.value)))


def test_a_token_ends_with_its_days(session: Session) -> None:
    token = login.issue_api_token(own(session, create_member(session)), "柜台程序", 1)
    assert login.actor_of_token(visitor(session, hours=23), token)
    assert login.actor_of_token(visitor(session, days=1), token) is None


def test_a_token_is_revoked_by_its_owner_only(session: Session) -> None:
    member_id = create_member(session)
    ctx = own(session, member_id)
    token = login.issue_api_token(ctx, "柜台程序", 30)
    [listed] = login.api_tokens(ctx)
    assert (listed.name, listed.revoked_at) == ("柜台程序", None)
    with pytest.raises(errors.NotAToken):
        login.revoke_api_token(own(session, create_member(session)), listed.id)
    with pytest.raises(errors.NotAToken):
        login.revoke_api_token(ctx, uuid4())
    login.revoke_api_token(ctx, listed.id)
    login.revoke_api_token(ctx, listed.id)
    assert login.actor_of_token(visitor(session), token) is None


def test_tokens_that_are_none(session: Session) -> None:
    for token in ("", "tb_", "tb_" + "x" * 43, "Bearer x"):
        assert login.actor_of_token(visitor(session), token) is None


def test_a_closed_membership_ends_its_tokens(session: Session) -> None:
    member_id = create_member(session)
    token = login.issue_api_token(own(session, member_id), "柜台程序", 30)
    session.get_one(Member, member_id).status = MemberStatus.CLOSED
    session.flush()
    assert login.actor_of_token(visitor(session), token) is None


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_token_lasts_a_year_at_most(session: Session, days: int) -> None:
    with pytest.raises(errors.TokenDays):
        login.issue_api_token(own(session, create_member(session)), "柜台程序", days)


def test_who_gets_a_token(session: Session) -> None:
    with pytest.raises(Forbidden):
        login.issue_api_token(visitor(session), "x", 1)
    with pytest.raises(Forbidden):
        login.issue_api_token(own(session, create_member(session, is_checked=False)), "x", 1)
    assert login.issue_api_token(own(session, create_auditor(session)), "x", 1)


def test_a_double_click_gives_the_same_token(session: Session) -> None:
    ctx = own(session, create_member(session), key="k")
    assert login.issue_api_token(ctx, "x", 1) == login.issue_api_token(ctx, "x", 1)
    assert len(login.api_tokens(ctx)) == 1


def test_a_new_password_ends_every_token(session: Session) -> None:
    member_id = with_password(session)
    ctx = make_ctx(session, actor(session, member_id))
    token = login.issue_api_token(ctx, "phone", 30)
    assert login.actor_of_token(ctx, token) is not None
    login.set_password(ctx, "another-long-one-of-hers")
    assert login.actor_of_token(ctx, token) is None
