"""A member's account as a file: what is signed, how it is written, and how it is read back.

Only the standard library is used here; ``docs/portable-account.md`` describes it to the byte. The
file is the canonical JSON of its envelope, the signed text in it the canonical JSON of the
account: there is one way to write each, so that any other byte is another file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.ledger.seals.canonical import canonical_json
from services.ledger.seals.daylist import loads
from services.ledger.seals.headers import (
    BlockHead,
    KeyEvent,
    Malformed,
    content_hash,
    hex_in,
    items_in,
    mapping_in,
    moment_in,
    number_in,
    text_in,
    uuid_in,
)
from services.ledger.seals.keyring import KeyRing
from services.ledger.seals.signing import SigningKey

#: The kind of the file; what is in it is a statement or a closing one.
FILE, VERSION = "timebank-account", 1
STATEMENT, CLOSING = "statement", "closing"
#: What coins are carried along by a closing statement: grants stay behind.
CARRIED = ("earned", "received", "inherited")
ORIGINS = (*CARRIED, "granted")
MARK = b"TBA\x01"


@dataclass(frozen=True, slots=True)
class Coins:
    """What stands on one account of the member, in standard minutes."""

    book: str
    origin: str
    #: The quarter of a grant, the day of an inheritance; else empty.
    period: str
    posted_minutes: int
    held_minutes: int


@dataclass(frozen=True, slots=True)
class AccountFile:
    """What an account's file says. ``given`` has everything, as it was signed."""

    content: str
    key_id: str
    signature: str
    kind: str
    id: UUID
    issued_at: datetime
    #: Key of the installation that alone may take a closing statement in.
    receiver: str | None
    ring: KeyRing
    coins: tuple[Coins, ...]
    total_minutes: int
    #: Minutes that a closing statement debited, transfer by transfer.
    debited_minutes: int
    seals: tuple[BlockHead, ...]
    given: Mapping[str, Any]

    @property
    def carried_minutes(self) -> int:
        """What may be taken along."""
        return sum(each.posted_minutes for each in self.coins if each.origin in CARRIED)

    def message(self) -> bytes:
        """What the operator signs."""
        return account_message(self.content)


def account_message(content: str) -> bytes:
    """What the operator signs of an account's text."""
    return MARK + hashlib.sha256(content.encode()).digest()


def write_account(given: Mapping[str, Any], key: SigningKey) -> str:
    """The file of an account: its text signed, all of it in canonical JSON."""
    content = canonical_json(given)
    return canonical_json(
        {
            "kind": FILE,
            "version": VERSION,
            "content": content,
            "content_hash": content_hash(content),
            "key_id": key.key_id,
            "signature": key.sign(account_message(content)),
        }
    )


def read_account(text: str) -> AccountFile:
    """Read a file; Malformed when any byte of it is not as it would have been written."""
    envelope = loads(text)
    if not isinstance(envelope, dict) or envelope.get("kind") != FILE:
        raise Malformed("kind")
    if number_in(envelope, "version") != VERSION:
        raise Malformed("version")
    names = {"kind", "version", "content", "content_hash", "key_id", "signature"}
    content = envelope.get("content")
    if set(envelope) != names or not isinstance(content, str):
        raise Malformed("content")
    if canonical_json(envelope) != text:
        raise Malformed("bytes")
    if content_hash(content) != hex_in(envelope, "content_hash"):
        raise Malformed("content_hash")
    given = loads(content)
    if not isinstance(given, dict) or canonical_json(given) != content:
        raise Malformed("content")
    return _read(given, content, hex_in(envelope, "key_id"), hex_in(envelope, "signature", 64))


def _read(given: Mapping[str, Any], content: str, key_id: str, signature: str) -> AccountFile:
    kind = text_in(given, "kind")
    if kind not in (STATEMENT, CLOSING):
        raise Malformed("kind")
    mapping_in(given, "member")
    return AccountFile(
        content=content,
        key_id=key_id,
        signature=signature,
        kind=kind,
        id=uuid_in(given, "id"),
        issued_at=moment_in(given, "issued_at"),
        receiver=None if given.get("receiver") is None else hex_in(given, "receiver"),
        ring=KeyRing(KeyEvent.from_json(event) for event in items_in(given, "keys")),
        coins=tuple(_coins(each) for each in items_in(given, "coins")),
        total_minutes=number_in(given, "total_minutes"),
        debited_minutes=sum(number_in(each, "minutes") for each in items_in(given, "transfers")),
        seals=tuple(BlockHead.from_json(each) for each in items_in(given, "seals")),
        given=given,
    )


def _coins(given: Any) -> Coins:
    origin = text_in(given, "origin")
    if origin not in ORIGINS:
        raise Malformed("origin")
    return Coins(
        book=text_in(given, "book"),
        origin=origin,
        period=text_in(given, "period"),
        posted_minutes=number_in(given, "posted_minutes"),
        held_minutes=number_in(given, "held_minutes"),
    )
