"""Six invented regions recognise each other: city by city, province by province, as a nation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import permutations
from random import Random

import pytest
from sqlalchemy.orm import Session

from models.corridors import Phase
from services.corridors.claiming import cap_of
from services.corridors.finding import corridor_between, joined
from services.ledger.expiry import WIDE
from tests.databases import Databases
from tests.factories import VAULT
from timebank.demo import country_founding, founding
from timebank.demo.country_founding import SIX
from timebank.demo.names import Cast as Names
from timebank.demo.scene import AWAY, HOME, Scene
from timebank.uow import make_engine

DAY = date(2026, 11, 9)


@pytest.fixture
def empty(databases: Databases) -> Iterator[Session]:
    """A migrated database on which nobody has founded anything."""
    url = databases.fresh("sqlite")
    engine = make_engine(url)
    with Session(engine, expire_on_commit=False, info={WIDE: True}) as opened:
        yield opened
        opened.rollback()
    engine.dispose()
    databases.discard(url)


def test_six_regions_join_and_agree(empty: Session) -> None:
    random = Random(1)
    scene, names = Scene(empty, VAULT, random, DAY), Names(random, DAY)
    founding.found(scene, names)
    assert joined(empty, SIX) == {HOME}
    settled = country_founding.found(scene, names)
    assert tuple(settled) == SIX
    assert joined(empty, SIX) == set(SIX)
    assert {cap_of(empty, book, DAY) for book in SIX} == {120_000}
    phases = {}
    for one, other in permutations(SIX, 2):
        view = corridor_between(empty, one, other, DAY)
        assert view.one_pays, (one, other)
        phases[one, other] = view.phase
    assert phases[HOME, "330303000000"] is Phase.CITY
    assert phases[HOME, AWAY] is phases["330402000000", HOME] is Phase.PROVINCE
    assert phases[HOME, "110102000000"] is Phase.NATION
