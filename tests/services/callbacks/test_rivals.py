"""Two at once, each with a connection of its own, on each engine."""

from __future__ import annotations

from uuid import UUID

from models.callbacks import CallbackResult
from models.sheets import WorkSheet
from services.callbacks.calling import Said, answer
from tests import factories
from tests.factories import LONGWAN
from tests.services.callbacks.conftest import DAY, MONDAY, VISITS, County
from tests.services.callbacks.test_calling import GOOD, NOBODY_CAME
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


def test_of_two_callers_one_is_told_that_it_is_done(rivals: County) -> None:
    rivals.drawn()
    one = rivals.callbacks()[0].id
    other = rivals.uow.run(factories.create_auditor)

    def call(who: UUID, answers: dict[str, str]) -> CallbackResult:
        said = Said(answers)
        return rivals.act(who, lambda ctx: answer(ctx, LONGWAN, one, said), now=MONDAY + 2 * DAY)

    found = at_once(
        lambda: call(rivals.caller, NOBODY_CAME),
        lambda: call(other, GOOD),
    )
    assert succeeded(found) == 1
    result = rivals.callbacks()[0].result
    assert result in found
    # Whoever was too late left nothing behind.
    assert rivals.count(WorkSheet) == (result is CallbackResult.FAILED)
