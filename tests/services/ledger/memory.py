"""How much memory a piece of work holds at once."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable


def peak_bytes(work: Callable[[], object]) -> int:
    """The most that a piece of work held at once, in bytes, beyond what was held before."""
    gc.collect()
    # What is alive already is set aside: the oldest objects are searched for garbage only once a
    # quarter as many have come, and a process that ran many tests holds a great many.
    gc.freeze()
    gc.collect()
    # Tests look for garbage seldom; what is measured looks as often as the product does.
    seldom = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.set_threshold(*seldom)
