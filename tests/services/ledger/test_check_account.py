"""A member's account as a file: one way to write it, and any other byte is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.ledger.check.account import figures_wrong
from services.ledger.check.command import main
from services.ledger.seals.account_file import read_account, write_account
from services.ledger.seals.canonical import canonical_json
from services.ledger.seals.headers import INTRODUCED, OPERATOR, ZEROS, BlockHead, KeyEvent, as_json
from services.ledger.seals.signing import SigningKey
from tests.services.ledger.kit import BOOK, NOW

KEY = SigningKey(bytes(31) + b"\1")
STRANGER = SigningKey(bytes(31) + b"\2")
FAR = "320106000000"


def introduced(key: SigningKey) -> KeyEvent:
    """The history of one key."""
    event = KeyEvent(
        0, INTRODUCED, OPERATOR, key.key_id, key.public_key, "运营方", NOW, ZEROS, key.key_id
    )
    return replace(event, signature=key.sign(event.message()))


def sealed(book: str, key: SigningKey = KEY) -> BlockHead:
    """A book's newest block."""
    head = BlockHead(book, 3, ZEROS, 8, "ab" * 32, NOW, key.key_id)
    return replace(head, signature=key.sign(head.message()))


def account(**changes: Any) -> dict[str, Any]:
    """The content of a statement."""
    coins = [
        {"book": BOOK, "origin": "earned", "period": "", "posted_minutes": 90, "held_minutes": 30},
        {
            "book": BOOK,
            "origin": "granted",
            "period": "2026Q1",
            "posted_minutes": 10,
            "held_minutes": 0,
        },
    ]
    given: dict[str, Any] = {
        "kind": "statement",
        "version": 1,
        "id": str(UUID(int=5)),
        "issued_at": NOW + timedelta(minutes=1),
        "receiver": None,
        "member": {"number": "33V0000019", "name": "陈安宁"},
        "coins": coins,
        "total_minutes": 100,
        "transfers": [],
        "seals": [as_json(sealed(BOOK))],
        "keys": [as_json(introduced(KEY))],
    }
    return {**given, **changes}


def closing(**changes: Any) -> dict[str, Any]:
    """The content of a closing statement."""
    moved = [{"book": BOOK, "id": str(UUID(int=6)), "minutes": 90}]
    given = {"kind": "closing", "receiver": STRANGER.key_id, "transfers": moved}
    return account(**{**given, **changes})


def judged(folder: Path, text: str, *pins: str) -> tuple[int, list[str]]:
    """What the stand-alone checker says of a file."""
    path = folder / "account.json"
    path.write_text(text, encoding="utf-8")
    said: list[str] = []
    return main([str(path), *pins], said.append), said


@pytest.mark.parametrize("given", [account(), closing()], ids=["statement", "closing"])
def test_a_genuine_account_is_accepted(tmp_path: Path, given: Mapping[str, Any]) -> None:
    code, said = judged(tmp_path, write_account(given, KEY), "--key", KEY.public_key)
    assert code == 0, said
    assert not any("✗" in line for line in said)


def test_any_altered_byte_is_refused(tmp_path: Path) -> None:
    raw = write_account(account(), KEY).encode()
    path = tmp_path / "account.json"
    for place in range(len(raw)):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        assert main([str(path)], lambda _line: None) == 1, place
    for other in (raw + b"\n", b" " + raw, raw[:-1], b""):
        path.write_bytes(other)
        assert main([str(path)], lambda _line: None) == 1


def test_another_key_is_not_the_one_that_is_known(tmp_path: Path) -> None:
    forged = account(keys=[as_json(introduced(STRANGER))], seals=[as_json(sealed(BOOK, STRANGER))])
    text = write_account(forged, STRANGER)
    assert judged(tmp_path, text)[0] == 0
    assert judged(tmp_path, text, "--key", KEY.public_key)[0] == 1
    # Signed by a key that the history does not know.
    assert judged(tmp_path, write_account(account(), STRANGER))[0] == 1


def test_spelled_another_way_it_is_another_file(tmp_path: Path) -> None:
    text = write_account(account(), KEY)
    assert judged(tmp_path, text.replace(",", ", ", 1))[0] == 1
    content = canonical_json(account()).replace('"total_minutes":100', '"total_minutes":1e2')
    assert content != canonical_json(account())
    with pytest.raises(ValueError, match="content"):
        read_account(
            text.replace(canonical_json(canonical_json(account())), canonical_json(content))
        )


WRONG: dict[str, dict[str, Any]] = {
    "account_total": account(total_minutes=101),
    "account_amount": account(
        coins=[{**account()["coins"][0], "held_minutes": 91}], total_minutes=90
    ),
    "account_twice": account(coins=[account()["coins"][0]] * 2, total_minutes=180),
    "account_unsealed": account(seals=[as_json(sealed(FAR))]),
    "account_not_closed": account(receiver=STRANGER.key_id),
}


@pytest.mark.parametrize("code", WRONG)
def test_figures_that_cannot_be_are_named_whoever_signed(tmp_path: Path, code: str) -> None:
    text = write_account(WRONG[code], KEY)
    assert list(figures_wrong(read_account(text))) == [code]
    assert judged(tmp_path, text)[0] == 1


def test_a_closing_statement_carries_what_it_debited_and_no_more() -> None:
    for given in (closing(transfers=[]), closing() | {"receiver": None}):
        assert list(figures_wrong(read_account(write_account(given, KEY)))) == [
            "account_not_closed"
        ]


def test_a_seal_of_somebody_else_or_of_later_is_refused(tmp_path: Path) -> None:
    for head in (sealed(BOOK, STRANGER), replace(sealed(BOOK), size=9)):
        assert judged(tmp_path, write_account(account(seals=[as_json(head)]), KEY))[0] == 1
    assert judged(tmp_path, write_account(account(issued_at=NOW - timedelta(days=1)), KEY))[0] == 1
