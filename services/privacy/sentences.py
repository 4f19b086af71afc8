"""What people read about the rights over their own data."""

from __future__ import annotations

from services.errors import Conflict, Forbidden, Invalid, NotFound, Throttled


class PrivacyRequestUnknown(NotFound):
    """没有找到这份申请。"""

    code = "privacy_request_unknown"


class NotYourData(Forbidden):
    """只有本人、监护人和网点的工作人员能办理这件事。"""

    code = "not_your_data"


class PrivacyRequestOpen(Conflict):
    """您已经有一份同样的申请在办理，请等答复，或先撤回。"""

    code, is_answer = "privacy_request_open", False


class PrivacyRequestDecided(Conflict):
    """这份申请已经有了结果。"""

    code = "privacy_request_decided"


class NothingToCorrect(Invalid):
    """请至少写一项要更正的内容。"""

    code = "nothing_to_correct"


class CorrectionFieldUnknown(Invalid):
    """这一项不能这样更正。"""

    code = "correction_field_unknown"


class CorrectionEvidenceUnknown(Invalid):
    """请选看过哪种证件或材料。"""

    code = "privacy_evidence_unknown"


class RefusalReasonNeeded(Invalid):
    """不同意要写明理由，最多 {most} 个字。"""

    code = "privacy_reason_needed"


class ErasureHindered(Conflict):
    """还有没办完的事，现在不能注销。"""

    code, is_answer = "erasure_hindered", False


class CoinsLeft(Invalid):
    """账上还有时间。可以先赠送或捐出；要注销，请确认剩下的归入公益池。"""

    code = "coins_left"


class AlreadyErased(Conflict):
    """这位成员已经注销。"""

    code = "already_erased"


class ExportTooOften(Throttled):
    """今天已经取过 {most} 次了，请明天再来。"""

    code = "export_too_often"


class HealthConsentMissing(Conflict):
    """本人没有同意使用健康资料，不能登记照护等级。"""

    code, is_answer = "health_consent_missing", False


class PlaceConsentMissing(Conflict):
    """您没有同意使用位置，不能登记地图上的位置。"""

    code, is_answer = "place_consent_missing", False


class NotAPurpose(Invalid):
    """没有这种同意。"""

    code = "not_a_purpose"


ASKED = {
    "correct": "您要更正资料的申请已经收到，网点会在 {due_on} 前答复。",
    "erase": "您要注销并清除资料的申请已经收到，网点会在 {due_on} 前答复。",
}
CORRECTED = "您的资料已经按您的申请更正。"
REFUSED = {
    "correct": "您要更正资料的申请没有通过，理由可以在“我的信息”里看。不服可以投诉。",
    "erase": "您要注销的申请没有通过，理由可以在“我的信息”里看。不服可以投诉。",
}
GRANTED = "您的注销申请已经通过，{run_at} 以后清除资料。在那之前可以在“我的信息”里撤回。"
STOPPED = "还有没办完的事，您的注销申请没有执行，请重新申请。"
WITHDRAWN = "您的申请已经撤回。"
CONSENT_CHANGED = {
    "health": {
        True: "您已同意使用健康资料。",
        False: "您已撤回健康资料的同意：不再按照护等级安排服务。",
    },
    "place": {
        True: "您已同意使用位置。",
        False: "您已撤回位置的同意：地图上的位置已清除，只按网点配对。",
    },
}
COMPLAINT_OPEN = "有一件投诉还没有办结。"
