"""Jobs of privacy: what is over goes, granted erasures are carried out, old seals are renewed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from services.policy import NATION
from services.privacy import erasing, retention
from services.privacy.rotating import rotate_chunk, sealed_columns
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, each_alone, peek


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a whole rotation came to."""

    rewritten: int
    unreadable: int


def seal_anew(held: Timebank) -> Rotated:
    """Seal with the newest key whatever another key has sealed, chunk by chunk."""
    rewritten = unreadable = 0
    for place in sealed_columns():
        after = None
        while True:
            turn = as_system(held, partial(rotate_chunk, place=place, after=after))
            rewritten += turn.rewritten
            unreadable += turn.unreadable
            if turn.after is None:
                break
            after = turn.after
    return Rotated(rewritten, unreadable)


def rotate_if_there_are_older_keys(held: Timebank) -> int:
    """The same by the job process; without an older key there is nothing to do."""
    return seal_anew(held).rewritten if held.vault.older_keys else 0


def keep_to_terms(held: Timebank) -> int:
    """Delete or empty what is over, and count it; returns how many rows that were."""
    counts: Counter[str] = Counter()
    every = peek(held, retention.books)
    for step in retention.steps():
        for book in every if step.by_book else [NATION]:
            while done := as_system(held, partial(retention.run_step, step=step, book=book)):
                counts[step.name] += done
                if done < retention.CHUNK and step.by_book:
                    break
    if counts:
        as_system(held, partial(retention.record_run, counts=counts))
    return counts.total()


def erase_who_was_granted(held: Timebank) -> int:
    """Carry out the erasures whose days of grace are over, each in a unit of work of its own."""

    def one(found: tuple[UUID, UUID]) -> int:
        member_id, request_id = found
        work = partial(erasing.erase, member_id=member_id, request_id=request_id)
        return int(as_system(held, work))

    return each_alone(peek(held, erasing.due), one)


JOBS = (
    Job("rotate-keys", timedelta(hours=6), rotate_if_there_are_older_keys),
    Job("retention", timedelta(days=1), keep_to_terms),
    Job("erase-members", timedelta(hours=1), erase_who_was_granted),
)
