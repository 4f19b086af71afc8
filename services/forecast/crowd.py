"""Who was there, period by period: members, those who served, who came, stopped and died."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Entry, Transfer
from models.people import Member, MemberStatus, Sex
from services.clock import age_on
from services.forecast.periods import Periods
from services.forecast.population import (
    FEMALE,
    MALE,
    Floats,
    age_index,
    band_of_age,
    bands,
    mortality,
)

#: Transfers by which somebody is helped and somebody earns.
SERVING = ("service", "session", "closed_door")
#: Members fetched at once.
AT_ONCE = 5000


class Person(NamedTuple):
    """A member; ``joined`` and ``died`` are numbers of periods, None for before and for never."""

    sex: int
    born_on: date
    joined: int | None
    died: int | None
    is_gone: bool

    def age(self, day: date) -> int:
        """The place of the age on a day among the years of age."""
        return age_index(age_on(self.born_on, day))


def persons(session: Session, books: tuple[str, ...], periods: Periods) -> dict[UUID, Person]:
    """Everybody whose home is in these books, but those whose identity nobody has checked."""
    rows = session.execute(
        sa.select(
            Member.id,
            Member.sex,
            Member.born_on,
            Member.joined_at,
            Member.died_at,
            Member.status,
        ).where(Member.home_book.in_(books), Member.status != MemberStatus.PENDING),
        execution_options={"yield_per": AT_ONCE},
    )
    return {
        row.id: Person(
            FEMALE if row.sex is Sex.FEMALE else MALE,
            row.born_on,
            periods.number(row.joined_at),
            periods.number(row.died_at),
            row.status is MemberStatus.CLOSED,
        )
        for row in rows
    }


def serving(
    session: Session, books: tuple[str, ...], periods: Periods, known: Mapping[UUID, Person]
) -> list[set[UUID]]:
    """Who earned something by serving, period by period."""
    found: list[set[UUID]] = [set() for _ in periods.ends]
    rows = session.execute(
        periods.entries(books, periods.column(Transfer.posted_at), Account.owner_id)
        .where(Account.kind == AccountKind.EARNED, Entry.amount_minutes > 0)
        .where(Transfer.kind.in_(SERVING))
        .distinct()
    )
    for row in rows:
        if row.owner_id in known:
            found[row.number].add(row.owner_id)
    return found


def _nobody() -> Floats:
    return np.zeros(bands())


@dataclass
class There:
    """Persons of one period, by band; deaths by the life table are those of a whole year."""

    members: Floats = field(default_factory=_nobody)
    volunteers: Floats = field(default_factory=_nobody)
    joined: Floats = field(default_factory=_nobody)
    joined_active: Floats = field(default_factory=_nobody)
    left: Floats = field(default_factory=_nobody)
    returned: Floats = field(default_factory=_nobody)
    died: float = 0.0
    died_by_table: float = 0.0

    def add(self, person: Person, number: int, day: date, *, serves: bool, served: bool) -> None:
        """Count one person: who serves now, and whether that was so in the period before."""
        age = person.age(day)
        band = int(band_of_age()[age])
        self.members[band] += 1
        self.volunteers[band] += serves
        self.died_by_table += float(mortality()[person.sex, age])
        if person.died == number:
            self.died += 1
        elif person.joined == number:
            self.joined[band] += 1
            self.joined_active[band] += serves
        elif served and not serves:
            self.left[band] += 1
        elif number and serves and not served:
            self.returned[band] += 1


def there(
    number: int, periods: Periods, known: Mapping[UUID, Person], active: list[set[UUID]]
) -> There:
    """Who was there in a period."""
    found, day = There(), periods.middles[number]
    before: set[UUID] = active[number - 1] if number else set()
    for member_id, person in known.items():
        joined = -1 if person.joined is None else person.joined
        died = len(periods.ends) if person.died is None else person.died
        if joined <= number <= died and (person.died is not None or not person.is_gone):
            found.add(
                person,
                number,
                day,
                serves=member_id in active[number],
                served=member_id in before,
            )
    return found
