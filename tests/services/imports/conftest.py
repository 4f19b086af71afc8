"""A street whose older time bank comes in: its lists, its two administrators, on each engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.imports import Import, ImportRow, ImportState
from models.people import Member, Sex
from services.context import Context
from services.imports import publishing, signing, undoing, working
from services.imports.finding import fingerprint
from services.imports.proposing import ImportFiles, ImportForm, propose
from services.ledger.accounts import standings
from services.ledger.breaches import Tally
from services.ledger.streams import snapshot
from services.policy import SYSTEM
from services.verification import verify
from tests import factories
from tests.conftest import EACH_DIALECT
from tests.databases import Databases
from tests.factories import LONGWAN, NOW, VAULT
from tests.services.conftest import settled_world
from tests.services.visits.conftest import Street
from timebank.uow import UnitOfWork, make_engine

HEADS = "原编号,姓名,身份证号码,志愿者编号,性别,电话,挣得余额,受赠余额,实际服务时长,证人一,证人二"
BORN = date(1956, 1, 15)
#: The first day after a notice of seven days that begins now.
AFTER = NOW + timedelta(days=8)
LEDGER = {"kind": "ledger", "document": "账册第 3 号"}


def identity(born_on: date = BORN, sex: Sex = Sex.FEMALE) -> str:
    """An ID number that nobody has."""
    return factories.id_number(born_on, sex, "330304")


def line(key: str, name: str, id_number: str, **said: Any) -> str:
    """A row of the template."""
    cells = [
        key,
        name,
        id_number,
        said.get("number", ""),
        said.get("sex", ""),
        said.get("phone", ""),
        said.get("earned", "60"),
        said.get("received", ""),
        said.get("actual", ""),
        *said.get("witnesses", ("", "")),
    ]
    return ",".join(str(cell) for cell in cells)


def listed(*lines: str) -> bytes:
    """The template with some rows."""
    return "\n".join([HEADS, *lines, ""]).encode()


def people(count: int, **said: Any) -> bytes:
    """So many people whom nobody knows here."""
    rows = (line(f"K{turn}", "林立春", identity(), **said) for turn in range(1, count + 1))
    return listed(*rows)


@dataclass
class Bridge:
    """The street's administrators at work on an older time bank."""

    url: str
    street: Street
    now: datetime = NOW
    form: ImportForm = field(init=False)

    def __post_init__(self) -> None:
        if hasattr(self.street, "branch"):
            self.form = ImportForm("template", "互助会", self.street.branch, "A", LEDGER)

    def propose(self, members: bytes, transfers: bytes | None = None, **said: Any) -> UUID:
        """The first administrator proposes."""
        key, who = said.pop("key", None), said.pop("who", self.street.admins[0])
        form = replace(self.form, **said)
        files = ImportFiles(members, transfers)
        return self.street.act(
            who, lambda ctx: propose(ctx, LONGWAN, form, files), now=self.now, key=key
        )

    def publish(self, import_id: UUID) -> None:
        """Begin the notice."""
        self.street.act(
            self.street.admins[0],
            lambda ctx: publishing.publish(ctx, LONGWAN, import_id),
            now=self.now,
        )

    def sign(self, import_id: UUID, who: UUID | None = None, now: datetime = AFTER) -> None:
        """The second signature, after the notice."""
        seen = fingerprint(self.row(import_id))
        self.street.act(
            who or self.street.admins[1],
            lambda ctx: signing.sign(ctx, LONGWAN, import_id, seen),
            now=now,
        )

    def signed(self, members: bytes, transfers: bytes | None = None, **said: Any) -> UUID:
        """An import up to its second signature."""
        import_id = self.propose(members, transfers, **said)
        self.publish(import_id)
        self.sign(import_id)
        return import_id

    def work(self, import_id: UUID) -> ImportState:
        """Work all of it off, chunk by chunk, whatever it is at."""
        while True:
            state = self.row(import_id).state
            chunk = undoing.undo_chunk if state is ImportState.UNDOING else working.work_chunk
            done = self.street.act(
                SYSTEM, lambda ctx, do=chunk: do(ctx, LONGWAN, import_id), now=AFTER
            )
            if done.state not in (ImportState.SIGNED, ImportState.UNDOING):
                return done.state

    def done(self, members: bytes, transfers: bytes | None = None, **said: Any) -> UUID:
        """An import from its proposal to its end."""
        import_id = self.signed(members, transfers, **said)
        self.work(import_id)
        return import_id

    def undo(self, import_id: UUID) -> None:
        """Both signatures under an undoing, and the work of it."""
        first, second = self.street.admins
        self.street.act(
            first, lambda ctx: signing.ask_undo(ctx, LONGWAN, import_id, "样例理由"), now=AFTER
        )
        self.street.act(second, lambda ctx: signing.sign_undo(ctx, LONGWAN, import_id), now=AFTER)
        self.work(import_id)

    def row(self, import_id: UUID) -> Import:
        """The stored import."""
        return self.street.look(lambda session: session.get_one(Import, (LONGWAN, import_id)))

    def rows(self, import_id: UUID) -> list[ImportRow]:
        """Its rows, in order."""
        return self.street.look(
            lambda session: list(
                session.scalars(
                    sa.select(ImportRow)
                    .where(ImportRow.book == LONGWAN, ImportRow.import_id == import_id)
                    .order_by(ImportRow.line)
                )
            )
        )

    def fates(self, import_id: UUID) -> list[tuple[str, str, int]]:
        """State, code and minutes of every row."""
        return [(row.state.value, row.code, row.credited_minutes) for row in self.rows(import_id)]

    def member(self, member_id: UUID | None) -> Member:
        """The stored member."""
        assert member_id is not None
        return self.street.look(lambda session: session.get_one(Member, member_id))

    def holdings(self, member_id: UUID | None) -> dict[str, int]:
        """What stands on a member's accounts, by kind; empty ones are left out."""
        assert member_id is not None
        found = self.street.look(lambda session: standings(session, LONGWAN, member_id, now=AFTER))
        return {each.kind.value: each.posted_minutes for each in found if each.posted_minutes}

    def count(self, model: Any, *where: Any) -> int:
        """Rows of a table."""
        return self.street.count(model, *where)

    def breaches(self) -> list[str]:
        """What a whole check of the book names."""
        with self.street.uow.read() as session:
            snapshot(session)
            ctx = Context(session, SYSTEM, AFTER, VAULT)
            return [f"{found.code} {found.place}" for found in verify(ctx, LONGWAN, Tally())]


@pytest.fixture(params=EACH_DIALECT)
def bridge(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Bridge]:
    """The street of a database of the test's own."""
    url = databases.fresh(request.param, settled_world)
    engine = make_engine(url)
    street = Street(UnitOfWork(engine))
    street.uow.run(street.settle)
    yield Bridge(url, street)
    engine.dispose()
    databases.discard(url)
