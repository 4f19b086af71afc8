"""A whole book looked through: invented towns written into a database, read and scanned again."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import Base
from models.ledger import ValuationRecord
from models.people import Member, MemberStatus
from models.places import Book
from models.requests import Request, RequestState, Visit, VisitState
from services import rates
from services.clock import local_date
from services.context import Context
from services.flags import scanning
from services.ids import derived
from services.policy import SYSTEM
from services.rules.flags.rows import DAY, Served, Window
from services.rules.published import SHIPPED_CALENDARS, parse_document, shipped_text
from services.vault import Vault
from timebank.bench.fraud_town import BEGIN, BOOK, DAYS
from timebank.uow import UnitOfWork

ROWS_AT_ONCE = 20_000
NOW = datetime.fromtimestamp(BEGIN + DAYS * DAY, UTC)
_RULES, _CALENDAR = "CN-TB-1", "2026"


def fill(work: UnitOfWork, window: Window) -> None:
    """Write the visits of some towns into an empty, migrated database."""

    def publish(session: Session) -> None:
        session.add(Book(book=BOOK, region_code=BOOK, opened_at=NOW))
        for name in SHIPPED_CALENDARS:
            rates.publish_calendar(_ctx(session), parse_document(shipped_text(name)))
        rates.publish_rule_set(_ctx(session), parse_document(shipped_text("cn-tb-1.json")))

    work.run(publish)
    work.run(lambda session: _write(session, window))


def scan(work: UnitOfWork) -> tuple[float, int]:
    """Look through the book as the job does: seconds of CPU, and how many flags were made."""

    def write(act: Any) -> int:
        return work.run(lambda session: int(act(_ctx(session))))

    def read(look: Any) -> Any:
        with work.read() as session:
            return look(_ctx(session))

    began = time.process_time()
    made = scanning.scan_book(write, read, BOOK)
    return time.process_time() - began, made


def _ctx(session: Session) -> Context:
    return Context(session=session, actor=SYSTEM, now=NOW, vault=Vault(bytes(32), bytes(32)))


def _write(session: Session, window: Window) -> None:
    requests = {row.request_id: row for row in window.served}
    places: dict[UUID, tuple[int | None, int | None]] = {}
    for row in window.served:
        places.setdefault(row.provider_id, (None, None))
        if row.latitude_e6 is not None or row.elder_id not in places:
            places[row.elder_id] = (row.latitude_e6, row.longitude_e6)
    members = (_member(who, place, window) for who, place in places.items())
    _insert(session, Member, members)
    _insert(session, Request, (_request(n, row) for n, row in enumerate(requests.values())))
    _insert(session, ValuationRecord, (_valuation(row) for row in window.served))
    _insert(session, Visit, (_visit(row) for row in window.served))


def _insert(session: Session, model: type[Base], rows: Iterable[Mapping[str, Any]]) -> None:
    for some in _pieces(rows):
        session.execute(sa.insert(model), some)


def _pieces(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    waiting: list[Mapping[str, Any]] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == ROWS_AT_ONCE:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _member(who: UUID, place: tuple[int | None, int | None], window: Window) -> dict[str, Any]:
    return {
        "id": who,
        "number": who.hex[:16],
        "home_book": BOOK,
        "region_code": BOOK,
        "branch_id": UUID(int=3),
        "name": "X",
        "sex": "female",
        "born_on": local_date(NOW) - timedelta(days=70 * 365),
        "id_number_sealed": "",
        "skills": [],
        "service_codes": [],
        "status": MemberStatus.ACTIVE,
        "latitude_e6": place[0],
        "longitude_e6": place[1],
        "died_at": _at(window.deaths[who]) if who in window.deaths else None,
        "joined_at": NOW,
        "joined_how": "self",
    }


def _request(number: int, row: Served) -> dict[str, Any]:
    minutes = (row.left - row.came) // 60
    return {
        "book": BOOK,
        "id": row.request_id,
        "reference": f"{number:010d}",
        "region_code": BOOK,
        "branch_id": row.branch_id,
        "elder_id": row.elder_id,
        "asked_by_id": row.elder_id,
        "consent": "own",
        "service_code": row.service,
        "starts_at": _at(row.came),
        "ends_at": _at(row.left),
        "booked_minutes": minutes,
        "people_needed": 1,
        "remote": row.remote,
        "care_grade": 0,
        "risk_tier": 0,
        "rule_set_version": _RULES,
        "elder_share_minutes": 0,
        "shortfall_minutes": 0,
        "state": RequestState.CLOSED,
        "submitted_at": _at(row.came - DAY),
    }


def _valuation(row: Served) -> dict[str, Any]:
    return {
        "book": BOOK,
        "id": derived("valuation", row.id),
        "visit_id": row.id,
        "rule_set_version": _RULES,
        "rule_set_hash": "",
        "calendar_version": _CALENDAR,
        "content": {},
        "credited_minutes": row.earned,
        "earn_minutes": row.earned,
        "elder_minutes": 0,
        "pool_minutes": row.earned,
        "created_at": _at(row.credited),
    }


def _visit(row: Served) -> dict[str, Any]:
    return {
        "book": BOOK,
        "id": row.id,
        "request_id": row.request_id,
        "elder_id": row.elder_id,
        "provider_id": row.provider_id,
        "provider_book": BOOK,
        "state": VisitState.CREDITED,
        "accepted_at": _at(row.came - DAY),
        "starts_at": _at(row.came),
        "booked_minutes": (row.left - row.came) // 60,
        "rule_set_version": _RULES,
        "calendar_version": _CALENDAR,
        "provider_level": "P1",
        "certificate_relevant": False,
        "care_grade": 0,
        "reserved_minutes": 0,
        "checked_in_at": _at(row.came),
        "checked_in_by": row.came_by,
        "checked_out_at": _at(row.left),
        "checked_out_by": row.left_by,
        "breaks": [],
        "confirmed_at": _at(row.word_at) if row.word_at else None,
        "confirmed_by_id": row.word_by,
        "confirmed_how": row.word or None,
        "valuation_id": derived("valuation", row.id),
        "ended_at": _at(row.credited),
        "checked_in_device": row.came_device,
        "checked_out_device": row.left_device,
        "confirmed_device": row.word_device,
    }
