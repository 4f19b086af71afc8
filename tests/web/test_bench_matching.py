"""The bench of matching: every way answers the same question, and none is cheaper than the best."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from timebank.bench import matching
from timebank.bench.matching import Outcome, Snapshot
from timebank.cli.bench_matching import matching_command


@pytest.fixture(scope="module")
def town() -> Snapshot:
    return matching.snapshot(3, 60, 90)


def way(town: Snapshot, name: str) -> Outcome:
    return matching.WAYS[name](town)


def test_the_flow_costs_what_the_dense_optimum_costs_and_the_others_no_less(town: Snapshot) -> None:
    best, flow = way(town, "dense"), way(town, "flow 100")
    assert flow.cost == pytest.approx(best.cost)
    assert (flow.unmatched, flow.without_candidate) == (best.unmatched, best.without_candidate)
    for name in ("first come", "greedy", "flow"):
        assert way(town, name).cost >= best.cost
    assert way(town, "flow twice").unmatched <= flow.unmatched


def test_with_two_people_highs_is_the_bound_and_nobody_comes_alone() -> None:
    town = matching.snapshot(5, 50, 80, 40)
    best, flow = way(town, "highs"), way(town, "flow")
    assert best.name == "highs"
    assert best.cost <= flow.cost * 1.000001
    assert flow.cost <= best.cost * 1.02
    assert any(task.people_missing == 2 for task in town.tasks)


def test_a_seed_is_one_city() -> None:
    one, other = matching.snapshot(4, 5, 9), matching.snapshot(4, 5, 9)
    assert one.tasks == other.tasks
    assert one.tasks != matching.snapshot(5, 5, 9).tasks


def test_each_way_is_measured_in_a_process_of_its_own(town: Snapshot) -> None:
    [outcome] = matching.compared(town, ["greedy"])
    here = way(town, "greedy")
    assert (outcome.cost, outcome.unmatched) == (here.cost, here.unmatched)
    assert outcome.peak_mb is not None
    assert outcome.peak_mb >= 0


def test_a_way_that_fails_is_not_waited_for_for_ever() -> None:
    def broken() -> Outcome:
        raise SystemExit(3)

    with pytest.raises(RuntimeError, match="ended early"):
        matching.apart(broken)


def test_the_command_prints_the_ways_side_by_side() -> None:
    sizes = ["--requests", "20", "--volunteers", "60", "--turns", "20"]
    sizes += ["--only", "instant", "--only", "optimum"]
    result = CliRunner().invoke(matching_command, sizes, catch_exceptions=False)
    assert result.exit_code == 0
    for words in ("p95", "first come", "K = 30", "dense optimum", "optimum: 20"):
        assert words in result.output
