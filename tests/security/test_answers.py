"""What every answer carries, pages, errors, files and the API alike, and what no page holds."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from werkzeug.datastructures import Headers

from tests.security.attack import routes
from tests.security.bodies import Contract
from tests.security.crawl import Crawl
from tests.security.objects import Objects
from tests.security.people import World
from timebank.security import HEADERS

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
#: Answers that are not pages or files of the crawl.
OTHERS = (
    ("GET", "/nowhere", 404),
    ("POST", "/login", 400),
    ("GET", "/volunteer/", 303),
    ("GET", "/static/css/base.css", 200),
    ("GET", "/static/css/nothing.css", 404),
    ("GET", "/api/v1/regions", 200),
    ("GET", "/api/v1/me", 401),
    ("GET", "/api/v1/nowhere", 404),
    ("GET", "/api/v1/openapi.json", 200),
    ("GET", "/api/v1/docs", 200),
    ("DELETE", "/", 405),
)
#: Made by everybody, so that a name shows whether it is escaped.
MARKUP = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{7*7}}"


def guarded(headers: Headers, place: str) -> None:
    """Fail unless an answer carries the headers of every answer."""
    policy = headers.get("Content-Security-Policy", "")
    assert "object-src 'none'" in policy or "default-src 'none'" in policy, place
    assert "frame-ancestors 'none'" in policy, place
    assert "unsafe" not in policy, place
    assert headers.get("X-Content-Type-Options") == "nosniff", place
    for name in HEADERS:
        assert headers.get(name), (place, name)
    assert headers["Referrer-Policy"] in ("same-origin", "no-referrer"), place
    assert not [name for name, _ in headers if name.lower().startswith("access-control")], place
    assert "Server" not in headers, place
    assert "X-Powered-By" not in headers, place


def test_every_answer_carries_the_headers(world: World, crawled: Crawl) -> None:
    for page in crawled.pages:
        guarded(page.headers, page.path)
    client = world.app.test_client()
    for method, path, status in OTHERS:
        answer = client.open(
            path, method=method, headers={"Origin": "https://evil.invalid"}, buffered=True
        )
        assert answer.status_code == status, (method, path, answer.status_code)
        guarded(answer.headers, path)


def test_every_answer_says_what_it_is(crawled: Crawl) -> None:
    for page in crawled.pages:
        if page.status in (302, 303) or not page.body:
            continue
        kind = page.headers.get("Content-Type", "")
        assert kind, page.path
        if kind.startswith("text/"):
            assert "charset=utf-8" in kind.lower(), (page.path, kind)
        if page.status == 200:
            begins = {b"<!doc": "text/html", b"%PDF-": "application/pdf", b"PK\x03\x04": "openxml"}
            for start, wanted in begins.items():
                if page.body.lower().startswith(start.lower()):
                    assert wanted in kind, (page.path, kind)
    assert sum(page.status == 200 for page in crawled.pages) > 300


class Dangerous(HTMLParser):
    """Finds what the policy would block, and what it would not."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "style" or (tag == "script" and "src" not in given):
            self.found.append(f"<{tag}>")
        if tag in ("base", "object", "embed", "applet", "iframe"):
            self.found.append(f"<{tag}>")
        self.found += [f"{tag} {name}" for name in given if name.startswith("on")]
        if "style" in given:
            self.found.append(f"{tag} style")
        for name in ("href", "src", "action", "formaction", "srcset", "xlink:href"):
            if re.match(
                r"\s*(javascript|data|vbscript|https?|//)", given.get(name, ""), re.IGNORECASE
            ):
                self.found.append(f"{tag} {name}={given[name][:60]}")
        if given.get("target") == "_blank" and "noopener" not in given.get("rel", ""):
            self.found.append(f"{tag} target")


def test_no_page_holds_code_or_styles(crawled: Crawl) -> None:
    wrong: dict[str, list[str]] = {}
    pages = [page for page in crawled.pages if page.is_html]
    for page in pages:
        reader = Dangerous()
        reader.feed(page.text)
        if reader.found:
            wrong[page.path] = sorted(set(reader.found))
    assert not wrong
    assert len(pages) > 300


def test_dangerous_markup_would_be_found() -> None:
    reader = Dangerous()
    reader.feed('<p style="x"><a href="javascript:1" onclick=1>x</a><script>1</script><base>')
    assert reader.found == ["p style", "a onclick", "a href=javascript:1", "<script>", "<base>"]


def test_what_somebody_typed_is_never_markup(world: World) -> None:
    """Every page that takes a query, asked with markup in every usual name."""
    names = ("q", "who", "name", "at", "next", "code", "from_month", "page", "what", "about")
    for reader in ("王秀英", "陈静", "周敏", "沈文博"):
        browser = world.browser(world.person(reader))
        for path in (
            "/login",
            "/branch/members",
            "/audit/search",
            "/check",
            "/calculator",
            "/oversight/sheets",
            "/regions",
            "/estates",
            "/admin/roles",
            "/published",
        ):
            answer = browser.get(path, query_string=dict.fromkeys(names, MARKUP))
            assert answer.status_code < 500, path
            assert "<script>alert" not in answer.text, path
            assert "<img src=x" not in answer.text, path


def test_every_download_is_one(world: World, crawled: Crawl) -> None:
    """What is no page has a name of ours and is saved, not shown; pictures are shown in a box."""
    shown = {"application/json", "application/problem+json", "image/svg+xml"}
    files = 0
    for page in crawled.pages:
        kind = page.headers.get("Content-Type", "").partition(";")[0]
        if page.status != 200 or page.is_html or kind in shown:
            continue
        files += 1
        how = page.headers.get("Content-Disposition", "")
        assert re.fullmatch(r'(attachment|inline); filename="[A-Za-z0-9._-]+"', how), page.path
        if how.startswith("inline"):
            assert "sandbox" in page.headers["Content-Security-Policy"], page.path
    assert files >= 8


def test_nothing_personal_is_kept_by_a_browser(world: World, crawled: Crawl) -> None:
    for page in crawled.pages:
        if page.reader:
            assert "no-store" in page.headers.get("Cache-Control", ""), page.path
    token = world.attacker("neighbour").token
    for path in ("/api/v1/me", "/api/v1/requests", "/api/v1/visits", "/api/v1/statement"):
        answer = world.app.test_client().get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, path
        kept = answer.headers.get("Cache-Control", "")
        # What a program may ask again with its tag is its own, and is asked for each time.
        assert "no-store" in kept or {"private", "no-cache"} <= set(kept.split(", ")), path


def test_the_way_out_is_on_every_page(crawled: Crawl) -> None:
    """But on papers, which are for the printer."""
    seen = 0
    for page in crawled.pages:
        is_paper = "face-paper" in page.text[:400] if page.is_html else True
        if page.reader and page.status == 200 and not is_paper:
            seen += 1
            assert 'action="/logout"' in page.text or "/more" in page.text, page.path
    assert seen > 300


def test_no_form_is_taken_without_its_token(world: World, objects: Objects, crawled: Crawl) -> None:
    """Every unsafe method of every page route, as somebody who might: 400 and nothing changes."""
    browser = world.browser("officer")
    before = world.version()
    asked = 0
    for rule in routes(world):
        unsafe = set(rule.methods or ()) & {"POST", "PUT", "PATCH", "DELETE"}
        if rule.rule.startswith(("/api/", "/static/")) or not unsafe:
            continue
        thing = objects.of(rule)
        form = crawled.form_for(rule, thing.path if thing else rule.rule)
        path = thing.path if thing else form.action if form else rule.rule
        if "<" in path:
            continue
        for method in sorted(unsafe):
            asked += 1
            fields = dict(form.fields) if form else {}
            fields.pop("csrf_token", None)
            answer = browser.open(path, method=method, data=fields)
            assert answer.status_code == 400, (method, path, answer.status_code)
    assert world.version() == before
    assert asked > 350


def test_a_cookie_opens_no_door_of_the_api(world: World) -> None:
    browser = world.browser(world.person("王秀英"))
    assert browser.get("/me").status_code == 200
    assert browser.get("/api/v1/me").status_code == 401
    headers = {"Authorization": f"Bearer {world.attacker('neighbour').token}"}
    nobody = world.app.test_client()
    assert nobody.get("/me", headers=headers).status_code == 303


@pytest.mark.parametrize("method", ["TRACE", "PUT", "PATCH", "DELETE", "PROPFIND", "CONNECT"])
def test_other_methods_are_refused(world: World, method: str) -> None:
    browser = world.browser(world.person("王秀英"))
    for path in ("/", "/me", "/elder", "/login", "/static/css/base.css"):
        assert browser.open(path, method=method).status_code in (400, 404, 405), path


def test_every_operation_of_the_document_is_known(contract: Contract) -> None:
    assert len(contract.operations()) > 300


def test_passwords_are_hidden_and_can_be_pasted(crawled: Crawl) -> None:
    """Every field for a password masks it, says which one is meant and hinders no manager."""
    found = 0
    for page in crawled.pages:
        for field in re.findall(r"<input[^>]*>", page.text if page.is_html else ""):
            if 'type="password"' in field:
                found += 1
                assert re.search(r'autocomplete="(current|new)-password"', field), page.path
                assert (
                    "maxlength" not in field
                    or int(re.findall(r'maxlength="(\d+)"', field)[0]) >= 64
                )
            assert not re.search(r'name="(password|current|again)"[^>]*type="text"', field), (
                page.path
            )
    assert found >= 3
