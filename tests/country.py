"""Several regions that recognise each other, for tests: funds, caps and agreements in force."""

from __future__ import annotations

from datetime import date, datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from models.corridors import Corridor, CorridorMode, NetDebitCap, Phase
from models.reserve import FundRecord
from services.policy import SYSTEM
from tests.factories import NOW, create_region_tree

#: 龙湾, 鹿城 and 南京鼓楼: two of one city, and one of another province.
ONE, TWO, FAR = "330303000000", "330302000000", "320106000000"
CAP_MINUTES = 60_000
SINCE = date(2026, 1, 1)


def join_region(session: Session, book: str, *, cap_minutes: int = CAP_MINUTES) -> None:
    """Open a book, with a signed fund record behind it and a cap on what it may owe."""
    create_region_tree(session, book)
    session.add(
        FundRecord(
            book=book,
            id=uuid4(),
            on_day=SINCE,
            fund_fen=100_000_000,
            document="样例基金 1 号",
            recorded_by_id=SYSTEM.id,
            recorded_at=NOW,
            signed_by_id=SYSTEM.id,
            signed_at=NOW,
        )
    )
    set_cap(session, book, cap_minutes)


def set_cap(session: Session, book: str, cap_minutes: int, now: datetime = NOW) -> None:
    """A cap from the beginning of the year."""
    session.add(
        NetDebitCap(
            book=book,
            id=uuid4(),
            cap_minutes=cap_minutes,
            valid_from=SINCE,
            document="样例额度 1 号",
            set_by_id=SYSTEM.id,
            set_at=now,
        )
    )
    session.flush()


def open_corridor(
    session: Session,
    one_code: str,
    other_code: str,
    mode: CorridorMode = CorridorMode.BOTH,
    *,
    phase: Phase = Phase.DISTRICT,
    pair_cap_minutes: int = CAP_MINUTES,
    valid_from: date = SINCE,
) -> None:
    """A signed agreement between two regions."""
    session.add(
        Corridor(
            id=uuid4(),
            one_code=one_code,
            other_code=other_code,
            phase=phase,
            mode=mode,
            pair_cap_minutes=pair_cap_minutes,
            valid_from=valid_from,
            document="样例协议 1 号",
            proposed_by_id=SYSTEM.id,
            proposed_at=NOW,
            signed_by_id=SYSTEM.id,
            signed_at=NOW,
        )
    )
    session.flush()


def join_all(session: Session, *books: str) -> None:
    """Regions that all recognise each other both ways."""
    for book in books:
        join_region(session, book)
    for place, one in enumerate(books):
        for other in books[place + 1 :]:
            open_corridor(session, one, other)
