"""How things stand and what happened, read from the ledgers of some books.

The liability is what the ledger says, to the minute. Flows are read year by year backwards from
now, so that the newest year is whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
import sqlalchemy as sa

from models.ledger import AccountKind
from models.places import Book
from services import rates
from services.clock import local_date
from services.context import Context
from services.forecast import crowd, flows
from services.forecast.history import History, Standing, Year
from services.forecast.periods import Periods
from services.forecast.population import (
    AGES,
    CLASSES,
    RESTING,
    SEXES,
    Floats,
    band_of_age,
    bands,
)
from services.places.settings import regional_setting
from services.reserve.reading import latest_signed
from services.rules.rule_set import RuleSet


@dataclass(frozen=True, slots=True)
class Told:
    """What a forecast is computed from, and since when there is a ledger (ten years at most)."""

    standing: Standing
    history: History
    since: datetime


def read(ctx: Context, books: Sequence[str]) -> Told:
    """Read some books as they stand now; the caller has asked the policy."""
    return _Reading(ctx, tuple(books)).told()


class _Reading:
    """One reading of some books."""

    def __init__(self, ctx: Context, books: tuple[str, ...]) -> None:
        self.ctx, self.books, self.today = ctx, books, local_date(ctx.now)
        opened = ctx.session.scalar(
            sa.select(sa.func.min(Book.opened_at)).where(Book.book.in_(books))
        )
        self.periods = Periods.before(ctx.now, opened)
        self.persons = crowd.persons(ctx.session, books, self.periods)
        self.earned = flows.earned_since(ctx.session, books, self.periods)
        self.holdings = list(flows.holdings(ctx.session, books))

    def told(self) -> Told:
        history = History(tuple(self._years()))
        return Told(self._standing(), history, self.periods.since)

    def _standing(self) -> Standing:
        people = np.zeros((SEXES, AGES, CLASSES))
        earned, received = np.zeros_like(people), np.zeros((SEXES, AGES))
        classes = self._classes()
        for member_id, person in self.persons.items():
            if person.died is None and not person.is_gone:
                place = self._place(member_id)
                people[(*place, classes.get(member_id, RESTING))] += 1
        for each in self.holdings:
            place = self._place(each.owner_id)
            if each.kind is AccountKind.EARNED:
                earned[(*place, classes.get(each.owner_id, RESTING))] += each.minutes
            else:
                received[place] += each.minutes
        rules = rates.rule_set_on(self.ctx.session, self.today)
        funds = [latest_signed(self.ctx.session, book) for book in self.books]
        return Standing(
            people=people,
            earned=earned,
            received=received,
            fund_fen=sum(fund.fund_fen for fund in funds if fund is not None),
            guide_rate_fen_per_coin=rules.reserve.guide_rate_fen_per_coin,
            cap_minutes=self._cap(rules),
            largest_share=self._largest_share(),
        )

    def _place(self, member_id: UUID) -> tuple[int, int]:
        """Sex and age; whoever is not (or no longer) of these books is owed all the same."""
        person = self.persons.get(member_id)
        return (person.sex, person.age(self.today)) if person else (0, 0)

    def _cap(self, rules: RuleSet) -> int:
        """The highest storage cap of the books."""
        session = self.ctx.session
        caps = (regional_setting(session, book, "storage_minutes", rules) for book in self.books)
        return max(caps, default=0)

    def _classes(self) -> Mapping[UUID, int]:
        """Volunteers of the newest period in thirds by what they earned in it."""
        found = [owner for owner, _book, _minutes in self.earned if owner in self.persons]
        ordered = list(dict.fromkeys(found))
        return {
            ordered[place]: RESTING + 1 + number
            for number, some in enumerate(np.array_split(np.arange(len(ordered)), CLASSES - 1))
            for place in some
        }

    def _largest_share(self) -> float:
        """The part of all that was earned which one region's members earned.

        Of a single region nothing: its members' coins would leave with it.
        """
        by_book: Counter[str] = Counter()
        for _owner, book, minutes in self.earned:
            by_book[book] += minutes
        whole = by_book.total()
        if len(self.books) < 2 or not whole:
            return 0.0
        return max(by_book.values()) / whole

    def _years(self) -> Iterator[Year]:
        session, books, periods = self.ctx.session, self.books, self.periods
        active = crowd.serving(session, books, periods, self.persons)
        went = flows.Flows(session, books, periods)
        cost = flows.charged(session, books, periods)
        now = self._held()
        for number, length in enumerate(periods.lengths):
            here = crowd.there(number, periods, self.persons, active)
            drawn = went.drawn[number]
            yield Year(
                length=length,
                member_years=here.members * length,
                volunteer_years=here.volunteers * length,
                balance_years=went.average(number, now) * length,
                earned=went.earned[number],
                drawn=drawn,
                pooled=_spread(max(0.0, float(cost[number] - drawn.sum())), here.members),
                joined=here.joined,
                joined_active=here.joined_active,
                left=here.left,
                returned=here.returned,
                died=here.died,
                died_by_table=here.died_by_table * length,
                given=float(went.given[number]),
                estates=float(went.estates[number]),
                inherited=float(went.inherited[number]),
            )

    def _held(self) -> Floats:
        """What members hold now, by band."""
        found = np.zeros(bands())
        for each in self.holdings:
            _sex, age = self._place(each.owner_id)
            found[band_of_age()[age]] += each.minutes
        return found


def _spread(minutes: float, members: Floats) -> Floats:
    """What the pool paid for elders, spread over them by their number; the young get nothing."""
    elders = members.copy()
    elders[0] = 0.0
    whole = float(elders.sum())
    return elders * (minutes / whole) if whole else elders
