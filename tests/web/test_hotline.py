"""The number to ring stands on every page in the same place, errors and papers too."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from jinja2 import nodes

from tests.web.headings import page_names, parent, parsed

#: Whoever writes a document of its own writes the number into it.
FRAMES = {"layouts/base.html", "layouts/print.html"}


def frame_of(name: str) -> str:
    """The layout that a page's document comes from."""
    while above := parent(name):
        name = above
    return name


def test_every_page_stands_in_a_frame_with_the_number() -> None:
    assert {frame_of(name) for name in page_names()} == FRAMES


def test_no_page_can_leave_the_header_away() -> None:
    """It stands in no block, so that nothing that extends the frame replaces it."""
    body = parsed("layouts/base.html").body
    assert any(
        isinstance(each, nodes.Include)
        and isinstance(each.template, nodes.Const)
        and each.template.value == "layouts/_header.html"
        for each in body
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/login", 200), ("/nowhere", 404), ("/branch/", 302), ("/oversight/sheets", 302)],
)
def test_the_number_is_the_second_thing_on_the_page(
    make_app: Callable[..., Flask], path: str, status: int
) -> None:
    answer = make_app().test_client().get(path, follow_redirects=status == 302)
    said = answer.get_data(as_text=True)
    top = said[said.index("<body") : said.index("<main")]
    assert re.findall(r"<a class=\"(brand|hotline)\"", top) == ["brand", "hotline"]
    assert 'href="tel:12349"' in top


def test_a_crash_says_it_too(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app()
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def broken(**_: object) -> str:
        raise RuntimeError

    broken.policy_act = "public.read"  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, "public.login", broken)
    monkeypatch.setitem(app.config, "TESTING", False)
    answer = app.test_client().get("/login")
    assert answer.status_code == 500
    assert 'href="tel:12349"' in answer.get_data(as_text=True)


def test_papers_have_it_on_the_screen_and_on_paper() -> None:
    text = parsed("layouts/print.html")
    names = [each.name for each in text.find_all(nodes.Name)]
    assert names.count("hotline") >= 4
