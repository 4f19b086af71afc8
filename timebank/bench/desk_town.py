"""A county with a year of visits, written as rows: as many entries as one asks for.

Every visit is a request, a visit, a valuation, a transfer of two entries and an audit record, as
the product writes them; balances agree with them. Whoever reads it is its only auditor.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import Base
from models.ledger import Account, AccountKind, Balance, Entry, Transfer, ValuationRecord
from models.oversight import AuditRecord
from models.people import Member, MemberStatus, RoleAssignment, Sex
from models.places import Book, Branch, Operator, OperatorKind, SuccessorRule
from models.requests import Request, RequestState, Visit, VisitState
from models.seals import Unsealed
from services import months, rates
from services.context import Context
from services.ids import derived
from services.ledger.accounts import account_id, pool_of
from services.ledger.rows import insert_columns
from services.ledger.writing import insert_transfers
from services.places.regions import load_regions
from services.policy import AUDITOR, NATION, SYSTEM
from services.rules.published import SHIPPED_CALENDARS, parse_document, shipped_text
from services.tallies import keeping
from services.vault import Vault
from timebank.uow import UnitOfWork, make_engine

BOOK = "330303000000"
NOW = datetime(2026, 12, 20, 4, tzinfo=UTC)
AUDITOR_ID = UUID(int=7)
BRANCHES, ELDERS, VOLUNTEERS, DAYS, CHUNK = 12, 2_000, 2_000, 330, 5_000
SERVICES = ("A03", "A04", "B01", "C01", "C02", "D01")
KINDS = ("service",) * 9 + ("closed_door",)
VAULT = Vault(data_key=bytes(32), index_key=bytes(32))


def branch(number: int) -> UUID:
    """One of the branches; each street has three."""
    return UUID(int=1_000 + number % BRANCHES)


def elder(number: int) -> UUID:
    """One of the elders."""
    return UUID(int=10_000 + number % ELDERS)


def volunteer(number: int) -> UUID:
    """One of the volunteers."""
    return UUID(int=50_000 + number % VOLUNTEERS)


def build(url: str, entries: int, step: Callable[[int], None]) -> None:
    """Fill an empty, migrated database, and let the job add up the months."""
    work = UnitOfWork(make_engine(url))
    work.run(_found)
    work.run(_settle)
    town = _Town()
    for first in range(0, entries // 2, CHUNK):
        number = min(CHUNK, entries // 2 - first)
        work.run(partial(town.live, first=first, number=number, whole=entries // 2))
        step(2 * number)
    work.run(town.balance)
    with work.read() as session:
        due = months.due(_context(session))
    for book, month in due:
        work.run(partial(_close, book=book, month=month))
    while work.run(lambda session: keeping.keep(_context(session), BOOK)):
        pass
    work.engine.dispose()


def _close(session: Session, book: str, month: str) -> None:
    months.close(_context(session), book, month)


def _context(session: Session, now: datetime = NOW) -> Context:
    return Context(session=session, actor=SYSTEM, now=now, vault=VAULT)


def _found(session: Session) -> None:
    """The rules, the register, the book, its streets' branches, and the auditor."""
    ctx = _context(session, datetime(2025, 1, 1, tzinfo=UTC))
    rates.publish_rule_set(ctx, parse_document(shipped_text("cn-tb-1.json")))
    for name in SHIPPED_CALENDARS:
        rates.publish_calendar(ctx, parse_document(shipped_text(name)))
    load_regions(ctx)
    operator = derived("operator", BOOK)
    session.add(Operator(id=operator, name="o", name_en="o", kind=OperatorKind.SOCIAL_ORGANISATION))
    session.add(Book(book=BOOK, region_code=BOOK, opened_at=NOW))
    session.flush()
    for number in range(BRANCHES):
        session.add(
            Branch(
                id=branch(number),
                book=BOOK,
                region_code=f"{BOOK[:6]}{number // 3 + 1:03}000",
                operator_id=operator,
                name=f"Branch {number}",
                name_en=f"Branch {number}",
                address="",
                phone="",
                successor_rule=SuccessorRule.REGION,
                opened_on=date(2025, 1, 1),
            )
        )
    session.flush()


def _settle(session: Session) -> None:
    """Everybody who lives there, each with an account of earned coins, and the book's own two."""
    ids = [AUDITOR_ID, *map(elder, range(ELDERS)), *map(volunteer, range(VOLUNTEERS))]
    for place, key in enumerate(ids):
        is_elder = 0 < place <= ELDERS
        session.add(
            Member(
                id=key,
                number=f"V{place:012}",
                home_book=BOOK,
                region_code=BOOK,
                branch_id=branch(place),
                name=f"Member {place}",
                sex=Sex.FEMALE,
                born_on=date(1940 + place % 25, 1 + place % 12, 1)
                if is_elder
                else date(1990, 1, 1),
                id_number_sealed="",
                is_recipient=is_elder,
                is_provider=place > ELDERS,
                status=MemberStatus.ACTIVE,
                joined_at=NOW,
                joined_how="counter",
                in_hardship=place % 7 == 0,
                lives_alone=place % 3 == 0,
            )
        )
    session.flush()
    _open_accounts(session, ids[1:])


def _open_accounts(session: Session, people: list[UUID]) -> None:
    """The auditor's role, and an account of earned coins for everybody else."""
    session.add(
        RoleAssignment(
            member_id=AUDITOR_ID,
            id=derived("role", "auditor"),
            role=AUDITOR,
            scope_kind="nation",
            scope=NATION,
            granted_at=NOW,
        )
    )
    owners = [None, None, *people]
    kinds = [AccountKind.ISSUE, AccountKind.POOL, *[AccountKind.EARNED] * len(people)]
    session.add_all(
        Account(
            book=BOOK,
            id=account_id(BOOK, kind, owner),
            kind=kind,
            owner_id=owner,
            opened_at=NOW - timedelta(days=DAYS + 1),
        )
        for kind, owner in zip(kinds, owners, strict=True)
    )
    session.flush()


class _Town:
    """What has been posted so far: version and balance of every account."""

    def __init__(self) -> None:
        self.choose = random.Random(1)  # noqa: S311 - who visits whom is no secret
        self.version: Counter[UUID] = Counter()
        self.posted: Counter[UUID] = Counter()
        self.columns: dict[type[Base], dict[str, list[Any]]] = {}

    def live(self, session: Session, first: int, number: int, whole: int) -> None:
        """So many visits, spread evenly over the days."""
        self.columns = defaultdict(lambda: defaultdict(list))
        for turn in range(first, first + number):
            share = turn / max(1, whole)
            self._visit(turn, NOW - timedelta(days=DAYS * (1 - share), minutes=90))
        for model in (Request, ValuationRecord):
            insert_columns(session, model, self.columns[model])
        insert_transfers(session, self.columns[Transfer], self.columns[Entry])
        # As if the sealer had been there: what waits for it is never long.
        session.execute(sa.delete(Unsealed).where(Unsealed.book == BOOK))
        for later in (Visit, AuditRecord):
            insert_columns(session, later, self.columns[later])

    def _visit(self, turn: int, at: datetime) -> None:
        at = at.replace(microsecond=0)
        who, whom = volunteer(self.choose.randrange(VOLUNTEERS)), self.choose.randrange(ELDERS)
        earned = 30 + turn % 60
        pays_pool = turn % 10 < 3
        keys = {name: derived("bench", name, turn) for name in ("r", "v", "t", "w", "a")}
        kind = KINDS[turn % len(KINDS)]
        payer = pool_of(BOOK) if pays_pool else account_id(BOOK, AccountKind.EARNED, elder(whom))
        earner = account_id(BOOK, AccountKind.EARNED, who)
        self._add(Request, _request(turn, keys, whom, at))
        self._add(Transfer, _transfer(keys, kind, at, turn))
        for leg, (account, amount) in enumerate(((payer, -earned), (earner, earned))):
            self.version[account] += 1
            self.posted[account] += amount
            self._add(
                Entry,
                {
                    "book": BOOK,
                    "transfer_id": keys["t"],
                    "leg": leg,
                    "account_id": account,
                    "slot": 0,
                    "amount_minutes": amount,
                    "version": self.version[account],
                    "balance_after_minutes": self.posted[account],
                },
            )
        self._add(ValuationRecord, _valuation(keys, earned, 0 if pays_pool else earned, at))
        self._add(Visit, _visit(turn, keys, elder(whom), who, at))
        self._add(AuditRecord, _record(keys, who, at, turn))

    def _add(self, model: type[Base], row: dict[str, Any]) -> None:
        columns = self.columns[model]
        for name, value in row.items():
            columns[name].append(value)

    def balance(self, session: Session) -> None:
        """Every account's balance as its entries leave it."""
        ids = session.scalars(sa.select(Account.id).where(Account.book == BOOK)).all()
        rows = len(ids)
        insert_columns(
            session,
            Balance,
            {
                "book": [BOOK] * rows,
                "account_id": list(ids),
                "slot": [0] * rows,
                "posted_minutes": [self.posted[each] for each in ids],
                "held_minutes": [0] * rows,
                "floor_minutes": [None] * rows,
                "version": [self.version[each] for each in ids],
            },
        )


def _request(turn: int, keys: dict[str, UUID], whom: int, at: datetime) -> dict[str, Any]:
    return {
        "book": BOOK,
        "id": keys["r"],
        "reference": f"R{turn}",
        "region_code": BOOK,
        "branch_id": branch(whom),
        "elder_id": elder(whom),
        "asked_by_id": elder(whom),
        "consent": "own",
        "service_code": SERVICES[turn % len(SERVICES)],
        "starts_at": at - timedelta(minutes=60),
        "ends_at": at,
        "booked_minutes": 60,
        "people_needed": 1,
        "remote": False,
        "wished_languages": [],
        "language_must": False,
        "care_grade": turn % 5,
        "risk_tier": 0,
        "rule_set_version": "CN-TB-1",
        "elder_share_minutes": 60,
        "shortfall_minutes": 0,
        "pool_needed_minutes": 0,
        "state": RequestState.CLOSED.value,
        "submitted_at": at - timedelta(days=2),
        "decided_at": at - timedelta(days=1, minutes=turn % 600),
    }


def _transfer(keys: dict[str, UUID], kind: str, at: datetime, turn: int) -> dict[str, Any]:
    return {
        "book": BOOK,
        "id": keys["t"],
        "kind": "donation" if turn % 5_000 == 0 else kind,
        "idem_key": f"bench:{turn}",
        "request_hash": "0" * 64,
        "effective_at": at,
        "posted_at": at,
        "actor_id": SYSTEM.id,
        "reason": "",
        "valuation_id": keys["w"],
    }


def _valuation(keys: dict[str, UUID], earned: int, paid: int, at: datetime) -> dict[str, Any]:
    return {
        "book": BOOK,
        "id": keys["w"],
        "visit_id": keys["v"],
        "rule_set_version": "CN-TB-1",
        "rule_set_hash": "0" * 64,
        "calendar_version": "bench",
        "content": {},
        "credited_minutes": earned,
        "earn_minutes": earned,
        "elder_minutes": paid,
        "pool_minutes": earned - paid,
        "created_at": at,
    }


def _visit(turn: int, keys: dict[str, UUID], whom: UUID, who: UUID, at: datetime) -> dict[str, Any]:
    is_disputed = turn % 4_999 == 0
    return {
        "book": BOOK,
        "id": keys["v"],
        "request_id": keys["r"],
        "elder_id": whom,
        "provider_id": who,
        "provider_book": BOOK,
        "state": (VisitState.DISPUTED if is_disputed else VisitState.CREDITED).value,
        "accepted_at": at - timedelta(days=1),
        "starts_at": at - timedelta(minutes=60),
        "booked_minutes": 60,
        "rule_set_version": "CN-TB-1",
        "calendar_version": "bench",
        "provider_level": "P1",
        "certificate_relevant": False,
        "care_grade": turn % 5,
        "premium_stop": "none",
        "extra": False,
        "reserved_minutes": 60,
        "breaks": [],
        "actual_minutes": 60,
        "valuation_id": keys["w"],
        "transfer_id": keys["t"],
        "confirmed_how": "voice" if turn % 50 == 0 else "own",
        "ended_at": at,
        "cancelled_late": False,
        "sequence": 0,
    }


def _record(keys: dict[str, UUID], who: UUID, at: datetime, turn: int) -> dict[str, Any]:
    return {
        "book": BOOK,
        "id": keys["a"],
        "at": at,
        "actor_id": who,
        "act": "visit.voice" if turn % 50 == 0 else "visit.confirm",
        "subject_kind": "visit",
        "subject_id": keys["v"],
        "before": {},
        "after": {},
    }


def some(url: str) -> dict[str, Any]:
    """An account, a transfer, a request of the book, to look at."""
    work = UnitOfWork(make_engine(url))
    with work.read() as session:
        middle = session.scalar(
            sa.select(Transfer.id).where(Transfer.book == BOOK, Transfer.idem_key == "bench:17")
        )
    work.engine.dispose()
    return {
        "transfer": middle,
        "account": account_id(BOOK, AccountKind.EARNED, volunteer(1)),
        "pool": pool_of(BOOK),
        "branch": branch(3),
        "street": f"{BOOK[:6]}002000",
    }
