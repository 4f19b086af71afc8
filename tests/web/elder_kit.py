"""What the tests of the elder's and the family's pages share: questions answered in one go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from models.requests import Request
from services.people.kin import grant_delegation
from services.visits.confirming import confirm
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.web.volunteer_kit import Browser, Town, open_town

#: Conversation at home on Thursday, 12 March 2026, ten in the morning, for an hour.
ANSWERS = {
    "kind": "T1",
    "service": "A04",
    "day": "2026-03-12",
    "time": "10:00",
    "length": "60",
    "manner": "visit",
    "where": "home",
    "note": "爱听戏",
    "risk": "家里有狗",
}


def elder_town(databases: Databases) -> Iterator[Town]:
    """A town whose elder has 300 minutes and whose pool has 1,000."""
    for town in open_town(databases):
        town.street.give_coins(town.street.elder, 300)
        town.street.issue(1_000)
        yield town


def begin(browser: Browser, base: str = "/elder", how: str = "fresh") -> str:
    """Open the first question, past the page that offers older answers."""
    words = browser.open(f"{base}/ask")
    if browser.path.endswith("/ask"):
        words = browser.send(f"{base}/ask", begin=how)
    return words


def answer(browser: Browser, base: str = "/elder", **answers: str | None) -> str:
    """Answer every question that comes up, until one has no answer here (or None)."""
    given = {name: text for name, text in {**ANSWERS, **answers}.items() if text is not None}
    words = browser.text
    while (name := browser.path.rsplit("/", 1)[-1]) in given:
        words = browser.send(f"{base}/ask/{name}", answer=given.pop(name))
    return words


def check(browser: Browser, base: str = "/elder", **answers: str) -> str:
    """Everything answered: the page with the answers to check."""
    begin(browser, base)
    words = answer(browser, base, **answers)
    assert browser.path == f"{base}/ask/check", browser.path
    return words


def requests_of(town: Town, elder: UUID) -> list[Request]:
    """What is stored for an elder, oldest first."""

    def look(session: object) -> list[Request]:
        found = session.query(Request).filter_by(elder_id=elder)  # type: ignore[attr-defined]
        return list(found.order_by(Request.submitted_at, Request.id))

    return town.street.look(look)


def let(town: Town, relative: UUID, *scopes: str, elder: UUID | None = None) -> None:
    """The elder lets a relative act, for a year."""
    who = elder or town.street.elder
    town.street.act(
        who,
        lambda ctx: grant_delegation(
            ctx, who, relative, frozenset(scopes), "own", date(2027, 3, 1), 6_000
        ),
    )


def relative(town: Town, *scopes: str, name: str = "王建国") -> UUID:
    """A member who may act for the street's elder."""
    made = town.street.uow.run(lambda session: factories.create_member(session, name=name))
    if scopes:
        let(town, made, *scopes)
    return made


def served(town: Town, minutes: int = 62, code: str = "A04", **overrides: object) -> UUID:
    """A visit that has ended and waits for the elder's word; the clock stands just after it."""
    visit = town.street.accepted(town.street.open_request(code, 60, **overrides))
    town.street.come(visit)
    town.street.go(visit, minutes)
    town.at(minutes + 1)
    return visit


def credited(town: Town, minutes: int = 62) -> UUID:
    """A visit that the elder has confirmed."""
    visit = served(town, minutes)
    town.street.act(town.street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), now=town.now)
    return visit


def visit_path(visit: UUID, ending: str = "", base: str = "/elder") -> str:
    """The address of a visit's page, or of one beside it."""
    return f"{base}/visits/{LONGWAN}/{visit}{ending}"


def request_path(request: UUID, ending: str = "", base: str = "/elder") -> str:
    """The address of a request's page, or of one beside it."""
    return f"{base}/requests/{LONGWAN}/{request}{ending}"
