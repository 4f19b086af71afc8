"""How people are reached: ways, language, quiet hours, and a mail address that was proved."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.oversight import AuditRecord, OutboxMessage
from services import outbox
from services.errors import DomainError, Forbidden
from services.notices import errors
from services.notices.inbox import inbox, mark_read, unread_of
from services.notices.preferences import (
    EMAIL_CODE,
    ask_email,
    drop_email,
    prove_email,
    reach_view,
)
from services.people.forms import ContactForm
from services.people.membership import update_contact
from tests import factories
from tests.factories import NOW, VAULT
from tests.services.notices.conftest import Post, at
from tests.services.visits.conftest import Street

ADDRESS = "zhang@example.cn"


def code_of(street: Street, who: UUID) -> str:
    """The newest code that was mailed."""
    query = (
        sa.select(OutboxMessage)
        .where(OutboxMessage.member_id == who, OutboxMessage.sentence == EMAIL_CODE)
        .order_by(OutboxMessage.id.desc())
        .limit(1)
    )
    row = street.look(lambda session: session.scalars(query).one())
    assert not row.listed
    return str(outbox.params_of(row, VAULT)["code"])


def with_email(street: Street, who: UUID) -> None:
    street.act(who, lambda ctx: ask_email(ctx, who, ADDRESS))
    street.act(who, lambda ctx: prove_email(ctx, who, code_of(street, who)))


def ways(street: Street, post: Post, who: UUID) -> list[str]:
    before = {row.id for row in post.rows(who)}
    post.tell(who)
    return sorted(row.channel for row in post.rows(who) if row.id not in before)


def without_phone(street: Street, who: UUID, phone: str | None = None) -> None:
    form = ContactForm(
        phone=phone, address="样例路 1 号", contact=None, latitude_e6=None, longitude_e6=None
    )
    street.act(street.staff, lambda ctx: update_contact(ctx, who, form))


def test_the_way_follows_the_preference(street: Street, post: Post) -> None:
    who = street.elder
    assert ways(street, post, who) == ["sms"]
    with_email(street, who)
    assert ways(street, post, who) == ["email", "sms"]
    post.reach(who, by_sms=False, by_email=True)
    assert ways(street, post, who) == ["email"]
    post.reach(who, by_sms=False, landline_only=True)
    assert ways(street, post, who) == ["call"]


def test_of_several_ways_one_stands_in_the_inbox(street: Street, post: Post) -> None:
    with_email(street, street.elder)
    post.reach(street.elder, by_sms=True, by_email=True)
    post.tell(street.elder)
    rows = {row.channel: row.listed for row in post.rows(street.elder)}
    assert rows == {"inbox": True, "sms": True, "email": False}


def test_a_landline_is_called_and_nobody_at_all_gets_a_letter(street: Street, post: Post) -> None:
    without_phone(street, street.elder, "057788001234")
    assert ways(street, post, street.elder) == ["call"]
    without_phone(street, street.elder)
    assert ways(street, post, street.elder) == ["letter"]


def test_a_code_is_never_read_out_by_the_branch(street: Street, post: Post) -> None:
    post.reach(street.elder, by_sms=False, landline_only=True)
    post.tell(street.elder, code="123456")
    row = post.row(street.elder)
    assert (row.channel, row.listed) == ("sms", False)


def test_quiet_hours_of_ones_own(street: Street, post: Post) -> None:
    post.reach(street.volunteer, quiet_from_minute=22 * 60, quiet_to_minute=6 * 60)
    post.tell(street.volunteer, now=at(21, 30))
    [going] = post.claim(now=at(21, 30))
    post.settle(going)
    post.tell(street.volunteer, now=at(22, 30))
    assert post.claim(now=at(5, 59, day=11)) == ()
    assert len(post.claim(now=at(6, day=11))) == 1


def test_no_quiet_hours_at_all(street: Street, post: Post) -> None:
    post.reach(street.volunteer, quiet_from_minute=0, quiet_to_minute=0)
    post.tell(street.volunteer, now=at(2))
    assert len(post.claim(now=at(2))) == 1


def test_the_language_goes_along(street: Street, post: Post) -> None:
    post.reach(street.volunteer, language="en")
    post.tell(street.volunteer)
    assert [going.language for going in post.claim()] == ["en"]


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({"language": "fr"}, errors.LanguageUnknown),
        ({"quiet_from_minute": 0, "quiet_to_minute": 15 * 60}, errors.QuietHoursWrong),
        ({"quiet_from_minute": 24 * 60}, errors.QuietHoursWrong),
        ({"by_sms": False}, errors.NoWayLeft),
        ({"by_email": True}, errors.EmailNotProved),
    ],
)
def test_what_cannot_be_chosen(
    street: Street, post: Post, options: dict[str, object], refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        post.reach(street.volunteer, **options)


def test_the_branch_needs_a_number_to_call(street: Street, post: Post) -> None:
    without_phone(street, street.elder)
    with pytest.raises(errors.NoTelephone):
        post.reach(street.elder, landline_only=True, by_sms=False)


def test_only_the_member_and_the_own_branch(street: Street, post: Post) -> None:
    post.reach(street.elder, by=street.staff, language="en")
    with pytest.raises(Forbidden):
        post.reach(street.elder, by=street.volunteer)
    elsewhere = street.uow.run(factories.create_branch)
    stranger = street.uow.run(lambda s: factories.create_staff(s, elsewhere))
    with pytest.raises(Forbidden):
        post.reach(street.elder, by=stranger)
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: reach_view(ctx, street.elder))


def test_a_change_is_told_and_recorded_once(street: Street, post: Post) -> None:
    told = len(post.rows(street.elder))
    post.reach(street.elder, language="en")
    assert len(post.rows(street.elder)) == told + 1
    where = (AuditRecord.act == "contact.update", AuditRecord.subject_id == street.elder)
    assert street.count(AuditRecord, *where) == 1


def test_mail_goes_to_a_proved_address_alone(street: Street, post: Post) -> None:
    who = street.volunteer
    street.act(who, lambda ctx: ask_email(ctx, who, ADDRESS))
    assert street.act(who, lambda ctx: reach_view(ctx, who)).pending_email == ADDRESS
    assert [going.to for going in post.claim("email")] == [ADDRESS]
    post.tell(who, channel="email")
    assert post.claim("email") == ()
    street.act(who, lambda ctx: prove_email(ctx, who, code_of(street, who)))
    post.tell(who, channel="email")
    assert [going.to for going in post.claim("email")] == [ADDRESS]
    view = street.act(who, lambda ctx: reach_view(ctx, who))
    assert (view.email, view.pending_email, view.ways) == (ADDRESS, None, ("sms", "email"))


def test_wrong_codes_are_counted_and_then_the_right_one_is_spent(street: Street) -> None:
    who = street.volunteer
    street.act(who, lambda ctx: ask_email(ctx, who, ADDRESS))
    right = code_of(street, who)
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        with pytest.raises(errors.EmailCodeWrong):
            street.act(who, lambda ctx: prove_email(ctx, who, wrong))
    with pytest.raises(errors.EmailCodeWrong):
        street.act(who, lambda ctx: prove_email(ctx, who, right))


def test_a_code_expires_and_is_not_sent_twice_at_once(street: Street) -> None:
    who = street.volunteer
    street.act(who, lambda ctx: ask_email(ctx, who, ADDRESS))
    with pytest.raises(errors.EmailCodesTooMany):
        street.act(who, lambda ctx: ask_email(ctx, who, ADDRESS))
    code = code_of(street, who)
    with pytest.raises(errors.EmailCodeWrong):
        street.act(who, lambda ctx: prove_email(ctx, who, code), now=NOW + timedelta(minutes=30))


@pytest.mark.parametrize("text", ["", "zhang", "a@b", "a b@example.cn", "x@y.cn\nBcc: z@y.cn"])
def test_what_is_no_address(street: Street, text: str) -> None:
    with pytest.raises(errors.EmailWrong):
        street.act(street.volunteer, lambda ctx: ask_email(ctx, street.volunteer, text))


def test_without_the_address_text_messages_go_on(street: Street, post: Post) -> None:
    who = street.volunteer
    with_email(street, who)
    post.reach(who, by_sms=False, by_email=True)
    street.act(who, lambda ctx: drop_email(ctx, who))
    assert ways(street, post, who) == ["sms"]
    assert street.act(who, lambda ctx: reach_view(ctx, who)).email is None


def test_what_was_shown_is_read_and_what_came_since_is_not(street: Street, post: Post) -> None:
    who = street.volunteer
    post.tell(who, channel="inbox")
    page_at = NOW + timedelta(minutes=1)
    post.tell(who, now=NOW + timedelta(minutes=2), channel="inbox")
    before = street.act(who, lambda ctx: unread_of(ctx, who))
    done = street.act(who, lambda ctx: mark_read(ctx, who, page_at), now=page_at)
    assert done == before - 1
    assert street.act(who, lambda ctx: unread_of(ctx, who)) == 1
    assert street.act(who, lambda ctx: mark_read(ctx, who, page_at), now=page_at) == 0


def test_an_inbox_is_read_page_by_page(street: Street, post: Post) -> None:
    who = street.volunteer
    for minute in range(7):
        post.tell(who, now=NOW + timedelta(minutes=minute), channel="inbox")
    seen, after = [], None
    while True:
        page = street.act(who, lambda ctx, after=after: inbox(ctx, who, after=after, limit=3))
        seen += [each.id for each in page.notices]
        after = page.next
        if after is None:
            break
    whole = street.act(who, lambda ctx: inbox(ctx, who, limit=100)).notices
    assert seen == [each.id for each in whole]
    assert len(seen) == len(set(seen)) >= 7


def test_another_ones_inbox_is_closed(street: Street) -> None:
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: inbox(ctx, street.elder))
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: mark_read(ctx, street.elder, NOW))
    assert street.act(street.staff, lambda ctx: inbox(ctx, street.elder)).notices is not None


def test_dropping_an_address_does_not_shorten_the_pause_before_the_next_code(
    street: Street,
) -> None:
    who = street.volunteer
    street.act(who, lambda ctx: ask_email(ctx, who, ADDRESS))
    code = code_of(street, who)
    street.act(who, lambda ctx: drop_email(ctx, who))
    assert street.act(who, lambda ctx: reach_view(ctx, who)).pending_email is None
    with pytest.raises(errors.EmailCodeWrong):
        street.act(who, lambda ctx: prove_email(ctx, who, code))
    with pytest.raises(errors.EmailCodesTooMany):
        street.act(who, lambda ctx: ask_email(ctx, who, "stranger@example.cn"))
    later = NOW + timedelta(minutes=2)
    street.act(who, lambda ctx: ask_email(ctx, who, "stranger@example.cn"), now=later)


@pytest.mark.parametrize(
    "text", ["a..b@example.cn", ".a@example.cn", "a.@example.cn", "=?utf-8?q?x?=@example.cn"]
)
def test_an_address_that_no_mail_can_carry(street: Street, text: str) -> None:
    who = street.volunteer
    with pytest.raises(errors.EmailWrong):
        street.act(who, lambda ctx: ask_email(ctx, who, text))
