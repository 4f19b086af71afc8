"""A full export (jsonl) verified offline, line by line, by whoever has the file.

Needs the standard library, ``cryptography`` and the pure modules beside this one, no database.
Nothing that is told is believed: sums, versions, running and kept balances, holds, closings,
leaves, roots, signatures and published lists are worked out again. Memory grows with accounts and
closed months, not with transfers. docs/exports.md says what each line holds.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from services.ledger.check.book import BookCheck
from services.ledger.check.words import Report
from services.ledger.seals.daylist import WITNESSES, DayList, Published, problems, read_list
from services.ledger.seals.headers import (
    ZEROS,
    BlockHead,
    KeyEvent,
    Malformed,
    content_hash,
    hex_in,
    items_in,
    mapping_in,
    number_in,
    text_in,
)
from services.ledger.seals.keyring import KeyRing

HEADER, VERSION = "timebank-export", 1
#: No line is longer than this, in bytes: a transfer of 100,000 legs takes a sixth of it.
LONGEST = 64 << 20


def check(path: Path, say: Callable[[str], None]) -> bool:
    """Verify a full export; says every breach with its line and returns whether there was none.

    OSError when the file cannot be read.
    """
    report = Report(say)
    found = ExportCheck(report)
    with path.open("rb") as file:
        for number, raw in _lines(file):
            report.line = number
            if not found.take(raw):
                break
    found.finish()
    sound = report.close()
    if sound:
        say(
            f"全部一致：{len(found.books)} 本账，{report.line:,} 行。"
            f" Everything agrees: {len(found.books)} books, {report.line:,} lines."
        )
    return sound


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    number = 0
    while raw := file.readline(LONGEST):
        number += 1
        yield number, raw


class ExportCheck:
    """Takes the lines of an export in their order."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._digest = hashlib.sha256()
        self._seen, self._ended = 0, False
        self._expected: list[str] = []
        self._ring = KeyRing()
        self._book: BookCheck | None = None
        self._lists: DayList | None = None
        #: (book, height) -> the head as it was published, and the first day on which it was.
        self._published: dict[tuple[str, int], tuple[str, str]] = {}
        self._lacking: list[str] = []
        #: The books that have come so far.
        self.books: list[str] = []

    def take(self, raw: bytes) -> bool:
        """One line with its newline; False when it makes no sense to go on."""
        if not raw.endswith(b"\n"):
            self._report.breach("unreadable", why="no newline")
            return False
        try:
            row = _parsed(raw)
            kind = text_in(row, "kind")
            if self._seen == 0 and not self._header(kind, row):
                return False
            if self._ended:
                self._report.breach("after_end")
                return False
            if kind == "end":
                self._end(row)
            elif self._seen:
                self._line(kind, row)
        except (Malformed, struct.error, OverflowError, RecursionError) as error:
            self._report.breach("unreadable", why=str(error))
            if self._seen == 0:
                return False
        if not self._ended:
            self._digest.update(raw)
            self._seen += 1
        return True

    def finish(self) -> None:
        """There is no further line."""
        if self._book is not None:
            self._book.finish()
        if not self._seen:
            if not self._report.count:
                self._report.breach("no_header", 1)
            return
        if not self._ended:
            self._report.breach("cut_short")
        if self.books != self._expected:
            self._report.breach("books_differ")
        for (book, height), (_hash, day) in self._published.items():
            if book in self._expected:
                self._report.breach("head_missing", day=day, book=book, height=height)
        if self._ring.events:
            # Keys inside a file prove nothing by themselves.
            public_key = self._ring.events[0].public_key
            self._report.note(
                f"各签名都追溯到公钥 {public_key}，请与您从别处得知的核对。"
                f" Every signature goes back to the public key {public_key};"
                " compare it with the one that you know from elsewhere."
            )
        if self._lacking:
            number, day = len(self._lacking), self._lacking[0]
            self._report.note(
                f"{number} 份公布清单的见证人不足 {WITNESSES} 位，最早是 {day}。"
                f" {number} published lists lack {WITNESSES} witnesses, the first of {day}."
            )

    def _header(self, kind: str, row: Mapping[str, Any]) -> bool:
        if kind != HEADER:
            self._report.breach("no_header")
            return False
        version = number_in(row, "version")
        if version != VERSION:
            self._report.breach("version_unknown", found=version)
            return False
        self._expected = [text_in({"book": each}, "book") for each in items_in(row, "books")]
        return True

    def _line(self, kind: str, row: Mapping[str, Any]) -> None:
        if kind == "book":
            self._open(text_in(row, "book"))
        elif self._book is not None:
            self._book.take(kind, row)
        elif kind == "key":
            self._key(KeyEvent.from_json(mapping_in(row, "event")))
        elif kind == "heads":
            self._heads(row)
        else:
            self._report.breach("line_out_of_order", found=kind)

    def _open(self, book: str) -> None:
        if self._book is not None:
            self._book.finish()
        self.books.append(book)
        self._book = BookCheck(book, self._report, self._ring, self._sealed)

    def _end(self, row: Mapping[str, Any]) -> None:
        self._ended = True
        lines = number_in(row, "lines")
        if lines != self._seen:
            self._report.breach("lines_differ", expected=lines, found=self._seen)
        if hex_in(row, "sha256") != self._digest.hexdigest():
            self._report.breach("digest_differs")

    def _key(self, event: KeyEvent) -> None:
        if self._lists is not None:
            self._report.breach("line_out_of_order", found="key")
        known = len(self._ring.problems)
        self._ring.add(event)
        for number, why in self._ring.problems[known:]:
            self._report.breach("key_wrong", why=f"{number} {why}")

    def _heads(self, row: Mapping[str, Any]) -> None:
        given = mapping_in(row, "list")
        content = given.get("content")
        if not isinstance(content, str):
            raise Malformed("content")
        found = read_list(content)
        signed = {
            hex_in(each, "key_id"): hex_in(each, "signature", 64)
            for each in items_in(row, "signatures")
        }
        published = Published(found, hex_in(given, "signature", 64), signed, None, {})
        for code, place in problems(published):
            self._report.breach("heads_wrong", day=found.day, why=f"{code} {place}")
        if (given.get("day"), given.get("content_hash")) != (found.day, content_hash(content)):
            self._report.breach("heads_wrong", day=found.day, why="content_hash")
        before = ZEROS if self._lists is None else self._lists.hash()
        later = self._lists is None or found.day > self._lists.day
        if found.prev_hash != before or not later:
            self._report.breach("lists_broken", day=found.day)
        events = [event.hash() for event in self._ring.events[: len(found.ring.events)]]
        if [event.hash() for event in found.ring.events] != events:
            self._report.breach("heads_wrong", day=found.day, why="keys")
        if len(published.witnessed_by()) < WITNESSES:
            self._lacking.append(found.day)
        self._lists = found
        for head in found.heads.values():
            self._remember(head, found.day)

    def _remember(self, head: BlockHead, day: str) -> None:
        known = self._published.setdefault((head.book, head.height), (head.hash(), day))
        if known[0] != head.hash():
            self._report.breach("head_differs", day=day, book=head.book, height=head.height)

    def _sealed(self, head: BlockHead) -> None:
        """A block has ended: is it the one that was published?"""
        known = self._published.pop((head.book, head.height), None)
        if known is not None and known[0] != head.hash():
            day = known[1]
            self._report.breach("head_differs", day=day, book=head.book, height=head.height)


def _parsed(raw: bytes) -> Mapping[str, Any]:
    """The object on a line; Malformed for anything else, names that stand twice among it."""
    try:
        row = json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except ValueError as error:
        raise Malformed(str(error)) from None
    if not isinstance(row, dict):
        raise Malformed("no object")
    return row


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a name stands twice")
    return found


def _no_number(text: str) -> Any:
    raise Malformed(text)
