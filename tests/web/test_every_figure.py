"""Every number of every dashboard agrees with the rows: walked, marked, worked out anew."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from models.callbacks import Callback, CallbackResult
from models.entries import EntryLevel, EntryState, ManualEntry
from models.flags import Flag, FlagState
from models.ledger import AccountKind, Transfer
from models.places import Book, Branch, Region
from models.ratings import Rating
from models.requests import Request, Visit, VisitState
from models.returns import EntitlementRoll, RollEntry
from models.sheets import SheetKind, SheetState, WorkSheet
from services import months
from services.claims import claim_row
from services.corridors.reversing import reverse_all
from services.ledger.accounts import account_id, open_account
from services.ledger.breaches import Tally
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.expiry import WIDE
from services.ledger.post import post
from services.policy import NATION, SYSTEM
from services.queries.cockpit.answers import COCKPIT_UNITS
from services.queries.desk.figures import UNITS
from services.tallies import keeping
from services.verification import verify
from tests import factories
from tests.databases import Databases
from tests.factories import VAULT, make_ctx
from tests.settings import settings_for
from tests.web.audit_kit import auditor
from tests.web.client import Browser
from tests.web.conftest import Clock
from tests.web.raw_figures import WAYS, worked_out
from tests.web.raw_rows import Rows, end_of_day
from timebank.demo import story
from timebank.demo.scene import HOME
from timebank.edge import Timebank
from timebank.uow import UnitOfWork, make_engine
from timebank.web.figures import marked

#: Half past nine in the morning in China, after eight days of the invented district.
NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
MARK = re.compile(r'data-figure="([^"]+)" data-of="([^"]+)" data-value="([^"]*)"')
#: Where a number may stand on a dashboard.
CELL = re.compile(r'<td class="num".*?</td>|<p class="big__value">.*?</p>', re.DOTALL)
#: Of these there is nothing to see unless a book is broken.
UNSEEN = {"book.sum_minutes"}


def town(url: str, folder: Path) -> None:
    """Forty people over eight days in several regions, and what takes longer than that."""
    work = UnitOfWork(make_engine(url))
    held = Timebank(settings_for(url, folder), work, VAULT, lambda: NOW)
    assert list(story.seed(held, 40, 8, 1))
    with work.read() as session:
        books = list(session.scalars(sa.select(Book.book)))
    # Half of it is kept, the rest is counted when a page asks.
    for book in books:
        _keep_half(work, book)
    work.run(_take_back)
    for book in books:
        with work.read() as session:
            assert list(verify(make_ctx(session, SYSTEM, now=LATER), book, Tally())) == [], book
    work.run(_see_to)
    work.run(lambda session: factories.create_auditor(session, NATION))
    work.run(_close)
    work.engine.dispose()


def _close(session: Session) -> None:
    """The month is closed, as its job does when it has ended."""
    ctx = make_ctx(session, SYSTEM, now=NOW + timedelta(days=13))
    for book, month in months.due(ctx):
        assert months.close(ctx, book, month)


def _keep_half(work: UnitOfWork, book: str) -> None:
    middle = NOW - timedelta(days=4)
    while work.run(lambda s: keeping.keep(make_ctx(s, SYSTEM, now=middle), book)):
        pass


def _take_back(session: Session) -> None:
    """One credit of each of two books is reversed, one of them across a border."""
    session.info[WIDE] = True
    visits = session.scalars(
        sa.select(Visit)
        .where(Visit.book == HOME, Visit.transfer_id.is_not(None))
        .where(Visit.state == VisitState.CREDITED)
        .order_by(Visit.id)
    ).all()
    across = next(each for each in visits if each.provider_book != each.book)
    at_home = next(each for each in visits if each.provider_book == each.book)
    for visit in (across, at_home):
        ctx = make_ctx(session, SYSTEM, now=NOW + timedelta(minutes=5))
        reverse_all(ctx, HOME, visit.transfer_id, key=f"test:{visit.id}", reason="wrong_time")
        visit.reversed_at = ctx.now


def _see_to(session: Session) -> None:
    """Rows of everything that waits for somebody, and a gift and an estate in the ledger."""
    session.info[WIDE] = True
    visits = session.scalars(
        sa.select(Visit).where(Visit.state == VisitState.CREDITED).order_by(Visit.book, Visit.id)
    ).all()
    for place, visit in enumerate(visits):
        request = session.get_one(Request, (visit.book, visit.request_id))
        _rows_about(session, visit, request, place)
    roll = EntitlementRoll(
        book=HOME, id=uuid4(), kind="alone", month="2026-11", source="s", file_hash="0" * 64,
        rows=2, proposed_by_id=SYSTEM.id, proposed_at=NOW, signed_by_id=SYSTEM.id, signed_at=NOW,
    )  # fmt: skip
    session.add(roll)
    session.flush()
    for person in ("a", "b"):
        session.add(
            RollEntry(
                book=HOME, roll_id=roll.id, person=person * 64, name_sealed="", member_id=None
            )
        )
    giver, heir = visits[0].provider_id, uuid4()
    home = visits[0].provider_book
    earned = account_id(home, AccountKind.EARNED, giver)
    received = open_account(session, home, AccountKind.RECEIVED, owner_id=heir, now=NOW)
    estate = open_account(session, home, AccountKind.ESTATE, owner_id=giver, now=NOW)
    drafts = [
        Draft(home, "gift", "test:gift", (Leg(earned, -5), Leg(received, 5)), NOW),
        Draft(home, "estate", "test:estate", (Leg(earned, -3), Leg(estate, 3)), NOW),
    ]
    post(session, drafts, Stamp(LATER, SYSTEM.id))


def _rows_about(session: Session, visit: Visit, request: Request, place: int) -> None:
    book, branch, at = visit.book, request.branch_id, NOW - timedelta(days=place % 40)
    claim_row(
        session,
        Rating,
        {
            "book": book,
            "visit_id": visit.id,
            "elder_id": visit.elder_id,
            "provider_id": visit.provider_id,
            "branch_id": branch,
            "service_code": request.service_code,
            "score": place % 3 + 1,
            "words_sealed": None,
            "rated_at": at,
            "rated_by_id": visit.elder_id,
            "how": "own",
        },
    )
    result = (None, *CallbackResult)[place % 4]
    claim_row(
        session,
        Callback,
        {
            "book": book,
            "id": uuid4(),
            "visit_id": visit.id,
            "branch_id": branch,
            "elder_id": visit.elder_id,
            "provider_id": visit.provider_id,
            "service_code": request.service_code,
            "why": "flag",
            "made_at": at,
            "due_on": at.date(),
            "result": result,
            "done_at": at if result else None,
        },
    )
    state = tuple(EntryState)[place % len(EntryState)]
    claim_row(
        session,
        ManualEntry,
        {
            "book": book,
            "id": uuid4(),
            "reference": f"E{place}",
            "kind": "entry",
            "region_code": request.region_code,
            "branch_id": branch,
            "elder_id": visit.elder_id,
            "provider_id": visit.provider_id,
            "service_code": request.service_code,
            "starts_at": at,
            "ends_at": at,
            "why": "no_slip",
            "reason_sealed": "",
            "state": state,
            "level": EntryLevel.BRANCH,
            "due_at": at,
            "proposed_by_id": SYSTEM.id,
            "proposed_at": at,
        },
    )
    nobody = place % 3 == 2
    claim_row(
        session,
        WorkSheet,
        {
            "book": book,
            "id": uuid4(),
            "reference": f"S{place}",
            "kind": SheetKind.WARNING,
            "about": "flag",
            "subject_kind": "visit",
            "subject_id": visit.id,
            "region_code": request.region_code,
            "branch_id": None if nobody else branch,
            "facts": {},
            "opened_by_id": SYSTEM.id,
            "opened_at": at,
            "due_on": at.date(),
            "calendar_version": "c",
            "state": tuple(SheetState)[place % 3],
        },
    )
    claim_row(
        session,
        Flag,
        {
            "book": book,
            "id": uuid4(),
            "code": "overlap",
            "fingerprint": f"{place:064}",
            "facts": {},
            "subject_kind": "visit",
            "subject_id": visit.id,
            "branch_id": None if nobody else branch,
            "table_version": "flags-1",
            "happened_at": at,
            "found_at": at,
            "state": tuple(FlagState)[place % 3 if place % 2 else 0],
        },
    )


@pytest.fixture(scope="module")
def town_url(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The town, lived through once."""
    url = databases.fresh("sqlite")
    town(url, tmp_path_factory.mktemp("instance"))
    yield url
    databases.discard(url)


@pytest.fixture
def world_url(town_url: str) -> str:
    """Pages only read it."""
    return town_url


@pytest.fixture
def rows(app: Flask, clock: Clock) -> Rows:
    """Every row of the town."""
    clock.now = LATER
    with app.extensions["timebank"].uow.read() as session:
        return Rows.read(session, LATER)


def pages(rows: Rows) -> Iterator[str]:
    """Every dashboard: regions, books, streets, branches, pools, the cockpit of every place."""
    regions = {each.region_code for each in rows[Book]}
    known = {each.code for each in rows[Region]}
    above = {f"{each[:length]}{'0' * (12 - length)}" for each in regions for length in (2, 4)}
    above &= known
    yield from ("/audit/", "/audit/?at=2026-11-18")
    for code in sorted(above):
        yield f"/audit/regions/{code}"
    yield f"/audit/regions/{min(above)}?at=2026-11-18"
    streets = {(each.book, f"{each.region_code[:9]}000") for each in rows[Branch]}
    for book in sorted(each.book for each in rows[Book]):
        for query in ("", "?from_month=2026-11", "?to_month=2026-10", "?at=2026-11-18"):
            yield f"/audit/books/{book}{query}" if not query or book == HOME else "/audit/"
        yield f"/audit/books/{book}/pool"
        yield f"/audit/books/{book}/pool?from_month=2026-11&to_month=2026-11"
    for book, code in sorted(streets):
        yield f"/audit/books/{book}/streets/{code}?from_month=2026-11"
    for each in rows[Branch]:
        yield f"/audit/books/{each.book}/branches/{each.id}"
    places = ["", min(above), HOME, *(code for book, code in sorted(streets) if book == HOME)]
    for place in places:
        yield f"/oversight/cockpit?at={place}"
        for question in sorted({name.split(".")[0] for name in COCKPIT_UNITS}):
            if question != "reserve" or place[6:].strip("0") == "":
                months = "from_month=2026-10&to_month=2026-11"
                yield f"/oversight/cockpit/{question}?at={place}&{months}"
    yield f"/oversight/cockpit/redemption?at={HOME}&from_month=2026-11&to_month=2026-11"


def seen_by(rows: Rows, address: str) -> Rows:
    """The rows as a page looks at them: its months and its day."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    first, last = query.get("from_month", ""), query.get("to_month", "9999-12")
    if "/cockpit" in address:
        first, last = first or "2026-09", query.get("to_month", "2026-11")
    return replace(rows, first=first, last=last)


def as_of(view: Rows, of: str) -> tuple[Rows, str]:
    """What a mark is of, and the rows as they were on the day that it names."""
    place, at, day = of.partition("@")
    if not at:
        return view, of
    day, colon, kind = day.partition(":")
    return replace(view, at=end_of_day(day)), f"{place}{colon}{kind}"


def test_every_number_of_every_dashboard_agrees_with_the_rows(
    rows: Rows, login_as: Callable[[UUID], Browser], app: Flask
) -> None:
    with app.extensions["timebank"].uow.read() as session:
        browser = login_as(auditor(session, NATION))
    names, wrong, known = set(), [], {}
    for address in dict.fromkeys(pages(rows)):
        answer = browser.get(address)
        assert answer.status_code == 200, address
        text = answer.get_data(as_text=True)
        view = seen_by(rows, address)
        for cell in CELL.findall(text):
            assert "data-figure" in cell or not re.search(r"\d", re.sub("<[^>]+>", "", cell)), (
                f"{address}: a number without a name: {cell}"
            )
        for name, of, value in MARK.findall(text):
            key = (name, html.unescape(of), view.first, view.last)
            if key not in known:
                known[key] = worked_out(*as_of(view, html.unescape(of)), name)
            names.add(name)
            expected = known[key]
            if value != ("" if expected is None else str(expected)):
                wrong.append((address, name, of, f"shown {value}", f"rows {expected}"))
    assert not wrong, "\n".join(map(str, wrong))
    # A figure that nobody shows is not compared: it does not stay on the list.
    assert set(UNITS) - names == UNSEEN
    # The town is worth the walk: nothing is compared that is nothing everywhere.
    told = {name for (name, *_), value in known.items() if value}
    assert {"level.open_flags", "redemption.permille", "clearing.minutes", "welfare.made"} <= told


def test_a_figure_without_a_name_or_a_way_is_an_error(rows: Rows) -> None:
    with pytest.raises(KeyError):
        marked("book.invented", HOME, 1)
    with pytest.raises(KeyError):
        worked_out(rows, HOME, "book.invented")
    with pytest.raises(KeyError):
        worked_out(rows, HOME, "invented.members")
    assert {name.split(".")[0] for name in UNITS} == set(WAYS)


def test_the_town_has_lived(rows: Rows) -> None:
    kinds = {each.kind for each in rows[Transfer]}
    assert {"service", "gift", "estate", "grant", "donation", "issue", "reversal"} <= kinds
    assert len({each.book for each in rows[Transfer]}) > 2
    assert any(each.link_id for each in rows[Transfer])


def test_the_links_of_a_number_lead_to_as_many_rows(
    rows: Rows, login_as: Callable[[UUID], Browser], app: Flask
) -> None:
    """Requests behind "still looked for" are exactly those."""
    with app.extensions["timebank"].uow.read() as session:
        browser = login_as(auditor(session, NATION))
    page = browser.get(f"/oversight/cockpit/waiting?at={HOME}").get_data(as_text=True)
    found = re.search(
        r'<a href="([^"]+)"><span data-figure="waiting.open" data-of="\d+" data-value="(\d+)"', page
    )
    assert found
    behind: Any = browser.get(html.unescape(found[1])).get_data(as_text=True)
    total = re.search(r"共 ([\d,]+)", behind)
    assert total, re.findall(r".{30}共.{30}", behind)
    assert int(total[1].replace(",", "")) == int(found[2])
