"""Honours on record, and what regions give to those with stars: never money."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from models.honours import Honour
from services.errors import Forbidden
from services.honouring import sentences as say
from services.honouring.honours import record_honour, withdraw_honour
from services.honouring.perks import PerkForm, add_perk, end_perk, perks_for, perks_of
from services.people.errors import MissingText
from services.policy import NOBODY
from services.records.charge import set_person_in_charge
from services.records.whole import whole_record
from tests.factories import LONGWAN, LUCHENG, NOW
from tests.services.stars.test_banning import award
from tests.services.visits.conftest import Street

DAY = date(2026, 3, 5)
PERK = PerkForm(
    name="优先体检",
    name_en="Health checks first",
    terms="每年一次，街道卫生院优先安排。",
    terms_en="Once a year at the street's clinic, with precedence.",
    from_stars=1,
    begins_on=date(2026, 3, 10),
)


def honoured(road: Street, who: UUID | None = None, **changes: object) -> UUID:
    said = {"name": "优秀志愿者", "given_on": DAY, "given_by": "龙湾区民政局", **changes}
    return road.act(
        who or road.staff,
        lambda ctx: record_honour(ctx, road.volunteer, **said),  # type: ignore[arg-type]
    )


def test_an_honour_is_on_record_once_until_it_is_taken_back(road: Street) -> None:
    key = honoured(road)
    with pytest.raises(say.HonourTwice):
        honoured(road)
    record = road.act(road.volunteer, lambda ctx: whole_record(ctx, road.volunteer))
    assert [(each.name, each.given_on, each.given_by) for each in record.honours] == [
        ("优秀志愿者", DAY, "龙湾区民政局")
    ]
    road.act(road.admins[0], lambda ctx: withdraw_honour(ctx, LONGWAN, key))
    with pytest.raises(say.HonourWithdrawn):
        road.act(road.staff, lambda ctx: withdraw_honour(ctx, LONGWAN, key))
    with pytest.raises(say.HonourUnknown):
        road.act(road.staff, lambda ctx: withdraw_honour(ctx, LONGWAN, UUID(int=4)))
    record = road.act(road.volunteer, lambda ctx: whole_record(ctx, road.volunteer))
    assert record.honours == ()
    assert road.count(Honour) == 1


def test_nobody_honours_himself_and_no_day_is_made_up(road: Street) -> None:
    with pytest.raises(Forbidden):
        honoured(road, road.volunteer)
    with pytest.raises(Forbidden):
        road.act(road.staff, lambda ctx: record_honour(ctx, road.staff, "好", DAY, "自己"))
    with pytest.raises(say.HonourDay):
        honoured(road, given_on=date(2026, 3, 11))
    with pytest.raises(MissingText):
        honoured(road, given_by=" ")


def test_a_perk_is_open_from_its_stars_on_until_it_ends(road: Street) -> None:
    admin = road.admins[0]
    key = road.act(admin, lambda ctx: add_perk(ctx, LONGWAN, PERK))
    (line,) = road.act(road.volunteer, lambda ctx: perks_for(ctx, road.volunteer))
    assert line.is_open is False
    road.act(admin, lambda ctx: award(ctx, road.volunteer, 1))
    (line,) = road.act(road.volunteer, lambda ctx: perks_for(ctx, road.volunteer))
    assert line.is_open is True
    assert len(road.act(NOBODY, lambda ctx: perks_of(ctx, LONGWAN))) == 1
    road.act(admin, lambda ctx: end_perk(ctx, LONGWAN, key))
    with pytest.raises(say.PerkEnded):
        road.act(admin, lambda ctx: end_perk(ctx, LONGWAN, key))
    with pytest.raises(say.PerkUnknown):
        road.act(admin, lambda ctx: end_perk(ctx, LONGWAN, UUID(int=4)))
    after = NOW + timedelta(days=1)
    assert road.act(NOBODY, lambda ctx: perks_of(ctx, LONGWAN), now=after) == ()
    assert len(road.act(NOBODY, lambda ctx: perks_of(ctx, LONGWAN, ended=True), now=after)) == 1


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"terms": "每月发 50 元"}, say.PerkIsMoney),
        ({"name_en": "A shopping voucher"}, say.PerkIsMoney),
        ({"from_stars": 6}, say.PerkStars),
        ({"begins_on": date(2026, 3, 9)}, say.PerkDays),
        ({"ends_on": date(2026, 3, 9)}, say.PerkDays),
        ({"name": ""}, MissingText),
    ],
)
def test_what_no_region_gives(road: Street, changes: dict[str, object], refusal: type) -> None:
    form = replace(PERK, **changes)  # type: ignore[arg-type]
    with pytest.raises(refusal):
        road.act(road.admins[0], lambda ctx: add_perk(ctx, LONGWAN, form))


def test_only_the_regions_administrator_gives_and_names(road: Street) -> None:
    with pytest.raises(Forbidden):
        road.act(road.staff, lambda ctx: add_perk(ctx, LONGWAN, PERK))
    with pytest.raises(Forbidden):
        road.act(road.admins[0], lambda ctx: add_perk(ctx, LUCHENG, PERK))
    with pytest.raises(Forbidden):
        road.act(road.staff, lambda ctx: set_person_in_charge(ctx, road.branch, "王平"))
    road.act(road.admins[0], lambda ctx: set_person_in_charge(ctx, road.branch, "王平"))
