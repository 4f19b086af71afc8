"""The simulation of asking: the same people and luck for every policy, and the aims are met."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from timebank.bench import asking
from timebank.cli import bench as commands


def test_the_command_shows_all_policies_and_meets_the_aims() -> None:
    ran = CliRunner().invoke(commands.bench, ["asking", "--seed", "3"], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    for words in ("thirty at once", "every half hour", "waves by the chance"):
        assert words in ran.output


def test_the_same_seed_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "REQUESTS", 100)
    assert asking.compare(5) == asking.compare(5)
    assert asking.compare(5) != asking.compare(6)


def test_ours_fills_more_with_fewer_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "VOLUNTEERS", 1_000)
    monkeypatch.setattr(asking, "REQUESTS", 600)
    broadcast, one_by_one, _waves, ours = asking.compare(2)
    assert ours.filled > max(broadcast.filled, one_by_one.filled)
    assert ours.messages_a_fill < min(broadcast.messages_a_fill, one_by_one.messages_a_fill)
    assert ours.filled_percent >= 85
    assert ours.messages_a_fill <= 18


def test_a_missed_aim_fails_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "VOLUNTEERS", 100)
    monkeypatch.setattr(asking, "REQUESTS", 600)
    ran = CliRunner().invoke(commands.bench, ["asking"])
    assert ran.exit_code == 1
    assert "missed" in ran.output
