"""Refusals and notices of stars, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Forbidden, Invalid, NotFound


class StarUnknown(NotFound):
    """没有找到这次评星。"""

    code = "star_unknown"


class StarNoticeOver(Conflict):
    """这次评星的公示已经结束，不能再提异议。有新情况请投诉。"""

    code = "star_notice_over"


class OwnStar(Conflict):
    """不能对自己的评星提异议。"""

    code = "own_star"


class StarObjectedAlready(Conflict):
    """您对这次评星提过异议，还在处理。"""

    code = "star_objected_already"


class StarObjectionDecided(Conflict):
    """这条异议已经有了结论。"""

    code = "star_objection_decided"


class StarObjectionUnknown(NotFound):
    """没有找到这条异议。"""

    code = "star_objection_unknown"


class NotTheGrantingTier(Forbidden):
    """这一级星由上级民政部门评定，请交给上级的管理员。"""

    code = "not_the_granting_tier"


class OwnStarObjection(Forbidden):
    """异议是您自己或者您的亲属提的，请交给其他管理员处理。"""

    code = "own_star_objection"


class BanUnknown(NotFound):
    """没有找到这次停评。"""

    code = "star_ban_unknown"


class BanOver(Conflict):
    """这次停评已经结束了。"""

    code = "star_ban_over"


class StarReasonUnknown(Invalid):
    """请从列出的原因里选一个。"""

    code = "star_reason_unknown"


#: Why a ban is lifted, by code.
LIFTING = ("appeal", "mistake")

PROPOSED = "您服务满{hours}小时，可以评为{stars}星志愿者，公示到{until_on}。"
GRANTED = "您被评为{stars}星志愿者。谢谢您。"
REFUSED = "您这次没有评上{stars}星：{reason}"
TAKEN_BACK = "更正以后，您的服务时间不够{stars}星，这一星撤销了。服务满了会再评。"
BANNED = "查实有一次不实的服务记录，您的星级撤销，到{until_on}为止不评星。不服可以投诉。"
BAN_LIFTED = "对您的停评已经取消，服务时间够的会重新评星。"
OBJECTION_HEARD = "您对{stars}星评定提的异议有了结论：{reason}"
