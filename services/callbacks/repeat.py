"""``python -m services.callbacks.repeat DRAW.json [--heads HEADS.json]``: a draw done again.

Whoever doubts a draw downloads its file and runs this: the list's hash, the signatures, the seed
and every drawn position are made anew. With the daily list of the seed's day it also sees that the
list was published after the closing, and that it is the witnesses introduced first who signed.
Only the standard library and ``cryptography`` are needed.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from services.callbacks.witnesses import first_witnesses
from services.ledger.seals.daylist import loads, problems, read_published
from services.ledger.seals.headers import (
    WITNESS,
    Malformed,
    checked_hex,
    content_hash,
    hex_in,
    items_in,
    number_in,
    text_in,
)
from services.ledger.seals.signing import is_signed, key_id_of
from services.rules.drawing import drawn_positions, list_hash, sample_size, seed_of

FILE = "timebank-callback-draw"
#: What is wrong, in the reader's two languages.
WORDS: Mapping[str, str] = {
    "unreadable": "文件读不懂。 The file cannot be read.",
    "list_hash": "名单和它的指纹不符。 The list does not match its hash.",
    "list_order": "名单没有按顺序排。 The list is not in order.",
    "waiting": "还没有抽签。 Not drawn yet.",
    "signature": "见证人的签名不对。 A witness's signature is wrong.",
    "seed": "种子不是由这些签名得出的。 The seed is not made of these signatures.",
    "drawn": "抽到的不是种子指的那些。 Other positions are drawn than the seed says.",
    "heads_day": "清单不是种子那一天的。 The daily list is of another day.",
    "heads_hash": "清单和抽签文件写的不是同一份。 The daily list is not the one named.",
    "heads_problem": "清单本身有问题。 The daily list is wrong itself.",
    "too_early": "清单公布在名单封存以前。 The daily list is older than the closing.",
    "witnesses": "签名的不是最早的见证人。 Others than the first witnesses signed.",
}


def faults(found: Any, heads: Any = None) -> Iterator[str]:
    """Codes of what is wrong with a draw's file; Malformed when it is not one."""
    if not isinstance(found, dict) or found.get("kind") != FILE or number_in(found, "version") != 1:
        raise Malformed("kind")
    names = [checked_hex(each, "visits") for each in found["visits"]]
    first, last = (_day(found, name) for name in ("first_day", "last_day"))
    closed = list_hash(text_in(found, "book"), text_in(found, "period"), first, last, names)
    if closed != hex_in(found, "list_hash"):
        yield "list_hash"
    if names != sorted(names):
        yield "list_order"
    if found.get("drawn") is None:
        yield "waiting"
        return
    if found.get("seed") is None:
        # Nobody signed in time, or there was nothing to draw from: everything is called.
        if found["drawn"] != list(range(len(names))):
            yield "drawn"
    else:
        yield from _seed_faults(found, closed, len(names))
    if heads is not None:
        yield from _head_faults(found, heads)


def _seed_faults(found: Mapping[str, Any], closed: str, size: int) -> Iterator[str]:
    signed = []
    message = WITNESS + bytes.fromhex(hex_in(found, "seed_list_hash"))
    for each in items_in(found, "signatures"):
        key_id, public_key = hex_in(each, "key_id"), hex_in(each, "public_key")
        signature = hex_in(each, "signature", 64)
        signed.append((key_id, signature))
        if key_id_of(public_key) != key_id or not is_signed(public_key, message, signature):
            yield "signature"
    seed = seed_of(closed, _day(found, "seed_day"), signed)
    if seed != found["seed"]:
        yield "seed"
    count = sample_size(size, number_in(found, "percent"))
    if found["drawn"] != list(drawn_positions(seed, size, count)):
        yield "drawn"


def _head_faults(found: Mapping[str, Any], heads: Any) -> Iterator[str]:
    published = read_published(heads)
    day_list = published.day_list
    if day_list.day != found.get("seed_day"):
        yield "heads_day"
    if content_hash(day_list.content) != found.get("seed_list_hash"):
        yield "heads_hash"
    if list(problems(published)):
        yield "heads_problem"
    if day_list.at <= datetime.fromisoformat(text_in(found, "closed_at")):
        yield "too_early"
    signed = {hex_in(each, "key_id") for each in items_in(found, "signatures")}
    wanted = {each.key_id for each in first_witnesses(day_list.ring, max(2, len(signed)))}
    if signed and signed != wanted:
        yield "witnesses"


def _day(found: Mapping[str, Any], name: str) -> date:
    try:
        return date.fromisoformat(text_in(found, name))
    except ValueError:
        raise Malformed(name) from None


def say(text: str) -> None:
    """One line for whoever runs this."""
    sys.stdout.write(f"{text}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the draw comes out the same, 1 when it does not, 2 when a file cannot be read."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--heads", type=Path)
    given = parser.parse_args(arguments)
    try:
        found = loads(given.file.read_text("utf-8"))
        heads = loads(given.heads.read_text("utf-8")) if given.heads else None
        wrong = list(faults(found, heads))
    except (OSError, Malformed, KeyError, TypeError, ValueError):
        say(WORDS["unreadable"])
        return 2
    for code in wrong:
        say(WORDS[code])
    if wrong:
        return 1
    drawn = found["drawn"]
    say(f"没有发现问题。 Nothing wrong: {found['book']} {found['period']}")
    say(f"{len(found['visits'])} -> {len(drawn)}: {' '.join(map(str, drawn))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
