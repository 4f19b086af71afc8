"""What people read about the rolls of those entitled."""

from __future__ import annotations

from collections.abc import Sequence

from services.errors import Conflict, DomainError, Invalid, NotFound


class RollColumnsMissing(Invalid):
    """名册的第一行要有“身份证号”和“姓名”两栏。"""

    code = "roll_columns_missing"


class RollNameNeeded(Invalid):
    """这一行没有姓名，或者姓名太长。"""

    code = "roll_name_needed"


class RollPersonTwice(Invalid):
    """这个人在名册里写了两次，前一次在第 {first} 行。"""

    code = "roll_person_twice"


class RollRowsBad(Invalid):
    """名册有 {count} 行写得不对（{lines}），什么都没有登记。请改好以后再上传。"""

    code = "roll_rows_bad"

    def __init__(self, lines: Sequence[tuple[int, DomainError]]) -> None:
        shown = "、".join(str(line) for line, _ in lines[:10])
        super().__init__(field="file", count=len(lines), lines=shown)
        #: Every bad row by its number below the headings, with what is wrong with it.
        self.lines = tuple(lines)


class RollTooLong(Invalid):
    """一份名册最多 {most_rows} 人。"""

    code = "roll_too_long"


class RollKindUnknown(Invalid):
    """请选择是哪一种名册。"""

    code = "roll_kind_unknown"


class RollMonthWrong(Invalid):
    """名册的月份只能是上个月、这个月或下个月，也不能早于上一份已经签署的名册。"""

    code = "roll_month_wrong"


class RollSourceNeeded(Invalid):
    """请写明名册是哪个部门给的，不超过 120 个字。"""

    code = "roll_source_needed"


class RollWhyNeeded(Invalid):
    """有 {count} 人不在这份名册里，系统也不知道原因，请选择原因。"""

    code = "roll_why_needed"


class RollWaiting(Conflict):
    """这种名册已经有一份在等签署，请先签署或撤回它。"""

    code = "roll_waiting"


class RollSigned(Conflict):
    """这份名册已经签署，不能再改。"""

    code = "roll_signed"


class RollWithdrawn(Conflict):
    """这份名册已经撤回。"""

    code = "roll_withdrawn"


class NoSuchRoll(NotFound):
    """没有找到这份名册。"""

    code = "no_such_roll"


#: To the other administrators.
PROPOSED = "{proposer}提出了 {month} 的名册（{rows} 人），请核对后签署。"
#: To an elder whose grant the roll brings about, or ends.
GRANT_BEGINS = "您登记的情况有变化：从下个月起，每月可以领到 {month_minutes} 的政策发放。"
GRANT_ENDS = "您登记的情况有变化：从下个月起不再有政策发放。不同意的话，请找网点。"
GRANT_CHANGES = "您登记的情况有变化：从下个月起，每月的政策发放是 {month_minutes}。"
