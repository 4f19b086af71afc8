"""What is said when a flag cannot be decided."""

from __future__ import annotations

from services.errors import Conflict, Invalid, NotFound


class FlagUnknown(NotFound):
    """没有这条异常提示。"""

    code = "flag_unknown"


class FlagDecided(Conflict):
    """这条异常提示已经有结论，不能再改。"""

    code = "flag_decided"


class FlagReasonMissing(Invalid):
    """请写明得出这个结论的理由。"""

    code = "flag_reason_missing"


class FlagAnswerUnknown(Invalid):
    """请选择查实还是排除。"""

    code = "flag_answer_unknown"


class FlagHasSheet(Conflict):
    """这条异常提示已经开过工作单。"""

    code = "flag_has_sheet"
