"""Refusals and notices of work sheets, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Forbidden, Invalid, NotFound


class SheetUnknown(NotFound):
    """没有找到这张工作单。"""

    code = "sheet_unknown"


class SheetStateChanged(Conflict):
    """这张工作单的情况已经变化，请刷新后再看一次。"""

    code = "sheet_state_changed"


class SheetTaken(Conflict):
    """这张工作单已经有人接了，要换人请由他转交。"""

    code = "sheet_taken"


class SheetOutOfReach(Invalid):
    """只能转交给这个网点或这个地区的工作人员。"""

    code = "sheet_out_of_reach"


class SheetSubjectCloses(Forbidden):
    """这张工作单说的就是您或您的网点，请由上级来结束。"""

    code = "sheet_subject_closes"


class SheetKindUnknown(Invalid):
    """请从列表里选一种工作单。"""

    code = "sheet_kind_unknown"


class SheetOutcomeUnknown(Invalid):
    """请选办理结果。"""

    code = "sheet_outcome_unknown"


class SheetLast(Conflict):
    """进度单是最后一级，不能再转。"""

    code = "sheet_last"


class SheetNotAppealable(Conflict):
    """只有上级认定属实的工作单才能申诉。"""

    code = "sheet_not_appealable"


class SheetAppealTooLate(Conflict):
    """这张工作单的申诉期限是{until}，已经过了。"""

    code = "sheet_appeal_too_late"


class SheetAppealedAlready(Conflict):
    """这张工作单已经申诉过一次，不能再申诉。"""

    code = "sheet_appealed_already"


class SheetNotAbove(Forbidden):
    """申诉要由上一级的管理员来定，结束这张工作单的人不能定。"""

    code = "sheet_not_above"


HANDED_TO_YOU = "工作单{reference}转交给您了，最晚{due_on}办完。"
ESCALATED = "工作单{reference}到{due_on}还没有办完，已经报到您这里，请督促办理。"
ESCALATED_FROM_YOU = "您手里的工作单{reference}到{due_on}还没有办完，已经报到上一级。"
CLOSED_YOURS = "您手里的工作单{reference}已经结束。"
APPEAL_CAME = "工作单{reference}有网点提出了申诉，请上一级来定。"
APPEAL_DECIDED = "工作单{reference}的申诉有了结果，请打开看。"
