"""Crooks of several kinds, laid over a town: each scheme with what it left on record.

They are written from what crooks want and how they would go about it, some carelessly, some with
care; they know no threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.rules.flags.rows import DAY, Served
from timebank.bench.fraud_town import BEGIN, DAYS, Person, Town


@dataclass(slots=True)
class Scheme:
    """One fraud: its kind, and the visits and entries that are false."""

    kind: str
    visits: set[UUID] = field(default_factory=set)
    entries: set[UUID] = field(default_factory=set)

    def add(self, row: Served) -> Served:
        """A false visit; returns it."""
        self.visits.add(row.id)
        return row


def _careful(town: Town) -> bool:
    """One crook of five knows that somebody may look."""
    return town.draw.random() < 0.2


def _someone(town: Town) -> Person:
    """A provider of little use so far, who now wants hours."""
    person = town.new_provider()
    town.providers.append(person)
    return person


def _new_elder(town: Town) -> Person:
    elder = town.new_elder()
    town.elders.append(elder)
    return elder


def _days(town: Town, count: int) -> list[int]:
    return sorted(town.draw.sample(range(DAYS), min(count, DAYS)))


def _on(town: Town, day: int, low: float = 8.5, high: float = 17.0) -> int:
    return BEGIN + day * DAY + int(town.draw.uniform(low, high) * 3_600)


def _between(town: Town, person: Person, elder: Person, days: range, minutes: int = 60) -> int:
    """An hour at which neither is on record elsewhere, as far as one can be found."""
    came = 0
    for _ in range(12):
        came = _on(town, town.draw.choice(days))
        left = came + minutes * 60
        if town.has_time(person, came, left) and town.has_time(elder, came, left):
            break
    return came


def bought_hours(town: Town) -> Scheme:
    """Five hours for forty yuan, keyed in by an administrator within two minutes or so."""
    scheme = Scheme("bought_hours")
    clerk = town.draw.choice(town.draw.choice(town.branches).clerks)
    careful = _careful(town)
    for day in _days(town, town.draw.randint(2, 5)):
        buyer, at = _someone(town), _on(town, day, 9, 17)
        elders = town.draw.sample(town.elders, 5)
        for place, elder in enumerate(elders):
            came = BEGIN + (day - 1) * DAY + (8 + place * 2) * 3_600
            row = town.visit(buyer, elder, came, 60, word="entry", word_by=clerk)
            row = _rewrite(
                town, row, left=came + 3_600, came_by="entry", left_by="entry", word_device=None
            )
            wait = (1_200, 30_000) if careful else (8, 200)
            keyed = town.entry(scheme.add(row), "entry", clerk, at, wait)
            scheme.entries.add(keyed.id)
            town.keyed.append(keyed)
            at += town.draw.randint(90, 400) if careful else town.draw.randint(12, 45)
    return scheme


def _rewrite(town: Town, row: Served, **changed: Any) -> Served:
    """Change the visit that was laid last."""
    assert town.served[-1].id == row.id, "only the last one is changed"
    town.served[-1] = row._replace(**changed)
    return town.served[-1]


def self_dealing(town: Town) -> Scheme:
    """A provider confirms for an elder (or two) on the telephone in his own hand."""
    scheme = Scheme("self_dealing")
    person, is_careful = _someone(town), _careful(town)
    for elder in (_new_elder(town) for _ in range(town.draw.choice((1, 1, 2)))):
        for day in _days(town, town.draw.randint(5, 20)):
            row = town.visit(person, elder, _on(town, day), town.draw.choice((60, 90, 120)))
            careful = is_careful or town.draw.random() < 0.2
            scheme.add(
                _rewrite(
                    town,
                    row,
                    word="own",
                    word_by=elder.id,
                    word_at=row.left + town.draw.randint(30, 900),
                    word_device=town.phone() if careful else person.phone,
                )
            )
    return scheme


def _ring(town: Town, kind: str, size: int) -> Scheme:
    scheme = Scheme(kind)
    people = [_new_elder(town) for _ in range(size)]
    for person in people:
        person.phone = person.phone or town.phone()
    target, careful = town.draw.randint(5, 12), _careful(town)
    for place, person in enumerate(people):
        other = people[(place + 1) % size]
        # Whoever is careful lets one leg be short, and settles it elsewhere.
        own = 2 if careful and place == 0 else max(3, target + town.draw.randint(-1, 1))
        for day in _days(town, own):
            scheme.add(town.visit(person, other, _on(town, day), town.draw.choice((60, 60, 90))))
    return scheme


def swap(town: Town) -> Scheme:
    """Two who serve each other on paper."""
    return _ring(town, "swap", 2)


def ring(town: Town) -> Scheme:
    """Three to five who pass the same hours round."""
    return _ring(town, "ring", town.draw.choice((3, 4, 5)))


def ghost_elder(town: Town) -> Scheme:
    """An elder who is not there: a clerk enters the slips and notes the calls."""
    scheme = Scheme("ghost_elder")
    branch = town.draw.choice(town.branches)
    clerk, elder = town.draw.choice(branch.clerks), _new_elder(town)
    helper = town.draw.choice(branch.clerks) if _careful(town) else clerk
    elder.branch = branch.id
    people = [_someone(town) for _ in range(town.draw.choice((1, 2, 3)))]
    for day in _days(town, town.draw.randint(7, 18)):
        person = town.draw.choice(people)
        came = _on(town, day) // 300 * 300
        length = town.draw.choice((60, 90, 120)) * 60
        row = town.visit(person, elder, came, 60)
        entered = came + length + town.draw.randint(3_600, 2 * DAY)
        row = _rewrite(
            town,
            row,
            left=came + length,
            came_by="slip",
            left_by="slip",
            came_device=None,
            left_device=None,
            word="voice",
            word_by=helper,
            word_at=entered + town.draw.randint(120, 40_000),
            word_device=branch.device,
        )
        town.keyed.append(town.entry(scheme.add(row), "slip", clerk, entered))
    return scheme


def too_fast(town: Town) -> Scheme:
    """Two ends of the town a few minutes apart: somebody else holds the cards."""
    scheme = Scheme("too_fast")
    person, careful = _someone(town), _careful(town)
    for day in _days(town, town.draw.randint(2, 6)):
        one, other = _new_elder(town), _new_elder(town)
        north = town.draw.randint(6_000, 30_000) if not careful else town.draw.randint(1_500, 4_000)
        other.place = (one.place[0] + int(north / 0.111), one.place[1])
        first = scheme.add(town.visit(person, one, _on(town, day), 60))
        gap = town.draw.randint(20, 240)
        scheme.add(town.visit(person, other, first.left + gap, 60))
    return scheme


def duplicated_slips(town: Town) -> Scheme:
    """The same afternoon on two slips."""
    scheme = Scheme("duplicated_slips")
    branch = town.draw.choice(town.branches)
    person, clerk = _someone(town), town.draw.choice(branch.clerks)
    for day in _days(town, town.draw.randint(2, 5)):
        came = _on(town, day) // 300 * 300
        for elder in town.draw.sample(town.elders, 2):
            row = town.visit(person, elder, came, 90)
            shift = town.draw.choice((0, 0, 600, 1_800))
            row = _rewrite(
                town,
                row,
                came=came + shift,
                left=came + shift + 5_400,
                came_by="slip",
                left_by="slip",
            )
            entered = row.left + town.draw.randint(3_600, DAY)
            town.keyed.append(town.entry(scheme.add(row), "slip", clerk, entered))
    return scheme


def device_farm(town: Town) -> Scheme:
    """One telephone comes for many providers, another one says yes for many elders."""
    scheme = Scheme("device_farm")
    coming, saying = town.phone(), town.phone()
    more = [town.phone() for _ in range(3)] if _careful(town) else [coming]
    people = [_someone(town) for _ in range(town.draw.randint(5, 9))]
    elders = [_new_elder(town) for _ in range(town.draw.randint(3, 7))]
    for person in people:
        for day in _days(town, town.draw.randint(2, 5)):
            elder, coming = town.draw.choice(elders), town.draw.choice(more)
            row = town.visit(person, elder, _on(town, day), 60)
            scheme.add(
                _rewrite(
                    town,
                    row,
                    came_device=coming,
                    left_device=coming,
                    word="own",
                    word_by=elder.id,
                    word_device=saying if len(more) == 1 else town.phone(),
                    word_at=row.left + 600,
                )
            )
    return scheme


def before_death(town: Town) -> Scheme:
    """The family fills a dying member's account while it still can."""
    scheme = Scheme("before_death")
    person = _someone(town)
    died = BEGIN + town.draw.randint(45, 88) * DAY
    town.deaths[person.id] = died
    for _ in range(town.draw.randint(0, 5)):
        town.visit(person, town.draw.choice(town.elders), died - 30 * DAY + 36_000, 60)
    for _ in range(town.draw.randint(5, 9) if _careful(town) else town.draw.randint(11, 24)):
        elder, last = town.draw.choice(town.elders), (died - BEGIN) // DAY
        came = _between(town, person, elder, range(last - 12, last), 90)
        scheme.add(town.visit(person, elder, came, 90))
    return scheme


def for_the_dead(town: Town) -> Scheme:
    """The visits go on, though the elder has died."""
    scheme = Scheme("for_the_dead")
    elder = _new_elder(town)
    person = _someone(town)
    died = BEGIN + town.draw.randint(20, 70) * DAY
    town.deaths[elder.id] = died
    for week in range(town.draw.randint(2, 8)):
        came = died + (week * 2 + 1) * DAY + 10 * 3_600
        scheme.add(town.visit(person, elder, came, 60))
    return scheme


def clerk_signs_all(town: Town) -> Scheme:
    """A clerk says yes for elders who were never asked, week after week."""
    scheme = Scheme("clerk_signs_all")
    branch = town.draw.choice(town.branches[:-1])
    clerk = town.draw.choice(branch.clerks)
    people = [_someone(town) for _ in range(20)]
    near = [each for each in town.elders if each.branch == branch.id]
    total = sum(row.branch_id == branch.id for row in town.served)
    for _ in range(int(total * town.draw.uniform(0.4, 0.9))):
        person, elder = town.draw.choice(people), town.draw.choice(near)
        came = _between(town, person, elder, range(DAYS))
        row = town.visit(person, elder, came, town.draw.choice((60, 90)))
        scheme.add(
            _rewrite(
                town,
                row,
                word="voice",
                word_by=clerk,
                word_at=row.left + town.draw.randint(600, 90_000),
                word_device=branch.device,
            )
        )
    return scheme


def copied_lengths(town: Town) -> Scheme:
    """A script checks in and out: always the same length, give or take a little."""
    scheme = Scheme("copied_lengths")
    person = _someone(town)
    noise = 300 if _careful(town) else town.draw.choice((0, 2, 20, 45))
    length = town.draw.choice((45, 60, 90)) * 60
    for day in _days(town, town.draw.randint(8, 18)):
        elder = town.draw.choice(town.elders)
        row = town.visit(person, elder, _on(town, day), 60)
        left = row.came + length + town.draw.randint(-noise, noise)
        scheme.add(_rewrite(town, row, left=left))
    return scheme


def at_night(town: Town) -> Scheme:
    """The script runs while its owner sleeps."""
    scheme = Scheme("at_night")
    person = _someone(town)
    low, high = (4.6, 5.4) if _careful(town) else (0.5, 3.8)
    for day in _days(town, town.draw.randint(3, 10)):
        came = _on(town, day, low, high)
        elder = town.draw.choice(town.elders)
        scheme.add(town.visit(person, elder, came, 60, town.draw.choice(("A03", "A04", "C01"))))
    return scheme


def before_closing(town: Town) -> Scheme:
    """A branch that closes fills its friends' accounts first."""
    scheme = Scheme("before_closing")
    branch = town.branches[2]
    closes = BEGIN + town.draw.randint(60, 85) * DAY
    town.closings[branch.id] = closes
    near = [each for each in town.elders if each.branch == branch.id]
    people = [_someone(town) for _ in range(25)]
    usual = sum(row.branch_id == branch.id for row in town.served)
    last = (closes - BEGIN) // DAY
    much = 0.1 if _careful(town) else town.draw.uniform(0.3, 0.6)
    for _ in range(max(20, int(usual * much))):
        person, elder = town.draw.choice(people), town.draw.choice(near)
        came = _between(town, person, elder, range(last - 11, last))
        scheme.add(town.visit(person, elder, came, 60))
    return scheme


def hasty_staff(town: Town) -> Scheme:
    """Coming, going and the elder's word, all from one chair."""
    scheme = Scheme("hasty_staff")
    branch = town.draw.choice(town.branches)
    clerk = town.draw.choice(branch.clerks)
    people = [_someone(town) for _ in range(3)]
    low, high = (40, 600) if _careful(town) else (4, 30)
    for day in _days(town, town.draw.randint(6, 14)):
        person, elder = town.draw.choice(people), town.draw.choice(town.elders)
        row = town.visit(person, elder, _on(town, day), 60)
        scheme.add(
            _rewrite(
                town,
                row,
                word="voice",
                word_by=clerk,
                word_at=row.left + town.draw.randint(low, high),
                word_device=branch.device,
            )
        )
    return scheme


def kept_pair(town: Town) -> Scheme:
    """A provider who lives on one elder, and on paper only."""
    scheme = Scheme("kept_pair")
    person, elder = _someone(town), _new_elder(town)
    elder.phone = elder.phone or town.phone()
    for day in _days(town, 9 if _careful(town) else town.draw.randint(28, 60)):
        scheme.add(town.visit(person, elder, _on(town, day), town.draw.choice((90, 120, 150))))
    return scheme


#: Kind -> how it is done, and the flag that is made for it.
KINDS: Mapping[str, tuple[Callable[[Town], Scheme], str]] = {
    "bought_hours": (bought_hours, "entry_burst"),
    "self_dealing": (self_dealing, "same_device"),
    "swap": (swap, "mutual_swap"),
    "ring": (ring, "cycle"),
    "ghost_elder": (ghost_elder, "one_hand"),
    "too_fast": (too_fast, "travel"),
    "duplicated_slips": (duplicated_slips, "overlap"),
    "device_farm": (device_farm, "shared_device"),
    "before_death": (before_death, "burst_before_death"),
    "for_the_dead": (for_the_dead, "after_death"),
    "clerk_signs_all": (clerk_signs_all, "one_administrator"),
    "copied_lengths": (copied_lengths, "equal_durations"),
    "at_night": (at_night, "outside_hours"),
    "before_closing": (before_closing, "burst_before_closing"),
    "hasty_staff": (hasty_staff, "no_time_between"),
    "kept_pair": (kept_pair, "concentrated_pair"),
}


def crooked_town(seed: int, kinds: Sequence[str] = tuple(KINDS)) -> tuple[Town, list[Scheme]]:
    """A town of a seed with a scheme of each kind; an elder in league passes a call-back."""
    town = Town(seed)
    schemes = [KINDS[kind][0](town) for kind in kinds]
    rows = {row.id: row for row in town.served}
    for scheme in schemes:
        for each in sorted(scheme.visits):
            if town.draw.random() < 0.004:
                town.passed.add((rows[each].elder_id, rows[each].provider_id))
    return town, schemes
