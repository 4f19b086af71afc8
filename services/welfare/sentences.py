"""Refusals and notices of welfare visits, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Invalid


class TierUnknown(Invalid):
    """请选择关爱等级：高、中或低。"""

    code = "tier_unknown"


class NotHigher(Conflict):
    """现在的等级已经这样高了，不用再调。"""

    code = "not_higher"


class WhyRaised(Invalid):
    """请写明为什么要多去看看。"""

    code = "why_raised"


class NotAnElder(Invalid):
    """这位成员没有登记为服务对象。"""

    code = "not_an_elder"


class FindingUnknown(Invalid):
    """请选择看到的情况。"""

    code = "finding_unknown"


class WayUnknown(Invalid):
    """请选择是上门、电话还是视频。"""

    code = "way_unknown"


class WhenWrong(Invalid):
    """探访的时间应在最近{days}天之内，不能晚于现在。"""

    code = "when_wrong"


class NeedMissing(Invalid):
    """老人需要帮助时，请写明需要什么。"""

    code = "need_missing"


class NoteTooLong(Invalid):
    """情况最多写{most}个字。"""

    code = "note_too_long"


UNSEEN_BRANCH = (
    "本月还有 {days} 天，还有 {unseen} 位关爱对象没有探访（共 {total} 位），请尽快安排。"
)
UNSEEN_REGION = "本月还有 {days} 天，全地区还有 {unseen} 位关爱对象没有探访（共 {total} 位）。"
SHEET_OPENED = "探访{name}时需要帮助或没有人应门，安全单已经打开，请马上跟进。"
