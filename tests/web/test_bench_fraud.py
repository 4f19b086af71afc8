"""The fraud bench: honest towns stay quiet, and each kind of crook is found by its own flag."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from services.rules.flags import RULES
from timebank.bench.fraud import (
    GRID,
    NAIVE,
    Drawn,
    Report,
    choose,
    draw,
    report,
    shipped,
    with_figures,
)
from timebank.bench.fraud_crooks import KINDS
from timebank.cli.bench_fraud import fraud_command

#: Neither the seeds on which thresholds were chosen nor those that the bench reports.
SEEDS = range(5_001, 5_005)


@pytest.fixture(scope="module")
def towns() -> list[Drawn]:
    return draw(SEEDS)


@pytest.fixture(scope="module")
def found(towns: list[Drawn]) -> Report:
    return report(towns, shipped())


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_crook_is_found_by_its_own_flag(found: Report, kind: str) -> None:
    counts = found.by_code[KINDS[kind][1]]
    assert counts.schemes == len(SEEDS)
    assert counts.found * 2 >= counts.schemes, f"{kind}: {counts.found} of {counts.schemes}"


def test_every_rule_has_a_crook_of_its_own() -> None:
    assert {code for _, code in KINDS.values()} == set(RULES)
    assert set(GRID) | {"after_death"} == set(RULES)


@pytest.mark.parametrize("code", [code for code in RULES if code != "concentrated_pair"])
def test_most_of_what_a_flag_says_is_right(found: Report, code: str) -> None:
    assert found.by_code[code].precision_permille >= 600, found.by_code[code]


def test_honest_towns_stay_quiet(found: Report) -> None:
    assert found.honest_visits > 15_000
    # Measured: 6 to 7 for ten thousand visits of towns full of loyal, punctual and busy people.
    assert sum(found.honest_flags.values()) * 10_000 <= 12 * found.honest_visits


def test_far_better_than_naive_thresholds_or_chance(towns: list[Drawn], found: Report) -> None:
    naive = report(towns, with_figures(shipped(), NAIVE))
    right, wrong = found.rightly_flagged, found.flagged - found.rightly_flagged
    assert right * 10 >= found.crooked * 7
    assert right * 10 >= found.flagged * 7
    assert wrong * 5 < naive.flagged - naive.rightly_flagged
    assert right * found.visits > 3 * found.crooked * found.flagged


def test_thresholds_are_chosen_by_what_they_find(towns: list[Drawn]) -> None:
    blind_of = ("same_device",)
    blind = with_figures(shipped(), {"same_device": {"visits": 5}})
    best = choose(towns[:2], blind, blind_of)
    assert best["same_device"]["visits"] < 5


def test_the_command_says_all_of_it() -> None:
    arguments = ["--towns", "1", "--training", "1", "--visits", "5000", "--book", "1"]
    said = CliRunner().invoke(fraud_command, arguments)
    assert said.exit_code == 0, said.output
    for word in (*RULES, "base rate", "at random", "naive", "Chosen", "visits/s", "in a book"):
        assert word in said.output
