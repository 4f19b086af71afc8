"""A published daily list of heads, read and judged without a database.

``problems`` looks at one list alone; ``growth`` at what came of an older one: a book may only
grow, its older leaves stay under the newer root, and the history of the keys only gets longer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from services.ledger.seals.canonical import canonical_json
from services.ledger.seals.headers import (
    OUTSIDER,
    AuditHead,
    BlockHead,
    KeyEvent,
    Malformed,
    checked_hex,
    content_hash,
    hex_in,
    items_in,
    list_message,
    mapping_in,
    moment_in,
    number_in,
    path_in,
    text_in,
    witness_message,
)
from services.ledger.seals.keyring import Held, KeyRing
from services.ledger.seals.merkle import verify_consistency
from services.ledger.seals.signing import is_signed

#: The kinds of the file that is published and of the text in it that is signed.
FILE, LIST_KIND, COUNTERSIGNATURE = (
    "timebank-heads",
    "timebank-head-list",
    "timebank-countersignature",
)
VERSION = 1
#: Of the list's text; the second one names the heads over the audit records as well.
LIST_VERSION = 2
#: Beside a book in a problem's place: its audit records, not its transfers.
RECORDS = "audit records"
#: Witnesses that a list needs, unless whoever checks asks for more or fewer.
WITNESSES = 2

H = TypeVar("H", bound=BlockHead)
#: What is wrong, and with what: a code and a place.
Problem = tuple[str, str]


@dataclass(frozen=True, slots=True)
class DayList:
    """What a list's signed text says."""

    content: str
    day: str
    at: datetime
    #: Hash of the list before; zeros for the first.
    prev_hash: str
    key_id: str
    ring: KeyRing
    heads: Mapping[str, BlockHead]
    #: Heads over the audit records, by book; a list of the first version has none.
    audit_heads: Mapping[str, AuditHead]

    def hash(self) -> str:
        """What the next list names as the one before."""
        return content_hash(self.content)

    def head_like(self, head: BlockHead) -> BlockHead | None:
        """The list's head of the same book and the same kind of tree."""
        kept: Mapping[str, BlockHead] = (
            self.audit_heads if isinstance(head, AuditHead) else self.heads
        )
        return kept.get(head.book)


@dataclass(frozen=True, slots=True)
class Published:
    """A list with its signatures, and proofs of what it grew from."""

    day_list: DayList
    signature: str
    #: Key of a witness -> its signature.
    countersigned: Mapping[str, str]
    #: Hash of the older list that the proofs start from, None without one.
    since_hash: str | None
    #: Book -> consistency proof from its size in the older list.
    proofs: Mapping[str, list[bytes]]
    #: The same for the audit records.
    audit_proofs: Mapping[str, list[bytes]] = field(default_factory=dict)

    def witnessed_by(self) -> list[Held]:
        """The witnesses whose signature is good."""
        found = []
        for key_id, signature in self.countersigned.items():
            held = self.day_list.ring.key(key_id, OUTSIDER)
            if held is None or (held.until is not None and held.until < self.day_list.at):
                continue
            if is_signed(held.public_key, witness_message(self.day_list.content), signature):
                found.append(held)
        return found


def read_list(content: str) -> DayList:
    """Read a list's text; Malformed when it is not one."""
    given = loads(content)
    if not isinstance(given, dict) or given.get("kind") != LIST_KIND:
        raise Malformed("kind")
    version = number_in(given, "version")
    if not 1 <= version <= LIST_VERSION:
        raise Malformed("version")
    day = text_in(given, "day")
    try:
        date.fromisoformat(day)
    except ValueError:
        raise Malformed("day") from None
    if canonical_json(given) != content:
        # Two readers must never see two things in one text.
        raise Malformed("content")
    return DayList(
        content=content,
        day=day,
        at=moment_in(given, "at"),
        prev_hash=hex_in(given, "prev_hash"),
        key_id=hex_in(given, "key_id"),
        ring=KeyRing(KeyEvent.from_json(event) for event in items_in(given, "keys")),
        heads=_heads(given, "heads", BlockHead),
        audit_heads=_heads(given, "audit_heads", AuditHead) if version > 1 else {},
    )


def _heads(given: Any, name: str, made: type[H]) -> dict[str, H]:
    heads: dict[str, H] = {}
    for each in items_in(given, name):
        head = made.from_json(each)
        if head.book in heads:
            raise Malformed(name)
        heads[head.book] = head
    return heads


def read_published(given: Any) -> Published:
    """Read a published file's JSON; Malformed when it is not one."""
    countersigned = {
        hex_in(each, "key_id"): hex_in(each, "signature", 64)
        for each in items_in(given, "witnesses")
    }
    since = given.get("since_hash")
    return Published(
        day_list=read_list(_long_text(given, "content")),
        signature=hex_in(given, "signature", 64),
        countersigned=countersigned,
        since_hash=None if since is None else checked_hex(since, "since_hash"),
        proofs=_proofs(given, "proofs"),
        audit_proofs=_proofs(given, "audit_proofs") if "audit_proofs" in given else {},
    )


def _proofs(given: Any, name: str) -> dict[str, list[bytes]]:
    proofs = mapping_in(given, name)
    return {book: path_in(proofs, book) for book in proofs}


def loads(text: str) -> Any:
    """JSON; Malformed in place of everything that a decoder may raise."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("json") from None


def dumps(found: Any) -> str:
    """A file of ours as every command and page hands it out, to the byte."""
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def problems(published: Published) -> Iterator[Problem]:
    """What is wrong with a list and its signatures, witnesses aside."""
    found = published.day_list
    for number, code in found.ring.problems:
        yield f"key_{code}", str(number)
    in_force = found.ring.in_force
    message = list_message(found.content)
    if in_force is None or in_force.key_id != found.key_id:
        yield "list_key", found.day
    elif not is_signed(in_force.public_key, message, published.signature):
        yield "list_signature", found.day
    for book, head in found.heads.items():
        if not found.ring.has_signed(head):
            yield "block_signature", f"{book} {head.height}"
    for book, head in found.audit_heads.items():
        if not found.ring.has_signed(head):
            yield "block_signature", f"{book} {RECORDS} {head.height}"


def growth(old: DayList, new: Published) -> Iterator[Problem]:
    """What shows that history was rewritten between an older list and this one."""
    now = new.day_list
    if now.day <= old.day:
        yield "day_backwards", f"{old.day} {now.day}"
    if [event.hash() for event in now.ring.events[: len(old.ring.events)]] != [
        event.hash() for event in old.ring.events
    ]:
        yield "keys_rewritten", now.day
    proven = new.since_hash == old.hash()
    for book, before in old.heads.items():
        path = new.proofs.get(book) if proven else None
        yield from _growth_of(book, before, now.heads.get(book), path)
    for book, head in old.audit_heads.items():
        path = new.audit_proofs.get(book) if proven else None
        yield from _growth_of(f"{book} {RECORDS}", head, now.audit_heads.get(book), path)


def _growth_of(
    place: str, before: BlockHead, after: BlockHead | None, path: list[bytes] | None
) -> Iterator[Problem]:
    """One tree between two lists; ``path`` is the proof, None without one that counts."""
    if after is None:
        yield "book_gone", place
    elif after.size < before.size or after.height < before.height:
        yield "book_shrunk", f"{place} {before.size} {after.size}"
    elif after.size == before.size:
        if after.root != before.root:
            yield "book_rewritten", place
    elif path is None:
        yield "proof_missing", place
    elif not verify_consistency(
        before.size, after.size, bytes.fromhex(before.root), bytes.fromhex(after.root), path
    ):
        yield "book_rewritten", place


def _long_text(given: Any, name: str) -> str:
    value = given.get(name) if isinstance(given, dict) else None
    if not isinstance(value, str):
        raise Malformed(name)
    return value
