"""The projection itself: thousands of runs of thirty years, in arrays.

A run draws its rates once and its shocks year by year. Within a year: people die and leave their
coins, age, join and stop; elders want to draw and the pool pays for those without coins; what is
wanted is met as far as volunteers can give, the rest of the draws by the fund as far as it goes;
what is given is credited to those who gave it, up to the storage cap.

Every case has the same random numbers, so that what differs between two cases is the case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.forecast.cases import BASE, Case
from services.forecast.history import Standing
from services.forecast.population import (
    AGES,
    CLASSES,
    FROM_60,
    INTENSITY,
    RESTING,
    SEXES,
    Floats,
    band_of_age,
    bands,
    by_band,
    improvement_a_year,
    mortality,
)
from services.forecast.rates import SHAKEN, Rates
from services.rules.tables import table

YEARS = 30
#: Runs side by side: more do not fit into a processor's nearest memory, and take longer.
AT_ONCE = 100
#: Every class but that of those who rest.
SERVING = slice(RESTING + 1, None)
#: A year is served in so many parts: what is earned in the first may be drawn in the second.
PARTS = 2


@dataclass(frozen=True, slots=True)
class Projection:
    """Each figure as (runs, years); of ``by_age`` and ``by_origin`` each part so. In minutes."""

    case: Case
    figures: Mapping[str, Floats]


#: Whole figures; the liability by band is ``liability_0`` … from the youngest band on.
FIGURES = (
    "liability",
    "earned_liability",
    "received_liability",
    "wanted",
    "drawn",
    "bought",
    "unmet",
    "pooled",
    "supply",
    "earned",
    "fund_fen",
    "volunteers",
    "members",
    "elders",
)


def figures() -> tuple[str, ...]:
    """The names of everything that is projected."""
    return (*FIGURES, *(f"liability_{band}" for band in range(bands())))


def project(
    standing: Standing,
    rates: Rates,
    case: Case = BASE,
    *,
    seed: int,
    runs: int,
    years: int = YEARS,
) -> Projection:
    """Run the cohorts so many times; the same seed gives the same figures on every machine."""
    found: dict[str, Floats] = {name: np.empty((runs, years)) for name in figures()}
    for start in range(0, runs, AT_ONCE):
        some = min(AT_ONCE, runs - start)
        random = np.random.default_rng([seed, start])
        course = _Course(standing, rates, case, random, some)
        for year in range(years):
            for name, values in course.live(year).items():
                found[name][start : start + some, year] = values
    return Projection(case, found)


class _Course:
    """Some runs on their way. Arrays are (runs, sex, age) or (runs, class, sex, age)."""

    def __init__(
        self,
        standing: Standing,
        rates: Rates,
        case: Case,
        random: np.random.Generator,
        runs: int,
    ) -> None:
        self.rates, self.case, self.random, self.runs = rates, case, random, runs
        self.people = np.repeat(np.moveaxis(standing.people, -1, 0)[None], runs, axis=0)
        self.coins = np.repeat(np.moveaxis(standing.earned, -1, 0)[None], runs, axis=0)
        self.received = np.repeat(standing.received[None], runs, axis=0)
        self.fund = np.full(runs, standing.fund_fen * case.fund)
        self.guide_rate = max(standing.guide_rate_fen_per_coin, 1)
        self.cap = float(case.cap_minutes or standing.cap_minutes)
        self.supply_left = 1.0 - (standing.largest_share if case.region_leaves else 0.0)
        premium = rates.credited - 1.0
        self.credited = 1.0 + max(premium, 0.0) * case.premiums + min(premium, 0.0)
        self.earn = _by_age(rates.earned.draw(random, runs))
        self.draw = _by_age(rates.drawn.draw(random, runs)) * case.draws
        self.pooled = _by_age(rates.pooled.draw(random, runs)) * case.pooled
        self.join = rates.joined.draw(random, runs)
        self.leave = _by_age(rates.left.draw(random, runs)).clip(max=1.0)
        self.come_back = _by_age(rates.returned.draw(random, runs)).clip(max=1.0)
        self.come_back *= case.volunteers
        self.dying = rates.dying.draw(random, runs)[:, :, None]
        self.joiners = _where_joiners_stand(standing, rates.joined_active * case.volunteers)
        wider = np.sqrt(rates.freedom / random.chisquare(rates.freedom, runs))
        self.sway = {name: rates.shock[name] * wider for name in SHAKEN}
        self.shocks = {name: self._fresh_shock(name) for name in SHAKEN}
        known = table("forecast").content
        self.generation: int = known["generation_years"]
        self.own_generation = known["own_generation_permille"] / 1000
        if case.volunteers < 1.0:
            self._stop(np.float64(1.0 - case.volunteers))

    def live(self, year: int) -> dict[str, Floats]:
        """One year; what it brought."""
        self._shake()
        self._die(year)
        self._age()
        back = self.people[:, RESTING] * self.come_back[:, None]
        self._stop(self.leave[:, None, None])
        self._come_back(back)
        self._join()
        flows: dict[str, Floats] = {}
        for _half in range(PARTS):
            for name, values in self._serve().items():
                flows[name] = flows.get(name, 0.0) + values
        self._give()
        return flows | self._stands()

    def _fresh_shock(self, name: str) -> Floats:
        return self.sway[name] * self.random.standard_normal(self.runs)

    def _shake(self) -> None:
        kept = self.rates.carried
        for name, before in self.shocks.items():
            self.shocks[name] = kept * before + np.sqrt(1 - kept**2) * self._fresh_shock(name)

    def _shaken(self, name: str) -> Floats:
        """The factor of this year's shock: one on average."""
        return np.exp(self.shocks[name] - self.sway[name] ** 2 / 2)

    def _die(self, year: int) -> None:
        lower = (1 - improvement_a_year()) ** (year + 0.5)
        chance = np.minimum(mortality() * lower * self.dying, 1.0)
        alive = self.people.sum(axis=1)
        noise = self.random.standard_normal(alive.shape)
        dead = alive * chance + np.sqrt(alive * chance * (1 - chance)) * noise
        part = np.divide(dead, alive, out=np.zeros_like(dead), where=alive > 0).clip(0.0, 1.0)
        left = part * (self.coins.sum(axis=1) + self.received)
        self.people *= (1 - part)[:, None]
        self.coins *= (1 - part)[:, None]
        self.received *= 1 - part
        self._inherit(left * self.rates.inherited)

    def _inherit(self, left: Floats) -> None:
        """Partly to the own generation, the rest to children of either sex."""
        self.received += left[:, ::-1] * self.own_generation
        children = left.sum(axis=1, keepdims=True) * (1 - self.own_generation) / SEXES
        younger = np.zeros_like(children)
        younger[..., : -self.generation] = children[..., self.generation :]
        younger[..., 0] += children[..., : self.generation].sum(axis=-1)
        self.received += younger

    def _age(self) -> None:
        for array in (self.people, self.coins, self.received):
            oldest = array[..., -1].copy()
            array[..., 1:] = array[..., :-1].copy()
            array[..., -1] += oldest
            array[..., 0] = 0.0

    def _join(self) -> None:
        expected = self.join * self._shaken("joined")[:, None]
        noise = self.random.standard_normal(expected.shape)
        persons = np.maximum(expected + np.sqrt(expected) * noise, 0.0)
        self.people += _by_age(persons)[:, None, None] * self.joiners

    def _stop(self, part: Any) -> None:
        """Part of the volunteers rests from now on and keeps its coins."""
        for array in (self.people, self.coins):
            moved = array[:, SERVING] * part
            array[:, SERVING] -= moved
            array[:, RESTING] += moved.sum(axis=1)

    def _come_back(self, persons: Floats) -> None:
        """Some of those who rested serve, a third of them in each class, with their coins."""
        rested = self.people[:, RESTING]
        part = np.divide(persons, rested, out=np.zeros_like(rested), where=rested > 0)
        for array in (self.people, self.coins):
            moved = array[:, RESTING] * part
            array[:, RESTING] -= moved
            array[:, SERVING] += moved[:, None] / (CLASSES - 1)

    def _serve(self) -> dict[str, Floats]:
        """Part of a year: what is wanted, what can be given, and what becomes of both."""
        draws = 1.0 - np.exp(-self.draw * self._shaken("drawn")[:, None] / PARTS)
        balance = self.coins.sum(axis=1) + self.received
        wanted = (balance * draws[:, None]).sum(axis=(1, 2))
        elders = self.people.sum(axis=(1, 2))
        pooled = (elders * self.pooled).sum(axis=1) * self._shaken("pooled") / PARTS
        gives = self.people[:, SERVING] * INTENSITY[SERVING, None, None] * self.earn[:, None, None]
        gives *= self._shaken("earned")[:, None, None, None] / PARTS
        could = gives.sum(axis=(1, 2, 3))
        supply = could * self.rates.headroom / self.rates.credited * self.supply_left
        asked = wanted + pooled
        served = np.divide(supply, asked, out=np.ones_like(asked), where=asked > 0).clip(max=1.0)
        unmet = wanted * (1 - served)
        bought = np.minimum(unmet, self.fund / self.guide_rate * 60)
        self.fund = self.fund - bought * self.guide_rate / 60
        paid = np.divide(
            wanted * served + bought, wanted, out=np.ones_like(wanted), where=wanted > 0
        )
        keeps = 1.0 - draws * paid[:, None]
        self.coins *= keeps[:, None, None]
        self.received *= keeps[:, None]
        earned = self._credit(gives, could, asked * served)
        return {
            "wanted": wanted,
            "drawn": wanted * served,
            "bought": bought,
            "unmet": unmet - bought,
            "pooled": pooled * served,
            "supply": supply,
            "earned": earned,
        }

    def _credit(self, gives: Floats, could: Floats, charged: Floats) -> Floats:
        """Credit what was given to those who gave it; what lies above the cap goes to the pool."""
        earned = charged * self.credited
        each = np.divide(earned, could, out=np.zeros_like(earned), where=could > 0)
        # Whoever holds more than a (new, lower) cap keeps it: only what comes is cut.
        coins = self.coins[:, SERVING]
        most = np.maximum(self.people[:, SERVING] * self.cap, coins)
        come = coins + gives * each[:, None, None, None]
        self.coins[:, SERVING] = np.minimum(come, most)
        return earned

    def _give(self) -> None:
        """The young give part of what they earned to a generation above them."""
        young = band_of_age() == 0
        given = self.coins[..., young].sum(axis=(1, 2)) * self.rates.given
        self.coins[..., young] *= 1 - self.rates.given
        older = np.zeros((self.runs, AGES))
        older[:, np.flatnonzero(young) + self.generation] = given
        self.received += older[:, None] / SEXES

    def _stands(self) -> dict[str, Floats]:
        """How things stand at the end of the year."""
        earned, received = self.coins.sum(axis=(1, 2)), self.received.sum(axis=1)
        parts = by_band(earned + received)
        people = self.people.sum(axis=(1, 2))
        of_band = {f"liability_{band}": parts[:, band] for band in range(bands())}
        return {
            "fund_fen": self.fund,
            "liability": parts.sum(axis=1),
            "earned_liability": earned.sum(axis=1),
            "received_liability": received.sum(axis=1),
            "volunteers": self.people[:, SERVING].sum(axis=(1, 2, 3)),
            "members": people.sum(axis=1),
            "elders": by_band(people)[:, FROM_60].sum(axis=1),
            **of_band,
        }


def _by_age(values: Floats) -> Floats:
    """Of every band's value the value of every year of age."""
    return values[..., band_of_age()]


def _where_joiners_stand(standing: Standing, joined_active: Floats) -> Floats:
    """How one who joins in a band is spread over sexes, ages and classes: as members are."""
    people = standing.people.sum(axis=-1) + 1e-3
    whole = by_band(people.sum(axis=0))
    place = people / _by_age(whole)
    active = _by_age(joined_active)
    thirds = np.empty((CLASSES, 1, AGES))
    thirds[RESTING] = 1 - active
    thirds[SERVING] = active / (CLASSES - 1)
    spread: Floats = place * thirds
    return spread
