"""The draw of call-backs: periods, the closed list's hash, the seed, and who is drawn by it.

Everything here can be repeated by anybody with SHA-256 and a list; docs/callbacks.md says it in
words. Nothing looks at a clock or a random source.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

#: What the hashed texts call themselves, so that none of them can pass for another.
LIST_KIND, SEED_KIND = "timebank-callback-list", "timebank-callback-seed"
VERSION = 1
#: A witness's key id and its signature, both as hexadecimal digits.
Signed = tuple[str, str]


def period_of(day: date) -> str:
    """The week that a day belongs to, say ``2026-W14`` (ISO 8601: from Monday)."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def days_of(period: str) -> tuple[date, date]:
    """A week's Monday and Sunday."""
    first = date.fromisocalendar(int(period[:4]), int(period[6:]), 1)
    return first, first + timedelta(days=6)


def last_ended(today: date) -> str:
    """The newest week that is over on a day."""
    return period_of(today - timedelta(days=7))


def list_hash(book: str, period: str, first: date, last: date, names: Sequence[str]) -> str:
    """SHA-256 over the closed list: ``names`` are opaque, sorted, each a visit's."""
    return _hash(
        {
            "kind": LIST_KIND,
            "version": VERSION,
            "book": book,
            "period": period,
            "first_day": first.isoformat(),
            "last_day": last.isoformat(),
            "visits": list(names),
        }
    )


def seed_of(closed_list: str, seed_day: date, signatures: Iterable[Signed]) -> str:
    """SHA-256 over the closed list's hash and what the witnesses signed on a later day."""
    return _hash(
        {
            "kind": SEED_KIND,
            "version": VERSION,
            "list_hash": closed_list,
            "day": seed_day.isoformat(),
            "signatures": sorted([key_id, signature] for key_id, signature in signatures),
        }
    )


def sample_size(size: int, percent: int) -> int:
    """How many of a list are drawn: the share, rounded up, so that one of a few is asked too."""
    return -(-size * percent // 100)


def drawn_positions(seed: str, size: int, count: int) -> tuple[int, ...]:
    """Which positions (from zero) are drawn, without replacement, in order.

    Each position's rank is SHA-256 over the seed's 32 bytes and the position as eight bytes; the
    lowest ``count`` of them are drawn.
    """
    start = bytes.fromhex(seed)
    ranked = sorted(range(size), key=lambda place: (_rank(start, place), place))
    return tuple(sorted(ranked[:count]))


def _rank(seed: bytes, position: int) -> bytes:
    return hashlib.sha256(seed + position.to_bytes(8, "big")).digest()


def _hash(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
