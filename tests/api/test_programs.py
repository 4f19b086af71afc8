"""What holds for all programs: scopes, conditions, cursors, keys, problems, and completeness."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from services.acts import once
from services.rights import POLICY
from services.scopes import ALL, SCOPES, NoScope, NotAScope, allows, chosen
from tests.api.kit import V1, Contract, Program, World
from tests.structure import tree

#: Acts of pages that no program does, each with its reason.
PAGES_ALONE = {
    "services.imports.leaving.send_code": "a region leaves with its archive from a page alone",
    "services.login.set_password": "a token never changes what it was given for",
    "services.logins.factors.confirm": "a second factor is a person's",
    "services.logins.factors.new_recovery_codes": "a second factor is a person's",
    "services.logins.resets.reset": "a lost second factor is taken away face to face",
    "services.passbooks.print_passbook": "paper comes out of a counter's printer",
}
#: Lists side by side that are read whole: a member's few gifts, an elder's few sessions.
TWO_LISTS = {"list_gifts", "list_gifts_of", "list_elder_sessions"}
#: POSTs that only look; what they are asked with is not for an address.
LOOKS = {"calculate", "find_a_guest", "check_account_file", "find_friend"}


def operations(contract: Contract) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in contract.document["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield path, method, operation


def parameters(contract: Contract, operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    known = contract.document["components"]["parameters"]
    found = {}
    for each in operation.get("parameters", []):
        whole = known[each["$ref"].rpartition("/")[2]] if "$ref" in each else each
        found[whole["name"]] = whole
    return found


def acts_of_services() -> set[tuple[str, str]]:
    """Functions of services that are done once under a key."""
    found = set()
    for path in tree.python("services"):
        for node in tree.parsed(path).body:
            if isinstance(node, ast.FunctionDef):
                called = {
                    ast.unparse(each.func).rpartition(".")[2]
                    for each in ast.walk(node)
                    if isinstance(each, ast.Call)
                }
                if once.__name__ in called:
                    found.add((_module(tree.short(path)), node.name))
    return found


def _module(short: str) -> str:
    return short.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def handed_on() -> dict[tuple[str, str], tuple[str, str]]:
    """What modules of services take from others, and hand on by their own name."""
    found = {}
    for path in tree.python("services"):
        for node in tree.parsed(path).body:
            if isinstance(node, ast.ImportFrom):
                for name in node.names:
                    own = (_module(tree.short(path)), name.asname or name.name)
                    found[own] = (str(node.module), name.name)
    return found


def used_in(folder: str) -> set[tuple[str, str]]:
    """What the modules of a folder take from services, by where it is defined."""
    found, others = set(), handed_on()
    for path in tree.python(folder):
        names = {}
        for node in ast.walk(tree.parsed(path)):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("services"):
                for name in node.names:
                    names[name.asname or name.name] = (str(node.module), name.name)
        for node in ast.walk(tree.parsed(path)):
            key = None
            if isinstance(node, ast.Name):
                key = names.get(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                module = names.get(node.value.id)
                key = (".".join(module), node.attr) if module else None
            while key in others:
                key = others[key]
            if key:
                found.add(key)
    return found


def test_programs_do_every_act_that_pages_do() -> None:
    missing = (used_in("timebank/web") & acts_of_services()) - used_in("timebank/api")
    names = {".".join(each) for each in missing}
    assert names == set(PAGES_ALONE)


def test_every_operation_has_a_scope_or_is_open(contract: Contract) -> None:
    for _path, method, operation in operations(contract):
        security = operation["security"]
        if {} in security or operation["operationId"] == "end_this_token":
            assert "x-scope" not in operation
            continue
        assert security == [{"token": [operation["x-scope"]]}]
        assert operation["x-scope"] in SCOPES
        kind = "read" if method == "get" or operation["operationId"] in LOOKS else "write"
        assert operation["x-scope"].endswith(f":{kind}")


def test_one_act_needs_the_same_area_everywhere(contract: Contract) -> None:
    areas: dict[str, set[str]] = {}
    for _path, _method, operation in operations(contract):
        act = operation["x-act"]
        if act != "account.use" and "x-scope" in operation:
            areas.setdefault(act, set()).add(operation["x-scope"].partition(":")[0])
    assert areas
    assert all(len(found) == 1 for found in areas.values())
    assert set(areas) <= set(POLICY)


def test_every_list_goes_on_by_a_cursor(contract: Contract) -> None:
    schemas, lists = contract.document["components"]["schemas"], 0
    for _path, method, operation in operations(contract):
        schema = operation["responses"].get("200", {}).get("content", {}).get("application/json")
        name = (schema or {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
        fields = schemas.get(name, {}).get("properties", {})
        is_list = operation["operationId"].startswith("list_") and name.endswith(("List", "Page"))
        if method != "get" or operation["operationId"] in TWO_LISTS:
            continue
        if is_list:
            assert {"items", "next_cursor"} <= set(fields), operation["operationId"]
        if "next_cursor" in fields:
            lists += 1
            asked = parameters(contract, operation)
            assert "cursor" in asked
            assert asked["limit"]["schema"]["minimum"] == 1
            assert asked["limit"]["schema"]["maximum"] <= 1_000
            assert "next_cursor" in schemas[name]["required"]
    assert lists > 60


def test_every_write_takes_a_key(contract: Contract) -> None:
    for _path, method, operation in operations(contract):
        asked = parameters(contract, operation)
        takes = "Idempotency-Key" in asked
        assert takes == (method != "get" and operation["operationId"] not in LOOKS)


def test_reads_have_tags_and_writes_say_what_they_are_about(contract: Contract) -> None:
    held = 0
    for _path, method, operation in operations(contract):
        asked, answers = parameters(contract, operation), operation["responses"]
        assert ("If-None-Match" in asked) == (method == "get") == ("304" in answers)
        assert ("If-Match" in asked) == ("412" in answers) == ("x-object" in operation)
        assert "default" not in answers
        assert "406" in answers
        if "x-object" in operation:
            assert "get" in contract.document["paths"][operation["x-object"]]
            held += 1
    assert held > 150


def test_what_a_scope_allows() -> None:
    assert allows({"care:read"}, "care:read")
    assert allows({"care:write"}, "care:read")
    assert allows({ALL}, "region:write")
    assert not allows({"care:read", "region:write"}, "care:write")
    assert not allows(set(), "care:read")
    assert chosen(["coins:read", "care:write", "coins:read"]) == ["care:write", "coins:read"]
    assert chosen([ALL, "care:read"]) == [ALL]
    with pytest.raises(NoScope):
        chosen([])
    with pytest.raises(NotAScope):
        chosen(["care"])


def test_a_token_does_what_it_was_made_for(world: World) -> None:
    narrow = world.program(world.elder, scopes=("care:read",))
    assert narrow.get("/requests").status_code == 200
    refused = narrow.post("/requests", world.asked())
    assert (refused.status_code, refused.json["code"]) == (403, "scope_missing")
    assert refused.json["scope"] == "care:write"
    assert narrow.get("/statement").json["scope"] == "coins:read"
    assert narrow.get("/rates").status_code == 200
    assert narrow.call("DELETE", "/tokens/current", key=None).status_code == 204


def test_what_has_not_changed_is_not_sent_again(world: World) -> None:
    path = world.open_request()
    elder = world.program(world.elder)
    first = elder.get(path)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert {"authorization", "accept-language"} <= {each.lower() for each in first.vary}
    again = elder.get(path, headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.headers["ETag"]) == (304, tag)
    elder.done(f"{path}/cancel")
    assert elder.get(path, headers={"If-None-Match": tag}).status_code == 200
    assert elder.get("/rates").headers["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize(
    "app", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
def test_nobody_writes_over_what_he_has_not_seen(world: World) -> None:
    path = world.open_request()
    elder = world.program(world.elder)
    seen = {"If-Match": elder.get(path).headers["ETag"]}
    world.program(world.volunteer).done(f"{path}/accept")
    late = elder.post(f"{path}/cancel", headers=seen, key="late")
    assert (late.status_code, late.json["code"]) == (412, "changed")
    assert elder.read(path)["state"] == "filled"
    # A refusal of this kind leaves the key free; and once used, the key gives its first answer
    # whatever the tag was.
    seen = {"If-Match": elder.get(path).headers["ETag"]}
    done = elder.post(f"{path}/cancel", headers=seen, key="late")
    assert (done.status_code, done.json["state"]) == (200, "cancelled")
    assert elder.post(f"{path}/cancel", headers=seen, key="late").json == done.json


def test_settings_are_held_to_what_was_read(world: World) -> None:
    elder = world.program(world.elder)
    path = f"/members/{world.elder}/wishes"
    seen = {"If-Match": elder.get(path).headers["ETag"]}
    assert elder.post(path, {"same_person": False}, headers=seen).status_code == 200
    assert elder.post(path, {"same_person": True}, headers=seen).status_code == 412
    assert elder.read(path)["same_person"] is False
    anew = elder.post("/requests", world.asked(), headers={"If-Match": '"x"'})
    assert (anew.status_code, anew.json["code"]) == (400, "no_such_condition")


def test_a_whole_list_is_walked_though_rows_come_in_between(world: World) -> None:
    elder = world.program(world.elder)
    ids = {each["id"] for each in elder.read("/tokens")["items"]}
    for _ in range(3):
        ids |= {each["id"] for each in world.program(world.elder).read("/tokens")["items"]}
    first = elder.read("/tokens?limit=2")
    # The newest come first: what comes in between stands before what was given.
    world.clock.now += timedelta(minutes=1)
    world.program(world.elder)
    rest = elder.read(f"/tokens?cursor={first['next_cursor']}")
    walked = [each["id"] for each in first["items"] + rest["items"]]
    assert len(walked) == len(set(walked))
    assert set(walked) == ids
    assert rest["next_cursor"] is None
    assert elder.get("/tokens?limit=0").status_code == 422
    assert elder.get("/tokens?cursor=x").status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/api/v1/nowhere", {}, 404),
        ("GET", "/api/nowhere", {}, 404),
        ("PATCH", f"{V1}/rates", {}, 405),
        ("GET", f"{V1}/rates", {"headers": {"Accept": "text/html"}}, 406),
        ("POST", f"{V1}/valuations", {"data": "a=b", "content_type": "text/plain"}, 415),
        ("POST", f"{V1}/valuations", {"data": b"{", "content_type": "application/json"}, 400),
        ("GET", f"{V1}/me", {}, 401),
    ],
)
def test_every_error_is_a_problem(
    app: Flask, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    found = app.test_client().open(path, method=method, **options)
    assert (found.status_code, found.mimetype) == (status, "application/problem+json")
    assert found.json["status"] == status
    assert {"type", "title", "code", "detail"} <= set(found.json)
    assert ("Allow" in found.headers) == (status == 405)


def test_a_token_is_made_once_under_its_key(world: World, anyone: Program) -> None:
    from services.login import set_password

    password = "four green barges 27"
    world.act(world.elder, lambda ctx: set_password(ctx, password))
    number = world.program(world.elder).read("/me")["number"]
    asked = {"login": number, "password": password, "scopes": ["care:read"]}
    made = [anyone.done("/tokens", asked, key="one")["token"] for _ in range(2)]
    assert made[0] == made[1]
    other = anyone.post("/tokens", {**asked, "scopes": ["care:write"]}, key="one")
    assert other.json["code"] == "key_reused"
    assert anyone.done("/tokens", asked, key="two")["scopes"] == ["care:read"]
    assert anyone.post("/tokens", {**asked, "scopes": ["care"]}).status_code == 422
