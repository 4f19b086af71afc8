"""``flask seals`` and its jobs: from the first key to a receipt that a stranger can check."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from models.oversight import AuditRecord
from models.seals import NO_NOTE, Unsealed
from services.context import Context
from services.errors import Forbidden
from services.ledger.seals.signing import SigningKey
from services.ledger.witness import main as witness
from services.policy import NOBODY
from services.sealing import publish
from tests.databases import Databases
from tests.factories import VAULT
from tests.services.ledger.kit import BOOK, ISSUE, POOL, Ledger
from tests.services.ledger.seal_kit import check
from tests.settings import settings_for
from timebank import create_app
from timebank.jobs.runner import run_once
from timebank.seals.sealing import ring_of

START = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)


class World:
    """An application of some kind with a ledger in it."""

    def __init__(self, url: str, instance: Path, env: str) -> None:
        self.now = START
        self.instance = instance
        self.app: Flask = create_app(settings_for(url, instance, env), clock=lambda: self.now)
        self.held = self.app.extensions["timebank"]
        self.ledger = Ledger(url, self.held.uow)
        self.ledger.open()

    def run(self, *words: object) -> tuple[int, str]:
        done = self.app.test_cli_runner().invoke(args=["seals", *map(str, words)])
        return done.exit_code, done.output

    def give(self, key: str) -> UUID:
        return self.ledger.post((ISSUE, -5), (POOL, 5), key=key).transfer_id

    def audited(self) -> list[str]:
        with self.held.uow.read() as session:
            wanted = AuditRecord.act.like("seals.%")
            return sorted(session.scalars(sa.select(AuditRecord.act).where(wanted)))


@pytest.fixture
def world(databases: Databases, tmp_path: Path) -> Iterator[Callable[[str], World]]:
    made: list[World] = []
    url = databases.fresh("sqlite")

    def make(env: str) -> World:
        instance = tmp_path / "instance"
        instance.mkdir(exist_ok=True)
        made.append(World(url, instance, env))
        return made[-1]

    yield make
    for each in made:
        each.held.uow.engine.dispose()
    databases.discard(url)


def test_from_the_first_key_to_a_checked_receipt(
    world: Callable[[str], World], tmp_path: Path
) -> None:
    here = world("test")
    transfer = here.give("a")
    assert "1 sealed" in here.run("run")[1]
    (key_file,) = here.instance.glob("seal-*.key")
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    secret = key_file.read_text().strip()
    operator = ring_of(here.held).in_force
    assert operator is not None
    publics = []
    for name in ("one", "two"):
        said: list[str] = []
        assert witness(["new-key", str(tmp_path / name)], said.append) == 0
        publics.append(said[-1].split()[-1])
        code, output = here.run("witness-add", publics[-1], "--holder", f"Court {name}")
        assert code == 0, output
    assert here.run("witness-add", publics[0], "--holder", "x")[0] == 1
    assert "is signed." in here.run("publish")[1]
    assert "before" in here.run("publish")[1]
    assert "Lists that lack their witnesses: 1" in here.run("status")[1]
    heads, receipt = tmp_path / "heads.json", tmp_path / "receipt.json"
    assert here.run("heads", "--output", heads)[0] == 0
    for name in ("one", "two"):
        signed = tmp_path / f"{name}.json"
        options = ["--key", str(tmp_path / name), "--last", str(tmp_path / f"{name}.last")]
        options += ["--output", str(signed), "--operator-key", operator.public_key]
        assert witness(["sign", str(heads), *options], print) == 0
        assert "recorded" in here.run("countersign", signed)[1]
        assert "before" in here.run("countersign", signed)[1]
    assert "countersigned 2/2" in here.run("status")[1]
    assert "lack their witnesses" not in here.run("status")[1]
    assert here.run("receipt", transfer, "--output", receipt)[0] == 0
    pins = ("--key", operator.public_key, "--witness-key", publics[0], "--witness-key", publics[1])
    assert here.run("heads", "--output", heads)[0] == 0, "now with both signatures"
    code, said_all = check(receipt, heads, options=pins)
    assert code == 0, said_all
    assert secret not in heads.read_text() + receipt.read_text()
    assert here.audited().count("seals.countersigned") == 2
    assert here.audited().count("seals.witness_introduced") == 2
    assert "seals.published" in here.audited()


def test_what_cannot_be_done_gets_a_sentence(world: Callable[[str], World], tmp_path: Path) -> None:
    here = world("test")
    out = tmp_path / "out.json"
    assert here.run("heads", "--output", out)[0] == 1
    transfer = here.give("a")
    code, said = here.run("receipt", transfer, "--output", out)
    assert code == 1
    assert "还没有封存" in said
    assert here.run("receipt", UUID(int=1), "--output", out)[0] == 1
    assert not out.exists()
    for text in ("", "[]", '{"kind": "timebank-countersignature", "day": "x"}'):
        out.write_text(text)
        code, said = here.run("countersign", out)
        assert code == 1
        assert "damaged" in said
    assert here.run("witness-retire", "ab" * 32)[0] == 1


def test_keys_rotate_and_a_lost_one_stops_the_sealer(world: Callable[[str], World]) -> None:
    here = world("test")
    here.give("a")
    here.run("run")
    (first,) = here.instance.glob("seal-*.key")
    here.now += timedelta(minutes=1)
    code, said = here.run("rotate")
    assert code == 0
    assert "stays valid" in said
    assert not first.exists()
    (second,) = here.instance.glob("seal-*.key")
    here.give("b")
    assert "1 sealed" in here.run("run")[1]
    second.chmod(0o644)
    here.give("c")
    code, said = here.run("run")
    assert code == 1
    assert "chmod 600" in said
    second.unlink()
    code, said = here.run("run")
    assert code == 1
    assert "restore it from a backup" in said
    assert here.ledger.count(Unsealed) == 1


def test_production_never_makes_a_key_by_itself(world: Callable[[str], World]) -> None:
    here = world("production")
    here.give("a")
    code, said = here.run("run")
    assert code == 1
    assert "seals rotate" in said
    assert list(here.instance.glob("seal-*.key")) == []
    assert here.run("rotate")[0] == 0
    assert "1 sealed" in here.run("run")[1]


def test_a_stray_row_in_the_queue_does_not_stop_the_others(
    world: Callable[[str], World],
) -> None:
    here = world("test")
    first = here.give("a")
    assert "1 sealed" in here.run("run")[1]
    here.give("b")

    def stray(session: Session) -> None:
        for transfer in (first, UUID(int=1)):  # sealed already, and not there at all
            session.add(Unsealed(book=BOOK, transfer_id=transfer, note_id=NO_NOTE))

    here.ledger.run(stray)
    assert "1 sealed" in here.run("run")[1]
    assert "0 sealed" in here.run("run")[1]
    assert here.ledger.breaches() == ["sealed_and_waiting", "waiting_without_content"]


def test_the_jobs_seal_and_publish(world: Callable[[str], World]) -> None:
    here = world("test")
    here.give("a")
    assert run_once(here.app, "seal") == "ok: 1"
    assert run_once(here.app, "publish-heads") == "ok: 1"


def test_a_demo_has_witnesses_of_its_own_and_they_say_so(
    world: Callable[[str], World], tmp_path: Path
) -> None:
    here = world("demo")
    out = tmp_path / "heads.json"
    for day in range(3):
        here.now = START + timedelta(days=day)
        here.give(f"day {day}")
        assert run_once(here.app, "publish-heads") == "ok: 1"
        assert here.run("heads", "--output", out)[0] == 0
        code, said = check(out)
        assert code == 0, said
        assert "demonstration witnesses" in said
    assert len(json.loads(out.read_text())["witnesses"]) == 2
    assert len(list(here.instance.glob("seal-witness-*.key"))) == 2


def test_nobody_else_touches_the_seals(world: Callable[[str], World]) -> None:
    here = world("test")

    def work(session: Any) -> object:
        ctx = Context(session=session, actor=NOBODY, now=START, vault=VAULT)
        return publish(ctx, SigningKey.fresh())

    with pytest.raises(Forbidden):
        here.held.uow.run(work)
