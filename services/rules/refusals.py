"""A reason why something is not possible: data, so that all reasons can be shown at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """A code for machines and a Chinese sentence with ``{params}`` for people."""

    code: str
    sentence: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The sentence, filled in plainly (logs and tests; the edges translate it)."""
        return self.sentence.format(**with_chinese_names(self.params))


def with_chinese_names(params: Mapping[str, Any]) -> dict[str, Any]:
    """``service_zh`` also fills ``{service}``."""
    names = {key[:-3]: text for key, text in params.items() if key.endswith("_zh")}
    return {**params, **names}
