"""The queue: retries by the clock, quiet hours, two senders, and a sender that dies."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from services.errors import Forbidden
from services.notices.inbox import inbox
from services.notices.sending import CLAIM_MINUTES, Outcome, claim, waiting
from services.policy import SYSTEM
from services.rules.notices import RETRY_MINUTES
from tests.factories import NOW
from tests.services.notices.conftest import Post, at
from tests.services.visits.conftest import Street

FAILED = Outcome("failed", "smtp 451")


def test_what_is_sent_is_sent_once_and_stands_in_the_inbox(street: Street, post: Post) -> None:
    post.tell(street.volunteer)
    [going] = post.claim()
    assert (going.to or "").startswith("139")
    assert (going.language, going.attempt, going.topic) == ("zh", 1, "account")
    post.settle(going)
    assert post.claim(now=NOW + timedelta(days=1)) == ()
    row = post.row(street.volunteer)
    assert (row.sent_at, row.attempts, row.given_up_at) == (NOW, 1, None)
    assert post.deliveries(going) == [(1, "sent", None)]
    shown = street.act(street.volunteer, lambda ctx: inbox(ctx, street.volunteer))
    assert going.id in {each.id for each in shown.notices}


def test_retries_wait_longer_and_end(street: Street, post: Post) -> None:
    post.tell(street.volunteer, urgent=True)
    now, waits = NOW, []
    while chunk := post.claim(now=now):
        [going] = chunk
        post.settle(going, FAILED, now=now)
        row = post.row(street.volunteer)
        if row.given_up_at is not None:
            break
        waits.append(row.send_after - now)
        assert post.claim(now=row.send_after - timedelta(seconds=1)) == ()
        now = row.send_after
    for wait, minutes in zip(waits, RETRY_MINUTES, strict=True):
        assert timedelta(minutes=minutes) <= wait <= timedelta(minutes=minutes * 6 / 5)
    assert [attempt for attempt, _, _ in post.deliveries(going)] == [1, 2, 3, 4, 5, 6]
    assert post.claim(now=now + timedelta(days=30)) == ()


def test_what_failed_together_does_not_come_back_together(street: Street, post: Post) -> None:
    for _ in range(8):
        post.tell(street.volunteer)
    for going in post.claim():
        post.settle(going, FAILED)
    again = {row.send_after for row in post.rows(street.volunteer)}
    assert len(again) > 1


def test_a_refusal_is_final_and_a_postponement_costs_nothing(street: Street, post: Post) -> None:
    post.tell(street.volunteer)
    [going] = post.claim()
    post.settle(going, Outcome("postponed"))
    assert post.deliveries(going) == []
    [again] = post.claim(now=NOW + timedelta(minutes=1))
    assert (again.id, again.attempt) == (going.id, 1)
    post.settle(again, Outcome("refused", "smtp 550"), now=NOW)
    assert post.row(street.volunteer).given_up_at == NOW
    assert post.deliveries(going) == [(1, "refused", "smtp 550")]


def test_quiet_hours_end_with_the_month(street: Street, post: Post) -> None:
    night = at(23, 30, day=31, month=3)
    post.tell(street.volunteer, now=night)
    assert post.claim(now=night) == ()
    morning = at(8, day=1, month=4)
    assert post.row(street.volunteer).send_after == morning
    assert post.claim(now=morning - timedelta(minutes=1)) == ()
    assert len(post.claim(now=morning)) == 1


def test_what_cannot_wait_goes_out_at_night(street: Street, post: Post) -> None:
    night = at(3)
    post.tell(street.volunteer, now=night, urgent=True)
    assert len(post.claim(now=night)) == 1


def test_what_lay_until_the_night_waits_for_the_morning(street: Street, post: Post) -> None:
    post.tell(street.volunteer, now=at(20, 59))
    assert post.claim(now=at(21)) == ()
    assert post.row(street.volunteer).send_after == at(8, day=11)


def test_a_retry_does_not_ring_at_night_either(street: Street, post: Post) -> None:
    evening = at(20, 59)
    post.tell(street.volunteer, now=evening)
    [going] = post.claim(now=evening)
    post.settle(going, FAILED, now=evening)
    assert post.row(street.volunteer).send_after == at(8, day=11)


def test_nothing_is_sent_when_it_helps_nobody_any_more(street: Street, post: Post) -> None:
    post.tell(street.volunteer, until=NOW + timedelta(minutes=10))
    assert post.claim(now=NOW + timedelta(minutes=10)) == ()
    row = post.row(street.volunteer)
    assert row.given_up_at == NOW + timedelta(minutes=10)
    assert row.sent_at is None


def test_one_that_would_wait_beyond_its_use_is_given_up_in_the_evening(
    street: Street, post: Post
) -> None:
    post.tell(street.volunteer, now=at(22), until=at(7, day=11))
    assert post.claim(now=at(22)) == ()
    assert post.claim(now=at(8, day=11)) == ()
    assert post.row(street.volunteer).given_up_at is not None


def test_two_senders_at_once_send_once(street: Street, post: Post) -> None:
    for _ in range(12):
        post.tell(street.volunteer)
    barrier, taken = threading.Barrier(4), []

    def sender() -> None:
        barrier.wait()
        while street.act(SYSTEM, lambda ctx: waiting(ctx, "sms")):
            taken.extend(post.claim(limit=5))

    threads = [threading.Thread(target=sender) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 12
    assert len({going.id for going in taken}) == 12


def test_a_sender_that_dies_between_sending_and_marking_sends_again_under_the_same_id(
    street: Street, post: Post
) -> None:
    post.tell(street.volunteer)
    [lost] = post.claim()
    # It was handed to the carrier; the process ended before that was written.
    assert post.claim(now=NOW + timedelta(minutes=CLAIM_MINUTES) - timedelta(seconds=1)) == ()
    later = NOW + timedelta(minutes=CLAIM_MINUTES)
    [again] = post.claim(now=later)
    assert (again.id, again.attempt) == (lost.id, 2)
    post.settle(again, now=later)
    assert post.deliveries(lost) == [(2, "sent", None)]


def test_a_late_word_of_a_slow_carrier_counts(street: Street, post: Post) -> None:
    post.tell(street.volunteer)
    [slow] = post.claim()
    later = NOW + timedelta(minutes=CLAIM_MINUTES)
    [again] = post.claim(now=later)
    post.settle(slow, now=later)
    post.settle(again, FAILED, now=later)
    row = post.row(street.volunteer)
    assert row.sent_at == later
    assert post.claim(now=later + timedelta(days=1)) == ()


def test_the_urgent_and_the_oldest_go_first(street: Street, post: Post) -> None:
    post.tell(street.volunteer, now=NOW - timedelta(minutes=2))
    post.tell(street.elder, now=NOW - timedelta(minutes=1))
    post.tell(street.staff, urgent=True)
    order = [post.row(who).id for who in (street.staff, street.volunteer, street.elder)]
    assert [going.id for going in post.claim()] == order


def test_a_way_does_not_wait_for_another(street: Street, post: Post) -> None:
    post.tell(street.volunteer, channel="email")
    post.tell(street.volunteer)
    assert len(post.claim("sms")) == 1
    assert street.act(SYSTEM, lambda ctx: waiting(ctx, "email"))
    # Nobody has proved a mail address here.
    assert post.claim("email") == ()
    assert not street.act(SYSTEM, lambda ctx: waiting(ctx, "email"))


def test_only_the_job_process_sends(street: Street, post: Post) -> None:
    with pytest.raises(Forbidden):
        street.act(street.staff, lambda ctx: claim(ctx, "sms"))
