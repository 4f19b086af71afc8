"""What people read about settlement windows, statements and disputes."""

from __future__ import annotations

from services.errors import Conflict, Forbidden, Invalid, NotFound, RecordedRefusal

#: The longest reason of a dispute, and of its answer.
LONGEST_WORDS = 400


class PositionsDiffer(RecordedRefusal):
    """{one}和{other}两本账的清算数对不上，这一期不能截止，已经记录并通知管理员。"""

    #: Params ``one_zh``, ``one_en``, ``other_zh`` and ``other_en``.
    code = "positions_differ"


class NoWindow(NotFound):
    """没有找到这一期清算。"""

    code = "no_window"


class NoStatement(NotFound):
    """您的地区在这一期没有清算单。"""

    code = "no_statement"


class NoPosition(NotFound):
    """这两个地区在这一期没有往来。"""

    code = "no_position"


class NoDispute(NotFound):
    """没有找到这项异议。"""

    code = "no_dispute"


class WindowNotWaiting(Conflict):
    """这一期清算还没有截止，或者已经结清，不能再办理。"""

    code = "window_not_waiting"


class StatementAcknowledged(Conflict):
    """您的地区已经确认过这一期的清算单。"""

    code = "statement_acknowledged"


class OwnDisputeOpen(Conflict):
    """您的地区对这一期提出的异议还没有了结，了结后才能确认。"""

    code = "own_dispute_open"


class DisputeOpenAlready(Conflict):
    """这两个地区在这一期已经有一项异议，正在处理。"""

    code = "dispute_open_already"


class DisputeEnded(Conflict):
    """这项异议已经了结。"""

    code = "dispute_ended"


class NothingCorrected(Conflict):
    """截止以后这两个地区之间还没有冲正，不能按已更正了结。"""

    code = "nothing_corrected"


class NotYourSide(Forbidden):
    """异议只能由提出的一方撤回，由对方答复。"""

    code = "not_your_side"


class OwnDispute(Forbidden):
    """提出异议的人不能自己裁定，请交给别的管理员。"""

    code = "own_dispute"


class DisputeWords(Invalid):
    """请写明理由，双方都会看到，不超过 {most} 个字。"""

    code = "dispute_words"


#: To the administrators of every region that has a statement of the window.
WINDOW_CLOSED = "{day}的清算已经截止，请核对本地区的清算单并确认。"
#: To the same people, once everybody has acknowledged.
WINDOW_SETTLED = "{day}的清算已经结清，用掉的跨地区额度恢复了。"
#: To the administrators of the other side.
DISPUTE_OPENED = "{region}对{day}和本地区之间的清算数提出了异议，请到清算页查看并答复。"
#: To the administrators of both sides.
DISPUTE_RESOLVED = "{day}清算的一项异议已经了结，请到清算页查看结果。"
#: To national administrators and to the administrators of both sides.
POSITIONS_DIFFER = "{one}和{other}两本账的清算数对不上，差{apart_minutes}，{day}的清算不能截止。"
