"""Logins through the API, and tokens of whoever has an office."""

from __future__ import annotations

from uuid import uuid4

import pyotp
import sqlalchemy as sa

from models.people import ApiToken, Member
from services.login import set_password
from services.logins import factors, sessions
from tests.api.kit import Program, World
from tests.factories import NOW

PASSWORD = "seven green teapots"


def test_the_own_logins_are_listed_and_ended(world: World) -> None:
    for device in ("a", "b"):
        world.act(
            world.elder,
            lambda ctx, device=device: sessions.begin(ctx, "code", "chrome/android", device),
        )
    elder, other = world.program(world.elder), world.program(world.volunteer)
    items = elder.read("/logins")["items"]
    assert [each["label"] for each in items] == ["chrome/android"] * 2
    path = f"/logins/{items[0]['id']}"
    assert other.call("DELETE", path).status_code == 404
    assert elder.call("DELETE", path).status_code == 204
    assert elder.call("DELETE", f"/logins/{uuid4()}").status_code == 404
    assert len(elder.read("/logins")["items"]) == 1
    assert elder.call("DELETE", "/logins", key=None).status_code == 204
    assert elder.read("/logins")["items"] == []


def test_a_token_of_an_office_needs_the_second_factor(world: World, anyone: Program) -> None:
    def enrol(ctx: sessions.Context) -> str:
        secret = factors.start(ctx, "Timebank").secret
        factors.confirm(ctx, pyotp.TOTP(secret).at(ctx.now))
        return secret

    world.act(world.staff, lambda ctx: set_password(ctx, PASSWORD))
    number = world.given(lambda session: session.get_one(Member, world.staff).number)
    asked = {"login": number, "password": PASSWORD}
    refused = anyone.post("/tokens", asked, key=None)
    assert (refused.status_code, refused.json["code"]) == (403, "second_factor_needed")
    unset = anyone.post("/tokens", {**asked, "code": "123456"}, key=None)
    assert unset.json["code"] == "second_factor_needed"
    secret = world.act(world.staff, enrol)
    wrong = anyone.post("/tokens", {**asked, "code": "000000"}, key=None)
    assert (wrong.status_code, wrong.json["code"]) == (409, "second_factor_wrong")
    code = pyotp.TOTP(secret).at(NOW.timestamp() + 30)
    made = anyone.post("/tokens", {**asked, "code": code}, key=None)
    assert made.status_code == 201
    program = Program(anyone.client, anyone.contract, made.json["token"])
    assert program.get("/me").status_code == 200
    # One that was given without, before the office or before this rule, opens nothing.
    world.given(lambda session: session.execute(sa.update(ApiToken).values(factor_at=None)))
    ended = program.get("/me")
    assert (ended.status_code, ended.json["code"]) == (403, "second_factor_needed")
