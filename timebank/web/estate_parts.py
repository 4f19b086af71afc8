"""What the parts of an estate's notice and division know, wherever they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from timebank.papers.sheet import RELATIONS
from timebank.web.branch.words import named


def relation_word(code: str) -> str:
    """What an heir is to the dead, a friend too."""
    return str(RELATIONS.get(code, code))


FOR_PARTS: Mapping[str, Any] = {"relation_word": relation_word, "named": named}
