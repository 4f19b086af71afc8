"""What a forecast begins with: how things stand, and what happened in the years before.

Both come from the ledger (:mod:`services.forecast.reading`) or from an invented world; whoever
estimates cannot tell them apart. All amounts are standard minutes.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.forecast.population import Floats


@dataclass(frozen=True, slots=True)
class Standing:
    """One moment. Arrays are by sex and age, ``people`` and ``earned`` by class too."""

    #: Members, by class: see ``services.forecast.population``.
    people: Floats
    #: Earned minutes of those members.
    earned: Floats
    #: Minutes received as gifts or inherited.
    received: Floats
    fund_fen: int
    guide_rate_fen_per_coin: int
    #: The storage cap of a member's earned coins, in minutes.
    cap_minutes: int
    #: The part of all service that the largest region gives (a region's own: what others give it).
    largest_share: float = 0.0

    @property
    def liability(self) -> float:
        """Everything that members may still draw."""
        return float(self.earned.sum() + self.received.sum())


@dataclass(frozen=True, slots=True)
class Year:
    """Flows and exposures of one period of ``length`` years. Arrays are by band."""

    length: float
    #: Persons times years: members, and those of them who served in the period.
    member_years: Floats
    volunteer_years: Floats
    #: Minutes times years on members' accounts.
    balance_years: Floats
    #: Credited to providers; drawn from own coins; paid for elders by the pool, grants included.
    earned: Floats
    drawn: Floats
    pooled: Floats
    #: Persons who joined, and those of them who then served. Living volunteers of the year before
    #: who did not serve in this one, and members of before who did and had not.
    joined: Floats
    joined_active: Floats
    left: Floats
    returned: Floats
    #: Members who died, and how many the life table would have had.
    died: float
    died_by_table: float
    #: Given to older relatives; of estates: left, and what heirs received of it.
    given: float
    estates: float
    inherited: float
    #: What volunteers had said they could give; None: nobody asked.
    offered: float | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Years in order, the oldest first; perhaps a single one that is not even whole."""

    years: tuple[Year, ...]

    @property
    def length(self) -> float:
        """How many years of ledger there are."""
        return sum(year.length for year in self.years)
