"""Merged and split counties: the book goes on, old codes keep their names, rights follow."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.corridors import CorridorMode
from models.ledger import Entry
from models.moving import Succession
from services import places, rates
from services.clock import local_date
from services.corridors.finding import corridor_between
from services.corridors.pairs import SHUT, barriers, payers_of
from services.errors import DomainError, Forbidden
from services.people.actors import actor_for
from services.places import successions as of
from services.places.books import book_of
from services.places.regions import full_name, load_regions
from services.places.settings import regional_settings, set_regional_setting
from services.places.successions import Part, SuccessionForm, succeed, successions
from services.policy import Subject, can
from tests import factories
from tests.country import FAR, ONE, TWO, join_all, join_region, open_corridor
from tests.factories import NOW, YONGZHONG

TODAY = local_date(NOW)
DAY = date(2026, 4, 1)
LATER = NOW + timedelta(days=30)
#: A county that the register does not know yet, and a township of it.
NEW, NEW_TOWN = "330313000000", "330313001000"


def form(**answers: Any) -> SuccessionForm:
    """龙湾 comes to 鹿城."""
    return SuccessionForm(
        **{
            "old_code": ONE,
            "new_code": TWO,
            "from_day": DAY,
            "document": "民函〔2026〕1 号",
            **answers,
        }
    )


def merged(session: Session, **answers: Any) -> tuple[str, ...]:
    factories.create_region_tree(session, ONE, TWO)
    return succeed(factories.make_ctx(session), form(**answers))


def test_the_successor_keeps_the_book_and_codes_stay_resolvable(session: Session) -> None:
    factories.create_branch(session, YONGZHONG)
    entries = session.scalar(sa.select(sa.func.count()).select_from(Entry))
    assert merged(session) == (ONE,)
    assert session.scalar(sa.select(sa.func.count()).select_from(Entry)) == entries
    assert full_name(session, ONE, TODAY)[0] == "浙江省温州市龙湾区"
    assert full_name(session, ONE, DAY) == (
        "浙江省温州市龙湾区（今属鹿城区）",
        "Longwan District, Wenzhou City, Zhejiang Province (now Lucheng District)",
    )
    assert full_name(session, YONGZHONG, DAY)[0].startswith("浙江省温州市鹿城区")
    # Its people and branches go on in its book; the successor's own keep theirs.
    assert book_of(session, YONGZHONG, DAY) == ONE
    assert book_of(session, TWO, DAY) == TWO
    (branch,) = [each for each in places.branches_in(session, TWO) if each.book == ONE]
    assert branch.region_code == YONGZHONG
    # The register is brought up to the shipped file at each start: what has ended stays ended.
    load_regions(factories.make_ctx(session))
    assert places.current_code(session, ONE, DAY) == TWO


def test_a_new_county_may_take_over_and_hand_on_again(session: Session) -> None:
    merged(session, new_code=NEW, name="瓯海新区", name_en="New District")
    assert book_of(session, ONE, DAY) == ONE
    later = DAY + timedelta(days=100)
    ctx = factories.make_ctx(session)
    assert succeed(ctx, form(old_code=NEW, new_code=TWO, from_day=later)) == (ONE,)
    assert places.current_code(session, ONE, later) == TWO
    assert book_of(session, YONGZHONG, later) == ONE
    assert [(each.old_code, each.new_code) for each in successions(session)] == [
        (NEW, TWO),
        (ONE, NEW),
    ]


def test_rights_follow_the_keeper_and_the_old_ones_end(session: Session) -> None:
    factories.create_region_tree(session, ONE, TWO)
    old, new = (factories.create_region_admin(session, code) for code in (ONE, TWO))
    old_auditor, new_auditor = (factories.create_auditor(session, code) for code in (ONE, TWO))
    clerk = factories.create_staff(session)
    merged(session)
    book = Subject(book=ONE, region_code=ONE)

    def may(who: Any, act: str, now: Any) -> bool:
        return can(actor_for(session, who, now), act, book).allowed

    for admin, auditor, now, expected in (
        (old, old_auditor, NOW, True),
        (new, new_auditor, NOW, False),
        (old, old_auditor, LATER, False),
        (new, new_auditor, LATER, True),
    ):
        assert may(admin, "region.work", now) is expected
        assert may(auditor, "ledger.read", now) is expected
    assert actor_for(session, clerk, LATER).has_role("branch_staff")
    # Over its own it loses nothing.
    assert can(actor_for(session, new, LATER), "region.work", Subject(region_code=TWO)).allowed


def test_the_successors_settings_hold(session: Session) -> None:
    factories.create_region_tree(session, ONE, TWO)
    rules = rates.rule_set_on(session, TODAY)
    ctx = factories.make_ctx(session)
    admin = factories.create_region_admin(session, TWO)
    as_admin = factories.make_ctx(session, factories.actor(session, admin))
    field = "spending_age_years"
    set_regional_setting(as_admin, TWO, field, 65, rules)
    succeed(ctx, form())
    assert regional_settings(session, ONE, TODAY).get(field) is None
    assert regional_settings(session, ONE, DAY)[field] == 65
    assert regional_settings(session, YONGZHONG, DAY)[field] == 65


def test_a_part_goes_to_another_county_under_a_new_code(session: Session) -> None:
    part = Part(YONGZHONG, NEW_TOWN, NEW, "空港区", "Airport District")
    merged(session, parts=(part,))
    assert places.current_code(session, YONGZHONG, DAY) == NEW_TOWN
    zh, _ = full_name(session, YONGZHONG, DAY)
    assert zh.endswith("（今属永中街道）")
    assert full_name(session, NEW_TOWN, DAY)[0].startswith("浙江省温州市空港区")


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"new_code": ONE}, of.SameRegion),
        ({"from_day": TODAY - timedelta(days=1)}, of.DayPassed),
        ({"document": " "}, of.PaperNumberNeeded),
        ({"old_code": "330304000000"}, of.NothingToSucceed),
        ({"old_code": YONGZHONG}, places.NotACounty),
        ({"new_code": YONGZHONG}, places.NotACounty),
        ({"parts": (Part("330302006000", NEW_TOWN, TWO),)}, of.NotBelow),
        ({"parts": (Part(YONGZHONG, "330302006000", TWO),)}, of.CodeTaken),
    ],
)
def test_what_cannot_be(session: Session, answers: Any, code: type[DomainError]) -> None:
    with pytest.raises(code):
        merged(session, **answers)
    assert session.scalar(sa.select(Succession.id)) is None


def test_only_the_nation_decides_and_only_once(session: Session) -> None:
    factories.create_region_tree(session, ONE, TWO)
    admin = factories.make_ctx(
        session, factories.actor(session, factories.create_region_admin(session, ONE))
    )
    with pytest.raises(Forbidden):
        succeed(admin, form())
    nation = factories.create_national_admin(session)
    keyed = factories.make_ctx(session, factories.actor(session, nation), key="once")
    assert succeed(keyed, form()) == succeed(keyed, form())
    with pytest.raises(DomainError):
        succeed(factories.make_ctx(session), form(from_day=DAY + timedelta(days=1)))


@pytest.mark.parametrize("named_first", [True, False])
def test_the_keeper_agrees_for_the_books_that_it_has_taken_over(
    session: Session, *, named_first: bool
) -> None:
    """What the ended county had agreed goes on until its successor agrees otherwise."""
    join_all(session, ONE, TWO)
    join_region(session, FAR)
    open_corridor(session, ONE, FAR)
    succeed(
        factories.make_ctx(session), form(new_code=NEW, name="瓯海新区", name_en="New District")
    )
    pairs = {(ONE, FAR), (FAR, ONE)}
    assert barriers(session, pairs, DAY) == {}
    sides = (NEW, FAR) if named_first else (FAR, NEW)
    renewed = DAY + timedelta(days=3)
    open_corridor(session, *sides, CorridorMode.NONE, valid_from=renewed)
    assert barriers(session, pairs, renewed - timedelta(days=1)) == {}
    assert barriers(session, pairs, renewed) == dict.fromkeys(pairs, SHUT)
    assert not corridor_between(session, ONE, FAR, renewed).pays(ONE)
    open_corridor(session, *sides, valid_from=renewed + timedelta(days=1))
    later = renewed + timedelta(days=1)
    assert barriers(session, pairs, later) == {}
    assert corridor_between(session, FAR, ONE, later).pays(FAR)
    assert FAR in payers_of(session, ONE, later)


def test_two_books_of_one_county_serve_each_other_before_anything_is_agreed(
    session: Session,
) -> None:
    factories.create_branch(session, YONGZHONG)
    factories.create_branch(session, factories.WUMA)
    assert payers_of(session, ONE, TODAY) == {}
    succeed(factories.make_ctx(session), form())
    for book, other in ((ONE, TWO), (TWO, ONE)):
        (found,) = payers_of(session, book, DAY).items()
        assert (found[0], found[1].is_kept_together) == (other, True)
