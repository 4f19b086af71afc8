"""What every act needs: who, when, where to write, and the client's key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.ids import uuid7
from services.policy import Actor
from services.vault import Vault


@dataclass(frozen=True, slots=True)
class Context:
    """Passed first to every service function; the edges make it, tests make it by hand."""

    session: Session
    actor: Actor
    #: The moment of the act, aware. Services never ask a clock.
    now: datetime
    vault: Vault
    #: The client's idempotency key for a write; reads have none.
    key: str | None = None
    #: Run when the key of the unit's first act is claimed and before the act is done: raises when
    #: what the client saw has changed since. A key that has its answer already never runs it.
    before: Callable[[], None] | None = None
    #: Keyed digest of the device that the act came from, where it is known.
    device: str | None = None
    #: When the actor's login last showed a second factor; None: it has not.
    factor_at: datetime | None = None

    def new_id(self) -> UUID:
        """A fresh time-ordered key."""
        return uuid7(self.now)

    def as_actor(self, actor: Actor) -> Context:
        """The same act by someone else (jobs, imports)."""
        return replace(self, actor=actor)
