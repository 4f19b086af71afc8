"""What administrators read about agreements and caps."""

from __future__ import annotations

from services.errors import Conflict, Invalid


class PhaseWrong(Invalid):
    """这个阶段要两个同一级的地区：区县之间选区县，市之间选市，省之间选省，全国选全国。"""

    code = "phase_wrong"


class OneDistrict(Invalid):
    """一个区县不用和自己订协议，请选另一个地区。"""

    code = "one_district"


class PairCapWrong(Invalid):
    """请填写两地之间的额度上限，不小于零。"""

    code = "pair_cap_wrong"


class CapWrong(Invalid):
    """请填写额度上限，不小于零。"""

    code = "cap_wrong"


class NotInThePast(Invalid):
    """生效日期不能早于今天：已经办理的不受影响。"""

    code = "day_in_the_past"


class PaperNeeded(Invalid):
    """请写明协议或文件的编号，不超过 60 个字。"""

    code = "paper_needed"


class ProposalWaiting(Conflict):
    """{one}和{other}之间已经有一份协议在等签署，请先签署或撤回那一份。"""

    #: Params ``one_zh``, ``one_en``, ``other_zh`` and ``other_en``.
    code = "proposal_waiting"


class AgreementSigned(Conflict):
    """这份协议已经签署。"""

    code = "agreement_signed"


class AgreementWithdrawn(Conflict):
    """这份协议已经撤回。"""

    code = "agreement_withdrawn"


class StartPassed(Conflict):
    """这份协议的生效日期已经过去，请撤回后重新提出。"""

    code = "start_passed"


class NotInForce(Conflict):
    """这份协议还没有签署，或者已经结束。"""

    code = "agreement_not_in_force"


class EndDayWrong(Invalid):
    """最早从明天起结束，也不能晚于原定的结束日期。"""

    code = "end_day_wrong"


class EndReasonNeeded(Invalid):
    """请从列表里选一个结束的原因。"""

    code = "end_reason_needed"


#: To the administrators of the other side.
PROPOSED = "{from}提出了互认协议（{document}），请查看，同意的话请签署。"
#: To the administrators of the side that has proposed.
SIGNED = "{from}签署了互认协议（{document}），从 {valid_from} 起生效。"
WITHDRAWN = "{from}撤回了还没有签署的互认协议（{document}）。"
#: To the administrators of the side that has not ended it.
ENDED = "{from}结束了互认协议（{document}），从 {valid_to} 起不再办理新的；已经答应的照旧。"
#: To the administrators of the region whose cap was set.
CAP_SET = "本地区的跨地区额度上限定为 {cap_minutes}，从 {valid_from} 起（{document}）。"
