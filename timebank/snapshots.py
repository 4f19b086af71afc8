"""One snapshot of the volunteers in a process, followed when somebody asks for it.

Web workers and the job process each have their own. Whoever comes while another one is looking
at the database gets the columns as they are: nobody waits but for the very first reading.
"""

from __future__ import annotations

import contextlib
import threading
import time
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from services.errors import DomainError
from services.matching.columns import Columns
from services.matching.snapshot import Snapshot, follow, load
from timebank.edge import Timebank
from timebank.uow import UnitOfWork

#: The database is looked at no more often than this.
EVERY_SECONDS = 2.0


class Keeper:
    """Keeps the snapshot of one database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._looked_at = 0.0

    def columns(self, held: Timebank) -> Columns:
        """The columns, at most two seconds behind the database, or as long as a look takes."""
        known = self._snapshot
        if known is None:
            with self._lock:
                return self._look(held) if self._snapshot is None else self._snapshot.columns
        is_due = time.monotonic() - self._looked_at >= EVERY_SECONDS
        if is_due and self._lock.acquire(blocking=False):
            try:
                return self._look(held)
            finally:
                self._lock.release()
        return known.columns

    def _look(self, held: Timebank) -> Columns:
        now, known = held.clock(), self._snapshot
        # Never what an unfinished unit of work has written, also when asked from inside of one.
        with UnitOfWork(held.uow.engine).read() as session:
            found = load(session, now) if known is None else follow(session, known, now)
        self._snapshot, self._looked_at = found, time.monotonic()
        return found.columns


def warm(held: Timebank) -> None:
    """Read everybody before anybody asks; a fault is told to whoever asks first."""
    with contextlib.suppress(DBAPIError, DomainError):
        columns(held)


#: By the engine: tests have several applications in one process.
_KEEPERS: WeakKeyDictionary[sa.Engine, Keeper] = WeakKeyDictionary()
_MAKING = threading.Lock()


def columns(held: Timebank) -> Columns:
    """The volunteers of this application's database, in columns."""
    with _MAKING:
        keeper = _KEEPERS.setdefault(held.uow.engine, Keeper())
    return keeper.columns(held)
