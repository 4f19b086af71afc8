"""Offices: who holds one, giving one within the own region, ending it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from services.people.actors import roles_of
from services.people.reading import member_row
from services.policy import NATION, OWN_AFFAIR
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, LUCHENG
from tests.web.branch_kit import Counter, hidden_of, open_counter
from tests.web.volunteer_kit import Browser


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


@pytest.fixture
def admin(counter: Counter) -> Browser:
    """The region's first administrator."""
    return counter.town.phone(counter.street.admins[0])


@pytest.fixture
def nation(counter: Counter) -> Browser:
    """The national administrator."""
    branch = counter.street.branch
    member = counter.given(lambda s: factories.create_national_admin(s, branch_id=branch))
    return counter.town.phone(member)


def number(counter: Counter, member: UUID) -> str:
    return counter.street.look(lambda session: member_row(session, member).number)


def held(counter: Counter, member: UUID) -> list[tuple[str, str]]:
    def read(session: Session) -> list[tuple[str, str]]:
        return [(role.name, role.scope) for role in roles_of(session, member)]

    return counter.street.look(read)


def chosen(counter: Counter, browser: Browser, member: UUID, status: int = 200) -> str:
    """Come to the page on which the office of a member is chosen."""
    return browser.open(f"/admin/roles/new?number={number(counter, member)}", status)


def granted(browser: Browser, role: str, scope: str, status: int = 200) -> str:
    answers = {**hidden_of(browser), "role": role, "scope": scope}
    return browser.send("/admin/roles/new", status, **answers)


def test_the_holders_of_the_region_are_listed(counter: Counter, admin: Browser) -> None:
    counter.foreigner()
    said = admin.open("/admin/roles")
    assert "网点工作人员" in said
    assert said.count("地区管理员 龙湾区") == 2
    assert "共 3 条" in said


def test_staff_are_appointed_at_a_branch(counter: Counter, admin: Browser) -> None:
    member, branch = counter.street.volunteer, counter.street.branch
    said = chosen(counter, admin, member)
    assert "任命 " in said
    assert "监督人员 " not in said.split("什么岗位")[1].split("管哪里")[0]
    assert "已任命" in granted(admin, "branch_staff", f"branch:{branch}")
    assert held(counter, member) == [("branch_staff", str(branch))]


def test_an_appointment_sent_twice_is_one(counter: Counter, admin: Browser) -> None:
    member = counter.street.volunteer
    chosen(counter, admin, member)
    data = {**hidden_of(admin), "role": "region_admin", "scope": f"region:{LONGWAN}"}
    for _ in range(2):
        assert admin.client.post("/admin/roles/new", data=data).status_code == 303
    assert held(counter, member) == [("region_admin", LONGWAN)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("V123", "志愿者编号是字母 V 加 12 位数字"),
        ("V000000000001", "有一位填错了"),
    ],
)
def test_a_number_that_cannot_be_is_said_so(admin: Browser, text: str, sentence: str) -> None:
    assert sentence in admin.open(f"/admin/roles/new?number={text}", 422)


def test_whoever_is_not_checked_gets_no_office(counter: Counter, admin: Browser) -> None:
    branch = counter.street.branch
    member = counter.given(lambda s: factories.create_member(s, branch_id=branch, is_checked=False))
    assert "还没有核验身份" in chosen(counter, admin, member)
    assert "什么岗位" not in admin.text


def test_nobody_appoints_oneself(counter: Counter, admin: Browser) -> None:
    assert OWN_AFFAIR in chosen(counter, admin, counter.street.admins[0])
    assert "什么岗位" not in admin.text


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        ("auditor", f"region:{LONGWAN}"),
        ("national_admin", f"nation:{NATION}"),
        ("region_admin", f"region:{LUCHENG}"),
        ("branch_staff", "branch:00000000-0000-0000-0000-000000000001"),
        ("", ""),
    ],
)
def test_a_region_gives_no_office_beyond_its_own(
    counter: Counter, admin: Browser, role: str, scope: str
) -> None:
    member = counter.street.volunteer
    chosen(counter, admin, member)
    granted(admin, role, scope, 422)
    assert held(counter, member) == []


def test_a_scope_that_does_not_fit_the_office_is_refused(counter: Counter, admin: Browser) -> None:
    member = counter.street.volunteer
    chosen(counter, admin, member)
    said = granted(admin, "region_admin", f"branch:{counter.street.branch}", 422)
    assert "没有这种岗位或范围" in said


def test_an_office_held_already_is_said_so(counter: Counter, admin: Browser) -> None:
    chosen(counter, admin, counter.street.staff)
    said = granted(admin, "branch_staff", f"branch:{counter.street.branch}", 422)
    assert "已经有这个岗位" in said


def test_the_nation_appoints_an_auditor(counter: Counter, nation: Browser) -> None:
    member = counter.street.volunteer
    chosen(counter, nation, member)
    assert "已任命" in granted(nation, "auditor", f"region:{LONGWAN}")
    assert held(counter, member) == [("auditor", LONGWAN)]


def test_an_auditor_holds_no_other_office(counter: Counter, nation: Browser) -> None:
    chosen(counter, nation, counter.street.staff)
    said = granted(nation, "auditor", f"region:{LONGWAN}", 422)
    assert "监督人员不能兼任经办岗位" in said


def test_an_office_ends_at_once(counter: Counter, admin: Browser) -> None:
    admin.open("/admin/roles")
    staff = counter.street.staff
    end = admin.page.text.split(f"/admin/roles/{staff}/")[1].split("/end")[0]
    said = admin.send(f"/admin/roles/{staff}/{end}/end")
    assert "岗位已结束" in said
    assert held(counter, staff) == []


def test_one_s_own_office_shows_the_sentence_instead_of_a_button(
    counter: Counter, admin: Browser
) -> None:
    assert OWN_AFFAIR in admin.open("/admin/roles")
    assert f"/admin/roles/{counter.street.admins[0]}/" not in admin.page.text


def test_another_region_ends_nothing_here(counter: Counter, admin: Browser) -> None:
    admin.open("/admin/roles")
    staff = counter.street.staff
    end = admin.page.text.split(f"/admin/roles/{staff}/")[1].split("/end")[0]
    far = counter.far_admin()
    far.open("/admin/roles")
    assert str(staff) not in far.page.text
    far.send(f"/admin/roles/{staff}/{end}/end", 403)
    assert held(counter, staff) != []


@pytest.mark.parametrize("who", ["staff", "volunteer", "elder"])
def test_nobody_else_appoints(counter: Counter, who: str) -> None:
    browser = counter.town.phone(getattr(counter.street, who))
    browser.open("/admin/roles", 403)
    browser.open("/admin/roles/new", 403)
    browser.send("/admin/roles/new", 403, number="V1", role="branch_staff")


def test_offices_are_whole_in_english(counter: Counter, admin: Browser) -> None:
    said = admin.english().open("/admin/roles")
    assert "Region administrator" in said
    assert "Longwan District" in said
    said = chosen(counter, admin, counter.street.volunteer)
    assert "An auditor holds no other office." in said
