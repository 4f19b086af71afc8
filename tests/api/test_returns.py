"""Returns, rolls and proofs of audit records for programs: the same acts as the pages."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from functools import partial

import sqlalchemy as sa

from models.oversight import AuditRecord
from models.people import Sex
from services.returns import closing
from tests import factories
from tests.api.kit import World
from tests.factories import LONGWAN, NOW
from timebank.seals.sealing import operator_key, perform, seal_all

RETURNS, ROLLS = f"/ledger/{LONGWAN}/returns", f"/ledger/{LONGWAN}/rolls"


def test_a_return_is_read_checked_and_signed(world: World) -> None:
    world.clock.now = NOW + timedelta(days=41)
    key = operator_key(world.app.extensions["timebank"])
    work = partial(closing.close, book=LONGWAN, month="2026-03", key=key)
    perform(world.app.extensions["timebank"], work)
    admin = world.program(world.given(factories.create_region_admin))
    (head,) = admin.read(RETURNS)["items"]
    (public,) = world.program().read("/returns?limit=5")["items"]
    assert public == head
    page = admin.read(f"{RETURNS}/2026-03")
    assert hashlib.sha256(page["content"].encode()).hexdigest() == head["content_hash"]
    assert (page["is_signed"], page["late_count"]) == (True, 0)
    # The administrator has joined since.
    assert [(each["name"], each["difference"]) for each in page["corrections"]] == [("members", 1)]
    admin.done(f"{RETURNS}/{head['id']}/signature", {})
    assert admin.post(f"{RETURNS}/{head['id']}/signature", {}).json["code"] == "return_signed"
    assert admin.get(f"{RETURNS}/2026-02").json["code"] == "no_such_return"
    assert world.program(world.elder).get(RETURNS).status_code == 403


def test_a_roll_goes_through_two_hands(world: World) -> None:
    number = factories.id_number(date(1940, 5, 1), Sex.FEMALE)
    body = {
        "kind": "alone",
        "month": "2026-03",
        "source": "区民政局",
        "list": f"身份证号,姓名\n{number},李奶奶\n",
    }
    first, second = (world.program(world.given(factories.create_region_admin)) for _ in range(2))
    tried = first.done(f"{ROLLS}/trial", body)
    assert (tried["rows"], tried["unexplained"]) == (1, 0)
    assert [each["name"] for each in tried["changes"]] == ["李奶奶"]
    assert first.post(ROLLS, {**body, "list": "a,b\n1,2\n"}).json["code"] == "roll_columns_missing"
    made = first.done(ROLLS, body)["roll_id"]
    assert first.post(f"{ROLLS}/{made}/signature", {}).json["code"] == "second_signature"
    second.done(f"{ROLLS}/{made}/signature", {})
    page = second.read(f"{ROLLS}/{made}")
    assert (page["roll"]["state"], page["not_members"]) == ("signed", 1)
    assert second.post(f"{ROLLS}/{made}/withdrawal", {}).json["code"] == "roll_signed"
    assert second.read(ROLLS)["not_members"] == {"alone": 1}


def test_a_records_proof_is_for_auditors(world: World) -> None:
    record = world.given(
        lambda s: s.scalars(
            sa.select(AuditRecord.id).where(AuditRecord.book == LONGWAN).limit(1)
        ).one()
    )
    there = f"/ledger/{LONGWAN}/records/{record}/seal"
    auditor = world.program(world.given(factories.create_auditor))
    assert auditor.get(there).json["code"] == "record_not_sealed_yet"
    seal_all(world.app.extensions["timebank"])
    assert auditor.read(there)["record"]["id"] == str(record)
    assert world.program(world.elder).get(there).status_code == 403
