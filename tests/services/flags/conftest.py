"""A street with one credited visit, and more of its kind laid beside it by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.flags import Flag, FlagVisit
from models.ledger import ValuationRecord
from models.requests import Request, Visit
from services.flags import scanning
from services.ids import derived
from services.policy import SYSTEM
from services.visits.checking import Proof, check_in, check_out
from services.visits.confirming import confirm
from tests import factories
from tests.conftest import EACH_DIALECT
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.visits.conftest import START, Street, street_at

#: A day after the visit.
LATER = START + timedelta(days=1)


class Watched:
    """The street, what is laid on it, and who watches."""

    def __init__(self, street: Street) -> None:
        self.street = street
        self.auditor: UUID = street.uow.run(lambda s: factories.create_auditor(s, LONGWAN))
        street.issue(6_000)
        self.first = street.accepted(street.open_request())
        self.come_and_go_on("c" * 64)
        self.confirm_on("e" * 64)

    def come_and_go_on(self, device: str) -> None:
        """The provider of the first visit comes and goes with some device in his hand."""
        codes = self.street.digits(self.first)

        def came(ctx: Any) -> None:
            check_in(replace(ctx, device=device), LONGWAN, self.first, Proof(digits=codes["in"]))

        def gone(ctx: Any) -> None:
            check_out(replace(ctx, device=device), LONGWAN, self.first, Proof(digits=codes["out"]))

        self.street.act(self.street.volunteer, came, now=START)
        self.street.act(self.street.volunteer, gone, now=START + timedelta(minutes=62))

    def confirm_on(self, device: str) -> None:
        """The elder confirms the first visit on some device."""

        def work(ctx: Any) -> None:
            confirm(replace(ctx, device=device), LONGWAN, self.first)

        self.street.act(self.street.elder, work, now=START + timedelta(hours=2))

    def lay(self, number: int, begins: datetime, minutes: int = 60, **changed: Any) -> UUID:
        """A further credited visit like the first one."""
        came = begins
        visit_id, request_id = derived("visit", number), derived("request", number)
        asked = {"id": request_id, "reference": f"T-{number}", "starts_at": begins}
        times = {
            "starts_at": begins,
            "checked_in_at": came,
            "checked_out_at": came + timedelta(minutes=minutes, seconds=number * 37 % 59),
            "confirmed_at": came + timedelta(minutes=minutes + 90),
            "ended_at": came + timedelta(minutes=minutes + 90),
        }

        def work(session: Any) -> None:
            of = {key: changed[key] for key in changed if hasattr(Request, key)}
            session.execute(_copy(session, Request, self._request_id(session), asked | of))
            session.flush()
            valuation = derived("valuation", number)
            first = session.get_one(Visit, (LONGWAN, self.first))
            book = changed.get("book", LONGWAN)
            own = {"id": valuation, "visit_id": visit_id, "book": book}
            session.execute(_copy(session, ValuationRecord, first.valuation_id, own))
            wanted = {"id": visit_id, "request_id": request_id, "valuation_id": valuation}
            own = {key: changed[key] for key in changed if hasattr(Visit, key)}
            session.execute(_copy(session, Visit, self.first, wanted | times | own))

        self.street.uow.run(work)
        return visit_id

    def _request_id(self, session: Any) -> UUID:
        found: UUID = session.get_one(Visit, (LONGWAN, self.first)).request_id
        return found

    def scan(self, now: datetime = LATER) -> int:
        """Look through the book as the job process does."""
        return self.street.act(SYSTEM, lambda ctx: scanning.scan(ctx, LONGWAN), now=now)

    def flags(self, code: str = "") -> list[Flag]:
        """The flags of the book."""
        found = sa.select(Flag).where(Flag.book == LONGWAN).order_by(Flag.found_at, Flag.id)
        rows = self.street.look(lambda session: session.scalars(found).all())
        return [row for row in rows if not code or row.code == code]

    def linked(self, flag: Flag) -> set[UUID]:
        """The visits of a flag."""
        found = sa.select(FlagVisit.visit_id).where(
            FlagVisit.book == LONGWAN, FlagVisit.flag_id == flag.id
        )
        return set(self.street.look(lambda session: session.scalars(found).all()))


def _copy(session: Any, model: Any, key: UUID, changed: dict[str, Any]) -> Any:
    row = session.get_one(model, (LONGWAN, key))
    values = {column.key: getattr(row, column.key) for column in sa.inspect(model).column_attrs}
    return sa.insert(model).values({**values, **changed})


@pytest.fixture
def watched(databases: Databases) -> Iterator[Watched]:
    """A watched street on SQLite."""
    url, engine, street = street_at(databases, "sqlite")
    yield Watched(street)
    engine.dispose()
    databases.discard(url)


@pytest.fixture(params=EACH_DIALECT)
def watched_each(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Watched]:
    """A watched street on each engine."""
    url, engine, street = street_at(databases, request.param)
    yield Watched(street)
    engine.dispose()
    databases.discard(url)
