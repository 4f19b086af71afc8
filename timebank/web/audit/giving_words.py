"""Words for gifts, donations and grants as auditors read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from timebank.i18n import is_english

#: Kinds of words, beside those that the auditor's pages have already.
WORDS: Mapping[str, Mapping[str, Any]] = {
    "gift_state": {
        "waiting": _l("等赠与人确认"),
        "held": _l("还能撤回"),
        "final": _l("已经生效"),
        "taken_back": _l("赠与人撤回"),
        "refused": _l("受赠人谢绝"),
        "returned": _l("已退回"),
        "lapsed": _l("没有确认"),
    },
    "gift_how": {"own": _l("本人办理"), "counter": _l("网点当面办理")},
    "donation_how": {
        "own": _l("本人办理"),
        "counter": _l("网点当面办理"),
        "overflow": _l("超过储存上限的"),
    },
    "month_state": {
        "open": _l("还没有提出"),
        "proposed": _l("等签署"),
        "signed": _l("办理中"),
        "done": _l("已发放"),
        "withdrawn": _l("已撤回"),
    },
}
FACTS: Mapping[str, Any] = {
    "in_hardship": _l("生活困难"),
    "lives_alone": _l("独居"),
    "special_family": _l("计划生育特殊家庭"),
    "spends_under_age": _l("网点认定可以提前使用"),
}


def facts(found: Mapping[str, Any]) -> str:
    """The recorded facts in a line: age, grade, and whatever holds beside."""
    said = [
        str(_("%(n)s 岁", n=found.get("age_years", "—"))),
        str(_("照护等级 %(n)s", n=found.get("grade", "—"))),
        *(str(words) for name, words in FACTS.items() if found.get(name)),
    ]
    return (", " if is_english() else "、").join(said)
