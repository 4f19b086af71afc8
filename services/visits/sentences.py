"""Refusals and notices of visits, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Invalid, NotFound, RecordedRefusal


class VisitUnknown(NotFound):
    """没有找到这次服务。"""

    code = "visit_unknown"


class VisitStateChanged(Conflict):
    """这次服务的状态已经变化，请刷新后再看一次。"""

    code = "visit_state_changed"


class Taken(Conflict):
    """已经有别的志愿者接下了，谢谢您的热心。"""

    code = "taken"


class Overlap(Conflict):
    """这个时间您已经答应了别的服务（前后各留{buffer_minutes}路上时间）。"""

    code = "overlap"


class Ineligible(Conflict):
    """您暂时不能接这项服务。"""

    code = "ineligible"


class PoolShort(RecordedRefusal):
    """公益池的时间暂时不够，这项申请会等到补足后再开放，我们会记下您的心意。"""

    code = "pool_short"


class DoorUnpaid(RecordedRefusal):
    """安全单已经打开，请马上联系老人；公益池的时间暂时不够，补足后请网点再登记一次，给志愿者补时间。"""

    code = "door_unpaid"


class NotYet(Conflict):
    """还没到签到时间：{opens_at}起可以签到。"""

    code = "not_yet"


class TooLate(Conflict):
    """已经过了签到时间，请联系网点。"""

    code = "too_late"


class NotComplete(Conflict):
    """这项服务需要两个人一起，另一位还没有接。"""

    code = "not_complete"


class CodeWrong(RecordedRefusal):
    """数字不对，请再问一次老人。还可以试{left}次。"""

    code = "code_wrong"


class CodeLocked(RecordedRefusal):
    """数字错了太多次，请联系网点，由网点来核对。"""

    code = "code_locked"


class CardWrong(Conflict):
    """这张卡不是这位老人的，或者已经停用。"""

    code = "card_wrong"


class TooFarAway(Conflict):
    """您离服务地点有{distance_m}米，到了再签到。"""

    code = "too_far_away"


class InsuranceEnded(Conflict):
    """您的意外保险没有覆盖这次服务，请先联系网点。"""

    code = "insurance_ended"


class RemoteOnly(Conflict):
    """这次服务不用上门，请按“开始”和“结束”记录。"""

    code = "remote_only"


class NeedsProof(Conflict):
    """上门服务要用老人的卡或数字签到。"""

    code = "needs_proof"


class OutBeforeIn(Invalid):
    """结束时间要晚于开始时间，而且不能晚于现在。"""

    code = "out_before_in"


class BreakOutside(Invalid):
    """休息时间要在开始和结束之间。"""

    code = "break_outside"


class ReasonMissing(Invalid):
    """请写明理由，对方会看到。"""

    code = "reason_missing"


class NotForConfirming(Conflict):
    """这次服务现在不需要确认。"""

    code = "not_for_confirming"


class OwnWordOnly(Conflict):
    """电话和视频服务要由老人本人确认，或者由网点打电话核实。"""

    code = "own_word_only"


class ElderCanSay(Conflict):
    """老人本人可以确认，请打电话问一问。"""

    code = "elder_can_say"


class PartnerThere(Conflict):
    """同行的人已经签到开始了，请马上打网点电话说明情况。"""

    code = "partner_there"


class SlipCodeWrong(Invalid):
    """纸条上的编码不对，或者已经用过。"""

    code = "slip_code_wrong"


class SlipWithoutComing(Invalid):
    """志愿者没有用手机签到，请照纸条填上几点来的。"""

    code = "slip_without_coming"


class SlipTwice(Invalid):
    """这张纸条在第 {row} 行已经写过了。"""

    code = "slip_twice"


class DisputeOpen(Conflict):
    """这次服务已经有异议在处理。"""

    code = "dispute_open"


#: Said at the door of an elder who has not chosen a word.
DOOR_WORD = "互助时光"

VISITOR_FOUND = "{start_at}的{service}有人来了：{visitor}。敲门时会说“{door_word}”。"
YOU_ACCEPTED = "您已接下{start_at}的{service}（编号{reference}）。"
VISIT_STARTED = "{visitor}已于{started_at}签到，开始{service}。"
PLEASE_CONFIRM = "{visitor}的{service}已结束，共{actual_minutes}。请确认。"
CREDITED_TO_YOU = "{service}已入账：您得到{earn_minutes}。"
PAID_BY_YOU = "{service}已确认：您用了{elder_minutes}，公益池承担{pool_minutes}。"
PAID_WITH_KIN = (
    "{service}已确认：{payer}替您付了{payer_minutes}，"
    "您自己用了{own_minutes}，公益池承担{pool_minutes}。"
)
PAID_FOR_ELDER = "{service}已确认：您替{elder}付了{payer_minutes}。"
CONFIRMED_FOR_YOU = "{service}（编号{reference}）有一位志愿者已经确认，还要等另一位。"
NOT_CREDITED = "{service}（编号{reference}）没有入账：{reason}"
VISITOR_CANCELLED = "{visitor}不能来了，{service}（编号{reference}）重新开放给志愿者。"
GONE_TO_REVIEW = "{service}（编号{reference}）还没有确认，已转网点核实。"
DISPUTE_OPENED = "{service}（编号{reference}）有异议，预留的时间会保留到处理完为止。"
DISPUTE_APPEALED = "{service}（编号{reference}）的异议结果有一方申诉，由区县再看一次。"
DISPUTE_APPEAL_DECIDED = "{service}（编号{reference}）的申诉有了最后的结果：{reason}"
MISSED_ELDER = "{start_at}的{service}没有人签到，网点会马上与您联系。"
MISSED_PROVIDER = "{start_at}的{service}您没有签到，请联系网点说明情况。"
NO_SHOW = "{start_at}的{service}记为爽约。90天内满{limit}次会暂停接单{days}天。"
DOOR_CLOSED = "{visitor}按时上门但没有人开门（编号{reference}），网点正在联系老人。"
DOOR_PAID = "谢谢您跑了一趟：公益池补您{pool_minutes}。"
REMINDER_PROVIDER = "提醒：{start_at}您要去做{service}（编号{reference}）。来不了请尽早告诉我们。"
REMINDER_ELDER = "提醒：{start_at}有人来做{service}。敲门时会说“{door_word}”。"
