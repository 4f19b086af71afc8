"""Seeding: one unit of work for each simulated day, from the founding to this morning."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import date, time, timedelta
from random import Random
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.places import Book
from services.clock import at_local, local_date
from timebank.demo import callbacks, country, donations, estates, grants, rolls
from timebank.demo.days import Day
from timebank.demo.founding import found
from timebank.demo.funding import read_reserves
from timebank.demo.joining import join_crowd, join_named
from timebank.demo.names import Cast as Names
from timebank.demo.scene import Cast, Scene
from timebank.demo.today import set_stage
from timebank.edge import Timebank

#: Of the people who are not on the printed list, this share are elders in need of help.
ELDERS_OF_TEN = 4
#: Days over which the crowd joins.
JOINING_DAYS = 20
#: What a day leaves to the next one.
Evening: TypeAlias = "tuple[Random, Names, Cast]"


def is_empty(held: Timebank) -> bool:
    """Whether nobody has founded anything in this database yet."""
    with held.uow.read() as session:
        return session.scalar(sa.select(Book.book).limit(1)) is None


def seed(held: Timebank, people: int, days: int, seed_number: int) -> Iterator[date]:
    """Live through ``days`` days with ``people`` people; yields each finished day.

    The same seed, size and last day give the same names, wishes and visits. Keys, codes and
    reference numbers are drawn anew each time.
    """
    random = Random(seed_number)  # noqa: S311 - an invented district, not a secret
    now = held.clock()
    today = local_date(now)
    first = today - timedelta(days=days)
    names, cast = Names(random, first), Cast()
    waves = _waves(people, min(days, JOINING_DAYS))
    for offset in range(days + 1):
        day = first + timedelta(days=offset)
        before = (random, names, cast)

        def live(
            session: Session, day: date = day, offset: int = offset, before: Evening = before
        ) -> None:
            nonlocal random, names, cast
            # A unit of work may run again, whole: nobody of a day undone lives on.
            random, names, cast = deepcopy(before)
            scene = Scene(session, held.vault, random, day)
            if offset == 0:
                cast = found(scene, names)
                join_named(scene, names, cast)
            if offset < len(waves):
                join_crowd(scene, names, cast, *waves[offset])
            if offset == country.opens_on(days):
                cast.country = country.begin(scene, names)
            if offset < days:
                read_reserves(scene)
                donations.live(scene, cast, offset)
                estates.live(scene, names, cast, days - offset)
                callbacks.live(scene)
            if offset == days:
                set_stage(scene, cast, now)
                rolls.stage(scene, cast, now)
            elif offset > 0:
                grants.live(scene, cast)
                today_here = Day(scene, cast, kept_free=at_local(today - timedelta(days=1), time()))
                if cast.country is not None:
                    country.CountryDay(scene, cast.country, days - offset).plan(today_here)
                today_here.live()

        held.uow.run(live)
        if offset == days:
            callbacks.finish(held, cast)
            rolls.finish(held, cast)
        yield day


def _waves(people: int, days: int) -> list[tuple[int, int]]:
    """How many elders and volunteers join on each of the first days: half of them at once."""
    crowd = max(0, people - 12)
    elders = crowd * ELDERS_OF_TEN // 10
    volunteers = crowd - elders
    rest_elders, rest_volunteers = elders - elders // 2, volunteers - volunteers // 2
    steps = max(1, days - 1)

    def part(whole: int, step: int) -> int:
        return whole * (step + 1) // steps - whole * step // steps

    later = [(part(rest_elders, step), part(rest_volunteers, step)) for step in range(steps)]
    return [(elders // 2, volunteers // 2), *later]
