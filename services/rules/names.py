"""Names in rule data are kept in both languages, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Name:
    """What something is called, in Chinese and in English."""

    zh: str
    en: str

    def params(self, key: str) -> dict[str, Any]:
        """As sentence parameters: ``tier`` gives ``tier_zh`` and ``tier_en``."""
        return {f"{key}_zh": self.zh, f"{key}_en": self.en}
