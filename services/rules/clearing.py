"""Net debit caps: how much a book may still come to owe, and when its administrators are warned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

#: Percent of a cap at which a region's administrators hear of it, the lower ones first.
WARN_PERCENTS = (70, 90)
#: How long settling takes as a rule: the day after a window is closed.
SETTLED_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Room:
    """A cap, what is owed and not settled (negative: others owe), and what is claimed beside it.

    Standard minutes; ``cap_minutes`` None: there is no cap.
    """

    cap_minutes: int | None
    debit_minutes: int
    claimed_minutes: int

    @property
    def used_minutes(self) -> int:
        """What a book would owe if everything claimed came about."""
        return max(0, self.debit_minutes + self.claimed_minutes)

    @property
    def left_minutes(self) -> int | None:
        """How much more may be claimed; None: as much as one likes."""
        if self.cap_minutes is None:
            return None
        return max(0, self.cap_minutes - self.debit_minutes - self.claimed_minutes)

    def missing_minutes(self, wanted: int) -> int:
        """What a claim of so much lacks."""
        left = self.left_minutes
        return 0 if left is None else max(0, wanted - left)

    @property
    def used_percent(self) -> int:
        """How much of the cap is used, rounded down; 100 where the cap is nothing."""
        if self.cap_minutes is None:
            return 0
        return self.used_minutes * 100 // self.cap_minutes if self.cap_minutes > 0 else 100


def threshold_passed(percent: int) -> int:
    """The highest threshold that so much of a cap has reached; 0: none."""
    return max((each for each in WARN_PERCENTS if percent >= each), default=0)
