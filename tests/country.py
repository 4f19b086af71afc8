"""Several regions that recognise each other, for tests: funds, caps and agreements in force.

Everything goes through the services, by officers out of thin air who are in no table.
"""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy.orm import Session

from models.corridors import CorridorMode, Phase
from services.clock import at_local, local_date
from services.context import Context
from services.corridors import caps
from services.corridors.agreeing import AgreementForm, propose, sign
from services.policy import NATION, NATIONAL_ADMIN, REGION_ADMIN, Actor, Role
from services.queries.corridors import phase_of
from services.reserve import recording
from tests.factories import NOW, create_region_tree, make_ctx

#: 龙湾, 鹿城 and 南京鼓楼: two of one city, and one of another province.
ONE, TWO, FAR = "330303000000", "330302000000", "320106000000"
CAP_MINUTES = 60_000
SINCE = date(2026, 1, 1)


def officer(code: str, turn: int = 1) -> Actor:
    """An administrator of a region of any tier, or of the nation; nobody's kin."""
    nation = code == NATION
    role = Role(NATIONAL_ADMIN if nation else REGION_ADMIN, "nation" if nation else "region", code)
    return Actor(
        id=UUID(int=(8 << 96) | (int(code) * 10 + turn)),
        name="样例管理员",
        home_book=code,
        roles=(role,),
    )


def _on(session: Session, who: Actor, day: date) -> Context:
    return make_ctx(session, who, at_local(day, time(8)))


def join_region(
    session: Session, book: str, *, cap_minutes: int = CAP_MINUTES, fund_fen: int = 100_000_000
) -> None:
    """Open a book, with a signed fund record behind it and a cap on what it may owe."""
    create_region_tree(session, book)
    row = recording.record(_on(session, officer(book), SINCE), book, SINCE, fund_fen, "样例 1 号")
    recording.sign(_on(session, officer(book, 2), SINCE), book, row)
    set_cap(session, book, cap_minutes, at_local(SINCE, time(8)))


def set_cap(session: Session, book: str, cap_minutes: int, now: datetime = NOW) -> None:
    """A cap from the day on which it is set."""
    ctx = make_ctx(session, officer(NATION), now)
    caps.set_cap(ctx, book, cap_minutes, local_date(now), "样例额度 1 号")


def open_corridor(
    session: Session,
    one_code: str,
    other_code: str,
    mode: CorridorMode = CorridorMode.BOTH,
    *,
    phase: Phase | None = None,
    pair_cap_minutes: int = CAP_MINUTES,
    valid_from: date = SINCE,
) -> UUID:
    """A signed agreement between two regions of one tier; its phase follows from the tier."""
    first = _on(session, officer(one_code), valid_from)
    form = AgreementForm(
        one_code=one_code,
        other_code=other_code,
        phase=phase or phase_of(first, one_code),
        mode=mode,
        pair_cap_minutes=pair_cap_minutes,
        valid_from=valid_from,
        document="样例协议 1 号",
    )
    row = propose(first, form)
    sign(_on(session, officer(other_code, 2), valid_from), row)
    return row


def join_all(session: Session, *books: str) -> None:
    """Regions that all recognise each other both ways."""
    for book in books:
        join_region(session, book)
    for place, one in enumerate(books):
        for other in books[place + 1 :]:
            open_corridor(session, one, other)
