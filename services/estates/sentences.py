"""Refusals and notices of estates, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Forbidden, Invalid, NotFound


class EstateUnknown(NotFound):
    """没有找到这份身后事的记录。"""

    code = "estate_unknown"


class EstateChanged(Conflict):
    """这份身后事的状态已经变化，请刷新后再看一次。"""

    code = "estate_changed"


class NotARelative(Forbidden):
    """只有登记过的亲属或受托人可以报告。请到网点，或打网点电话。"""

    code = "not_a_relative"


class OwnDeath(Invalid):
    """不能报告本人去世。"""

    code = "own_death"


class MembershipOver(Conflict):
    """这位成员的账户已经关闭，不用报告。"""

    code = "membership_over"


class ReportedAlready(Conflict):
    """您已经报告过了，网点正在核实。"""

    code = "reported_already"


class DeathInFuture(Invalid):
    """去世的时间不能晚于现在。"""

    code = "death_in_future"


class DeathBeforeBirth(Invalid):
    """去世的日期不能早于出生日期。"""

    code = "death_before_birth"


class EvidenceUnknown(Invalid):
    """请选择看到了哪一种证明。"""

    code = "evidence_unknown"


class ReferenceMissing(Invalid):
    """请写上证明的编号。"""

    code = "reference_missing"


class CheckedByYou(Conflict):
    """您已经核实过了，要由另一位工作人员再核实一次。"""

    code = "checked_by_you"


class DaysDiffer(Conflict):
    """第一位核实的去世日期是{day}，与您填的不同。请核对证明；如果第一位写错了，先撤销这次报告，再重新登记。"""

    code = "days_differ"


class EndReasonMissing(Invalid):
    """请写明理由，留在档案里。"""

    code = "end_reason_missing"


class PoolCannotReturn(Conflict):
    """有的时间已经用掉，还差{short_minutes}，公益池现在只有{pool_minutes}，暂时不能全部退回。"""

    code = "pool_cannot_return"


class DeathDayWrong(Invalid):
    """去世日期要写成 2026-03-05 这样，不能晚于今天。"""

    code = "death_day_wrong"


class PersonTwice(Invalid):
    """这个号码在第{first}行已经有了。"""

    code = "person_twice"


#: Why what was under way has ended.
ENDED_BY_DEATH = "成员已经去世。"

REPORT_TAKEN = "谢谢您告诉我们，请节哀。{name}去世的事，网点会由两位工作人员核实，编号{reference}。"
REPORTED_OF_YOU = "有人报告您已经去世。如果是误报，请马上打网点电话，账户不会有变化。"
FROZEN_FAMILY = (
    "请节哀。{name}去世已经核实，账户已经冻结，预约都已取消。继承的事，网点会与家人联系。"
)
FROZEN_HEIR = (
    "请节哀。{name}去世已经核实。您可能是继承人，网点会与您联系；您也可以在“赠送和传承”里查看。"
)
FROZEN_BRANCH = (
    "{name}去世已经由两位工作人员核实，账户已经冻结。请核对继承人名单（编号{reference}）。"
)
DISMISSED_FAMILY = "您报告的{name}去世，经核实并不属实，账户没有任何变化（编号{reference}）。"
DISMISSED_SELF = "有人误报您已经去世，现在已经更正，账户没有任何变化。让您受惊了，我们很抱歉。"
UNDONE_SELF = (
    "我们错误地把您登记为去世，现在已经全部更正，时间币都已退回。让您和家人受苦了，我们深表歉意。"
    "原来约好的服务请重新约。"
)
UNDONE_SELF_SERIES = (
    "我们错误地把您登记为去世，现在已经全部更正，时间币都已退回。让您和家人受苦了，我们深表歉意。"
    "原来约好的服务请重新约，停掉的固定服务有：{ended}"
)
UNDONE_OTHERS = (
    "{name}去世的登记是错误的，已经更正，我们很抱歉。有关的分配全部撤回（编号{reference}）。"
)
UNDONE_HEIR = (
    "{name}去世的登记是错误的，已经更正，我们很抱歉。您账户上的{back_minutes}已经退回，"
    "您已经用掉的不用补（编号{reference}）。"
)
