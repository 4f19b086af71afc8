"""What no carrier could bring lies with the branch until somebody has told it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.errors import Forbidden
from services.notices import errors
from services.notices.letters import UndeliveredPage, handle, letter, undelivered
from services.notices.sending import Outcome
from services.notices.slips import appointment_slip
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.notices.conftest import Post
from tests.services.notices.test_preferences import without_phone
from tests.services.visits.conftest import START, Street


def lying(street: Street, now: datetime = NOW) -> UndeliveredPage:
    return street.act(street.staff, lambda ctx: undelivered(ctx, street.branch), now=now)


def test_what_was_given_up_lies_with_the_branch(street: Street, post: Post) -> None:
    post.tell(street.volunteer)
    [going] = post.claim()
    post.settle(going, Outcome("refused", "smtp 550"))
    [found] = lying(street).items
    assert (found.notice.id, found.reason, found.attempts) == (going.id, "smtp 550", 1)
    street.act(street.staff, lambda ctx: handle(ctx, LONGWAN, going.id, "said"))
    assert lying(street).total == 0
    assert post.row(street.volunteer).read_at == NOW
    with pytest.raises(errors.HandledAlready):
        street.act(street.staff, lambda ctx: handle(ctx, LONGWAN, going.id, "letter"))


def test_somebody_without_a_telephone_gets_a_letter(street: Street, post: Post) -> None:
    without_phone(street, street.elder)
    post.tell(street.elder)
    [found] = lying(street).items
    assert found.reason == "none"
    key = found.notice.id
    printed = street.act(street.staff, lambda ctx: letter(ctx, LONGWAN, key))
    assert printed.notice.id == key
    street.act(street.staff, lambda ctx: handle(ctx, LONGWAN, key, "letter"))
    assert lying(street).total == 0
    assert post.row(street.elder).sent_at == NOW


def test_codes_and_what_is_past_do_not_lie_there(street: Street, post: Post) -> None:
    post.tell(street.volunteer, code="123456")
    post.tell(street.elder, until=NOW + timedelta(hours=1))
    for going in post.claim():
        post.settle(going, Outcome("refused", "smtp 550"))
    assert [each.notice.member_id for each in lying(street).items] == [street.elder]
    assert lying(street, now=NOW + timedelta(hours=1)).total == 0


def test_only_the_own_branch(street: Street, post: Post) -> None:
    without_phone(street, street.elder)
    post.tell(street.elder)
    key = post.row(street.elder).id
    elsewhere = street.uow.run(factories.create_branch)
    stranger = street.uow.run(lambda s: factories.create_staff(s, elsewhere))
    for who in (stranger, street.volunteer, street.elder):
        with pytest.raises(Forbidden):
            street.act(who, lambda ctx: letter(ctx, LONGWAN, key))
        with pytest.raises(Forbidden):
            street.act(who, lambda ctx: handle(ctx, LONGWAN, key, "said"))
        with pytest.raises(Forbidden):
            street.act(who, lambda ctx: undelivered(ctx, street.branch))
    with pytest.raises(errors.NoticeUnknown):
        street.act(street.staff, lambda ctx: handle(ctx, LONGWAN, street.elder, "said"))
    with pytest.raises(errors.NoticeUnknown):
        street.act(street.staff, lambda ctx: handle(ctx, LONGWAN, key, "shouted"))


def test_the_slip_says_who_comes_and_when(street: Street) -> None:
    street.issue(1_000)
    street.accepted(street.open_request())
    slip = street.act(street.staff, lambda ctx: appointment_slip(ctx, street.elder))
    [coming] = slip.appointments
    assert (coming.starts_at, coming.booked_minutes) == (START, 60)
    assert slip.door_word == "梅花"
    late = street.act(street.staff, lambda ctx: appointment_slip(ctx, street.elder), now=START)
    assert late.appointments == ()
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: appointment_slip(ctx, street.elder))
