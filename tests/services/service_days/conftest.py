"""The street of the visits' tests, and group sessions on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from models.batches import Batch
from models.service_days import GroupPlace, GroupSession
from services.batches.signing import sign
from services.batches.working import work_chunk
from services.groups.attending import Attendance, attend
from services.groups.booking import book_place, cancel_place
from services.groups.closing import close, due_to_close
from services.groups.leading import lead
from services.groups.making import SessionForm, make
from services.groups.settling import due_to_settle, settle
from services.policy import SYSTEM
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import START, Street, street

__all__ = ["START", "Street", "street"]

CLOSES = START - timedelta(hours=2)


@dataclass
class Room:
    """A street with elders who come to sessions; B05 is worth 110 % at any hour of that day."""

    street: Street

    def elder(self, coins: int = 300, **overrides: object) -> UUID:
        """One more elder of the branch, with coins."""
        made = self.street.uow.run(
            lambda session: factories.create_elder(
                session, grade=0, branch_id=self.street.branch, **overrides
            )
        )
        if coins:
            self.street.give_coins(made, coins)
        return made

    def form(self, **overrides: object) -> SessionForm:
        """An hour of telephone lessons for five, tomorrow at ten."""
        return SessionForm(
            **{
                "branch_id": self.street.branch,
                "service_code": "B05",
                "starts_at": START,
                "booked_minutes": 60,
                "closes_at": CLOSES,
                "places": 5,
                "place": "网点二楼活动室",
                **overrides,
            }
        )

    def made(self, **overrides: object) -> UUID:
        """A session that the branch offers."""
        form = self.form(**overrides)
        return self.street.act(self.street.staff, lambda ctx: make(ctx, form))

    def led(self, pool: int = 1_000, **overrides: object) -> UUID:
        """A session that the volunteer leads."""
        if pool:
            self.street.issue(pool)
        session = self.made(**overrides)
        self.street.act(self.street.volunteer, lambda ctx: lead(ctx, LONGWAN, session))
        return session

    def book(self, session: UUID, *elders: UUID) -> None:
        """Each takes a place."""
        for elder in elders:
            self.street.act(elder, lambda ctx, e=elder: book_place(ctx, LONGWAN, session, e))

    def unbook(self, session: UUID, elder: UUID, now: datetime = NOW) -> None:
        """The elder gives the place back."""
        self.street.act(elder, lambda ctx: cancel_place(ctx, LONGWAN, session, elder), now=now)

    def close(self, now: datetime = CLOSES) -> int:
        """The job closes what is due; returns how many."""
        due = self.street.act(SYSTEM, due_to_close, now=now)
        for book, session in due:
            self.street.act(SYSTEM, lambda ctx, b=book, s=session: close(ctx, b, s), now=now)
        return len(due)

    def attend(
        self, session: UUID, *present: UUID, minutes: int = 60, who: UUID | None = None
    ) -> UUID | None:
        """Staff write down who came; returns the list that waits."""
        seen = Attendance(START, minutes, present)
        now = START + timedelta(minutes=minutes)
        return self.street.act(
            who or self.street.staff, lambda ctx: attend(ctx, LONGWAN, session, seen), now=now
        )

    def pay(self, batch: UUID) -> None:
        """An administrator signs, the jobs work the list off and settle the session."""
        now = START + timedelta(hours=3)
        row = self.batch(batch)
        self.street.act(
            self.street.admins[0], lambda ctx: sign(ctx, LONGWAN, batch, row.content_hash), now=now
        )
        self.street.act(SYSTEM, lambda ctx: work_chunk(ctx, LONGWAN, batch), now=now)
        for book, session in self.street.act(SYSTEM, due_to_settle, now=now):
            self.street.act(SYSTEM, lambda ctx, b=book, s=session: settle(ctx, b, s), now=now)

    def session(self, key: UUID) -> GroupSession:
        """The stored session."""
        return self.street.look(lambda found: found.get_one(GroupSession, (LONGWAN, key)))

    def place(self, key: UUID, elder: UUID) -> GroupPlace:
        """The stored place."""
        return self.street.look(lambda found: found.get_one(GroupPlace, (LONGWAN, key, elder)))

    def batch(self, key: UUID) -> Batch:
        """The stored list."""
        return self.street.look(lambda found: found.get_one(Batch, (LONGWAN, key)))


@pytest.fixture
def room(street: Street) -> Room:
    """The street, and what goes on in its activity room."""
    return Room(street)
