"""Every kind of refusal: a problem document with a code, a sentence and the right status."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from services.login import set_password
from tests import factories
from tests.api.kit import START, Clock, Contract, Program, World, said
from tests.api.test_document import operations
from tests.databases import Databases
from tests.factories import LONGWAN, LUCHENG, NOW, WUMA
from tests.services.conftest import settled_world
from tests.settings import settings_for
from tests.web.client import came_in
from timebank import create_app
from timebank.security import limiter

PASSWORD = "seven green teapots"


def test_without_a_token_nothing_of_ones_own_is_read(anyone: Program) -> None:
    refused = anyone.get("/me")
    assert (refused.status_code, refused.json["code"]) == (401, "unauthorized")
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="timebank"'


@pytest.mark.parametrize("header", ["Bearer tb_unknown", "Bearer ", "Basic eDp5", "tb_unknown"])
def test_a_token_that_is_none_is_refused(anyone: Program, header: str) -> None:
    refused = anyone.get("/me", headers={"Authorization": header})
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_an_old_token_no_longer_counts(world: World) -> None:
    elder = world.program(world.elder, days=1)
    assert elder.get("/me").status_code == 200
    world.clock.now = NOW + timedelta(days=1, seconds=1)
    assert elder.get("/me").status_code == 401


def test_a_session_cookie_is_no_token(world: World) -> None:
    program = world.program()
    with program.client.session_transaction() as session:
        session.update(came_in(world.app, world.elder, NOW))
    assert program.get("/me").status_code == 401
    assert program.post("/requests", world.asked()).status_code == 401


def test_a_wrong_password_gets_no_token(world: World, anyone: Program) -> None:
    world.act(world.elder, lambda ctx: set_password(ctx, PASSWORD))
    number = world.program(world.elder).read("/me")["number"]
    wrong = anyone.post("/tokens", {"login": number, "password": "nine red kettles"})
    unknown = anyone.post("/tokens", {"login": "nobody", "password": PASSWORD})
    assert wrong.status_code == unknown.status_code == 401
    assert said(wrong) == said(unknown)
    assert wrong.json["code"] == "login_wrong"


@pytest.fixture
def limited(databases: Databases, contract: Contract, tmp_path: Path) -> Iterator[Program]:
    """A program before an application with limits, which tests are otherwise spared."""
    url = databases.fresh("sqlite", settled_world)
    app = create_app(settings_for(url, tmp_path, "development"), Clock())
    yield Program(app.test_client(), contract)
    limiter.reset()
    limiter.enabled = False
    app.extensions["timebank"].uow.engine.dispose()
    databases.discard(url)


def test_an_address_that_guesses_is_slowed_down(
    limited: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("timebank.api.tokens.verify_password", lambda *_: None)
    answers = [
        limited.post("/tokens", {"login": f"nobody{turn}", "password": PASSWORD})
        for turn in range(31)
    ]
    assert [each.status_code for each in answers] == [401] * 30 + [429]
    assert answers[-1].json["code"] == "too_many_requests"


def test_somebody_not_yet_checked_gets_no_token(world: World, anyone: Program) -> None:
    member = world.given(lambda s: factories.create_member(s, is_checked=False))
    world.act(member, lambda ctx: set_password(ctx, PASSWORD))
    number = world.given(lambda s: factories.member_row(s, member).number)
    refused = anyone.post("/tokens", {"login": number, "password": PASSWORD})
    assert refused.status_code == 403


def test_a_write_without_a_key_is_refused(world: World) -> None:
    elder = world.program(world.elder)
    refused = elder.post("/requests", world.asked(), key=None)
    assert (refused.status_code, refused.json["code"]) == (400, "key_missing")
    assert "Idempotency-Key" in refused.json["detail"]
    assert elder.read("/requests")["items"] == []


@pytest.mark.parametrize("key", ["a b", "钥匙".encode().decode("latin-1"), "x" * 81])
def test_a_strange_key_is_refused(world: World, key: str) -> None:
    refused = world.program(world.elder).post("/requests", world.asked(), key=key)
    assert (refused.status_code, refused.json["code"]) == (400, "key_malformed")


def test_every_write_wants_a_key(world: World, anyone: Program) -> None:
    # A friend is looked up by a body, so that no name stands in an address; a file is checked.
    loose = {"make_token", "end_this_token", "end_token", "calculate", "find_friend"}
    loose |= {"check_account_file", "find_a_guest", "end_logins", "end_one_login"}
    staff = world.program(world.given(staff_of_everything(world)))
    asked = 0
    for path, method, operation in operations(anyone.contract):
        if method == "get" or operation["operationId"] in loose:
            continue
        refused = staff.call(method.upper(), _filled(path), {}, key=None)
        assert (refused.status_code, refused.json["code"]) == (400, "key_missing"), path
        asked += 1
    assert asked > 25


def staff_of_everything(world: World) -> Any:
    """Somebody who passes every first gate: staff, administrator and volunteer in one."""

    def make(session: Any) -> Any:
        member = factories.create_volunteer(session, "P1")
        ctx = factories.make_ctx(session)
        factories.grant_role(ctx, member, "branch_staff", "branch", str(world.branch))
        factories.grant_role(ctx, member, "region_admin", "region", LONGWAN)
        factories.grant_role(ctx, member, "national_admin", "nation", "0" * 12)
        child = factories.create_elder(session, 0)
        counter = factories.make_ctx(session, factories.clerk(session, world.branch))
        from services.people.kin import grant_delegation

        grant_delegation(
            counter,
            child,
            member,
            frozenset({"see", "ask", "confirm"}),
            "signature",
            NOW.date() + timedelta(days=9),
            6_000,
        )
        return member

    return make


def _filled(path: str) -> str:
    known = {"{book}": "0" * 12, "{number}": "1"}
    parts = [known.get(p, p) for p in path.split("/")]
    return "/".join(str(uuid4()) if p.startswith("{") else p for p in parts)


def test_the_same_key_again_is_the_same_answer(world: World) -> None:
    elder = world.program(world.elder)
    first = elder.post("/requests", world.asked(), key="one")
    second = elder.post("/requests", world.asked(), key="one")
    assert (first.status_code, first.json) == (second.status_code, second.json)
    assert len(elder.read("/requests")["items"]) == 1


def test_an_acceptance_that_is_repeated_is_one(world: World) -> None:
    path = world.open_request()
    volunteer = world.program(world.volunteer)
    first, second = (volunteer.post(f"{path}/accept", key="yes") for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json == second.json


def test_the_same_key_for_something_else_is_a_conflict(world: World) -> None:
    elder = world.program(world.elder)
    elder.done("/requests", world.asked(), key="one")
    refused = elder.post("/requests", world.asked(booked_minutes=90), key="one")
    assert (refused.status_code, refused.json["code"]) == (409, "key_reused")


def test_two_people_may_use_the_same_key(world: World) -> None:
    world.program(world.elder).done("/requests", world.asked(), key="one")
    other = world.given(lambda s: factories.create_elder(s, 0))
    world.program(other).done("/requests", world.asked(), key="one")


@pytest.mark.parametrize(
    "data", ["{", "[1,", '{"a": NaN}', '{"a": 1, "a": 2}', b"\xff\xfe", "[" * 100_000]
)
def test_what_is_not_json_is_refused(world: World, data: Any) -> None:
    refused = world.program(world.elder).call(
        "POST", "/requests", data=data, content_type="application/json"
    )
    assert (refused.status_code, refused.json["code"]) == (400, "bad_json")


def test_another_content_type_is_refused(world: World) -> None:
    refused = world.program(world.elder).call("POST", "/requests", data={"service_code": "A04"})
    assert (refused.status_code, refused.json["code"]) == (415, "not_json")


@pytest.mark.parametrize("body", [[], "text", 7, None])
def test_a_body_that_is_no_object_is_refused(world: World, body: Any) -> None:
    import json

    refused = world.program(world.elder).call(
        "POST", "/requests", data=json.dumps(body), content_type="application/json"
    )
    assert refused.status_code == 422
    assert list(refused.json["errors"]) == ["body"]


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"elder": "x"}, "elder"),
        ({"booked_minutes": "60"}, "booked_minutes"),
        ({"booked_minutes": 60.0}, "booked_minutes"),
        ({"booked_minutes": True}, "booked_minutes"),
        ({"booked_minutes": None}, "booked_minutes"),
        ({"booked_minutes": 10**30}, "booked_minutes"),
        ({"starts_at": "2026-03-11T10:00:00"}, "starts_at"),
        ({"starts_at": "tomorrow"}, "starts_at"),
        ({"starts_at": 1773194400}, "starts_at"),
        ({"remote": 1}, "remote"),
        ({"elder_id": "me"}, "elder_id"),
        ({"elder_id": 7}, "elder_id"),
        ({"wished_sex": "any"}, "wished_sex"),
        ({"note": "a\x00b"}, "note"),
        ({"note": "长" * 1001}, "note"),
        ({"service_code": ""}, "service_code"),
        ({"service_code": "Z99"}, "service_code"),
    ],
)
def test_a_wrong_field_is_named(world: World, answers: dict[str, Any], field: str) -> None:
    refused = world.program(world.elder).post("/requests", world.asked(**answers))
    assert refused.status_code == 422, refused.text
    assert list(refused.json["errors"]) == [field]
    [sentence] = refused.json["errors"][field]
    assert sentence.endswith("。")
    assert "{" not in sentence


def test_every_missing_field_is_named_at_once(world: World) -> None:
    refused = world.program(world.elder, language="en").post("/requests", {})
    assert sorted(refused.json["errors"]) == ["booked_minutes", "service_code", "starts_at"]
    assert all(each[0].isascii() for each in refused.json["errors"].values())
    assert refused.json["detail"].isascii()


def test_a_nested_field_is_named_by_its_place(world: World, anyone: Program) -> None:
    body = {"guardian": {"name": "陈", "how": "letter"}, "skills": ["唱歌", 7]}
    errors = anyone.post("/members", body).json["errors"]
    assert {"guardian.relation", "guardian.how", "skills[2]"} <= set(errors)


@pytest.mark.parametrize(
    "query",
    [
        "stat=open",
        "state=opened",
        "limit=0",
        "limit=101",
        "limit=x",
        "cursor=abc",
        "for=me",
        "cursor=%E9",
        "cursor=MTIz",
    ],
)
def test_a_query_is_as_strict_as_a_body(world: World, query: str) -> None:
    refused = world.program(world.elder).get(f"/requests?{query}")
    assert refused.status_code == 422
    assert list(refused.json["errors"]) == [query.partition("=")[0]]


@pytest.mark.parametrize("cursor", ["MTIzNDU2Nzg5MDEyMw", "LTE", "eA", "%E9"])
def test_a_made_up_offset_is_refused(world: World, cursor: str) -> None:
    refused = world.program(world.elder).get(f"/statement?cursor={cursor}")
    assert refused.status_code == 422
    assert list(refused.json["errors"]) == ["cursor"]


@pytest.mark.parametrize(
    "proof", [{}, {"digits": "1", "card_token": "x"}, {"digits": "1", "remote": True}]
)
def test_exactly_one_proof_is_wanted(world: World, proof: dict[str, Any]) -> None:
    refused = world.program(world.volunteer).post(f"{world.accepted()}/check-in", proof)
    assert refused.status_code == 422
    assert list(refused.json["errors"]) == ["body"]


def test_half_a_place_is_refused(world: World) -> None:
    body = {"remote": True, "latitude_e6": 1}
    refused = world.program(world.volunteer).post(f"{world.accepted()}/check-in", body)
    assert list(refused.json["errors"]) == ["latitude_e6"]


def test_a_wrong_code_is_counted_although_it_is_refused(world: World) -> None:
    path = world.accepted()
    right = world.program(world.elder).read(path)["codes"]["in"]
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    world.clock.now = START
    volunteer = world.program(world.volunteer)
    codes = [volunteer.post(f"{path}/check-in", {"digits": wrong}).json["code"] for _ in range(5)]
    assert codes == ["code_wrong"] * 4 + ["code_locked"]
    assert volunteer.post(f"{path}/check-in", {"digits": right}).json["code"] == "code_locked"


@pytest.mark.parametrize(
    ("who", "method", "path"),
    [
        ("elder", "POST", "/requests/{request}/approve"),
        ("volunteer", "POST", "/requests/{request}/approve"),
        ("volunteer", "POST", "/requests/{request}/cancel"),
        ("volunteer", "GET", "/requests/{request}"),
        ("volunteer", "GET", "/statement?for={elder}"),
        ("volunteer", "GET", "/requests?for={elder}"),
        ("volunteer", "GET", "/visits?branch={branch}"),
        ("elder", "GET", "/offers"),
        ("elder", "POST", "/requests/{request}/accept"),
        ("elder", "GET", "/ledger/330303000000/trial-balance"),
        ("staff", "GET", "/ledger/330303000000/trial-balance"),
        ("staff", "GET", "/audit/330303000000/records"),
        ("elder", "POST", "/members/{elder}/card"),
        ("auditor", "POST", "/requests/{request}/approve"),
        ("auditor", "GET", "/requests/{request}"),
        ("other_staff", "POST", "/requests/{request}/approve"),
        ("other_staff", "GET", "/requests/{request}"),
        ("other_staff", "GET", "/requests?branch={branch}"),
        ("other_auditor", "GET", "/statement?for={elder}"),
    ],
)
def test_whoever_may_not_is_refused(world: World, who: str, method: str, path: str) -> None:
    request = world.open_request().removeprefix("/requests/")
    program = world.program(_person(world, who))
    address = path.format(request=request, elder=world.elder, branch=world.branch)
    refused = program.call(method, address, None if method == "GET" else {})
    assert (refused.status_code, refused.json["code"]) == (403, "forbidden"), refused.text


def _person(world: World, who: str) -> Any:
    if who == "auditor":
        return world.given(factories.create_auditor)
    if who == "other_staff":
        branch = world.given(lambda s: factories.create_branch(s, WUMA))
        return world.given(lambda s: factories.create_staff(s, branch))
    if who == "other_auditor":
        return world.given(lambda s: factories.create_auditor(s, LUCHENG))
    return getattr(world, who)


def test_an_auditor_moves_nothing(world: World) -> None:
    path = world.open_request()
    auditor = world.given(lambda s: factories.create_auditor(s, wants_to_serve=True))
    refused = world.program(auditor).post(f"{path}/accept")
    assert refused.status_code == 403


def test_staff_do_not_decide_their_own_affairs(world: World) -> None:
    own = world.given(
        lambda s: factories.create_staff(s, world.branch, age=70, wants_to_receive=True)
    )
    program = world.program(own)
    made = program.done("/requests", world.asked())
    refused = program.post(f"/requests/{LONGWAN}/{made['id']}/approve")
    assert refused.status_code == 403
    assert "亲属" in refused.json["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/requests/330303000000/00000000-0000-7000-8000-000000000000",
        "/requests/3303/00000000-0000-7000-8000-000000000000",
        "/requests/330303000000/1",
        "/visits/330303000000/00000000-0000-7000-8000-000000000000",
        "/members/00000000-0000-7000-8000-000000000000",
    ],
)
def test_what_is_not_there_is_not_found(world: World, path: str) -> None:
    assert world.program(world.staff).get(path).status_code == 404


def test_a_visit_is_not_found_in_another_book(world: World) -> None:
    path = world.accepted().replace(LONGWAN, LUCHENG)
    assert world.program(world.volunteer).get(path).status_code == 404


def test_another_regions_book_is_not_there(world: World) -> None:
    other = world.program(_person(world, "other_auditor"))
    for path in (f"/ledger/{LONGWAN}/trial-balance", f"/audit/{LONGWAN}/records"):
        assert other.get(path).status_code == 404


def test_books_and_accounts_that_are_not_there(world: World) -> None:
    auditor = world.program(world.given(lambda s: factories.create_auditor(s, "0" * 12)))
    nowhere = "00000000-0000-7000-8000-000000000000"
    codes = [
        auditor.get(path).json["code"]
        for path in (
            f"/ledger/{LUCHENG}/trial-balance",
            f"/ledger/{LONGWAN}/accounts/{nowhere}/entries",
            f"/ledger/{LONGWAN}/transfers/{nowhere}",
        )
    ]
    assert codes == ["not_found"] * 3


def test_the_wrong_method_says_which_are_right(anyone: Program) -> None:
    refused = anyone.call("DELETE", "/rates")
    assert (refused.status_code, refused.json["code"]) == (405, "method_not_allowed")
    assert "GET" in refused.headers["Allow"]


def test_too_much_is_refused(anyone: Program) -> None:
    refused = anyone.post("/valuations", {"service": "x" * (2 * 1024 * 1024)})
    assert (refused.status_code, refused.json["code"]) == (413, "request_entity_too_large")


def test_a_receipt_before_the_posting_is_not_there(world: World) -> None:
    refused = world.program(world.elder).get(f"{world.served()}/receipt")
    assert (refused.status_code, refused.json["code"]) == (404, "no_receipt")


def test_the_calculator_refuses_with_places(anyone: Program) -> None:
    refused = anyone.post("/valuations", {"service": "A04", "actual_minutes": 1.5}, key=None)
    assert refused.status_code == 422
    assert {"start", "actual_minutes", "care_grade"} <= set(refused.json["errors"])


def test_the_calculator_knows_no_such_service(anyone: Program) -> None:
    facts = {
        "service": "Z99",
        "start": "2026-03-10T10:00:00+08:00",
        "actual_minutes": 62,
        "booked_minutes": 60,
        "provider_level": "P1",
        "certificate_relevant": False,
        "care_grade": 0,
        "credited_today_minutes": 0,
    }
    assert anyone.post("/valuations", facts, key=None).json["code"] == "unknown_service"
