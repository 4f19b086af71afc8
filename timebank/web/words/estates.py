"""Words for estates: where one stands, who said it, which paper shows it, what moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from models.estates import EstateState

#: State -> (word, tone of its tag).
STATES: Mapping[str, tuple[Any, str]] = {
    EstateState.REPORTED.value: (_l("等核实"), "wait"),
    EstateState.FROZEN.value: (_l("已冻结，核对继承人"), "info"),
    EstateState.NOTICE.value: (_l("公示中"), "info"),
    EstateState.DIVIDED.value: (_l("已分配，有的等着领"), "wait"),
    EstateState.SETTLED.value: (_l("已分配完"), "good"),
    EstateState.DISMISSED.value: (_l("不属实，已撤销"), "plain"),
    EstateState.UNDONE.value: (_l("误报，已全部更正"), "bad"),
}
WORDS: Mapping[str, Mapping[str, Any]] = {
    "how": {
        "family": _l("亲属报告"),
        "branch": _l("网点报告"),
        "registry": _l("民政名单"),
    },
    "evidence": {
        "death_certificate": _l("死亡医学证明"),
        "cremation": _l("火化证明"),
        "police": _l("户口注销证明"),
        "court": _l("法院宣告死亡的判决"),
        "registry": _l("民政部门的登记"),
    },
    "what": {
        "freeze": _l("冻结时转入身后账户"),
        "sweep": _l("后来到账的转入身后账户"),
        "grants": _l("政策发放的退回公益池"),
        "share": _l("继承人的一份"),
        "remainder": _l("余数进公益池"),
        "claim": _l("后来领走的一份"),
        "unclaimed": _l("没有人领，进公益池"),
        "undo": _l("误报退回"),
    },
    "ended": {
        "series": _l("停止的固定服务"),
        "requests": _l("取消的申请"),
        "reviews": _l("转网点核实的服务"),
        "places": _l("退回的集体活动位子"),
        "regulars": _l("不再固定去的服务"),
        "promises": _l("重新找人的服务"),
        "offers": _l("撤回的询问"),
        "sessions": _l("不再带领的集体活动"),
        "rounds": _l("退出的服务日"),
        "courses": _l("退出的培训"),
        "delegations": _l("结束的代办"),
        "roles": _l("结束的岗位"),
        "gifts": _l("退回或查看过的赠与"),
    },
}

#: Names in the records of acts on estates.
DETAILS: Mapping[str, Any] = {
    **WORDS["ended"],
    "evidence": _l("证明"),
    "region": _l("地区"),
    "day": _l("日期"),
    "died_on": _l("去世日期"),
    "of": _l("一共要几位"),
    "heirs": _l("继承人"),
    "estate_minutes": _l("转入身后账户"),
    "reported": _l("新登记的"),
    "added": _l("已有报告，又添一次"),
    "nobody": _l("不是成员"),
}


def estate_word(kind: str, code: str | None) -> str:
    """The word for a code; an unknown one shows as it is."""
    return str(WORDS[kind].get(code or "", code or ""))


def state_word(state: EstateState) -> str:
    """Where an estate stands, in words."""
    return str(STATES[state.value][0])


def state_tone(state: EstateState) -> str:
    """The tone of its tag."""
    return STATES[state.value][1]


#: What templates that show estates know.
FOR_TEMPLATES: Mapping[str, Any] = {
    "estate_word": estate_word,
    "state_word": state_word,
    "state_tone": state_tone,
    "ended_kinds": tuple(WORDS["ended"]),
}
