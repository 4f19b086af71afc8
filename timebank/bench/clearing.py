"""Transfers between regions beside transfers within one, turn by turn in one run.

Within a region one transfer moves two balances. Between regions two halves move four, the caps are
claimed and both regions' positions change, all in one transaction; the whole service on top of it
stores the valuation in both books.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from models.corridors import Corridor, CorridorMode, NetDebitCap, Phase
from models.reserve import FundRecord
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.corridors.claiming import claim
from services.corridors.crossing import post_across
from services.ids import derived
from services.ledger.clearing import Crossing, gives, link_of, open_clearing, post_linked, takes
from services.ledger.drafts import Draft, Leg
from services.ledger.post import post
from services.policy import NATION, SYSTEM
from services.vault import Vault
from timebank.bench import world
from timebank.bench.clients import Clients, MakeWork
from timebank.bench.ledger import Case
from timebank.bench.world import NOW, STAMP, member
from timebank.uow import UnitOfWork, make_engine

#: Eight counties of different provinces.
BOOKS = tuple(f"{province}0101000000" for province in (11, 12, 31, 35, 42, 44, 50, 51))
MEMBERS = 500
SINCE = date(2026, 1, 1)
CAP_MINUTES = 10**12


def build(url: str) -> None:
    """Fill an empty, migrated database with regions that all recognise each other."""
    work = UnitOfWork(make_engine(url))
    for book in BOOKS:
        work.run(partial(_found, book=book))
    work.run(_agree)
    work.engine.dispose()


def _found(session: Session, book: str) -> None:
    world.open_book(session, book, MEMBERS)
    fund = FundRecord(
        book=book,
        id=uuid4(),
        on_day=SINCE,
        fund_fen=10**12,
        document="bench",
        recorded_by_id=SYSTEM.id,
        recorded_at=NOW,
        signed_by_id=SYSTEM.id,
        signed_at=NOW,
    )
    cap = NetDebitCap(
        book=book,
        id=uuid4(),
        cap_minutes=CAP_MINUTES,
        valid_from=SINCE,
        document="bench",
        set_by_id=SYSTEM.id,
        set_at=NOW,
    )
    session.add_all((fund, cap))


def _agree(session: Session) -> None:
    session.add(
        Corridor(
            id=uuid4(),
            one_code=NATION,
            other_code=NATION,
            phase=Phase.NATION,
            mode=CorridorMode.BOTH,
            pair_cap_minutes=CAP_MINUTES,
            valid_from=SINCE,
            document="bench",
            proposed_by_id=SYSTEM.id,
            proposed_at=NOW,
            signed_by_id=SYSTEM.id,
            signed_at=NOW,
        )
    )
    for place, one in enumerate(BOOKS):
        for other in BOOKS[place + 1 :]:
            open_clearing(session, one, other, now=NOW)


def _pairs(seed: int) -> Iterator[tuple[str, str, UUID, UUID]]:
    """Who pays and who is paid, and in which two regions, without end."""
    choose = random.Random(seed)  # noqa: S311 - who pays is no secret
    while True:
        payer, payee = choose.sample(BOOKS, 2)
        source = member(choose.randrange(MEMBERS // 2))
        yield payer, payee, source, member(choose.randrange(MEMBERS // 2, MEMBERS))


def _halves(
    payer: str, payee: str, legs: tuple[Leg, Leg], key: str, kind: str, valuation: UUID | None
) -> list[Draft]:
    paid, got = legs
    return [
        Draft(payer, kind, key, (paid, gives(payer, payee, 1)), NOW, valuation_id=valuation),
        Draft(payee, kind, key, (takes(payee, payer, 1), got), NOW, valuation_id=valuation),
    ]


def same(url: str, place: int) -> Callable[[], int]:
    """One transfer within a random region."""
    work, wanted = UnitOfWork(make_engine(url)), _pairs(place)

    def act() -> int:
        payer, _, source, target = next(wanted)
        draft = Draft(payer, "bench", str(uuid4()), (Leg(source, -1), Leg(target, 1)), NOW)
        work.run(lambda session: post(session, [draft], STAMP))
        return 1

    return act


def across(url: str, place: int) -> Callable[[], int]:
    """Two linked transfers between two random regions."""
    work, wanted = UnitOfWork(make_engine(url)), _pairs(place)

    def act() -> int:
        payer, payee, source, target = next(wanted)
        key = str(uuid4())
        drafts = _halves(payer, payee, (Leg(source, -1), Leg(target, 1)), key, "bench", None)
        link, crossings = link_of(payer, key), [Crossing(payer, payee, 1)]
        work.run(lambda session: post_linked(session, drafts, crossings, link, STAMP))
        return 1

    return act


def across_service(url: str, place: int) -> Callable[[], int]:
    """A service between regions as the product credits it, its claim on the caps included.

    What ``world.service`` does within one book, and beside it: the corridor looked up, the caps
    claimed and used, both positions moved, the valuation stored in both books.
    """
    work, wanted = UnitOfWork(make_engine(url)), _pairs(1000 + place)
    vault = Vault(data_key=bytes(32), index_key=bytes(32))

    def act() -> int:
        payer, payee, source, target = next(wanted)
        key, legs = str(uuid4()), (Leg(source, -1), Leg(target, 1))

        def credit(session: Session) -> None:
            ctx = Context(session, SYSTEM, NOW, vault, key=key)
            once(
                ctx,
                payer,
                "bench.credit",
                {"key": key},
                lambda: _credit(ctx, payer, payee, legs),
            )

        work.run(credit)
        return 1

    return act


def _credit(ctx: Context, payer: str, payee: str, legs: tuple[Leg, Leg]) -> dict[str, str]:
    policy.require(ctx.actor, "jobs.run")
    assert ctx.key is not None
    visit = derived("visit", ctx.key)
    claim(ctx, payer, payee, 1, purpose="bench", subject_id=visit, at_once=True)
    valuation = derived("valuation", payer, visit)
    ctx.session.add_all(world.valuation(book, valuation, visit) for book in (payer, payee))
    outbox.tell(ctx, payee, legs[1].account_id, "{earn_minutes}", earn_minutes=1)
    outbox.tell(ctx, payer, legs[0].account_id, "{elder_minutes}", elder_minutes=1)
    audit.record(ctx, "visit.credit", "visit", visit, book=payer, after={"earn_minutes": 1})
    drafts = _halves(payer, payee, legs, ctx.key, "service", valuation)
    ctx.session.flush()
    post_across(
        ctx,
        drafts,
        [Crossing(payer, payee, 1)],
        payer_book=payer,
        key=ctx.key,
        subjects=[(payer, visit)],
    )
    return {"visit_id": str(visit)}


def same_service(url: str, place: int) -> Callable[[], int]:
    """A service within one region as the product credits it."""
    return world.service_in(BOOKS[place % len(BOOKS)], MEMBERS)(url, place)


WORKS: dict[str, MakeWork] = {
    "same": same,
    "across": across,
    "same service": same_service,
    "across service": across_service,
}
#: What each is compared with, beside the baseline itself.
BASELINES = {"across": "same", "across service": "same service"}


def cases(clients: Clients, number: int) -> list[Case]:
    """All works with so many clients at once, each against its like within a region."""

    def case(name: str) -> Case:
        versus = (BASELINES[name], number) if name in BASELINES else None
        return Case(name, number, lambda seconds: clients.run(name, number, seconds), versus)

    return [case(name) for name in WORKS]
