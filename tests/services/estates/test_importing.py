"""A list from the registry: read whole or not at all, and nobody but members is kept."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from models.estates import Estate, EstateReport, EstateState
from models.ledger import ActKey
from models.people import Member
from services.batches.errors import ListBad
from services.errors import Forbidden
from services.estates import sentences as say
from services.estates.importing import ADDED, NOBODY, REFUSED, REPORTED, Imported, import_list
from services.policy import SYSTEM
from tests import factories
from tests.factories import LONGWAN, VAULT, id_number
from tests.services.estates.conftest import DIED_ON, LATER, House

HEAD = "person,died_on,certificate\n"


def imported(house: House, text: str, key: str | None = None) -> Imported:
    admin = house.street.admins[0]
    return house.street.act(admin, lambda ctx: import_list(ctx, text.encode()), LATER, key)


def test_each_member_of_the_list_is_reported(small_house: House) -> None:
    house = small_house
    street = house.street
    father, clerk = house.member(), house.member(street.staff)
    older = street.act(SYSTEM, lambda ctx: factories.create_elder(ctx.session, age=90))
    number = VAULT.open("member.id_number", house.member(older).id_number_sealed)
    stranger = id_number(father.born_on, father.sex)
    known = house.reported()
    text = HEAD + "\n".join(
        [
            f"{father.number},2026-03-10,浙死证1",
            f"{number},2026-03-09,浙死证2",
            f"{stranger},2026-03-09,浙死证3",
            f"{clerk.number},1900-01-01,浙死证4",
        ]
    )
    found = imported(house, text, "list")
    assert (found.lines, found.count(ADDED), found.count(REPORTED)) == (4, 1, 1)
    assert (found.count(NOBODY), found.count(REFUSED)) == (1, 1)
    [(line, refusal)] = found.refused
    assert (line, refusal.code) == (4, say.DeathBeforeBirth.code)
    # The same key gives the same answer, and the list once more adds nothing.
    assert imported(house, text, "list").outcomes == found.outcomes
    assert imported(house, text).count(REFUSED) == 3
    rows = street.look(lambda s: s.scalars(sa.select(Estate).where(Estate.book == LONGWAN)).all())
    assert {row.member_id for row in rows} == {house.father, older}
    assert {row.state for row in rows} == {EstateState.REPORTED}
    assert street.count(EstateReport, EstateReport.estate_id == known) == 2
    # Nobody who is no member stands anywhere.
    kept = street.look(lambda s: s.scalars(sa.select(ActKey.result)).all())
    assert stranger not in str(kept)
    assert street.count(Member, Member.died_at.is_not(None)) == 0


def test_a_list_with_a_bad_line_reports_nobody(small_house: House) -> None:
    house = small_house
    street = house.street
    number = house.member().number
    text = HEAD + "\n".join(
        [
            f"{number},{DIED_ON},浙死证1",
            f"{number},{DIED_ON},浙死证1",
            f"{house.member(street.staff).number},2026-13-01,浙死证2",
            f"{house.member(house.second).number},2027-01-01,浙死证3",
            f"{house.member(house.daughter).number},2026-03-01,",
        ]
    )
    with pytest.raises(ListBad) as caught:
        imported(house, text)
    assert [(line, type(bad)) for line, bad in caught.value.lines] == [
        (2, say.PersonTwice),
        (3, say.DeathDayWrong),
        (4, say.DeathDayWrong),
        (5, say.ReferenceMissing),
    ]
    assert street.count(Estate) == 0
    with pytest.raises(Forbidden):
        street.act(house.daughter, lambda ctx: import_list(ctx, text.encode()))
