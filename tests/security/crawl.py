"""Every page as somebody of the story may see it, and the forms that stand on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from werkzeug.datastructures import Headers
from werkzeug.routing import Rule

from services.policy import NOBODY
from tests.security.objects import WORDS, Objects, routes
from tests.security.people import World
from tests.web.client import Browser

#: Who of the story looks at the pages of an audience, in this order.
READERS = {
    "public": ("王秀英", "陈静"),
    "elder": ("王秀英", "王芳"),
    "family": ("王芳",),
    "volunteer": ("李明",),
    "giving": ("王秀英", "李明"),
    "branch": ("陈静",),
    "admin": ("周敏", "林向阳"),
    "audit": ("沈文博",),
    "oversight": ("周敏", "沈文博", "陈静"),
}


@dataclass
class Form:
    """A form of a page: where it goes and what it would send as it stands."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    has_files: bool = False


@dataclass(frozen=True)
class Page:
    """One answer to somebody of the story."""

    rule: str
    path: str
    reader: str
    status: int
    headers: Headers
    body: bytes
    is_html: bool

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class Forms(HTMLParser):
    """Collects the posting forms of a page with what a careless reader would send."""

    def __init__(self, path: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Form] = []
        self._path = path
        self._form: Form | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            is_post = given.get("method", "").lower() == "post"
            action = urlsplit(given.get("action") or self._path).path
            self._form = Form(action) if is_post else None
            if self._form:
                self.found.append(self._form)
        elif self._form is not None and given.get("name"):
            self._take(tag, given)
        elif tag == "option" and self._form is not None and self._select:
            values = self._form.fields.setdefault(self._select, [])
            if given.get("value") and (not values or "selected" in given):
                self._form.fields[self._select] = [given["value"]]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == "select":
            self._select = None

    def _take(self, tag: str, given: dict[str, str]) -> None:
        assert self._form is not None
        fields, name, kind = self._form.fields, given["name"], given.get("type", "text")
        if tag == "select":
            self._select = name
            fields.setdefault(name, [])
        elif kind == "file":
            self._form.has_files = True
        elif kind in ("radio", "checkbox"):
            if not fields.get(name) or (kind == "radio" and "checked" in given):
                fields[name] = [given.get("value", "y")]
        elif tag in ("input", "textarea"):
            fields[name] = [given.get("value") or _likely(name, kind)]
        elif tag == "button":
            fields.setdefault(name, [given.get("value", "")])


def _likely(name: str, kind: str) -> str:
    if kind == "hidden":
        return ""
    if kind == "number" or "minutes" in name or name in ("amount", "hours"):
        return "30"
    if kind == "date" or name.endswith(("_on", "_day", "day")):
        return "2026-11-25"
    return {"time": "09:30", "month": "2026-12", "tel": "13900000000"}.get(kind, "写一句话")


@dataclass
class Crawl:
    """All pages, and the forms by the address that they go to and by its route."""

    pages: list[Page] = field(default_factory=list)
    by_path: dict[str, Form] = field(default_factory=dict)
    by_rule: dict[str, Form] = field(default_factory=dict)

    def form_for(self, rule: Rule, path: str) -> Form | None:
        """The form that leads to an address, or to another thing of the same kind."""
        return self.by_path.get(path) or self.by_rule.get(rule.rule)


def crawl(world: World) -> Crawl:
    """Open every page once, as the first person of the story who may."""
    found = Crawl()
    objects = Objects(world)
    browsers: dict[str, Browser] = {}
    adapter = world.app.url_map.bind("localhost")
    for rule in routes(world):
        if "GET" not in (rule.methods or ()) or rule.rule.startswith(("/api/", "/static/")):
            continue
        for reader in _readers(rule):
            if reader not in browsers:
                who: str | UUID = "nobody" if reader == "" else world.person(reader)
                browsers[reader] = world.browser(who)
            page = _open(rule, reader, browsers[reader], objects)
            if page.status == 200:
                break
        found.pages.append(page)
        for form in _forms(page):
            found.by_path.setdefault(form.action, form)
            target = _target(adapter, form.action)
            if target:
                found.by_rule.setdefault(target, form)
    return found


def _readers(rule: Rule) -> tuple[str, ...]:
    audience = rule.endpoint.partition(".")[0]
    known = READERS.get(audience, ("",))
    if "/elder/for/" in rule.rule:
        return ("王芳",)
    return ("", *known) if audience == "public" else known


def _open(rule: Rule, reader: str, browser: Browser, objects: Objects) -> Page:
    path = address(rule, objects)
    answer = browser.get(path)
    is_html = answer.mimetype == "text/html"
    return Page(rule.rule, path, reader, answer.status_code, answer.headers, answer.data, is_html)


def address(rule: Rule, objects: Objects) -> str:
    """An address of a route, with a real thing where it names one."""
    thing = objects.of(rule)
    if thing is not None:
        return thing.path
    built = rule.build({name: _word(rule, name) for name in rule._converters})
    assert built
    return built[1]


def _word(rule: Rule, name: str) -> Any:
    converter = rule._converters[name]
    choices = getattr(converter, "items", None)
    return min(choices) if choices else converter.to_python(WORDS[name])


def _forms(page: Page) -> Iterator[Form]:
    if page.is_html and page.status == 200:
        reader = Forms(page.path)
        reader.feed(page.text)
        yield from reader.found


def _target(adapter: Any, path: str) -> str | None:
    try:
        rule, _ = adapter.match(path, method="POST", return_rule=True)
    except Exception:  # noqa: BLE001 - a form may go to a page that is not ours to post to
        return None
    return str(rule.rule)


__all__ = ["NOBODY", "Crawl", "Form", "Page", "address", "crawl"]
