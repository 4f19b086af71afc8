"""Refusals and notices of complaints, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Forbidden, Invalid, NotFound


class ComplaintUnknown(NotFound):
    """没有找到这件投诉。"""

    code = "complaint_unknown"


class ComplaintKindUnknown(Invalid):
    """请从列表里选一种情况。"""

    code = "complaint_kind_unknown"


class NotCreditedYet(Conflict):
    """这次服务还没有入账，请在这次服务的页面上提出异议。"""

    code = "not_credited_yet"


class AlreadyComplained(Conflict):
    """这次服务已经有一件同样的投诉在办（编号{reference}），有话可以补充到那一件里。"""

    code = "already_complained"


class ComplaintBranchMissing(Invalid):
    """请选是哪个网点的事。"""

    code = "complaint_branch_missing"


class ContactMissing(Invalid):
    """没有账户的人请留下称呼和电话，好告诉他结果。"""

    code = "complaint_contact_missing"


class ComplaintStateChanged(Conflict):
    """这件投诉的情况已经变化，请刷新后再看一次。"""

    code = "complaint_state_changed"


class OtherSideUnheard(Conflict):
    """对方还没有说话：请等到{until}，或者先把对方的话记下来。"""

    code = "other_side_unheard"
    is_answer = False


class DecisionUnknown(Invalid):
    """请选处理结果。"""

    code = "complaint_decision_unknown"


class InvolvedDecides(Forbidden):
    """这件投诉和您有关，或者是您记下来的，请由另一位管理员处理。"""

    code = "involved_decides"


class SameDecides(Forbidden):
    """第一次处理的人不能再处理申诉，请由上一级或另一位管理员处理。"""

    code = "same_decides"


class AppealTooLate(Conflict):
    """申诉的期限是{until}，已经过了。"""

    code = "appeal_too_late"


class AppealedAlready(Conflict):
    """申诉只能提一次，这件事已经申诉过了。"""

    code = "appealed_already"


class NothingLost(Conflict):
    """这件事的处理结果对您没有不利，不用申诉。"""

    code = "nothing_lost"


class AppealStillOpen(Conflict):
    """这件投诉还在申诉期内（到{until}），现在不能冲正。"""

    code = "appeal_still_open"
    is_answer = False


class ComplaintNotUpheld(Conflict):
    """这件投诉最后没有成立，不能冲正。"""

    code = "complaint_not_upheld"


RECEIVED = "您反映的事已经收到，编号{reference}，最晚{due_on}给您答复。"
TAKEN_DOWN = "网点把您说的事记下来了，编号{reference}，最晚{due_on}给您答复。"
ASKED = (
    "有人反映了一件和您有关的事，编号{reference}。请在{last_on}以前说说您这边的情况，到时再处理。"
)
HELD = "和投诉（编号{reference}）有关的{held_minutes}先放着不能用，办完以后再定。"
HELD_FREE = "投诉（编号{reference}）办完了，先放着的时间已经可以用了。"
SAID = "对投诉（编号{reference}）已经替您说了情况。"
HEARD = "对方就投诉（编号{reference}）说了情况，您可以打开看看。"
DECIDED = "投诉（编号{reference}）有了处理结果，请打开看。不同意的，{last_on}以前可以申诉一次。"
APPEALED = "投诉（编号{reference}）有一方提出了申诉，由另一位管理员再看一次。"
FINAL = "投诉（编号{reference}）的申诉有了结果，这是最后的结果，请打开看。"
WITHDRAWN = "投诉（编号{reference}）已经撤回。"
CHARGED = "有老人反映被收了钱（投诉编号{reference}），已经开出督办单，请尽快处理。"
