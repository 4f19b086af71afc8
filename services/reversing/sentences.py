"""What people read about a posting that is taken back, and why it may not be."""

from __future__ import annotations

from services.errors import Conflict, Forbidden, Invalid, NotFound, RecordedRefusal

#: Reason codes and what people read; free text never enters the ledger.
REASONS = {
    "wrong_person": "记错了人",
    "wrong_time": "记错了时间",
    "false_record": "记录不实",
    "decided_dispute": "异议处理的结果",
}
#: The reason for which the provider gets no stars for a time.
FALSE_RECORD = "false_record"

REVERSED_ELSEWHERE = (
    "另一个地区冲正了一笔跨地区往来（原因：{reason}），本地区的那一半一起冲正了，编号{reference}。"
)
REVERSED = "一笔往来已冲正（原因：{reason}），您的时间有变动，请查看明细。"
WAITS_FOR_TWO = "有人提出冲正一笔往来（{reference}，原因：{reason}），等两位管理员签署。"
NOT_REVERSED = "您提出的冲正（{reference}）没有办理：{reason}。"
WAS_REVERSED = "您提出的冲正（{reference}）已由两位管理员签署，办好了。"


class ReasonUnknown(Invalid):
    """请从列表里选一个冲正原因。"""

    code = "reason_unknown"


class OfEstate(Conflict):
    """这笔往来属于一件身后事，请在身后事的页面上整件撤销。"""

    code = "transfer_of_estate"


class OwnerDivided(Conflict):
    """这笔往来有一方已经去世，时间也分配好了，不能再冲正。"""

    code = "owner_divided"


class OfMove(Conflict):
    """这笔往来属于一次搬家，不能单独冲正。"""

    code = "transfer_of_move"


class ReversalUnknown(NotFound):
    """没有找到这件冲正。"""

    code = "reversal_unknown"


class ReversalOpen(Conflict):
    """这笔往来已经有人提出冲正了（{reference}），等着签署。"""

    code = "reversal_open"


class ReversalEnded(Conflict):
    """这件冲正已经办好、退回或者撤回了。"""

    code = "reversal_ended"


class SignedBefore(Conflict):
    """您已经签署过了，还要另一位管理员签署。"""

    code = "signed_before"


class KinHasSigned(Conflict):
    """经手这件事的人是您的亲属，请由另一位管理员办理。"""

    code = "kin_has_signed"


class OthersProposal(Forbidden):
    """只有提出的人自己可以撤回。"""

    code = "others_proposal"


class ReversalReasonMissing(Invalid):
    """请写明为什么不冲正，提出的人会看到。"""

    code = "reversal_reason_missing"


class CoinsSpent(RecordedRefusal):
    """有人已经把这些时间用掉了，还差{shortfall_minutes}，这次没有冲正；已开督办单，请先联系本人。"""

    code = "coins_spent"
