"""Invented worlds for the forecast's backtest: single persons, with a truth that goes on.

Nothing here is taken from the forecast but the shape in which a history is told. People differ
far more than the forecast supposes, fall ill and get well, stop and come back, and every year is
a better or a worse one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.forecast.history import History, Standing, Year
from services.forecast.population import (
    AGES,
    CLASSES,
    OLDEST,
    RESTING,
    SEXES,
    YOUNGEST,
    Floats,
    band_of_age,
    bands,
    mortality,
)

CAP_MINUTES = 90_000
GUIDE_RATE_FEN = 2_000
#: Standard minutes credited for a minute charged.
CREDITED = 1.15
HEADROOM = 1.4
_SHAKEN = ("earned", "drawn", "pooled", "joined")


@dataclass(frozen=True, slots=True)
class Told:
    """A world up to a day, and the truth of the years after it: figure -> one value a year."""

    history: History
    standing: Standing
    truth: dict[str, list[float]]


def live(seed: int, *, persons: int = 4000, before: int = 8, after: int = 10) -> Told:
    """A world with so many persons in its first year, told after ``before`` years."""
    world = _World(np.random.default_rng([seed, 7]), persons)
    years = tuple(world.year() for _ in range(before))
    standing = world.standing()
    truth: dict[str, list[float]] = {
        name: [] for name in ("liability", "drawn", "earned", "volunteers", "elders")
    }
    for _ in range(after):
        year = world.year()
        truth["drawn"].append(float(year.drawn.sum()))
        truth["earned"].append(float(year.earned.sum()))
        truth["liability"].append(float((world.coins + world.received).sum()))
        truth["volunteers"].append(float(world.serves.sum()))
        truth["elders"].append(float((world.age >= 60).sum()))
    return Told(History(years), standing, truth)


class _World:
    """Persons as columns; a year at a time."""

    def __init__(self, random: np.random.Generator, persons: int) -> None:
        self.random = random
        self.carried = random.uniform(0.2, 0.7)
        self.sway = dict(zip(_SHAKEN, random.uniform(0.06, 0.22, len(_SHAKEN)), strict=True))
        self.state = {name: random.normal(0, self.sway[name]) for name in _SHAKEN}
        self.arrivals = persons * random.uniform(0.03, 0.06)
        self.stops = random.uniform(0.1, 0.25)
        self.gives = random.uniform(1200, 2600)
        self.falls_ill = random.uniform(0.08, 0.2)
        self.uses = random.uniform(0.3, 0.7)
        self.needs = random.uniform(300, 900)
        self.presents = random.uniform(0.005, 0.02)
        self.heirs = random.uniform(0.5, 0.9)
        self.health = random.uniform(0.85, 1.05)
        count = int(persons)
        self.sex = self.age = self.coins = self.received = np.empty(0)
        self.serves = np.empty(0, dtype=bool)
        self.zeal = np.empty(0)
        self._arrive(count)

    def _arrive(self, count: int) -> Floats:
        """New persons; their ages."""
        random = self.random
        old = random.random(count) < 0.45
        age = np.where(old, random.gamma(6, 2.2, count) + 60, random.uniform(19, 60, count))
        age = np.floor(age.clip(18, 104))
        serves = random.random(count) < np.where(age < 60, 0.85, np.where(age < 72, 0.5, 0.08))
        self.sex = np.append(self.sex, random.integers(0, SEXES, count)).astype(int)
        self.age = np.append(self.age, age)
        self.serves = np.append(self.serves, serves)
        self.zeal = np.append(self.zeal, random.lognormal(-0.5, 1.0, count))
        self.coins = np.append(self.coins, np.zeros(count))
        self.received = np.append(self.received, np.zeros(count))
        ages: Floats = age
        return ages

    def year(self) -> Year:
        """Everything that happens within a year, as a ledger would tell it."""
        self._sway()
        start = self.coins + self.received
        by_table = float(self._chances().sum())
        before = len(self.age)
        estates, inherited = self._die()
        died = before - len(self.age)
        self.age = self.age + 1
        left, returned = self._come_and_go()
        came = self._come()
        drawn, pooled, earned, offered = self._serve()
        given = self._give()
        now = self.coins + self.received
        average = (now.sum() + start.sum()) / 2 / max(now.sum(), 1.0)
        ones = np.ones(len(self.age))
        return Year(
            length=1.0,
            member_years=self._band(ones),
            volunteer_years=self._band(self.serves * 1.0),
            balance_years=self._band(now * average),
            earned=self._band(earned),
            drawn=self._band(drawn),
            pooled=self._band(pooled),
            joined=_banded(came[0], np.ones(len(came[0]))),
            joined_active=_banded(came[0], came[1] * 1.0),
            left=left,
            returned=returned,
            died=float(died),
            died_by_table=by_table,
            given=given,
            estates=estates,
            inherited=inherited,
            offered=offered,
        )

    def _sway(self) -> None:
        for name, before in self.state.items():
            fresh = self.random.normal(0, self.sway[name] * np.sqrt(1 - self.carried**2))
            self.state[name] = self.carried * before + fresh

    def _chances(self) -> Floats:
        found: Floats = mortality()[self.sex, _places(self.age)]
        return found

    def _die(self) -> tuple[float, float]:
        dies = self.random.random(len(self.age)) < self._chances() * self.health
        left = float((self.coins + self.received)[dies].sum())
        stays = ~dies
        for name in ("sex", "age", "serves", "zeal", "coins", "received"):
            setattr(self, name, getattr(self, name)[stays])
        inherited = left * self.heirs
        heirs = self.random.integers(0, len(self.age), max(1, int(dies.sum()) * 2))
        np.add.at(self.received, heirs, inherited / len(heirs))
        return left, inherited

    def _come(self) -> tuple[Floats, Floats]:
        count = int(self.random.poisson(self.arrivals * np.exp(self.state["joined"])))
        age = self._arrive(count)
        return age, self.serves[len(self.serves) - count :]

    def _come_and_go(self) -> tuple[Floats, Floats]:
        """Some stop for good, some come back after a rest: who stopped, who came back."""
        chance = self.stops * np.where(self.age > 75, 2.0, 1.0)
        stops = self.serves & (self.random.random(len(self.age)) < chance)
        returns = ~self.serves & (self.age < 70) & (self.random.random(len(self.age)) < 0.02)
        self.serves = (self.serves & ~stops) | returns
        return self._banded_here(stops), self._banded_here(returns)

    def _banded_here(self, who: npt.NDArray[np.bool_]) -> Floats:
        return _banded(self.age, who.astype(np.float64))

    def _serve(self) -> tuple[Floats, Floats, Floats, float]:
        random, size = self.random, len(self.age)
        ill = (self.age >= 60) & (
            random.random(size) < self.falls_ill * np.exp((self.age - 75) * 0.04)
        )
        share = random.beta(2, 2 / self.uses - 2, size) * np.exp(self.state["drawn"])
        wanted = np.where(ill, (self.coins + self.received) * share.clip(max=0.95), 0.0)
        asked = np.where(self.age >= 60, random.gamma(0.6, self.needs / 0.6, size), 0.0)
        asked = asked * np.exp(self.state["pooled"]) * np.exp((self.age - 72) * 0.03)
        could = self.serves * self.zeal * self.gives * np.exp(self.state["earned"])
        limit = could.sum() * HEADROOM / CREDITED
        met = min(1.0, limit / max(wanted.sum() + asked.sum(), 1.0))
        drawn, pooled = wanted * met, asked * met
        part = drawn / np.maximum(self.coins + self.received, 1e-9)
        self.coins, self.received = self.coins * (1 - part), self.received * (1 - part)
        earned = (drawn.sum() + pooled.sum()) * CREDITED * could / max(could.sum(), 1.0)
        self.coins = np.minimum(self.coins + earned, np.maximum(CAP_MINUTES, self.coins))
        return drawn, pooled, earned, float(could.sum()) * HEADROOM

    def _give(self) -> float:
        young = self.age < 60
        given = self.coins * young * self.presents
        self.coins = self.coins - given
        old = np.flatnonzero(~young)
        whom = self.random.choice(old, max(1, len(old) // 10))
        np.add.at(self.received, whom, given.sum() / len(whom))
        return float(given.sum())

    def standing(self) -> Standing:
        """How things stand, with volunteers in thirds by what they hold."""
        people = np.zeros((SEXES, AGES, CLASSES))
        coins, received = np.zeros_like(people), np.zeros((SEXES, AGES))
        ages = _places(self.age)
        third = np.zeros(len(ages), dtype=np.intp)
        active = np.flatnonzero(self.serves)
        order = active[np.argsort(self.zeal[active], kind="stable")]
        for number, some in enumerate(np.array_split(order, CLASSES - 1)):
            third[some] = RESTING + 1 + number
        sexes = self.sex.astype(np.intp)
        np.add.at(people, (sexes, ages, third), 1.0)
        np.add.at(coins, (sexes, ages, third), self.coins)
        np.add.at(received, (sexes, ages), self.received)
        return Standing(people, coins, received, 0, GUIDE_RATE_FEN, CAP_MINUTES)

    def _band(self, values: Floats) -> Floats:
        return _banded(self.age, values)


def _places(ages: Floats) -> npt.NDArray[np.intp]:
    """Where each age stands among the years of age."""
    return (ages.clip(YOUNGEST, OLDEST) - YOUNGEST).astype(np.intp)


def _banded(ages: Floats, values: Floats) -> Floats:
    found = np.bincount(band_of_age()[_places(ages)], weights=values, minlength=bands())
    return found.astype(np.float64)
