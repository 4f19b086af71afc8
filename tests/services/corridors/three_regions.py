"""Three regions under load: acts across books, each known beforehand, and what must come of them.

The control moves the same minutes as a product without clearing would: both balances directly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.corridors import ClaimState, CrossClaim, Exposure
from models.ledger import AccountKind, Balance, Entry, Transfer
from services.acts import once
from services.context import Context
from services.corridors.claiming import ALL, claim, free
from services.corridors.crossing import post_across
from services.ids import derived
from services.ledger.accounts import account_id, open_member_accounts
from services.ledger.clearing import Crossing, clearing_account, gives, takes
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.ledger.streams import snapshot
from services.ledger.verify.whole import Tally, verify_book
from services.policy import SYSTEM
from services.vault import Vault
from tests.country import FAR, ONE, TWO, join_all
from tests.factories import NOW
from tests.services.ledger.faults.writers import keep_acting
from timebank.uow import UnitOfWork

REGIONS = (ONE, TWO, FAR)
#: The acts of a round, in order; every one of them is one unit of work.
ROUND = ("pay", "claim", "use", "claim", "free")
#: What each elder has at the beginning: more than any run spends.
PLENTY = 1_000_000
VAULT = Vault(data_key=b"d" * 32, index_key=b"i" * 32)


@dataclass(frozen=True)
class Act:
    """Who pays whom how much, or claims it; always the same for a writer and a turn."""

    key: str
    what: str
    payer: str
    payee: str
    minutes: int
    #: What is claimed for: the turn that claims, also for the turn that uses or frees it.
    subject: UUID

    @property
    def marks(self) -> frozenset[str]:
        """What it leaves in the tables: all of it is there, or nothing."""
        if self.what in ("pay", "use"):
            both = {f"transfer {book} {self.key}" for book in (self.payer, self.payee)}
            return frozenset(both | {f"used {self.subject}"})
        return frozenset({f"{'freed' if self.what == 'free' else 'claimed'} {self.subject}"})


def act(writer: int, turn: int) -> Act:
    """The act of a writer at a turn."""
    what = ROUND[turn % len(ROUND)]
    begun = turn - 1 if what in ("use", "free") else turn
    random = Random(f"{writer}:{begun}")
    payer, payee = random.sample(REGIONS, 2)
    subject = derived("subject", writer, begun)
    return Act(f"w{writer}:{turn}", what, payer, payee, random.randint(1, 9), subject)


def elder(book: str) -> UUID:
    """Who pays in a region."""
    return account_id(book, AccountKind.EARNED, derived("elder", book))


def provider(book: str) -> UUID:
    """Who is paid in a region."""
    return account_id(book, AccountKind.RECEIVED, derived("provider", book))


def work_of(one: Act) -> Callable[[Session], object]:
    """The act as a unit of work, once for its key."""

    def work(session: Session) -> object:
        ctx = Context(session=session, actor=SYSTEM, now=NOW, vault=VAULT, key=one.key)
        told = {"key": one.key}
        return once(ctx, one.payer, "test", told, lambda: _do(ctx, one))

    return work


def _do(ctx: Context, one: Act) -> dict[str, str]:
    if one.what == "free":
        free(ctx, one.payer, one.subject)
    if one.what in ("pay", "claim"):
        claim(
            ctx,
            one.payer,
            one.payee,
            one.minutes,
            purpose="test",
            subject_id=one.subject,
            at_once=one.what == "pay",
        )
    if one.what in ("pay", "use"):
        post_across(
            ctx,
            _halves(one),
            [Crossing(one.payer, one.payee, one.minutes)],
            payer_book=one.payer,
            key=one.key,
            subjects=[(one.payer, one.subject)],
        )
    return {"key": one.key}


def _halves(one: Act) -> list[Draft]:
    paid = (Leg(elder(one.payer), -one.minutes), gives(one.payer, one.payee, one.minutes))
    got = (takes(one.payee, one.payer, one.minutes), Leg(provider(one.payee), one.minutes))
    return [
        Draft(book, "test", one.key, legs, NOW)
        for book, legs in ((one.payer, paid), (one.payee, got))
    ]


def without_clearing(one: Act) -> Callable[[Session], object]:
    """The control: what the payer has less, the payee has more, and that is all."""

    def work(session: Session) -> object:
        ctx = Context(session=session, actor=SYSTEM, now=NOW, vault=VAULT, key=one.key)
        return once(ctx, one.payer, "test", {"key": one.key}, lambda: _move(session, one))

    return work


def _move(session: Session, one: Act) -> dict[str, str]:
    changes = [
        (one.payer, elder(one.payer), -one.minutes),
        (one.payee, provider(one.payee), one.minutes),
    ]
    for book, account, minutes in sorted(changes):
        session.execute(
            sa.update(Balance)
            .where(Balance.book == book, Balance.account_id == account)
            .values(posted_minutes=Balance.posted_minutes + minutes)
        )
    return {"key": one.key}


def write_across(url: str, log: str, writer: int, turn: int) -> None:
    """A writer of the product."""
    keep_acting(url, log, turn, lambda at: work_of(act(writer, at)))


def write_directly(url: str, log: str, writer: int, turn: int) -> None:
    """A writer of the control."""
    keep_acting(url, log, turn, lambda at: without_clearing(act(writer, at)))


def found(uow: UnitOfWork) -> None:
    """The regions with their corridors, and in each an elder with plenty and a provider."""

    def work(session: Session) -> None:
        join_all(session, *REGIONS)
        for book in REGIONS:
            for name in ("elder", "provider"):
                open_member_accounts(
                    session, book, derived(name, book), now=NOW, ceiling_minutes=PLENTY
                )
            issue = account_id(book, AccountKind.ISSUE)
            legs = (Leg(issue, -PLENTY), Leg(elder(book), PLENTY))
            post(session, [Draft(book, "import", "endow", legs, NOW)], Stamp(NOW, SYSTEM.id))

    uow.run(work)


@contextmanager
def one_view(uow: UnitOfWork) -> Iterator[Session]:
    """A session that sees one state of the database."""
    with uow.read() as session:
        snapshot(session)
        yield session


def look(uow: UnitOfWork) -> int:
    """Read each region by itself, as its auditor would; returns how many entries were there.

    Every book is in balance at every moment, by its balances and by its entries.
    """
    entries = 0
    for book in REGIONS:
        with one_view(uow) as session:
            kept = sa.select(sa.func.sum(Balance.posted_minutes)).where(Balance.book == book)
            posted = sa.select(sa.func.sum(Entry.amount_minutes), sa.func.count()).where(
                Entry.book == book
            )
            assert session.scalar(kept) == 0, f"{book} is out of balance"
            sum_, count = session.execute(posted).one()
            assert sum_ == 0, f"the entries of {book} are out of balance"
            entries += count
    return entries


def marks_in(session: Session) -> set[str]:
    """What the acts left in the tables."""
    transfers = session.execute(
        sa.select(Transfer.book, Transfer.idem_key).execution_options(cross_book=True)
    )
    marks = {f"transfer {row.book} {row.idem_key}" for row in transfers if row.idem_key != "endow"}
    claims = session.execute(
        sa.select(CrossClaim.subject_id, CrossClaim.state).execution_options(cross_book=True)
    )
    for row in claims:
        marks.add(f"claimed {row.subject_id}")
        if row.state is not ClaimState.OPEN:
            marks.add(f"{row.state} {row.subject_id}")
    return marks


def assert_whole(uow: UnitOfWork, acknowledged: Mapping[int, int]) -> None:
    """Every acknowledged act is there; the one under way is there whole, or not at all."""
    with one_view(uow) as session:
        left = marks_in(session)
    known: set[str] = set()
    for writer, count in acknowledged.items():
        for turn in range(count):
            lost = act(writer, turn).marks - left
            assert not lost, f"acknowledged and lost: {sorted(lost)}"
            known |= _with_claim(act(writer, turn))
        unknown = act(writer, count).marks
        there = unknown & left
        assert there in (set(), unknown), f"half done: {sorted(there)} of {sorted(unknown)}"
        known |= _with_claim(act(writer, count))
    assert left <= known, f"out of nowhere: {sorted(left - known)}"


def _with_claim(one: Act) -> set[str]:
    return {*one.marks, f"claimed {one.subject}"}


def assert_exactly(uow: UnitOfWork, done: Mapping[int, int]) -> None:
    """So many acts of each writer, each once: balances, mirrors, positions, claims and books."""
    acts = [act(writer, turn) for writer, count in done.items() for turn in range(count)]
    paid: Counter[tuple[str, str]] = Counter()
    open_claims: Counter[tuple[str, str]] = Counter()
    for one in acts:
        pair = one.payer, one.payee
        if one.what in ("pay", "use"):
            paid[pair] += one.minutes
        if one.what != "pay":
            open_claims[pair] += one.minutes if one.what == "claim" else -one.minutes
    with one_view(uow) as session:
        for book in REGIONS:
            others = [each for each in REGIONS if each != book]
            out, back = sum(paid[book, o] for o in others), sum(paid[o, book] for o in others)
            assert _posted(session, book, elder(book)) == PLENTY - out
            assert _posted(session, book, provider(book)) == back
            for other in others:
                owed = paid[book, other] - paid[other, book]
                assert _posted(session, book, clearing_account(book, other)) == owed
                assert _exposure(session, book, other) == (owed, open_claims[book, other])
            claimed = sum(open_claims[book, other] for other in others)
            assert _exposure(session, book, ALL) == (out - back, claimed)
            assert list(verify_book(session, book, Tally())) == []


def _posted(session: Session, book: str, account: UUID) -> int:
    total = session.scalar(
        sa.select(sa.func.sum(Balance.posted_minutes)).where(
            Balance.book == book, Balance.account_id == account
        )
    )
    return int(total or 0)


def _exposure(session: Session, book: str, counter: str) -> tuple[int, int]:
    row = session.get_one(Exposure, (book, counter))
    return row.debit_minutes, row.claimed_minutes
