"""The stage: who acts in the invented district, and one unit of work at a simulated moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from services.clock import at_local
from services.context import Context
from services.ids import NAMESPACE
from services.people.actors import actor_for
from services.policy import SYSTEM, Actor
from services.vault import Vault

if TYPE_CHECKING:
    from timebank.demo.country import Country

#: The county whose book the demo lives in, and a second one far away.
HOME, AWAY = "330302000000", "320106000000"


@dataclass(slots=True)
class Volunteer:
    """A volunteer of the story: when free, and how eager."""

    id: UUID
    eagerness: float
    #: Looks at every list: the people behind the printed logins.
    is_keen: bool = False


@dataclass(slots=True)
class Elder:
    """An elder of the story: how often help is asked for, and what for."""

    id: UUID
    asks_a_week: float
    favourites: tuple[str, ...]


@dataclass(slots=True)
class Cast:
    """Everybody who has a part."""

    branches: list[UUID] = field(default_factory=list)
    staff: dict[UUID, UUID] = field(default_factory=dict)  # branch -> its staff member
    admins: list[UUID] = field(default_factory=list)
    auditor: UUID | None = None
    volunteers: list[Volunteer] = field(default_factory=list)
    elders: list[Elder] = field(default_factory=list)
    branch_of: dict[UUID, UUID] = field(default_factory=dict)
    #: What a death has brought about, by what it is called in the story.
    estates: dict[str, UUID] = field(default_factory=dict)
    #: The six regions that clear with each other, once they do.
    country: Country | None = None


class Scene:
    """Acts as anybody at any moment of a simulated day, all in one session."""

    def __init__(self, session: Session, vault: Vault, random: Random, day: date) -> None:
        self.session = session
        self.vault = vault
        self.random = random
        self.day = day
        self._actors: dict[UUID, Actor] = {}
        self._acts = 0
        self._device: str | None = None

    def at(self, clock: time, plus_minutes: int = 0) -> datetime:
        """A moment of this day."""
        return at_local(self.day, clock) + timedelta(minutes=plus_minutes)

    def system(self, now: datetime) -> Context:
        """The operator at the console, or the job process."""
        return self._context(SYSTEM, now)

    def actor(self, member_id: UUID, now: datetime) -> Context:
        """A member, with roles and delegations as they stand."""
        known = self._actors.get(member_id)
        if known is None:
            self.session.flush()
            known = self._actors[member_id] = actor_for(self.session, member_id, now)
        return self._context(known, now)

    def forget(self, member_id: UUID) -> None:
        """Read a member's roles anew the next time."""
        self._actors.pop(member_id, None)

    def _context(self, actor: Actor, now: datetime) -> Context:
        self._acts += 1
        key = uuid5(NAMESPACE, f"demo:{self.day}:{self._acts}")
        return Context(self.session, actor, now, self.vault, key=str(key), device=self._device)

    @contextmanager
    def on_device(self, digest: str) -> Iterator[None]:
        """Everything in it is done on one device."""
        self._device = digest
        try:
            yield
        finally:
            self._device = None

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """An act that may be refused without harm: a refusal undoes only itself."""
        with self.session.begin_nested():
            yield
