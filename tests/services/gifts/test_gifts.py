"""Gifts: who gives what to whom, the second factor, and the window in which one thinks again."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from models.giving import Gift, GiftOrigin, GiftState
from models.ledger import AccountKind, Transfer
from models.oversight import AuditRecord
from models.papers import Paper
from models.people import Guardianship, MemberStatus
from services.context import Context
from services.corridors.sentences import NotJoined
from services.errors import DomainError, Forbidden
from services.gifts import sentences as say
from services.gifts.capturing import settle
from services.gifts.confirming import confirm, send_again
from services.gifts.making import GiftForm, make
from services.gifts.taking_back import refuse, take_back
from services.ledger.accounts import inherited_period
from services.ledger.drafts import AmountZero
from services.people import second_factor
from services.people.family_errors import WardMayNot
from services.people.guardians import record_guardian
from services.places.settings import set_regional_setting
from services.policy import SYSTEM
from services.rates import rule_set_on
from services.reversing.posting import reverse_posting
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.gifts.conftest import AFTER, CALM, DAY, Family
from tests.services.visits.conftest import START

HOUR = timedelta(hours=1)


def test_a_gift_is_set_aside_for_a_day_and_then_is_the_receivers(family: Family) -> None:
    street = family.street
    gift = family.waiting(90)
    assert family.state(gift) is GiftState.WAITING
    assert street.earned(family.giver) == (600, 0)
    family.confirm(gift)
    assert street.earned(family.giver) == (600, 90)
    assert family.run_job(AFTER - timedelta(seconds=1)) == 0
    assert family.run_job() == 1
    assert family.run_job() == 0
    assert street.earned(family.giver) == (510, 0)
    assert family.received(family.mother) == (90, 0)
    row = family.row(gift)
    assert (row.state, row.given_minutes, row.relation) == (GiftState.FINAL, 90, "parent")
    assert row.refusable_until == AFTER + 7 * DAY
    assert {say.GIVEN_WAITING, say.GIVEN_FINAL} <= family.told(family.giver)
    assert {say.COMING_TO_YOU, say.GOT_FINAL} <= family.told(family.mother)
    assert street.count(Paper, Paper.subject_id == gift, Paper.withdrawn_at.is_(None)) == 1
    assert family.breaches() == set()


def test_the_giver_takes_it_back_within_the_window_and_not_after(family: Family) -> None:
    street = family.street
    waiting, held, late = family.waiting(10), family.held(60), family.held(30)

    def back(gift: UUID, **at: object) -> None:
        street.act(family.giver, lambda ctx: take_back(ctx, LONGWAN, gift), **at)

    back(waiting)
    back(held, now=AFTER - timedelta(seconds=1), key="back")
    back(held, now=AFTER - timedelta(seconds=1), key="back")
    assert street.earned(family.giver) == (600, 30)
    for gift, error in ((late, say.WindowOver), (held, say.GiftMoved)):
        with pytest.raises(error):
            back(gift, now=AFTER)
    family.run_job()
    with pytest.raises(say.WindowOver):
        back(late, now=AFTER)
    with pytest.raises(say.GiftMoved):
        family.confirm(held, code="000000")
    with pytest.raises(Forbidden):
        street.act(family.mother, lambda ctx: take_back(ctx, LONGWAN, held))
    with pytest.raises(say.GiftUnknown):
        back(family.mother)
    assert say.TAKEN_BACK_FROM_YOU in family.told(family.mother)


def test_the_receiver_refuses_before_and_after(family: Family) -> None:
    street = family.street
    held, early, late = family.held(60), family.final(60), family.final(30)

    def no(gift: UUID, **at: object) -> None:
        street.act(family.mother, lambda ctx: refuse(ctx, LONGWAN, gift), **at)

    # The first one was captured by the job of the second.
    assert family.state(held) is GiftState.FINAL
    no(early, now=AFTER + 7 * DAY - HOUR, key="no")
    assert family.state(early) is GiftState.REFUSED
    assert street.earned(family.giver) == (510, 0)
    assert street.count(Paper, Paper.subject_id == early, Paper.withdrawn_at.is_(None)) == 0
    with pytest.raises(say.GiftMoved):
        no(early, now=AFTER)
    with pytest.raises(say.RefusalOver):
        no(late, now=AFTER + 7 * DAY)
    with pytest.raises(Forbidden):
        street.act(family.giver, lambda ctx: refuse(ctx, LONGWAN, late))
    street.ask(starts_at=START + DAY)
    with pytest.raises(say.GiftUsed):
        no(held, now=AFTER)
    assert family.received(family.mother) == (90, 90)
    third = family.held(60)
    no(third)
    assert street.earned(family.giver) == (510, 0)
    assert say.REFUSED_TO_GIVER in family.told(family.giver)
    family.change(family.giver, status=MemberStatus.CLOSED)
    with pytest.raises(say.GiverLeft):
        no(late, now=AFTER)
    assert family.breaches() == set()


def test_an_administrator_corrects_a_gift(family: Family) -> None:
    """The gift ends with the transfer that it made, and its deed holds no more."""
    street = family.street
    gift = family.final(60)
    row = family.row(gift)
    assert row.transfer_id is not None
    street.act(
        street.admins[0],
        lambda ctx: reverse_posting(ctx, LONGWAN, row.transfer_id, "wrong_person"),
        AFTER,
    )
    assert (family.state(gift), family.row(gift).reason) == (GiftState.RETURNED, "corrected")
    assert street.count(Paper, Paper.subject_id == gift, Paper.withdrawn_at.is_(None)) == 0
    with pytest.raises(say.GiftMoved):
        street.act(family.mother, lambda ctx: refuse(ctx, LONGWAN, gift), AFTER)
    assert street.earned(family.giver) == (600, 0)
    assert family.breaches() == set()


def test_only_own_earned_coins_of_this_year_to_near_kin(family: Family) -> None:
    street = family.street
    aunt, abroad = family.joins(), family.joins(age=70)
    family.relate(family.giver, aunt, "sibling")
    family.relate(family.giver, abroad, "grandparent")
    street.give_coins(family.giver, 20_000)

    def refused(error: type[DomainError], minutes: int = 60, **changes: object) -> DomainError:
        with pytest.raises(error) as found:
            family.waiting(minutes, **changes)
        return found.value

    refused(AmountZero, 0)
    refused(say.GiftToOneself, receiver_id=family.giver)
    refused(say.NotTheRightKin, receiver_id=aunt)
    refused(say.NotTheRightKin, receiver_id=street.staff)
    assert refused(say.NotEnoughEarned, 20_601).params == {"left_minutes": 20_600}
    family.held(7_000)
    assert refused(say.AboveYearLimit, 5_001).params == {"left_minutes": 5_000}
    family.change(abroad, home_book="110101000000")
    refused(NotJoined, receiver_id=abroad)
    family.change(abroad, status=MemberStatus.CLOSED)
    refused(say.ReceiverNotActive, receiver_id=abroad)
    # A new year, a new limit; a gift that was never confirmed has used nothing of it.
    january = NOW + timedelta(days=300)
    family.waiting(12_000, january)
    family.held(12_000, january + HOUR)
    assert street.count(Gift, Gift.year == 2027) == 2


def test_a_region_may_let_friends_be_given_to(family: Family) -> None:
    street = family.street
    friend = family.joins(age=70)

    def allow(ctx: Context) -> None:
        rules = rule_set_on(ctx.session, NOW.date())
        set_regional_setting(ctx, LONGWAN, "friend_gift_per_year_minutes", 120, rules)

    street.act(street.admins[0], allow)
    street.give_coins(family.giver, 12_000)
    family.held(12_000)
    gift = family.held(100, receiver_id=friend)
    assert family.row(gift).relation == "friend"
    with pytest.raises(say.AboveYearLimit) as found:
        family.waiting(21, receiver_id=friend)
    assert found.value.params == {"left_minutes": 20}


def test_granted_coins_cannot_be_laundered_through_three_people(family: Family) -> None:
    """A grant is not given on, and neither is what came as a gift: a circle moves nothing."""
    street = family.street
    child = family.joins(age=30)
    family.relate(family.giver, child, "child")
    family.relate(family.mother, child, "grandchild")
    family.put(family.mother, AccountKind.GRANTED, "2026Q2", 480)
    asked = {"giver_id": family.mother, "receiver_id": child, "guard": CALM}
    with pytest.raises(say.NotEnoughEarned) as found:
        family.waiting(60, **asked)
    assert found.value.params == {"left_minutes": 0}
    family.final(300, receiver_id=child)
    for giver, receiver in ((child, family.mother), (child, family.giver)):
        with pytest.raises(say.NotEnoughEarned):
            family.waiting(60, giver_id=giver, receiver_id=receiver)
    # With own coins beside them only those go on, and only once.
    street.give_coins(child, 60)
    family.final(60, giver_id=child, receiver_id=family.mother)
    with pytest.raises(say.NotEnoughEarned):
        family.waiting(60, **{**asked, "receiver_id": family.giver})
    assert family.received(child) == (300, 0)
    assert family.breaches() == set()


def test_the_code_is_the_givers_and_counted(family: Family) -> None:
    street = family.street
    gift = family.waiting()
    right = family.code(gift)
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for left in (4, 3, 2, 1):
        with pytest.raises(second_factor.ActCodeWrong) as found:
            street.act(family.giver, lambda ctx: confirm(ctx, LONGWAN, gift, wrong))
        assert found.value.params == {"left": left}
    for typed in (wrong, right):
        with pytest.raises(second_factor.ActCodeEnded):
            family.confirm(gift, code=typed)
    with pytest.raises(say.OnlyTheGiver):
        street.act(street.staff, lambda ctx: confirm(ctx, LONGWAN, gift, right))

    def again(minute: int) -> None:
        now = NOW + timedelta(minutes=minute)
        street.act(family.giver, lambda ctx: send_again(ctx, LONGWAN, gift), now)

    again(1)
    with pytest.raises(second_factor.ActCodeEnded):
        family.confirm(gift, NOW + timedelta(minutes=11))
    for minute in (2, 3, 4):
        again(minute)
    with pytest.raises(second_factor.TooManyActCodes):
        again(5)
    family.confirm(gift, NOW + timedelta(minutes=6))
    with pytest.raises(say.GiftMoved):
        again(7)
    late = family.waiting(now=NOW + 2 * HOUR)
    family.run_job(NOW + 3 * HOUR)
    assert family.state(late) is GiftState.LAPSED


def test_whoever_has_no_mobile_phone_goes_to_the_counter(family: Family) -> None:
    street = family.street
    old = family.joins(age=75, phone="0577-86880000")
    family.relate(old, family.giver, "child")
    street.give_coins(old, 120)
    form = GiftForm(old, family.giver, 60, CALM)
    with pytest.raises(second_factor.NoCodeReaches):
        street.act(old, lambda ctx: make(ctx, form))
    gift = street.act(street.staff, lambda ctx: make(ctx, form))
    row = family.row(gift)
    assert (row.state, row.how, row.witness_id) == (GiftState.HELD, "counter", street.staff)
    done = {"gift.make", "gift.confirm"}
    for_old = AuditRecord.acting_for_id == old, AuditRecord.subject_id == gift
    assert street.count(AuditRecord, AuditRecord.act.in_(done), *for_old) == 2
    # Who takes it back or refuses it at the counter is neither side nor kin of one.
    other = street.act(SYSTEM, lambda ctx: factories.create_staff(ctx.session))
    family.relate(street.staff, family.giver, "sibling", other)
    for work in (take_back, refuse):
        with pytest.raises(say.OwnOrKinGift):
            street.act(street.staff, lambda ctx, do=work: do(ctx, LONGWAN, gift))
    with pytest.raises(say.OwnOrKinGift):
        street.act(street.staff, lambda ctx: make(ctx, form))
    street.act(other, lambda ctx: take_back(ctx, LONGWAN, gift))
    assert street.earned(old) == (120, 0)


def test_from_75_on_three_questions_stand_before_a_gift(family: Family) -> None:
    street = family.street
    old = family.joins(age=75)
    family.relate(old, family.giver, "child")
    street.give_coins(old, 120)

    def give(guard: dict[str, bool], who: UUID = old, **at: object) -> UUID:
        form = GiftForm(old, family.giver, 60, guard)
        return street.act(who, lambda ctx: make(ctx, form), **at)

    for answers in ({}, {"hurried": False}):
        with pytest.raises(say.GuardAnswers):
            give(answers)
    with pytest.raises(say.GuardStops):
        give({**CALM, "hurried": True}, key="pressed")
    with pytest.raises(say.GuardStops):
        give(CALM, now=NOW + HOUR)
    assert street.count(AuditRecord, AuditRecord.act == "gift.guard") == 2
    assert street.count(Gift) == 0
    # Face to face with a clerk the same answers are heard at once, alone they are the next day.
    with pytest.raises(say.GuardStops):
        give({**CALM, "promised": True}, street.staff)
    gift = give(CALM, street.staff)
    assert family.row(gift).guard_answers == CALM
    assert family.state(give(CALM, now=NOW + timedelta(hours=26))) is GiftState.WAITING


def test_neither_a_child_nor_a_ward_gives(family: Family) -> None:
    street = family.street
    child = family.joins(age=17)
    family.relate(child, family.mother, "grandparent")
    with pytest.raises(say.GiverTooYoung):
        family.waiting(giver_id=child)
    gift = family.waiting()
    street.act(
        SYSTEM,
        lambda ctx: ctx.session.add(
            Guardianship(
                member_id=family.giver,
                id=ctx.new_id(),
                guardian_id=street.staff,
                document="court",
                reference_sealed=ctx.vault.seal("guardianship.reference", "样例1号"),
                since=NOW.date(),
                recorded_by_id=street.admins[0],
                recorded_at=NOW,
            )
        ),
    )
    with pytest.raises(WardMayNot):
        family.confirm(gift)
    with pytest.raises(WardMayNot):
        family.waiting()


def test_a_guardian_recorded_within_the_window_keeps_the_coins(family: Family) -> None:
    street, gift, guardian = family.street, family.held(), family.joins(age=50)
    street.act(
        street.staff,
        lambda ctx: record_guardian(ctx, family.giver, guardian, "court", "民特1号", NOW.date()),
    )
    family.run_job()
    row = family.row(gift)
    assert (row.state, row.reason) == (GiftState.RETURNED, "giver_ward")
    assert street.earned(family.giver) == (600, 0)
    assert say.GIVEN_BY_WARD in family.told(family.giver)
    assert family.breaches() == set()


def test_a_receiver_over_the_storage_cap(family: Family) -> None:
    """Nobody is told the other's figure; what has filled up meanwhile goes back in parts."""
    street = family.street
    street.give_coins(family.giver, 6_000)
    family.put(family.mother, AccountKind.RECEIVED, inherited_period(NOW.date()), 50_000)
    family.put(family.mother, AccountKind.GRANTED, "2026Q2", 480)
    family.put(family.mother, AccountKind.RECEIVED, "", 89_000)
    with pytest.raises(say.ReceiverTooFull) as found:
        family.waiting(1_001)
    assert found.value.params == {}
    part, none = family.held(600), family.held(700, NOW + HOUR)
    family.run_job(AFTER + HOUR)
    assert [family.row(gift).given_minutes for gift in (part, none)] == [600, 400]
    assert family.received(family.mother) == (90_000, 0)
    assert street.earned(family.giver) == (5_600, 0)
    assert say.GIVEN_PARTLY in family.told(family.giver)
    assert family.breaches() == set()


def test_a_gift_for_which_no_room_is_left_comes_back(family: Family) -> None:
    street = family.street
    too_late, gone = family.held(60), family.held(30)
    family.put(family.mother, AccountKind.RECEIVED, "", 90_000)
    street.act(SYSTEM, lambda ctx: settle(ctx, LONGWAN, too_late), AFTER)
    assert (family.state(too_late), family.row(too_late).reason) == (
        GiftState.RETURNED,
        "too_full",
    )
    family.change(family.mother, status=MemberStatus.CLOSED)
    family.run_job()
    assert family.row(gone).reason == "receiver_left"
    assert street.earned(family.giver) == (600, 0)
    assert street.count(Transfer, Transfer.kind == "gift") == 0
    assert family.breaches() == set()


def test_coins_taken_elsewhere_between_making_and_confirming(family: Family) -> None:
    gift = family.waiting(600)
    family.held(30)
    with pytest.raises(say.NotEnoughEarned) as found:
        family.confirm(gift, code=None)
    assert found.value.params == {"left_minutes": 570}
    assert family.state(gift) is GiftState.WAITING


def test_an_heir_below_the_spending_age_directs_a_share(family: Family) -> None:
    """From the oldest inheritance on, without a limit, and only to an old lineal relative."""
    street = family.street
    uncle = family.joins(age=70)
    young = family.joins(age=50)
    family.relate(family.giver, uncle, "sibling")
    family.relate(family.giver, young, "parent")
    older, newer = (inherited_period(day.date()) for day in (NOW - 9 * DAY, NOW))
    family.put(family.giver, AccountKind.RECEIVED, newer, 13_000)
    family.put(family.giver, AccountKind.RECEIVED, older, 500)

    def direct(minutes: int, receiver: UUID = family.mother) -> UUID:
        return family.held(minutes, receiver_id=receiver, origin=GiftOrigin.INHERITED)

    for other in (uncle, young):
        with pytest.raises(say.NotLineal):
            direct(60, other)
    with pytest.raises(say.NotEnoughInherited):
        direct(13_501)
    direct(12_600)
    assert family.received(family.giver, older) == (500, 500)
    assert family.received(family.giver, newer) == (13_000, 12_100)
    family.run_job()
    assert family.received(family.mother) == (12_600, 0)
    assert street.earned(family.giver) == (600, 0)
    assert family.breaches() == set()
    family.change(family.giver, spends_under_age=True)
    with pytest.raises(say.NotLocked):
        direct(60)
