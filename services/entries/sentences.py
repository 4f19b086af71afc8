"""What people read about a service entered by hand, and why one may not be."""

from __future__ import annotations

from services.errors import Conflict, Forbidden, Invalid, NotFound

#: How somebody objects: said wherever an entry is told of.
PROPOSED_TO_ELDER = (
    "网点为您补录了一次服务：{service}，{provider}，{start_at}开始，共{actual_minutes}。编号{reference}，"
    "还要另一个人核对签署。如果没有这回事，请告诉网点或打服务热线，也可以投诉。"
)
PROPOSED_TO_PROVIDER = (
    "网点为您补录了一次服务：{service}，{start_at}开始，共{actual_minutes}。编号{reference}，"
    "还要另一个人核对签署才会入账。"
)
SIGNED_TO_ELDER = (
    "补录的服务（{reference}）已由两个人签署入账，会一直标明是补录的。"
    "如果没有这回事，请告诉网点或打服务热线，也可以投诉。"
)
SIGNED_TO_PROVIDER = "补录的服务（{reference}）已由两个人签署入账，会一直标明是补录的。"
ENTRY_ENDED = "补录的服务（{reference}）没有入账：{reason}"
WITHDRAWN_BY_PROPOSER = "提出的人撤回了。"
NOBODY_SIGNED = "各级都没有人在期限内签署，已作废。"
ENTRY_WAITS = "有一件补录（{reference}）等您签署，请在{due_at}以前看一看证明材料。"
ENTRY_SIGNED = "您提出的补录（{reference}）已签署入账。"


class EntryUnknown(NotFound):
    """没有找到这件补录。"""

    code = "entry_unknown"


class WhyUnknown(Invalid):
    """请从列表里选一个补录的原因。"""

    code = "why_unknown"


class WordsMissing(Invalid):
    """请写明为什么补录，最多 {most} 个字。"""

    code = "words_missing"


class NoEvidence(Invalid):
    """补录要有证明材料，至少 {least} 个文件。"""

    code = "no_evidence"


class EntryTimes(Invalid):
    """结束时间要晚于开始时间，而且已经过去。"""

    code = "entry_times"


class EntryTooOld(Invalid):
    """只能补录 {days} 天以内的服务。"""

    code = "entry_too_old"


class EntryElsewhere(Conflict):
    """这位老人的账户在别的地区，请由那里补录。"""

    code = "entry_elsewhere"


class ProviderGone(Conflict):
    """这位成员不是有效的志愿者，不能补录。"""

    code = "provider_gone"


class NeedsPair(Conflict):
    """这项服务要两个人一起做，不能一个人补录。"""

    code = "needs_pair"


class EntryTwice(Conflict):
    """同一位志愿者的这段时间已经有一件补录在等签署（{reference}）。"""

    code = "entry_twice"


class EntryPoolShort(Conflict):
    """老人的时间不够，公益池也不够，还差{shortfall_minutes}，现在不能入账。"""

    code = "entry_pool_short"


class EntryEnded(Conflict):
    """这件补录已经签署、退回、撤回或者作废了。"""

    code = "entry_ended"


class EntryNotYours(Forbidden):
    """只有提出补录的人可以撤回。"""

    code = "entry_not_yours"


class EntryReasonMissing(Invalid):
    """请写明为什么不同意，提出的人和双方都会看到。"""

    code = "entry_reason_missing"


class CorrectsNothing(Conflict):
    """只能更正已经入账、没有冲正过的服务。"""

    code = "corrects_nothing"


class CorrectionSpent(Conflict):
    """原来入账的时间已经用掉了，还差{shortfall_minutes}，现在不能更正。"""

    code = "correction_spent"
