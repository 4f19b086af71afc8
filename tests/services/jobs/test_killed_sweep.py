"""The scheduler is killed between any two statements of its turns: nothing is lost or repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from models.oversight import OutboxMessage
from models.requests import RequestState
from tests.conftest import EACH_DIALECT
from tests.databases import Databases
from tests.services.jobs.kit import (
    AFTER,
    LATER,
    PEOPLE,
    World,
    busy_world,
    held_by,
    nursery,
    places_at_commits,
    subject,
    take_turns,
    world,
)

each_dialect = pytest.mark.parametrize("dialect", EACH_DIALECT)


def undisturbed(databases: Databases, dialect: str) -> World:
    """What two schedulers leave behind of which the first has given the lease back."""
    url = databases.fresh(dialect, busy_world)
    for moment, holder in ((LATER, "one"), (AFTER, "two")):
        held = held_by(url, moment)
        take_turns(held, holder).leave()
        held.uow.engine.dispose()
    found = world(url)
    databases.discard(url)
    return found


@each_dialect
def test_the_undisturbed_world_is_what_it_should_be(databases: Databases, dialect: str) -> None:
    found = undisturbed(databases, dialect)
    states = Counter(state for _elder, state in found.requests)
    assert states == {str(RequestState.EXPIRED): PEOPLE}
    told = Counter(who for who, sentence in found.told if sentence == "现在没有约好的服务。")
    assert told == {str(subject(name)): 1 for name in ("one", "three", "six")}
    errors = {row[0]: row[5] for row in found.tasks if row[5] != "None"}
    assert set(errors) == {"poison", "refused", "nobody"}
    assert errors["poison"].startswith("ValueError (tests/services/jobs/kit.py:")
    assert errors["refused"].startswith("Refused: refused_in_a_test (")
    assert "林秀英" not in str(errors)


def test_a_kill_before_any_statement_changes_nothing_in_the_end(databases: Databases) -> None:
    """Every place of the turns on SQLite."""
    places = 0
    with nursery(databases, "sqlite") as killed_at:
        expected = undisturbed(databases, "sqlite")
        while ends_alike(databases, "sqlite", killed_at, places, expected):
            places += 1
    # Six tasks and two requests take many statements; fewer would mean that none was counted.
    assert places > 80


@pytest.mark.postgresql
def test_a_kill_at_any_commit_changes_nothing_in_the_end(databases: Databases) -> None:
    """On PostgreSQL before each commit and after it: a server that writes while one dies."""
    url = databases.fresh("postgresql", busy_world)
    places = places_at_commits(url)
    databases.discard(url)
    assert len(places) > 20
    with nursery(databases, "postgresql") as killed_at:
        expected = undisturbed(databases, "postgresql")
        for place in places:
            assert ends_alike(databases, "postgresql", killed_at, place, expected)


def ends_alike(
    databases: Databases,
    dialect: str,
    killed_at: Callable[[str, int], bool],
    place: int,
    expected: World,
) -> bool:
    """Whether one was killed there; what an heir leaves behind must be as if nobody had been."""
    url = databases.fresh(dialect, busy_world)
    was_killed = killed_at(url, place)
    held = held_by(url, AFTER)
    take_turns(held, "heir").leave()
    held.uow.engine.dispose()
    assert world(url) == expected, f"killed before statement {place}"
    databases.discard(url)
    return was_killed


@each_dialect
def test_a_kill_between_work_and_mark_sends_nothing_twice(
    databases: Databases, dialect: str
) -> None:
    """The same, looked at from the side of whoever is told."""
    url = databases.fresh(dialect, busy_world)
    with nursery(databases, dialect) as killed_at:
        for place in (25, 40, 55):
            killed_at(url, place)
    held = held_by(url, AFTER)
    take_turns(held, "heir")
    take_turns(held, "heir")
    with held.uow.read() as session:
        told = session.scalars(
            sa.select(OutboxMessage.member_id).where(OutboxMessage.member_id == subject("one"))
        ).all()
    held.uow.engine.dispose()
    assert len(told) == 1
    databases.discard(url)
