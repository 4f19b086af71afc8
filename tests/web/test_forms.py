"""Page forms: fields read kindly, refusals said twice, the key kept, nothing lost."""

from __future__ import annotations

import re
from datetime import date, time
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from werkzeug.datastructures import MultiDict

from services.errors import DomainError
from tests.web.kit import EverythingForm, Labels, ListFilter, TwoForm, make_app

GOOD = {
    "service": "bath",
    "needs": ["a", "b"],
    "region": "2",
    "day-year": "２０２６",
    "day-month": "3",
    "day-day": "5",
    "at": "下午2点半",
    "length-h": "1",
    "length-m": "30",
    "people": " ３ ",
    "name": "　王秀英 ",
    "note": "一\r\n二",
    "phone": "138 1234 5678",
    "id_number": "33030219500101002x",
    "code": "123 456",
    "password": " 留着 空格 ",
    "agree": "y",
}


@pytest.fixture(scope="module")
def app() -> Flask:
    return make_app(WTF_CSRF_ENABLED=False)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def submitted(app: Flask, form_class: type, data: dict[str, object]):
    fields = MultiDict()
    for name, value in data.items():
        for each in value if isinstance(value, list) else [value]:
            fields.add(name, each)
    with app.test_request_context("/", method="POST", data=fields):
        form = form_class()
        form.validate()
        return form


def test_everything_is_read(app: Flask) -> None:
    form = submitted(app, EverythingForm, GOOD)
    assert not form.errors
    assert form.needs.data == ["a", "b"]
    assert form.region.data == 2
    assert form.day.data == date(2026, 3, 5)
    assert form.at.data == time(14, 30)
    assert form.length.data == 90
    assert form.people.data == 3
    assert form.name.data == "王秀英"
    assert form.phone.data == "13812345678"
    assert form.id_number.data == "33030219500101002X"
    assert form.code.data == "123456"
    assert form.password.data == " 留着 空格 "
    assert form.agree.data is True


@pytest.mark.parametrize(("text", "minutes"), [("90", 90), ("1:30", 90), ("一个半小时", 90)])
def test_several_boxes_also_read_one_text(app: Flask, text: str, minutes: int) -> None:
    data = {key: value for key, value in GOOD.items() if not key.startswith(("day-", "length-"))}
    form = submitted(app, EverythingForm, {**data, "day": "2026年3月5日", "length": text})
    assert form.day.data == date(2026, 3, 5)
    assert form.length.data == minutes
    assert [part.value for part in form.length.parts] == ["1", "30"]


def test_every_missing_answer_is_said_once(app: Flask) -> None:
    form = submitted(app, EverythingForm, {"idempotency_key": str(uuid4())})
    silent = {"idempotency_key", "csrf_token", "photo"}
    assert set(form.errors) == set(form.data) - silent
    assert all(len(errors) == 1 for errors in form.errors.values())


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("service", "other", "请从列出的选项里选一项。"),
        ("region", "x", "请从列出的选项里选一项。"),
        ("region", "", "请填写这一项。"),
        ("day-day", "32", "请写上年、月、日，例如 2026年3月5日。"),
        ("day-year", "26", "请写上年、月、日，例如 2026年3月5日。"),
        ("at", "25点", "请写上几点几分，例如 上午 9:30。"),
        ("length-m", "x", "请写上几小时几分，例如 1 小时 30 分。"),
        ("length-h", "9", "不能多于 4 小时。"),
        ("length-h", "0", "不能少于"),
        ("people", "2.5", "请填写整数，例如 2。"),
        ("people", "0", "不能小于 1。"),
        ("people", "10", "不能大于 9。"),
        ("name", "一二三四五六", "最多写 5 个字。"),
        ("phone", "12345", "请写 11 位手机号"),
        ("id_number", "123", "身份证号码是 18 位"),
        ("code", "12x456", "验证码只有数字"),
        ("code", "12345", "这里要 6 位数字"),
    ],
)
def test_a_wrong_answer_is_kept_and_explained(
    app: Flask, client: FlaskClient, name: str, value: str, sentence: str
) -> None:
    data = {**GOOD, name: value}
    if name == "length-h" and value == "0":
        data["length-m"] = "20"
    form = submitted(app, EverythingForm, data)
    field = form[name.split("-", maxsplit=1)[0]]
    assert len(field.errors) == 1
    assert sentence in str(field.errors[0])
    html = client.post("/everything", data=data).text
    assert "<title>错误：" in html
    # The same words beside the field and in the summary, whose link leads to the field.
    assert html.count(str(field.errors[0])) == 2
    assert f'href="#{field.first_id}"' in html
    assert f'id="{field.first_id}"' in html
    if field.type != "ChoiceField" and value and value not in {"other", "x"}:
        assert f'value="{escape(value)}"' in html


def test_zero_is_an_answer(app: Flask) -> None:
    form = submitted(app, EverythingForm, {**GOOD, "people": "0"})
    assert form.people.data == 0


def test_an_optional_answer_may_be_missing(app: Flask) -> None:
    form = submitted(app, TwoForm, {"name": "王", "phone": ""})
    assert not form.errors
    assert form.phone.data is None


def test_an_optional_label_says_so_and_a_needed_one_does_not(client: FlaskClient) -> None:
    html = client.get("/everything").text
    assert html.count("（可不填）") == 1
    assert re.search(r"照片[^<]*<span[^>]*>（可不填）", html)
    assert "（可不填）" not in client.get("/list").text


def test_every_input_has_its_label_and_ids_are_unique(client: FlaskClient) -> None:
    for answer in (client.get("/everything"), client.post("/everything", data={})):
        found = Labels(answer.text)
        assert len(found.inputs) == 20
        assert not found.nameless()
        assert len(found.ids) == len(set(found.ids))


def test_what_describes_an_input_exists(client: FlaskClient) -> None:
    html = client.post("/everything", data={}).text
    ids = set(Labels(html).ids)
    named = re.findall(r'aria-describedby="([^"]+)"', html)
    assert named
    assert not [each for value in named for each in value.split() if each not in ids]


def test_a_password_is_never_written_back(client: FlaskClient) -> None:
    assert "留着" not in client.post("/everything", data={**GOOD, "name": ""}).text


def test_what_was_typed_is_escaped(client: FlaskClient) -> None:
    html = client.post("/everything", data={**GOOD, "note": "</textarea><script>"}).text
    assert "<script>" not in html
    assert "&lt;/textarea&gt;&lt;script&gt;" in html


def test_the_key_is_fresh_for_a_page_and_kept_for_its_correction(
    app: Flask, client: FlaskClient
) -> None:
    first, second = (_key(client.get("/everything").text) for _ in range(2))
    assert first != second
    assert _key(client.post("/everything", data={"idempotency_key": first}).text) == first
    assert UUID(first)


@pytest.mark.parametrize("wrong", ["", "x", "1; drop", "0" * 400])
def test_a_key_that_is_none_is_replaced(app: Flask, wrong: str) -> None:
    form = submitted(app, TwoForm, {"name": "王", "idempotency_key": wrong})
    assert UUID(form.key)
    assert form.key != wrong


def _key(html: str) -> str:
    found = re.search(r'name="idempotency_key" value="([^"]+)"', html)
    assert found
    return found[1]


class NotEnough(DomainError):
    """还差 {gap_minutes}。"""


@pytest.mark.parametrize(("field", "target"), [("name", "name"), (None, None), ("nowhere", None)])
def test_a_refusal_stands_where_it_can_be_mended(
    app: Flask, field: str | None, target: str | None
) -> None:
    with app.test_request_context("/", method="POST", data={"name": "王"}):
        form = TwoForm()
        assert form.validate()
        form.refuse(NotEnough(field=field, gap_minutes=90))
        assert form.problems() == [(target, "还差 1 小时 30 分。")]
        assert form.errors


def test_without_a_token_nothing_is_accepted() -> None:
    client = make_app().test_client()
    assert client.post("/everything", data=GOOD).status_code == 400
    html = client.get("/everything").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert token
    assert client.post("/everything", data={**GOOD, "csrf_token": token[1]}).status_code == 200


def test_filters_are_read_from_the_address(app: Flask) -> None:
    with app.test_request_context("/?kind=e&day=2026-03-05"):
        assert ListFilter().chosen() == {"kind": "e", "day": date(2026, 3, 5)}
    with app.test_request_context("/?kind=&day=nonsense"):
        assert ListFilter().chosen() == {}


def test_a_filter_asks_for_no_token(client: FlaskClient) -> None:
    html = client.get("/list?kind=e").text
    form = re.search(r'<form class="filters__form".*?</form>', html, re.DOTALL)
    assert form
    assert "csrf_token" not in form[0]
    assert '<option value="e" selected>' in form[0]
