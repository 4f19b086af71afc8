"""Being there: two places at once, a way too fast, one device for both sides, odd hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import isqrt
from uuid import UUID

from services.rules.flags.rows import (
    DAY,
    LOCAL,
    Finding,
    Served,
    Thresholds,
    Window,
    by_provider,
)

#: Words that somebody gives on a device of his own side.
ON_DEVICE = ("own", "family")
#: Millimetres on the ground for a millionth of a degree of latitude.
_MILLIMETRES = 111


def overlap(window: Window, table: Thresholds) -> Iterator[Finding]:
    """One person in two services at once by the actual times, as provider, elder, or both.

    Two people who come to the same request are at one service; whoever runs an errand leaves the
    elder free for another.
    """
    held = table.held_to["overlap"]
    least = held["least_seconds"]
    own: dict[UUID, list[Served]] = {}
    for row in window.served:
        own.setdefault(row.provider_id, []).append(row)
        if row.service not in table.away:
            own.setdefault(row.elder_id, []).append(row)
    for person, rows in own.items():
        rows.sort(key=lambda row: row.came)
        last = rows[0]
        for row in rows[1:]:
            common = min(last.left, row.left) - row.came
            if common >= least and not (
                row.request_id == last.request_id and row.provider_id != last.provider_id
            ):
                yield _overlap(person, last, row, common, held)
            if row.left > last.left:
                last = row


def _overlap(
    person: UUID, first: Served, second: Served, seconds: int, held: Mapping[str, int]
) -> Finding:
    figures = {
        "common_minutes": seconds // 60,
        "role": "provider" if person == second.provider_id else "elder",
        "first_role": "provider" if person == first.provider_id else "elder",
    }
    people = {first.provider_id, first.elder_id, second.provider_id, second.elder_id}
    return Finding(
        "overlap",
        "member",
        person,
        second.came,
        (first.id, second.id),
        tuple(sorted(people)),
        figures,
        held,
        second.branch_id,
    )


def travel(window: Window, table: Thresholds) -> Iterator[Finding]:
    """Two visits of a provider in two places with less time between them than any way takes."""
    held = table.held_to["travel"]
    for provider, rows in by_provider([r for r in window.served if not r.remote]).items():
        for first, second in pairwise(rows):
            if first.latitude_e6 is None or second.latitude_e6 is None:
                continue
            gap = second.came - first.left
            distance = metres(first, second)
            if gap < 0 or distance < held["least_m"]:
                continue
            needed = distance * 60 // speed(distance, table)
            if needed > gap + held["grace_seconds"]:
                figures = {"distance_m": distance, "seconds": gap, "needed_seconds": needed}
                yield Finding(
                    "travel",
                    "member",
                    provider,
                    second.came,
                    (first.id, second.id),
                    tuple(sorted({provider, first.elder_id, second.elder_id})),
                    figures,
                    {**held, "metres_a_minute": speed(distance, table)},
                    second.branch_id,
                )


def speed(distance_m: int, table: Thresholds) -> int:
    """The most metres a minute that anybody makes over such a distance, in a straight line."""
    for up_to, metres_a_minute in table.fastest:
        if up_to is None or distance_m <= up_to:
            return metres_a_minute
    return table.fastest[-1][1]


def metres(first: Served, second: Served) -> int:
    """The straight line between two homes in whole metres; good to a hundredth."""
    latitude = first.latitude_e6 or 0
    north = ((second.latitude_e6 or 0) - latitude) * _MILLIMETRES // 1_000
    east = ((second.longitude_e6 or 0) - (first.longitude_e6 or 0)) * _MILLIMETRES // 1_000
    east = east * _cosine_permille(abs(latitude) // 1_000_000) // 1_000
    return isqrt(north * north + east * east)


def _cosine_permille(degrees: int) -> int:
    """Bhaskara's rule: a cosine in whole numbers, wrong by less than two thousandths."""
    angle = 90 - degrees
    product = angle * (180 - angle)
    return 4_000 * product // (40_500 - product)


def same_device(window: Window, table: Thresholds) -> Iterator[Finding]:
    """The device that showed coming or going gave the elder's word as well.

    A call noted by staff is no such word, and a counter's computer serves everybody.
    """
    held = table.held_to["same_device"]
    counters = _counters(window, held["counter_elders"])
    found: dict[UUID, list[Served]] = {}
    for row in window.served:
        device = row.word_device
        if device is None or row.word not in ON_DEVICE or device in counters:
            continue
        if device in (row.came_device, row.left_device):
            found.setdefault(row.provider_id, []).append(row)
    for provider, rows in found.items():
        if len(rows) >= held["visits"]:
            people = {provider, *(row.elder_id for row in rows), *_words(rows)}
            figures = {"visits": len(rows), "elders": len({row.elder_id for row in rows})}
            yield _of_rows("same_device", "member", provider, rows, people, figures, held)


def shared_device(window: Window, table: Thresholds) -> Iterator[Finding]:
    """One device in the hands of many people who should each have their own."""
    held = table.held_to["shared_device"]
    counters = _counters(window, held["counter_elders"])
    users: dict[str, set[UUID]] = {}
    rows_of: dict[str, list[Served]] = {}
    for row in window.served:
        word_by = row.word_by if row.word in ON_DEVICE else None
        used = (
            (row.came_device, row.provider_id),
            (row.left_device, row.provider_id),
            (row.word_device, word_by),
        )
        for device, person in used:
            if device is None or person is None or device in counters:
                continue
            users.setdefault(device, set()).add(person)
            rows = rows_of.setdefault(device, [])
            if not rows or rows[-1] is not row:
                rows.append(row)
    for device, people in users.items():
        if len(people) >= held["people"]:
            rows = rows_of[device]
            figures = {"people": len(people), "visits": len(rows)}
            subject = UUID(hex=device[:32])
            yield _of_rows("shared_device", "device", subject, rows, people, figures, held)


def _counters(window: Window, elders: int) -> frozenset[str]:
    """Devices on which staff noted the words of so many elders: a counter's computer."""
    heard: dict[str, set[UUID]] = {}
    for row in window.served:
        if row.word == "voice" and row.word_device is not None:
            heard.setdefault(row.word_device, set()).add(row.elder_id)
    return frozenset(device for device, who in heard.items() if len(who) >= elders)


def outside_hours(window: Window, table: Thresholds) -> Iterator[Finding]:
    """A visit at an hour at which nobody does this service."""
    held = table.held_to["outside_hours"]
    usual = table.hours[""]
    for row in window.served:
        low, high = table.hours.get(row.service, usual)
        if high - low >= 24:
            continue
        outside = minutes_outside(row.came, row.left, low, high)
        if outside >= held["least_minutes"]:
            yield Finding(
                "outside_hours",
                "visit",
                row.id,
                row.came,
                (row.id,),
                tuple(sorted({row.provider_id, row.elder_id})),
                {"minutes": outside, "hour": (row.came + LOCAL) % DAY // 3_600},
                {**held, "from_hour": low, "to_hour": high},
                row.branch_id,
            )


def minutes_outside(came: int, left: int, low: int, high: int) -> int:
    """Whole minutes between two moments that lie outside the local hours ``low`` to ``high``."""
    inside = 0
    day = (came + LOCAL) // DAY
    while day * DAY - LOCAL < left:
        begin = day * DAY - LOCAL + low * 3_600
        end = day * DAY - LOCAL + high * 3_600
        inside += max(0, min(left, end) - max(came, begin))
        day += 1
    return max(0, left - came - inside) // 60


def _words(rows: list[Served]) -> set[UUID]:
    return {row.word_by for row in rows if row.word_by is not None}


def _of_rows(
    code: str,
    kind: str,
    subject: UUID,
    rows: list[Served],
    people: set[UUID],
    figures: dict[str, int],
    held: Mapping[str, int],
) -> Finding:
    last = max(rows, key=lambda row: row.came)
    return Finding(
        code,
        kind,
        subject,
        last.came,
        tuple(row.id for row in rows),
        tuple(sorted(people)),
        figures,
        held,
        last.branch_id,
    )
