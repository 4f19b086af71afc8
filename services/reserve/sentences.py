"""What people read about a region's fund and its reserve."""

from __future__ import annotations

from services.errors import Conflict, Invalid


class FundOutOfRange(Invalid):
    """请填写基金的金额，精确到分。"""

    code = "fund_out_of_range"


class FundDayWrong(Invalid):
    """基金的日期不能晚于今天，也不能早于上一份已经签署的记录。"""

    code = "fund_day_wrong"


class DocumentNeeded(Invalid):
    """请写明文件的编号，不超过 60 个字。"""

    code = "document_needed"


class FundRecordWaiting(Conflict):
    """已经有一份基金记录在等签署，请先签署或撤回它。"""

    code = "fund_record_waiting"


class FundRecordSigned(Conflict):
    """这份基金记录已经签署，不能再改。"""

    code = "fund_record_signed"


class FundRecordWithdrawn(Conflict):
    """这份基金记录已经撤回。"""

    code = "fund_record_withdrawn"


#: To the other administrators of the region.
RECORDED = "{proposer}记下了 {on_day} 的基金（{document}），请核对文件后签署。"
#: To administrators, once for each threshold that is passed.
ALERT = "本地区的备付率降到了 {backed_percent}%，低于 {threshold_percent}%，请尽快补充基金。"
#: What a thin reserve stops, by what is stopped.
STOPPED = {
    "pt": (
        "本地区的备付率降到了 {backed_percent}%，低于 {threshold_percent}%。"
        "从现在起，新答应的服务暂停服务者等级和时间两项加成，已经答应的不变。"
    ),
    "ptr": (
        "本地区的备付率降到了 {backed_percent}%，低于 {threshold_percent}%。"
        "从现在起，新答应的服务暂停服务者等级、时间和照护等级三项加成，已经答应的不变。"
    ),
}
#: Only the premium of the care grade comes back.
PARTLY_RESTORED = (
    "本地区的备付率回到了 {backed_percent}%。从现在起，新答应的服务恢复照护等级加成；"
    "服务者等级和时间两项加成仍然暂停。"
)
RESTORED = "本地区的备付率已经恢复。从现在起，新答应的服务恢复全部加成。"
