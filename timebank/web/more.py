"""The page behind 更多: what an audience uses less often, each with a line that says what it is."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import LazyString


@dataclass(frozen=True, slots=True)
class More:
    """One entry: where it leads, what it is called, and what it is good for."""

    endpoint: str
    label: LazyString
    about: LazyString
