"""Windows closed day by day: every act in exactly one, whoever dies or comes at the same time."""

from __future__ import annotations

import random
import threading
from collections import Counter
from datetime import timedelta
from itertools import combinations, permutations
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Entry
from models.oversight import AuditRecord, OutboxMessage
from models.settlement import WindowState, WindowStatement
from services.context import Context
from services.ledger.clearing import clearing_account
from services.policy import NATION, SYSTEM
from services.rules.clearing import SETTLED_AFTER
from services.settlement import windows
from services.settlement.sentences import POSITIONS_DIFFER, NoWindow, PositionsDiffer
from services.settlement.timing import expected_room_at
from services.settlement.windows import next_midnight
from tests import factories
from tests.country import FAR, ONE, TWO
from tests.factories import VAULT
from tests.services.settlement.conftest import SIX, Country
from tests.services.visits.test_races import at_once
from timebank.uow import UnitOfWork, make_engine


def entries_between(country: Country) -> Counter[tuple[str, str]]:
    """What each book owes each other by every entry there is, straight from the table."""
    accounts = {clearing_account(*pair): pair for pair in permutations(SIX, 2)}
    owed = Counter(dict.fromkeys(accounts.values(), 0))
    for row in country.rows(Entry, Entry.account_id.in_(accounts)):
        owed[accounts[row.account_id]] += row.amount_minutes
    return owed


def fewest(nets: list[int]) -> int:
    """The fewest payments among so few regions, by trying every group that sums to zero."""
    left = [net for net in nets if net]
    if not left:
        return 0
    best = len(left) - 1
    for size in range(2, len(left)):
        # The first region is in some group; the rest is a smaller case of the same.
        for others in combinations(range(1, len(left)), size - 1):
            group = {0, *others}
            if sum(left[place] for place in group) == 0:
                rest = [net for place, net in enumerate(left) if place not in group]
                best = min(best, size - 1 + fewest(rest))
    return best


def test_a_month_over_six_regions_is_closed_window_by_window(lite: Country) -> None:
    """The net of each day is compared with sums that the test makes itself, from raw entries."""
    chance = random.Random(6)
    country, before = lite, Counter[tuple[str, str]]()
    country.pay(ONE, TWO, 1)
    country.open()
    for number in range(1, 31):
        for _ in range(chance.randint(0, 4)):
            one, other = chance.sample(SIX, 2)
            country.pay(one, other, chance.choice((30, 45, 60, 66, 90)))
        country.midnight()
        assert country.close() == 1
        after = entries_between(country)
        moved = {pair: after[pair] - before[pair] for pair in after}
        nets = {book: sum(moved[book, other] for other in SIX if other != book) for book in SIX}
        assert sum(nets.values()) == 0
        for row in country.pairs(number):
            pair = row.one_book, row.other_book
            assert row.owes_minutes == moved[pair] == -moved[pair[::-1]]
            assert row.one_paid_minutes - row.other_paid_minutes == row.owes_minutes
        payments = country.payments(number)
        assert len(payments) == fewest(list(nets.values()))
        for each in payments:
            nets[each.from_book] -= each.owed_minutes
            nets[each.to_book] += each.owed_minutes
        assert set(nets.values()) == {0}
        kept = country.rows(WindowStatement, WindowStatement.window_number == number)
        assert {row.book: row.net_minutes for row in kept} == {
            book: sum(moved[book, other] for other in SIX if other != book)
            for book in country.with_statements(number)
        }
        # A week is left unsettled at the end.
        if number <= 23:
            country.acknowledge(number)
            assert country.window(number).state is WindowState.SETTLED
            settled = after
        before = after
    for book in SIX:
        owes = {other: after[book, other] - settled[book, other] for other in SIX if other != book}
        assert {other: country.debit(book, other) for other in owes} == owes
        assert country.debit(book) == sum(owes.values())
    assert country.breaches() == []


def test_a_day_without_traffic_is_settled_at_once(lite: Country) -> None:
    lite.open()
    assert lite.run(windows.begin) is None
    lite.pay(ONE, TWO, 60)
    assert lite.close() == 0
    lite.midnight()
    assert lite.close() == 1
    lite.midnight()
    assert lite.close() == 1
    assert [lite.window(number).state for number in (1, 2, 3)] == [
        WindowState.CLOSED,
        WindowState.SETTLED,
        WindowState.OPEN,
    ]
    assert lite.pairs(2) == []
    with pytest.raises(NoWindow):
        lite.run(lambda ctx: windows.cut(ctx, 9, (ONE, TWO)))


class Killed(BaseException):
    """The process is gone."""


def test_a_closer_that_dies_between_two_pairs_is_taken_over(country: Country) -> None:
    for one, other in ((ONE, TWO), (ONE, FAR), (TWO, FAR)):
        country.pay(one, other, 60)
    country.open()
    country.midnight()
    units = 0

    def dies(work: Any) -> Any:
        nonlocal units
        units += 1
        if units == 3:
            raise Killed
        return country.run(work)

    with pytest.raises(Killed):
        windows.close_due(dies, country.look)
    assert country.window(1).state is WindowState.CLOSING
    assert len(country.pairs(1)) == 1
    # The next one is open already: what is late falls behind the cut, or into what is not cut.
    assert country.window(2).state is WindowState.OPEN
    cut = country.pairs(1)[0]
    country.pay(cut.one_book, cut.other_book, 7)
    country.pay(TWO, ONE, 5)
    assert country.close() == 1
    assert gross(country, 1) == 185
    country.midnight()
    assert country.close() == 1
    assert [row.owes_minutes for row in country.pairs(2)] == [7]
    assert country.breaches() == []


def test_closers_and_acts_at_once_leave_every_act_in_one_window(country: Country) -> None:
    """Threads post while two close: nothing is in two windows, no half is in another."""
    pairs = [(ONE, TWO), (TWO, ONE), (ONE, FAR), (FAR, TWO)]
    for one, other in pairs:
        country.pay(one, other, 1)
    country.open()
    country.midnight()

    def traffic(place: int) -> int:
        uow = UnitOfWork(make_engine(country.url))
        for turn in range(6):
            one, other = pairs[(place + turn) % len(pairs)]
            country.pay(one, other, 10**place, uow)
        uow.engine.dispose()
        return 0

    def closer() -> int:
        uow = UnitOfWork(make_engine(country.url))
        done = windows.close_due(
            lambda work: uow.run(lambda session: work(_system(country, session))),
            lambda work: uow.run(lambda session: work(_system(country, session))),
        )
        uow.engine.dispose()
        return done

    results = at_once(lambda: traffic(1), lambda: traffic(2), closer, closer)
    assert sorted(results) == [0, 0, 0, 1]
    country.midnight()
    country.close()
    assert country.breaches() == []
    totals = Counter[tuple[str, str]]()
    for row in country.pairs(1) + country.pairs(2):
        totals[row.one_book, row.other_book] += row.owes_minutes
    owed = entries_between(country)
    assert totals == {pair: owed[pair] for pair in totals}
    assert gross(country, 1, 2) == 664


def gross(country: Country, *numbers: int) -> int:
    """Everything that was paid within windows, either way."""
    rows = [row for number in numbers for row in country.pairs(number)]
    return sum(row.one_paid_minutes + row.other_paid_minutes for row in rows)


def _system(country: Country, session: Any) -> Context:
    return Context(session, SYSTEM, country.now, VAULT)


def test_an_act_between_the_two_sides_waits_for_the_cut(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever posts while one side has been read and the other not falls into the next window."""
    country.pay(FAR, TWO, 60)
    country.open()
    country.midnight()
    late = threading.Thread(target=country.pay, args=(FAR, TWO, 5))
    real = windows.locked_cut

    def slowly(session: Session, book: str, counter_book: str) -> dict[int, int]:
        cut = real(session, book, counter_book)
        if not late.ident:
            late.start()
            # Time enough to post both halves, were nobody in the way.
            late.join(0.4)
        return cut

    monkeypatch.setattr(windows, "locked_cut", slowly)
    assert country.close() == 1
    late.join(60)
    assert gross(country, 1) == 60
    country.midnight()
    assert country.close() == 1
    assert gross(country, 2) == 5
    assert country.breaches() == []


def test_sides_that_differ_do_not_close_and_say_why_once(lite: Country) -> None:
    chief = lite.run(lambda ctx: factories.create_national_admin(ctx.session))
    lite.pay(ONE, TWO, 60)
    lite.pay(ONE, FAR, 60)
    lite.open()
    lite.midnight()
    # Somebody has taken away a half's triggers and changed it.
    with lite.uow.engine.begin() as connection:
        kept = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'entries'"
        ).all()
        for name, _ in kept:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        connection.execute(
            sa.update(Entry)
            .where(Entry.book == TWO, Entry.account_id == clearing_account(TWO, ONE))
            .values(amount_minutes=-59)
        )
    for _ in range(2):
        with pytest.raises(PositionsDiffer):
            lite.close()
    assert lite.window(1).state is WindowState.CLOSING
    # The other pair is cut all the same, and nobody closes the window around the alarm.
    assert [row.other_book for row in lite.pairs(1)] == [ONE]
    with pytest.raises(PositionsDiffer):
        lite.run(lambda ctx: windows.finish(ctx, 1))
    (alarm,) = lite.rows(
        AuditRecord, AuditRecord.book == NATION, AuditRecord.act == "clearing.differ"
    )
    assert (alarm.after["one_minutes"], alarm.after["other_minutes"]) == (-59, 60)
    told = lite.rows(OutboxMessage, OutboxMessage.member_id == chief)
    assert [each.sentence for each in told].count(POSITIONS_DIFFER) == 1


def test_room_is_expected_when_settling_usually_is_over(lite: Country) -> None:
    """A day behind the watermark, until there are windows that tell how long it takes."""

    def expected() -> timedelta:
        return lite.look(
            lambda ctx: expected_room_at(ctx.session, ctx.now) - next_midnight(ctx.now)
        )

    assert expected() == SETTLED_AFTER
    lite.pay(ONE, TWO, 60)
    lite.open()
    for number, hours in ((1, 3), (2, 9), (3, 5)):
        lite.midnight()
        lite.close()
        lite.now += timedelta(hours=hours)
        lite.acknowledge(number)
        lite.pay(ONE, TWO, 60)
    assert expected() == timedelta(hours=5, minutes=5)
    assert lite.window(3).settled_at == lite.now
