"""Where a draw's seed comes from: the first daily list after the closing, signed by two witnesses.

Neither the list nor the witnesses can be chosen afterwards. The list is the first one published
after the closing at which there were enough witnesses; the witnesses are, of those whom that
list's own text names, the ones introduced first. Whoever else signs, and when, changes nothing.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.seals import HeadList, HeadSignature
from services.callbacks.terms import Terms
from services.callbacks.witnesses import first_witnesses
from services.ledger.seals.daylist import DayList, read_list
from services.ledger.seals.headers import OUTSIDER
from services.ledger.seals.keyring import Held
from services.ledger.seals.keys import key_ring
from services.rules.drawing import Signed


@dataclass(frozen=True, slots=True)
class SeedList:
    """The daily list whose signatures make a seed, and whose they must be."""

    day: date
    at: datetime
    content_hash: str
    witnesses: tuple[Held, ...]
    #: Signatures that came after this moment make no seed any more.
    deadline: datetime


class Wait(StrEnum):
    """What a draw waits for."""

    WITNESSES = "witnesses"  # there are not enough of them
    LIST = "list"  # the next daily list
    SIGNATURES = "signatures"  # under that list


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a draw waits for; with a list that has come, who has not signed it, and until when."""

    what: Wait
    day: date | None = None
    missing: tuple[str, ...] = ()
    deadline: datetime | None = None


#: Daily lists that have been read, by day; shared by the draws of one run.
Read = MutableMapping[date, DayList]


def seed_list(
    session: Session, closed_at: datetime, terms: Terms, read: Read | None = None
) -> SeedList | None:
    """The list that makes the seed of what was closed at a moment; None while there is none."""
    known: Read = {} if read is None else read
    rows = session.execute(
        sa.select(HeadList.day, HeadList.content_hash)
        .where(HeadList.at > closed_at)
        .order_by(HeadList.day)
    ).all()
    if not rows or not _ever_enough(session, terms):
        return None
    for row in rows:
        if row.day not in known:
            known[row.day] = read_list(session.get_one(HeadList, row.day).content)
        day_list = known[row.day]
        witnesses = first_witnesses(day_list.ring, terms.witnesses)
        if witnesses:
            deadline = day_list.at + timedelta(days=terms.patience_days)
            return SeedList(row.day, day_list.at, row.content_hash, witnesses, deadline)
    return None


def _ever_enough(session: Session, terms: Terms) -> bool:
    held = [each for each in key_ring(session).held() if each.role == OUTSIDER]
    return len(held) >= terms.witnesses


def signatures(session: Session, found: SeedList) -> tuple[Signed, ...] | None:
    """What the named witnesses signed in time, sorted; None while one of them is missing."""
    signed = _signed(session, found)
    if len(signed) < len(found.witnesses):
        return None
    return tuple(sorted(signed.items()))


def _signed(session: Session, found: SeedList) -> dict[str, str]:
    rows = session.execute(
        sa.select(HeadSignature.key_id, HeadSignature.signature)
        .where(HeadSignature.day == found.day, HeadSignature.at <= found.deadline)
        .where(HeadSignature.key_id.in_([held.key_id for held in found.witnesses]))
    )
    return {row.key_id: row.signature for row in rows}


def waiting_for(
    session: Session, closed_at: datetime, terms: Terms, read: Read | None = None
) -> Waiting:
    """Why a closed list has not been drawn from yet."""
    found = seed_list(session, closed_at, terms, read)
    if found is None:
        enough = first_witnesses(key_ring(session), terms.witnesses)
        return Waiting(Wait.LIST if enough else Wait.WITNESSES)
    there = _signed(session, found)
    missing = tuple(held.holder for held in found.witnesses if held.key_id not in there)
    return Waiting(Wait.SIGNATURES, found.day, missing, found.deadline)
