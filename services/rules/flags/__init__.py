"""Flags: pure rules that find what is odd. A finding proves nothing; somebody has to look."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from services.rules.flags import bursts, hands, pairs, presence, rhythm
from services.rules.flags.rows import Finding, Thresholds, Window

Rule = Callable[[Window, Thresholds], Iterator[Finding]]

#: Code -> rule, in the order in which a list of all codes shows them.
RULES: Mapping[str, Rule] = {
    "overlap": presence.overlap,
    "travel": presence.travel,
    "same_device": presence.same_device,
    "shared_device": presence.shared_device,
    "outside_hours": presence.outside_hours,
    "equal_durations": rhythm.equal_durations,
    "no_time_between": rhythm.no_time_between,
    "entry_burst": rhythm.entry_burst,
    "one_administrator": hands.one_administrator,
    "one_hand": hands.one_hand,
    "concentrated_pair": pairs.concentrated_pair,
    "mutual_swap": pairs.mutual_swap,
    "cycle": pairs.cycle,
    "burst_before_death": bursts.burst_before_death,
    "after_death": bursts.after_death,
    "burst_before_closing": bursts.burst_before_closing,
}


def find(window: Window, table: Thresholds, codes: Collection[str] = RULES) -> list[Finding]:
    """Everything that the rules of these codes find in a window, in the order of the codes."""
    return [
        each
        for code, rule in RULES.items()
        if code in codes and code in table.held_to
        for each in rule(window, table)
    ]
