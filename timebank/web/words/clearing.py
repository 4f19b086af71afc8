"""Words for positions and windows: minutes with their direction, states, outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from timebank import wording
from timebank.i18n import is_english

STATES: Mapping[str, Any] = {
    "open": _l("进行中"),
    "closing": _l("正在截止"),
    "closed": _l("等各地区确认"),
    "settled": _l("已经结清"),
}
TONES: Mapping[str, str] = {"open": "plain", "closing": "wait", "closed": "wait", "settled": "good"}
OUTCOMES: Mapping[str, Any] = {
    "withdrawn": _l("已经撤回"),
    "stands": _l("核对过，数没有错"),
    "corrected": _l("已经冲正，落在后面的清算里"),
}
#: What the reader may choose, as an act.
CHOICES: Mapping[str, Any] = {
    "withdrawn": _l("撤回这项异议"),
    "stands": _l("核对过，数没有错"),
    "corrected": _l("有错，已经冲正"),
}


def owes(minutes: int | None) -> str:
    """What a region owes (positive) or is owed, in words, so that no sign has to be read."""
    if minutes is None:
        return "—"
    if not minutes:
        return str(_("两清"))
    time = wording.duration(abs(minutes), is_english())
    return str(_("应付 %(time)s", time=time) if minutes > 0 else _("应收 %(time)s", time=time))


def month_word(month: date) -> str:
    """A month with its year."""
    return str(_("%(year)s年%(month)s月", year=month.year, month=month.month))


FOR_TEMPLATES: Mapping[str, Any] = {
    "owes": owes,
    "month_word": month_word,
    "window_states": STATES,
    "window_tones": TONES,
    "outcomes": OUTCOMES,
}
