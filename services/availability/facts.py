"""What the rules ask of a provider beside papers: languages, safeguarding, and who is barred.

Read for any number of requests and providers in a fixed number of statements.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.availability import Accompaniment, CheckKind, SafeguardingCheck, VolunteerProfile
from models.people import Member
from models.places import Book
from models.requests import Request, Visit, VisitState
from services.availability.barred import barred_by_elder
from services.clock import local_date

#: A visit in one of these has taken place, or is taking place.
BEGUN = (
    VisitState.CHECKED_IN,
    VisitState.CHECKED_OUT,
    VisitState.CONFIRMED,
    VisitState.IN_REVIEW,
    VisitState.DISPUTED,
    VisitState.CREDITED,
)
#: Somebody has been there: what counts for "has come before".
TOOK_PLACE = (
    VisitState.CHECKED_OUT,
    VisitState.CONFIRMED,
    VisitState.IN_REVIEW,
    VisitState.CREDITED,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of some providers for some requests."""

    languages: Mapping[UUID, frozenset[str]]
    #: First and last day of each screening.
    screenings: Mapping[UUID, tuple[tuple[date, date | None], ...]]
    #: Have been to a home, or the first time in company is on record.
    experienced: frozenset[UUID]
    #: Request and provider for whom a branch has named a companion.
    companions: frozenset[tuple[UUID, UUID]]
    barred: Mapping[UUID, frozenset[UUID]]

    def is_barred(self, request: Request, provider_id: UUID) -> bool:
        """Whether the provider must not meet the elder."""
        return provider_id in self.barred.get(request.elder_id, ())

    def screened(self, provider_id: UUID, first: date, last: date) -> bool:
        """Whether a screening holds from one day through another."""
        return any(
            begin <= first and (end is None or last <= end)
            for begin, end in self.screenings.get(provider_id, ())
        )

    def of(
        self, request: Request, provider_id: UUID, coming: Sequence[Visit], today: date
    ) -> dict[str, Any]:
        """The provider's facts for one request, by the names of ``ProviderFacts``."""
        others = {visit.provider_id for visit in coming if visit.provider_id != provider_id}
        return {
            "languages": self.languages.get(provider_id, frozenset()),
            "first_home_visit": not request.remote and provider_id not in self.experienced,
            "screened": self.screened(provider_id, today, max(today, local_date(request.ends_at))),
            "accompanied": not others.isdisjoint(self.experienced)
            or (request.id, provider_id) in self.companions,
        }


def facts_of(
    session: Session,
    requests: Sequence[Request],
    providers: Sequence[Member],
    coming: Mapping[UUID, Sequence[Visit]],
) -> Facts:
    """The facts of these providers for these requests; ``coming`` says who comes already."""
    ids = {each.id for each in providers}
    people = ids | {visit.provider_id for visits in coming.values() for visit in visits}
    checks = session.execute(
        sa.select(
            SafeguardingCheck.member_id,
            SafeguardingCheck.kind,
            SafeguardingCheck.on_day,
            SafeguardingCheck.valid_to,
        ).where(SafeguardingCheck.member_id.in_(people))
    ).all()
    screenings: dict[UUID, list[tuple[date, date | None]]] = {}
    accompanied = set()
    for row in checks:
        if row.kind is CheckKind.SCREENING:
            screenings.setdefault(row.member_id, []).append((row.on_day, row.valid_to))
        elif row.valid_to is None:
            accompanied.add(row.member_id)
    books = {each.home_book for each in providers} | {each.book for each in requests}
    return Facts(
        languages=languages_of(session, ids),
        screenings={each: tuple(spans) for each, spans in screenings.items()},
        experienced=been_to_a_home(session, people - accompanied, books) | accompanied,
        companions=_companions(session, requests, ids),
        barred=barred_by_elder(session, {each.elder_id for each in requests}),
    )


def languages_of(session: Session, member_ids: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """What members have said they speak."""
    rows = session.execute(
        sa.select(VolunteerProfile.member_id, VolunteerProfile.languages).where(
            VolunteerProfile.member_id.in_(member_ids)
        )
    )
    return {row.member_id: frozenset(row.languages) for row in rows}


def been_to_a_home(
    session: Session, member_ids: Collection[UUID], books: Collection[str]
) -> frozenset[UUID]:
    """Who has begun a visit at a home: looked for in some books, and then in every other."""
    found = _been(session, member_ids, Visit.book.in_(books))
    rest = set(member_ids) - found
    if rest:
        found |= _been(session, rest, Visit.book.in_(sa.select(Book.book)))
    return frozenset(found)


def _been(session: Session, ids: Collection[UUID], books: sa.ColumnElement[bool]) -> set[UUID]:
    if not ids:
        return set()
    return set(
        session.scalars(
            sa.select(Visit.provider_id)
            .distinct()
            .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
            .where(books, Visit.provider_id.in_(ids), Visit.state.in_(BEGUN))
            .where(Request.remote.is_(False), Visit.reversed_at.is_(None))
            .execution_options(cross_book=True)
        )
    )


def _companions(
    session: Session, requests: Sequence[Request], ids: Collection[UUID]
) -> frozenset[tuple[UUID, UUID]]:
    rows = session.execute(
        sa.select(Accompaniment.request_id, Accompaniment.provider_id).where(
            Accompaniment.book.in_({each.book for each in requests}),
            Accompaniment.request_id.in_([each.id for each in requests]),
            Accompaniment.provider_id.in_(ids),
        )
    )
    return frozenset((row.request_id, row.provider_id) for row in rows)
