"""Something to say, walked as in a browser: the elder's words, the other side, the county."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.complaints import Complaint
from models.sheets import WorkSheet
from services.complaints.deciding import decide
from services.complaints.opening import open_complaint
from services.policy import SYSTEM
from services.visits.confirming import confirm
from services.visits.disputes import decide_dispute
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.web.branch_kit import Counter, open_counter


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


def credited(counter: Counter) -> UUID:
    """A visit that the elder has confirmed."""
    visit = counter.done()
    street = counter.street
    street.act(street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), now=counter.town.now)
    return visit


def the_complaint(counter: Counter) -> Complaint:
    """The only one there is."""
    return counter.street.look(
        lambda session: session.scalars(sa.select(Complaint).where(Complaint.book == LONGWAN)).one()
    )


def test_from_the_elders_words_to_the_last_decision(counter: Counter) -> None:
    town, street = counter.town, counter.street
    visit = credited(counter)
    elder, other = town.phone(street.elder), town.phone(street.volunteer)
    assert "有事要说" in elder.open("/elder")
    assert "有事要说" in elder.open(f"/elder/visits/{LONGWAN}/{visit}")
    new = f"/elder/complaints/new?visit={visit}&book={LONGWAN}"
    assert "网点工作人员的事" not in elder.open(new)
    assert "从列表里选" in elder.send(new, 422)
    words = elder.send(new, kind="charged")
    assert "怎么回事" in words
    said = elder.send(elder.path + f"?visit={visit}&book={LONGWAN}", text="问我要了二十块钱")
    assert "先放着" in said
    row = the_complaint(counter)
    here = f"complaints/{LONGWAN}/{row.id}"
    assert "有投诉，办完再定" in other.open("/volunteer/coins")
    assert "请在" in other.open(f"/volunteer/{here}")
    other.open(f"/volunteer/{here}/answer")
    other.send(f"/volunteer/{here}/answer", text="是买菜的钱，有小票")
    assert "是买菜的钱" in elder.open(f"/elder/{here}")
    first, second = (town.phone(each) for each in street.admins)
    assert row.reference in first.open("/oversight/complaints")
    first.open(f"/oversight/{here}")
    assert "请写明理由" in first.send(f"/oversight/{here}/decide", 422, decision="dismissed")
    assert "已处理" in first.send(
        f"/oversight/{here}/decide", decision="dismissed", reason="小票对得上"
    )
    assert "小票对得上" in elder.open(f"/elder/{here}")
    assert "换一位管理员" in elder.open(f"/elder/{here}/appeal")
    elder.send(f"/elder/{here}/appeal", text="不是那天的小票")
    first.send(f"/oversight/{here}/decide-appeal", 403, decision="upheld", reason="好")
    second.open(f"/oversight/{here}")
    assert "最后的结果" in second.send(
        f"/oversight/{here}/decide-appeal", decision="partly", reason="小票少了一张"
    )
    assert "部分属实" in other.open(f"/volunteer/{here}")


def test_it_is_taken_down_at_the_counter_and_stands_in_the_list(counter: Counter) -> None:
    clerk, branch = counter.clerk, str(counter.street.branch)
    told = {"how": "phone", "kind": "conduct", "branch_id": branch, "text": "说话难听"}
    page = "/oversight/complaints/new"
    clerk.open(page)
    assert "称呼和电话" in clerk.send(page, 422, number="", against="", contact="", **told)
    clerk.send(page, number="", against="", contact="王女士 13900000000", **told)
    row = the_complaint(counter)
    assert "13900000000" in clerk.text
    assert "投诉 1" in clerk.open("/branch/")
    assert row.reference in clerk.open("/oversight/complaints")
    # What is said of the branch's own people is not the branch's to read.
    clerk.open(page)
    clerk.send(
        page, number="", against="", contact="李先生 13900000001", **{**told, "kind": "staff"}
    )
    assert "共 1 条" in clerk.open("/oversight/complaints")


def test_a_sheet_is_opened_worked_on_and_closed(counter: Counter) -> None:
    town, street = counter.town, counter.street
    visit = credited(counter)
    auditor = town.phone(street.act(SYSTEM, lambda ctx: factories.create_auditor(ctx.session)))
    new = f"/oversight/sheets/new?about=visit&id={visit}&book={LONGWAN}&branch={street.branch}"
    auditor.open(new)
    assert "已开出工作单" in auditor.send(new, kind="warning", text="请核对这一次")
    row = street.look(lambda session: session.scalars(sa.select(WorkSheet)).one())
    here = f"/oversight/sheets/{LONGWAN}/{row.id}"
    assert "工作单 1" in counter.clerk.open("/branch/")
    assert row.reference in counter.clerk.open("/oversight/sheets?whose=branch")
    counter.clerk.open(here)
    counter.clerk.send(f"{here}/take")
    assert "问过了" in counter.clerk.send(f"{here}/note", text="问过了")
    auditor.open(here)
    auditor.send(f"{here}/note", 403, text="我来")
    assert "已结束" in counter.clerk.send(f"{here}/close", outcome="unfounded", reason="记录都对")
    assert row.reference in auditor.open("/oversight/sheets?state=closed")
    auditor.send("/oversight/sheets/export?state=closed", form="csv")
    assert row.reference in auditor.page.text


def test_a_decided_dispute_is_appealed_on_the_visits_page(counter: Counter) -> None:
    town, street = counter.town, counter.street
    visit = counter.disputed()
    dispute = street.look(
        lambda session: session.execute(sa.text("SELECT id FROM disputes")).scalar_one()
    )
    key = dispute if isinstance(dispute, UUID) else UUID(str(dispute))
    street.act(
        street.staff,
        lambda ctx: decide_dispute(ctx, LONGWAN, key, credit=False, reason="没有做满"),
        now=town.now,
    )
    town.now += timedelta(hours=1)
    other, admin = town.phone(street.volunteer), town.phone(street.admins[0])
    assert "不同意，申诉一次" in other.open(f"/volunteer/visits/{visit}")
    other.open(f"/volunteer/visits/{visit}/appeal")
    other.send(f"/volunteer/visits/{visit}/appeal", text="我做满了")
    assert "由区县再看一次" in other.open(f"/volunteer/visits/{visit}")
    assert "等着处理的异议申诉" in admin.open("/oversight/complaints")
    decide = f"/oversight/disputes/{LONGWAN}/{key}"
    assert "我做满了" in admin.open(decide)
    admin.send(decide, decision="upheld", reason="有证人")
    assert "申诉成立，要补录" in counter.clerk.open("/oversight/sheets")


def test_a_wrong_record_leads_to_a_correction(counter: Counter) -> None:
    """Upheld, a complaint about a record opens a sheet from which the visit is put right."""
    town, street = counter.town, counter.street
    visit = credited(counter)
    made = street.act(
        street.elder,
        lambda ctx: open_complaint(
            ctx, book=LONGWAN, kind="record_wrong", text="多记了半小时", visit_id=visit
        ),
        now=town.now,
    )
    late = town.now + timedelta(days=30)
    street.act(
        street.admins[0], lambda ctx: decide(ctx, LONGWAN, made, "upheld", "多记了"), now=late
    )
    sheet = street.look(lambda session: session.scalars(sa.select(WorkSheet)).one())
    assert (sheet.about, sheet.facts["corrects"]) == ("complaint_upheld", str(visit))
    counter.clerk.open(f"/oversight/sheets/{LONGWAN}/{sheet.id}")
    there = f"/oversight/entries/new?book={LONGWAN}&visit={visit}"
    assert there in counter.clerk.page.text.replace("&amp;", "&")
    assert "更正" in counter.clerk.open(there)
