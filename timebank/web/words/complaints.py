"""Words of complaints, plain enough for whoever is eighty: kinds, states, decisions, sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

KINDS: Mapping[str, Any] = {
    "charged": _l("有人收了钱"),
    "false_hours": _l("没有来，却记了时间"),
    "visit_disputed": _l("时间记得不对"),
    "record_wrong": _l("我的记录写错了"),
    "conduct": _l("说话做事不合适"),
    "privacy": _l("把我的事说出去了"),
    "money": _l("代购的钱不清楚"),
    "staff": _l("网点工作人员的事"),
    "other": _l("别的事"),
}
#: A line under the kinds that need one.
HINTS: Mapping[str, Any] = {
    "charged": _l("志愿服务不收钱，也不收礼。收钱、卖时间都算。"),
    "visit_disputed": _l("已经入账的服务，来得晚、走得早、时间长短不对。"),
    "record_wrong": _l("服务时长、培训、表彰写错了，请改正。"),
    "staff": _l("这一项网点看不到，由区县处理。"),
    "privacy": _l("这一项网点看不到，由区县处理。"),
}
STATES: Mapping[str, Any] = {
    "open": _l("在办"),
    "overdue": _l("在办，过了期限"),
    "decided": _l("有结果，还能申诉"),
    "appealed": _l("申诉中"),
    "final": _l("已办完"),
    "withdrawn": _l("已撤回"),
    "all": _l("全部"),
}
TONES: Mapping[str, str] = {
    "open": "wait",
    "decided": "info",
    "appealed": "wait",
    "final": "good",
    "withdrawn": "plain",
}
DECISIONS: Mapping[str, Any] = {
    "upheld": _l("情况属实"),
    "partly": _l("部分属实"),
    "dismissed": _l("没有查到依据"),
}
SIDES: Mapping[str, Any] = {
    "complainant": _l("反映的人"),
    "other": _l("对方"),
    "appeal": _l("申诉"),
    "unreached": _l("对方在期限里没有说话"),
}
HOW: Mapping[str, Any] = {
    "self": _l("自己反映"),
    "family": _l("家人代为反映"),
    "phone": _l("打来电话"),
    "counter": _l("到网点来说"),
}
_WORDS = {"kind": KINDS, "state": STATES, "decision": DECISIONS, "side": SIDES, "how": HOW}

#: What may be said of a visit by either side, and of no visit.
OF_VISIT = ("visit_disputed", "false_hours", "charged", "money", "conduct", "privacy", "other")
OF_OWN_SERVICE = ("record_wrong", "conduct", "privacy", "other")
OF_NO_VISIT = ("charged", "record_wrong", "conduct", "privacy", "staff", "other")


def complaint_word(kind: str, code: object) -> str:
    """The word for a code; an unknown one shows as it is."""
    return str(_WORDS[kind].get(str(code), code))


def choices(codes: tuple[str, ...]) -> list[tuple[str, Any]]:
    """Kinds as a question offers them."""
    return [(code, KINDS[code]) for code in codes]
