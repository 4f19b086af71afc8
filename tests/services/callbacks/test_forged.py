"""Draws that somebody with the database's own password has changed: each is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.callbacks import BranchSuspension, Callback, CallbackDraw, CallbackListed
from models.requests import Visit
from services.callbacks.drawing import call_flagged
from services.context import Context
from services.ledger.breaches import Tally
from services.policy import SYSTEM
from services.verification.callbacks import check_callbacks
from tests.databases import Databases
from tests.factories import LONGWAN, VAULT
from tests.services.callbacks.conftest import DAY, MONDAY, County, county_at
from tests.services.callbacks.test_draw import flag
from tests.services.callbacks.test_suspending import JUDGED, judge, sampled
from tests.services.ledger.tampering import Forgery, change, each_alone, remove, together

AT = MONDAY + 20 * DAY
FIRST = CallbackDraw.period == "2026-W11"
FORGERIES: dict[str, Forgery] = {
    "callback_list_changed": change(
        CallbackListed, CallbackListed.position == 3, visit_id=UUID(int=9)
    ),
    "callback_seed_wrong": change(CallbackDraw, FIRST, seed="ab" * 32),
    "callback_drawn_wrong": change(CallbackDraw, FIRST, drawn=1),
    "callback_visit_unlisted": remove(CallbackListed, CallbackListed.position == 11),
    "callback_missing": remove(Callback, Callback.why == "flag"),
    "suspension_unfounded": change(BranchSuspension, BranchSuspension.failed == 2, failed=3),
    "suspension_missing": remove(BranchSuspension, BranchSuspension.failed == 2),
}


@pytest.fixture
def county(databases: Databases) -> Iterator[County]:
    """The check is the same on every engine: one is enough for what it names."""
    yield from county_at(databases, "sqlite")


def test_every_forgery_is_named(county: County) -> None:
    closed = county.drawn()
    called = {each.visit_id for each in county.callbacks()}
    other = county.look(
        lambda session: session.scalars(
            sa.select(Visit.id).where(Visit.book == LONGWAN, Visit.id.not_in(called)).limit(1)
        ).one()
    )
    county.uow.run(lambda session: flag(session, [other]))
    county.act(SYSTEM, lambda ctx: call_flagged(ctx, LONGWAN), now=MONDAY + DAY)
    sampled(county, 20, 2)
    assert judge(county) == 1
    county.close(MONDAY + 14 * DAY)
    assert JUDGED < AT
    found = codes(county, FORGERIES)
    named = {each for each in FORGERIES if each in found[each]}
    assert named == set(FORGERIES), found
    assert county.the_draw(closed).drawn == 2


def test_everybody_called_is_right_only_when_nobody_signed_in_time(county: County) -> None:
    closed = county.close()
    county.publish(MONDAY + DAY)
    late = MONDAY + 40 * DAY
    assert county.draw(closed, late)
    found = codes(
        county,
        {"callback_seed_wrong": change(CallbackDraw, FIRST, drawn_at=MONDAY + 2 * DAY)},
    )
    assert found == {"callback_seed_wrong": {"callback_seed_wrong"}}


def codes(county: County, forgeries: Mapping[str, Forgery]) -> dict[str, set[str]]:
    """What the check names under each forgery."""

    def check(session: Session) -> set[str]:
        ctx = Context(session, SYSTEM, AT, VAULT)
        return {each.code for each in check_callbacks(ctx, LONGWAN, Tally())}

    unchanged = together(())
    found = each_alone(county.uow, county.url, {"": unchanged, **forgeries}, check)
    assert found.pop("") == set()
    return found
