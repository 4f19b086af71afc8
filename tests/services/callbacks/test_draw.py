"""Lists are closed first, seeds come from witnesses, and nobody chooses whom the draw hits."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.callbacks import CallbackListed
from models.flags import Flag, FlagState, FlagVisit
from models.oversight import AuditRecord
from models.requests import Visit
from services.callbacks import seeds
from services.callbacks.closing import close_list
from services.callbacks.drawing import call_flagged, draw
from services.callbacks.terms import terms
from services.errors import Forbidden
from services.policy import SYSTEM
from services.rules.drawing import drawn_positions, seed_of
from tests.factories import LONGWAN, NOW
from tests.services.callbacks.conftest import DAY, MONDAY, VISITS, WITNESSES, County


def test_the_list_of_a_week_is_closed_once_and_on_record(county: County) -> None:
    closed = county.close()
    row = county.the_draw(closed)
    assert (row.period, row.size, len(row.list_hash)) == ("2026-W11", VISITS, 64)
    assert (row.seed, row.drawn_at) == (None, None)
    assert county.close(MONDAY + DAY) is None
    assert county.count(AuditRecord, AuditRecord.act == "callback.close") == 1


def test_what_is_credited_after_a_closing_is_on_the_next_list_and_on_no_third(
    county: County,
) -> None:
    first = county.close()
    # Credited on the Sunday before, but committed after the list was closed.
    late = county.more(1, MONDAY - timedelta(hours=12))
    county.more(1, MONDAY + DAY)
    second = county.close(MONDAY + 7 * DAY)
    third = county.close(MONDAY + 14 * DAY)
    sizes = [county.the_draw(each).size for each in (first, second, third)]
    assert sizes == [VISITS, 2, 0]
    found = county.look(
        lambda session: session.scalars(
            sa.select(CallbackListed.draw_id).where(
                CallbackListed.book == LONGWAN, CallbackListed.visit_id == late[0]
            )
        ).all()
    )
    assert found == [second]


def test_an_empty_list_waits_for_no_seed(county: County) -> None:
    county.close()
    empty = county.the_draw(county.close(MONDAY + 7 * DAY))
    assert (empty.size, empty.drawn, empty.seed) == (0, 0, None)
    assert empty.drawn_at is not None


def test_weeks_in_which_nobody_closed_are_part_of_the_next_list(county: County) -> None:
    county.close()
    county.more(3, MONDAY + DAY)
    row = county.the_draw(county.close(MONDAY + 21 * DAY))
    assert (row.period, row.size) == ("2026-W14", 3)
    assert str(row.first_day) == "2026-03-16"


def test_only_the_machine_closes_and_draws(county: County) -> None:
    closed = county.close()
    for work in (
        lambda ctx: close_list(ctx, LONGWAN),
        lambda ctx: draw(ctx, LONGWAN, closed),
        lambda ctx: call_flagged(ctx, LONGWAN),
    ):
        with pytest.raises(Forbidden):
            county.act(county.admins[0], work)


def test_the_seed_is_what_two_witnesses_sign_after_the_closing(county: County) -> None:
    before = county.publish(MONDAY - DAY)
    for number in (0, 1):
        county.sign(before, number, MONDAY)
    closed = county.close()
    assert not county.draw(closed, MONDAY)
    day = county.publish(MONDAY + DAY)
    county.sign(day, 0, MONDAY + DAY)
    assert not county.draw(closed, MONDAY + DAY)
    county.sign(day, 1, MONDAY + DAY)
    assert county.draw(closed, MONDAY + DAY)
    row = county.the_draw(closed)
    assert row.seed_day == day
    assert row.seed == seed_of(row.list_hash, day, [tuple(each) for each in row.seed_signatures])
    assert row.drawn == 2  # ten per cent of twelve, rounded up
    assert [each.visit_id for each in county.callbacks()] == sorted(_drawn_visits(county, closed))
    assert {each.why for each in county.callbacks()} == {"random"}
    assert not county.draw(closed, MONDAY + 2 * DAY)


def _drawn_visits(county: County, closed: UUID) -> list[UUID]:
    row = county.the_draw(closed)
    positions = drawn_positions(row.seed, row.size, row.drawn)
    return county.look(
        lambda session: list(
            session.scalars(
                sa.select(CallbackListed.visit_id)
                .where(CallbackListed.book == LONGWAN, CallbackListed.draw_id == closed)
                .where(CallbackListed.position.in_(positions))
            )
        )
    )


def test_a_third_witness_changes_nothing_whenever_he_signs(county: County) -> None:
    county.add_witness(2, NOW + DAY)
    closed = county.close()
    day = county.publish(MONDAY + DAY)
    # The newcomer and one of the first do not make two: it is always the same two.
    for number in (2, 0):
        county.sign(day, number, MONDAY + DAY)
    assert not county.draw(closed, MONDAY + DAY)
    county.sign(day, 1, MONDAY + 2 * DAY)
    assert county.draw(closed, MONDAY + 2 * DAY)
    signed = {key_id for key_id, _ in county.the_draw(closed).seed_signatures}
    assert signed == {each.key_id for each in WITNESSES[:2]}


def test_a_signature_held_back_gives_no_second_try_but_calls_everybody(county: County) -> None:
    closed = county.close()
    first = county.publish(MONDAY + DAY)
    county.sign(first, 0, MONDAY + DAY)
    # A later list that both have signed is not asked.
    second = county.publish(MONDAY + 2 * DAY)
    for number in (0, 1):
        county.sign(second, number, MONDAY + 2 * DAY)
    assert not county.draw(closed, MONDAY + 2 * DAY)
    late = MONDAY + DAY + timedelta(days=terms().patience_days)
    assert not county.draw(closed, late)
    # What comes too late is no seed, even though it is there.
    county.sign(first, 1, late + timedelta(seconds=1))
    assert county.draw(closed, late + timedelta(seconds=1))
    row = county.the_draw(closed)
    assert (row.seed, row.seed_day, row.drawn) == (None, first, VISITS)
    assert len(county.callbacks()) == VISITS


def test_a_waiting_draw_says_what_it_waits_for(county: County) -> None:
    closed = county.close()
    at = county.the_draw(closed).closed_at

    def waits() -> seeds.Waiting:
        return county.look(lambda session: seeds.waiting_for(session, at, terms()))

    assert waits().what is seeds.Wait.LIST
    day = county.publish(MONDAY + DAY)
    county.sign(day, 1, MONDAY + DAY)
    found = waits()
    assert (found.what, found.day, found.missing) == (seeds.Wait.SIGNATURES, day, ("见证人 1",))
    assert found.deadline == MONDAY + DAY + timedelta(days=terms().patience_days)


def test_every_flagged_visit_is_called_and_a_drawn_one_once(county: County) -> None:
    county.drawn()
    drawn = {each.visit_id for each in county.callbacks()}
    others = county.look(
        lambda session: list(
            session.scalars(
                sa.select(Visit.id).where(Visit.book == LONGWAN, Visit.id.not_in(drawn))
            )
        )
    )
    county.uow.run(lambda session: flag(session, [*drawn, others[0]]))
    assert county.act(SYSTEM, lambda ctx: call_flagged(ctx, LONGWAN), now=MONDAY + 2 * DAY) == 1
    assert county.act(SYSTEM, lambda ctx: call_flagged(ctx, LONGWAN), now=MONDAY + 3 * DAY) == 0
    assert {each.visit_id: each.why for each in county.callbacks()} == {
        **dict.fromkeys(drawn, "random"),
        others[0]: "flag",
    }


def test_a_flagged_visit_that_is_drawn_later_counts_as_drawn(county: County) -> None:
    everything = county.look(
        lambda session: list(session.scalars(sa.select(Visit.id).where(Visit.book == LONGWAN)))
    )
    county.uow.run(lambda session: flag(session, everything))
    county.act(SYSTEM, lambda ctx: call_flagged(ctx, LONGWAN), now=MONDAY)
    closed = county.drawn()
    found = county.callbacks()
    assert {each.why for each in found} == {"flag"}
    assert sum(each.draw_id == closed for each in found) == 2


def flag(session: Session, visits: list[UUID]) -> None:
    """A flag about some visits, as the rules make them."""
    key = UUID(int=77)
    session.add(
        Flag(
            book=LONGWAN,
            id=key,
            code="overlap",
            fingerprint="f" * 64,
            subject_kind="visit",
            subject_id=visits[0],
            facts={},
            table_version="flags-1",
            happened_at=NOW,
            found_at=NOW,
            state=FlagState.OPEN,
        )
    )
    session.flush()
    session.add_all(FlagVisit(book=LONGWAN, flag_id=key, visit_id=each) for each in visits)
