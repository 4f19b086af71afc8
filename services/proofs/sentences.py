"""Refusals and notices of certificates of service, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Invalid


class ProofPeriodWrong(Invalid):
    """开始日期要早于或等于结束日期，结束日期不能晚于今天。"""

    code = "proof_period_wrong"


class NothingToProve(Conflict):
    """这段时间里没有记录在案的服务，开不出证明。"""

    code = "nothing_to_prove"


PROOF_ISSUED = "您的志愿服务证明开好了，编号 {number}，写明服务 {served_minutes}。"
PROOF_WITHDRAWN = (
    "您的志愿服务证明（编号 {number}）里有一次服务已经更正，这份证明作废，可以再开一份。"
)
