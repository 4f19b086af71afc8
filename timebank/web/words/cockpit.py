"""Words of the cockpit: its questions, what each number is called, and how it is counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.queries.cockpit.answers import Row
from services.queries.cockpit.scope import Scope
from services.rules.tables import table
from timebank.web.branch.words import named

#: Question -> title, how it is counted.
QUESTIONS: Mapping[str, tuple[Any, Any]] = {
    "elders": (
        _l("服务到了多少老人"),
        _l(
            "有资格的是探访名单上的老人；期内申请过、或有资格而期内没有一次入账服务的，算没服务到。"
        ),
    ),
    "supply": (
        _l("供给和需求"),
        _l(
            "申请按预约时长和人数，给出的按实际时长；志愿者的时间按每周可服务的时段折算到这几个月。"
        ),
    ),
    "active": (
        _l("来服务的志愿者"),
        _l("登记的志愿者里，最近 30 天、90 天内给过时间的，在哪个地区都算。"),
    ),
    "redemption": (
        _l("存了多少，用了多少"),
        _l("老人用自己的时间付出的，占服务者得到的比例。"),
    ),
    "waiting": (
        _l("等多久"),
        _l("从网点通过申请到来的人答应，按整小时往上取。人数太少的组不写。"),
    ),
    "welfare": (
        _l("探访关爱"),
        _l("所选最后一个月：名单上每位老人应探访几次，实际几次。同一天几次算一次。"),
    ),
    "reserve": (_l("公益池和备付"), _l("现在的公益池、成员手中的时间，和最近一次读出的备付率。")),
    "ratings": (_l("满意度"), _l("老人在这几个月里作的评价。")),
    "callbacks": (_l("回访结果"), _l("这几个月问到的回访；不符的占问到的比例。")),
}

HEADS: Mapping[str, Any] = {
    "elders.entitled": _l("有资格的老人"),
    "elders.asked": _l("申请过的老人"),
    "elders.served": _l("服务到的老人"),
    "elders.unserved": _l("没服务到的老人"),
    "elders.served_permille": _l("服务到的比例"),
    "elders.unknown": _l("名册上没有账户的人"),
    "supply.asked": _l("申请数"),
    "supply.asked_minutes": _l("申请的时长"),
    "supply.visits": _l("入账的服务"),
    "supply.met_minutes": _l("给出的时长"),
    "supply.met_permille": _l("给出占申请"),
    "supply.volunteers": _l("报了时间的志愿者"),
    "supply.offered_minutes": _l("报出的时间"),
    "active.registered": _l("登记的志愿者"),
    "active.days_30": _l("30 天内来过"),
    "active.days_90": _l("90 天内来过"),
    "active.permille_30": _l("30 天活跃率"),
    "active.permille_90": _l("90 天活跃率"),
    "redemption.earned_minutes": _l("服务者得到"),
    "redemption.drawn_minutes": _l("老人付出"),
    "redemption.permille": _l("兑付率"),
    "waiting.visits": _l("等到的服务"),
    "waiting.median_hours": _l("一半在多久以内"),
    "waiting.high_hours": _l("九成在多久以内"),
    "waiting.open": _l("现在还在找人"),
    "welfare.elders": _l("名单上的老人"),
    "welfare.seen": _l("看过的老人"),
    "welfare.due": _l("应探访次数"),
    "welfare.made": _l("已探访次数"),
    "welfare.permille": _l("探访率"),
    "reserve.pool_minutes": _l("公益池"),
    "reserve.outstanding_minutes": _l("成员手中"),
    "reserve.fund_fen": _l("基金"),
    "reserve.read_minutes": _l("读数时未用的时间"),
    "reserve.backed_percent": _l("备付率"),
    "ratings.good": _l("满意"),
    "ratings.fair": _l("一般"),
    "ratings.poor": _l("不满意"),
    "ratings.permille": _l("满意率"),
    "callbacks.waiting": _l("待回访"),
    "callbacks.confirmed": _l("属实"),
    "callbacks.failed": _l("不符"),
    "callbacks.unreached": _l("没问到"),
    "callbacks.failed_permille": _l("不符的比例"),
}

TABLES: Mapping[str, Any] = {
    "place": _l("按地方"),
    "service": _l("按服务"),
    "month": _l("按月"),
    "group": _l("按老人的情况"),
}

GROUPS: Mapping[str, Any] = {
    "age-0": _l("60 岁以下"),
    "age-60": _l("60 到 69 岁"),
    "age-70": _l("70 到 79 岁"),
    "age-80": _l("80 到 89 岁"),
    "age-90": _l("90 岁以上"),
    "hardship": _l("困难家庭"),
    "alone": _l("独居"),
    "grade-0": _l("照护等级 0"),
    "grade-1": _l("照护等级 1"),
    "grade-2": _l("照护等级 2"),
    "grade-3": _l("照护等级 3"),
    "grade-4": _l("照护等级 4"),
}


def title(question: str) -> str:
    """What a question is called."""
    return str(QUESTIONS[question][0])


def about(question: str) -> str:
    """How its numbers are counted."""
    return str(QUESTIONS[question][1])


def table_title(code: str) -> str:
    """What a table of a question is called."""
    return str(TABLES[code.split(".")[1]])


def label(row: Row, scope: Scope) -> str:
    """What a row is of."""
    if row.kind == "total":
        return str(_("合计"))
    if row.kind == "street" and row.key == scope.code:
        return str(_("区县直属的网点"))
    if row.name is not None:
        return named(row.name)
    code = row.key.split(":")[-1]
    return str(GROUPS.get(code, code))


def scope_name(scope: Scope) -> str:
    """What the place is called."""
    return str(_("全国")) if scope.name is None else named(scope.name)


def target(question: str) -> str:
    """What a number should come to, where something is asked of it."""
    terms = table("cockpit").content
    if question == "redemption":
        least, most = (terms["redemption_permille"][each] // 10 for each in ("least", "most"))
        return str(_("目标：%(least)s%% 到 %(most)s%%。", least=least, most=most))
    if question == "welfare":
        return str(_("目标：%(most)s%%。", most=terms["welfare_permille"] // 10))
    if question == "callbacks":
        most = terms["callback_failed_permille"] // 10
        return str(_("网点不符的超过 %(most)s%%，暂停它的补录。", most=most))
    if question == "waiting":
        return str(_("少于 %(n)s 次的组不写时长。", n=terms["least_group"]))
    return ""


def is_off(name: str, value: int | None) -> bool:
    """Whether a number lies outside of what is asked of it."""
    if value is None:
        return False
    terms = table("cockpit").content
    if name == "redemption.permille":
        asked = terms["redemption_permille"]
        return not asked["least"] <= value <= asked["most"]
    if name == "welfare.permille":
        return bool(value < terms["welfare_permille"])
    return bool(name == "callbacks.failed_permille" and value > terms["callback_failed_permille"])
