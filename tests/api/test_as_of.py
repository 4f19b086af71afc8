"""Statements of a period, and books as of a moment, through the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests import factories
from tests.api.kit import World
from tests.factories import LONGWAN, NOW


def test_a_statement_of_a_period_has_its_totals(world: World) -> None:
    world.give_coins(world.elder, 10)
    world.give_coins(world.elder, 20)
    elder = world.program(world.elder)
    day = NOW.date()
    found = elder.read(f"/statement?from={day}&to={day}")
    assert (found["opening_minutes"], found["closing_minutes"]) == (0, 30)
    after = elder.read(f"/statement?from={day + timedelta(days=1)}")
    assert (after["opening_minutes"], after["closing_minutes"], after["items"]) == (30, 30, [])
    assert elder.get("/statement?cursor=MTA").status_code == 422


def test_books_and_accounts_as_of_a_moment(world: World) -> None:
    world.give_coins(world.elder, 10)
    auditor = world.program(world.given(lambda s: factories.create_auditor(s, LONGWAN)))
    earlier, later = NOW - timedelta(days=1), NOW + timedelta(days=1)
    (account,) = [
        each["id"]
        for each in auditor.read(f"/ledger/{LONGWAN}/accounts")["items"]
        if each["posted_minutes"] == 10
    ]
    path = f"/ledger/{LONGWAN}/accounts/{account}/balance"
    assert auditor.read(path)["recorded_minutes"] == 10
    at = auditor.read(f"{path}?at={_text(earlier)}")
    assert (at["recorded_minutes"], at["effective_minutes"]) == (0, 0)
    world.clock.now = later
    found = auditor.read(f"/ledger/trial-balance?region={LONGWAN}&at={_text(NOW)}")
    assert (found["total_minutes"], found["agrees"], found["moved"]) == (0, True, False)
    assert {each["kind"]: each["balance_minutes"] for each in found["kinds"]}["earned"] == 10
    assert auditor.read(f"/ledger/trial-balance?region={LONGWAN}")["moved"] is False
    moved = auditor.read(f"/ledger/trial-balance?region={LONGWAN}&at={_text(later)}")
    assert moved["moved"] is True
    for region in ("330000000000", "000000000000", "330302000000"):
        assert auditor.get(f"/ledger/trial-balance?region={region}").status_code == 404
    assert auditor.get(f"/ledger/trial-balance?region={LONGWAN}&at=never").status_code == 422
    unknown = f"/ledger/{LONGWAN}/accounts/{world.elder}/balance"
    assert auditor.get(unknown).status_code == 404


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
