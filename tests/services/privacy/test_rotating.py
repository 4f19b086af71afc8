"""A new key for what is sealed: all opens with it, nothing is lost, and it can be cut off."""

from __future__ import annotations

import base64
import json
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from models.base import Base
from models.ledger import ActKey
from models.people import Member
from services.context import Context
from services.ids import uuid7
from services.policy import SYSTEM
from services.privacy import rotating
from services.privacy.data_map import data_map
from services.privacy.rotating import Sealed, counted, rotate_chunk, sealed_columns
from services.vault import Unreadable, Vault, key_id, maker_of
from tests.conftest import EACH_DIALECT
from tests.databases import Databases, owner_url
from tests.factories import NOW
from tests.services.ledger.test_append_only import _some_row
from tests.structure.tree import ROOT
from timebank import create_app
from timebank.settings import SettingsError, load_settings
from timebank.uow import UnitOfWork, make_engine

OLD, NEW, INDEX = bytes(range(32)), bytes(range(1, 33)), bytes(32)
BEFORE = Vault(OLD, INDEX)
RING = Vault(NEW, INDEX, (OLD,))
AFTER = Vault(NEW, INDEX)
BOOK = "330303000000"


def test_a_ring_opens_what_each_of_its_keys_has_sealed() -> None:
    for text in ("", "温州市鹿城区", "x" * 5000):
        sealed = BEFORE.seal("a.b", text)
        assert maker_of(sealed) == key_id(OLD)
        assert RING.open("a.b", sealed) == text
        assert maker_of(RING.seal("a.b", text)) == key_id(NEW)
        with pytest.raises(Unreadable):
            AFTER.open("a.b", sealed)
        with pytest.raises(Unreadable):
            RING.open("a.c", sealed)
        content = BEFORE.seal_bytes("a.b", text.encode())
        assert maker_of(content) == key_id(OLD)
        assert RING.open_bytes("a.b", content) == text.encode()


def test_what_older_versions_sealed_names_no_key_and_opens() -> None:
    content = BEFORE.seal_bytes("a.b", b"text")[8:]
    text = "v1." + base64.urlsafe_b64encode(content).decode()
    assert maker_of(content) is None
    assert maker_of(text) is None
    assert RING.open("a.b", text) == "text"
    assert RING.open_bytes("a.b", content) == b"text"


@pytest.mark.parametrize("text", ["", "v1", "v3.x", "v2.", "v2.abc", "v2.00000000.AAAA", "v1.%%"])
def test_what_nobody_sealed_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        RING.open("a.b", text)


@pytest.fixture(params=EACH_DIALECT)
def work(request: pytest.FixtureRequest, databases: Databases) -> Iterator[UnitOfWork]:
    """A database of the test's own."""
    url = databases.fresh(request.param)
    _without_entries(url)
    engine = make_engine(url)
    yield UnitOfWork(engine)
    engine.dispose()
    databases.discard(url)


def _without_entries(url: str) -> None:
    """A row that points at a transfer needs one, and this one needs no entries."""
    engine = make_engine(owner_url(url))
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "DROP TRIGGER transfers_guard_balance"
            if engine.dialect.name == "sqlite"
            else "DROP TRIGGER transfers_have_entries ON transfers"
        )
    engine.dispose()


def context(session: Any, vault: Vault) -> Context:
    return Context(session=session, actor=SYSTEM, now=NOW, vault=vault)


def filled(session: Any) -> None:
    """A row in every table that seals something, its values sealed by the old key."""
    connection = session.connection()
    for table in Base.metadata.sorted_tables:
        entry = data_map().tables[table.name]
        if not entry.sealed:
            continue
        if connection.execute(sa.select(table).limit(1)).first() is None:
            connection.execute(sa.insert(table).values(_some_row(connection, table)))
        row = connection.execute(sa.select(table).limit(1)).mappings().one()
        is_it = [key == row[key.name] for key in table.primary_key.columns]
        values = {name: _by_old_key(table, name, row) for name in entry.sealed}
        connection.execute(sa.update(table).where(*is_it).values(values))
    token = {"token_sealed": BEFORE.seal("act.token", "text"), "id": "1"}
    for key, result in (("a", token), ("b", {"id": "2"})):
        given = {"book": BOOK, "key": key, "act": "x", "request_hash": "x", "result": result}
        connection.execute(sa.insert(ActKey).values(actor_id=uuid7(NOW), at=NOW, **given))


def _by_old_key(table: sa.Table, column: str, row: Any) -> str | bytes:
    purpose = data_map().tables[table.name].vault_purpose(column, row)
    if isinstance(table.c[column].type, sa.LargeBinary):
        return BEFORE.seal_bytes(purpose, b"text")
    return BEFORE.seal(purpose, "text")


def rotated(work: UnitOfWork, vault: Vault, place: Sealed) -> Counter[str]:
    """Rotate one place to its end."""
    found, after = Counter[str](), None
    while True:
        turn = work.run(lambda s, after=after: rotate_chunk(context(s, vault), place, after))
        found.update(rewritten=turn.rewritten, unreadable=turn.unreadable)
        if turn.after is None:
            return found
        after = turn.after


def makers(work: UnitOfWork) -> Counter[str]:
    """How many values each key has made, all places together."""
    found = Counter[str]()
    with work.read() as session:
        for place in sealed_columns():
            found += counted(context(session, AFTER), place)
    return found


def test_every_sealed_column_goes_over_to_the_new_key(work: UnitOfWork) -> None:
    work.run(filled)
    before = makers(work)
    assert before.keys() == {key_id(OLD)}
    assert before[key_id(OLD)] >= len(sealed_columns())
    # Cut off in the middle, as by a kill: what is done is done, and the rest is found again.
    for place in sealed_columns()[:20]:
        rotated(work, RING, place)
    middle = makers(work)
    assert middle.keys() == {key_id(OLD), key_id(NEW)}
    done = sum((rotated(work, RING, place) for place in sealed_columns()), Counter[str]())
    assert done == Counter(rewritten=middle[key_id(OLD)])
    assert makers(work) == Counter({key_id(NEW): before[key_id(OLD)]})
    assert sum((rotated(work, RING, each) for each in sealed_columns()), Counter()) == Counter()
    # The old key is gone, and everything opens.
    with work.read() as session:
        for place in sealed_columns():
            rows = session.execute(sa.select(place.of)).mappings().all()
            assert rows, place
            for row in rows:
                _opens(place, row)


def _opens(place: Sealed, row: Any) -> None:
    if place.in_json:
        sealed = row[place.column].get("token_sealed")
        assert sealed is None or AFTER.open("act.token", sealed) == "text"
        return
    purpose = data_map().tables[place.table].vault_purpose(place.column, row)
    value = row[place.column]
    opened = AFTER.open_bytes(purpose, value) if place.is_of_files else AFTER.open(purpose, value)
    assert opened in ("text", b"text")


PHONES = Sealed("members", "phone_sealed")


def write(work: UnitOfWork, phone: str) -> None:
    """A process that has not been started again yet writes with the old key."""
    sealed = BEFORE.seal("member.phone", phone)
    work.run(lambda session: session.execute(sa.update(Member).values(phone_sealed=sealed)))


def phone_of(work: UnitOfWork) -> str:
    with work.read() as session:
        return RING.open("member.phone", session.scalars(sa.select(Member.phone_sealed)).one())


def test_what_somebody_writes_meanwhile_is_not_lost(
    work: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.run(filled)
    write(work, "first")
    if work.engine.dialect.name == "postgresql":
        # Between the reading and the writing of the chunk; SQLite lets nobody in there.
        anew = rotating._anew

        def interrupted(place: Sealed, row: Any, vault: Vault) -> Any:
            write(work, "second")
            return anew(place, row, vault)

        monkeypatch.setattr(rotating, "_anew", interrupted)
        assert rotated(work, RING, PHONES) == Counter()
        assert phone_of(work) == "second"
        monkeypatch.undo()
    writer = threading.Thread(target=lambda: [write(work, str(turn)) for turn in range(12)])
    writer.start()
    while writer.is_alive():
        rotated(work, RING, PHONES)
    writer.join()
    assert phone_of(work) == "11"
    rotated(work, RING, PHONES)
    with work.read() as session:
        assert counted(context(session, RING), PHONES) == Counter({key_id(NEW): 1})


def test_what_no_key_opens_is_counted_and_left(work: UnitOfWork) -> None:
    work.run(filled)
    stranger = Vault(bytes(32), INDEX)
    assert rotated(work, stranger, PHONES) == Counter(unreadable=1)
    assert phone_of(work) == "text"


def test_the_commands_renew_rotate_and_forget(databases: Databases, tmp_path: Path) -> None:
    url = databases.fresh("sqlite")
    environ = {"TIMEBANK_INSTANCE": str(tmp_path), "TIMEBANK_DATABASE_URL": url}

    apps: list[Flask] = []

    def restarted() -> None:
        apps.append(create_app(load_settings(environ, ROOT)))

    def said(*words: str) -> Result:
        return apps[-1].test_cli_runner().invoke(args=["keys", *words])

    restarted()
    before = json.loads((tmp_path / "keys.json").read_text())
    old = Vault(bytes.fromhex(before["TIMEBANK_DATA_KEY"]), INDEX)
    engine = make_engine(url)
    sealed = {"token_sealed": old.seal("act.token", "text")}
    row = {"book": BOOK, "key": "a", "act": "x", "request_hash": "x", "result": sealed}
    UnitOfWork(engine).run(
        lambda session: session.execute(
            sa.insert(ActKey).values(actor_id=uuid7(NOW), at=NOW, **row)
        )
    )
    assert said("renew").exit_code == 0
    restarted()
    after = json.loads((tmp_path / "keys.json").read_text())
    assert after["TIMEBANK_DATA_KEYS_OLD"] == before["TIMEBANK_DATA_KEY"]
    assert after["TIMEBANK_INDEX_KEY"] == before["TIMEBANK_INDEX_KEY"]
    assert "1 left" in said("status").output
    assert said("forget").exit_code == 1
    assert said("rotate").exit_code == 0
    assert said("forget").exit_code == 0
    assert "TIMEBANK_DATA_KEYS_OLD" not in json.loads((tmp_path / "keys.json").read_text())
    with UnitOfWork(engine).read() as session:
        result = session.scalars(sa.select(ActKey.result)).one()
    new = Vault(bytes.fromhex(after["TIMEBANK_DATA_KEY"]), INDEX)
    assert new.open("act.token", result["token_sealed"]) == "text"
    for each in (engine, *(app.extensions["timebank"].uow.engine for app in apps)):
        each.dispose()
    databases.discard(url)


def test_an_older_key_that_is_none_is_refused(tmp_path: Path) -> None:
    environ = {"TIMEBANK_INSTANCE": str(tmp_path), "TIMEBANK_DATA_KEYS_OLD": "abc"}
    with pytest.raises(SettingsError, match="TIMEBANK_DATA_KEYS_OLD"):
        load_settings(environ, ROOT)
