"""Three counties: the street of the visits, a town that recognises it, and one further away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import Account, AccountKind, Balance
from models.moving import Move
from models.oversight import OutboxMessage
from models.people import Member
from models.requests import Request, Visit
from services.ledger.accounts import account_id, open_account, standings
from services.ledger.breaches import Tally
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.moving.acting import Moved, MoveForm, move, send_code
from services.moving.planning import Plan, preview
from services.outbox import opened
from services.policy import SYSTEM
from services.verification import verify
from tests import factories
from tests.conftest import EACH_DIALECT
from tests.country import FAR, ONE, TWO, join_all, join_region, open_corridor
from tests.databases import Databases
from tests.factories import NOW, VAULT, WUMA
from tests.services.conftest import settled_world
from tests.services.visits.conftest import Street
from timebank.uow import UnitOfWork, make_engine

HOUSE = "鹿城样例巷 6 号 1 幢 202 室"
GULOU_STREET = "320106000000"


@dataclass
class Towns(Street):
    """The street lies in one county; the others have a branch, a clerk and a volunteer each."""

    there: UUID = field(init=False)
    clerk: UUID = field(init=False)
    neighbour: UUID = field(init=False)
    far_branch: UUID = field(init=False)
    far_volunteer: UUID = field(init=False)

    def settle(self, session: Session) -> None:
        """Everybody joins; the far county recognises the second one alone."""
        super().settle(session)
        join_all(session, ONE, TWO)
        join_region(session, FAR)
        open_corridor(session, TWO, FAR)
        self.there = factories.create_branch(session, WUMA)
        self.clerk = factories.create_staff(session, self.there)
        self.neighbour = factories.create_volunteer(session, "P1", branch_id=self.there)
        self.far_branch = factories.create_branch(session, FAR)
        self.far_volunteer = factories.create_volunteer(session, "P1", branch_id=self.far_branch)

    def fill_pool(self, book: str, minutes: int = 1_000) -> None:
        """Minutes in a pool, straight through the ledger."""
        self._issue(book, account_id(book, AccountKind.POOL), minutes, "pool")

    def give(
        self, member: UUID, minutes: int, kind: AccountKind, period: str = "", book: str = ONE
    ) -> None:
        """Coins of an origin, straight through the ledger."""

        def work(session: Session) -> None:
            open_account(session, book, kind, now=NOW, owner_id=member, period=period)

        self.uow.run(work)
        self._issue(book, account_id(book, kind, member, period), minutes, f"{kind}{period}")

    def _issue(self, book: str, account: UUID, minutes: int, key: str) -> None:
        legs = (Leg(account_id(book, AccountKind.ISSUE), -minutes), Leg(account, minutes))
        draft = Draft(book, "issue", f"test:{key}:{account}:{minutes}", legs, NOW)
        self.uow.run(lambda session: post(session, [draft], Stamp(NOW, SYSTEM.id)))

    def preview(self, member: UUID, branch: UUID | None = None) -> Plan:
        """What the member sees before."""
        return self.act(member, lambda ctx: preview(ctx, member, branch or self.there))

    def code(self, member: UUID, branch: UUID | None = None, now: datetime = NOW) -> str:
        """The code that the member's telephone shows."""
        place = branch or self.there
        self.act(member, lambda ctx: send_code(ctx, member, place), now)
        return self.newest_code(member)

    def newest_code(self, member: UUID) -> str:
        """The last code that was sent."""

        def read(session: Session) -> str:
            rows = session.scalars(
                sa.select(OutboxMessage)
                .where(OutboxMessage.member_id == member)
                .execution_options(cross_book=True)
            )
            codes = [
                (row.created_at, row.id, opened(row, VAULT).params["code"])
                for row in rows
                if "验证码{code}" in row.sentence
            ]
            return str(max(codes)[2])

        return self.look(read)

    def form(self, member: UUID, **answers: Any) -> MoveForm:
        """Where to, with the new address."""
        return MoveForm(
            **{"member_id": member, "branch_id": self.there, "address": HOUSE, **answers}
        )

    def moves(
        self, member: UUID, now: datetime = NOW, key: str | None = None, **answers: Any
    ) -> Moved:
        """The member moves by the own login."""
        code = self.code(member, answers.get("branch_id"), now)
        form = self.form(member, code=code, **answers)
        return self.act(member, lambda ctx: move(ctx, form), now, key)

    def at_counter(
        self, member: UUID, by: UUID | None = None, now: datetime = NOW, **answers: Any
    ) -> Moved:
        """The clerk of the new branch moves a member whose card lies there."""
        answers.setdefault("id_number", self.id_number(member))
        form = self.form(member, **answers)
        return self.act(by or self.clerk, lambda ctx: move(ctx, form), now)

    def id_number(self, member: UUID) -> str:
        """What stands on the member's card."""
        return VAULT.open("member.id_number", self.member(member).id_number_sealed)

    def member(self, key: UUID) -> Member:
        """The stored member."""
        return self.look(lambda session: session.get_one(Member, key))

    def coins(self, book: str, member: UUID) -> dict[tuple[str, str], int]:
        """What stands on a member's accounts in a book, by origin and period; empty ones not."""

        def read(session: Session) -> dict[tuple[str, str], int]:
            found = standings(session, book, member, now=NOW)
            return {(e.kind.value, e.period): e.posted_minutes for e in found if e.posted_minutes}

        return self.look(read)

    def held(self, book: str, member: UUID) -> int:
        """What open holds keep of a member's coins in a book."""
        found = self.look(lambda session: standings(session, book, member, now=NOW))
        return sum(each.held_minutes for each in found)

    def is_shut(self, book: str, member: UUID) -> bool:
        """Whether every account but the granted ones is empty and closed."""

        def read(session: Session) -> bool:
            rows = session.execute(
                sa.select(Account.closed_at, Balance.posted_minutes)
                .join(
                    Balance,
                    sa.and_(Balance.book == Account.book, Balance.account_id == Account.id),
                )
                .where(Account.book == book, Account.owner_id == member)
                .where(Account.kind != AccountKind.GRANTED)
            ).all()
            return all(row.closed_at is not None and not row.posted_minutes for row in rows)

        return self.look(read)

    def requests_in(self, book: str) -> list[Request]:
        """The elder's requests in a book, the nearest first."""
        wanted = (
            sa.select(Request)
            .where(Request.book == book, Request.elder_id == self.elder)
            .order_by(Request.starts_at, Request.id)
        )
        return self.look(lambda session: list(session.scalars(wanted)))

    def visits_in(self, book: str) -> list[Visit]:
        """Every visit of a book."""
        wanted = sa.select(Visit).where(Visit.book == book).order_by(Visit.id)
        return self.look(lambda session: list(session.scalars(wanted)))

    def row(self, moved: Moved) -> Move:
        """The stored move."""
        return self.look(lambda session: session.get_one(Move, (moved.book, moved.move_id)))

    def breaches(self) -> list[str]:
        """What the whole check finds in any of the books; the kit's own issue was never signed."""

        def check(session: Session) -> list[str]:
            ctx = factories.make_ctx(session)
            return [
                f"{breach.code} {breach.place}"
                for book in (ONE, TWO)
                for breach in verify(ctx, book, Tally())
                if breach.code != "issue_without_authorisation"
            ]

        return self.look(check)


_SETTLED: dict[str, dict[str, object]] = {}


def settled_towns(url: str) -> None:
    """A world in which everybody has joined."""
    settled_world(url)
    engine = make_engine(url)
    made = Towns(UnitOfWork(engine))
    made.uow.run(made.settle)
    _SETTLED[engine.dialect.name] = {
        name: value for name, value in vars(made).items() if name != "uow"
    }
    engine.dispose()


def towns_at(databases: Databases, dialect: str) -> tuple[str, sa.Engine, Towns]:
    """Counties of one's own: their database's address, its engine, and their people."""
    url = databases.fresh(dialect, settled_towns)
    engine = make_engine(url)
    made = Towns(UnitOfWork(engine))
    for name, value in _SETTLED[dialect].items():
        setattr(made, name, value)
    return url, engine, made


@pytest.fixture(params=EACH_DIALECT)
def towns(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Towns]:
    """The three counties, on a database of the test's own."""
    url, engine, made = towns_at(databases, request.param)
    yield made
    engine.dispose()
    databases.discard(url)
