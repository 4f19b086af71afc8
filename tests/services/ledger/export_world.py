"""Two books over three months: holds, a reversal, slots, a note, seals, lists, closings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Entry, Transfer, TransferNote, ValuationRecord
from models.places import Book
from models.seals import Unsealed
from services.ids import derived
from services.ledger.accounts import (
    account_id,
    open_account,
    open_book_accounts,
    pool_of,
)
from services.ledger.check import export
from services.ledger.closings import close_month
from services.ledger.drafts import Draft, Stamp
from services.ledger.export import jsonl
from services.ledger.export.names import Advance
from services.ledger.export.rows import Period, Source
from services.ledger.holds import hold, release
from services.ledger.post import post
from services.ledger.reverse import reverse
from services.ledger.seals import sealer
from services.ledger.seals.canonical import canonical_json
from services.ledger.seals.headers import witness_message
from services.ledger.seals.heads import countersign, newest_list, publish
from services.ledger.seals.keys import add_witness, introduce_operator, rotate
from services.ledger.seals.signing import SigningKey
from services.ledger.streams import snapshot
from services.ledger.verify.whole import books
from tests.services.ledger.kit import (
    BOOK,
    CLERK,
    ELDER,
    ISSUE,
    OTHER,
    POOL,
    PROVIDER,
    Ledger,
    earned,
    granted,
    hold_draft,
    legs_of,
    received,
)

NEIGHBOUR = "330302000000"
#: The last evening of January in China, and a day in each of the two months that follow.
JANUARY = datetime(2026, 1, 31, 15, 30, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 14, 2, 0, tzinfo=UTC)
MARCH = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
FIRST, SECOND, *WITNESSES = (SigningKey(bytes([n]) * 32) for n in range(1, 5))
WIDE = account_id(BOOK, AccountKind.CLEARING, None, NEIGHBOUR)
VALUATION, VISIT, NOTE = UUID(int=55), UUID(int=56), UUID(int=57)
Format = Callable[[list[Source], Advance], Iterator[str]]


@dataclass
class World:
    """The ledger, and what happens on it at which moment."""

    ledger: Ledger
    now: datetime = JANUARY

    def do(self, work: Callable[[Session], Any]) -> Any:
        """One unit of work."""
        self.now += timedelta(seconds=1)
        return self.ledger.run(work)

    def pay(self, *legs: tuple[UUID, int], key: str, book: str = BOOK, **fields: Any) -> UUID:
        """One transfer."""
        given = {"kind": "test", "effective_at": self.now - timedelta(days=2), **fields}
        draft = Draft(book=book, key=key, legs=legs_of(*legs), **given)
        return self.do(lambda session: post(session, [draft], self.stamp))[0].transfer_id

    @property
    def stamp(self) -> Stamp:
        """By the clerk, now."""
        return Stamp(self.now, CLERK)

    def hold(self, *legs: tuple[UUID, int], key: str, **fields: Any) -> UUID:
        """Minutes set aside."""
        draft = hold_draft(*legs, key=key, **fields)
        return self.do(lambda session: hold(session, draft, self.stamp))

    def seal(self, key: SigningKey, limit: int = 3) -> None:
        """Seal everything that waits, a few leaves a block."""
        for book in (NEIGHBOUR, BOOK):
            while True:
                with self.ledger.read() as session:
                    prepared = sealer.prepare(session, book, key, self.now, limit)
                if prepared is None:
                    break
                self.do(lambda session, found=prepared: sealer.write(session, found))


def build(ledger: Ledger) -> World:
    """Everything that an export has to tell, on a ledger that holds three members and no coin."""
    world = World(ledger)
    _january(world)
    world.do(lambda session: introduce_operator(session, FIRST, "县民政局", world.now))
    for key in WITNESSES:
        world.do(
            lambda session, key=key: add_witness(
                session, FIRST, key.public_key, "见证人", world.now
            )
        )
    world.seal(FIRST)
    _publish(world, FIRST, date(2026, 1, 31))
    world.now = FEBRUARY
    _february(world)
    world.do(lambda session: rotate(session, FIRST, SECOND, "县民政局", world.now))
    world.seal(SECOND)
    _publish(world, SECOND, date(2026, 2, 14))
    world.now = MARCH
    for book in (NEIGHBOUR, BOOK):
        world.do(lambda session, book=book: close_month(session, book, "2026-01", world.now))
    world.do(lambda session: close_month(session, BOOK, "2026-02", world.now))
    _march(world)
    return world


def _january(world: World) -> None:
    def opened(session: Session) -> None:
        session.add(Book(book=NEIGHBOUR, region_code=NEIGHBOUR, opened_at=world.now))
        session.flush()
        open_book_accounts(session, NEIGHBOUR, now=world.now)
        open_account(
            session,
            BOOK,
            AccountKind.GRANTED,
            now=world.now,
            owner_id=ELDER,
            period="2026Q1",
        )
        open_account(
            session,
            BOOK,
            AccountKind.CLEARING,
            now=world.now,
            period=NEIGHBOUR,
            floor_minutes=None,
            slots=4,
        )

    world.do(opened)
    world.pay((ISSUE, -5_000), (POOL, 5_000), key="issue")
    issue = account_id(NEIGHBOUR, AccountKind.ISSUE)
    world.pay((issue, -900), (pool_of(NEIGHBOUR), 900), key="issue", book=NEIGHBOUR)
    world.pay((POOL, -120), (granted(ELDER), 120), key="grant", kind="grant", reason="elder_80")
    for number in range(9):
        world.pay((POOL, -7), (WIDE, 7), key=f"wide {number}", link_id=UUID(int=number + 1))


def _february(world: World) -> None:
    used = world.hold((granted(ELDER), 90), key="used")
    world.hold((granted(ELDER), 10), key="open", expires_at=MARCH + timedelta(days=90))
    freed = world.hold((granted(ELDER), 5), key="freed")
    world.do(lambda session: release(session, BOOK, [freed], world.stamp))
    world.do(lambda session: session.add(_valuation(world.now)))
    legs = ((granted(ELDER), -62), (POOL, -18), (earned(PROVIDER), 80))
    world.pay(*legs, key="visit", captures=(used,), valuation_id=VALUATION, acting_for_id=ELDER)
    wrong = world.pay((POOL, -30), (received(OTHER), 30), key="wrong")
    world.do(
        lambda session: reverse(
            session,
            BOOK,
            wrong,
            key="back",
            reason="wrong_person",
            stamp=world.stamp,
            effective_at=world.now,
        )
    )
    world.do(lambda session: _note(session, wrong, world.now))


def _march(world: World) -> None:
    world.pay((POOL, -11), (earned(OTHER), 11), key="late")
    world.pay((earned(PROVIDER), -20), (received(ELDER), 20), key="gift", kind="gift")


def _publish(world: World, key: SigningKey, day: date) -> None:
    world.do(lambda session: publish(session, key, day, world.now))
    with world.ledger.read() as session:
        found = newest_list(session)
        assert found is not None
        content = found.content
    for witness in WITNESSES:
        signature = witness.sign(witness_message(content))
        world.do(
            lambda session, one=witness, signed=signature: countersign(
                session, day, one.key_id, signed, world.now
            )
        )


def _valuation(now: datetime) -> ValuationRecord:
    return ValuationRecord(
        book=BOOK,
        id=VALUATION,
        visit_id=VISIT,
        rule_set_version="CN-TB-1",
        rule_set_hash="0" * 64,
        calendar_version="2026-1",
        content={"service": "A04", "bands": [[60, 100], [20, 150]], "words": "时长"},
        credited_minutes=80,
        earn_minutes=80,
        elder_minutes=62,
        pool_minutes=18,
        created_at=now,
    )


def _note(session: Session, transfer_id: UUID, now: datetime) -> None:
    note = {"id": NOTE, "transfer_id": transfer_id, "text_hash": "a" * 64}
    session.add(TransferNote(book=BOOK, actor_id=CLERK, at=now, **note))
    session.flush()
    session.add(Unsealed(book=BOOK, transfer_id=transfer_id, note_id=NOTE))


# what an export says, and whether it holds


def write(
    ledger: Ledger, form: Format, path: Path, period: Period | None = None, book: str = ""
) -> Path:
    """One file of the whole ledger, of a period or of a book."""
    with ledger.read() as session:
        snapshot(session)
        wanted = [each for each in books(session) if book in ("", each)]
        sources = [Source(session, each, period or Period()) for each in wanted]
        path.write_text("".join(form(sources, lambda _: None)), encoding="utf-8", newline="")
    return path


def balances(ledger: Ledger, until: datetime | None = None) -> dict[tuple[str, str, UUID], int]:
    """(book, kind, account) -> minutes, added up by hand from the entries."""
    found: dict[tuple[str, str, UUID], int] = {}
    with ledger.read() as session:
        for account in session.scalars(sa.select(Account)):
            found[account.book, account.kind.value, account.id] = 0
        rows = session.execute(
            sa.select(Entry, Transfer.posted_at, Account.kind)
            .join(Transfer, sa.and_(Transfer.book == Entry.book, Transfer.id == Entry.transfer_id))
            .join(Account, sa.and_(Account.book == Entry.book, Account.id == Entry.account_id))
        )
        for entry, posted_at, kind in rows:
            if until is None or posted_at < until:
                found[entry.book, kind.value, entry.account_id] += entry.amount_minutes
    return found


Lines = list[dict[str, Any]]


def read_lines(path: Path) -> Lines:
    """The lines of a full export without its last."""
    *rows, end = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    assert end["kind"] == "end"
    return rows


def write_lines(path: Path, rows: Lines) -> Path:
    """Lines as an export has them, closed as a forger would close them."""
    text = "".join(f"{canonical_json(row)}\n" for row in rows)
    digest = hashlib.sha256(text.encode()).hexdigest()
    end = canonical_json({"kind": "end", "lines": len(rows), "sha256": digest})
    path.write_text(f"{text}{end}\n", encoding="utf-8", newline="")
    return path


def full(ledger: Ledger, path: Path) -> Path:
    """The full export of everything."""
    return write(ledger, jsonl.lines, path)


def verdict(path: Path) -> tuple[bool, list[str]]:
    """What the offline check says of a file."""
    said: list[str] = []
    return export.check(path, said.append), said


def line_of(rows: Lines, transfer_key: str) -> int:
    """Where the transfer with this key stands, from 0."""
    wanted = str(derived("transfer", BOOK, transfer_key))
    return next(
        place
        for place, row in enumerate(rows)
        if row["kind"] == "transfer" and row["transfer"]["id"] == wanted
    )
