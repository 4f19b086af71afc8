"""Memory does not grow with the ledger: four times as many transfers take no more of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.ledger.check import slots
from services.ledger.drafts import Draft
from services.ledger.export import beancount, hledger, jsonl, table
from services.ledger.export.rows import Source
from services.ledger.post import post
from services.ledger.streams import snapshot
from tests.databases import Databases
from tests.services.ledger.export_world import Format, read_lines, verdict, write, write_lines
from tests.services.ledger.kit import (
    BOOK,
    ISSUE,
    NOW,
    OTHER,
    POOL,
    STAMP,
    Ledger,
    legs_of,
    received,
)
from tests.services.ledger.memory import peak_bytes
from timebank.uow import UnitOfWork, make_engine

FORMS: dict[str, Format] = {
    "hledger": hledger.lines,
    "beancount": beancount.lines,
    "csv": table.lines,
    "jsonl": jsonl.lines,
}
FEW, MANY = 2_000, 8_000
#: What a peak may differ by chance: a batch of rows, a file's buffer.
SLACK = 600_000


@pytest.fixture(scope="module")
def ledgers(databases: Databases) -> Iterator[dict[int, Ledger]]:
    """A small ledger and one of four times its size on the same accounts."""
    made = {}
    urls = []
    for size in (FEW, MANY):
        url = databases.fresh("sqlite")
        engine = make_engine(url)
        ledger = made[size] = Ledger(url, UnitOfWork(engine))
        ledger.open()
        urls.append((url, engine))
        for start in range(0, size, 1_000):
            drafts = [_draft(number) for number in range(start, start + 1_000)]
            ledger.run(lambda session, some=drafts: post(session, some, STAMP))
    yield made
    for url, engine in urls:
        engine.dispose()
        databases.discard(url)


def _draft(number: int) -> Draft:
    pairs = ((ISSUE, POOL), (POOL, received(OTHER))) if number else ((ISSUE, POOL),) * 2
    source, target = pairs[number % 2]
    minutes = 1 if number else 10_000
    legs = legs_of((source, -minutes), (target, minutes))
    return Draft(book=BOOK, key=f"n {number}", kind="test", legs=legs, effective_at=NOW)


def consume(ledger: Ledger, form: Format) -> None:
    """Write an export piece by piece to nowhere."""
    with ledger.read() as session:
        snapshot(session)
        for _piece in form([Source(session, BOOK)], lambda _: None):
            pass


@pytest.mark.parametrize("form", FORMS)
def test_an_export_takes_no_more_memory_for_a_longer_ledger(
    ledgers: dict[int, Ledger], form: str
) -> None:
    consume(ledgers[FEW], FORMS[form])  # what is made once is made before
    few = peak_bytes(lambda: consume(ledgers[FEW], FORMS[form]))
    many = peak_bytes(lambda: consume(ledgers[MANY], FORMS[form]))
    assert many < few + SLACK


def test_a_check_takes_no_more_memory_for_a_longer_export(
    ledgers: dict[int, Ledger], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All transfers of a batch have one moment, so versions come in no order: most must wait."""
    monkeypatch.setattr(slots, "MOST_WAITING", 200)
    paths = {
        size: write(ledger, jsonl.lines, tmp_path / f"{size}.jsonl")
        for size, ledger in ledgers.items()
    }
    assert verdict(paths[FEW])[0]
    few = peak_bytes(lambda: verdict(paths[FEW]))
    many = peak_bytes(lambda: verdict(paths[MANY]))
    good, said = verdict(paths[MANY])
    assert good, said
    assert many < few + SLACK


def test_what_waits_in_a_file_is_judged_as_strictly(
    ledgers: dict[int, Ledger], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "MOST_WAITING", 200)
    path = write(ledgers[FEW], jsonl.lines, tmp_path / "few.jsonl")
    rows = read_lines(path)
    place = [number for number, row in enumerate(rows) if row["kind"] == "transfer"][500]
    del rows[place]
    good, said = verdict(write_lines(tmp_path / "forged.jsonl", rows))
    assert not good
    assert sum("is missing" in line for line in said) == 2  # one on each account
    assert any("posted_minutes" in line for line in said)
