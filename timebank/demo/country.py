"""A month over six regions: people serve each other across books, and each day is cleared.

Everything goes through the same services as in the county of the story. Each morning the window
of the day before is closed and acknowledged; on the last one the printed ``admin`` is still to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from random import Random
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

from models.oversight import OutboxMessage
from models.people import Sex
from models.settlement import (
    DisputeOutcome,
    PositionDispute,
    SettlementWindow,
    WindowPair,
    WindowState,
    WindowStatement,
)
from services import issuing
from services.context import Context
from services.errors import DomainError
from services.notices.ways import EMAIL, SMS
from services.people.forms import CertificateForm
from services.people.records import record_certificate
from services.policy import NATION
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from services.settlement import windows
from services.settlement.acknowledging import acknowledge
from services.settlement.disputing import dispute, resolve
from services.visits.accepting import accept
from services.visits.checking import Proof, check_in, check_out
from services.visits.codes import codes_of
from services.visits.confirming import confirm_by_voice
from timebank.demo.availability import safeguard
from timebank.demo.country_founding import SIX, Settled, found
from timebank.demo.days import Day
from timebank.demo.founding import enrol
from timebank.demo.names import Cast as Names
from timebank.demo.scene import HOME, Scene

T = TypeVar("T")
#: The country opens so many days before the last one.
MONTH = 31
#: Of each region so many; and so many services a day, one more on every second day.
ELDERS, VOLUNTEERS, SERVICES = 2, 2, 1
POOL_MINUTES = 60_000
#: So many days before the last one a figure is disputed; the other side answers the day after.
DISPUTED = 5
CODES = ("A04", "A04", "A05")
HOURS = (9, 11, 14, 16)


@dataclass(slots=True)
class Country:
    """Who lives where, beside the people of the story."""

    regions: dict[str, Settled]
    elders: dict[str, list[UUID]] = field(default_factory=dict)
    volunteers: dict[str, list[UUID]] = field(default_factory=dict)


def opens_on(days: int) -> int:
    """Of a story of so many days the one on which the country opens."""
    return max(0, days - MONTH)


def begin(scene: Scene, names: Names) -> Country:
    """Found the six regions, put minutes into their pools, and let a handful of people join."""
    country = Country(found(scene, names))
    for place, (book, region) in enumerate(sorted(country.regions.items())):
        if book != HOME:
            _fund(scene, region)
        country.elders[book] = [
            _join(scene, names, region, (70, 84), receives=True) for _ in range(ELDERS)
        ]
        country.volunteers[book] = [
            _volunteer(scene, names, region, place * VOLUNTEERS + turn)
            for turn in range(VOLUNTEERS)
        ]
    return country


def _fund(scene: Scene, region: Settled) -> None:
    first, second = region.admins[:2]
    backing = f"{scene.day.year} 年互助养老专项资金"
    ctx = scene.actor(first, scene.at(time(11, 30)))
    row = issuing.propose(ctx, region.book, POOL_MINUTES, backing)
    issuing.sign(scene.actor(second, scene.at(time(11, 40))), region.book, row)


def _join(
    scene: Scene, names: Names, region: Settled, ages: tuple[int, int], **wants: bool
) -> UUID:
    person = names.person(*ages, sex=Sex.FEMALE)
    return enrol(
        scene,
        person,
        region.branch,
        login=None,
        checked_by=region.staff,
        region=region.book,
        door_word=names.door_word() if wants.get("receives") else None,
        **wants,
    )


def _volunteer(scene: Scene, names: Names, region: Settled, turn: int) -> UUID:
    member = _join(scene, names, region, (30, 55), serves=True)
    for code in ("course-4h", "skilled-company", "insurance-accident"):
        form = CertificateForm(
            code=code,
            issuer="养老服务指导中心",
            reference=f"{region.book[:6]}-{turn}-{code[:2]}",
            valid_from=scene.day - timedelta(days=30),
            valid_to=scene.day + timedelta(days=700),
        )
        record_certificate(scene.actor(region.staff, scene.at(time(15, 0))), member, form)
    # None of them is new: whoever serves away has been accompanied at home.
    safeguard(scene, region.staff, member, 0)
    return member


class CountryDay:
    """What crosses between books on one day, put on the agenda of the county's day."""

    def __init__(self, scene: Scene, country: Country, left: int) -> None:
        """``left``: how many days are still to come."""
        self.scene, self.country, self.left = scene, country, left
        # A source of its own: what the county draws does not change.
        self.pick = Random(scene.day.toordinal())  # noqa: S311 - an invented country

    def plan(self, day: Day) -> None:
        """Clear yesterday in the morning, and serve through the day."""
        day.plan(self.scene.at(time(6, 0)), self.clear)
        day.plan(self.scene.at(time(8, 45)), self.acknowledge)
        for turn in range(SERVICES + self.scene.day.toordinal() % 2):
            day.plan(self.scene.at(time(7, 0), turn), partial(self._service, day, turn))
        day.plan(self.scene.at(time(21, 55)), self._deliver)

    def clear(self, when: datetime) -> None:
        """The job of the windows."""

        def work(do: Callable[[Context], T]) -> T:
            return do(self.scene.system(when))

        windows.close_due(work, work)

    def acknowledge(self, when: datetime, but: str = "") -> None:
        """Every region looks at what waits for it, and one of them finds something."""
        self._answer(when)
        for book, number in self._waiting():
            if book == but:
                continue
            counter = self._counter(book, number) if self._disputes(book) else None
            if counter is not None:
                reason = "有一次服务我们这边记的是半小时，请核对签到记录。"
                self._admin(
                    book,
                    when,
                    partial(dispute, book=book, number=number, counter_book=counter, reason=reason),
                )
            else:
                self._admin(book, when, partial(acknowledge, book=book, number=number))

    def _disputes(self, book: str) -> bool:
        return self.left == DISPUTED and book == HOME

    def _counter(self, book: str, number: int) -> str | None:
        row = self.scene.session.scalars(
            sa.select(WindowPair)
            .where(WindowPair.book == NATION, WindowPair.window_number == number)
            .where(sa.or_(WindowPair.one_book == book, WindowPair.other_book == book))
            .order_by(WindowPair.one_book, WindowPair.other_book)
            .limit(1)
        ).one_or_none()
        if row is None:
            return None
        return row.other_book if row.one_book == book else row.one_book

    def _answer(self, when: datetime) -> None:
        """The other side has looked: the figure stands."""
        rows = self.scene.session.scalars(
            sa.select(PositionDispute).where(
                PositionDispute.book == NATION, PositionDispute.outcome.is_(None)
            )
        ).all()
        for row in rows:
            other = row.other_book if row.by_book == row.one_book else row.one_book
            words = "核对了签到和签退记录，时间没有错。"
            self._admin(
                other,
                when,
                partial(
                    resolve,
                    book=other,
                    dispute_id=row.id,
                    outcome=DisputeOutcome.STANDS,
                    answer=words,
                ),
            )

    def _waiting(self) -> list[tuple[str, int]]:
        closed = self.scene.session.scalars(
            sa.select(SettlementWindow.number)
            .where(SettlementWindow.book == NATION, SettlementWindow.state == WindowState.CLOSED)
            .order_by(SettlementWindow.number)
        ).all()
        rows = self.scene.session.execute(
            sa.select(WindowStatement.book, WindowStatement.window_number)
            .where(WindowStatement.book.in_(SIX), WindowStatement.window_number.in_(closed))
            .where(WindowStatement.acknowledged_at.is_(None))
            .order_by(WindowStatement.window_number, WindowStatement.book)
        )
        return [(row.book, row.window_number) for row in rows]

    def _admin(self, book: str, when: datetime, act: Callable[[Context], Any]) -> None:
        admin = self.country.regions[book].admins[0]
        act(self.scene.actor(admin, when))

    def _service(self, day: Day, turn: int, when: datetime) -> None:
        """Somebody comes from elsewhere; first between the county and each other in turn."""
        books = list(self.country.regions)
        others = [book for book in books if book != HOME]
        pair = [HOME, others[self.scene.day.toordinal() % len(others)]]
        there, home = self.pick.sample(pair if turn == 0 else books, 2)
        elder = self.pick.choice(self.country.elders[there])
        provider = self.pick.choice(self.country.volunteers[home])
        form = AskForm(
            elder_id=elder,
            service_code=self.pick.choice(CODES),
            starts_at=self.scene.at(time(HOURS[turn % len(HOURS)], 0)),
            booked_minutes=self.pick.choice((30, 60, 60, 90)),
        )
        clerk = self.country.regions[there].staff
        try:
            with self.scene.attempt():
                request = ask(self.scene.actor(elder, when), form)
                approve(self.scene.actor(clerk, when + timedelta(minutes=10)), there, request)
                ctx = self.scene.actor(provider, when + timedelta(minutes=20))
                visit = accept(ctx, there, request).visit_id
        except DomainError:
            return
        # The book served in is the provider's too from now on.
        self.scene.forget(provider)
        ends = form.starts_at + timedelta(minutes=form.booked_minutes + 2)
        day.plan(form.starts_at, partial(self._at_the_door, provider, elder, there, visit, "in"))
        day.plan(ends, partial(self._at_the_door, provider, elder, there, visit, "out"))
        day.plan(ends + timedelta(minutes=40), partial(self._confirm, clerk, there, visit))

    def _at_the_door(
        self, provider: UUID, elder: UUID, book: str, visit: UUID, way: str, when: datetime
    ) -> None:
        told = codes_of(self.scene.actor(elder, when), book, visit, "digits")
        check = check_in if way == "in" else check_out
        check(self.scene.actor(provider, when), book, visit, Proof(digits=told[way]))

    def _confirm(self, clerk: UUID, book: str, visit: UUID, when: datetime) -> None:
        confirm_by_voice(self.scene.actor(clerk, when), book, visit)

    def _deliver(self, when: datetime) -> None:
        """No telephone rings for an invented person, wherever that person lives."""
        self.scene.session.flush()
        self.scene.session.execute(
            sa.update(OutboxMessage)
            .where(OutboxMessage.book.in_((NATION, *SIX)), OutboxMessage.sent_at.is_(None))
            .where(OutboxMessage.channel.in_((SMS, EMAIL)))
            .values(sent_at=when, attempts=1)
        )


def stage(scene: Scene, country: Country, now: datetime) -> None:
    """This morning: yesterday is closed, and only the printed administrator has not looked."""
    today = CountryDay(scene, country, 0)
    if now >= scene.at(time(0, 5)):
        today.clear(now - timedelta(minutes=4))
        today.acknowledge(now - timedelta(minutes=2), but=HOME)
