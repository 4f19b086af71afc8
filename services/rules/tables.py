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
    newest = max(_DATA.glob(f"{name}-[0-9]*.json"), key=_number)
    raw = newest.read_bytes()
    content = json.loads(raw)
    return Table(name, content["version"], content, hashlib.sha256(raw).hexdigest())


def _number(path: Path) -> int:
    return int(path.stem.rsplit("-", 1)[1])
