"""Who is proposed at the freeze, and what each would have."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from models.oversight import AuditRecord
from models.people import Member
from services.clock import at_local
from services.designations.making import make
from services.designations.reading import Named
from services.estates.heirs import died_first
from services.queries.heirs import HeirsPage, heirs_page, my_inheritances
from tests.factories import LONGWAN, NOW
from tests.services.heirs.conftest import TODAY, Family

BEFORE = NOW - timedelta(days=400)


def page(family: Family, estate: object) -> HeirsPage:
    return family.street.act(family.street.staff, lambda ctx: heirs_page(ctx, LONGWAN, estate))


def shares(found: HeirsPage) -> dict[str, tuple[int, int] | None]:
    return {
        line.name: (line.part.of, line.part.out_of) if line.part else None for line in found.lines
    }


def test_the_register_of_kin_is_followed_down_through_those_who_died_before(
    family: Family,
) -> None:
    street, dead = family.street, family.dead
    wife = family.person("王秉英", age=79)
    family.kin(dead, wife, "spouse")
    family.child(dead, "王芳")
    gone = family.child(dead, "王强")
    family.child(gone, "王小一", age=20)
    gone_too = family.child(gone, "王小二", age=22)
    family.child(gone_too, "王点点", age=15)
    family.kin(dead, family.person("李媳妇"), "child_in_law")
    brother = family.person("王二叔")
    family.kin(dead, brother, "sibling")
    # A child who dies in the same hour is taken to have outlived; a spouse is not.
    same = family.child(dead, "王同")
    family.dies(gone, BEFORE)
    family.dies(gone_too, BEFORE)
    family.dies(same, NOW)
    family.dies(wife, NOW)
    street.give_coins(dead, 1_000)
    found = page(family, family.frozen())
    assert shares(found) == {
        "王秉英": None,
        "王芳": (1, 3),
        "王强": None,
        "王小一": (1, 6),
        "王小二": None,
        "王点点": (1, 6),
        "王同": (1, 3),
        "王二叔": None,
    }
    depths = {line.name: line.depth for line in found.lines if line.depth}
    assert depths == {"王小一": 1, "王小二": 1, "王点点": 2}
    assert [line.represents_name for line in found.lines if line.name == "王点点"] == ["王小二"]
    inherited = sum(line.share_minutes or 0 for line in found.lines)
    assert (inherited + found.remainder_minutes, found.estate_minutes) == (1_000, 1_000)
    assert (found.order, found.is_preview, found.remainder_minutes) == (1, True, 2)
    assert street.count(AuditRecord, AuditRecord.act == "estate.heirs_read") == 1
    # Whoever would have nothing is told nothing of the others' share.
    [seen] = street.act(brother, my_inheritances)
    assert (seen.part, seen.share_minutes, seen.estate_minutes) == (None, None, None)
    assert street.act(street.volunteer, my_inheritances) == ()


@pytest.mark.parametrize(
    ("one", "other", "relation", "first"),
    [
        (time(15), time(16), "spouse", True),
        (time(16), time(15), "spouse", False),
        (time(15), time(23, 59, 59), "spouse", True),
        (time(15), time(23, 59, 59), "child", False),
        (time(10, 7, 12, 5), time(10, 0, 3), "spouse", True),
        (time(9, 0, 1), time(15), "child", False),
    ],
)
def test_of_whom_nobody_knows_who_died_first(
    one: time, other: time, relation: str, *, first: bool
) -> None:
    """Where the day alone is known of either, the hour of an official's look says nothing."""
    gone = Member(died_at=at_local(TODAY, one))
    assert died_first(gone, at_local(TODAY, other), relation) is first
    before = Member(died_at=at_local(TODAY - timedelta(days=1), one))
    assert died_first(before, at_local(TODAY, other), relation)


def test_what_was_in_force_at_the_death_comes_first(family: Family) -> None:
    street, dead = family.street, family.dead
    friend, gone = family.person("陈老友"), family.person("陈先走")
    daughter = family.child(dead, "王芳")
    first = (Named(daughter, "", "child", 1),)
    then = (
        Named(friend, "陈老友", "friend", 2),
        Named(gone, "陈先走", "friend", 1),
        Named(None, "赵没有账户", "other", 1),
        Named(daughter, "", "friend", 1),
    )
    late = (Named(None, "钱来迟", "friend", 1),)
    for lines, at in ((first, BEFORE), (then, BEFORE + timedelta(days=9)), (late, NOW)):
        street.act(dead, lambda ctx, n=lines: make(ctx, dead, n), now=at)
    family.dies(gone, NOW - timedelta(days=5))
    # The one made after the death counts for nothing, though it is the newest.
    found = page(family, family.frozen(NOW - timedelta(hours=2)))
    named = [line for line in found.lines if line.parts is not None]
    assert {line.name: line.parts for line in named} == {
        "陈老友": 2,
        "陈先走": 1,
        "赵没有账户": 1,
        "王芳": 1,
    }
    # The register's relation, whatever the line said; the lapsed fifth goes the way of the law.
    assert [line.relation for line in named if line.name == "王芳"] == ["child"]
    parts = [(x.name, x.part.of, x.part.out_of) for x in found.lines if x.part]
    assert sorted(parts) == [
        ("王芳", 1, 5),
        ("王芳", 1, 5),
        ("赵没有账户", 1, 5),
        ("陈老友", 2, 5),
    ]
    mine = street.act(daughter, my_inheritances)
    assert [(x.basis.value, x.may_answer, x.may_disclaim) for x in mine] == [
        ("named", True, True),
        ("statutory", True, True),
    ]
