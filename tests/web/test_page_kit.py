"""The frame of every page, preferences, filters and the addresses of static files."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from flask import Flask, render_template_string, url_for
from flask.testing import FlaskClient

from tests.web.kit import make_app
from timebank.web.preferences import local_path, url_with
from timebank.web.words.states import tone, word


@pytest.fixture(scope="module")
def app() -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def shown(app: Flask, source: str, **context: object) -> str:
    with app.test_request_context("/"):
        return render_template_string(source, **context)


def test_every_page_has_the_same_frame(client: FlaskClient) -> None:
    html = client.get("/").text
    assert '<html lang="zh-CN" class="face-elder audience-public size-1">' in html
    assert "<title>T – 互助时光</title>" in html
    assert html.count("<h1") == 1
    assert 'href="tel:057712349"' in html
    assert "演示" in html
    assert html.index('class="skip"') < html.index("<header")


def test_english_is_one_link_away(client: FlaskClient) -> None:
    html = client.get("/list?kind=e&page=2").text
    link = re.search(r'href="([^"]+)">English<', html)
    assert link
    answer = client.get(link[1].replace("&amp;", "&"))
    assert answer.status_code == 303
    assert answer.location == "/list?kind=e&page=2"
    html = client.get(answer.location).text
    assert '<html lang="en"' in html
    assert "Skip to main content" in html


@pytest.mark.parametrize(("size", "kept"), [("2", "2"), ("3", "3"), ("9", "1"), ("", "1")])
def test_the_letters_grow_without_script(client: FlaskClient, size: str, kept: str) -> None:
    client.get(f"/preferences?text_size={size}")
    assert f" size-{kept}" in client.get("/").text


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/elder?a=1", "/elder?a=1"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("elder", "/"),
        ("/a\nb", "/"),
        (None, "/"),
    ],
)
def test_the_way_back_stays_on_this_site(target: str | None, path: str) -> None:
    assert local_path(target) == path


def test_a_changed_query_keeps_the_rest(app: Flask) -> None:
    with app.test_request_context("/list?kind=e&page=1&_external=1&_scheme=javascript"):
        assert url_with(page=2) == "/list?kind=e&page=2"
        assert url_with(page=None, sort="-at") == "/list?kind=e&sort=-at"


def test_sorting_turns_around_and_goes_back_to_the_first_page(client: FlaskClient) -> None:
    html = client.get("/list?page=2&sort=at").text
    assert 'aria-sort="ascending"' in html
    assert 'href="/list?sort=-at"' in html
    assert 'rel="next" href="/list?sort=at&amp;page=3"' in html


def test_static_files_carry_their_version(app: Flask, client: FlaskClient) -> None:
    with app.test_request_context("/"):
        address = url_for("static", filename="css/tokens.css")
        missing = url_for("static", filename="css/nothing.css")
    assert re.fullmatch(r"/static/css/tokens\.css\?v=[0-9a-f]{10}", address)
    assert missing == "/static/css/nothing.css"
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.cache_control.max_age == 365 * 24 * 3600
    answer.close()


def test_every_linked_file_is_served(client: FlaskClient) -> None:
    pages = client.get("/").text + client.get("/list").text
    for address in set(re.findall(r'(?:href|src)="(/static/[^"#]+)', pages)):
        with client.get(address) as answer:
            assert answer.status_code == 200, address


@pytest.mark.parametrize("status", [400, 403, 404, 409, 429, 500])
def test_error_pages_stand_alone(client: FlaskClient, status: int) -> None:
    html = client.get(f"/error/{status}").text
    assert html.count("<h1") == 1
    assert "ab12" in html


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ 218|duration }}", "3 小时 38 分"),
        ("{{ none|duration }}", "—"),
        ("{{ 60|signed }}", "+1 小时"),
        ("{{ 60|coins }}", "1 个时间币"),
        ("{{ at|day }}", "3月10日 周二"),
        ("{{ at|day(year=true) }}", "2026年3月10日 周二"),
        ("{{ at|clock }}", "上午 9:00"),
        ("{{ at|moment }}", "3月10日 周二 上午 9:00"),
        ("{{ at|when(90) }}", "3月10日 周二 上午 9:00 到 10:30"),
        ("{{ '王秀英'|masked }}", "王**"),
        ("{{ '13812345678'|phone_mask }}", "138****5678"),
        ("{{ 1234|number }}", "1,234"),
        ("{{ '还差 {x_minutes}。'|say({'x_minutes': 5}) }}", "还差 5 分。"),
        ("{{ '还差 {x_minutes}。'|say(x_minutes=5) }}", "还差 5 分。"),
        ("{{ '0577-1'|phone_link }}", '<a class="phone" href="tel:05771">0577-1</a>'),
        ("{{ '<b>'|phone_link }}", '<a class="phone" href="tel:">&lt;b&gt;</a>'),
    ],
)
def test_filters(app: Flask, source: str, text: str) -> None:
    at = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
    assert shown(app, source, at=at) == text


@pytest.mark.parametrize(("audience", "text"), [("branch", "09:00"), ("elder", "上午 9:00")])
def test_staff_read_the_clock_in_twenty_four_hours(app: Flask, audience: str, text: str) -> None:
    at = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
    assert shown(app, "{{ at|clock }}", at=at, audience=audience) == text


def test_states_have_words_and_tones(app: Flask) -> None:
    from models.requests import RequestState, VisitState

    with app.test_request_context("/"):
        for state in [*RequestState, *VisitState]:
            assert word(state) != state.value, f"{state!r} has no word"
            assert tone(state) in {"plain", "info", "wait", "good", "bad"}
        assert word("of_the_future") == "of_the_future"


IMPORT = '{% import "components/ui.html" as ui %}'


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        ("ui.card('/x', '打电话', icon='phone', count=2)", ['href="/x"', "打电话", ">2<"]),
        ("ui.tag('a', 'good')", ['class="tag tag--good"']),
        ("ui.state('credited')", ["tag--good", "已入账"]),
        ("ui.big_number('1 小时', '可用')", ["1 小时", "可用"]),
        ("ui.meter(3, 8, '3/8')", ['value="3"', 'max="8"', 'aria-label="3/8"']),
        ("ui.summary_list([{'key': '日期', 'value': 'x', 'href': '/d'}])", ['href="/d"', "更改"]),
        ("ui.formula([('a', 'b')], 'c')", ["<dt>a</dt><dd>b</dd>", "<dd>c</dd>"]),
        ("ui.steps(['a', 'b'])", ["<li>a</li><li>b</li>"]),
        ("ui.breadcrumbs([('/a', 'A'), (none, 'B')])", ['href="/a"', 'aria-current="page">B']),
        ("ui.post_button('/go', '好', fields={'a': 'b'})", ['name="a" value="b"', "csrf_token"]),
        ("ui.notice('<b>', 'bad')", ['role="alert"', "&lt;b&gt;"]),
        ("ui.print_button()", ["data-print hidden"]),
    ],
)
def test_macros(app: Flask, call: str, wanted: list[str]) -> None:
    html = shown(app, IMPORT + "{{ " + call + " }}")
    for part in wanted:
        assert part in html
