"""The product as the bench serves it: every page that it has, and three that it has not.

``flask --app timebank.bench.web_app serve`` is the product's own command. The empty pages are
the layouts of an elder and of a volunteer with nothing in them, behind the same login, guards and
counters as every page; the bare page is another Flask application of one line beside it, on the
same server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, render_template

from timebank import create_app as create_product
from timebank.edge import declare

BARE = "/bench/bare"
#: Audience, and the layout that its pages stand in.
EMPTY = {"elder": "layouts/elder.html", "volunteer": "layouts/work.html"}


def empty_path(audience: str) -> str:
    """The address of an audience's empty page."""
    return f"/bench/{audience}"


def create_app() -> Flask:
    """The product with the pages of the bench."""
    app = create_product()
    for audience, layout in EMPTY.items():
        app.add_url_rule(empty_path(audience), f"{audience}.bench_empty", _empty(app, layout))
    app.wsgi_app = _Beside(app.wsgi_app, _bare())  # type: ignore[method-assign]
    return app


def _empty(app: Flask, layout: str) -> Callable[[], str]:
    template = app.jinja_env.from_string(f'{{% extends "{layout}" %}}')

    @declare("account.use")
    def empty() -> str:
        return render_template(template)

    return empty


def _bare() -> Flask:
    app = Flask("bare")
    app.add_url_rule(BARE, "bare", lambda: "<!doctype html><title>bare</title><p>bare")
    return app


class _Beside:
    """Sends one address to another application."""

    def __init__(self, product: Any, bare: Flask) -> None:
        self._product, self._bare = product, bare

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        to = self._bare if environ.get("PATH_INFO") == BARE else self._product
        found: Iterable[bytes] = to(environ, start_response)
        return found
