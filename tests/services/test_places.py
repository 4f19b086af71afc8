"""Regions, books, operators and branches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind
from models.oversight import AuditRecord
from models.people import Member, RoleAssignment
from models.places import Book, OperatorKind, Region, SuccessorRule, Tier
from services import places, rates
from services.clock import local_date
from services.errors import DomainError, Forbidden, KeyReused
from services.places.errors import (
    BookOpenAlready,
    BranchClosed,
    NoBook,
    NoSuccessor,
    NotABranch,
    NotACounty,
    NotAnOperator,
    NotARegion,
    SettingOutOfBounds,
    SuccessorNeeded,
    UnknownSetting,
)
from services.rules.region_code import parent_of, parse_region_code, tier_of
from services.rules.rule_set import RuleSet
from tests.factories import (
    LONGWAN,
    LUCHENG,
    NOW,
    WUMA,
    YONGZHONG,
    actor,
    clerk,
    create_auditor,
    create_branch,
    create_member,
    create_national_admin,
    create_region_admin,
    create_region_tree,
    create_staff,
    make_ctx,
)

TODAY = local_date(NOW)
DONGTOU_DISTRICT, DONGTOU_COUNTY = "330305000000", "330322000000"
XICHENG, XUANWU = "110102000000", "110104000000"
LONGGANG = "330383000000"


@pytest.fixture
def rules(session: Session) -> RuleSet:
    return rates.rule_set_on(session, TODAY)


def test_the_shipped_register_is_well_formed(session: Session) -> None:
    for region in session.scalars(sa.select(Region)):
        assert parse_region_code(region.code) == region.code
        assert tier_of(region.code) == region.tier.value
        # Districts of a municipality lie right below it: civil codes know no city between.
        assert region.parent_code in (parent_of(region.code), f"{region.code[:2]}0000000000", None)
        assert (region.parent_code is None) == (region.tier is Tier.PROVINCE)
        assert region.name
        assert region.name_en.isascii()


def test_every_row_has_its_parent_on_its_days(session: Session) -> None:
    for region in session.scalars(sa.select(Region).where(Region.parent_code.is_not(None))):
        last = region.valid_to - timedelta(days=1) if region.valid_to else TODAY
        for day in (region.valid_from, last):
            assert places.region_on(session, str(region.parent_code), day)


@pytest.mark.parametrize(
    "names",
    [
        "鹿城区 龙湾区 瓯海区 洞头区 永嘉县 平阳县 苍南县 文成县 泰顺县 瑞安市 乐清市",
        "南湖区 秀洲区 嘉善县 海盐县 平湖市 桐乡市",
        "仙居县 临海市 新昌县",
        "鼓楼区 西城区 虹口区",
    ],
)
def test_the_named_counties_are_there(session: Session, names: str) -> None:
    counties = session.scalars(
        sa.select(Region.name).where(Region.tier == Tier.COUNTY, Region.valid_to.is_(None))
    )
    assert set(names.split()) <= set(counties)


def test_all_five_tiers_are_there(session: Session) -> None:
    assert set(session.scalars(sa.select(Region.tier).distinct())) == set(Tier)


def test_loading_again_changes_nothing_and_keeps_settings(session: Session, rules: RuleSet) -> None:
    admin = actor(session, create_region_admin(session))
    places.set_regional_setting(make_ctx(session, admin), LONGWAN, "spending_age_years", 65, rules)
    assert places.load_regions(make_ctx(session)) == 0
    assert places.regional_setting(session, LONGWAN, "spending_age_years", rules) == 65


def test_loading_mends_a_row_that_differs(session: Session) -> None:
    session.execute(sa.update(Region).where(Region.code == LUCHENG).values(name="旧名"))
    session.expire_all()
    assert places.load_regions(make_ctx(session)) == 1
    assert places.region_on(session, LUCHENG, TODAY).name == "鹿城区"


@pytest.mark.parametrize(
    ("code", "day", "name"),
    [
        (DONGTOU_COUNTY, date(2015, 7, 22), "洞头县"),
        (DONGTOU_DISTRICT, date(2015, 7, 23), "洞头区"),
        (XUANWU, date(2010, 6, 30), "宣武区"),
        (LONGGANG, date(2019, 8, 16), "龙港市"),
    ],
)
def test_a_code_means_what_it_meant_on_the_day(
    session: Session, code: str, day: date, name: str
) -> None:
    assert places.region_on(session, code, day).name == name


@pytest.mark.parametrize(
    ("code", "day"),
    [
        (DONGTOU_COUNTY, date(2015, 7, 23)),
        (DONGTOU_DISTRICT, date(2015, 7, 22)),
        (XUANWU, date(2010, 7, 1)),
        (LONGGANG, date(2019, 8, 15)),
        ("999999000000", TODAY),
        ("龙湾", TODAY),
    ],
)
def test_a_code_without_meaning_on_the_day_is_refused(
    session: Session, code: str, day: date
) -> None:
    with pytest.raises(NotARegion):
        places.region_on(session, code, day)


@pytest.mark.parametrize(
    ("old", "day", "now_called"),
    [
        (DONGTOU_COUNTY, TODAY, "洞头区"),
        (XUANWU, TODAY, "西城区"),
        (XUANWU, date(2010, 5, 1), "宣武区"),
        (LONGWAN, TODAY, "龙湾区"),
    ],
)
def test_an_old_code_finds_its_county(
    session: Session, old: str, day: date, now_called: str
) -> None:
    assert places.county_of(session, old, day).name == now_called


def test_ancestors_and_children(session: Session) -> None:
    chain = places.ancestors(session, YONGZHONG, TODAY)
    assert [region.name for region in chain] == ["浙江省", "温州市", "龙湾区", "永中街道"]
    assert [r.code for r in places.children(session, LONGWAN, TODAY)][:2] == [
        YONGZHONG,
        "330303002000",
    ]
    assert "浙江省" in [region.name for region in places.children(session, None, TODAY)]
    districts = [region.name for region in places.children(session, "330300000000", TODAY)]
    assert "洞头区" in districts
    assert "洞头县" not in districts
    then = [r.name for r in places.children(session, "330300000000", date(2014, 1, 1))]
    assert "洞头县" in then
    assert "龙港市" not in then


def test_a_place_is_written_as_people_write_it(session: Session) -> None:
    assert places.full_name(session, YONGZHONG, TODAY) == (
        "浙江省温州市龙湾区永中街道",
        "Yongzhong Subdistrict, Longwan District, Wenzhou City, Zhejiang Province",
    )


def test_a_township_belongs_to_the_book_of_its_county(session: Session) -> None:
    assert places.book_of(session, YONGZHONG, TODAY) == LONGWAN
    assert places.book_of(session, LONGWAN, TODAY) == LONGWAN


@pytest.mark.parametrize("code", ["330000000000", "330300000000", "110000000000"])
def test_a_province_or_city_keeps_no_book(session: Session, code: str) -> None:
    with pytest.raises(NotACounty):
        places.book_of(session, code, TODAY)
    with pytest.raises(NotACounty):
        places.open_book(make_ctx(session), code)


def test_a_county_without_a_book_says_so(session: Session) -> None:
    with pytest.raises(NoBook) as refusal:
        places.book_of(session, WUMA, TODAY)
    assert refusal.value.params["county_zh"] == "鹿城区"


def test_a_county_keeps_the_book_of_the_one_it_took_over_from(session: Session) -> None:
    before = make_ctx(session, now=NOW.replace(year=2014))
    assert places.open_book(before, DONGTOU_COUNTY) == DONGTOU_COUNTY
    assert places.book_of(session, DONGTOU_DISTRICT, TODAY) == DONGTOU_COUNTY
    with pytest.raises(BookOpenAlready):
        places.open_book(make_ctx(session), DONGTOU_DISTRICT)


def test_opening_a_book_opens_its_accounts_and_is_recorded(session: Session) -> None:
    admin = actor(session, create_national_admin(session))
    assert places.open_book(make_ctx(session, admin), LUCHENG) == LUCHENG
    kinds = set(session.scalars(sa.select(Account.kind).where(Account.book == LUCHENG)))
    assert kinds == {AccountKind.POOL, AccountKind.ISSUE}
    record = session.scalars(
        sa.select(AuditRecord).where(AuditRecord.book == LUCHENG, AuditRecord.act == "book.open")
    ).one()
    assert record.actor_id == admin.id


def test_a_book_opens_once_and_a_double_click_is_one_act(session: Session) -> None:
    ctx = make_ctx(session, key="k1")
    assert places.open_book(ctx, LUCHENG) == places.open_book(ctx, LUCHENG)
    with pytest.raises(BookOpenAlready):
        places.open_book(make_ctx(session, key="k2"), LUCHENG)
    with pytest.raises(KeyReused):
        places.open_book(ctx, "330304000000")
    assert session.scalar(sa.select(sa.func.count()).where(Book.book == LUCHENG)) == 1


@pytest.mark.parametrize("make", [create_staff, create_auditor, create_region_admin])
def test_only_the_national_administrator_opens_books_and_branches(
    session: Session, make: Callable[[Session], UUID]
) -> None:
    ctx = make_ctx(session, actor(session, make(session)))
    with pytest.raises(Forbidden):
        places.open_book(ctx, LUCHENG)
    with pytest.raises(Forbidden):
        places.open_operator(ctx, "样例", "Sample", OperatorKind.ENTERPRISE)
    with pytest.raises(Forbidden):
        places.load_regions(ctx)
    with pytest.raises(Forbidden):
        places.close_branch(ctx, create_branch(session))


def test_an_operator_runs_branches_in_several_regions(session: Session) -> None:
    create_region_tree(session, LONGWAN, LUCHENG)
    operator = places.open_operator(
        make_ctx(session), "样例连锁", "Sample Chain", OperatorKind.ENTERPRISE
    )
    one = create_branch(session, YONGZHONG, operator_id=operator)
    two = create_branch(session, WUMA, operator_id=operator)
    assert {places.branch(session, one).book, places.branch(session, two).book} == {
        LONGWAN,
        LUCHENG,
    }
    assert [view.id for view in places.branches_in(session, LONGWAN)] == [one]
    assert {view.id for view in places.branches_in(session, "330300000000")} == {one, two}
    assert places.branch(session, one).operator_name == "样例连锁"
    assert [view.id for view in places.operators(session)] == [operator]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"region_code": "330300000000"}, NotACounty),
        ({"region_code": "330399000000"}, NotARegion),
        ({"region_code": WUMA}, NoBook),
        ({"operator_id": uuid4()}, NotAnOperator),
        ({"successor_rule": SuccessorRule.NAMED_BRANCH}, SuccessorNeeded),
        (
            {"successor_rule": SuccessorRule.NAMED_BRANCH, "successor_branch_id": uuid4()},
            NotABranch,
        ),
        ({"successor_branch_id": uuid4()}, SuccessorNeeded),
        ({"name": " "}, DomainError),
    ],
)
def test_a_branch_needs_a_place_an_operator_and_a_rule(
    session: Session, changes: dict[str, object], refusal: type[DomainError]
) -> None:
    ctx = make_ctx(session)
    operator = places.open_operator(ctx, "样例", "Sample", OperatorKind.CIVIL_AFFAIRS)
    answers: dict[str, object] = {
        "region_code": YONGZHONG,
        "operator_id": operator,
        "name": "样例网点",
        "name_en": "Sample",
        "address": "样例路 1 号",
        "phone": "0577-00000000",
    }
    form = places.BranchForm(**{**answers, **changes})  # type: ignore[arg-type]
    with pytest.raises(refusal):
        places.open_branch(ctx, form)


def test_a_branch_closes_only_when_another_takes_over(session: Session) -> None:
    only = create_branch(session)
    with pytest.raises(NoSuccessor):
        places.close_branch(make_ctx(session), only)
    with pytest.raises(NoSuccessor):
        places.close_branch(make_ctx(session), only, only)
    elsewhere = create_branch(session, WUMA)
    with pytest.raises(NoSuccessor):
        places.close_branch(make_ctx(session), only, elsewhere)
    assert places.branch(session, only).closed_on is None


def test_a_region_chooses_who_takes_over(session: Session) -> None:
    closing, heir = create_branch(session), create_branch(session)
    with pytest.raises(SuccessorNeeded):
        places.close_branch(make_ctx(session), closing)
    assert places.close_branch(make_ctx(session), closing, heir).successor_id == heir


def test_a_named_branch_takes_over_and_no_other(session: Session) -> None:
    named, other = create_branch(session), create_branch(session)
    closing = create_branch(
        session, successor_rule=SuccessorRule.NAMED_BRANCH, successor_branch_id=named
    )
    with pytest.raises(NoSuccessor):
        places.close_branch(make_ctx(session), closing, other)
    assert places.close_branch(make_ctx(session), closing).successor_id == named


def test_a_named_branch_that_has_closed_cannot_take_over(session: Session) -> None:
    named, other = create_branch(session), create_branch(session)
    closing = create_branch(
        session, successor_rule=SuccessorRule.NAMED_BRANCH, successor_branch_id=named
    )
    places.close_branch(make_ctx(session), named, other)
    with pytest.raises(NoSuccessor):
        places.close_branch(make_ctx(session), closing)


def test_the_same_operator_takes_over(session: Session) -> None:
    operator = places.open_operator(
        make_ctx(session), "样例", "Sample", OperatorKind.SOCIAL_ORGANISATION
    )
    stranger = create_branch(session)
    rule = SuccessorRule.SAME_OPERATOR
    closing = create_branch(session, operator_id=operator, successor_rule=rule)
    with pytest.raises(NoSuccessor):
        places.close_branch(make_ctx(session), closing, stranger)
    sister = create_branch(session, operator_id=operator)
    assert places.close_branch(make_ctx(session), closing).successor_id == sister


def test_closing_moves_members_and_leaves_the_region_as_holder(session: Session) -> None:
    closing, heir = create_branch(session), create_branch(session)
    member = create_member(session, branch_id=closing)
    bystander = create_member(session, branch_id=heir)
    staff = create_staff(session, closing)
    result = places.close_branch(make_ctx(session), closing, heir)
    assert (result.members, result.requests) == (2, 0)
    moved = session.get_one(Member, member)
    assert (moved.branch_id, moved.region_code, moved.home_book) == (heir, YONGZHONG, LONGWAN)
    assert session.get_one(Member, bystander).branch_id == heir
    closed = places.branch(session, closing)
    assert (closed.closed_on, closed.book, closed.region_code) == (TODAY, LONGWAN, YONGZHONG)
    role = session.scalars(sa.select(RoleAssignment).where(RoleAssignment.member_id == staff)).one()
    assert role.ended_at == NOW
    assert places.branches_in(session, LONGWAN) == (places.branch(session, heir),)
    assert len(places.branches_in(session, LONGWAN, closed_too=True)) == 2


def test_a_closed_branch_closes_no_second_time_and_takes_nobody(session: Session) -> None:
    closing, heir = create_branch(session), create_branch(session)
    places.close_branch(make_ctx(session, key="a"), closing, heir)
    assert places.close_branch(make_ctx(session, key="a"), closing, heir).members == 0
    with pytest.raises(BranchClosed):
        places.close_branch(make_ctx(session, key="b"), closing, heir)
    with pytest.raises(BranchClosed):
        create_member(session, branch_id=closing)


def test_a_setting_holds_in_the_region_and_below_it(session: Session, rules: RuleSet) -> None:
    ctx = make_ctx(session, actor(session, create_region_admin(session, "330300000000")))
    places.set_regional_setting(ctx, "330300000000", "spending_age_years", 63, rules)
    places.set_regional_setting(ctx, LUCHENG.replace("302", "303"), "call_back_percent", 20, rules)
    assert places.regional_setting(session, YONGZHONG, "spending_age_years", rules) == 63
    assert places.regional_setting(session, YONGZHONG, "spending_age_years", rules, TODAY) == 63
    assert places.regional_setting(session, WUMA, "call_back_percent", rules) == 10
    places.set_regional_setting(ctx, LONGWAN, "spending_age_years", 65, rules)
    assert places.regional_setting(session, YONGZHONG, "spending_age_years", rules) == 65
    assert places.regional_setting(session, WUMA, "spending_age_years", rules) == 63
    assert places.regional_settings(session, YONGZHONG) == {
        "spending_age_years": 65,
        "call_back_percent": 20,
    }


@pytest.mark.parametrize("value", [59, 66])
def test_a_setting_stays_within_the_bounds(session: Session, rules: RuleSet, value: int) -> None:
    ctx = make_ctx(session, actor(session, create_region_admin(session)))
    with pytest.raises(SettingOutOfBounds):
        places.set_regional_setting(ctx, LONGWAN, "spending_age_years", value, rules)


def test_an_unknown_setting_is_refused(session: Session, rules: RuleSet) -> None:
    ctx = make_ctx(session, actor(session, create_region_admin(session)))
    with pytest.raises(UnknownSetting):
        places.set_regional_setting(ctx, LONGWAN, "price", 1, rules)


def test_a_figure_from_older_bounds_is_brought_within(session: Session, rules: RuleSet) -> None:
    session.execute(
        sa.update(Region).where(Region.code == LONGWAN).values(settings={"spending_age_years": 70})
    )
    session.expire_all()
    assert places.regional_setting(session, LONGWAN, "spending_age_years", rules) == 65


def test_settings_are_the_regions_own_affair(session: Session, rules: RuleSet) -> None:
    create_region_tree(session, LONGWAN, LUCHENG)
    elsewhere = actor(session, create_region_admin(session, LUCHENG))
    for nosy in (elsewhere, clerk(session, create_branch(session))):
        with pytest.raises(Forbidden):
            places.set_regional_setting(
                make_ctx(session, nosy), LONGWAN, "spending_age_years", 65, rules
            )
