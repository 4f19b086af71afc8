"""Pairs and circles: coins that always come from one elder, go both ways, or go round.

Loyalty is wanted: a pair whose call-back said that it was so is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.rules.flags.rows import DAY, Finding, Served, Thresholds, Window, recent

#: Steps of the search in one knot of people; a knot that needs more is itself told.
MOST_STEPS = 200_000


@dataclass(slots=True)
class Edge:
    """Minutes that one person earned from another, or was given."""

    minutes: int = 0
    visits: list[Served] = field(default_factory=list)
    gifts: int = 0


Graph = dict[UUID, dict[UUID, Edge]]


def concentrated_pair(window: Window, table: Thresholds) -> Iterator[Finding]:
    """One elder is the source of more than so many percent of a provider's coins."""
    held = table.held_to["concentrated_pair"]
    earned: dict[UUID, int] = {}
    pairs: dict[tuple[UUID, UUID], list[Served]] = {}
    for row in recent(window, table.pair_window_days):
        earned[row.provider_id] = earned.get(row.provider_id, 0) + row.earned
        pairs.setdefault((row.elder_id, row.provider_id), []).append(row)
    for (elder, provider), rows in pairs.items():
        if len(rows) < held["visits"] or (elder, provider) in window.passed:
            continue
        minutes = sum(row.earned for row in rows)
        if minutes < held["earned_minutes"]:
            continue
        if minutes * 100 <= earned[provider] * held["share_percent"]:
            continue
        figures = {
            "pair_minutes": minutes,
            "earned_minutes": earned[provider],
            "share_percent": minutes * 100 // earned[provider],
            "elder": str(elder),
        }
        yield Finding(
            "concentrated_pair",
            "pair",
            provider,
            max(row.came for row in rows),
            tuple(row.id for row in rows),
            tuple(sorted((elder, provider))),
            figures,
            {**held, "days": table.pair_window_days},
            rows[-1].branch_id,
        )


def mutual_swap(window: Window, table: Thresholds) -> Iterator[Finding]:
    """A serves B and B serves A, about as much."""
    held = table.held_to["mutual_swap"]
    graph = graph_of(window, table, held["each_minutes"], gifts=False)
    for one in graph:
        for other in graph[one]:
            if one < other and one in graph.get(other, {}):
                ring = (one, other)
                if _balanced(graph, ring, held["balance_percent"]) and not _excused(window, ring):
                    yield _ring("mutual_swap", graph, ring, held, table)


def cycle(window: Window, table: Thresholds) -> Iterator[Finding]:
    """Hours and gifts that come back to where they began over three people or more."""
    held = table.held_to["cycle"]
    graph = graph_of(window, table, held["each_minutes"], gifts=True)
    for knot in knots(graph):
        if len(knot) < 3:
            continue
        for ring in rings(graph, knot, held["longest"]):
            if _balanced(graph, ring, held["balance_percent"]) and not _excused(window, ring):
                yield _ring("cycle", graph, ring, held, table)


def graph_of(window: Window, table: Thresholds, each_minutes: int, *, gifts: bool) -> Graph:
    """Who earned from whom in the window, without what is too little to matter."""
    graph: Graph = {}
    for row in recent(window, table.pair_window_days):
        edge = graph.setdefault(row.provider_id, {}).setdefault(row.elder_id, Edge())
        edge.minutes += row.earned
        edge.visits.append(row)
    if gifts:
        since = window.until - table.pair_window_days * DAY
        for each in window.given:
            if each.at >= since:
                # Whoever is given coins stands where a provider stands.
                to = graph.setdefault(each.receiver_id, {})
                edge = to.setdefault(each.giver_id, Edge())
                edge.minutes += each.minutes
                edge.gifts += 1
    return {
        one: kept
        for one, others in graph.items()
        if (kept := {who: edge for who, edge in others.items() if edge.minutes >= each_minutes})
    }


def knots(graph: Mapping[UUID, Mapping[UUID, Edge]]) -> list[frozenset[UUID]]:
    """Groups in which everybody reaches everybody (Tarjan), without recursion, in one pass."""
    index: dict[UUID, int] = {}
    low: dict[UUID, int] = {}
    stack: list[UUID] = []
    on_stack: set[UUID] = set()
    found: list[frozenset[UUID]] = []
    for root in graph:
        if root in index:
            continue
        work: list[tuple[UUID, Iterator[UUID]]] = [(root, iter(graph[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, others = work[-1]
            for other in others:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(graph.get(other, {}))))
                    break
                if other in on_stack:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    found.append(_unwind(stack, on_stack, node))
    return [knot for knot in found if len(knot) > 1]


def _unwind(stack: list[UUID], on_stack: set[UUID], node: UUID) -> frozenset[UUID]:
    knot = set()
    while True:
        other = stack.pop()
        on_stack.discard(other)
        knot.add(other)
        if other == node:
            return frozenset(knot)


def rings(graph: Graph, knot: frozenset[UUID], longest: int) -> Iterator[tuple[UUID, ...]]:
    """Simple circles of three to ``longest`` people in a knot, each once, from its least id."""
    steps = 0
    for start in sorted(knot):
        paths: list[tuple[UUID, ...]] = [(start,)]
        while paths:
            path = paths.pop()
            for other in sorted(graph.get(path[-1], {})):
                steps += 1
                if steps > MOST_STEPS:
                    return
                if other == start and len(path) >= 3:
                    yield path
                elif other in knot and other > start and other not in path and len(path) < longest:
                    paths.append((*path, other))


def _edges(graph: Graph, ring: Sequence[UUID]) -> list[Edge]:
    return [graph[one][other] for one, other in zip(ring, (*ring[1:], ring[0]), strict=True)]


def _balanced(graph: Graph, ring: Sequence[UUID], percent: int) -> bool:
    minutes = [edge.minutes for edge in _edges(graph, ring)]
    return min(minutes) * 100 >= max(minutes) * percent


def _excused(window: Window, ring: Sequence[UUID]) -> bool:
    """Whether every pair of the circle has passed a call-back."""
    pairs = zip(ring, (*ring[1:], ring[0]), strict=True)
    return all((elder, provider) in window.passed for provider, elder in pairs)


def _ring(
    code: str, graph: Graph, ring: Sequence[UUID], held: Mapping[str, int], table: Thresholds
) -> Finding:
    edges = _edges(graph, ring)
    visits = [row for edge in edges for row in edge.visits]
    figures = {
        "people": len(ring),
        "minutes": [edge.minutes for edge in edges],
        "gifts": sum(edge.gifts for edge in edges),
        "members": [str(each) for each in ring],
    }
    return Finding(
        code,
        "members" if len(ring) > 2 else "pair",
        min(ring),
        max(row.came for row in visits) if visits else 0,
        tuple(row.id for row in visits),
        tuple(sorted(ring)),
        figures,
        {**held, "days": table.pair_window_days},
        visits[-1].branch_id if visits else None,
    )
