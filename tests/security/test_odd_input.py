"""Odd, huge and broken input on a sample of every kind of address: a refusal, never a 500."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.security.attack import routes
from tests.security.bodies import Contract
from tests.security.crawl import Crawl, address
from tests.security.objects import Objects
from tests.security.people import World

ODD = {
    "nul": "a\x00b",
    "control": "a\x01\x1b[31m\x7f\u2028\u202eb",
    "lone half": "\ud83d",
    "quote": "'; DROP TABLE members; --",
    "wild": "%_%%__%\\%[a-z]*",
    "template": "{{7*7}}${7*7}#{7*7}<%= 7*7 %>%(x)s{0.__class__}",
    "long": "长" * 20_000,
    "number": "9" * 400,
    "minus": "-1",
    "float": "1e400",
    "nan": "NaN",
    "date": "9999-12-31",
    "no date": "0000-00-00",
    "moment": "9999-12-31T23:59:59-23:59",
    "lines": "a\r\nX-Evil: 1\r\nBEGIN:VEVENT",
    "path": "../../../../etc/passwd",
    "digits": "１２３٤٥٦",
    "empty": "",
}
#: Names of filters, sorts and pages that some list or other knows.
NAMES = (
    "q",
    "page",
    "sort",
    "order",
    "day",
    "at",
    "from_month",
    "to_month",
    "month",
    "state",
    "kind",
    "book",
    "branch",
    "first",
    "last",
    "cursor",
    "limit",
    "size",
    "what",
    "code",
    "from",
    "to",
    "step",
    "lang",
    "next",
    "text_size",
    "about",
    "after",
    "minutes",
    "service",
)
READERS = {
    "elder": "王秀英",
    "volunteer": "李明",
    "branch": "陈静",
    "admin": "周敏",
    "audit": "沈文博",
    "oversight": "周敏",
    "giving": "王秀英",
    "public": "王秀英",
    "family": "王芳",
}


def fine(status: int) -> bool:
    """Anything but our own fault."""
    return status < 500


@pytest.mark.parametrize("kind", ODD)
def test_nothing_odd_breaks_a_page(world: World, objects: Objects, kind: str) -> None:
    """Every twelfth page, other ones for each kind of oddness, with the oddness in every name."""
    query = dict.fromkeys(NAMES, ODD[kind].encode("utf-8", "surrogatepass"))
    offset = list(ODD).index(kind)
    pages = [
        rule
        for rule in routes(world)
        if "GET" in (rule.methods or ()) and not rule.rule.startswith(("/static", "/api"))
    ]
    browsers = {name: world.browser(world.person(name)) for name in set(READERS.values())}
    wrong = []
    for rule in pages[offset::24]:
        browser = browsers[READERS.get(rule.endpoint.partition(".")[0], "王秀英")]
        path = address(rule, objects)
        short = {name: value[:2000] for name, value in query.items()}
        answer = browser.get(path, query_string=short)
        if not fine(answer.status_code) or "X-Evil" in answer.headers:
            wrong.append((path, answer.status_code))
    assert not wrong


@pytest.mark.parametrize("kind", ODD)
def test_nothing_odd_breaks_a_form(world: World, crawled: Crawl, kind: str) -> None:
    """Every sixteenth form with the oddness in every field, sent by whoever may not save it."""
    value = ODD[kind].encode("utf-8", "surrogatepass")
    browser = world.browser("officer")
    forms = sorted(crawled.by_path.items())[list(ODD).index(kind) :: 20]
    wrong = []
    for path, form in forms:
        data = {name: value for name in form.fields if name != "csrf_token"}
        answer = browser.post(path, data=data)
        if not fine(answer.status_code) or "X-Evil" in answer.headers:
            wrong.append((path, answer.status_code))
    assert not wrong


@pytest.mark.parametrize("kind", ODD)
def test_nothing_odd_breaks_the_api(world: World, contract: Contract, kind: str) -> None:
    """Every operation of a sample: each value of a body, and each name of a query."""
    token = world.attacker("neighbour").token
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "odd"}
    client = world.app.test_client()
    wrong = []
    for template, method in contract.operations()[list(ODD).index(kind) :: 18]:
        path = template.replace("{book}", "330302000000")
        path = path if "{" not in path else path.split("{")[0] + "x"
        body = _odd(contract.body(template, method), ODD[kind])
        query = {name: ODD[kind][:500].encode("utf-8", "surrogatepass") for name in NAMES[:8]}
        answer = client.open(
            path,
            method=method.upper(),
            headers=headers,
            data=json.dumps(body) if body is not None else None,
            content_type="application/json" if body is not None else None,
            query_string=query if method == "get" else {},
        )
        if not fine(answer.status_code):
            wrong.append((method, path, answer.status_code))
    assert not wrong


def _odd(body: Any, value: str) -> Any:
    if isinstance(body, dict):
        return {name: _odd(each, value) for name, each in body.items()}
    if isinstance(body, list):
        return [_odd(each, value) for each in body]
    return value if body is not None else None


BODIES = {
    "deep": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "deep list": b"[" * 50_000 + b"]" * 50_000,
    "twice": b'{"password": "a", "password": "b", "who": "c", "name": "d", "days": 1}',
    "not utf-8": b'{"who": "\xff\xfe"}',
    "half": b'{"who": "\\ud83d"',
    "constant": b'{"who": NaN, "days": Infinity}',
    "long number": b'{"days": ' + b"9" * 5_000 + b"}",
    "a list": b"[1, 2]",
    "a word": b'"who"',
    "nothing": b"null",
    "nul": b'{"who": "a\\u0000b", "password": "c", "name": "n", "days": 1}',
}


@pytest.mark.parametrize("kind", BODIES)
def test_odd_bodies_are_refused(world: World, kind: str) -> None:
    """Of a name that stands twice, neither counts; what is no JSON is none."""
    token = world.attacker("neighbour").token
    for path in ("/api/v1/tokens", "/api/v1/valuations", "/api/v1/requests", "/api/v1/gifts"):
        answer = world.app.test_client().post(
            path,
            data=BODIES[kind],
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "odd-body"},
        )
        assert 400 <= answer.status_code < 500, (path, answer.status_code)
        assert answer.mimetype == "application/problem+json"


def test_a_long_query_is_read_or_refused(world: World) -> None:
    browser = world.browser(world.person("沈文博"))
    query = "&".join(f"a{place}=1" for place in range(60_000))
    for path in ("/audit/search", "/regions", "/", "/api/v1/regions"):
        assert fine(browser.get(f"{path}?{query}").status_code), path


def test_no_quote_reaches_a_statement(world: World) -> None:
    """A quote finds nobody and breaks nothing; a wildcard is a letter like others."""
    browser = world.browser(world.person("陈静"))
    everybody = browser.post("/branch/members", data={"text": "王"}).text
    assert "王秀英" in everybody
    for text in ("%", "_", "王%", "' OR '1'='1", "王\\", "%%%", "__"):
        answer = browser.post("/branch/members", data={"text": text})
        assert fine(answer.status_code), text
        assert "王秀英" not in answer.text, text
    auditor = world.browser(world.person("沈文博"))
    for sort in ("id; DROP TABLE members", "(SELECT 1)", "-name,created'--", "1"):
        for path in ("/audit/books/330302000000/transfers", "/oversight/sheets"):
            assert fine(auditor.get(path, query_string={"sort": sort}).status_code), (path, sort)


@pytest.mark.parametrize(
    "minutes", ["-60", "0", "9223372036854775808", "1e3", "1.5", "６０", "0x3c"]
)
def test_no_number_overflows(world: World, minutes: str) -> None:
    """Amounts are whole, above nothing and below a bound, before anybody reckons with them."""
    token = world.attacker("neighbour").token
    number = (
        int(minutes) if minutes.lstrip("-").isascii() and minutes.lstrip("-").isdigit() else None
    )
    body = {
        "receiver_number": "TB00000000",
        "minutes": minutes if number is None else number,
        "relation": "friend",
    }
    for path in ("/api/v1/gifts", "/api/v1/donations"):
        answer = world.app.test_client().post(
            path,
            json=body,
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": f"n{minutes}"[:20]},
        )
        assert 400 <= answer.status_code < 500, (path, answer.text)
    browser = world.browser("neighbour")
    posted = "SELECT count(*) AS entries FROM entries"
    before = world.rows(posted)
    for path in (f"/giving/donate/pool/{minutes}", "/giving/donate/pool"):
        answer = browser.post(path, data={"minutes": minutes, "hours": minutes})
        assert fine(answer.status_code)
    assert world.rows(posted) == before


def test_no_line_break_enters_a_header(world: World) -> None:
    client = world.app.test_client()
    for path in (
        "/preferences?next=/a%0d%0aX-Evil:1",
        "/check/A%0d%0aX-Evil:1",
        "/seals/2026%0d%0aX-Evil:1.json",
        "/published/a%0d%0aX-Evil:1.csv",
        "/login?next=%0d%0aX-Evil:1",
    ):
        answer = client.get(path)
        assert fine(answer.status_code), path
        assert "X-Evil" not in answer.headers, path
        assert not any("\n" in value for _, value in answer.headers), path


@pytest.mark.parametrize(
    "path",
    [
        "/static/../timebank/settings.py",
        "/static/..%2f..%2fpyproject.toml",
        "/static/%2e%2e/%2e%2e/pyproject.toml",
        "/static/....//....//pyproject.toml",
        "/static//etc/passwd",
        "/static/css/..%5c..%5c__init__.py",
        "/static/css/%00base.css",
        "/static/",
        "/static/css/",
        "/.git/config",
        "/.env",
        "/instance/keys.json",
        "/static/css/base.css%00.py",
        "/static/C:/windows/win.ini",
    ],
)
def test_no_path_leads_out_of_the_static_folder(world: World, path: str) -> None:
    answer = world.app.test_client().get(path)
    assert answer.status_code in (308, 400, 404), path
    assert b"SECRET" not in answer.data
    assert b"[project]" not in answer.data
    assert b"<li><a" not in answer.data or b"Directory" not in answer.data
