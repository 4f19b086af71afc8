"""Clearing on pages: the position, a window with its parts, the region's word, disputes, files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from models.ledger import AccountKind
from models.oversight import AuditRecord
from models.places import Region
from models.settlement import PositionDispute, WindowState
from services import audit
from services.context import Context
from services.corridors.crossing import post_across
from services.ledger.accounts import account_id, pool_of
from services.ledger.clearing import Crossing, gives, takes
from services.ledger.drafts import Draft, Leg
from services.policy import NATION, SYSTEM
from services.settlement import windows
from tests import factories
from tests.country import FAR, ONE, TWO, join_all
from tests.databases import Databases
from tests.factories import NOW, VAULT
from tests.web.branch_kit import Counter, open_counter
from tests.web.volunteer_kit import Browser
from tests.web.xlsx import Workbook
from timebank.edge import Timebank
from timebank.jobs import JOBS

HERE = f"/admin/clearing/{ONE}"
FIRST = f"{HERE}/windows/1"


class Office:
    """The administrators of two regions, the day after an hour and a half went from one to two."""

    def __init__(self, counter: Counter) -> None:
        self.counter, self.street = counter, counter.street
        counter.given(lambda session: join_all(session, ONE, TWO, FAR))
        self.admin = counter.town.phone(counter.street.admins[0])
        self.other = counter.far_admin()
        self.pay(ONE, TWO, 90)
        self.pay(TWO, ONE, 30)
        self.pay(TWO, FAR, 60)
        self.run_job()
        counter.town.now = windows.next_midnight(NOW) + timedelta(hours=1)
        assert self.run_job() == 1

    def pay(self, one: str, other: str, minutes: int) -> None:
        """A gift from the issue account of one to the pool of the other."""
        key = f"{one}{other}{minutes}"
        issue = account_id(one, AccountKind.ISSUE)
        drafts = [
            Draft(one, "gift", key, (Leg(issue, -minutes), gives(one, other, minutes)), NOW),
            Draft(
                other,
                "gift",
                key,
                (takes(other, one, minutes), Leg(pool_of(other), minutes)),
                NOW,
            ),
        ]
        crossing = [Crossing(one, other, minutes)]
        self.counter.given(
            lambda session: post_across(
                Context(session, SYSTEM, NOW, VAULT), drafts, crossing, payer_book=one, key=key
            )
        )

    def run_job(self) -> int:
        """The job of the windows."""
        held: Timebank = self.counter.town.app.extensions["timebank"]
        return JOBS["close-windows"].work(held)

    def phone(self, make: Callable[[Session], UUID]) -> Browser:
        """Somebody else who may look."""
        return self.counter.town.phone(self.counter.given(make))


@pytest.fixture
def office(databases: Databases) -> Iterator[Office]:
    """A closed window that nobody has acknowledged."""
    for counter in open_counter(databases):
        yield Office(counter)


def test_from_the_position_to_the_acknowledgement(office: Office) -> None:
    words = office.admin.open("/admin/clearing")
    assert office.admin.path == HERE
    for said in ("等您确认的清算单", "应付 1 小时", "总额度还剩", "999 小时", "每期净额", "进行中"):
        assert said in words
    words = office.admin.open(FIRST)
    for said in ("应付 1 小时", "应收 1 小时", "两清", "提异议", "还没有", "相加正好是零"):
        assert said in words
    assert "清算单已经确认" in office.admin.send(f"{FIRST}/acknowledge")
    assert office.admin.path == FIRST
    assert "提异议" not in office.admin.text
    assert "确认本地区的清算单" not in office.admin.text
    assert office.counter.audited("clearing.acknowledge") == 1
    assert "您的地区已经确认过" in office.admin.send(f"{FIRST}/acknowledge", 409)
    assert "全月净额" in office.admin.open(f"{HERE}/months/2026-03")
    assert "还有没结清的清算期" in office.admin.text
    assert office.admin.open(f"{HERE}/months/2026-99", 404)
    assert "没有截止的清算期" in office.admin.open(f"{HERE}/months/2025-01")


def test_a_dispute_from_one_office_to_the_other(office: Office) -> None:
    path = f"{FIRST}/dispute/{TWO}"
    assert "应付 1 小时" in office.admin.open(path)
    assert "请写明哪里不对" in office.admin.send(path, 422)
    assert "异议已经提出" in office.admin.send(path, reason="二十号的一次算了两遍")
    row = office.street.look(lambda session: session.query(PositionDispute).one())
    there = f"/admin/clearing/{TWO}/disputes/{row.id}"
    assert "等本地区答复的异议" in office.other.open(f"/admin/clearing/{TWO}")
    assert "等本地区答复的异议" not in office.admin.open(HERE)
    assert "二十号的一次算了两遍" in office.other.open(there)
    assert "请选一项" in office.other.send(there, 422, answer="核对了")
    sent = {"outcome": "corrected", "answer": "核对了"}
    assert "还没有冲正" in office.other.send(there, 422, **sent)
    assert "异议已经了结" in office.other.send(there, outcome="stands", answer="两次都有签到")
    assert "等本地区答复的异议" not in office.other.open(f"/admin/clearing/{TWO}")
    assert "两次都有签到" in office.admin.open(f"{HERE}/disputes/{row.id}")
    assert "核对过，数没有错" in office.admin.open(FIRST)
    assert office.admin.open(f"/admin/clearing/{TWO}", 404)
    assert office.other.open(f"/admin/clearing/{FAR}/disputes/{row.id}", 404)
    assert office.admin.open(f"{FIRST}/dispute/{FAR}", 404)
    assert office.admin.open(f"{HERE}/windows/9", 404)


def test_auditors_and_the_nation_read_and_take_files(office: Office) -> None:
    inspector = office.phone(factories.create_auditor)
    listed = inspector.open(f"/audit/books/{ONE}/accounts?kind=clearing")
    row = office.street.look(lambda session: session.query(Region).filter_by(code=TWO).one())
    assert f"{row.name} {TWO}" in listed
    national = office.phone(factories.create_national_admin)
    assert "应付 1 小时" in inspector.open(FIRST)
    assert "确认本地区的清算单" not in inspector.text
    assert inspector.open(f"/admin/clearing/{TWO}", 404)
    words = national.open("/admin/clearing")
    assert "全国" in words
    assert TWO in words
    country = f"/admin/clearing/{NATION}"
    assert "3 小时" in national.open(country)
    assert "应付 1 小时" in national.open(f"{country}/windows/1")
    files = [
        (f"{HERE}/export/positions", 1),
        (f"{HERE}/export/windows", 2),
        (f"{FIRST}/export/pairs", 2),
        (f"{FIRST}/export/nets", 3),
        (f"{FIRST}/export/payments", 1),
        (f"{HERE}/months/2026-03/export", 1),
    ]
    for path, rows in files:
        inspector.open(HERE)
        answer = inspector.client.post(path, data={**inspector.hidden(), "form": "xlsx"})
        book = Workbook(answer.data)
        assert len(book.rows(1)) == rows + 1, path
    taken = office.counter.audited("clearing.export", AuditRecord.book == ONE)
    assert taken == len(files)
    inspector.open(HERE)
    for path in (f"{HERE}/export/nothing", f"{FIRST}/export/nothing"):
        inspector.send(path, 404, form="csv")


def test_sides_that_differ_are_said_on_both_pages(office: Office) -> None:
    def alarm(session: Session) -> None:
        session.get_one(windows.SettlementWindow, (NATION, 2)).state = WindowState.CLOSING
        after = {"window": 2, "one": TWO, "other": ONE, "one_minutes": 60, "other_minutes": -59}
        ctx = Context(session, SYSTEM, NOW, VAULT)
        key = windows.alarm_id(2, (TWO, ONE))
        audit.record(ctx, "clearing.differ", "settlement_window", key, book=NATION, after=after)

    office.counter.given(alarm)
    for path in (HERE, f"{HERE}/windows/2"):
        assert "前者记 1 小时，后者记 −59 分" in office.admin.open(path)
