"""A region that nears its cap hears of it once for each threshold, and again after a fall."""

from __future__ import annotations

from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.oversight import OutboxMessage
from services.corridors.claiming import claim, free
from services.corridors.crossing import post_across
from services.corridors.sentences import CAP_WARNING
from services.ledger.clearing import Crossing
from tests.country import ONE, TWO, join_region, open_corridor
from tests.factories import create_region_admin, make_ctx
from tests.services.corridors.test_claiming import halves


def warned(session: Session, admin: UUID) -> int:
    rows = sa.select(OutboxMessage.id).where(
        OutboxMessage.book == ONE,
        OutboxMessage.member_id == admin,
        OutboxMessage.sentence == CAP_WARNING,
    )
    return len(session.scalars(rows).all())


def test_each_threshold_is_said_once_until_it_has_fallen_below(session: Session) -> None:
    admin = create_region_admin(session)
    join_region(session, ONE, cap_minutes=1_000)
    join_region(session, TWO)
    open_corridor(session, ONE, TWO)
    ctx = make_ctx(session)

    def takes(minutes: int) -> UUID:
        subject = uuid4()
        claim(ctx, ONE, TWO, minutes, purpose="gift", subject_id=subject)
        return subject

    takes(699)
    assert warned(session, admin) == 0
    first = takes(1)
    assert warned(session, admin) == 1
    takes(100)
    assert warned(session, admin) == 1
    takes(100)
    assert warned(session, admin) == 2
    free(ctx, ONE, first)
    # 899 of 1,000: below the second threshold, above the first.
    again = takes(1)
    assert warned(session, admin) == 3
    # What is used instead of claimed leaves the sum as it was.
    post_across(
        ctx,
        halves(1),
        [Crossing(ONE, TWO, 1)],
        payer_book=ONE,
        key="act",
        subjects=[(ONE, again)],
    )
    assert warned(session, admin) == 3


def test_what_comes_without_a_claim_is_warned_of_as_well(session: Session) -> None:
    admin = create_region_admin(session)
    join_region(session, ONE, cap_minutes=1_000)
    join_region(session, TWO)
    across = [Crossing(ONE, TWO, 750)]
    post_across(make_ctx(session), halves(750), across, payer_book=ONE, key="act")
    assert warned(session, admin) == 1
