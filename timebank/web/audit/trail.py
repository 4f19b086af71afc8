"""The way back from any page: region, book, list, thing."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext as _

from services.policy import NATION
from services.queries.audit.scope import Place, RegionPage
from timebank.web.branch.words import named

Crumb = tuple[str | None, str]


def place_name(place: Place) -> str:
    """A region's name; the nation's book of acts by its own word."""
    return str(_("全国")) if place.code == NATION else named(place.name)


def crumbs(place: Place, *more: Crumb) -> list[Crumb]:
    """From the top of the scope to the book, then ``more``; the last one is where one stands."""
    found: list[Crumb] = [(url_for("audit.home"), str(_("地区和账本")))]
    found += [(url_for("audit.region", code=each.code), named(each.name)) for each in place.above]
    at_book = None
    if more and place.book and place.code != NATION:
        at_book = url_for("audit.book", book=place.book)
    return [*found, (at_book, place_name(place)), *more]


def region_crumbs(page: RegionPage) -> list[Crumb]:
    """The way back from a region."""
    above = [(url_for("audit.region", code=each.code), named(each.name)) for each in page.trail]
    here = [(None, named(page.here.name))] if page.here else []
    return [(url_for("audit.home"), str(_("地区和账本"))), *above, *here]
