"""Two at once, each with a connection of its own, on each engine."""

from __future__ import annotations

from tests.services.callbacks.conftest import DAY, MONDAY, VISITS, County
from tests.services.visits.test_races import at_once, succeeded


def test_two_closings_make_one_list(rivals: County) -> None:
    found = at_once(*[rivals.close] * 3)
    assert succeeded(found) == 3
    (closed,) = {each for each in found if each is not None}
    assert rivals.the_draw(closed).size == VISITS


def test_two_draws_while_a_witness_signs_call_each_visit_once(rivals: County) -> None:
    closed = rivals.close()
    day = rivals.publish(MONDAY + DAY)
    rivals.sign(day, 0, MONDAY + DAY)
    at_once(
        lambda: rivals.sign(day, 1, MONDAY + DAY),
        lambda: rivals.draw(closed, MONDAY + DAY),
        lambda: rivals.draw(closed, MONDAY + DAY),
    )
    # Whoever was too early leaves it waiting; the next run draws, or finds it done.
    rivals.draw(closed, MONDAY + DAY)
    assert rivals.the_draw(closed).drawn == 2
    assert len(rivals.callbacks()) == 2
