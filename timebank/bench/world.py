"""The ledger that is measured: a book with many members, and two with a hot account."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import count
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Balance, ValuationRecord
from models.oversight import IssueAuthorisation
from models.places import Book
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.ids import derived
from services.ledger.accounts import account_id, open_account
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.expiry import WIDE
from services.ledger.post import post, transfer_id_of
from services.ledger.rows import insert_columns
from services.ledger.seals import keys, sealer
from services.ledger.seals.signing import SigningKey
from services.policy import SYSTEM
from services.vault import Vault
from timebank.uow import UnitOfWork, make_engine

NOW = datetime(2026, 3, 10, tzinfo=UTC)
STAMP = Stamp(NOW, UUID(int=1))
#: A book whose members pay one another, one whose pool is one row, one whose pool is spread.
RANDOM, HOT, SLOTS = "bench", "bench-hot", "bench-slots"
BOOKS = (RANDOM, HOT, SLOTS)
MEMBERS = 4_000
PLENTY = 1_000_000
POOL_SLOTS = 8


def member(number: int) -> UUID:
    """The account of a member, by a number that a script of pgbench can write as well."""
    return UUID(int=number + 1)


def pool(book: str) -> UUID:
    """The account that everybody draws on in a hot book."""
    return account_id(book, AccountKind.POOL)


def build(url: str) -> None:
    """Fill an empty, migrated database: every account has plenty."""
    work = UnitOfWork(make_engine(url))
    for book in BOOKS:
        work.run(partial(open_book, book=book))
    # A key that everybody knows, for a ledger that is thrown away.
    first = SigningKey(bytes(32))
    work.run(lambda session: keys.introduce_operator(session, first, "bench", NOW))
    work.engine.dispose()


def open_book(session: Session, book: str, members: int = MEMBERS) -> None:
    """A book with its pool and so many members, each of whom has plenty."""
    session.add(Book(book=book, region_code="000000000000", opened_at=NOW))
    session.flush()
    issue = open_account(session, book, AccountKind.ISSUE, now=NOW, floor_minutes=None)
    slots = POOL_SLOTS if book == SLOTS else 1
    open_account(session, book, AccountKind.POOL, now=NOW, slots=slots)
    ids = [member(number) for number in range(members)]
    rows = len(ids)
    insert_columns(
        session,
        Account,
        {
            "book": [book] * rows,
            "id": ids,
            "kind": [AccountKind.RECEIVED.value] * rows,
            "owner_id": ids,
            "period": [""] * rows,
            "floor_minutes": [0] * rows,
            "slots": [1] * rows,
            "opened_at": [NOW] * rows,
        },
    )
    insert_columns(
        session,
        Balance,
        {
            "book": [book] * rows,
            "account_id": ids,
            "slot": [0] * rows,
            "posted_minutes": [0] * rows,
            "held_minutes": [0] * rows,
            "floor_minutes": [0] * rows,
            "version": [0] * rows,
        },
    )
    _fill(session, book, issue, ids)


def _fill(session: Session, book: str, issue: UUID, ids: list[UUID]) -> None:
    """Minutes enter by an authorisation, as everywhere, and go from the pool to the members."""
    amount = PLENTY * (len(ids) + 1)
    authorisation = IssueAuthorisation(
        book=book,
        id=derived("authorisation", book),
        amount_minutes=amount,
        backing="bench",
        proposed_by_id=UUID(int=1),
        proposed_at=NOW,
        signed_by_id=UUID(int=2),
        signed_at=NOW,
    )
    legs = Leg(issue, -amount), Leg(pool(book), amount)
    entering = Draft(book, "issue", f"authorisation:{authorisation.id}", legs, NOW)
    authorisation.transfer_id = transfer_id_of(entering)
    session.add(authorisation)
    # All rows of the pool are locked: the first payment out of a dry one levels them.
    session.info[WIDE] = True
    fills = [
        Draft(book, "bench", f"fill {key}", (Leg(pool(book), -PLENTY), Leg(key, PLENTY)), NOW)
        for key in ids
    ]
    post(session, [entering, *fills], STAMP)


def drafts(book: str, seed: int, members: int = MEMBERS) -> Iterator[Draft]:
    """Transfers without end: between two random members, or from the pool to a random one."""
    choose = random.Random(seed)  # noqa: S311 - which member pays is no secret
    for number in count():
        is_hot = book in (HOT, SLOTS)
        source = pool(book) if is_hot else member(choose.randrange(members // 2))
        target = member(choose.randrange(members // 2, members))
        # A source has enough for hours of this, whatever the machine.
        yield Draft(book, "bench", f"{uuid4()}:{number}", (Leg(source, -1), Leg(target, 1)), NOW)


def core(book: str, number: int = 1) -> Callable[[str, int], Callable[[], int]]:
    """The bare posting core from Python: so many transfers in one unit of work."""
    return _Core(book, number)


class _Core:
    """Picklable, so that it can be sent to a client process."""

    def __init__(self, book: str, number: int) -> None:
        self._book, self._number = book, number

    def __call__(self, url: str, place: int) -> Callable[[], int]:
        work = UnitOfWork(make_engine(url))
        wanted = drafts(self._book, place)

        def post_some() -> int:
            some = [next(wanted) for _ in range(self._number)]
            work.run(lambda session: post(session, some, STAMP))
            return self._number

        return post_some


def service(url: str, place: int) -> Callable[[], int]:
    """A service credited in the random book; see :func:`service_in`."""
    return service_in(RANDOM)(url, place)


def service_in(book: str, members: int = MEMBERS) -> Callable[[str, int], Callable[[], int]]:
    """A service credited as the product does it, its valuation given.

    The client's key claimed, the policy asked, the valuation stored, both sides told, the act
    audited, the minutes posted: one unit of work.
    """

    def make(url: str, place: int) -> Callable[[], int]:
        work = UnitOfWork(make_engine(url))
        wanted = drafts(book, 1000 + place, members)
        vault = Vault(data_key=bytes(32), index_key=bytes(32))

        def credit() -> int:
            draft = next(wanted)

            def act(session: Session) -> None:
                ctx = Context(session, SYSTEM, NOW, vault, key=draft.key)
                once(ctx, book, "bench.credit", {"key": draft.key}, lambda: _credit(ctx, draft))

            work.run(act)
            return 1

        return credit

    return make


def seal(url: str, _place: int) -> Callable[[], int]:
    """Seal whatever waits in the random book, a block at a time; counts the leaves."""
    work = UnitOfWork(make_engine(url))
    key = SigningKey(bytes(32))

    def one_block() -> int:
        # The product's job comes every half minute; more often than this would only add blocks.
        time.sleep(0.5)
        with work.read() as session:
            block = sealer.prepare(session, RANDOM, key, NOW)
        if block is None:
            return 0
        work.run(lambda session: sealer.write(session, block))
        return len(block.leaves)

    return one_block


def _credit(ctx: Context, draft: Draft) -> dict[str, str]:
    policy.require(ctx.actor, "jobs.run")
    visit = derived("visit", draft.key)
    of_visit = derived("valuation", draft.book, visit)
    ctx.session.add(valuation(draft.book, of_visit, visit))
    payer, earner = (leg.account_id for leg in draft.legs)
    outbox.tell(ctx, draft.book, earner, "{earn_minutes}", earn_minutes=1)
    outbox.tell(ctx, draft.book, payer, "{elder_minutes}", elder_minutes=1)
    audit.record(ctx, "visit.credit", "visit", visit, book=draft.book, after={"earn_minutes": 1})
    given = Draft(draft.book, "service", draft.key, draft.legs, NOW, valuation_id=of_visit)
    ctx.session.flush()
    post(ctx.session, [given], Stamp(ctx.now, ctx.actor.id))
    return {"transfer_id": str(transfer_id_of(given))}


def valuation(book: str, key: UUID, visit: UUID) -> ValuationRecord:
    """A valuation as a service stores it."""
    return ValuationRecord(
        book=book,
        id=key,
        visit_id=visit,
        rule_set_version="bench",
        rule_set_hash="0" * 64,
        calendar_version="bench",
        content={"factors": [100, 100, 100, 100], "actual_minutes": 60},
        credited_minutes=1,
        earn_minutes=1,
        elder_minutes=1,
        pool_minutes=0,
        created_at=NOW,
    )


def script(book: str) -> str:
    """One call of the posting function, as a script of pgbench."""
    half = MEMBERS // 2
    source = (
        "lpad(to_hex(:source::bigint), 32, '0')::uuid"
        if book == RANDOM
        else f"'{pool(book)}'::uuid"
    )
    return f"""\\set source random(1, {half})
\\set target random({half + 1}, {MEMBERS})
\\set key random(1, 9000000000000000000)
SELECT code FROM timebank_post('{book}', lpad(to_hex(:key::bigint), 32, '0')::uuid, 'bench',
  to_hex(:key::bigint), '{"0" * 64}', :key::bigint % 65536, '{NOW}', '{NOW}', '{STAMP.actor_id}',
  NULL, '', NULL, NULL, NULL, ARRAY[{source}, lpad(to_hex(:target::bigint), 32, '0')::uuid],
  ARRAY[-1, 1]::bigint[], NULL, NULL);
"""  # noqa: S608 - names and numbers of this file


def settle(url: str) -> None:
    """Let PostgreSQL know how large the tables have become."""
    engine = make_engine(url)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))
    engine.dispose()
