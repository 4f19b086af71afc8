"""The log: one safe line an event, whatever people write into whatever field."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from services.policy import NOBODY
from tests import factories as make
from tests.web.client import Browser
from timebank import logs
from timebank.edge import perform
from timebank.observed import HEADER, METHODS, role_kind

#: Personal data as it is typed, in every field that a page offers.
TYPED = {
    "who": "13800001234",
    "phone": "13800001234",
    "password": "hu-zhu-秘密",
    "name": "王秀英",
    "address": "朝阳街 12 号 3 单元",
    "note": '有糖尿病\n{"level": "error"}\r\nforged line',
    "id_number": "110101194003076526",
    "email": "xiuying@example.org",
    "q": "王秀英",
    "next": "/elder?who=王秀英",
}
TOKEN = "tb_9f8e7d6c5b4a39281706f5e4d3c2b1a0"
KEY = {"Idempotency-Key": TYPED["phone"]}
SECRETS = (*TYPED.values(), TOKEN, "王秀英", "forged line", "糖尿病", "1234 ", "xiuying")


class Lines(logging.Handler):
    """What would be on stderr in production, and for eyes."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.json: list[str] = []
        self.plain: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.json.append(logs.JsonLines().format(record))
        self.plain.append(logs.PlainLines().format(record))

    def events(self, name: str) -> list[dict[str, Any]]:
        return [line for line in map(json.loads, self.json) if line["event"] == name]


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, root = Lines(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


def holds_nothing(lines: Lines) -> None:
    assert lines.json
    for line in lines.json:
        assert "\n" not in line
        said = json.dumps(json.loads(line), ensure_ascii=False)
        assert [secret for secret in SECRETS if secret in said] == []


def test_no_page_says_anything_of_a_person(app: Flask, client: Browser, lines: Lines) -> None:
    with app.app_context():
        rules = sorted(
            {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"}
        )
    filled = [rule.replace("<book>", "110105000000").split("<")[0] for rule in rules]
    for path in sorted({*filled[::20], "/login", "/check", "/regions", "/c/" + TOKEN}):
        headers = {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "203.0.113.7"}
        client.get(path, query_string=TYPED, headers=headers, buffered=True)
        client.post(path, data=TYPED, headers=headers, buffered=True)
        client.post(path, json=TYPED, headers=headers | KEY, buffered=True)
    assert len(lines.events("request")) > 60
    holds_nothing(lines)
    for line in lines.events("request"):
        assert {
            "request",
            "method",
            "route",
            "endpoint",
            "act",
            "role",
            "status",
            "duration_ms",
        } < {*line}
        assert "203.0.113.7" not in json.dumps(line)


@pytest.mark.parametrize("maker", [make.create_elder, make.create_staff])
def test_no_page_of_somebody_says_anything_of_a_person(
    app: Flask, login_as: Any, lines: Lines, maker: Any
) -> None:
    uow = app.extensions["timebank"].uow
    branch = uow.run(make.create_branch)
    own = {"name": TYPED["name"], "phone": TYPED["phone"], "address": TYPED["address"]}
    member_id = uow.run(lambda session: maker(session, branch_id=branch, **own))
    browser = login_as(member_id)
    with app.app_context():
        rules = sorted({rule.rule for rule in app.url_map.iter_rules() if "<" not in rule.rule})
    for path in [rule for rule in rules if rule.startswith(("/elder", "/branch", "/account"))][::9]:
        browser.get(path, query_string=TYPED, buffered=True)
        browser.post(path, data=TYPED, buffered=True)
    browser.get(f"/branch/members/{member_id}", buffered=True)
    holds_nothing(lines)
    kinds = {line["role"] for line in lines.events("request")}
    # A page that ends the login is answered to nobody.
    assert kinds - {"nobody"} == {"elder" if maker is make.create_elder else "branch_staff"}
    assert str(member_id) not in "".join(lines.json)


def test_a_crash_says_where_and_not_about_whom(
    app: Flask, client: Browser, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> str:
        name = TYPED["name"]
        perform(
            lambda ctx: ctx.session.execute(
                sa.text("SELECT * FROM no_such_table WHERE name = :name"), {"name": name}
            )
        )
        return name

    monkeypatch.setitem(app.view_functions, "public.home", _open(fails))
    monkeypatch.setitem(app.config, "TESTING", False)
    app.testing = False
    answer = client.get("/", query_string=TYPED, buffered=True)
    app.testing = True
    assert answer.status_code == 500
    holds_nothing(lines)
    (line,) = lines.events("unexpected error")
    assert line["error"].startswith("OperationalError < ")
    assert "tests/web/test_logs.py" in line["error"]
    # The number that a person reads out finds the line.
    assert answer.headers[HEADER] == line["request"]
    assert line["request"][:8] in answer.get_data(as_text=True)
    assert [each["status"] for each in lines.events("request")] == [500]


def _open(view: Any) -> Any:
    view.policy_act = "public.read"
    return view


def test_what_flask_itself_would_say_of_a_crash_names_no_path(app: Flask, lines: Lines) -> None:
    try:
        raise LookupError(TYPED["address"])  # noqa: TRY301
    except LookupError as error:
        app.log_exception((type(error), error, error.__traceback__))
    holds_nothing(lines)
    assert "LookupError" in lines.json[0]


@pytest.mark.parametrize(
    ("said", "args"),
    [
        ("Exception while serving %s", ("/c/" + TOKEN,)),
        ("Exception on /c/王秀英 [GET]", ()),
        ("%s", (TYPED,)),
        ("%(name)s lives at %(address)s", (TYPED,)),
        ("%d calls to %s", (3, TYPED["phone"])),
        ("%d", (13800001234,)),
    ],
)
def test_a_library_may_say_words_and_counts_alone(lines: Lines, said: str, args: Any) -> None:
    logging.getLogger("waitress").warning(said, *args)
    holds_nothing(lines)


def test_a_library_that_counts_wrongly_is_not_quoted() -> None:
    record = logging.LogRecord("waitress", 30, "", 1, "%s %s", ("王秀英",), None)
    assert logs.content(record)["event"] == "(words withheld)"


def test_a_line_stays_one_line(lines: Lines) -> None:
    log = logging.getLogger("timebank.test")
    log.warning("one\ntwo\r\x1b[31m\u2028three")
    logs.say(log, "event", reason="a\nb\u0085c")
    for line in [*lines.json, *lines.plain]:
        assert len(line.splitlines()) == 1
        assert line.isascii()
        assert "\x1b" not in line


def test_only_named_fields_can_be_said() -> None:
    with pytest.raises(ValueError, match="no such field of a log line: address, name"):
        logs.say(logging.getLogger("timebank.test"), "event", name="王秀英", address="x")


def test_a_count_of_a_library_is_kept(lines: Lines) -> None:
    logging.getLogger("waitress.queue").warning("Task queue depth is %d", 7)
    assert "Task queue depth is 7" in lines.json[0]


@pytest.mark.parametrize(
    ("proxies", "given", "kept"),
    [
        (1, "0123456789abcdef0123456789abcdef", True),
        (1, "6f1d2f0e-8a3b-5c77-9a51-0b6d1c4e7a20", True),
        (0, "0123456789abcdef0123456789abcdef", False),
        (1, "110101194003076526", False),
        (1, "13800001234", False),
        (1, "a\nb", False),
        (1, "", False),
        (1, "0123456789abcdef0123456789abcdef0", False),
    ],
)
def test_a_request_is_called_as_a_trusted_proxy_calls_it(
    app: Flask, client: Browser, proxies: int, given: str, kept: bool
) -> None:
    around = app.extensions["observed"]
    around._trusts_proxy = proxies > 0
    try:
        environ = {"HTTP_X_REQUEST_ID": given}
        answer = client.get("/health/live", environ_overrides=environ)
    finally:
        around._trusts_proxy = False
    assert (answer.headers[HEADER] == given) is kept
    assert len(answer.headers[HEADER]) in (32, 36)


def test_a_problem_names_its_request(client: Browser) -> None:
    answer = client.get("/api/v1/me")
    assert answer.json is not None
    hexadecimal = answer.json["instance"].removeprefix("urn:uuid:").replace("-", "")
    assert hexadecimal == answer.headers[HEADER]


def test_a_method_of_ones_own_is_no_label(client: Browser, lines: Lines) -> None:
    client.open("/", method="WANGXIUYING", buffered=True)
    assert {line["method"] for line in lines.events("request")} == {"OTHER"}
    assert "OTHER" not in METHODS


def test_a_healthy_answer_makes_no_noise(client: Browser, lines: Lines) -> None:
    client.get("/health/live", buffered=True)
    assert [line["level"] for line in lines.events("request")] == ["debug"]


def test_nobody_is_called_nobody() -> None:
    assert role_kind(NOBODY) == "nobody"
