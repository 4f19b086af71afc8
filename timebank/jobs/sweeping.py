"""Working off the due-table: each task once, one failure alone, nothing kept without the lease."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from sqlalchemy.orm import Session

from services.context import Context
from services.jobs import due
from services.jobs.due import Claimed, Overtaken
from services.jobs.runs import LostLease
from services.policy import SYSTEM
from timebank import logs
from timebank.edge import Timebank
from timebank.faults import in_plain_words, where
from timebank.jobs.base import Handler, as_system, peek
from timebank.jobs.fenced import joined

log = logging.getLogger(__name__)
#: Tasks of one sweep; the next one follows in seconds.
MOST = 500


class NobodyKnows(Exception):
    """A task of a kind that this version of the program does not know."""


def sweep(held: Timebank, handlers: Mapping[str, Handler], fence: int) -> int:
    """Work off what is due, the longest waiting first; returns how many tasks were looked at."""
    looked_at = 0
    while looked_at < MOST and peek(held, due.is_anything_due):
        task = as_system(held, partial(due.claim, fence=fence))
        if task is None:
            break
        with logs.bound(run=f"{task.kind}/{task.id}"):
            _work_off(held, handlers, task)
        looked_at += 1
    return looked_at


def _work_off(held: Timebank, handlers: Mapping[str, Handler], task: Claimed) -> None:
    """One task: the work and its mark are one unit of work, a failure is written in another."""
    if due.is_worn_out(task):
        as_system(held, lambda ctx: due.fail(ctx, task, due.CUT_OFF))
        return
    try:
        held.uow.run(partial(_do, held, handlers, task))
    except LostLease:
        raise
    except Overtaken:
        log.warning("task %s was overtaken", task.kind)
    except Exception as error:  # noqa: BLE001 - a poisoned task does not stop the others
        _failed(held, task, error)


def _failed(held: Timebank, task: Claimed, error: Exception) -> None:
    words = in_plain_words(error)
    as_system(held, lambda ctx: due.fail(ctx, task, words))
    log.error("task %s failed (attempt %d): %s", task.kind, task.attempts, where(error))


def _do(held: Timebank, handlers: Mapping[str, Handler], task: Claimed, session: Session) -> None:
    handler = handlers.get(task.kind)
    if handler is None:
        raise NobodyKnows
    with joined(held.uow, session) as inside:
        handler(replace(held, uow=inside), task.book, task.subject_id)
    session.flush()
    due.finish(Context(session=session, actor=SYSTEM, now=held.clock(), vault=held.vault), task)
