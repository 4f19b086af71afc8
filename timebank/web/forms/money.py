"""An amount of money as people type it: yuan, kept in fen."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _l

from timebank.web.forms import fields as f

_YUAN = re.compile(r"(\d{1,12})(?:\.(\d{1,2}))?")


class YuanField(f.TextField):
    """An amount in yuan, kept in fen."""

    inputmode = "decimal"
    empty = None
    wrong = _l("请写金额，例如 1200000 或 1200000.50。")

    def read(self, typed: str) -> int:
        found = _YUAN.fullmatch(typed.replace(",", "").replace("，", "").replace("元", "").strip())
        if found is None:
            raise ValueError
        return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))

    def shown(self, data: int | None) -> str:
        return "" if data is None else f"{data // 100}.{data % 100:02d}"


class SmallYuanField(YuanField):
    """What somebody takes along to a shop."""

    wrong = _l("请写金额，例如 50 或 38.50。")
