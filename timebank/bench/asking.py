"""Policies of asking side by side in one invented town, from a seed: what fills, and how loudly.

Every policy meets the same people, the same requests and the same luck. People read messages in
hours of their own, and a message that came to nothing silences its reader for a random while, a
day and a half on average. Our policy asks by the functions of ``services.rules.asking``, and
knows of the people only what their record says.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from random import Random

from services.clock import local
from services.rules import asking as rules
from services.rules.matching import yes_permille

VOLUNTEERS, REQUESTS, DAYS = 3_000, 1_900, 12
#: Eligible people of one request, best first; the wish to come falls with the place.
ELIGIBLE = 60
#: A message that came to nothing silences for this long on average.
SILENCE = timedelta(days=1.5)
BROADCAST, ONE_BY_ONE = 30, timedelta(minutes=30)
BEGIN = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)


@dataclass(slots=True)
class Person:
    """Somebody with hours for reading, a readiness of the own, and what the record says."""

    #: Hours of the local day in which messages are read.
    from_hour: int
    to_hour: int
    readiness: float
    silent_until: datetime = BEGIN
    asked: int = 0
    said_yes: int = 0
    day: datetime = BEGIN
    asked_today: int = 0
    #: When a message last came to nothing, as the product knows it.
    in_vain: datetime | None = None

    def reads_at(self, sent: datetime, delay: timedelta) -> datetime:
        """When a message is read: after a while, and in the hours of the own."""
        at = sent + delay
        hour = local(at).hour
        if self.from_hour <= hour < self.to_hour:
            return at
        ahead = (self.from_hour - hour) % 24
        return at.replace(minute=0, second=0) + timedelta(hours=ahead) + delay / 2


@dataclass(slots=True)
class Wanted:
    """A request: since when, for when, and who could come."""

    opened: datetime
    starts: datetime
    people: Sequence[int]
    #: Luck, drawn beforehand, so that all policies meet the same: (whim, delay) by place.
    luck: Sequence[tuple[float, timedelta]]
    filled: datetime | None = None
    next: int = 0
    messages: int = 0
    asked: list[tuple[datetime, int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a policy came to."""

    name: str
    requests: int
    filled: int
    messages: int
    hours: float

    @property
    def filled_percent(self) -> float:
        """Of a hundred requests."""
        return 100 * self.filled / self.requests

    @property
    def messages_a_fill(self) -> float:
        """All messages, those of unfilled requests among them."""
        return self.messages / max(1, self.filled)


#: How many of the next to ask now, and how long to wait then; None when nobody is asked any more.
Policy = Callable[["Town", Wanted, datetime], "tuple[list[int], timedelta] | None"]


@dataclass(slots=True)
class Town:
    """People and requests of one seed; a run uses it up."""

    people: list[Person]
    wanted: list[Wanted]
    random: Random
    _turn: count[int] = field(default_factory=count)

    def run(self, name: str, policy: Policy) -> Outcome:
        """Live through all requests under one policy."""
        agenda: list[tuple[datetime, int, Callable[[datetime], None]]] = []

        def plan(at: datetime, happening: Callable[[datetime], None]) -> None:
            heapq.heappush(agenda, (at, next(self._turn), happening))

        def ask(one: Wanted, now: datetime) -> None:
            if one.filled is not None or now >= one.starts:
                return
            chosen = policy(self, one, now)
            if chosen is None:
                return
            places, wait = chosen
            for place in places:
                self._send(one, place, now, plan)
            plan(now + wait, partial(ask, one))

        for one in self.wanted:
            plan(one.opened, partial(ask, one))
        while agenda:
            at, _, happening = heapq.heappop(agenda)
            happening(at)
        waits = [
            (one.filled - one.opened).total_seconds() / 3600
            for one in self.wanted
            if one.filled is not None
        ]
        return Outcome(
            name=name,
            requests=len(self.wanted),
            filled=len(waits),
            messages=sum(one.messages for one in self.wanted),
            hours=sum(waits) / max(1, len(waits)),
        )

    def _send(
        self,
        one: Wanted,
        place: int,
        now: datetime,
        plan: Callable[[datetime, Callable[[datetime], None]], None],
    ) -> None:
        person, (whim, delay) = self.people[one.people[place]], one.luck[place]
        today = rules.day_began(now)
        if person.day != today:
            person.day, person.asked_today = today, 0
        person.asked_today += 1
        person.in_vain = now
        one.messages += 1

        def read(at: datetime) -> None:
            # Whom somebody else forestalled has not said no; the record counts the others.
            person.asked += one.filled is None
            willing = whim < person.readiness * (1 - place / (2 * ELIGIBLE))
            if willing and at >= person.silent_until and one.filled is None and at < one.starts:
                one.filled = at
                person.said_yes += 1
                person.in_vain = None
                return
            silence = timedelta(seconds=self.random.expovariate(1 / SILENCE.total_seconds()))
            person.silent_until = max(person.silent_until, at + silence)

        plan(person.reads_at(now, delay), read)


def town(seed: int) -> Town:
    """People and requests; the same seed gives the same."""
    random = Random(seed)  # noqa: S311 - an invented town
    people = []
    for _ in range(VOLUNTEERS):
        first, last = random.choice(((7, 22), (9, 18), (17, 23), (11, 14), (8, 21), (18, 22)))
        people.append(Person(first, last, random.betavariate(2, 5)))
    wanted = []
    for _ in range(REQUESTS):
        day = timedelta(days=random.randrange(DAYS))
        opened = BEGIN + day + timedelta(minutes=random.randint(8 * 60, 19 * 60))
        ahead = timedelta(hours=random.choice((5, 9, 18, 24, 30, 48, 72, 96)))
        luck = [
            (random.random(), timedelta(minutes=5 + random.expovariate(1 / 45)))
            for _ in range(ELIGIBLE)
        ]
        crowd = random.sample(range(VOLUNTEERS), ELIGIBLE)
        wanted.append(Wanted(opened, opened + ahead, crowd, luck))
    return Town(people, wanted, random)


def broadcast(_town: Town, one: Wanted, _now: datetime) -> tuple[list[int], timedelta] | None:
    """The best thirty at once, and nobody after them."""
    if one.next:
        return None
    one.next = BROADCAST
    return list(range(BROADCAST)), timedelta(days=30)


def one_by_one(_town: Town, one: Wanted, _now: datetime) -> tuple[list[int], timedelta] | None:
    """The next one every half hour."""
    if one.next >= len(one.people):
        return None
    one.next += 1
    return [one.next - 1], ONE_BY_ONE


def waves_of(size: int) -> Policy:
    """So many every hour, whatever their chance."""

    def policy(_town: Town, one: Wanted, _now: datetime) -> tuple[list[int], timedelta] | None:
        places = list(range(one.next, min(one.next + size, len(one.people))))
        one.next += size
        return (places, timedelta(hours=1)) if places else None

    return policy


def adaptive(town: Town, one: Wanted, now: datetime) -> tuple[list[int], timedelta] | None:
    """The product's way: by the rules' own functions, from the record, within caps and hours."""
    when = rules.next_asking(now, one.starts)
    if when > now:
        return [], when - now
    left = int((one.starts - now).total_seconds() // 60)
    today = rules.day_began(now)
    done = {place for _, place, _ in one.asked}
    free = [
        (place, person)
        for place, number in enumerate(one.people)
        if place not in done
        and (
            (person := town.people[number]).day != today
            or rules.asks_left(person.asked_today, rules.ASKS_A_DAY)
        )
    ]
    if not free:
        return None
    free.sort(key=lambda each: not rules.is_rested(_since(each[1], now)))
    chances = [_chance(person, now) for _, person in free]
    still = timedelta(minutes=rules.open_minutes(left))
    out = [chance for at, _, chance in one.asked if at + still > now]
    size = rules.wave_size(chances, left, out=out)
    chosen = [place for place, _ in free[:size]]
    one.asked += [(now, place, chance) for place, chance in zip(chosen, chances, strict=False)]
    return chosen, timedelta(minutes=rules.gap_minutes(left))


def _since(person: Person, now: datetime) -> int | None:
    return None if person.in_vain is None else int((now - person.in_vain).total_seconds() // 60)


def _chance(person: Person, now: datetime) -> int:
    yes = yes_permille(person.said_yes, person.asked, 0, known=False)
    return rules.rested_permille(yes, _since(person, now))


POLICIES: dict[str, Policy] = {
    "broadcast": broadcast,
    "one by one": one_by_one,
    "waves of 5": waves_of(5),
    "adaptive": adaptive,
}


def compare(seed: int) -> list[Outcome]:
    """Every policy in the same town."""
    return [town(seed).run(name, policy) for name, policy in POLICIES.items()]
