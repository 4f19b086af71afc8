"""What is refused and told between the notice and the last share, in its readers' words."""

from __future__ import annotations

from services.errors import Conflict, Forbidden, Invalid, NotFound

NOTICE_PUBLISHED = (
    "{name}留下的时间币开始公示，到{last_day}为止。您在继承人名单里，不答复就算接受，"
    "请登录看一看（编号{reference}）。"
)
NOTICE_STOPPED = "有人对{name}的继承人名单有不同意见，公示先停下来，等区里决定（编号{reference}）。"
NOTICE_STOPPED_AGAIN = (
    "有人不服对{name}身后事的决定，申请了复核。"
    "公示先停下来，等另一位管理员决定（编号{reference}）。"
)
OBJECTION_ARRIVED = "您对{reference}号身后事的异议已经收到。区里决定以后会告诉您。"
OBJECTION_UPHELD = "您对{reference}号身后事的异议成立。继承人名单会重新核对，再公示一次。"
OBJECTION_DISMISSED = (
    "您对{reference}号身后事的异议不成立，理由请看“我的继承和异议”。不服可以申请复核一次。"
)
APPEAL_ARRIVED = "您对{reference}号身后事的复核申请已经收到，由另一位管理员决定。"
APPEAL_UPHELD = "复核认为您对{reference}号身后事的异议成立。继承人名单会重新核对，再公示一次。"
APPEAL_DISMISSED = "复核维持了对{reference}号身后事的决定，理由请看“我的继承和异议”。"
NOTICE_RUNS_ON = (
    "对{name}的继承人名单提出的意见已经决定，公示接着算，到{last_day}为止（编号{reference}）。"
)
NOTICE_ANEW = (
    "对{name}的继承人名单提出的意见成立，名单要重新核对，核对好了再公示一次（编号{reference}）。"
)
SHARE_PAID = "您继承了{name}留下的{share_minutes}，已经到您的账户（编号{reference}）。"
SHARE_PAID_LOCKED = (
    "您继承了{name}留下的{share_minutes}，已经到您的账户（编号{reference}）。"
    "您到{spending_age}岁才能用；现在可以转给年满{relative_age}岁的父母、祖父母、子女或孙子女，"
    "也可以捐出去。"
)
SHARE_WAITS = (
    "您分到{name}留下的{share_minutes}，还没有到账。请在{last_day}以前来领（编号{reference}）。"
)
SHARE_WAITS_ELSEWHERE = (
    "您分到{name}留下的{share_minutes}。您的账户在{to}，和{from}之间还没有开通互认，"
    "所以还没有到账。两地开通以后自动转到您的账户，不会过期（编号{reference}）。"
)
SHARE_LAPSED = (
    "{name}留下的时间里，您的{share_minutes}三年没有人领，已经按规定归入公益池（编号{reference}）。"
)
SHARE_NONE = "{name}留下的时间币已经分配，您没有分到（编号{reference}）。"


class HeirsFirst(Conflict):
    """现在不能公示：要先冻结账户、核对继承人，也没有公示过。"""

    code = "heirs_first"


class NoticeNotRunning(Conflict):
    """这份公示没有在进行。"""

    code = "notice_not_running"


class NoticeOver(Conflict):
    """公示已经在{until}结束，不能再提异议。"""

    code = "notice_over"


class ObjectedAlready(Conflict):
    """您已经对这份公示提过异议。"""

    code = "objected_already"


class ObjectionWords(Invalid):
    """请写明您不同意什么，为什么。"""

    code = "objection_words"


class ObjectorName(Invalid):
    """请写明是谁提出的。"""

    code = "objector_name"


class ObjectionUnknown(NotFound):
    """没有找到这份异议。"""

    code = "objection_unknown"


class ObjectionDecided(Conflict):
    """这份异议已经决定过了。"""

    code = "objection_decided"


class DecisionReason(Invalid):
    """请写明理由，提出异议的人会看到。"""

    code = "decision_reason"


class NothingToAppeal(Conflict):
    """只有决定为不成立的异议才能申请复核，而且要在分配以前。"""

    code = "nothing_to_appeal"


class AppealedOnce(Conflict):
    """这份异议已经申请过复核，只能申请一次。"""

    code = "appealed_once"


class NotYourObjection(Forbidden):
    """只有提出异议的人能申请复核，也可以请网点代为记下。"""

    code = "not_your_objection"


class NoAppeal(Conflict):
    """这份异议没有等着决定的复核。"""

    code = "no_appeal"


class SameOfficial(Conflict):
    """复核要由另一位管理员决定，不能由原来决定的人。"""

    code = "same_official"


class ObjectionsOpen(Conflict):
    """还有没有决定的异议或者复核，现在不能办理。"""

    code = "objections_open"


class NoticeRuns(Conflict):
    """公示到{until}才结束，第二天起才能分配。"""

    code = "notice_runs"


class NothingToDivide(Conflict):
    """只有公示结束、还没有分配的才能分配。"""

    code = "nothing_to_divide"


class UnfinishedServices(Conflict):
    """还有没处理完的服务，先处理完才能分配。"""

    code = "unfinished_services"


class CoinsHeld(Conflict):
    """账户里还有预留的{held_minutes}，放回以后才能分配。"""

    code = "coins_held"


class NothingToClaim(Conflict):
    """这位继承人没有等着领的份额。"""

    code = "nothing_to_claim"


class ClaimedAlready(Conflict):
    """这一份已经领过了。"""

    code = "claimed_already"


class ClaimTooLate(Conflict):
    """领取的日子到{until}为止，已经过了。"""

    code = "claim_too_late"


class AccountNeeded(Conflict):
    """这位继承人还没有账户：先登记开户，再在继承人名单里写上账户，然后领取。"""

    code = "account_needed"


class HeirNotReady(Conflict):
    """这位继承人的账户还不能用，要先核对身份。"""

    code = "heir_not_ready"
