"""The job of the nightly check: every book recomputed, one after the other, and the result kept.

A book is a piece: it is read in one state while writers go on, and its result is kept before the
next begins. A process that ends half-way has lost one book's work, and the next run goes on.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta

from services.context import Context
from services.ledger.breaches import Tally
from services.ledger.streams import snapshot
from services.policy import SYSTEM
from services.verification import results, whole
from timebank import logs
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek

log = logging.getLogger(__name__)


def verify_books(held: Timebank) -> int:
    """Check each book that is due; returns how many were checked, whatever was found."""
    revision = held.settings.newest_migration

    def check(book: str) -> int:
        found = look_at(held, book)
        as_system(held, lambda ctx: results.keep(ctx, found, results.JOB, revision))
        tell(found)
        return 1

    return each_alone(peek(held, results.due), check)


def look_at(held: Timebank, book: str) -> results.Checked:
    """Recompute one book in one state of the database."""
    tally, codes = Tally(), Counter[str]()
    began = held.clock()
    with held.uow.read() as session:
        snapshot(session)
        ctx = Context(session=session, actor=SYSTEM, now=began, vault=held.vault)
        codes.update(breach.code for breach in whole.part(ctx, book, tally))
    return results.Checked(book, began, tally.counts.total(), codes)


def tell(found: results.Checked) -> None:
    """A line in the log for each kind of breach; none when everything agrees."""
    for code, count in sorted(found.codes.items()):
        logs.say(log, "breach", logging.ERROR, book=found.book, code=code, count=count)


JOBS = (Job("verify-ledger", timedelta(hours=1), verify_books),)
