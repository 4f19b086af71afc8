"""What is signed: heads of blocks, events of keys, daily lists. Their bytes and their JSON.

Only the standard library is used here; ``docs/seals.md`` describes the formats to the byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from struct import Struct
from typing import Any, ClassVar, Self
from uuid import UUID

from services.ledger.seals.canonical import hash_bytes, moment_bytes, moment_text, text_bytes

BLOCK, KEY, LIST, WITNESS = b"TBB\x01", b"TBK\x01", b"TBL\x01", b"TBW\x01"
#: A block over audit records: what is signed of it can never pass for a block of the ledger.
AUDIT_BLOCK = b"TBH\x01"
#: In place of the hash of something that has nothing before it.
ZEROS = "0" * 64
OPERATOR, OUTSIDER = "operator", "witness"
INTRODUCED, RETIRED = "introduced", "retired"

_NUMBER = Struct(">q").pack


class Malformed(ValueError):
    """A file does not hold what its kind must hold; the text names the place."""


@dataclass(frozen=True, slots=True)
class BlockHead:
    """The state of a book's tree: ``root`` over all ``size`` leaves so far."""

    book: str
    height: int
    prev_hash: str
    size: int
    root: str
    sealed_at: datetime
    key_id: str
    signature: str = ""

    FORMAT: ClassVar[bytes] = BLOCK
    #: What its JSON calls the height.
    HEIGHT: ClassVar[str] = "height"

    def message(self) -> bytes:
        """What the operator signs."""
        return b"".join(
            (
                self.FORMAT,
                text_bytes(self.book),
                _NUMBER(self.height),
                hash_bytes(self.prev_hash),
                _NUMBER(self.size),
                hash_bytes(self.root),
                moment_bytes(self.sealed_at),
                hash_bytes(self.key_id),
            )
        )

    def hash(self) -> str:
        """What the next block names as ``prev_hash``."""
        return hashlib.sha256(self.message()).hexdigest()

    @classmethod
    def from_json(cls, given: Any) -> Self:
        """Read it back; Malformed when something is missing or of another kind."""
        return cls(
            book=text_in(given, "book"),
            height=number_in(given, cls.HEIGHT),
            prev_hash=hex_in(given, "prev_hash"),
            size=number_in(given, "size"),
            root=hex_in(given, "root"),
            sealed_at=moment_in(given, "sealed_at"),
            key_id=hex_in(given, "key_id"),
            signature=hex_in(given, "signature", 64),
        )


@dataclass(frozen=True, slots=True)
class AuditHead(BlockHead):
    """The state of a book's tree of audit records."""

    FORMAT: ClassVar[bytes] = AUDIT_BLOCK
    HEIGHT: ClassVar[str] = "audit_height"


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """One event in the history of the keys."""

    number: int
    kind: str
    role: str
    key_id: str
    public_key: str
    holder: str
    at: datetime
    prev_hash: str
    signed_by: str
    signature: str = ""

    def message(self) -> bytes:
        """What the operator's key in force signs."""
        return b"".join(
            (
                KEY,
                _NUMBER(self.number),
                text_bytes(self.kind),
                text_bytes(self.role),
                hash_bytes(self.key_id),
                hash_bytes(self.public_key),
                text_bytes(self.holder),
                moment_bytes(self.at),
                hash_bytes(self.prev_hash),
                hash_bytes(self.signed_by),
            )
        )

    def hash(self) -> str:
        """What the next event names as ``prev_hash``."""
        return hashlib.sha256(self.message()).hexdigest()

    @classmethod
    def from_json(cls, given: Any) -> KeyEvent:
        """Read it back; Malformed when something is missing or of another kind."""
        return cls(
            number=number_in(given, "number"),
            kind=text_in(given, "kind"),
            role=text_in(given, "role"),
            key_id=hex_in(given, "key_id"),
            public_key=hex_in(given, "public_key"),
            holder=text_in(given, "holder"),
            at=moment_in(given, "at"),
            prev_hash=hex_in(given, "prev_hash"),
            signed_by=hex_in(given, "signed_by"),
            signature=hex_in(given, "signature", 64),
        )


def as_json(head: BlockHead | KeyEvent) -> dict[str, Any]:
    """Its fields by name, moments as text."""
    fields = asdict(head)
    if isinstance(head, BlockHead):
        fields[head.HEIGHT] = fields.pop("height")
    return {
        name: moment_text(value) if isinstance(value, datetime) else value
        for name, value in fields.items()
    }


def content_hash(content: str) -> str:
    """SHA-256 of a daily list's text."""
    return hashlib.sha256(content.encode()).hexdigest()


def list_message(content: str) -> bytes:
    """What the operator signs of a daily list."""
    return LIST + hashlib.sha256(content.encode()).digest()


def witness_message(content: str) -> bytes:
    """What a witness signs of a daily list."""
    return WITNESS + hashlib.sha256(content.encode()).digest()


def mapping_in(given: Any, name: str) -> Mapping[str, Any]:
    """The object under a name."""
    value = _value(given, name)
    if not isinstance(value, dict):
        raise Malformed(name)
    return value


def items_in(given: Any, name: str) -> list[Any]:
    """The array under a name."""
    value = _value(given, name)
    if not isinstance(value, list):
        raise Malformed(name)
    return value


def text_in(given: Any, name: str) -> str:
    """The text under a name, at most 65,535 bytes."""
    value = _value(given, name)
    if not isinstance(value, str):
        raise Malformed(name)
    try:
        text_bytes(value)
    except ValueError:
        raise Malformed(name) from None
    return value


def uuid_in(given: Any, name: str) -> UUID:
    """The id under a name, in its one spelling."""
    text = text_in(given, name)
    try:
        found = UUID(text)
    except ValueError:
        raise Malformed(name) from None
    if str(found) != text:
        raise Malformed(name)
    return found


def number_in(given: Any, name: str) -> int:
    """The whole number under a name, within 64 bits."""
    value = _value(given, name)
    if not isinstance(value, int) or isinstance(value, bool) or not -(1 << 63) <= value < 1 << 63:
        raise Malformed(name)
    return value


def hex_in(given: Any, name: str, size: int = 32) -> str:
    """``size`` bytes as lower-case hexadecimal digits under a name."""
    return checked_hex(_value(given, name), name, size)


def checked_hex(value: Any, name: str, size: int = 32) -> str:
    """``size`` bytes as lower-case hexadecimal digits."""
    if not isinstance(value, str) or len(value) != 2 * size:
        raise Malformed(name)
    if not set(value) <= set("0123456789abcdef"):
        raise Malformed(name)
    return value


def path_in(given: Any, name: str) -> list[bytes]:
    """The hashes of a proof under a name."""
    return [bytes.fromhex(checked_hex(step, name)) for step in items_in(given, name)]


def moment_in(given: Any, name: str) -> datetime:
    """The moment under a name, written just as :func:`moment_text` writes it."""
    text = text_in(given, name)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed(name) from None
    if moment.tzinfo is None or moment_text(moment) != text:
        raise Malformed(name)
    return moment


def _value(given: Any, name: str) -> Any:
    if not isinstance(given, dict) or name not in given:
        raise Malformed(name)
    return given[name]
