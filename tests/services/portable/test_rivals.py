"""Two at the same moment: a file is taken in once, an account is closed once, on both engines."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.imports import Import
from models.ledger import AccountKind
from models.portable import AccountStatement, TakenStatement
from services.errors import DomainError
from services.portable import sentences as say
from services.portable.closing import CloseForm, close
from tests.conftest import EACH_DIALECT
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.portable.conftest import HERE, LATER, THERE, House
from tests.services.portable.test_portable import arrives, id_number_of, one_who_leaves
from tests.services.visits.conftest import street_at


@pytest.fixture(params=EACH_DIALECT)
def arrived(request: pytest.FixtureRequest, databases: Databases) -> Iterator[tuple[House, House]]:
    """The installation gone to on the engine in turn, and the one that is left."""
    url, engine, street = street_at(databases, request.param)
    old_url, old_engine, old_street = street_at(databases, "sqlite")
    there, here = House(street, THERE, url), House(old_street, HERE, old_url)
    here.found(THERE)
    there.found(HERE)
    yield there, here
    for each, address in ((engine, url), (old_engine, old_url)):
        each.dispose()
        databases.discard(address)


def together(*works: Callable[[], object]) -> tuple[list[object], list[DomainError]]:
    """Run at the same moment: what was answered, and what was refused."""
    done: list[object] = []
    refused: list[DomainError] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        start.wait()
        try:
            done.append(work())
        except DomainError as error:
            refused.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return done, refused


def test_two_clerks_take_the_same_file_and_one_does(arrived: tuple[House, House]) -> None:
    there, here = arrived
    member = one_who_leaves(here)
    number, raw = id_number_of(here, member), here.text(here.close(member))
    arrives(there, number)
    done, refused = together(
        *(lambda who=who: there.take(raw, number, who) for who in there.street.admins[:2])
    )
    assert len(done) == 1
    assert [type(each) for each in refused] == [say.TakenAlready]
    count = lambda model: there.street.look(  # noqa: E731 - one line
        lambda session: session.scalar(sa.select(sa.func.count()).select_from(model))
    )
    assert (count(TakenStatement), count(Import)) == (1, 1)
    assert there.breaches() == set()


def test_closed_at_home_and_at_the_counter_at_once_is_closed_once(
    houses: tuple[House, House],
) -> None:
    here, _ = houses
    member = one_who_leaves(here)
    card = CloseForm(member, THERE.key_id, id_number=id_number_of(here, member))
    code = CloseForm(member, THERE.key_id, here.code(member, THERE.key_id))

    def by(who: UUID, form: CloseForm) -> Callable[[], object]:
        return lambda: here.street.act(who, lambda ctx: close(ctx, form, HERE), LATER)

    done, refused = together(by(member, code), by(here.street.staff, card))
    assert len(done) == 1
    assert len(refused) == 1
    kept = here.street.look(lambda session: session.scalars(sa.select(AccountStatement)).all())
    assert [each.book for each in kept] == [LONGWAN]
    assert here.posted(member, AccountKind.EARNED) == 0
    assert here.breaches() == set()
