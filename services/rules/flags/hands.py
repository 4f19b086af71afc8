"""Hands: what one administrator alone has written down for a branch, or for one elder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from uuid import UUID

from services.rules.flags.rows import Finding, Served, Thresholds, Window, recent


def one_administrator(window: Window, table: Thresholds) -> Iterator[Finding]:
    """One person's share of a branch's manual entries, slips or telephone confirmations.

    A small branch has one clerk, and many elders have no telephone. It is odd where one person
    does most of it and providers live by that hand alone, with elder after elder.
    """
    held = table.held_to["one_administrator"]
    rows = recent(window, table.pair_window_days)
    known = {row.id: row for row in rows}
    of_branch = Counter(row.branch_id for row in rows)
    of_provider = Counter(row.provider_id for row in rows)
    of: dict[tuple[UUID, str], dict[UUID, list[UUID]]] = {}
    for branch, way, person, visit in _by_hand(window, rows):
        of.setdefault((branch, way), {}).setdefault(person, []).append(visit)
    for (branch, way), people in of.items():
        total = sum(len(each) for each in people.values())
        for person, visits in people.items():
            if len(visits) < held["least"] or len(visits) * 100 < total * held["share_percent"]:
                continue
            own = [known[each] for each in visits]
            living_by_it = _living_by_it(own, of_provider, held)
            if len(living_by_it) < held["least"]:
                continue
            if len(living_by_it) * 100 < of_branch[branch] * held["way_percent"]:
                continue
            providers = {row.provider_id for row in living_by_it}
            yield Finding(
                "one_administrator",
                "administrator",
                person,
                max(row.came for row in living_by_it),
                tuple(row.id for row in living_by_it),
                tuple(sorted({person, *providers})),
                {
                    "way": way,
                    "by_one": len(visits),
                    "by_all": total,
                    "visits_of_branch": of_branch[branch],
                    "providers": len(providers),
                },
                {**held, "days": table.pair_window_days},
                branch,
            )


def _living_by_it(
    own: list[Served], of_provider: Mapping[UUID, int], held: Mapping[str, int]
) -> list[Served]:
    """The visits of providers nearly all of whose visits went through this one hand."""
    by: dict[UUID, list[Served]] = {}
    for row in own:
        by.setdefault(row.provider_id, []).append(row)
    return [
        row
        for provider, rows in by.items()
        if len(rows) * 100 >= of_provider[provider] * held["provider_percent"]
        and len({each.elder_id for each in rows}) >= held["elders"]
        for row in rows
    ]


def _by_hand(window: Window, rows: list[Served]) -> Iterator[tuple[UUID, str, UUID, UUID]]:
    inside = {row.id for row in rows}
    for each in window.keyed:
        if each.visit_id is not None and each.visit_id in inside:
            yield each.branch_id, each.way, each.by, each.visit_id
            if each.second is not None:
                yield each.branch_id, "second", each.second, each.visit_id
    for row in rows:
        if row.word == "voice" and row.word_by is not None:
            yield row.branch_id, "voice", row.word_by, row.id


def one_hand(window: Window, table: Thresholds) -> Iterator[Finding]:
    """An elder of whom one member of staff alone says that somebody came and that it was so.

    Neither a card nor six digits, neither the elder nor a relative ever speaks: such an elder may
    have moved away, be dead, or never have lived.
    """
    held = table.held_to["one_hand"]
    keyed = {each.visit_id: each for each in window.keyed}
    alone: dict[UUID, dict[UUID, list[Served]]] = {}
    rows = recent(window, table.pair_window_days)
    for row in rows:
        entry = keyed.get(row.id)
        if entry is None:
            continue
        if entry.way == "entry" or (row.word == "voice" and row.word_by == entry.by):
            alone.setdefault(row.elder_id, {}).setdefault(entry.by, []).append(row)
    all_of = Counter(row.elder_id for row in rows)
    for elder, hands in alone.items():
        for person, visits in hands.items():
            enough = len(visits) * 100 >= all_of[elder] * held["share_percent"]
            if len(visits) < held["visits"] or not enough:
                continue
            providers = {row.provider_id for row in visits}
            figures = {
                "by_one": len(visits),
                "visits": all_of[elder],
                "providers": len(providers),
                "administrator": str(person),
            }
            yield Finding(
                "one_hand",
                "member",
                elder,
                max(row.came for row in visits),
                tuple(row.id for row in visits),
                tuple(sorted({elder, person, *providers})),
                figures,
                {**held, "days": table.pair_window_days},
                visits[-1].branch_id,
            )
