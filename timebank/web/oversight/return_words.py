"""Words of the monthly return and of the rolls: figures, kinds, states, reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

#: Figures of a return in the order in which they are shown.
FIGURES: Mapping[str, Any] = {
    "members": _l("成员"),
    "volunteers": _l("登记的志愿者"),
    "active_volunteers": _l("当月服务过的志愿者"),
    "elders": _l("登记的老人"),
    "elders_served": _l("当月得到服务的老人"),
    "visits": _l("入账的服务次数"),
    "actual_minutes": _l("实际服务时间"),
    "earned_minutes": _l("服务者挣得"),
    "drawn_minutes": _l("成员付出"),
    "pool_paid_minutes": _l("公益池付出"),
    "granted_minutes": _l("政策发放的时间"),
    "gifted_minutes": _l("赠送的时间"),
    "donated_minutes": _l("捐赠的时间"),
    "issued_minutes": _l("当月发行"),
    "issued_so_far_minutes": _l("到月底共发行"),
    "reversed_minutes": _l("当月冲正"),
    "outstanding_minutes": _l("月底成员手里的时间"),
    "pool_minutes": _l("月底公益池"),
    "held_minutes": _l("月底预留着的时间"),
    "clearing_minutes": _l("月底与其他地区未结清"),
    "reserve_fen": _l("月底的基金（分）"),
    "reserve_percent": _l("月底的备付率（%）"),
    "late_records": _l("超过十个工作日才记录的"),
    "callbacks": _l("做完的回访"),
    "callbacks_failed": _l("回访不符的"),
    "complaints": _l("收到的投诉"),
    "complaints_decided": _l("处理好的投诉"),
    "sheets": _l("开出的工作单"),
    "sheets_open": _l("月底没办完的工作单"),
}
ROLL_KINDS: Mapping[str, Any] = {
    "hardship": _l("低保、特困等困难老人"),
    "alone": _l("80 岁以上独居老人"),
    "special_family": _l("计划生育特殊家庭"),
}
ROLL_STATES: Mapping[str, tuple[Any, str]] = {
    "proposed": (_l("等另一位管理员签署"), "wait"),
    "signed": (_l("已签署，正在更改"), "wait"),
    "applied": (_l("已签署，已更改"), "good"),
    "withdrawn": (_l("已撤回"), "plain"),
}
CHANGES: Mapping[str, Any] = {"joined": _l("新列入"), "left": _l("不再列入")}
WHYS: Mapping[str, Any] = {
    "new": _l("新符合条件"),
    "moved_in": _l("搬来本地区"),
    "died": _l("去世"),
    "moved_out": _l("搬离本地区"),
    "no_longer_entitled": _l("不再符合条件"),
    "corrected": _l("更正上一份的错误"),
    "": _l("原因还不知道"),
}


def is_time(name: str) -> bool:
    """Whether a figure is minutes of time."""
    return name.endswith("_minutes")


FOR_TEMPLATES: Mapping[str, Any] = {
    "figure_names": FIGURES,
    "is_time": is_time,
    "roll_kinds": ROLL_KINDS,
    "roll_states": ROLL_STATES,
    "roll_changes": CHANGES,
    "roll_whys": WHYS,
}
