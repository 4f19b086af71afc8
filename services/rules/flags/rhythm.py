"""Rhythm: lengths that repeat, no time between two hands, many entries in a moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from services.rules.flags.rows import Finding, Keyed, Served, Thresholds, Window, by_provider

#: Times that somebody wrote down later, rounded as people write them.
WRITTEN = ("slip", "voice")


def equal_durations(window: Window, table: Thresholds) -> Iterator[Finding]:
    """So many raw durations in a row that are the same, or that differ by next to nothing.

    Times on a slip are rounded by whoever wrote them, and a call may have its fixed length: both
    need a longer row.
    """
    held = table.held_to["equal_durations"]
    for provider, rows in by_provider(window.served).items():
        runs = ((0, 1), (held["near_seconds"], held["near_in_a_row"]))
        taken: set[UUID] = set()
        for spread, at_least in runs:
            for run in _runs(rows, spread):
                needed = at_least if spread else _needed(run, held)
                fresh = [row for row in run if row.id not in taken]
                if len(run) < needed or len(fresh) * 2 < len(run):
                    continue
                if spread and all(_is_written(row) or row.remote for row in run):
                    continue
                taken.update(row.id for row in run)
                yield _run(provider, run, spread, needed)


def _runs(rows: Sequence[Served], spread: int) -> Iterator[Sequence[Served]]:
    """The longest rows whose lengths lie within ``spread`` seconds of each other."""
    begin, low, high = 0, 0, -1
    for place, row in enumerate(rows):
        length = row.left - row.came
        if high < low:
            low = high = length
        elif max(high, length) - min(low, length) > spread:
            if place - begin > 1:
                yield rows[begin:place]
            begin, low, high = place, length, length
        else:
            low, high = min(low, length), max(high, length)
    if len(rows) - begin > 1:
        yield rows[begin:]


def _needed(run: Sequence[Served], held: Mapping[str, int]) -> int:
    if all(row.remote for row in run):
        return held["remote_in_a_row"]
    if all(_is_written(row) for row in run):
        return held["written_in_a_row"]
    return held["in_a_row"]


def _is_written(row: Served) -> bool:
    return row.left_by in WRITTEN


def _run(provider: UUID, run: Sequence[Served], spread: int, needed: int) -> Finding:
    lengths = [row.left - row.came for row in run]
    figures = {
        "in_a_row": len(run),
        "shortest_seconds": min(lengths),
        "longest_seconds": max(lengths),
        "elders": len({row.elder_id for row in run}),
    }
    return Finding(
        "equal_durations",
        "member",
        provider,
        run[-1].came,
        tuple(row.id for row in run),
        tuple(sorted({provider, *(row.elder_id for row in run)})),
        figures,
        {"in_a_row": needed, "spread_seconds": spread},
        run[-1].branch_id,
    )


def no_time_between(window: Window, table: Thresholds) -> Iterator[Finding]:
    """Signed as fast as it was entered, or heard by telephone as the door fell shut."""
    held = table.held_to["no_time_between"]
    quick: dict[UUID, list[Keyed]] = {}
    for each in window.keyed:
        if each.second is not None and each.second_at - each.at < held["entry_seconds"]:
            quick.setdefault(each.second, []).append(each)
    for second, entries in quick.items():
        last = max(entries, key=lambda each: each.second_at)
        yield Finding(
            "no_time_between",
            "administrator",
            second,
            last.second_at,
            tuple(each.visit_id for each in entries if each.visit_id is not None),
            tuple(sorted({second, *(each.by for each in entries)})),
            {"what": "entry", "times": len(entries), "seconds": _least(entries)},
            {"entry_seconds": held["entry_seconds"]},
            last.branch_id,
            tuple(each.id for each in entries),
        )
    yield from _heard_at_once(window, held)


def _least(entries: Sequence[Keyed]) -> int:
    return min(each.second_at - each.at for each in entries)


def _heard_at_once(window: Window, held: Mapping[str, int]) -> Iterator[Finding]:
    heard: dict[UUID, list[Served]] = {}
    for row in window.served:
        if row.word != "voice" or row.word_by is None or row.left_by in WRITTEN:
            continue
        if 0 <= row.word_at - row.left < held["voice_seconds"]:
            heard.setdefault(row.word_by, []).append(row)
    for staff, rows in heard.items():
        if len(rows) < held["visits"]:
            continue
        people = {staff, *(r.provider_id for r in rows), *(r.elder_id for r in rows)}
        yield Finding(
            "no_time_between",
            "administrator",
            staff,
            max(row.word_at for row in rows),
            tuple(row.id for row in rows),
            tuple(sorted(people)),
            {
                "what": "voice",
                "times": len(rows),
                "seconds": min(row.word_at - row.left for row in rows),
            },
            {"voice_seconds": held["voice_seconds"], "visits": held["visits"]},
            rows[-1].branch_id,
        )


def entry_burst(window: Window, table: Thresholds) -> Iterator[Finding]:
    """One person keys in many hours within a few minutes: how bought hours come about."""
    held = table.held_to["entry_burst"]
    by: dict[UUID, list[Keyed]] = {}
    for each in window.keyed:
        by.setdefault(each.by, []).append(each)
    for person, entries in by.items():
        entries.sort(key=lambda each: each.at)
        for burst in _bursts(entries, held):
            seconds = burst[-1].at - burst[0].at
            yield Finding(
                "entry_burst",
                "administrator",
                person,
                burst[-1].at,
                tuple(each.visit_id for each in burst if each.visit_id is not None),
                (person,),
                {
                    "entries": len(burst),
                    "minutes": sum(each.minutes for each in burst),
                    "seconds": seconds,
                },
                held,
                burst[-1].branch_id,
                tuple(each.id for each in burst),
            )


def _bursts(entries: Sequence[Keyed], held: Mapping[str, int]) -> Iterator[Sequence[Keyed]]:
    """Windows with enough in them, joined where they touch; each entry stands in one of them."""
    begin = 0
    first: int | None = None
    last = -1
    for end, entry in enumerate(entries):
        while entry.at - entries[begin].at > held["within_seconds"]:
            begin += 1
        inside = entries[begin : end + 1]
        if len(inside) < held["entries"] or sum(e.minutes for e in inside) < held["minutes"]:
            continue
        if first is not None and begin > last:
            yield entries[first : last + 1]
            first = None
        first = begin if first is None else first
        last = end
    if first is not None:
        yield entries[first : last + 1]
