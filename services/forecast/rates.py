"""Rates from the ledger, with how sure they are: little history leaves wide bands.

A rate is what happened divided by the exposure, begun from the published prior with the weight
of so many person-years. Its error has two parts: persons differ (``spread``), and years differ
(``shock``); what years differ by is learned from the years there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.forecast.history import History, Year
from services.forecast.population import Floats, bands
from services.rules.tables import table

#: What is shaken by common shocks from year to year, and over which exposure it is a rate.
SHAKEN = {
    "earned": "volunteer_years",
    "drawn": "balance_years",
    "pooled": "member_years",
    "joined": None,
}
#: A year shorter than this says nothing about how years differ, fewer years neither.
_WHOLE, _FEWEST = 0.95, 3


@dataclass(frozen=True, slots=True)
class Rate:
    """One rate by band: its median, and the relative error of its logarithm."""

    median: Floats
    error: Floats

    def draw(self, random: np.random.Generator, runs: int) -> Floats:
        """One rate for each run: (runs, bands)."""
        noise = random.standard_normal((runs, len(self.median)))
        return self.median * np.exp(noise * self.error)


@dataclass(frozen=True, slots=True)
class Rates:
    """Everything that moves the cohorts, a year; minutes are standard minutes."""

    #: Credited to a volunteer; drawn of a minute of balance; paid by the pool for an elder.
    earned: Rate
    drawn: Rate
    pooled: Rate
    #: Persons who join, and the part of them that serves.
    joined: Rate
    joined_active: Floats
    #: Chance of a volunteer to stop within a year, and of whoever rests to serve (again).
    left: Rate
    returned: Rate
    #: Deaths against the life table's; one number for all bands.
    dying: Rate
    #: Of the balances of the young, what is given to older relatives; of estates, what heirs get.
    given: float
    inherited: float
    #: What volunteers could give against what they give; credited against charged minutes.
    headroom: float
    credited: float
    #: Standard deviation of the common shocks of a year, and how much of one is carried over.
    shock: Mapping[str, float]
    #: As from so many years: a deviation that few years show may as well be larger.
    freedom: float
    carried: float
    #: How much of a typical rate comes from the ledger and not from the prior, in percent.
    own_percent: int


def estimate(history: History) -> Rates:
    """Rates of a history, as sure as the history is long."""
    return _Estimate(history).rates()


class _Estimate:
    """One history held against the published prior."""

    def __init__(self, history: History) -> None:
        known = table("forecast").content
        self.years = history.years
        self.length = max(history.length, 1e-9)
        self.prior: Mapping[str, Any] = known["prior"]
        self.weight = float(known["prior_years"])
        self.spread = {name: percent / 100 for name, percent in known["spread_percent"].items()}
        self.first_shock = known["shock"]["percent"] / 100
        self.shock_years = float(known["shock"]["known_years"])
        self.carried = known["shock"]["carried_permille"] / 1000
        self.shock = {name: self._shock(name) for name in SHAKEN}
        self.members = self._sum("member_years")
        self.balances = self._sum("balance_years")
        #: What a member holds on average: so many minutes of balance are one person's.
        self.a_head = max(float(self.balances.sum()) / max(float(self.members.sum()), 1.0), 60.0)

    def rates(self) -> Rates:
        prior, volunteers = self.prior, float(self._sum("volunteer_years").sum())
        per_balance = self._permille("drawn_permille_of_balance")
        estates = sum(year.estates for year in self.years)
        return Rates(
            earned=self._rate("earned", self._minutes("earned_minutes_a_volunteer")),
            drawn=self._rate("drawn", per_balance, persons=1 / self.a_head),
            pooled=self._rate("pooled", self._minutes("pooled_minutes_an_elder")),
            joined=self._joined(),
            joined_active=self._joined_active(),
            left=self._chance("left", "left_permille_of_volunteers"),
            returned=self._chance("returned", "returned_permille_of_resting"),
            dying=self._dying(),
            given=self._part(
                sum(year.given for year in self.years),
                float(self.balances[0]),
                prior["given_permille_of_balance"],
                self.weight,
            ),
            inherited=min(
                1.0,
                self._part(
                    sum(year.inherited for year in self.years),
                    estates,
                    prior["inherited_permille_of_estates"],
                    self.weight / 10,
                ),
            ),
            headroom=self._headroom(),
            credited=self._credited(),
            shock=self.shock,
            freedom=self.shock_years + max(0, len(self._yearly("earned")) - 2),
            carried=self.carried,
            own_percent=int(100 * volunteers / (volunteers + self.weight)),
        )

    def _sum(self, name: str, years: Sequence[Year] | None = None) -> Floats:
        found = np.zeros(bands())
        for year in self.years if years is None else years:
            found += getattr(year, name)
        return found

    def _minutes(self, name: str) -> Floats:
        return np.array(self.prior[name], dtype=np.float64)

    def _permille(self, name: str) -> Floats:
        return self._minutes(name) / 1000

    def _rate(self, name: str, first: Floats, persons: float = 1.0) -> Rate:
        """``persons`` turns the exposure into person-years."""
        exposed = self._sum(str(SHAKEN[name]))
        weight = self.weight / persons
        median = (self._sum(name) + weight * first) / (exposed + weight)
        single = self.spread[name] ** 2 / (exposed * persons + self.weight)
        return Rate(np.maximum(median, 1e-9), np.sqrt(single + self._common_error(name) ** 2))

    def _joined(self) -> Rate:
        """Persons a year: a short history is completed by the prior part of the members."""
        expected = self._permille("joined_permille_of_members") * self.members / self.length
        # As much as is seen in a year weighs more than the prior of forty person-years.
        first = self.weight / 40
        persons = (self._sum("joined") + first * expected) / (self.length + first)
        single = 1.0 / (persons * (self.length + first) + 1.0)
        error = np.sqrt(single + self._common_error("joined") ** 2)
        return Rate(np.maximum(persons, 1e-9), error)

    def _joined_active(self) -> Floats:
        first = self._permille("active_permille_of_joiners")
        part = self._sum("joined_active") + self.weight * first
        return np.clip(part / (self._sum("joined") + self.weight), 0.0, 1.0)

    def _chance(self, name: str, prior: str) -> Rate:
        """Who stops or comes back is seen only from one year to the next."""
        before = self.years[:-1]
        exposed = self._sum("volunteer_years", before)
        if name == "returned":
            exposed = np.maximum(self._sum("member_years", before) - exposed, 0.0)
        first = self._permille(prior)
        seen = self._sum(name, self.years[1:])
        median = (seen + self.weight * first) / (exposed + self.weight)
        error = self.spread["left"] / np.sqrt(seen + self.weight / 4)
        return Rate(np.maximum(median, 1e-9), error)

    def _dying(self) -> Rate:
        """Members may be healthier than the nation; few deaths say little about it."""
        known = self.weight / 4
        died = sum(year.died for year in self.years) + known
        by_table = sum(year.died_by_table for year in self.years) + known
        return Rate(np.array([died / by_table]), np.array([1 / np.sqrt(died)]))

    def _part(self, part: float, whole: float, first_permille: int, persons: float) -> float:
        """A part of balances: the prior weighs as what so many persons hold."""
        weight = persons * self.a_head
        return (part + weight * first_permille / 1000) / (whole + weight)

    def _headroom(self) -> float:
        """From the years in which volunteers said what they could give."""
        asked = [year for year in self.years if year.offered is not None]
        given = float(self._sum("earned", asked).sum())
        if given > 0:
            return max(1.0, sum(year.offered or 0.0 for year in asked) / given)
        first: int = self.prior["headroom_permille"]
        return first / 1000

    def _credited(self) -> float:
        """Credited for a charged minute; the prior weighs as what so many volunteers give."""
        charged = float(self._sum("drawn").sum() + self._sum("pooled").sum())
        weight = self.weight * float(self._minutes("earned_minutes_a_volunteer")[0])
        first = self.prior["credited_permille_of_charged"] / 1000
        earned = float(self._sum("earned").sum())
        ratio: float = (earned + weight * first) / (charged + weight)
        return ratio

    def _shock(self, name: str) -> float:
        """Standard deviation of a year's common shock: learned, begun from the published one."""
        logs = np.log(self._yearly(name))
        if len(logs) < _FEWEST:
            return float(self.first_shock)
        # A trend is no shock: it is taken out before what remains is measured.
        at = np.arange(len(logs), dtype=np.float64)
        slope, level = np.polyfit(at, logs, 1)
        rest = float(((logs - slope * at - level) ** 2).sum())
        freedom = len(logs) - 2
        begun: float = self.shock_years * self.first_shock**2
        return float(np.sqrt((begun + rest) / (self.shock_years + freedom)))

    def _yearly(self, name: str) -> Floats:
        """The rate of each whole year over all bands."""
        found = []
        for year in self.years:
            exposure = SHAKEN[name]
            over = float(getattr(year, exposure).sum()) if exposure else year.length
            happened = float(getattr(year, name).sum())
            if year.length >= _WHOLE and over > 0 and happened > 0:
                found.append(happened / over)
        return np.array(found)

    def _common_error(self, name: str) -> float:
        """The mean of a few shaken years is itself off: the fewer, the more."""
        longer = (1 + self.carried) / (1 - self.carried)
        return float(self.shock[name] * np.sqrt(longer / max(self.length, 1.0)))
