"""The pages that explain a match: the branch's, the elder's, the auditor's, the administrator's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from models.matching import Offer, ShownRanking
from models.oversight import AuditRecord
from models.people import Member
from models.requests import RequestState
from services.requests.reviewing import approve
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.visits.conftest import START
from tests.web.branch_kit import Counter, open_counter
from tests.web.volunteer_kit import Browser
from tests.web.xlsx import Workbook
from timebank import snapshots

BOOK = f"/audit/books/{LONGWAN}"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "EVERY_SECONDS", 0.0)


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


@pytest.fixture
def opened(counter: Counter) -> UUID:
    """A request of the elder that the branch has let through."""
    request = counter.asked()
    counter.street.act(counter.street.staff, lambda ctx: approve(ctx, LONGWAN, request))
    return request


@pytest.fixture
def admin(counter: Counter) -> Browser:
    return counter.town.phone(counter.street.admins[0])


@pytest.fixture
def auditor(counter: Counter) -> Browser:
    return counter.town.phone(counter.given(factories.create_auditor))


def people(opened: UUID) -> str:
    return f"/branch/requests/{LONGWAN}/{opened}/people"


def own(opened: UUID, act: str = "") -> str:
    return f"/elder/requests/{LONGWAN}/{opened}{act}"


# The branch


def test_the_list_of_unfilled_requests_says_why(counter: Counter, opened: UUID) -> None:
    counter.asked(elder_id=counter.elder_of(), wished_sex="male")
    said = counter.clerk.open("/branch/unfilled")
    assert "待找人" in said
    assert "1 人" in said
    assert people(opened) in counter.clerk.page.text
    assert "还没有问人" in said or "正在问" in said


def test_nothing_unfilled_is_a_calm_page(counter: Counter) -> None:
    assert "没有等着找人的申请" in counter.clerk.open("/branch/unfilled")


def test_who_fits_is_named_with_the_sum_behind_it(counter: Counter, opened: UUID) -> None:
    said = counter.clerk.open(people(opened))
    assert "合适的人（1）" in said
    assert "路上" in said
    assert "您看过这份名单，会留下记录" in counter.clerk.page.text
    assert counter.street.count(ShownRanking, ShownRanking.book == LONGWAN) == 1
    assert people(opened) in _links(counter, counter.request_path(opened))


def test_a_person_is_asked_with_one_press(counter: Counter, opened: UUID) -> None:
    counter.clerk.open(people(opened))
    volunteer = counter.street.volunteer
    said = counter.clerk.send(f"{people(opened)}/{volunteer}/ask")
    assert "已经问了" in said
    assert "问了，等回话" in said
    assert counter.street.count(Offer, Offer.book == LONGWAN) == 1
    # Twice is refused in words, and nothing happens.
    said = counter.clerk.send(f"{people(opened)}/{volunteer}/ask")
    assert counter.street.count(Offer, Offer.book == LONGWAN) == 1
    assert "已经问了，有回话" not in said


def test_the_search_begins_anew_with_one_press(counter: Counter, opened: UUID) -> None:
    counter.clerk.open(people(opened))
    assert "重新开始问人" in counter.clerk.send(f"{people(opened)}/again")


def test_an_administrator_sees_who_fits_but_does_not_ask(
    counter: Counter, opened: UUID, admin: Browser
) -> None:
    said = admin.open(people(opened))
    assert "合适的人（1）" in said
    assert "再问一轮" not in said
    admin.send(f"{people(opened)}/again", 403)


@pytest.mark.parametrize("who", ["neighbour", "foreigner", "far_admin"])
def test_nobody_else_sees_who_fits(counter: Counter, opened: UUID, who: str) -> None:
    browser = getattr(counter, who)()
    browser.open(people(opened), 403)
    assert counter.street.count(ShownRanking, ShownRanking.book == LONGWAN) == 0


def test_a_filled_request_has_no_such_page(counter: Counter, opened: UUID) -> None:
    counter.street.issue(1_000)
    counter.street.accepted(opened)
    counter.clerk.open(people(opened), 409)


# The elder


def test_the_elder_reads_it_gently(counter: Counter, opened: UUID) -> None:
    elder = counter.town.phone(counter.street.elder)
    said = elder.open(own(opened))
    assert "找人的情况" in said
    assert "有合适的人，我们正在问" in said
    name = counter.street.look(lambda s: s.get_one(Member, counter.street.volunteer).name)
    assert name not in said


def test_three_and_more_are_a_number(counter: Counter, opened: UUID) -> None:
    branch = counter.street.branch
    for _ in range(2):
        counter.given(lambda s: factories.create_volunteer(s, "P1", branch_id=branch))
    elder = counter.town.phone(counter.street.elder)
    assert "现在有 3 位合适的人" in elder.open(own(opened))
    assert "3 people would suit" in elder.english().open(own(opened))


def test_a_wish_that_keeps_people_away_is_dropped_with_one_press(counter: Counter) -> None:
    request = counter.asked(wished_sex="male")
    counter.street.act(counter.street.staff, lambda ctx: approve(ctx, LONGWAN, request))
    elder = counter.town.phone(counter.street.elder)
    said = elder.open(own(request))
    assert "这个时间能来的男志愿者少" in said
    assert "如果男女都可以，有 1 个人能来" in said
    assert " 0 " not in said.split("找人的情况")[1].split("申请的内容")[0]
    said = elder.send(own(request, "/loosen/sex"))
    assert "改好了，我们再去问" in said
    assert "有合适的人" in said
    assert counter.street.request(request).preferred_sex == "male"
    # Pressed again it is said in words.
    assert "已经变化" in elder.send(own(request, "/loosen/sex"))


def test_another_time_holds_at_once(counter: Counter, opened: UUID) -> None:
    elder = counter.town.phone(counter.street.elder)
    elder.open(own(opened))
    later = START + timedelta(hours=2)
    said = elder.send(own(opened, "/time"), to_at=later.isoformat())
    assert "改好了，按新的时间找人" in said
    assert counter.street.request(opened).starts_at == later
    elder.send(own(opened, "/time"), 400, to_at="morgen")
    elder.send(own(opened, "/time"), 400, to_at="2026-03-12T09:00:00")


def test_staff_change_it_for_an_elder_who_rings(counter: Counter, opened: UUID) -> None:
    later = START + timedelta(hours=2)
    elder = counter.street.elder
    path = f"/elder/for/{elder}/requests/{LONGWAN}/{opened}"
    assert "找人的情况" in counter.clerk.open(path)
    counter.clerk.send(f"{path}/time", to_at=later.isoformat())
    assert counter.street.request(opened).starts_at == later


def test_a_closed_request_says_nothing_of_a_search(counter: Counter, opened: UUID) -> None:
    counter.street.issue(1_000)
    counter.street.accepted(opened)
    assert counter.street.request(opened).state is RequestState.FILLED
    assert "找人的情况" not in counter.town.phone(counter.street.elder).open(own(opened))


def test_a_stranger_changes_nothing(counter: Counter, opened: UUID) -> None:
    stranger = counter.town.mine()
    stranger.open("/volunteer/")
    stranger.send(own(opened, "/loosen/sex"), 403)
    assert counter.street.request(opened).starts_at == START


# The auditor


def test_the_auditor_sees_who_was_shown_to_whom(
    counter: Counter, opened: UUID, auditor: Browser
) -> None:
    counter.clerk.open(people(opened))
    assert f"{BOOK}/shown" in _page(auditor, BOOK)
    said = auditor.open(f"{BOOK}/shown")
    reference = counter.street.request(opened).reference
    assert reference in said
    path = _first(auditor, f"{BOOK}/shown/")
    said = auditor.open(path)
    assert "名单上的人" in said
    assert "没有问" in said
    assert counter.audited("shown.read") == 1
    assert reference in auditor.open(f"{BOOK}/shown?reference={reference}")
    assert "没有符合条件的记录" in auditor.open(f"{BOOK}/shown?reference=9999-9999")
    counter.clerk.open(f"{BOOK}/shown", 403)


# The administrator


def test_the_administrator_sees_for_whom_it_goes_less_well(
    counter: Counter, opened: UUID, admin: Browser
) -> None:
    counter.street.issue(1_000)
    counter.street.accepted(opened)
    said = admin.open("/admin/matching")
    assert "满足率 100.0%" in said
    for words in ("按街道、乡镇", "按老人的性别", "按方言", "按照护等级", "按月"):
        assert words in said, words
    assert admin.page.text.count('<svg class="chart__drawing"') == 12
    assert "<desc" in admin.page.text
    assert "/admin/matching" in admin.page.text
    assert "这段时间里没有申请" in admin.open("/admin/matching?sex=male")
    assert "Share that was met 100.0%" in admin.english().open("/admin/matching")


def test_nonsense_in_the_address_chooses_nothing(counter: Counter, admin: Browser) -> None:
    admin.open("/admin/matching?grade=x&branch=7&sex=other&first=nie&language=klingon")


def test_figures_are_exported_as_they_are_filtered(
    counter: Counter, opened: UUID, admin: Browser
) -> None:
    admin.open("/admin/matching")
    answer = admin.client.post(
        "/admin/matching/export?sex=female", data={**admin.hidden(), "form": "csv"}
    )
    assert answer.status_code == 200
    text = answer.data.decode("utf-8-sig")
    assert text.splitlines()[0].startswith("分组,名称,申请")
    assert "按老人的性别,女,1" in text
    answer = admin.client.post("/admin/matching/export", data={**admin.hidden(), "form": "xlsx"})
    book = Workbook(answer.data)
    assert book.rows(1)[1][:3] == ["全部", "合计", 1.0]
    assert (
        counter.street.count(
            AuditRecord, AuditRecord.book == LONGWAN, AuditRecord.act == "fairness.export"
        )
        == 2
    )
    answer = admin.client.post("/admin/matching/export", data={**admin.hidden(), "form": "exe"})
    assert answer.status_code == 404


def test_staff_do_not_see_fairness(counter: Counter) -> None:
    counter.clerk.open("/admin/matching", 403)


def _links(counter: Counter, path: str) -> str:
    counter.clerk.open(path)
    return counter.clerk.page.text


def _page(browser: Browser, path: str) -> str:
    browser.open(path)
    return browser.page.text


def _first(browser: Browser, prefix: str) -> str:
    """The first link of the open page that begins so."""
    at = browser.page.text.index(f'href="{prefix}') + len('href="')
    return browser.page.text[at : browser.page.text.index('"', at)]
