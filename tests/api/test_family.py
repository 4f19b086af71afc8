"""Families through the API: a guardian at the counter, a month's limit, and paying for a mother."""

from __future__ import annotations

from tests.api.kit import START, World


def asked(world: World, **said: object) -> dict[str, object]:
    return {
        "elder_id": str(world.elder),
        "service_code": "A04",
        "starts_at": START.isoformat(),
        "booked_minutes": 60,
        **said,
    }


def test_a_month_has_a_limit_and_own_coins_pay(world: World) -> None:
    child = world.relative()
    world.give_coins(world.elder, 300)
    world.give_coins(child, 40)
    relative, elder = world.program(child), world.program(world.elder)
    given = {
        "delegate_id": str(child),
        "scopes": ["see", "ask"],
        "ends_on": "2026-06-30",
        "spend_minutes": 60,
    }
    elder.done(f"/members/{world.elder}/delegations", given)
    assert relative.read("/me")["acts_for"][0]["spend_minutes"] == 60
    relative.done("/requests", asked(world))
    spent = f"/members/{world.elder}/spent"
    assert relative.read(spent) == {"limit_minutes": 60, "used_minutes": 60, "left_minutes": 0}
    refused = relative.post("/requests", asked(world, service_code="A03"))
    assert (refused.status_code, refused.json["code"]) == (409, "spend_limit")
    relative.done("/requests", asked(world, service_code="A01", booked_minutes=30, payer=True))
    paid = relative.read("/me/payments")
    assert (paid["used_minutes"], paid["left_minutes"], paid["available_minutes"]) == (
        40,
        45_000 - 40,
        0,
    )
    assert [(each["minutes"], each["paid"]) for each in paid["items"]] == [(40, False)]
    assert relative.read("/me/payments?year=2027")["items"] == []
    # A stranger to the elder reads nothing of it.
    assert world.program(world.volunteer).get(spent).status_code == 403


def test_a_guardian_is_recorded_and_ended_at_the_counter(world: World) -> None:
    child = world.relative(("see",))
    staff, ward = world.program(world.staff), world.program(world.elder)
    path = f"/members/{world.elder}/guardians"
    paper = {
        "guardian_id": str(child),
        "document": "court",
        "reference": "民特 1 号",
        "since": "2026-03-01",
    }
    staff.done(path, paper)
    assert [each["reference"] for each in staff.read(path)["items"]] == ["民特 1 号"]
    guardian = world.program(child)
    assert [each["reference"] for each in guardian.read(path)["items"]] == [""]
    assert guardian.read("/me")["acts_for"][0]["ends_on"] is None
    given = {
        "delegate_id": str(world.volunteer),
        "scopes": ["see"],
        "ends_on": "2026-06-30",
        "spend_minutes": 0,
    }
    refused = ward.post(f"/members/{world.elder}/delegations", given)
    assert (refused.status_code, refused.json["code"]) == (409, "ward_may_not")
    staff.done(f"{path}/end", {"reason": "recovered"})
    assert staff.post(f"{path}/end", {"reason": "recovered"}).json["code"] == "no_guardian"
    ward.done(f"/members/{world.elder}/delegations", given)
