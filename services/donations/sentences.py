"""Refusals and notices of donations and funds, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Forbidden, Invalid, NotFound

DONATED_TO_POOL = (
    "谢谢您把 {given_minutes} 捐给公益池。捐赠编号 {reference}，证书可以在“捐时间”里看。"
)
DONATED_TO_FUND = (
    "谢谢您把 {given_minutes} 捐给“{fund}”。捐赠编号 {reference}，用到了哪里，可以在“捐时间”里看。"
)
DONATED_TO_POOL_AFAR = (
    "谢谢您把 {given_minutes} 捐给{region}的公益池。捐赠编号 {reference}，证书可以在“捐时间”里看。"
)
DONATED_TO_FUND_AFAR = (
    "谢谢您把 {given_minutes} 捐给{region}的“{fund}”。"
    "捐赠编号 {reference}，用到了哪里，可以在“捐时间”里看。"
)
OVERFLOWED_TO_POOL = "您的时间存满了，多出的 {given_minutes} 进入公益池。捐赠编号 {reference}。"
OVERFLOWED_TO_FUND = "您的时间存满了，多出的 {given_minutes} 捐给“{fund}”。捐赠编号 {reference}。"
FUND_ENDED = "“{fund}”已经结束。您捐的时间还剩 {left_minutes} 没有用到，已转入公益池，谢谢您。"
FUND_ENDED_USED = "“{fund}”已经结束。您捐的时间都用在了老人身上，或者已经给他们留好，谢谢您。"
OVERFLOW_TO_POOL_NOW = "“{fund}”已经结束。以后您存满多出的时间进入公益池；想改可以在“捐时间”里改。"


class FundUnknown(NotFound):
    """没有找到这个公益基金。"""

    code = "fund_unknown"


class FundClosed(Conflict):
    """这个公益基金已经结束，不再接收时间。请另选一个。"""

    code = "fund_closed"


class FundClosedAlready(Conflict):
    """这个公益基金已经结束了。"""

    code = "fund_closed_already"


class FundNameMissing(Invalid):
    """请写上基金的中文名和英文名，各不超过 {most} 个字。"""

    code = "fund_name_missing"


class FundNameTaken(Conflict):
    """已经有一个同名的公益基金，请换一个名字。"""

    code = "fund_name_taken"


class FundKindUnknown(Invalid):
    """请选择这个基金是为一类老人，还是交给一个公益组织。"""

    code = "fund_kind_unknown"


class CriteriaMissing(Invalid):
    """请写明这个基金帮助怎样的老人，至少一条。"""

    code = "criteria_missing"


class CriteriaWrong(Invalid):
    """年龄请填 1 到 {oldest}，照护等级请填 1 到 {highest}。"""

    code = "criteria_wrong"


class RegistrationMissing(Invalid):
    """请写明公益组织的登记证号，不超过 {most} 个字。"""

    code = "registration_missing"


class BranchesMissing(Invalid):
    """请选择这个公益组织照看哪些网点的老人。"""

    code = "branches_missing"


class DonationUnknown(NotFound):
    """没有找到这笔捐赠。"""

    code = "donation_unknown"


class NothingDonated(Invalid):
    """请写明要捐多少时间，至少 1 分钟。"""

    code = "nothing_donated"


class NotEnoughToDonate(Conflict):
    """现在可以捐的时间是{available_minutes}，不够这么多。"""

    code = "not_enough_to_donate"


class DonorNotActive(Conflict):
    """这个账户现在不能捐赠，请到网点问一问。"""

    code = "donor_not_active"


class OwnOrKinDonation(Forbidden):
    """自己或亲属的捐赠，请交给其他工作人员办理。"""

    code = "own_or_kin_donation"
