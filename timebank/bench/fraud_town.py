"""A town of honest people with habits, for the fraud bench: drawn by a seed, knowing no rule.

Nothing here knows what oversight looks for. People have homes, telephones, regular pairs and
appointments; they are loyal, punctual, tired and forgetful, and branches are busy or small.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from math import hypot
from typing import Any
from uuid import UUID

from services.rules.flags.rows import DAY, Given, Keyed, Served, Window

BOOK = "330302000000"
#: Midnight in China of the first day.
BEGIN = 1_772_294_400
DAYS = 90
#: Millionths of a degree around the middle of the town.
MIDDLE = (28_000_000, 120_650_000)
METRES_NORTH, METRES_EAST = 0.111, 0.098
#: Service, how often of a hundred, booked minutes, remote.
SERVICES = (
    ("A03", 22, (30, 45, 60), False),
    ("A04", 24, (60, 90, 120), False),
    ("A01", 14, (15, 20, 30), True),
    ("B01", 8, (45, 60), False),
    ("B02", 9, (20, 30), False),
    ("C01", 10, (60, 90, 120), False),
    ("D01", 5, (120, 180, 240), False),
    ("E01", 5, (60, 90), False),
    ("E02", 3, (60, 90), False),
)
ERRANDS = ("B01", "B02")


@dataclass(slots=True)
class Person:
    """Somebody of the town; ``phone`` is None for an elder who has none."""

    id: UUID
    branch: UUID
    place: tuple[int, int]
    phone: str | None
    family_phone: str | None = None
    #: How far the length of a visit strays from what was agreed, in seconds.
    stray: int = 400
    a_week: float = 1.0
    metres_a_minute: int = 200
    elders: list[int] = field(default_factory=list)
    is_night: bool = False


@dataclass(slots=True)
class Branch:
    """A branch with its clerks; how much goes by paper there."""

    id: UUID
    clerks: list[UUID]
    device: str
    slips: float


class Town:
    """Everything that honest people did in ninety days; crooks add to it."""

    def __init__(self, seed: int, providers: int = 260, elders: int = 200, branches: int = 6):
        self.draw = random.Random(seed)  # noqa: S311 - a seed is the point
        self.served: list[Served] = []
        self.keyed: list[Keyed] = []
        self.given: list[Given] = []
        self.deaths: dict[UUID, int] = {}
        self.closings: dict[UUID, int] = {}
        self.passed: set[tuple[UUID, UUID]] = set()
        self.busy: dict[UUID, list[tuple[int, int]]] = {}
        self.branches = [self._branch(place) for place in range(branches)]
        self.elders = [self.new_elder() for _ in range(elders)]
        self.providers = [self.new_provider() for _ in range(providers)]
        self._share_phones()
        for person in self.providers:
            self._weeks(person)
        self._neighbours()
        self._endings()
        self._paper()
        self._call_backs()

    def window(self) -> Window:
        """The town as the rules see it."""
        return Window(
            BOOK,
            BEGIN,
            BEGIN + DAYS * DAY,
            sorted(self.served, key=lambda row: row.came),
            tuple(self.keyed),
            tuple(self.given),
            dict(self.deaths),
            dict(self.closings),
            frozenset(self.passed),
        )

    # people

    def uid(self) -> UUID:
        """A fresh id."""
        return UUID(int=self.draw.getrandbits(128))

    def phone(self) -> str:
        """A fresh device."""
        return f"{self.draw.getrandbits(256):064x}"

    def place(self, radius_m: int = 5_000) -> tuple[int, int]:
        """Somewhere in the town."""
        north, east = (self.draw.triangular(-radius_m, radius_m, 0) for _ in range(2))
        return (MIDDLE[0] + int(north / METRES_NORTH), MIDDLE[1] + int(east / METRES_EAST))

    def _branch(self, place: int) -> Branch:
        clerks = [self.uid() for _ in range(1 if place % 3 == 0 else self.draw.randint(2, 3))]
        return Branch(self.uid(), clerks, self.phone(), self.draw.uniform(0.04, 0.22))

    def new_elder(self) -> Person:
        """An elder of some branch, with or without a telephone."""
        phone = self.phone() if self.draw.random() < 0.4 else None
        family = self.phone() if self.draw.random() < 0.5 else None
        branch = self.draw.choice(self.branches).id
        return Person(self.uid(), branch, self.place(), phone, family)

    def new_provider(self) -> Person:
        """A provider with habits, who looks after those who live near."""
        person = Person(self.uid(), self.draw.choice(self.branches).id, self.place(), self.phone())
        person.stray = 75 if self.draw.random() < 0.1 else self.draw.randint(240, 720)
        person.a_week = min(6.0, self.draw.lognormvariate(-0.1, 0.8))
        person.metres_a_minute = self.draw.choice((75, 180, 220, 350))
        person.is_night = self.draw.random() < 0.03
        near = sorted(
            self.draw.sample(range(len(self.elders)), min(25, len(self.elders))),
            key=lambda each: distance(self.elders[each].place, person.place),
        )
        # Some are with one elder only, and for years.
        person.elders = near[: self.draw.choice((1, 1, 2, 2, 3, 4, 6))]
        return person

    def _share_phones(self) -> None:
        """Couples share a telephone, on either side."""
        for group in (self.providers, self.elders):
            for one, other in zip(group[:12:2], group[1:12:2], strict=True):
                other.phone = one.phone
                other.family_phone = one.family_phone
                other.place = one.place

    # days

    def _weeks(self, person: Person) -> None:
        for day in range(DAYS):
            now = BEGIN + day * DAY + int(self.draw.gauss(9.5, 1.6) * 3_600)
            now = max(now, BEGIN + day * DAY + 6 * 3_600)
            at_home = person.place
            while self.draw.random() < person.a_week / 7:
                elder = self.elders[self.draw.choice(person.elders)]
                service, minutes, remote = self._service()
                at_night = person.is_night and self.draw.random() < 0.4
                if at_night:
                    service, remote = self.draw.choice(("A06", "E02")), False
                    evening = BEGIN + day * DAY + int(self.draw.uniform(20.5, 23.0) * 3_600)
                    now, minutes = max(now, evening), self.draw.choice((90, 120, 180))
                if not remote:
                    way = distance(at_home, elder.place) / person.metres_a_minute
                    now += int(way * 60) + self.draw.randint(60, 1_500)
                    at_home = elder.place
                if self._is_free(elder, now, minutes, service):
                    now = self.visit(person, elder, now, minutes, service, remote=remote).left
                if at_night or (now - BEGIN) % DAY > 19 * 3_600:
                    break

    def _is_free(self, elder: Person, came: int, minutes: int, service: str) -> bool:
        """Nobody books two visits for one hour; a meal may well come in between."""
        return service in ERRANDS or self.has_time(elder, came, came + minutes * 60)

    def has_time(self, person: Person, came: int, left: int) -> bool:
        """Whether somebody is with nobody in these hours, nor shortly before and after."""
        taken = self.busy.get(person.id, ())
        return all(end + 2_400 <= came or left + 2_400 <= begin for begin, end in taken)

    def _service(self) -> tuple[str, int, bool]:
        drawn = self.draw.choices(SERVICES, weights=[each[1] for each in SERVICES])[0]
        return drawn[0], self.draw.choice(drawn[2]), drawn[3]

    def visit(
        self,
        person: Person,
        elder: Person,
        came: int,
        minutes: int,
        service: str = "A04",
        *,
        remote: bool = False,
        **said: Any,
    ) -> Served:
        """One visit as it goes on record; ``said`` overrides what would be drawn."""
        length = max(600, int(self.draw.gauss(minutes * 60, 35 if remote else person.stray)))
        left = came + length
        way = "remote" if remote else self.draw.choice(("card", "card", "digits"))
        row = Served(
            id=self.uid(),
            book=BOOK,
            request_id=self.uid(),
            branch_id=elder.branch,
            elder_id=elder.id,
            provider_id=person.id,
            service=service,
            remote=remote,
            came=came,
            left=left,
            earned=min(length // 60, minutes + 30) * self.draw.choice((100, 100, 110, 125)) // 100,
            latitude_e6=None if remote else elder.place[0],
            longitude_e6=None if remote else elder.place[1],
            came_by=way,
            left_by=way,
            word="",
            word_by=None,
            word_at=0,
            came_device=person.phone,
            left_device=person.phone,
            word_device=None,
            credited=left,
        )
        row = self._word(row, elder)._replace(**said)
        self.served.append(row)
        for each in (person, elder):
            self.busy.setdefault(each.id, []).append((row.came, row.left))
        return row

    def _word(self, row: Served, elder: Person) -> Served:
        """Who says that it was so, when, and on which device."""
        branch = self.branch_of(elder.branch)
        draw, at = self.draw, row.left + int(self.draw.expovariate(1 / 20_000)) + 30
        if elder.phone is not None and draw.random() < 0.85:
            lent = draw.random() < 0.004
            device = row.came_device if lent else elder.phone
            return row._replace(word="own", word_by=elder.id, word_at=at, word_device=device)
        if elder.family_phone is not None and draw.random() < 0.75:
            by = UUID(int=elder.id.int ^ 1)
            return row._replace(
                word="family", word_by=by, word_at=at, word_device=elder.family_phone
            )
        # At a busy counter the elder sometimes stands beside the visitor.
        quick = draw.random() < 0.015
        at = row.left + draw.randint(20, 90) if quick else at + draw.randint(300, 90_000)
        return row._replace(
            word="voice",
            word_by=draw.choice(branch.clerks),
            word_at=at,
            word_device=branch.device,
        )

    def branch_of(self, branch_id: UUID) -> Branch:
        """The branch of that id."""
        return next(each for each in self.branches if each.id == branch_id)

    # what else honest people do

    def _neighbours(self) -> None:
        """Old neighbours look after each other, seldom as much both ways; two come together."""
        for _ in range(5):
            one, other = (self.new_elder() for _ in range(2))
            other.place = one.place
            for first, second in ((one, other), (other, one)):
                first.phone = first.phone or self.phone()
                for _ in range(self.draw.choice((0, 1, 2, 3, 5))):
                    self.visit(first, second, self.moment(), self.draw.choice((30, 45, 60)))
        for row in self.draw.sample(self.served, len(self.served) // 60):
            if row.service in ("E01", "D01"):
                other = self.draw.choice(self.providers)
                came = row.came + self.draw.randint(-60, 120)
                beside: dict[str, Any] = {
                    "came": came,
                    "left": row.left + 30,
                    "request_id": row.request_id,
                }
                free = all(
                    abs(each.came - came) > DAY // 4
                    for each in self.served
                    if each.provider_id == other.id
                )
                if free:
                    self.served.append(
                        row._replace(
                            id=self.uid(),
                            provider_id=other.id,
                            came_device=other.phone,
                            left_device=other.phone,
                            **beside,
                        )
                    )

    def moment(self, low: float = 8.5, high: float = 17.0) -> int:
        """Some day, some hour between two."""
        day = self.draw.randrange(DAYS)
        return BEGIN + day * DAY + int(self.draw.uniform(low, high) * 3_600)

    def _endings(self) -> None:
        """Some die, with more company in their last weeks; one branch closes quietly."""
        for elder in self.draw.sample(self.elders, 3):
            died = BEGIN + self.draw.randint(50, 88) * DAY
            self.deaths[elder.id] = died
            self.served = [r for r in self.served if r.elder_id != elder.id or r.left < died]
            for _ in range(self.draw.randint(1, 4)):
                came = died - self.draw.randint(1, 12) * DAY + 10 * 3_600
                self.visit(self.draw.choice(self.providers), elder, came, 90, "A06")
        person = self.draw.choice(self.providers)
        self.deaths[person.id] = BEGIN + 70 * DAY
        self.served = [
            r for r in self.served if r.provider_id != person.id or r.left < BEGIN + 70 * DAY
        ]
        self.closings[self.branches[-1].id] = BEGIN + 80 * DAY
        self.served = [
            r
            for r in self.served
            if r.branch_id != self.branches[-1].id or r.left < BEGIN + 80 * DAY
        ]

    def _paper(self) -> None:
        """Slips that come to the counter in bundles, and one week without electricity."""
        pending: dict[tuple[UUID, int], list[int]] = {}
        outage = (self.branches[1].id, BEGIN + 40 * DAY, BEGIN + 43 * DAY)
        for place, row in enumerate(self.served):
            branch = self.branch_of(row.branch_id)
            out = branch.id == outage[0] and outage[1] <= row.came < outage[2]
            if not row.remote and (out or self.draw.random() < branch.slips):
                grain = self.draw.choice((300, 300, 900))
                came = row.came // grain * grain
                left = came + max(grain * 2, round((row.left - row.came) / grain) * grain)
                blank: dict[str, Any] = {"came_device": None, "left_device": None}
                self.served[place] = row._replace(
                    came=came, left=left, came_by="slip", left_by="slip", **blank
                )
                week = (row.came - BEGIN) // (3 * DAY)
                pending.setdefault((branch.id, week), []).append(place)
        for (branch_id, week), places in pending.items():
            self._key_in(branch_id, BEGIN + (week + 1) * 3 * DAY + 14 * 3_600, places)

    def _key_in(self, branch_id: UUID, at: int, places: list[int]) -> None:
        branch = self.branch_of(branch_id)
        clerk = self.draw.choice(branch.clerks)
        for place in places:
            row = self.served[place]
            at += self.draw.randint(50, 400)
            way = "entry" if self.draw.random() < 0.05 else "slip"
            self.keyed.append(self.entry(row, way, clerk, at))
            if row.word == "voice":
                heard = at + self.draw.randint(60, 80_000)
                self.served[place] = row._replace(word_at=heard)

    def entry(
        self, row: Served, way: str, by: UUID, at: int, wait: tuple[int, int] = (900, 90_000)
    ) -> Keyed:
        """What a clerk keys in about a visit; an entry is signed by another later."""
        others = [c for b in self.branches for c in b.clerks if c != by]
        second = self.draw.choice(others) if way == "entry" else None
        return Keyed(
            self.uid() if way == "entry" else row.id,
            way,
            by,
            at,
            second,
            at + self.draw.randint(*wait) if second else 0,
            row.branch_id,
            row.id,
            (row.left - row.came) // 60,
        )

    def _call_backs(self) -> None:
        """One visit of ten is asked about, and the elder says that it was so."""
        for row in self.served:
            if self.draw.random() < 0.1:
                self.passed.add((row.elder_id, row.provider_id))


def distance(one: tuple[int, int], other: tuple[int, int]) -> float:
    """Metres between two places of the town."""
    return hypot((one[0] - other[0]) * METRES_NORTH, (one[1] - other[1]) * METRES_EAST)
