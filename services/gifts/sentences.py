"""Refusals and notices of gifts, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Forbidden, Invalid, NotFound, RecordedRefusal

GIFT_CODE = (
    "您要赠送时间，验证码是 {code}，{minutes} 分钟内有效。"
    "不是您本人要送的，就不要填，也不要告诉任何人。"
)
GIVEN_WAITING = (
    "您送给{receiver}的 {gift_minutes} 已经留出来。{until_at} 以前可以收回，过后就送出去了。"
)
COMING_TO_YOU = "{giver}要送给您 {gift_minutes}，{until_at} 以后到账。"
COMING_LOCKED = (
    "{giver}要送给您 {gift_minutes}，{until_at} 以后到账。您到 {spending_age} 岁才能用它请人帮忙。"
)
COMING_FROM_AFAR = "{giver}要从{region}送给您 {gift_minutes}，{until_at} 以后到账。"
COMING_FROM_AFAR_LOCKED = (
    "{giver}要从{region}送给您 {gift_minutes}，{until_at} 以后到账。"
    "您到 {spending_age} 岁才能用它请人帮忙。"
)
GIVEN_FINAL = "您送给{receiver}的 {gift_minutes} 已经送到，现在是{receiver}的了。"
GOT_FINAL = "{giver}送给您的 {gift_minutes} 已经到账。不想要，{until_at} 以前可以退回。"
GIVEN_PARTLY = (
    "您送给{receiver}的时间，有 {gift_minutes} 已经送到。"
    "对方的账户存不下的 {back_minutes} 退回给您。"
)
GIVEN_TOO_FULL = "您送给{receiver}的 {back_minutes} 没有送成：对方的账户存不下，已经退回给您。"
NOT_GOT_TOO_FULL = "{giver}要送给您的 {back_minutes} 没有到账：您的账户已经存满。"
TAKEN_BACK = "您送给{receiver}的 {back_minutes} 已经收回。"
TAKEN_BACK_FROM_YOU = "{giver}收回了要送给您的 {back_minutes}。"
REFUSED_TO_GIVER = "{receiver}没有收您送的 {back_minutes}，已经退回给您。"
REFUSED_BY_YOU = "您退回了{giver}送的 {back_minutes}。"
GIVER_DIED = "{giver}已经过世，要送给您的 {back_minutes} 没有送成，归到遗产里。"
RECEIVER_DIED = "{receiver}已经过世，您送的 {back_minutes} 已经退回给您。"
GIVEN_BY_WARD = (
    "您送给{receiver}的 {back_minutes} 没有送成：您现在有监护人，时间要留着自己用，已经退回给您。"
)
NOT_GOT_FROM_WARD = "{giver}要送给您的 {back_minutes} 没有送成，已经退回。"
MOVED_OUT_OF_REACH = (
    "您送给{receiver}的 {back_minutes} 没有送成：对方搬了家，两地之间现在送不过去，时间退回给您。"
)
NOT_GOT_AFTER_MOVE = (
    "{giver}要送给您的 {back_minutes} 没有到账：您搬了家，两地之间现在送不过来，已经退回。"
)
RECEIVER_LEFT = "您送给{receiver}的 {back_minutes} 没有送成：对方的账户已经关闭，时间退回给您。"


class GiftUnknown(NotFound):
    """没有找到这笔赠送。"""

    code = "gift_unknown"


class GiftToOneself(Invalid):
    """不能送给自己。"""

    code = "gift_to_oneself"


class ReceiverNotActive(Conflict):
    """对方的账户现在不能收时间，请到网点问一问。"""

    code = "receiver_not_active"


class GiverNotActive(Conflict):
    """送出时间的账户现在不能用，请到网点问一问。"""

    code = "giver_not_active"


class GiverTooYoung(Conflict):
    """满 {adult_age} 岁才能赠送时间。"""

    code = "giver_too_young"


class NotTheRightKin(Conflict):
    """时间只能送给配偶、父母、祖父母、子女、孙子女和配偶的父母。亲属关系请先到网点登记。"""

    code = "not_the_right_kin"


class AboveYearLimit(Conflict):
    """今年还可以送 {left_minutes}，请少送一些，或者明年再送。"""

    code = "above_year_limit"


class NotEnoughEarned(Conflict):
    """只能送自己做服务挣来的时间。您现在能送的有 {left_minutes}。"""

    code = "not_enough_earned"


class NotEnoughInherited(Conflict):
    """您继承的时间里，现在能转送的有 {left_minutes}。"""

    code = "not_enough_inherited"


class NotLocked(Conflict):
    """您已经可以用继承的时间请人帮忙，不用转送。"""

    code = "inherited_not_locked"


class NotLineal(Conflict):
    """继承来的时间只能转给自己 {least_age} 岁以上的父母、祖父母、子女或孙子女。"""

    code = "not_lineal"


class ReceiverTooFull(Conflict):
    """对方的账户存不下这么多，请少送一些。"""

    code = "receiver_too_full"


class GuardAnswers(Invalid):
    """请把每个问题都回答一下。"""

    code = "guard_answers"


class GuardStops(RecordedRefusal):
    """今天先不送，时间都还在您的账户里。请和家里人商量一下，或者打电话、到网点问问工作人员。"""

    code = "guard_stops"


class GiftMoved(Conflict):
    """这笔赠送的情况已经变了，请看最新的记录。"""

    code = "gift_moved"


class WindowOver(Conflict):
    """可以收回的时间已经过了，这笔时间已经是对方的了。"""

    code = "gift_window_over"


class RefusalOver(Conflict):
    """可以退回的时间已经过了。"""

    code = "gift_refusal_over"


class GiftUsed(Conflict):
    """送来的时间已经用掉了一部分，退不回去了。"""

    code = "gift_used"


class GiverLeft(Conflict):
    """送您时间的人账户已经关闭，退不回去了。"""

    code = "giver_left"


class OwnOrKinGift(Forbidden):
    """不能办理自己或亲属的赠送，请交给其他工作人员。"""

    code = "own_or_kin_gift"


class OnlyTheGiver(Forbidden):
    """验证码只有赠送人本人才能填。"""

    code = "only_the_giver"
