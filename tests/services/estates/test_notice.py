"""From the notice to the last share, on each engine: the clock, the coins, and who may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from uuid import UUID

import pytest

from models.estates import EstateState
from models.ledger import AccountKind
from models.oversight import OutboxMessage
from services.clock import at_local
from services.context import Context
from services.corridors.sentences import NotJoined
from services.errors import DomainError, Forbidden
from services.estates import claiming, objecting
from services.estates import notice_sentences as say
from services.estates.answering import answer
from services.estates.deciding import decide
from services.estates.dividing import divide
from services.estates.heir_sentences import HeirUnknown, ListContradicts
from services.estates.listing import HeirForm, add_heir, link_heir
from services.estates.undoing import undo
from services.ledger.accounts import account_id
from services.ledger.drafts import HoldDraft, Leg, Stamp
from services.ledger.holds import hold, release
from services.papers.reading import paper, papers_of
from services.people.roles import grant_role
from services.policy import REGION_ADMIN, SYSTEM
from services.queries.heirs import heirs_page
from services.requests.asking import AskForm, ask
from services.visits.disputes import decide_dispute, open_dispute
from tests import factories
from tests.factories import LONGWAN, WUMA
from tests.services.estates.notice_kit import (
    AFTER,
    LAST,
    TODAY,
    buried,
    granted,
    house,
    kin,
    member,
    noon,
)
from tests.services.visits.conftest import START, Street, street
from tests.services.visits.test_races import at_once, succeeded

__all__ = ["street"]
MIDNIGHT = at_local(LAST + timedelta(days=1), time(0, 0))


def refused(kind: type[DomainError], work: Callable[[], object]) -> None:
    with pytest.raises(kind):
        work()


def test_an_estate_goes_from_the_notice_to_its_heirs(street: Street) -> None:
    """1,001 minutes of own coins in three parts, 2 to the pool, and the grants besides."""
    granted(street, street.elder, 240)
    home = house(street)
    minor = home.heirs[2]
    refused(say.NothingToDivide, home.divide)
    code = home.publish()
    assert len(code) == 12
    assert (home.row().notice_from, home.row().notice_ends_on) == (TODAY, LAST)
    refused(say.HeirsFirst, home.publish)
    refused(say.NoticeRuns, lambda: home.divide(noon(LAST)))
    home.divide()
    row = home.row()
    assert row.state is EstateState.SETTLED
    assert (row.estate_minutes, row.remainder_minutes) == (1_001, 2)
    assert [home.inherited(each) for each in home.heirs] == [333, 333, 333]
    assert row.claim_until == date(2029, 3, 25)
    assert home.on_estate() == 0
    assert street.pool() == (242, 0)
    assert {line.answered_how for line in home.lines().values()} == {"silence"}
    refused(say.NothingToDivide, home.divide)
    # The minor is told what can be done with coins that are locked.
    told = street.count(OutboxMessage, OutboxMessage.sentence == say.SHARE_PAID_LOCKED)
    assert told == 2
    form = AskForm(minor, "A04", START, 60)
    with pytest.raises(DomainError):
        street.act(minor, lambda ctx: ask(ctx, form))
    home.verified()


def test_the_clock_stops_and_runs_on(street: Street) -> None:
    """An objection in the last minute counts; at midnight the notice is over."""
    home = house(street)
    stranger = member(street)
    refused(say.NoticeNotRunning, lambda: home.object(stranger))
    home.publish()
    refused(say.ObjectionWords, lambda: home.object(stranger, text="  "))
    refused(say.NoticeOver, lambda: home.object(stranger, MIDNIGHT))
    one = home.object(stranger, MIDNIGHT - timedelta(minutes=1))
    assert (home.row().notice_ends_on, home.row().notice_days_left) == (None, 0)
    refused(say.ObjectedAlready, lambda: home.object(stranger, AFTER))
    # While the clock stands still, others may object too, and nothing is divided.
    other = home.object(home.heirs[0], AFTER)
    refused(say.ObjectionsOpen, home.divide)
    home.decide(one, uphold=False, now=AFTER)
    assert home.row().notice_ends_on is None
    home.decide(other, uphold=False, now=AFTER)
    # At least five working days for the appeal: the 25th is a Wednesday.
    assert home.row().notice_ends_on == date(2026, 4, 1)
    refused(say.ObjectionDecided, lambda: home.decide(one, uphold=True, now=AFTER))
    refused(say.NoAppeal, lambda: home.decide_appeal(one, uphold=True, now=AFTER))
    refused(say.NotYourObjection, lambda: home.appeal(one, home.heirs[0], AFTER))
    # Appealed on the third of April, when the notice is over and nothing is divided yet.
    later = noon(date(2026, 4, 3))
    home.appeal(one, stranger, later)
    refused(say.AppealedOnce, lambda: home.appeal(one, stranger, later))
    refused(say.ObjectionsOpen, lambda: home.divide(later))
    refused(say.NoticeOver, lambda: home.object(home.heirs[1], later))
    refused(say.SameOfficial, lambda: home.decide_appeal(one, uphold=False, now=later, by=0))
    home.decide_appeal(one, uphold=False, now=later)
    refused(say.AppealedOnce, lambda: home.appeal(one, stranger, later))
    assert home.row().notice_ends_on == date(2026, 4, 1)
    home.divide(later)
    refused(say.NothingToAppeal, lambda: home.appeal(other, home.heirs[0], later))
    home.verified(later)


def test_an_upheld_objection_opens_the_list_and_the_notice_anew(street: Street) -> None:
    """The forgotten child is put on the list; the counter takes words down for whoever asks."""
    home = house(street, relations=(("spouse", 78),))
    home.publish()
    said = objecting.Said("王小妹", "我也是女儿")
    down = street.act(
        street.staff, lambda ctx: objecting.take_down(ctx, LONGWAN, home.estate, said)
    )
    nameless = objecting.Said(" ", "我也是女儿")
    refused(
        say.ObjectorName,
        lambda: street.act(
            street.staff, lambda ctx: objecting.take_down(ctx, LONGWAN, home.estate, nameless)
        ),
    )
    with pytest.raises(Forbidden):
        street.act(home.heirs[0], lambda ctx: objecting.take_down(ctx, LONGWAN, home.estate, said))
    home.decide(down, uphold=True)
    row = home.row()
    assert (row.state, row.notice_from, row.notice_ends_on) == (EstateState.FROZEN, None, None)
    form = HeirForm(name="王小妹", relation="child", evidence="出生证明")
    street.act(street.staff, lambda ctx: add_heir(ctx, LONGWAN, home.estate, form))
    home.publish(noon(date(2026, 3, 12)))
    assert home.row().notice_ends_on == date(2026, 3, 26)
    # A dismissed objection of the new notice is appealed at the counter, and upheld by another.
    again = home.object(home.heirs[0], noon(date(2026, 3, 13)))
    home.decide(again, uphold=False, now=noon(date(2026, 3, 16)))
    home.appeal(again, street.staff, noon(date(2026, 3, 17)))
    home.decide_appeal(again, uphold=True, now=noon(date(2026, 3, 18)))
    assert home.row().state is EstateState.FROZEN


def test_a_new_list_may_be_objected_to_by_whoever_was_refused_before(street: Street) -> None:
    """Once a notice: what was dismissed of the old list says nothing about the new one."""
    home = house(street, relations=(("spouse", 78), ("child", 50)))
    spouse, child = home.heirs
    home.publish()
    mine, yours = home.object(spouse), home.object(child)
    home.decide(mine, uphold=False)
    refused(say.ObjectedAlready, lambda: home.object(spouse))
    home.appeal(mine, spouse)
    home.decide_appeal(mine, uphold=False)
    home.decide(yours, uphold=True)
    home.publish(noon(date(2026, 3, 12)))
    home.object(spouse, noon(date(2026, 3, 13)))
    refused(say.ObjectedAlready, lambda: home.object(spouse, noon(date(2026, 3, 13))))
    assert home.row().notice_days_left == 9


def test_the_year_ends_within_a_notice(street: Street) -> None:
    """2027 is not published: its weekends rest and nothing else does; make-up days count."""
    home = house(street)
    home.publish(noon(date(2026, 12, 28)))
    assert home.row().notice_ends_on == date(2027, 1, 11)
    one = home.object(home.heirs[0], noon(date(2026, 12, 30)))
    assert home.row().notice_days_left == 8
    home.decide(one, uphold=False, now=noon(date(2027, 1, 4)))
    assert home.row().notice_ends_on == date(2027, 1, 14)
    assert "2027" not in (home.row().calendar_version or "")


def test_officials_with_an_interest_are_refused(street: Street) -> None:
    """Kin of an heir neither decide nor divide, and nobody decides on the own objection."""
    home = house(street)
    in_law = kin(street, home.heirs[1], "spouse")
    street.act(SYSTEM, lambda c: grant_role(c, in_law, REGION_ADMIN, "region", LONGWAN))
    home.publish()
    one = home.object(street.admins[0])
    with pytest.raises(Forbidden):
        home.decide(one, uphold=False)
    works: list[Callable[[Context], object]] = [
        lambda ctx: decide(ctx, LONGWAN, home.estate, one, uphold=False, reason="看过"),
        lambda ctx: divide(ctx, LONGWAN, home.estate),
    ]
    for work in works:
        with pytest.raises(Forbidden):
            street.act(in_law, work, AFTER)
    refused(say.ObjectionUnknown, lambda: home.decide(home.estate, uphold=False))
    silent = works[0], lambda ctx: decide(ctx, LONGWAN, home.estate, one, uphold=True, reason=" ")
    refused(say.DecisionReason, lambda: street.act(street.admins[1], silent[1]))


def test_a_dispute_stands_in_the_way_and_comes_in_time(street: Street) -> None:
    """The dead has served: what is credited after the freeze is swept in and divided."""
    street.issue(1_000)
    visit = street.accepted(street.open_request())
    street.come(visit)
    street.go(visit, 60)
    dispute = street.act(
        street.elder, lambda ctx: open_dispute(ctx, LONGWAN, visit, "来得晚"), START
    )
    heirs = (kin(street, street.volunteer, "child", age=30),)
    evening = START + timedelta(hours=8)
    home = buried(street, street.volunteer, heirs, date(2026, 3, 11), evening)
    home.publish(noon(date(2026, 3, 12)))
    over = noon(date(2026, 3, 27))
    refused(say.UnfinishedServices, lambda: home.divide(over))
    street.act(
        street.staff,
        lambda ctx: decide_dispute(ctx, LONGWAN, dispute, credit=True, reason="门卫说准时"),
        over,
    )
    home.divide(over)
    assert home.row().estate_minutes == 60
    assert home.inherited(heirs[0], over.date()) == 60
    home.verified(over)


def test_shares_wait_are_claimed_and_lapse(street: Street) -> None:
    """No account, an account elsewhere, and a share of zero; three years later the pool."""
    home = house(street, minutes=3, relations=(("spouse", 78),))
    abroad = street.act(SYSTEM, lambda c: factories.create_branch(c.session, WUMA))
    away = member(street, branch_id=abroad)
    known = HeirForm(name="", relation="child", evidence="户口簿", member_id=away)
    street.act(street.staff, lambda ctx: add_heir(ctx, LONGWAN, home.estate, known))
    form = HeirForm(name="林远行", relation="child", evidence="出生证明")
    absent = street.act(street.staff, lambda ctx: add_heir(ctx, LONGWAN, home.estate, form))
    home.publish()
    home.divide()
    assert (home.row().state, home.on_estate()) == (EstateState.DIVIDED, 2)
    far = home.lines()[away].id
    refused(NotJoined, lambda: home.claim(far, away))
    refused(say.AccountNeeded, lambda: home.claim(absent, street.staff))
    refused(HeirUnknown, lambda: home.claim(home.estate, street.staff))
    paid = home.lines()[home.heirs[0]].id
    refused(say.ClaimedAlready, lambda: home.claim(paid, home.heirs[0]))
    found = member(street, name="林远行", is_checked=False)
    street.act(street.staff, lambda ctx: link_heir(ctx, LONGWAN, home.estate, absent, found))
    refused(say.HeirNotReady, lambda: home.claim(absent, street.staff))
    with pytest.raises(Forbidden):
        home.claim(absent, home.heirs[0])
    home.verified()
    late = noon(date(2029, 3, 26))
    assert street.act(SYSTEM, claiming.due_to_lapse, noon(date(2029, 3, 25))) == []
    refused(say.ClaimTooLate, lambda: home.claim(absent, street.staff, late))
    due = street.act(SYSTEM, claiming.due_to_lapse, late)
    assert due == [(LONGWAN, home.estate)]
    for times in (1, 0):
        lapsed = street.act(SYSTEM, lambda c: claiming.lapse(c, LONGWAN, home.estate), late)
        assert lapsed == times
    # Whose account another region keeps is not late: that share stays.
    assert (home.row().state, home.on_estate()) == (EstateState.DIVIDED, 1)
    refused(say.NothingToClaim, lambda: home.claim(absent, street.staff))
    home.verified(late)


def test_zero_shares_overflowing_caps_and_an_heir_who_died_meanwhile(street: Street) -> None:
    """A full account takes its share all the same; a dead heir's share goes to his estate."""
    relations = (("spouse", 78), ("child", 50))
    home = house(street, minutes=1_000, relations=relations)
    full, late = home.heirs
    ceiling = 90_000
    street.give_coins(full, ceiling)
    grandchild = kin(street, late, "child", age=20)
    second = buried(street, late, (grandchild,), died_on=date(2026, 3, 9))
    home.publish()
    second.publish()
    home.divide()
    assert home.inherited(full) == 500
    assert second.on_estate() == 500
    second.divide(AFTER)
    assert second.inherited(grandchild) == 500
    # Nothing on the account at all: every share is zero, and nobody waits.
    other = street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, grade=0))
    poor = house(street, minutes=0, relations=(("child", 40), ("child", 41)), dead=other)
    poor.publish()
    poor.divide()
    assert poor.row().state is EstateState.SETTLED
    assert [line.share_minutes for line in poor.lines().values()] == [0, 0]
    home.verified()


def test_two_at_once(street: Street) -> None:
    """Two administrators divide, two heirs claim, one objects while it is divided."""
    home = house(street, relations=(("spouse", 78), ("child", 50)))
    absent = {
        name: street.act(
            street.staff,
            lambda ctx, name=name: add_heir(
                ctx, LONGWAN, home.estate, HeirForm(name=name, relation="child", evidence="出生证")
            ),
        )
        for name in ("林远行", "林远方")
    }
    home.publish()
    one = home.object(home.heirs[0])
    home.decide(one, uphold=False)
    over = noon(date(2026, 3, 25))
    results = at_once(
        lambda: home.divide(over, by=0),
        lambda: home.divide(over, by=1),
        lambda: home.appeal(one, home.heirs[0], over),
        lambda: home.object(home.heirs[1], over),
    )
    codes = {each.code for each in results if isinstance(each, DomainError)}
    late = {"nothing_to_divide", "nothing_to_appeal", "notice_over", "notice_not_running"}
    assert codes <= {*late, "objections_open"}
    if home.row().state is EstateState.NOTICE:
        home.decide_appeal(one, uphold=False, now=over)
        results = at_once(lambda: home.divide(over, by=0), lambda: home.divide(over, by=1))
        assert succeeded(results) == 1
    else:
        assert sum(isinstance(each, str) for each in results) == 1
    assert home.row().state is EstateState.DIVIDED
    found = {name: member(street, name=name) for name in absent}
    for name, line in absent.items():
        street.act(
            street.staff,
            lambda ctx, line=line, name=name: link_heir(
                ctx, LONGWAN, home.estate, line, found[name]
            ),
        )
    # Both heirs by their own login, and the counter for each of them.
    claims = [
        lambda line=line, who=who: home.claim(line, who, over)
        for name, line in absent.items()
        for who in (found[name], street.staff)
    ]
    assert succeeded(at_once(*claims)) == 2
    assert [home.inherited(each, over.date()) for each in found.values()] == [250, 250]
    assert (home.row().state, home.on_estate()) == (EstateState.SETTLED, 0)
    home.verified(over)


def test_a_list_that_a_death_contradicts_is_opened_late(street: Street) -> None:
    """An heir turns out to have died first, when the notice is over: nobody divides by that."""
    home = house(street, relations=(("spouse", 78), ("child", 50)))
    home.publish()
    buried(street, home.heirs[1], (), died_on=date(2026, 3, 7))
    refused(ListContradicts, lambda: home.divide(AFTER))
    one = home.object(home.heirs[0], AFTER)
    home.decide(one, uphold=True, now=AFTER)
    assert home.row().state is EstateState.FROZEN


def test_a_disclaimed_share_falls_to_the_others(street: Street) -> None:
    home = house(street, minutes=900)
    spouse = home.heirs[0]
    line = home.lines()[spouse].id
    street.act(spouse, lambda ctx: answer(ctx, LONGWAN, home.estate, line, "disclaimed"))
    home.publish()
    earned = account_id(LONGWAN, AccountKind.EARNED, street.elder)
    street.give_coins(street.elder, 60)
    draft = HoldDraft(LONGWAN, "service", home.estate, "left behind", (Leg(earned, 60),))
    stamp = Stamp(AFTER, SYSTEM.id)
    kept = street.act(SYSTEM, lambda ctx: hold(ctx.session, draft, stamp))
    refused(say.CoinsHeld, home.divide)
    street.act(SYSTEM, lambda ctx: release(ctx.session, LONGWAN, [kept], stamp))
    code = home.divide(key="same")
    assert home.divide(key="same") == code
    assert [home.inherited(each) for each in home.heirs[1:]] == [480, 480]
    nothing = account_id(LONGWAN, AccountKind.EARNED, spouse)
    assert street.balance(nothing) == (0, 0)
    refused(say.NothingToClaim, lambda: home.claim(line, spouse))


def test_what_a_living_person_would_leave_is_closed_again_after_a_mistake(street: Street) -> None:
    """Lists and protocol say what a designation says: once it was a mistake, nobody reads them."""
    it = house(street)
    it.publish()
    protocol = it.divide()
    spouse, clerk = it.heirs[0], street.staff

    def lines(who: UUID) -> int:
        return len(street.act(who, lambda c: heirs_page(c, LONGWAN, it.estate), AFTER).lines)

    def codes() -> set[str]:
        return {each.code for each in street.act(spouse, lambda c: papers_of(c, spouse), AFTER)}

    assert street.act(spouse, lambda c: paper(c, protocol), AFTER).content["estate_minutes"]
    assert protocol in codes()
    assert lines(clerk) == 3
    street.act(street.admins[0], lambda c: undo(c, LONGWAN, it.estate, "认错了人"), AFTER)
    assert lines(clerk) == 0
    assert protocol not in codes()
    with pytest.raises(Forbidden):
        street.act(spouse, lambda c: paper(c, protocol), AFTER)
