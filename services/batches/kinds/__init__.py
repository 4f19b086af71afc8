"""The kinds of batches by name."""

from __future__ import annotations

from collections.abc import Mapping

from models.batches import BatchKind
from services.batches.kinds.base import Kind
from services.batches.kinds.closings import Closings
from services.batches.kinds.grants import Grants
from services.batches.kinds.openings import Openings
from services.batches.kinds.sessions import Sessions

KINDS: Mapping[BatchKind, Kind] = {
    BatchKind.GRANT: Grants(),
    BatchKind.IMPORT: Openings(),
    BatchKind.SESSION: Sessions(),
    BatchKind.CLOSING: Closings(),
}
