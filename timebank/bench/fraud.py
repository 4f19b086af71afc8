"""The fraud bench: what the flags find in towns whose crooks are known, beside two baselines.

Thresholds are chosen on the towns of some seeds and reported on others.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from uuid import UUID

from services.rules.flags import RULES, find
from services.rules.flags.rows import (
    Finding,
    Given,
    Keyed,
    Served,
    Thresholds,
    Window,
    thresholds_of,
)
from services.rules.published import shipped_rule_set
from services.rules.tables import table
from timebank.bench.fraud_crooks import KINDS, Scheme, crooked_town
from timebank.bench.fraud_town import Town

#: What is tried for each flag, threshold by threshold.
GRID: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    "overlap": {"least_seconds": (60, 300, 900, 1_800)},
    "travel": {"grace_seconds": (0, 60, 180), "least_m": (500, 1_000, 2_000)},
    "same_device": {"visits": (1, 2, 3, 5)},
    "shared_device": {"people": (3, 4, 5, 7)},
    "outside_hours": {"least_minutes": (10, 30, 60)},
    "equal_durations": {
        "near_seconds": (60, 120, 240),
        "near_in_a_row": (5, 7, 9),
        "written_in_a_row": (4, 6, 8),
    },
    "no_time_between": {
        "entry_seconds": (60, 180, 300),
        "voice_seconds": (30, 45, 60),
        "visits": (2, 3, 5),
    },
    "entry_burst": {"within_seconds": (120, 180, 300), "entries": (3, 4, 5)},
    "one_administrator": {
        "share_percent": (40, 50, 60),
        "provider_percent": (60, 80, 90),
        "elders": (2, 3, 4),
        "way_percent": (5, 10, 20),
    },
    "one_hand": {"visits": (3, 5, 8), "share_percent": (60, 85, 100)},
    "concentrated_pair": {"visits": (6, 10, 20), "earned_minutes": (600, 1_500, 2_400)},
    "mutual_swap": {"each_minutes": (120, 180, 300), "balance_percent": (40, 60, 75)},
    "cycle": {"each_minutes": (120, 180, 300), "balance_percent": (40, 50, 70)},
    "burst_before_death": {"credits": (5, 8, 11), "times_percent": (200, 300, 500)},
    "burst_before_closing": {"credits": (10, 20), "times_percent": (150, 200, 300)},
}
#: The first thing that comes to mind: the sentence of each rule, taken at its word.
NAIVE: Mapping[str, Mapping[str, int]] = {
    "overlap": {"least_seconds": 1},
    "travel": {"least_m": 200, "grace_seconds": 0},
    "same_device": {"visits": 1, "counter_elders": 1_000_000},
    "shared_device": {"people": 2, "counter_elders": 1_000_000},
    "outside_hours": {"least_minutes": 1},
    "equal_durations": {
        "near_seconds": 59,
        "near_in_a_row": 3,
        "written_in_a_row": 3,
        "remote_in_a_row": 3,
    },
    "no_time_between": {"entry_seconds": 3_600, "voice_seconds": 300, "visits": 1},
    "entry_burst": {"within_seconds": 600, "entries": 2, "minutes": 60},
    "one_administrator": {
        "least": 3,
        "share_percent": 50,
        "provider_percent": 1,
        "elders": 1,
        "way_percent": 1,
    },
    "one_hand": {"visits": 2, "share_percent": 50},
    "concentrated_pair": {"earned_minutes": 60, "visits": 2},
    "mutual_swap": {"each_minutes": 1, "balance_percent": 1},
    "cycle": {"each_minutes": 1, "balance_percent": 1},
    "burst_before_death": {"credits": 2, "times_percent": 100},
    "burst_before_closing": {"credits": 5, "times_percent": 100},
}


@dataclass(slots=True)
class Counts:
    """Findings of one flag and how many of them were right; schemes made for it, and found."""

    findings: int = 0
    right: int = 0
    schemes: int = 0
    found: int = 0

    @property
    def precision_permille(self) -> int:
        """Of a thousand findings, how many were right."""
        return self.right * 1_000 // self.findings if self.findings else 1_000

    @property
    def recall_permille(self) -> int:
        """Of a thousand schemes, how many were found."""
        return self.found * 1_000 // self.schemes if self.schemes else 1_000

    @property
    def balance(self) -> int:
        """Both in one figure (their harmonic mean), to choose thresholds by."""
        both = self.precision_permille + self.recall_permille
        return 2 * self.precision_permille * self.recall_permille // both if both else 0


@dataclass(slots=True)
class Report:
    """What one table of thresholds found in some towns."""

    by_code: dict[str, Counts] = field(default_factory=lambda: {c: Counts() for c in RULES})
    by_kind: dict[str, Counts] = field(default_factory=lambda: {k: Counts() for k in KINDS})
    visits: int = 0
    crooked: int = 0
    flagged: int = 0
    rightly_flagged: int = 0
    #: Flags in the same towns without their crooks, and the visits of those towns.
    honest_flags: Counter[str] = field(default_factory=Counter)
    honest_visits: int = 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """A town of a seed with its crooks, and the same town without them."""

    window: Window
    schemes: Sequence[Scheme]
    honest: Window


def shipped() -> Thresholds:
    """The thresholds that the product ships, with those of the default rule set."""
    records = shipped_rule_set().records
    return thresholds_of(
        table("flags").content,
        in_a_row=records.equal_durations_in_a_row,
        share_percent=records.pair_share_percent,
        window_days=records.pair_window_days,
    )


def with_figures(held: Thresholds, changed: Mapping[str, Mapping[str, int]]) -> Thresholds:
    """The same table with other figures for some codes."""
    figures = {code: {**own, **changed.get(code, {})} for code, own in held.held_to.items()}
    return replace(held, held_to=figures)


def draw(seeds: Iterable[int], kinds: Sequence[str] = tuple(KINDS)) -> list[Drawn]:
    """Towns of seeds, each with and without its crooks."""
    found = []
    for seed in seeds:
        town, schemes = crooked_town(seed, kinds)
        found.append(Drawn(town.window(), schemes, Town(seed).window()))
    return found


def report(towns: Sequence[Drawn], held: Thresholds) -> Report:
    """Look through the towns and count."""
    made = Report()
    for town in towns:
        _count(made, town, find(town.window, held))
        honest = find(town.honest, held)
        made.honest_flags.update(each.code for each in honest)
        made.honest_visits += len(town.honest.served)
    return made


def _count(made: Report, town: Drawn, findings: Sequence[Finding]) -> None:
    false_ids = _false_ids(town.schemes)
    crooked = {each for scheme in town.schemes for each in scheme.visits}
    flagged = {each for finding in findings for each in finding.visits}
    made.visits += len(town.window.served)
    made.crooked += len(crooked)
    made.flagged += len(flagged)
    made.rightly_flagged += len(flagged & crooked)
    right = [each for each in findings if _is_right(each, false_ids)]
    for each in findings:
        made.by_code[each.code].findings += 1
    for each in right:
        made.by_code[each.code].right += 1
    for scheme in town.schemes:
        code = KINDS[scheme.kind][1]
        own = scheme.visits | scheme.entries
        by = {each.code for each in right if not own.isdisjoint(each.about)}
        made.by_code[code].schemes += 1
        made.by_code[code].found += code in by
        made.by_kind[scheme.kind].schemes += 1
        made.by_kind[scheme.kind].found += bool(by)


def _false_ids(schemes: Sequence[Scheme]) -> set[UUID]:
    return {each for scheme in schemes for each in (*scheme.visits, *scheme.entries)}


def _is_right(finding: Finding, false_ids: set[UUID]) -> bool:
    """Whether at least half of what it is about is false."""
    wrong = sum(each in false_ids for each in finding.about)
    return wrong * 2 >= len(finding.about)


def choose(
    towns: Sequence[Drawn], held: Thresholds, codes: Iterable[str] = tuple(GRID)
) -> dict[str, dict[str, int]]:
    """The figures of the grid that find most with least noise, for each flag by itself.

    Of equals the first stands, so that nothing changes without a gain.
    """
    best: dict[str, dict[str, int]] = {}
    for code in codes:
        grid = GRID[code]
        options = [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]
        now = {name: held.held_to[code][name] for name in grid}
        best[code] = max([now, *options], key=lambda each: _worth(towns, held, code, each))
    return best


def _worth(
    towns: Sequence[Drawn], held: Thresholds, code: str, figures: Mapping[str, int]
) -> tuple[int, int]:
    table_of = with_figures(held, {code: figures})
    counts, noise = Counts(), 0
    for town in towns:
        findings = find(town.window, table_of, {code})
        false_ids = _false_ids(town.schemes)
        right = [each for each in findings if _is_right(each, false_ids)]
        counts.findings += len(findings)
        counts.right += len(right)
        for scheme in town.schemes:
            if KINDS[scheme.kind][1] == code:
                own = scheme.visits | scheme.entries
                counts.schemes += 1
                counts.found += any(not own.isdisjoint(each.about) for each in right)
        noise += len(find(town.honest, table_of, {code}))
    return counts.balance, -noise


def many(visits: int, seed: int = 1) -> Window:
    """One window of at least so many visits: several towns side by side, each its own people."""
    served: list[Served] = []
    keyed: list[Keyed] = []
    given: list[Given] = []
    deaths: dict[UUID, int] = {}
    closings: dict[UUID, int] = {}
    whole: Window | None = None
    while len(served) < visits:
        whole = crooked_town(seed)[0].window()
        served.extend(whole.served)
        keyed.extend(whole.keyed)
        given.extend(whole.given)
        deaths |= whole.deaths
        closings |= whole.closings
        seed += 1
    assert whole is not None, "there is at least one town"
    served.sort(key=lambda row: row.came)
    return replace(whole, served=served, keyed=keyed, given=given, deaths=deaths, closings=closings)


def timed(window: Window, held: Thresholds) -> Iterator[tuple[str, float, int]]:
    """Each rule over a window: its code, seconds of CPU, and how many findings."""
    for code in RULES:
        began = time.process_time()
        found = find(window, held, {code})
        yield code, time.process_time() - began, len(found)
