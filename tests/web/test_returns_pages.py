"""Monthly returns and rolls in the browser: read, signed, taken away; looked through first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import partial
from io import BytesIO

import pytest
import sqlalchemy as sa

from models.oversight import AuditRecord
from models.people import Member, Sex
from models.returns import EntitlementRoll
from services import months
from services.clock import local
from services.ledger.seals import keys
from services.ledger.seals.signing import SigningKey
from services.policy import SYSTEM
from services.returns import closing
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.two_hands.test_reversing import credited
from tests.services.visits.conftest import START
from tests.web.branch_kit import Counter, hidden_of, open_counter
from tests.web.volunteer_kit import Browser

KEY = SigningKey(bytes(31) + b"\1")
DAYS = 41 * 24 * 60
NEW = f"/oversight/rolls/{LONGWAN}/new"
STRANGER = factories.id_number(date(1940, 5, 1), Sex.FEMALE)


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


def acts(counter: Counter) -> list[str]:
    rows = sa.select(AuditRecord.act).where(AuditRecord.book == LONGWAN).order_by(AuditRecord.at)
    return counter.street.look(lambda s: list(s.scalars(rows)))


def admins(counter: Counter) -> tuple[Browser, Browser]:
    one, other = counter.street.admins
    return counter.town.phone(one), counter.town.phone(other)


def test_a_return_is_read_signed_and_taken_away(counter: Counter) -> None:
    street = counter.street
    street.uow.run(lambda s: keys.introduce_operator(s, KEY, "运营方", START))
    credited(street)
    counter.town.at(DAYS)
    now = counter.town.now
    for book, month in street.act(SYSTEM, months.due, now):
        street.act(SYSTEM, partial(months.close, book=book, month=month), now)
    work = partial(closing.close, book=LONGWAN, month="2026-03", key=KEY)
    assert street.act(SYSTEM, work, now)
    admin, _other = admins(counter)
    there = f"/oversight/returns/{LONGWAN}/2026-03"
    admin.open("/oversight/returns")
    assert there in admin.page.text
    said = admin.open(there)
    assert "没有变化" in said
    assert "还没有签署" in said
    admin.send(f"{there}/sign")
    assert "还没有签署" not in admin.open(there)
    for form in ("csv", "xlsx"):
        answer = admin.client.post(f"{there}/export", data={**hidden_of(admin), "form": form})
        assert answer.status_code == 200
    assert acts(counter).count("return.export") == 2
    counter.clerk.open(there, 403)
    admin.open(f"/oversight/returns/{LONGWAN}/2026-02", 404)


def send(counter: Counter, browser: Browser, step: str, rows: list[str], **more: str) -> str:
    """Upload a roll; what is said, or where it leads."""
    browser.open(NEW)
    content = "\n".join(["身份证号,姓名,地区", *rows]).encode()
    data = {
        **hidden_of(browser),
        "kind": "alone",
        "month": f"{local(counter.town.now):%Y-%m}",
        "source": "区民政局",
        "file": (BytesIO(content), "名册.csv"),
        "step": step,
        **more,
    }
    answer = browser.client.post(NEW, data=data, content_type="multipart/form-data")
    return answer.location or answer.get_data(as_text=True)


def test_a_roll_is_looked_through_put_forward_and_signed_by_another(counter: Counter) -> None:
    street = counter.street
    first, second = admins(counter)

    def number(member: Member) -> str:
        return factories.VAULT.open("member.id_number", member.id_number_sealed)

    elder = street.look(lambda s: number(s.get_one(Member, street.elder)))
    rows = [f"{elder},王奶奶,永中街道", f"{STRANGER},李奶奶,海滨街道"]
    assert "这一行没有姓名" in send(counter, first, "try", [f"{STRANGER},,"])
    said = send(counter, first, "try", rows)
    assert re.search(r"共 2 人，其中 1 人有账户", said)
    assert street.count(EntitlementRoll) == 0
    there = send(counter, first, "propose", rows)
    assert there.startswith(f"/oversight/rolls/{LONGWAN}/")
    assert "李奶奶" in first.open(there)
    assert f"{there}/sign" not in first.page.text
    assert first.client.post(f"{there}/sign", data=hidden_of(first)).status_code == 422
    second.open(there)
    second.send(f"{there}/sign")
    assert "已签署" in second.open(there)
    answer = second.client.post(f"{there}/export", data={**hidden_of(second), "form": "csv"})
    assert "海滨街道" in answer.get_data(as_text=True)
    second.open("/oversight/rolls")
    invite = f"/oversight/rolls/{LONGWAN}/invite/alone"
    answer = second.client.post(invite, data={**hidden_of(second), "form": "csv"})
    said = answer.get_data(as_text=True)
    assert ("李奶奶" in said, "王奶奶" in said) == (True, False)
    assert acts(counter).count("roll.export") == 2
    assert acts(counter).count("roll.read") >= 3
    counter.clerk.open("/oversight/rolls", 403)
