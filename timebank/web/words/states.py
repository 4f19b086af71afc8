"""The words and colours of states: one word for one thing on every face."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from timebank.i18n import translated
from timebank.web.words.estates import STATES as ESTATES

#: State of a request, a visit, a hold or a member -> (word, tone of its tag).
_STATES = {
    "submitted": (_l("等网点审核"), "wait"),
    "refused": (_l("未通过"), "bad"),
    "waiting_pool": (_l("等公益池的时间"), "wait"),
    "open": (_l("等志愿者接单"), "info"),
    "filled": (_l("已有人接单"), "good"),
    "closed": (_l("已结束"), "plain"),
    "cancelled": (_l("已取消"), "plain"),
    "expired": (_l("已过期"), "plain"),
    "accepted": (_l("已接单"), "info"),
    "checked_in": (_l("正在服务"), "info"),
    "checked_out": (_l("等老人确认"), "wait"),
    "confirmed": (_l("已确认"), "good"),
    "in_review": (_l("网点核实中"), "wait"),
    "disputed": (_l("有异议"), "bad"),
    "credited": (_l("已入账"), "good"),
    "rejected": (_l("未入账"), "bad"),
    "missed": (_l("未见签到"), "bad"),
    "no_show": (_l("志愿者没有来"), "bad"),
    "closed_door": (_l("没有人开门"), "bad"),
    "captured": (_l("已支付"), "good"),
    "released": (_l("已退回"), "plain"),
    "pending": (_l("待处理"), "wait"),
    "active": (_l("有效"), "good"),
    "planned": (_l("还没开始找人"), "plain"),
    "skipped": (_l("放假不来"), "plain"),
    "date_refused": (_l("没有约成"), "bad"),
    "date_cancelled": (_l("这次不来"), "plain"),
    "paused": (_l("先停一停"), "wait"),
    "ended": (_l("已停止"), "plain"),
    **ESTATES,
}


def word(code: str) -> str:
    """The state's word in the reader's language; a code of the future shows as it is."""
    known = _STATES.get(str(code))
    return str(known[0]) if known else translated(str(code))


def tone(code: str) -> str:
    """plain, info, wait, good or bad."""
    known = _STATES.get(str(code))
    return known[1] if known else "plain"
