"""Words for agreements between regions, their caps, and what a thin reserve stops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.policy import NATION
from services.queries.corridors import AgreementView
from services.rules.names import Name
from timebank.i18n import is_english

#: Each with a sign of its own, so that nobody has to tell colours apart.
MODE_SIGNS: Mapping[str, str] = {"both": "⇄", "store": "→", "draw": "←", "none": "×"}
MODES: Mapping[str, Any] = {
    "both": _l("可存可取"),
    "store": _l("只存"),
    "draw": _l("只取"),
    "none": _l("不互认"),
}
MODE_MEANINGS: Mapping[str, Any] = {
    "both": _l("本地成员在对方那里既可以服务、把时间记回来，也可以请人帮忙。"),
    "store": _l("本地成员在对方那里可以服务、把时间记回来，不能在那里请人帮忙。"),
    "draw": _l("本地成员在对方那里可以请人帮忙，在那里服务不记时间。"),
    "none": _l("互不往来，即使上一级已经开通。"),
}
PHASES: Mapping[str, Any] = {
    "district": _l("区县协议"),
    "city": _l("市级协议"),
    "province": _l("省级协议"),
    "nation": _l("全国协议"),
}
STATES: Mapping[str, Any] = {
    "proposed": _l("等签署"),
    "withdrawn": _l("已撤回"),
    "coming": _l("还没到生效日"),
    "in_force": _l("有效"),
    "ended": _l("已结束"),
}
TONES: Mapping[str, str] = {"proposed": "wait", "coming": "wait", "in_force": "good"}
END_REASONS: Mapping[str, Any] = {
    "policy": _l("政策调整"),
    "fund": _l("基金不足"),
    "trouble": _l("办理中出了问题"),
    "region": _l("区划调整"),
    "other": _l("其他原因"),
    "replaced": _l("由后来的协议代替"),
}
STOPS: Mapping[str, Any] = {
    "none": _l("加成照常"),
    "pt": _l("新答应的服务暂停服务者等级和时间加成"),
    "ptr": _l("新答应的服务暂停服务者等级、时间和照护等级加成"),
}


def mode_word(mode: str) -> str:
    """A mode with its sign."""
    return f"{MODE_SIGNS[mode]} {MODES[mode]}"


def place(name: Name) -> str:
    """A region in the reader's language."""
    return name.en if is_english() else name.zh


def phase_word(each: AgreementView) -> str:
    """How far an agreement reaches: within one region, or between two."""
    if each.one.code == each.other.code and each.one.code != NATION:
        return str(_("%(place)s内部", place=place(each.one.name)))
    return str(PHASES[each.phase.value])


def yuan(fen: int | None) -> str:
    """Fen as yuan, for administrators and auditors only."""
    if fen is None:
        return "—"
    return str(_("%(yuan)s 元", yuan=f"{fen // 100:,}.{fen % 100:02d}"))


def ratio(percent: int | None) -> str:
    """A ratio; without anything outstanding there is none."""
    return "—" if percent is None else f"{percent:,}%"


FOR_TEMPLATES: Mapping[str, Any] = {
    "mode_word": mode_word,
    "mode_meanings": MODE_MEANINGS,
    "phases": PHASES,
    "phase_word": phase_word,
    "corridor_states": STATES,
    "corridor_tones": TONES,
    "end_reasons": END_REASONS,
    "stops": STOPS,
    "yuan": yuan,
    "ratio": ratio,
    "place_name": place,
}
