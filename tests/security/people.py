"""Who attacks: each has every right that anybody of the kind could have, and all of it elsewhere.

A stranger far away, an officer far away (counter, administration and a family of his own in one
person), an auditor far away, a neighbour of the same branch, a clerk of the branch next door,
and nobody at all.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from models.people import Member
from models.places import Branch
from models.portable import AccountStatement
from services.ledger.seals.account_file import STATEMENT, read_account, write_account
from services.ledger.seals.signing import SigningKey
from services.people.actors import actor_for
from services.people.kin import grant_delegation, record_kinship
from services.people.reading import member_row
from services.people.roles import grant_role
from services.people.tokens import issue_api_token
from services.policy import NOBODY, REGION_ADMIN, Actor
from services.portable.content import content_of
from tests import factories
from tests.factories import VAULT, make_ctx
from tests.web.client import Browser
from tests.web.conftest import Clock
from timebank.demo.scene import HOME

#: A county that has nothing to do with anybody of the story: 温岭's neighbour 临海.
FAR = "331082000000"
FAR_STREET = "331082001000"
NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
KINDS = ("nobody", "stranger", "officer", "auditor", "neighbour", "colleague")


@dataclass(frozen=True, slots=True)
class Attacker:
    """Somebody who tries: who it is, as what, and a token for programs."""

    kind: str
    id: UUID
    token: str


def bring_strangers(session: Session) -> list[Attacker]:
    """Everybody who attacks, with all the rights of the kind, elsewhere."""
    far = factories.create_branch(session, FAR_STREET)
    born: dict[str, Any] = {"now": NOW, "wants_to_receive": True, "wants_to_serve": True}
    elder = factories.create_elder(session, branch_id=far, now=NOW)
    stranger = factories.create_volunteer(session, "P4", branch_id=far, **born)
    officer = factories.create_staff(session, far, now=NOW)
    grant_role(make_ctx(session, now=NOW), officer, REGION_ADMIN, "region", FAR)
    auditor = factories.create_auditor(session, FAR, branch_id=far, now=NOW)
    branches = session.scalars(
        sa.select(Branch.id).where(Branch.book == HOME).order_by(Branch.name)
    ).all()
    street = session.scalar(sa.select(Member.region_code).where(Member.branch_id == branches[0]))
    neighbour = factories.create_volunteer(session, "P4", branch_id=branches[0], **born)
    next_door = factories.create_branch(session, street or HOME)
    colleague = factories.create_staff(session, next_door, now=NOW)
    _be_family(session, elder, stranger, far)
    _leave_things(session)
    found = {
        "stranger": stranger,
        "officer": officer,
        "auditor": auditor,
        "neighbour": neighbour,
        "colleague": colleague,
    }
    return [Attacker("nobody", NOBODY.id, "")] + [
        Attacker(kind, member, _token(session, member)) for kind, member in found.items()
    ]


def _be_family(session: Session, elder: UUID, relative: UUID, branch: UUID) -> None:
    counter = make_ctx(session, factories.clerk(session, branch), NOW)
    record_kinship(counter, elder, relative, "child", "户口簿")
    scopes = frozenset({"see", "ask", "confirm"})
    ends_on = NOW.date() + timedelta(days=100)
    grant_delegation(counter, elder, relative, scopes, "signature", ends_on, 600)


def _leave_things(session: Session) -> None:
    """What the story makes nobody of: a token and an account's file of 李明."""
    owner = session.scalars(sa.select(Member.id).where(Member.name == "李明")).one()
    _token(session, owner)
    ctx = make_ctx(session, actor_for(session, owner, NOW), NOW)
    member = member_row(session, owner)
    text = write_account(content_of(ctx, member, STATEMENT), SigningKey.fresh())
    account = read_account(text)
    session.add(
        AccountStatement(
            book=member.home_book,
            id=account.id,
            member_id=owner,
            kind=STATEMENT,
            issued_at=NOW,
            issued_by_id=owner,
            content_sealed=VAULT.seal("account.statement", text),
            content_hash="0" * 64,
            key_id="0" * 64,
            signature="0" * 128,
            transfers=[],
        )
    )


def _token(session: Session, member_id: UUID) -> str:
    ctx = make_ctx(session, actor_for(session, member_id, NOW), NOW)
    return issue_api_token(ctx, "attack", 30)


@dataclass
class World:
    """The application on the country, and its attackers."""

    NOW: ClassVar[datetime] = NOW

    app: Flask
    clock: Clock
    path: str
    attackers: list[Attacker]
    _watches: dict[str, sqlite3.Connection] = field(default_factory=dict)

    def attacker(self, kind: str) -> Attacker:
        """The attacker of a kind."""
        return next(each for each in self.attackers if each.kind == kind)

    def browser(self, kind_or_id: str | UUID) -> Browser:
        """A browser in which somebody has logged in, an attacker or a person of the story."""
        browser = self.app.test_client()
        assert isinstance(browser, Browser)
        who = kind_or_id if isinstance(kind_or_id, UUID) else self.attacker(kind_or_id).id
        if who != NOBODY.id:
            browser.be(who, self.clock.now)
        return browser

    def actor(self, member_id: UUID) -> Actor:
        """Who somebody is to the policy."""
        if member_id == NOBODY.id:
            return NOBODY
        with self.app.extensions["timebank"].uow.read() as session:
            return actor_for(session, member_id, self.clock.now)

    def person(self, name: str) -> UUID:
        """A person of the story by the printed name."""
        return UUID(self.rows("SELECT id FROM members WHERE name = ?", name)[0]["id"])

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Rows as they lie in the database, read past the product."""
        return [dict(each) for each in self._watch().execute(statement, values)]

    def version(self) -> int:
        """Another number as soon as anybody has committed anything."""
        return int(self._watch().execute("PRAGMA data_version").fetchone()[0])

    def _watch(self) -> sqlite3.Connection:
        if self.path not in self._watches:
            self._watches[self.path] = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)
            self._watches[self.path].row_factory = sqlite3.Row
        return self._watches[self.path]

    def secrets(self) -> dict[UUID, tuple[str, ...]]:
        """What nobody unrelated may read of each person: telephone, address, contact, name."""
        found: dict[UUID, tuple[str, ...]] = {}
        for row in self.rows("SELECT * FROM members"):
            opened = [
                VAULT.open_or_none(f"member.{name}", row[f"{name}_sealed"])
                for name in ("phone", "address", "contact")
            ]
            found[UUID(row["id"])] = (*(each for each in opened if each), row["name"])
        return found

    def close(self) -> None:
        """Let go of the database."""
        for each in self._watches.values():
            each.close()
