"""Refusals and notices of call-backs, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Forbidden, Invalid, NotFound


class CallbackUnknown(NotFound):
    """没有找到这次回访。"""

    code = "callback_unknown"


class OwnBranchCallback(Forbidden):
    """不能回访自己网点的服务，请交给别的回访员。"""

    code = "own_branch_callback"


class OwnWorkCallback(Forbidden):
    """这次服务是您经手确认的，请交给别的回访员。"""

    code = "own_work_callback"


class CallbackDone(Conflict):
    """这次回访已经有结果了。"""

    code = "callback_done"


class HeardUnknown(Invalid):
    """请选这次电话的情况。"""

    code = "callback_heard_unknown"


class AnswerMissing(Invalid):
    """请把每一个问题的回答都选上。"""

    code = "callback_answer_missing"


class AnswersDisagree(Invalid):
    """“有没有人来”和“来的是谁”两个回答对不上，请再问一遍。"""

    code = "callback_answers_disagree"


class AnswersUndecided(Invalid):
    """老人没有说清有没有人来、来的是谁，请记为一次没有问清的电话。"""

    code = "callback_answers_undecided"


class SpeakerUnknown(Invalid):
    """请选是谁回答的；亲属只能是老人授权可以代为确认的人。"""

    code = "callback_speaker_unknown"


class SuspensionUnknown(NotFound):
    """没有找到这次暂停。"""

    code = "suspension_unknown"


class SuspensionEnded(Conflict):
    """这次暂停已经结束了。"""

    code = "suspension_ended"


#: What the complaint says that a call-back opens by itself.
CHARGED = "回访时回答的人说，有人为这次服务要过钱或东西。"
#: To the branch's staff and to whoever administers the region.
SUSPENDED = (
    "{branch}的回访抽查不合格：问到{asked}次，其中{failed}次与记录不符，超过{percent}%。"
    "从现在起暂停补录和代办确认，请看督办单。"
)
RESTORED = "{branch}的补录和代办确认已经恢复。"
