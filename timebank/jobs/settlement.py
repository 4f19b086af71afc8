"""The job of settlement: a window is cut once its watermark has passed, a pair a unit of work."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from services.settlement import windows
from timebank.edge import Timebank
from timebank.jobs.base import Job, as_system, peek


def close_windows(held: Timebank) -> int:
    """Open the first window, close what is due, and go on where another process died."""
    return windows.close_due(partial(as_system, held), partial(peek, held))


# Often, though a window is a day: what was cut off goes on soon, and midnight is kept.
JOBS = (Job("close-windows", timedelta(minutes=5), close_windows),)
