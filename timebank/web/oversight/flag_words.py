"""What the codes of flags are called, what each of them says, and what its figures mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.clock import local
from services.rules.flags import RULES

#: Code -> (name, what was found, what may well be harmless about it).
CODES: Mapping[str, tuple[Any, Any, Any]] = {
    "overlap": (
        _l("同时在两处"),
        _l("按实际签到签退的时间，同一个人同时在两次服务里。"),
        _l("补写的时间常常凑整，先看纸条和签退方式。"),
    ),
    "travel": (
        _l("赶路太快"),
        _l("两次上门之间的时间，比任何走法都短。"),
        _l("登记的住址可能不准，老人也可能在别处。"),
    ),
    "same_device": (
        _l("两边同一台设备"),
        _l("签到签退和老人一方的确认，用的是同一台设备。"),
        _l("老人手机没电，借志愿者的手机点过一两次。"),
    ),
    "shared_device": (
        _l("一台设备很多人"),
        _l("很多人用同一台设备签到或者确认。"),
        _l("一家人合用一部手机，或者在活动室借用平板。"),
    ),
    "outside_hours": (
        _l("不合时间"),
        _l("这项服务不会在这个钟点做。"),
        _l("临时有急事，老人半夜需要人。"),
    ),
    "equal_durations": (
        _l("时长一样"),
        _l("一连几次服务的原始时长一模一样，或者几乎一样。"),
        _l("每次约好一样长，又看着钟走。"),
    ),
    "no_time_between": (
        _l("没有间隔"),
        _l("刚提出就签署，或者刚签退就由工作人员记成电话确认。"),
        _l("老人就在柜台，当面问过。"),
    ),
    "entry_burst": (
        _l("几分钟录入很多"),
        _l("一个人在几分钟里录入很多时长，买卖时长就是这样做的。"),
        _l("停电或者断网以后集中补录，纸条都在手边。"),
    ),
    "one_administrator": (
        _l("全靠一个人经手"),
        _l("一个网点的补录、纸条或者电话确认大多由一个人经手，有的志愿者全靠他。"),
        _l("网点只有一名工作人员。"),
    ),
    "one_hand": (
        _l("只有一个人作证"),
        _l("这位老人的服务，来没来、对不对，都由同一名工作人员一个人写下。"),
        _l("老人没有电话也没有家人，一直由这名工作人员照看。"),
    ),
    "concentrated_pair": (
        _l("集中在一位老人"),
        _l("一名志愿者的时间币大多来自同一位老人。"),
        _l("长期结对，这是好事；回访相符就不再提示。"),
    ),
    "mutual_swap": (
        _l("互相服务"),
        _l("两个人互相服务，时间差不多一样多。"),
        _l("老邻居互相照应；两边的回访都相符就不再提示。"),
    ),
    "cycle": (
        _l("转了一圈"),
        _l("时间币在几个人之间转了一圈，又回到起点。"),
        _l("一栋楼里互相帮忙，碰巧连成一圈。"),
    ),
    "burst_before_death": (
        _l("去世前集中入账"),
        _l("去世前的几天里，入账比平时多得多。"),
        _l("临终前陪伴的人多了。"),
    ),
    "after_death": (
        _l("去世以后的服务"),
        _l("服务开始的时候，这个人已经去世。"),
        _l("去世的时间可能登记错了。"),
    ),
    "burst_before_closing": (
        _l("关闭前集中入账"),
        _l("网点或者账户关闭前的几天里，入账比平时多得多。"),
        _l("关闭前把拖着的纸条都录完了。"),
    ),
}
assert CODES.keys() == RULES.keys(), "every code has its words"

SUBJECTS: Mapping[str, Any] = {
    "visit": _l("一次服务"),
    "member": _l("成员"),
    "pair": _l("两个人"),
    "members": _l("几个人"),
    "branch": _l("网点"),
    "administrator": _l("工作人员"),
    "device": _l("一台设备"),
}
STATES: Mapping[str, Any] = {
    "open": _l("待查"),
    "upheld": _l("查实"),
    "cleared": _l("排除"),
}
#: Figures and thresholds by their names; lengths are whole minutes unless the words say otherwise.
FIGURES: Mapping[str, Any] = {
    "by_all": _l("网点这样办的共几次"),
    "by_one": _l("这一个人办的几次"),
    "balance_percent": _l("最少的占最多的至少百分之几"),
    "before": _l("之前的次数"),
    "common_minutes": _l("重叠的分钟"),
    "counter_elders": _l("为几位老人记过电话就算柜台设备"),
    "credits": _l("入账次数"),
    "days": _l("看多少天"),
    "died_at": _l("去世的时间"),
    "distance_m": _l("直线距离（米）"),
    "each_minutes": _l("每一段至少多少分钟"),
    "earned_minutes": _l("服务者共得（分钟）"),
    "elders": _l("几位老人"),
    "entries": _l("录入条数"),
    "entry_seconds": _l("签署间隔少于（秒）"),
    "from_hour": _l("合适的钟点从"),
    "gifts": _l("其中赠送几次"),
    "grace_seconds": _l("宽限（秒）"),
    "hour": _l("开始的钟点"),
    "in_a_row": _l("一连几次"),
    "least": _l("至少几次"),
    "least_m": _l("至少多远（米）"),
    "least_minutes": _l("至少多少分钟"),
    "least_seconds": _l("至少重叠（秒）"),
    "longest": _l("一圈最多几个人"),
    "longest_seconds": _l("最长（秒）"),
    "metres_a_minute": _l("最快每分钟（米）"),
    "minutes": _l("分钟"),
    "needed_seconds": _l("最快也要（秒）"),
    "pair_minutes": _l("来自这位老人（分钟）"),
    "people": _l("几个人"),
    "provider_percent": _l("志愿者的服务有百分之几经这个人的手"),
    "providers": _l("几名志愿者"),
    "seconds": _l("实际间隔（秒）"),
    "share_percent": _l("占百分之几"),
    "shortest_seconds": _l("最短（秒）"),
    "spread_seconds": _l("相差不超过（秒）"),
    "times": _l("几次"),
    "times_percent": _l("比平时多到百分之几"),
    "to_hour": _l("合适的钟点到"),
    "visits": _l("几次服务"),
    "visits_of_branch": _l("网点全部服务次数"),
    "voice_seconds": _l("电话确认间隔少于（秒）"),
    "way": _l("怎样经手"),
    "way_percent": _l("至少占网点全部的百分之几"),
    "what": _l("什么事"),
    "within_seconds": _l("多少秒以内"),
    "role": _l("身份"),
    "first_role": _l("前一次的身份"),
}
_VALUES: Mapping[str, Any] = {
    "provider": _l("服务者"),
    "elder": _l("老人"),
    "entry": _l("补录"),
    "second": _l("签署补录"),
    "slip": _l("录入纸条"),
    "voice": _l("电话确认"),
}
#: Ids, which the page shows as people or not at all.
_IDS = ("elder", "administrator", "members")


def flag_name(code: str) -> Any:
    """The name of a code; one that nobody named shows itself."""
    return CODES[code][0] if code in CODES else code


def flag_says(code: str) -> Any:
    """What was found, in a sentence."""
    return CODES[code][1] if code in CODES else ""


def flag_harmless(code: str) -> Any:
    """What may well be harmless about it."""
    return CODES[code][2] if code in CODES else ""


def flag_subject(kind: str) -> Any:
    """What kind of thing it is about."""
    return SUBJECTS.get(kind, kind)


def flag_state(state: Any) -> Any:
    """What came of it."""
    return STATES[state.value]


def figures_of(facts: Mapping[str, Any]) -> list[tuple[Any, str]]:
    """Figures with their words, without ids."""
    return [
        (FIGURES.get(name, name), _value(name, value))
        for name, value in facts.items()
        if name not in _IDS
    ]


def _value(name: str, value: Any) -> str:
    if name == "died_at":
        return f"{local(datetime.fromtimestamp(value, UTC)):%Y-%m-%d %H:%M}"
    if isinstance(value, list):
        return str(_("、")).join(f"{each:,}" for each in value)
    return f"{value:,}" if isinstance(value, int) else str(_VALUES.get(value, value))


FOR_TEMPLATES: Mapping[str, Any] = {
    "flag_name": flag_name,
    "flag_says": flag_says,
    "flag_harmless": flag_harmless,
    "flag_subject": flag_subject,
    "flag_state": flag_state,
    "figures_of": figures_of,
}
