"""Refusals and notices of estates, in the words their readers see."""

from __future__ import annotations

from services.errors import NotFound


class EstateUnknown(NotFound):
    """没有找到这份身后事的记录。"""

    code = "estate_unknown"
