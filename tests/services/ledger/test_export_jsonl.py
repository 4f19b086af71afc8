"""The full export is checked offline: it is whole, the same each time, and no forgery passes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from uuid import UUID

import pytest

from services.ledger.check.words import SENTENCES
from tests.databases import ROOT, Databases
from tests.services.ledger.export_world import (
    VALUATION,
    Lines,
    build,
    full,
    line_of,
    read_lines,
    verdict,
    write_lines,
)
from tests.services.ledger.kit import Ledger
from timebank.uow import UnitOfWork, make_engine


@pytest.fixture
def export(ledger: Ledger, tmp_path: Path) -> Path:
    """The full export of the world."""
    build(ledger)
    return full(ledger, tmp_path / "whole.jsonl")


@pytest.fixture(scope="module")
def sqlite_export(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One export for all forgers, who need no ledger of their own."""
    url = databases.fresh("sqlite")
    engine = make_engine(url)
    ledger = Ledger(url, UnitOfWork(engine))
    ledger.open()
    build(ledger)
    path = full(ledger, tmp_path_factory.mktemp("export") / "whole.jsonl")
    engine.dispose()
    databases.discard(url)
    return path


def test_the_whole_ledger_holds_and_is_the_same_each_time(
    ledger: Ledger, export: Path, tmp_path: Path
) -> None:
    good, said = verdict(export)
    assert good, said
    assert "Everything agrees: 2 books" in said[-1]
    assert full(ledger, tmp_path / "again.jsonl").read_bytes() == export.read_bytes()


def test_every_kind_of_line_is_there_and_nothing_sealed_is_left_out(
    ledger: Ledger, export: Path
) -> None:
    rows = read_lines(export)
    assert {row["kind"] for row in rows} == {
        "timebank-export",
        "key",
        "heads",
        "book",
        "account",
        "closing",
        "closing-kind",
        "closing-line",
        "transfer",
        "note",
        "block",
        "hold",
        "balance",
    }
    unsealed = [row for row in rows if row["kind"] == "transfer" and "position" not in row]
    assert len(unsealed) == 2
    [valued] = [row for row in rows if row.get("valuation")]
    assert valued["valuation"]["id"] == str(VALUATION)
    assert valued["valuation"]["content"]["words"] == "时长"
    slots = [row for row in rows if row["kind"] == "balance" and row["balance"]["slot"]]
    assert len({row["balance"]["slot"] for row in slots if row["balance"]["version"]}) > 1


def test_the_program_for_strangers_checks_it(export: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.ledger.check", str(export)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything agrees: 2 books" in done.stdout


def find(rows: Lines, kind: str, number: int = 0) -> int:
    return [place for place, row in enumerate(rows) if row["kind"] == kind][number]


def amount(rows: Lines) -> int:
    place = line_of(rows, "issue")
    rows[place]["entries"][0][2] -= 5
    return place


def both_amounts(rows: Lines) -> int:
    """The transfer still adds up to zero."""
    place = line_of(rows, "grant")
    rows[place]["entries"][0][2] -= 5
    rows[place]["entries"][1][2] += 5
    return place


def missing_transfer(rows: Lines) -> int:
    place = line_of(rows, "visit")
    del rows[place]
    return place


def missing_and_renumbered(rows: Lines) -> int:
    place = line_of(rows, "visit")
    del rows[place]
    for row in rows[place:]:
        if "position" in row:
            row["position"] -= 1
    return place


def missing_unsealed(rows: Lines) -> int:
    place = line_of(rows, "late")
    del rows[place]
    return place


def swapped(rows: Lines) -> int:
    place = line_of(rows, "wide 3")
    other = next(n for n in range(place + 1, len(rows)) if rows[n]["kind"] == "transfer")
    rows[place], rows[other] = rows[other], rows[place]
    return place


def swapped_and_renumbered(rows: Lines) -> int:
    place = line_of(rows, "wide 3")
    other = next(n for n in range(place + 1, len(rows)) if rows[n]["kind"] == "transfer")
    rows[place], rows[other] = rows[other], rows[place]
    for name in ("position",):
        rows[place][name], rows[other][name] = rows[other][name], rows[place][name]
    return place


def other_key(rows: Lines) -> int:
    place = line_of(rows, "grant")
    rows[place]["transfer"]["idem_key"] = "grant again"
    return place


def other_reason(rows: Lines) -> int:
    place = line_of(rows, "grant")
    rows[place]["transfer"]["reason"] = "elder_90"
    return place


def other_moment(rows: Lines) -> int:
    place = line_of(rows, "grant")
    rows[place]["transfer"]["effective_at"] = "2026-01-30T00:00:00.000000Z"
    return place


def doubled(rows: Lines) -> int:
    place = line_of(rows, "wide 2")
    rows.insert(place, deepcopy(rows[place]))
    return place + 1


def doubled_unsealed(rows: Lines) -> int:
    place = line_of(rows, "late")
    rows.insert(place, deepcopy(rows[place]))
    return place + 1


def doubled_account(rows: Lines) -> int:
    place = find(rows, "account")
    rows.insert(place, deepcopy(rows[place]))
    return place + 1


def valued_otherwise(rows: Lines) -> int:
    place = line_of(rows, "visit")
    rows[place]["valuation"]["content"]["bands"] = [[60, 200]]
    return place


def valuation_gone(rows: Lines) -> int:
    place = line_of(rows, "visit")
    del rows[place]["valuation"]
    return place


def after_balance(rows: Lines) -> int:
    """Not sealed, but it follows from the amounts."""
    place = line_of(rows, "grant")
    rows[place]["entries"][0][4] += 1
    return place


def kept_balance(rows: Lines) -> int:
    place = find(rows, "balance")
    rows[place]["balance"]["posted_minutes"] += 60
    return place


def balance_gone(rows: Lines) -> int:
    del rows[find(rows, "balance", -1)]
    return len(rows) - 1


def held_more(rows: Lines) -> int:
    places = [place for place, row in enumerate(rows) if row["kind"] == "hold"]
    place = next(place for place in places if rows[place]["outcome"] is None)
    rows[place]["legs"][0]["amount_minutes"] += 1
    return place


def captured_more(rows: Lines) -> int:
    places = [place for place, row in enumerate(rows) if row["kind"] == "hold"]
    place = next(
        place for place in places if (rows[place]["outcome"] or {}).get("outcome") == "captured"
    )
    rows[place]["outcome"]["captured_minutes"] = 9_999
    return place


def note_changed(rows: Lines) -> int:
    place = find(rows, "note")
    rows[place]["note"]["text_hash"] = "b" * 64
    return place


def root(rows: Lines) -> int:
    place = find(rows, "block", 1)
    rows[place]["block"]["root"] = "0" * 64
    return place


def signature(rows: Lines) -> int:
    place = find(rows, "block", 1)
    rows[place]["block"]["signature"] = "0" * 128
    return place


def block_gone(rows: Lines) -> int:
    place = find(rows, "block", 1)
    del rows[place]
    return place


def last_block_gone(rows: Lines) -> int:
    """What a published list has seen may not disappear, even with everything in it."""
    place = find(rows, "block", -1)
    first = find(rows, "block", -2) + 1
    del rows[first : place + 1]
    return first


def key_changed(rows: Lines) -> int:
    place = find(rows, "key")
    rows[place]["event"]["holder"] = "别人"
    return place


def key_gone(rows: Lines) -> int:
    place = find(rows, "key", -1)
    del rows[place]
    return place


def list_changed(rows: Lines) -> int:
    place = find(rows, "heads")
    rows[place]["list"]["content"] = rows[place]["list"]["content"].replace("01-31", "01-30", 1)
    return place


def list_gone(rows: Lines) -> int:
    place = find(rows, "heads")
    del rows[place]
    return place


def closing_line(rows: Lines) -> int:
    place = find(rows, "closing-line")
    rows[place]["closing_line"]["posted_minutes"] += 1
    return place


def closing_kind(rows: Lines) -> int:
    place = find(rows, "closing-kind")
    rows[place]["closing_kind"]["in_minutes"] += 1
    return place


def closing_entries(rows: Lines) -> int:
    place = find(rows, "closing")
    rows[place]["closing"]["entries"] += 1
    return place


def book_gone(rows: Lines) -> int:
    first, second = find(rows, "book"), find(rows, "book", 1)
    del rows[first:second]
    return first


def content_gone(rows: Lines) -> int:
    place = line_of(rows, "grant")
    row = rows[place]
    leaf = {"transfer_id": row["transfer"]["id"], "note_id": str(UUID(int=0))}
    rows[place] = {
        "kind": "leaf",
        "position": row["position"],
        "leaf_hash": row["leaf_hash"],
        "leaf": leaf,
    }
    return place


def fraction(rows: Lines) -> int:
    place = line_of(rows, "grant")
    rows[place]["entries"][0][2] = -120.0
    return place


def misplaced(rows: Lines) -> int:
    place = find(rows, "balance")
    rows.insert(place, rows.pop(find(rows, "account")))
    return place


FORGERIES: dict[str, tuple[Callable[[Lines], int], str]] = {
    "amount": (amount, "not_balanced"),
    "both amounts": (both_amounts, "leaf_differs"),
    "missing": (missing_transfer, "position_differs"),
    "missing, renumbered": (missing_and_renumbered, "block_differs"),
    "missing, unsealed": (missing_unsealed, "balance_differs"),
    "swapped": (swapped, "position_differs"),
    "swapped, renumbered": (swapped_and_renumbered, "block_differs"),
    "key": (other_key, "leaf_differs"),
    "reason": (other_reason, "leaf_differs"),
    "moment": (other_moment, "leaf_differs"),
    "doubled": (doubled, "position_differs"),
    "doubled, unsealed": (doubled_unsealed, "not_ascending"),
    "doubled account": (doubled_account, "not_ascending"),
    "valuation": (valued_otherwise, "leaf_differs"),
    "valuation gone": (valuation_gone, "valuation_differs"),
    "running balance": (after_balance, "running_balance_broken"),
    "kept balance": (kept_balance, "balance_differs"),
    "balance gone": (balance_gone, "balance_missing"),
    "held": (held_more, "balance_differs"),
    "captured": (captured_more, "hold_wrong"),
    "note": (note_changed, "leaf_differs"),
    "root": (root, "block_differs"),
    "signature": (signature, "block_unsigned"),
    "block gone": (block_gone, "block_differs"),
    "last block gone": (last_block_gone, "head_missing"),
    "key history": (key_changed, "key_wrong"),
    "key gone": (key_gone, "heads_wrong"),
    "list": (list_changed, "heads_wrong"),
    "list gone": (list_gone, "lists_broken"),
    "closing line": (closing_line, "closing_differs"),
    "closing kind": (closing_kind, "closing_differs"),
    "closing entries": (closing_entries, "closing_differs"),
    "book gone": (book_gone, "books_differ"),
    "content gone": (content_gone, "leaf_without_content"),
    "fraction": (fraction, "unreadable"),
    "misplaced": (misplaced, "line_out_of_order"),
}
#: Breaches that can only be named where what is missing would have been, or at the end.
ELSEWHERE = {
    "balance_differs",
    "balance_missing",
    "block_differs",
    "books_differ",
    "head_missing",
    "heads_wrong",
    "lists_broken",
}


def sentence(code: str) -> str:
    """How the sentence of a breach begins, as far as no figure stands in it."""
    return max(SENTENCES[code].replace("{", "}").split("}")[::2], key=len).strip()


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_found(name: str, sqlite_export: Path, tmp_path: Path) -> None:
    rows = read_lines(sqlite_export)
    forge, code = FORGERIES[name]
    place = forge(rows)
    good, said = verdict(write_lines(tmp_path / "forged.jsonl", rows))
    assert not good
    named = [line for line in said if sentence(code) in line]
    assert named, said
    if code not in ELSEWHERE:
        assert any(f"line {place + 1}:" in line for line in named), (place + 1, said)


def test_the_lines_themselves_pass(sqlite_export: Path, tmp_path: Path) -> None:
    """Otherwise every forgery would be found for nothing."""
    good, said = verdict(write_lines(tmp_path / "same.jsonl", read_lines(sqlite_export)))
    assert good, said


def cut(text: bytes) -> bytes:
    return text[: len(text) * 2 // 3]


def cut_at_a_line(text: bytes) -> bytes:
    return b"".join(text.splitlines(keepends=True)[:-4])


def garbage(text: bytes) -> bytes:
    lines = text.splitlines(keepends=True)
    return b"".join([*lines[:30], b"\xff\x00 not json\n", *lines[30:]])


def digit(text: bytes) -> bytes:
    return text.replace(b'"holder":"', b'"holder":" ', 1)


def more(text: bytes) -> bytes:
    return text + text.splitlines(keepends=True)[5]


def twice_named(text: bytes) -> bytes:
    return text.replace(b'{"kind":"book"', b'{"kind":"book","kind":"book"', 1).replace(
        b'{"book":', b'{"book":"330302000000","book":', 1
    )


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (cut, "cut_short"),
        (cut_at_a_line, "cut_short"),
        (garbage, "unreadable"),
        (digit, "digest_differs"),
        (more, "after_end"),
        (twice_named, "unreadable"),
        (lambda _: b"", "no_header"),
        (lambda _: b'{"kind":"book","book":"330303000000"}\n', "no_header"),
        (lambda text: text.replace(b'"version":1', b'"version":9', 1), "version_unknown"),
    ],
)
def test_a_damaged_file_is_found(
    damage: Callable[[bytes], bytes], code: str, sqlite_export: Path, tmp_path: Path
) -> None:
    path = tmp_path / "damaged.jsonl"
    path.write_bytes(damage(sqlite_export.read_bytes()))
    good, said = verdict(path)
    assert not good
    assert any(sentence(code) in line for line in said), said


def test_an_export_has_no_word_about_anybody(sqlite_export: Path) -> None:
    """Ids, codes, moments, hashes; only holders of keys and what a valuation says are texts."""
    for row in read_lines(sqlite_export):
        if row["kind"] in {"key", "heads"}:
            continue
        row.pop("valuation", None)
        assert json.dumps(row).isascii(), row
        assert "\\u" not in json.dumps(row)
