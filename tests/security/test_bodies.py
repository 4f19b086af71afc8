"""Mass assignment: a body holds what its act asks for and nothing else."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from tests.security.bodies import Contract
from tests.security.crawl import Crawl
from tests.security.people import World

#: What an attacker would like to set.
WANTED: dict[str, Any] = {
    "member_id": str(uuid4()),
    "book": "330302000000",
    "status": "active",
    "state": "granted",
    "roles": ["national_admin"],
    "is_system": True,
    "actor_id": str(uuid4()),
    "balance_minutes": 10**6,
    "served_minutes": 10**6,
    "created_at": "2020-01-01T00:00:00Z",
    "id": str(uuid4()),
    "scope": "nation",
    "__class__": "x",
}


def test_an_unknown_name_is_refused(world: World, contract: Contract) -> None:
    """Every operation that takes a body, with one more name in it than it knows."""
    token = world.attacker("officer").token
    asked, wrong = 0, []
    before = world.version()
    for template, method in contract.operations():
        known = contract.properties(template, method)
        body = contract.body(template, method)
        if not isinstance(body, dict) or not known:
            continue
        name = next(each for each in WANTED if each not in known)
        path = re.sub(r"\{book\}", "331082000000", template)
        path = re.sub(r"\{(\w+)\}", str(uuid4()), path)
        answer = world.app.test_client().open(
            path,
            method=method.upper(),
            json={**body, name: WANTED[name]},
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())},
        )
        asked += 1
        if answer.status_code == 422:
            if name not in answer.json.get("errors", {}):
                wrong.append((method, path, answer.json))
        elif answer.status_code not in (401, 403, 404):
            wrong.append((method, path, answer.status_code))
    assert not wrong
    assert asked > 150
    assert world.version() == before


def test_a_refusal_of_a_name_is_no_accident(world: World) -> None:
    """Asked by somebody who may: the same body is taken without the name, and refused with it."""
    token = world.attacker("neighbour").token
    headers = {"Authorization": f"Bearer {token}"}
    body = {"service_code": "A01", "minutes": 60}
    for extra in ({}, {"is_system": True}, {"member_id": str(uuid4())}):
        answer = world.app.test_client().post(
            "/api/v1/valuations", json={**body, **extra}, headers=headers
        )
        named = set(answer.json.get("errors", {})) if answer.status_code == 422 else set()
        assert named & set(WANTED) == set(extra)


def test_a_query_is_as_strict(world: World) -> None:
    token = world.attacker("neighbour").token
    for path in ("/api/v1/requests", "/api/v1/visits", "/api/v1/offers"):
        answer = world.app.test_client().get(
            f"{path}?member_id={uuid4()}", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 422, path


def test_a_form_ignores_what_it_did_not_ask(spare: World, crawled: Crawl) -> None:
    """The forms of a member's own affairs, with every wanted name besides: his row stays as it is
    but for what the form asks for.
    """
    member = spare.attacker("neighbour")
    browser = spare.browser("neighbour")
    own = "SELECT * FROM members WHERE id = ?"
    (before,) = spare.rows(own, member.id.hex)
    roles = len(spare.rows("SELECT * FROM role_assignments"))
    balances = spare.rows("SELECT sum(posted_minutes) AS total FROM balances")
    posted = 0
    for path, form in sorted(crawled.by_path.items()):
        if not path.startswith(("/me/", "/elder/", "/volunteer/", "/giving/")):
            continue
        if "account/leave" in path or "erase" in path:
            continue
        data = {name: values[:1] for name, values in form.fields.items() if values}
        extra = {name: str(value) for name, value in WANTED.items() if name not in data}
        browser.post(path, data={**data, **extra, "idempotency_key": str(uuid4())})
        posted += 1
    (after,) = spare.rows(own, member.id.hex)
    for column in ("id", "number", "home_book", "status", "served_minutes", "name", "region_code"):
        assert after[column] == before[column], column
    assert len(spare.rows("SELECT * FROM role_assignments")) == roles
    assert spare.rows("SELECT sum(posted_minutes) AS total FROM balances") == balances
    assert posted > 60
