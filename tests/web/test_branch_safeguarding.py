"""At the counter: checks before a first home visit, a companion, and reports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.availability import Accompaniment, Incident, IncidentKind, IncidentState
from models.people import Member
from services.availability.avoiding import avoid
from services.availability.incidents import report
from services.availability.wishes import WishForm, set_wishes
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.visits.conftest import START
from tests.web.branch_kit import Counter, open_counter
from tests.web.volunteer_kit import Browser


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


def newcomer(counter: Counter) -> UUID:
    """A volunteer with every paper but those of safeguarding."""
    branch = counter.street.branch
    return counter.given(
        lambda s: factories.create_volunteer(s, "P1", safeguarded=False, branch_id=branch)
    )


def number_of(counter: Counter, who: UUID) -> str:
    return counter.street.look(lambda session: session.get_one(Member, who).number)


def reported(counter: Counter, who: UUID | None = None) -> UUID:
    """The elder (or somebody else) has reported; returns the report's id."""
    visit = counter.town.begun()
    counter.town.at(5)
    return counter.street.act(
        who or counter.street.elder,
        lambda ctx: report(ctx, LONGWAN, visit, IncidentKind.MONEY, "少了两百块钱。"),
        now=counter.town.now,
    )


def path_of(incident: UUID) -> str:
    return f"/branch/incidents/{LONGWAN}/{incident}"


def test_checks_are_recorded_and_ended(counter: Counter) -> None:
    who, clerk = newcomer(counter), counter.clerk
    path = counter.member_path(who, "/safeguarding")
    assert "还不能上门" in clerk.open(path)
    assert "请写明审核有效到哪一天。" in clerk.send(
        path, 422, kind="screening", on_day="2026-03-01", reference="S-9"
    )
    assert "日期" in clerk.send(
        path, 422, kind="accompanied", on_day="2026-04-01", reference="与陈静"
    )
    words = clerk.send(
        path, kind="screening", on_day="2026-03-01", valid_to="2027-03-01", reference="S-9"
    )
    assert "第一次上门要有人陪同" in words
    words = clerk.send(path, kind="accompanied", on_day="2026-03-02", reference="与陈静")
    assert "可以自己上门" in words
    check = re.search(r"/safeguarding/([0-9a-f-]+)/end", clerk.page.text)
    assert check
    assert "从今天起不再有效。" in clerk.send(f"{path}/{check[1]}/end")
    assert "无效" in clerk.text


def test_a_companion_is_named_by_the_newcomers_number(counter: Counter) -> None:
    counter.street.issue(1_000)
    who, clerk = newcomer(counter), counter.clerk
    request = counter.street.open_request()
    clerk.open(counter.request_path(request))
    assert "安排人陪新志愿者" in clerk.page.text
    path = counter.request_path(request, "/companion")
    clerk.open(path)
    assert clerk.send(path, 422, provider_number="V123", companion="陈静")
    words = clerk.send(path, provider_number=number_of(counter, who), companion="陈静")
    assert "陈静陪" in words
    assert "已取消。" in clerk.send(f"{path}/{who}/end")
    assert counter.street.count(Accompaniment) == 0


def test_what_a_volunteer_states_and_an_elder_wishes_is_read_at_the_counter(
    counter: Counter,
) -> None:
    words = counter.clerk.open(counter.member_path(counter.street.volunteer, "/availability"))
    assert "还没有说，按早上8点到晚上8点找他。" in words
    elder = counter.street.elder
    form = WishForm(languages=("wenzhou",), language_must=True, sex="same")
    counter.street.act(elder, lambda ctx: set_wishes(ctx, elder, form))
    request = counter.asked()
    words = counter.clerk.open(counter.request_path(request))
    assert "最好是女志愿者、一定要会说温州话" in words


def test_a_report_is_the_most_pressing_work_and_is_decided(counter: Counter) -> None:
    incident = reported(counter)
    clerk = counter.clerk
    words = clerk.open("/branch/")
    assert "核实报告 1" in words
    assert path_of(incident) in clerk.page.text
    words = clerk.open(path_of(incident))
    assert "少了两百块钱。" in words
    assert "（老人）" in words
    assert "请写明理由。" in clerk.send(path_of(incident), 422, decision="lift")
    words = clerk.send(path_of(incident), decision="keep", reason="属实。")
    assert "已处理，双方会收到结果。" in words
    assert "属实。" in words
    state = counter.street.look(lambda session: session.scalar(sa.select(Incident.state)))
    assert state is IncidentState.KEPT_APART
    clerk.open(path_of(incident))
    assert (
        "这份报告已经有了处理结果。"
        in clerk.send(path_of(incident), 422, decision="lift", reason="再想想")
        or "等待核实" not in clerk.text
    )


def test_staff_write_a_report_down_and_another_decides(counter: Counter) -> None:
    visit = counter.town.begun()
    path = counter.visit_path(visit, "/incident")
    assert "记的人不能自己处理" in counter.clerk.open(path)
    assert "已记下" in counter.clerk.send(path, kind="fear", text="老人来电说很害怕。")
    [incident] = counter.street.look(lambda s: s.scalars(sa.select(Incident.id)).all())
    words = counter.clerk.open(path_of(incident))
    assert "您不能处理这份报告" in words
    admin = counter.town.phone(counter.street.admins[0])
    assert "等待核实的报告" in admin.open(f"/admin/{LONGWAN}")
    assert path_of(incident) in admin.page.text
    admin.open(path_of(incident))
    assert "已处理" in admin.send(path_of(incident), decision="lift", reason="是误会。")


def test_kin_strangers_and_the_two_do_not_read_a_report(counter: Counter) -> None:
    incident = reported(counter)
    browsers: list[Browser] = [
        counter.relative(),
        counter.neighbour(),
        counter.foreigner(),
        counter.town.phone(counter.street.elder),
        counter.town.mine(),
    ]
    for browser in browsers:
        browser.open(path_of(incident), 403)
    browsers[0].send(path_of(incident), 403, decision="lift", reason="没事")


def test_the_pages_are_said_in_english(counter: Counter) -> None:
    who = newcomer(counter)
    incident = reported(counter)
    request = counter.street.open_request(starts_at=START + timedelta(days=3))
    visit = counter.street.look(
        lambda s: s.scalar(sa.select(Incident.visit_id).where(Incident.id == incident))
    )
    clerk = counter.clerk.english()
    people = (who, counter.street.elder, counter.street.volunteer, counter.street.staff)
    names = "".join(
        counter.street.look(lambda s, w=each: s.get_one(Member, w).name) for each in people
    )
    for path in (
        counter.member_path(who, "/safeguarding"),
        counter.member_path(who, "/availability"),
        counter.request_path(request, "/companion"),
        counter.visit_path(visit, "/incident"),
        path_of(incident),
    ):
        words = clerk.open(path).replace("中文", "").replace("少了两百块钱", "")
        assert clerk.page.text.count("<h1") == 1, path
        left = set(re.findall(r"[\u4e00-\u9fff]", words)) - set(names)
        assert not left, (path, words)


def test_an_auditor_reads_counts_and_no_names(counter: Counter) -> None:
    incident = reported(counter)
    visit = counter.street.look(
        lambda s: s.scalar(sa.select(Incident.visit_id).where(Incident.id == incident))
    )
    elder = counter.street.elder
    counter.street.act(elder, lambda ctx: avoid(ctx, LONGWAN, visit))
    auditor = counter.town.phone(counter.given(factories.create_auditor))
    assert "不见面的人和报告" in auditor.open(f"/audit/books/{LONGWAN}")
    words = auditor.open(f"/audit/books/{LONGWAN}/apart")
    assert "现在不想再见面的 1" in words
    assert "钱、财物 等待核实 1" in words
    for who in (elder, counter.street.volunteer):
        name = counter.street.look(lambda s, w=who: s.get_one(Member, w).name)
        assert name not in words
    counter.clerk.open(f"/audit/books/{LONGWAN}/apart", 404)
