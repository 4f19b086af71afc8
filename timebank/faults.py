"""What went wrong, for a table and a log: kinds and places, never values. They are about people."""

from __future__ import annotations

import traceback
from pathlib import Path

from services.errors import DomainError

ROOT = Path(__file__).resolve().parents[1]


def in_plain_words(error: BaseException) -> str:
    """The error's kind and where in our own lines it arose, say ``KeyError (due.py:12)``."""
    kind = type(error).__name__
    if isinstance(error, DomainError):
        kind = f"{kind}: {error.code}"
    own = _own_frames(error)
    return f"{kind} ({own[-1]})" if own else kind


def where(error: BaseException) -> str:
    """The same with the way that led there, for the log."""
    return " < ".join([type(error).__name__, *reversed(_own_frames(error))])


def _own_frames(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    paths = [(Path(frame.filename), frame.lineno) for frame in frames]
    return [
        f"{path.relative_to(ROOT)}:{line}"
        for path, line in paths
        if path.is_relative_to(ROOT) and ".venv" not in path.parts
    ]
