"""Any acts in any order, on a book of their own: the ledger and the model never differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID

import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from models.ledger import AccountKind, Balance, Transfer
from models.places import Book
from services.errors import DomainError, KeyReused
from services.ids import derived
from services.ledger.accounts import (
    account_id,
    open_account,
    open_book_accounts,
    open_member_accounts,
    pool_of,
    spread_account,
)
from services.ledger.drafts import Draft, HoldDraft, Leg, Posted, Stamp
from services.ledger.expiry import expire_due, run_out_minutes
from services.ledger.holds import hold, release
from services.ledger.post import post, post_each
from services.ledger.reverse import reverse
from services.ledger.streams import snapshot
from services.ledger.verify.whole import Tally, verify_book
from tests.services.ledger.faults.model import Model, Refused
from tests.services.ledger.kit import CEILING, CLERK, NOW, Ledger

#: Few and always the same ones: enough to meet every act in many states, within seconds.
BOUNDED = settings(
    max_examples=20,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
NUMBERS = count(1)
MINUTES = st.integers(1, 250)
PICK = st.integers(0, 10**6)
SOME = st.lists(st.tuples(PICK, PICK, MINUTES), min_size=2, max_size=6)


def refusal_of(error: DomainError) -> tuple[Any, ...]:
    """What a refusal says, as the model says it."""
    about = error.params.get("account_id")
    minutes = error.params.get("shortfall_minutes", error.params.get("excess_minutes"))
    return error.code, about and UUID(str(about)), minutes


def newest(asked: dict[str, tuple[Any, Any]], pick: int) -> tuple[Any, Any]:
    """Something that was asked before: the newest of all, or an older one."""
    return list(asked.values())[-1 - pick % len(asked)]


class Acts(RuleBasedStateMachine):
    """Every rule is one act, asked of both."""

    ledger: Ledger

    @initialize()
    def begin(self) -> None:
        self.book = f"33{next(NUMBERS):010d}"
        self.now = NOW
        self.model = Model()
        self.members = 0
        self.names = count(1)
        #: What was asked and answered, by key, in order.
        self.paid: dict[str, tuple[Draft, Posted]] = {}
        self.held: dict[str, tuple[HoldDraft, UUID]] = {}
        self.reversed: set[UUID] = set()
        self.pool, self.issue = pool_of(self.book), account_id(self.book, AccountKind.ISSUE)
        self.run(self._open_book)
        self.model.posted = {self.issue: 0, self.pool: 0}
        self.model.floors = {self.pool: 0}
        for _ in range(2):
            self.open_accounts()
        given = dict.fromkeys(self.model.posted, 300)
        self.pay({**given, self.issue: -300 * (len(given) - 1)})

    def _open_book(self, session: Session) -> None:
        session.add(Book(book=self.book, region_code=self.book, opened_at=NOW))
        session.flush()
        open_book_accounts(session, self.book, now=NOW)

    def run(self, work: Callable[[Session], Any]) -> Any:
        return self.ledger.run(work)

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.now, CLERK)

    @contextmanager
    def same(self) -> Iterator[list[DomainError]]:
        """The block asks the ledger and then the model: both refuse, in the same words, or none."""
        answers: list[DomainError] = []
        refused: list[tuple[Any, ...]] = []
        try:
            yield answers
        except Refused as refusal:
            refused.append(refusal.args)
        assert [refusal_of(answer) for answer in answers] == refused

    def ask(self, answers: list[DomainError], work: Callable[[Session], Any]) -> Any:
        try:
            return self.run(work)
        except DomainError as refusal:
            answers.append(refusal)
            return None

    def account(self, pick: int) -> UUID:
        """One of the accounts that are open by now."""
        return list(self.model.posted)[pick % len(self.model.posted)]

    def draft(self, legs: dict[UUID, int], **fields: Any) -> Draft:
        made = tuple(Leg(account, minutes) for account, minutes in legs.items())
        return Draft(self.book, "test", f"k{next(self.names)}", made, self.now, **fields)

    @rule()
    @precondition(lambda self: self.members < 4)
    def open_accounts(self) -> None:
        self.members += 1
        member = derived("member", self.book, self.members)
        self.run(
            lambda session: open_member_accounts(
                session, self.book, member, now=self.now, ceiling_minutes=CEILING
            )
        )
        earned, received = (
            account_id(self.book, kind, member)
            for kind in (AccountKind.EARNED, AccountKind.RECEIVED)
        )
        self.model.posted |= {earned: 0, received: 0}
        self.model.floors |= {earned: 0, received: 0}
        self.model.ceilings |= {earned: CEILING}

    @rule(slots=st.integers(2, 6))
    def open_spread_account(self, slots: int) -> None:
        """An account that several rows share from the start; opening it again changes nothing."""
        fields = {"now": self.now, "owner_id": derived("member", self.book, 0), "slots": slots}
        key = self.run(
            lambda session: open_account(session, self.book, AccountKind.RECEIVED, **fields)
        )
        self.model.posted.setdefault(key, 0)
        self.model.floors[key] = 0

    @rule(pick=PICK, slots=st.integers(2, 12))
    def spread(self, pick: int, slots: int) -> None:
        account = self.account(pick)
        if account not in self.model.ceilings:
            self.run(lambda session: spread_account(session, self.book, account, slots, self.stamp))

    @rule(pick=PICK, minutes=MINUTES)
    def issue_minutes(self, pick: int, minutes: int) -> None:
        if self.account(pick) != self.issue:
            self.pay({self.issue: -minutes, self.account(pick): minutes})

    @rule(source=PICK, takers=st.lists(st.tuples(PICK, MINUTES), min_size=1, max_size=4))
    def pay_several(self, source: int, takers: list[tuple[int, int]]) -> None:
        self.pay(self.legs(self.account(source), takers))

    def legs(self, payer: UUID, targets: list[tuple[int, int]]) -> dict[UUID, int]:
        paid = {self.account(pick): minutes for pick, minutes in targets}
        paid.pop(payer, None)
        return {payer: -sum(paid.values()), **paid} if paid else {}

    def pay(self, legs: dict[UUID, int], captures: tuple[UUID, ...] = ()) -> None:
        if not legs:
            return
        draft = self.draft(legs, captures=captures)
        with self.same() as answers:
            posted = self.ask(answers, lambda session: post(session, [draft], self.stamp))
            self.model.pay(legs, captures)
            assert posted is not None, answers
            self.paid[draft.key] = draft, posted[0]

    @rule(lines=SOME)
    def post_a_batch(self, lines: list[tuple[int, int, int]]) -> None:
        """Each line has its own answer, later ones see earlier ones, and the first one repeats."""
        wanted = [self.legs(self.account(a), [(b, minutes)]) for a, b, minutes in lines]
        drafts = [self.draft(legs) for legs in wanted if legs]
        drafts += drafts[:1]
        answers = self.run(lambda session: post_each(session, drafts, self.stamp))
        for draft, answer in zip(drafts, answers, strict=True):
            legs = {leg.account_id: leg.amount_minutes for leg in draft.legs}
            if draft.key in self.paid:
                assert answer == replace(self.paid[draft.key][1], repeated=True)
                continue
            with self.same() as told:
                told.extend([answer] if isinstance(answer, DomainError) else [])
                self.model.pay(legs)
                assert isinstance(answer, Posted), answer
                self.paid[draft.key] = draft, answer

    @rule(parts=st.lists(st.tuples(PICK, MINUTES), min_size=1, max_size=3), hours=PICK)
    def set_aside(self, parts: list[tuple[int, int]], hours: int) -> None:
        legs = {self.account(pick): minutes for pick, minutes in parts}
        ends = self.now + timedelta(hours=hours % 30) if hours % 3 and hours % 30 else None
        made = tuple(Leg(account, minutes) for account, minutes in legs.items())
        draft = HoldDraft(self.book, "test", CLERK, f"k{next(self.names)}", made, ends)
        with self.same() as answers:
            key = self.ask(answers, lambda session: hold(session, draft, self.stamp))
            self.model.hold(derived("hold", self.book, draft.key), legs, ends)
            self.held[draft.key] = draft, key

    @rule(pick=PICK, share=st.integers(1, 6), taker=PICK, fresh=st.booleans(), minutes=MINUTES)
    def capture(self, pick: int, share: int, taker: int, fresh: bool, minutes: int) -> None:
        """A part of it, all of it, and more than was held; a hold that has ended, too."""
        if fresh or not self.held:
            self.set_aside([(pick, minutes), (pick // 7, minutes)], pick)
        if not self.held:
            return
        draft, key = newest(self.held, 0 if fresh else pick)
        receiver = self.account(taker)
        taken = {leg.account_id: -(leg.amount_minutes * share // 4) for leg in draft.legs}
        taken = {key: minutes for key, minutes in taken.items() if minutes and key != receiver}
        if taken:
            self.pay({**taken, receiver: -sum(taken.values())}, (key,))

    @rule(pick=PICK)
    @precondition(lambda self: self.held)
    def give_back(self, pick: int) -> None:
        _, key = newest(self.held, pick)
        self.run(lambda session: release(session, self.book, [key], self.stamp))
        self.model.holds.pop(key, None)

    @rule(hours=st.integers(1, 12))
    def pass_time(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.model.pass_time(self.now)

    @rule()
    def end_what_has_run_out(self) -> None:
        self.run(lambda session: expire_due(session, self.book, self.stamp))

    @rule(pick=PICK)
    @precondition(lambda self: self.paid)
    def undo(self, pick: int) -> None:
        draft, posted = newest(self.paid, pick)
        key = f"k{next(self.names)}"
        told = {"key": key, "reason": "wrong_time", "stamp": self.stamp, "effective_at": self.now}
        with self.same() as answers:
            answer = self.ask(
                answers, lambda session: reverse(session, self.book, posted.transfer_id, **told)
            )
            if draft.reverses_id is not None:
                raise Refused("reversal_of_reversal")
            if posted.transfer_id in self.reversed:
                raise Refused("already_reversed")
            back = {leg.account_id: -leg.amount_minutes for leg in draft.legs}
            self.model.pay(back, gives_back=True)
            self.reversed.add(posted.transfer_id)
            undone = self.draft(back, reason="wrong_time", reverses_id=posted.transfer_id)
            self.paid[key] = replace(undone, kind="reversal", key=key), answer

    @rule(pick=PICK, is_hold=st.booleans())
    def ask_again(self, pick: int, is_hold: bool) -> None:
        """The same key with the same content: the first answer, whatever has happened since."""
        asked = self.held if is_hold else self.paid
        if not asked:
            return
        draft, answer = newest(asked, pick)
        if isinstance(draft, HoldDraft):
            assert self.run(lambda session: hold(session, draft, self.stamp)) == answer
        else:
            (again,) = self.run(lambda session: post(session, [draft], self.stamp))
            assert again == replace(answer, repeated=True)

    @rule(pick=PICK, is_hold=st.booleans())
    def use_a_key_for_something_else(self, pick: int, is_hold: bool) -> None:
        asked = self.held if is_hold else self.paid
        if not asked:
            return
        draft, _ = newest(asked, pick)
        legs = tuple(replace(leg, amount_minutes=leg.amount_minutes * 2) for leg in draft.legs)
        if isinstance(draft, HoldDraft):
            work = partial(hold, draft=replace(draft, legs=legs), stamp=self.stamp)
        else:
            other = replace(draft, legs=legs, reverses_id=None)
            work = partial(post, drafts=[other], stamp=self.stamp)
        with pytest.raises(KeyReused):
            self.run(work)

    @invariant()
    def balances_are_the_same(self) -> None:
        with self.ledger.read() as session:
            rows = session.execute(
                sa.select(
                    Balance.account_id,
                    sa.func.sum(Balance.posted_minutes),
                    sa.func.sum(Balance.held_minutes),
                )
                .where(Balance.book == self.book)
                .group_by(Balance.account_id)
            ).all()
            freed = run_out_minutes(session, self.book, self.model.posted, self.now)
        posted = {key: int(minutes) for key, minutes, _ in rows}
        available = {
            key: int(minutes) - int(held) + freed.get(key, 0) for key, minutes, held in rows
        }
        assert posted == self.model.posted
        assert available == {key: self.model.available(key) for key in self.model.posted}
        assert sum(posted.values()) == 0

    def teardown(self) -> None:
        with self.ledger.read() as session:
            snapshot(session)
            assert list(verify_book(session, self.book, Tally())) == []
            keys = session.scalars(
                sa.select(Transfer.idem_key).where(Transfer.book == self.book)
            ).all()
        assert sorted(keys) == sorted(self.paid)


def test_the_ledger_does_what_the_model_does(ledger: Ledger) -> None:
    machine = type("Acts", (Acts,), {"ledger": ledger})
    run_state_machine_as_test(machine, settings=BOUNDED)
