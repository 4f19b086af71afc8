"""What one volunteer can take in one batch: no two at a time, and the limits by day and week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from services.matching import standing
from services.matching.columns import NO_WISH
from services.matching.flow import Network
from services.matching.grid import Array


class Plans:
    """The chosen arcs of each person."""

    def __init__(self, net: Network, chosen: Iterable[int]) -> None:
        self._net = net
        self._of: dict[int, list[int]] = defaultdict(list)
        for arc in chosen:
            self.take(int(arc))

    def take(self, arc: int) -> None:
        """Add an arc to its person's."""
        self._of[int(self._net.arcs.who[arc])].append(arc)

    def can_take(self, arc: int) -> bool:
        """Whether the person of an arc can do that as well."""
        net, own = self._net, self._of.get(int(self._net.arcs.who[arc]), [])
        if not own:
            return bool(net.capacity[net.arcs.who[arc]] > 0)
        if len(own) >= net.capacity[net.arcs.who[arc]]:
            return False
        apart = all(
            net.begin[arc] >= net.end[each] or net.end[arc] <= net.begin[each] for each in own
        )
        return apart and within_limits(net, [*own, arc])

    def further_price(self, arc: int) -> int:
        """What it costs that the person has others already."""
        own = self._of.get(int(self._net.arcs.who[arc]), [])
        return len(own) * self._net.weights.further_visit

    def beyond_limits(self) -> list[int]:
        """Arcs that break a limit of their person, the costliest of each first to go."""
        net, found = self._net, []
        for own in self._of.values():
            left = sorted(own, key=lambda arc: (int(net.arcs.cost[arc]), arc))
            while len(left) > 1 and not within_limits(net, left):
                found.append(left.pop())
        return found


def within_limits(net: Network, arcs: Sequence[int]) -> bool:
    """Whether a person may do all of these, by the day, the week, the year and the own wish."""
    columns, who = net.columns, int(net.arcs.who[arcs[0]])
    people = columns.people
    by_day, by_week, by_year = (_sums(net, arcs, each) for each in (net.day, net.monday, net.year))
    wish = int(people.weekly_minutes[who])
    week_limit = int(people.week_limit[who])
    if wish != NO_WISH:
        week_limit = min(week_limit, wish)
    return (
        all(
            int(standing.day_minutes(columns, day)[who]) + minutes
            <= int(standing.day_limit(columns, day)[who])
            for day, minutes in by_day.items()
        )
        and all(
            int(standing.week_minutes(columns, monday)[who]) + minutes <= week_limit
            for monday, minutes in by_week.items()
        )
        and all(
            int(standing.year_minutes(columns, year)[who]) + minutes <= int(people.year_limit[who])
            for year, minutes in by_year.items()
        )
    )


def _sums(net: Network, arcs: Sequence[int], period: Array) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for arc in arcs:
        task = int(net.arcs.task[arc])
        found[int(period[task])] += int(net.minutes[task])
    return found
