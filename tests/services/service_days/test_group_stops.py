"""A session keeps the premiums that its region's reserve left when somebody said yes to lead it."""

from __future__ import annotations

from datetime import date, timedelta

from models.reserve import FundRecord
from services.groups.leading import lead, step_back
from services.policy import SYSTEM
from services.reserve.reading import read_reserve
from tests.factories import LONGWAN, NOW
from tests.services.service_days.conftest import START, Room

#: Saturday at ten: the time counts 110 % there, as long as nothing is stopped.
SATURDAY = START + timedelta(days=3)
WITH_PREMIUM, WITHOUT = 109, 99


def funded(room: Room, fund_fen: int, later: int) -> None:
    """The region's fund is so much now."""
    now = NOW + timedelta(minutes=later)

    def work(ctx: object) -> None:
        ctx.session.add(
            FundRecord(
                book=LONGWAN,
                id=ctx.new_id(),
                on_day=date(2026, 3, 1),
                fund_fen=fund_fen,
                document="样例基金",
                recorded_by_id=SYSTEM.id,
                recorded_at=now,
                signed_by_id=SYSTEM.id,
                signed_at=now,
            )
        )
        ctx.session.flush()
        read_reserve(ctx, LONGWAN)

    room.street.act(SYSTEM, work, now=now)


def test_a_stop_holds_less_and_stays_with_whoever_has_said_yes(room: Room) -> None:
    room.elder(coins=600)  # ten coins, worth 200 yuan
    room.street.issue(1_000)
    funded(room, 2_900, 1)
    session = room.made(starts_at=SATURDAY, closes_at=SATURDAY - timedelta(hours=2))
    leader = room.street.volunteer
    room.street.act(leader, lambda ctx: lead(ctx, LONGWAN, session))
    assert (room.session(session).premium_stop, room.street.pool()) == ("pt", (1_000, WITHOUT))
    funded(room, 20_000, 2)
    assert room.session(session).premium_stop == "pt"
    room.street.act(leader, lambda ctx: step_back(ctx, LONGWAN, session, "病了"))
    assert room.session(session).premium_stop == "none"
    room.street.act(leader, lambda ctx: lead(ctx, LONGWAN, session))
    assert (room.session(session).premium_stop, room.street.pool()) == (
        "none",
        (1_000, WITH_PREMIUM),
    )
