"""Who was shown to whom: every ranking that somebody looked at, with the people on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.matching import Offer, OfferKind, OfferState, ShownRanking
from models.requests import Request
from services import audit
from services.context import Context
from services.errors import NotFound
from services.queries.audit.accounts import owner_of
from services.queries.audit.listing import (
    Page,
    Person,
    Want,
    cut,
    from_day,
    ordered,
    people,
    to_day,
)
from services.queries.audit.requests import service_name
from services.queries.audit.scope import Place, require_book
from services.rules.names import Name

ACT = "shown.read"


@dataclass(frozen=True, slots=True)
class ShownFilter:
    """Which of them, by request, by whoever looked, and by day."""

    reference: str = ""
    number: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One look at a ranking."""

    id: UUID
    at: datetime
    viewer: Person | None
    request_id: UUID
    reference: str
    service: Name
    shown: int


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """Somebody who was on the ranking, at which place, and why. Terms are thousandths."""

    place: int
    person: Person | None
    cost_milliminutes: int
    terms: Mapping[str, int]
    #: What came of asking this person, if anybody did: as what, when, and the answer.
    asked_as: OfferKind | None
    asked_at: datetime | None
    answer: OfferState | None


@dataclass(frozen=True, slots=True)
class ShownPage:
    """One look, with everybody who was on the ranking."""

    place: Place
    line: ShownLine
    people: tuple[ShownPerson, ...]
    refused: tuple[tuple[str, int], ...]


def shown_rankings(ctx: Context, book: str, wanted: ShownFilter, want: Want) -> Page[ShownLine]:
    """Looks at rankings of a book's requests."""
    require_book(ctx, book, ACT)
    conditions = [
        ShownRanking.book == book,
        Request.book == book,
        *from_day(ShownRanking.at, wanted.first),
        *to_day(ShownRanking.at, wanted.last),
    ]
    if wanted.reference:
        conditions.append(Request.reference == wanted.reference)
    if wanted.number:
        conditions.append(ShownRanking.shown_to_id == owner_of(ctx, wanted.number))
    statement = ordered(
        _lines().where(*conditions), want, {"at": ShownRanking.at}, "-at", ShownRanking.id
    )
    rows, page, total, added = cut(ctx, statement, want, {})
    who = people(ctx, (row.shown_to_id for row in rows))
    return Page(tuple(_line(ctx, row, who) for row in rows), page, want.size, total, added)


def shown_page(ctx: Context, book: str, shown_id: UUID) -> ShownPage:
    """One look. Names are whole, so it is recorded: call it in a unit of work."""
    place = require_book(ctx, book, ACT)
    row = ctx.session.execute(
        _lines().where(ShownRanking.book == book, Request.book == book, ShownRanking.id == shown_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    audit.record(ctx, ACT, "shown_ranking", row.id, book=book)
    ids = [UUID(each["provider"]) for each in row.people]
    who = people(ctx, [*ids, row.shown_to_id], whole=True)
    offers = _offers(ctx, book, row.request_id, ids)
    return ShownPage(
        place=place,
        line=_line(ctx, row, who),
        people=tuple(
            _person(number, each, who, offers) for number, each in enumerate(row.people, start=1)
        ),
        refused=tuple(sorted(row.refused.items(), key=lambda each: (-each[1], each[0]))),
    )


def _lines() -> sa.Select[Any]:
    same = sa.and_(Request.book == ShownRanking.book, Request.id == ShownRanking.request_id)
    return sa.select(
        ShownRanking.id,
        ShownRanking.at,
        ShownRanking.shown_to_id,
        ShownRanking.request_id,
        ShownRanking.people,
        ShownRanking.refused,
        Request.reference,
        Request.service_code,
        Request.rule_set_version,
    ).join(Request, same)


def _line(ctx: Context, row: Any, who: Mapping[UUID, Person]) -> ShownLine:
    return ShownLine(
        id=row.id,
        at=row.at,
        viewer=who.get(row.shown_to_id),
        request_id=row.request_id,
        reference=row.reference,
        service=service_name(ctx, row.rule_set_version, row.service_code),
        shown=len(row.people),
    )


def _offers(ctx: Context, book: str, request_id: UUID, ids: list[UUID]) -> dict[UUID, Any]:
    """The latest offer of the request to each of these people."""
    rows = ctx.session.execute(
        sa.select(Offer.provider_id, Offer.kind, Offer.state, Offer.offered_at)
        .where(Offer.book == book, Offer.request_id == request_id, Offer.provider_id.in_(ids))
        .order_by(Offer.offered_at)
    )
    return {row.provider_id: row for row in rows}


def _person(
    number: int, shown: Mapping[str, Any], who: Mapping[UUID, Person], offers: Mapping[UUID, Any]
) -> ShownPerson:
    provider = UUID(shown["provider"])
    offer = offers.get(provider)
    return ShownPerson(
        place=number,
        person=who.get(provider),
        cost_milliminutes=shown["cost_milliminutes"],
        terms=shown["terms"],
        asked_as=offer.kind if offer else None,
        asked_at=offer.offered_at if offer else None,
        answer=offer.state if offer else None,
    )
