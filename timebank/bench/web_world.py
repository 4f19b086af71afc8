"""The district whose pages are measured: the invented one, with a book as large as one asks for.

Everybody who logs in has as many rows of their own as a person has. What grows is the ledger
around them: transfers between other accounts of the same book, over the year that has passed.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Balance
from models.people import Handle
from models.seals import Unsealed
from services import months
from services.context import Context
from services.ledger.rows import insert_columns
from services.ledger.writing import insert_transfers
from services.people.actors import actor_for
from services.people.tokens import issue_api_token
from services.policy import SYSTEM
from services.tallies import keeping
from services.vault import Vault
from timebank import utc_now
from timebank.demo.scene import HOME
from timebank.settings import load_settings
from timebank.uow import UnitOfWork, make_engine

PEOPLE, DAYS = 40, 8
ACCOUNTS, YEAR_DAYS, CHUNK = 2_000, 300, 5_000
#: Who asks and approves through the API.
TOKENS = ("elder", "elder2", "branch")


@dataclass(frozen=True, slots=True)
class Place:
    """One instance of the product: its folder, and its database."""

    root: Path
    instance: Path
    url: str

    @property
    def environment(self) -> dict[str, str]:
        """The settings with which it is seeded and served."""
        return {
            **os.environ,
            "TIMEBANK_ENV": "demo",
            "TIMEBANK_INSTANCE": str(self.instance),
            "TIMEBANK_DATABASE_URL": self.url,
            "TIMEBANK_LOG_LEVEL": "ERROR",
        }

    def flask(self, app: str, *words: str) -> list[str]:
        """A command line of the product."""
        return [sys.executable, "-m", "flask", "--app", app, *words]


def build(place: Place, entries: int, step: Callable[[int], None]) -> Mapping[str, str]:
    """Found the district, fill its ledger, and hand out tokens: login name to token.

    Raises :class:`subprocess.CalledProcessError` when the district cannot be seeded.
    """
    place.instance.mkdir(parents=True, exist_ok=True)
    words = ("demo", "seed", "--people", str(PEOPLE), "--days", str(DAYS))
    subprocess.run(
        place.flask("app", *words),
        cwd=place.root,
        env=place.environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    work = UnitOfWork(make_engine(place.url))
    try:
        fill(work, utc_now(), entries, step)
        return _tokens(place, work)
    finally:
        work.engine.dispose()


def fill(work: UnitOfWork, now: datetime, entries: int, step: Callable[[int], None]) -> None:
    """Write transfers of two entries into the home book, and add up days and months as jobs do."""
    ledger = _Others(now)
    work.run(ledger.open)
    whole = entries // 2
    for first in range(0, whole, CHUNK):
        number = min(CHUNK, whole - first)
        work.run(partial(ledger.post, first=first, number=number, whole=whole))
        step(2 * number)
    work.run(ledger.balance)
    with work.read() as session:
        due = months.due(_system(session, now))
    for book, month in due:
        work.run(partial(_close, now=now, book=book, month=month))
    while work.run(lambda session: keeping.keep(_system(session, now), HOME)):
        pass


def _system(session: Session, now: datetime) -> Context:
    # Nothing that is added up here is encrypted: a key that everybody knows will do.
    return Context(session=session, actor=SYSTEM, now=now, vault=Vault(bytes(32), bytes(32)))


def _close(session: Session, now: datetime, book: str, month: str) -> None:
    months.close(_system(session, now), book, month)


class _Others:
    """Everybody else of the book: accounts without a floor that pay one another."""

    def __init__(self, now: datetime) -> None:
        self.now = now.replace(microsecond=0)
        self.choose = random.Random(1)  # noqa: S311 - who pays whom is no secret
        self.accounts = [self._id() for _ in range(ACCOUNTS)]
        self.version: Counter[UUID] = Counter()
        self.posted: Counter[UUID] = Counter()

    def _id(self) -> UUID:
        return UUID(int=self.choose.getrandbits(128))

    def open(self, session: Session) -> None:
        """Their accounts."""
        rows = len(self.accounts)
        columns: dict[str, list[Any]] = {
            "book": [HOME] * rows,
            "id": self.accounts,
            "kind": [AccountKind.EARNED.value] * rows,
            "owner_id": [self._id() for _ in self.accounts],
            "period": [""] * rows,
            "floor_minutes": [None] * rows,
            "slots": [1] * rows,
            "opened_at": [self.now - timedelta(days=YEAR_DAYS + 1)] * rows,
        }
        insert_columns(session, Account, columns)

    def post(self, session: Session, first: int, number: int, whole: int) -> None:
        """So many transfers, spread evenly over the year; the sealer finds nothing to do."""
        transfers: dict[str, list[Any]] = {
            "book": [HOME] * number,
            "id": [self._id() for _ in range(number)],
            "kind": ["service"] * number,
            "idem_key": [f"bench:{first + turn}" for turn in range(number)],
            "request_hash": ["0" * 64] * number,
            "actor_id": [SYSTEM.id] * number,
            "reason": [""] * number,
        }
        moments = [
            self.now - timedelta(days=YEAR_DAYS) * (1 - (first + turn) / whole)
            for turn in range(number)
        ]
        transfers |= {"effective_at": moments, "posted_at": moments}
        insert_transfers(session, transfers, self._entries(transfers["id"]))
        session.execute(sa.delete(Unsealed).where(Unsealed.book == HOME))

    def _entries(self, transfers: list[UUID]) -> dict[str, list[Any]]:
        names = ("transfer_id", "leg", "account_id", "amount_minutes")
        columns: dict[str, list[Any]] = {name: [] for name in names}
        columns["version"], columns["balance_after_minutes"] = [], []
        for transfer in transfers:
            pair, minutes = self.choose.sample(self.accounts, 2), self.choose.randint(30, 120)
            for leg, (account, amount) in enumerate(zip(pair, (-minutes, minutes), strict=True)):
                self.version[account] += 1
                self.posted[account] += amount
                for name, value in zip(names, (transfer, leg, account, amount), strict=True):
                    columns[name].append(value)
                columns["version"].append(self.version[account])
                columns["balance_after_minutes"].append(self.posted[account])
        rows = len(columns["leg"])
        return {"book": [HOME] * rows, "slot": [0] * rows, **columns}

    def balance(self, session: Session) -> None:
        """Every account's balance as its entries leave it."""
        rows = len(self.accounts)
        columns: dict[str, list[Any]] = {
            "book": [HOME] * rows,
            "account_id": self.accounts,
            "slot": [0] * rows,
            "posted_minutes": [self.posted[each] for each in self.accounts],
            "held_minutes": [0] * rows,
            "floor_minutes": [None] * rows,
            "version": [self.version[each] for each in self.accounts],
        }
        insert_columns(session, Balance, columns)


def _tokens(place: Place, work: UnitOfWork) -> dict[str, str]:
    settings = load_settings(place.environment, place.root)
    vault, now = Vault(settings.data_key, settings.index_key), utc_now()

    def give(session: Session, name: str) -> str:
        member = session.scalars(
            sa.select(Handle.member_id).where(Handle.kind == "login", Handle.value == name)
        ).one()
        actor = actor_for(session, member, now)
        key = f"bench:{name}"
        return issue_api_token(
            Context(session, actor, now, vault, key=key, factor_at=now), "bench", 1
        )

    return {name: work.run(partial(give, name=name)) for name in TOKENS}
