"""Refusals and notices of requests, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Invalid, NotFound


class RequestUnknown(NotFound):
    """没有找到这项申请。"""

    code = "request_unknown"


class StateChanged(Conflict):
    """这项申请的状态已经变化，请刷新后再看一次。"""

    code = "state_changed"


class TooSoon(Invalid):
    """开始时间太近了：请至少提前{notice_minutes}，急事请打服务热线。"""

    code = "too_soon"


class OffQuarter(Invalid):
    """开始时间请用整点、一刻、半点或三刻，例如9:00、9:15、9:30、9:45。"""

    code = "off_quarter"


class TooFar(Invalid):
    """最多可以提前{days}天申请。"""

    code = "too_far"


class LengthOutOfRange(Invalid):
    """这项服务每次可以预约{min_minutes}到{max_minutes}。"""

    code = "length_out_of_range"


class ServiceUnknown(Invalid):
    """没有这项服务，请从列表里选一项。"""

    code = "service_unknown"


class NotRemote(Invalid):
    """这项服务需要上门，不能通过电话或视频完成。"""

    code = "not_remote"


class NotARecipient(Invalid):
    """这位成员还没有登记为服务对象。"""

    code = "not_a_recipient"


class TooYoungToSpend(Invalid):
    """满{spending_age}岁才能使用互助时间。"""

    code = "too_young_to_spend"


class AskedAlready(Conflict):
    """这个时间已经申请过同样的服务（编号{reference}）。"""

    code = "asked_already"


class NoAddress(Invalid):
    """还没有登记住址，请填写服务地点。"""

    code = "no_address"


class NoAddressThere(Invalid):
    """请填写在外地住的地址，来的人才找得到门。"""

    code = "no_address_there"


class NotAway(Invalid):
    """这个网点就在老人的存入地区，不用选外地。"""

    code = "not_away"


class ConsentNeeded(Invalid):
    """代办需要记录老人是怎样同意的。"""

    code = "consent_needed"


class ReasonNeeded(Invalid):
    """请写明理由，对方会看到。"""

    code = "reason_needed"


class SexUnknown(Invalid):
    """请选择女性、男性或都可以。"""

    code = "sex_unknown"


class TextTooLong(Invalid):
    """最多写{most}个字。"""

    code = "text_too_long"


class AlreadyStarted(Conflict):
    """服务已经开始，不能取消；如有问题请提出异议。"""

    code = "already_started"


class PayerNotKin(Invalid):
    """只能替登记过的父母、祖父母或外祖父母付时间。亲属关系请到网点登记。"""

    code = "payer_not_kin"


class PayerTooYoung(Invalid):
    """满{adult_age}岁才能替长辈付时间。"""

    code = "payer_too_young"


class PayersYearIsOver(Conflict):
    """今年替长辈付的时间已经用完，一年最多{year_minutes}。"""

    code = "payers_year_is_over"


class PayerHasNothing(Conflict):
    """您自己挣来的时间已经用完，这次付不了。"""

    code = "payer_has_nothing"


class SpendLimit(Conflict):
    """您这个月替{elder}最多还能用{left_minutes}，这次要用{needed_minutes}。请老人本人来办；登记过的子女、孙子女也可以用自己的时间付。"""

    code = "spend_limit"


#: Notices, filled in by the edge.
ASKED_FOR_YOU = "{asker}替您申请了{service}，{start_at}，编号{reference}。网点审核后会再通知您。"
LOOSENED_FOR_YOU = "{service}（编号{reference}）不再限定来人的性别或语言，这样更容易找到人。"
REQUEST_OPEN = "您申请的{service}（编号{reference}）已通过审核，正在找志愿者。"
REQUEST_WAITING = "您申请的{service}（编号{reference}）已受理，正在排队等待公益池的时间。"
REQUEST_REFUSED = "您申请的{service}（编号{reference}）没有通过审核：{reason}"
REQUEST_CANCELLED = "{service}（编号{reference}）已取消，预留的时间已放回。"
VISIT_CALLED_OFF = "{start_at}的{service}（编号{reference}）已取消，您不用上门了。"
REQUEST_EXPIRED = "{service}（编号{reference}）到时间还没有人接，预留的时间已放回。网点会与您联系。"
PAYER_GONE = (
    "{payer}不能再替您付{start_at}的{service}（编号{reference}），"
    "改用您自己的时间，不够的由公益池补。"
)
