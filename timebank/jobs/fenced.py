"""Units of work of the job process: none commits without the lease, and a task's are one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.orm import Session

from services.errors import DomainError
from services.jobs.runs import hold_fence
from timebank.uow import UnitOfWork

T = TypeVar("T")
LEASE = "scheduler"


class Fenced(UnitOfWork):
    """Every unit of work ends with a look at the fence; after a change of holder none commits."""

    def __init__(self, inside: UnitOfWork, fence: int) -> None:
        super().__init__(inside.engine)
        self._fence = fence

    def run(self, work: Callable[[Session], T]) -> T:
        """Run ``work``, and keep what it wrote only under the newest fence."""
        return super().run(lambda session: self._checked(session, work))

    def _checked(self, session: Session, work: Callable[[Session], T]) -> T:
        try:
            result = work(session)
        except DomainError as refusal:
            if refusal.commits:
                hold_fence(session, LEASE, self._fence)
            raise
        session.flush()
        hold_fence(session, LEASE, self._fence)
        return result


class Joined(UnitOfWork):
    """Units of work inside another one: each is a savepoint, and the outer one commits.

    Outside of the block, and in other threads, they are what they were without it.
    """

    def __init__(self, outside: UnitOfWork, session: Session) -> None:
        super().__init__(outside.engine)
        self._outside = outside
        self._session: Session | None = session
        self._thread = threading.get_ident()

    def run(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in the outer unit of work; what it refused goes back to a savepoint."""
        session = self._here()
        if session is None:
            return self._outside.run(work)
        with session.begin_nested():
            try:
                return work(session)
            except DomainError as error:
                if not error.commits:
                    raise
                refusal = error
        raise refusal

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Read what the outer unit of work sees, its own changes among it."""
        session = self._here()
        if session is None:
            with self._outside.read() as other:
                yield other
            return
        session.flush()
        yield session

    def leave(self) -> None:
        """The outer unit of work is over."""
        self._session = None

    def _here(self) -> Session | None:
        return self._session if threading.get_ident() == self._thread else None


@contextmanager
def joined(outside: UnitOfWork, session: Session) -> Iterator[Joined]:
    """Units of work that belong to the one around them, until the block ends."""
    inside = Joined(outside, session)
    try:
        yield inside
    finally:
        inside.leave()
