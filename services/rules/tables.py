"""Published tables beside the rule set: thresholds, terms and standards, each with a version.

They price nothing, so that they change without a new rule set; what was decided by one names its
version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is shipped: ``content`` is what the file says, ``digest`` its SHA-256."""

    name: str
    version: str
    content: Mapping[str, Any]
    digest: str


@cache
def table(name: str) -> Table:
    """The table of that name in force, say ``sheets``; a file is never changed but by a new one."""
    return _read(max(_DATA.glob(f"{name}-[0-9]*.json"), key=_number))


@cache
def table_of(version: str) -> Table:
    """The table of that version, in force or not; LookupError when it was never shipped."""
    path = _DATA / f"{version}.json"
    if path not in set(_DATA.glob("*-[0-9]*.json")):
        raise LookupError(version)
    return _read(path)


@cache
def all_tables() -> tuple[Table, ...]:
    """Every table that was ever shipped, by name, the newest of each first.

    Rule sets and calendars lie beside them and are published by their own hashes.
    """
    paths = [path for path in _DATA.glob("*-[0-9]*.json") if _read(path).version == path.stem]
    ordered = sorted(paths, key=lambda path: (path.stem.rsplit("-", 1)[0], -_number(path)))
    return tuple(_read(path) for path in ordered)


def text_of(version: str) -> bytes:
    """The bytes of a table as they are hashed; LookupError when it was never shipped."""
    table_of(version)
    return (_DATA / f"{version}.json").read_bytes()


def _read(path: Path) -> Table:
    raw = path.read_bytes()
    content = json.loads(raw)
    name = path.stem.rsplit("-", 1)[0]
    return Table(name, content["version"], content, hashlib.sha256(raw).hexdigest())


def _number(path: Path) -> int:
    return int(path.stem.rsplit("-", 1)[1])
