"""Jobs of privacy: what is over goes, granted erasures are carried out, old seals are renewed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from services.privacy.rotating import rotate_chunk, sealed_columns
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system


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


JOBS = (Job("rotate-keys", timedelta(hours=6), rotate_if_there_are_older_keys),)
