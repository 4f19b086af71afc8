"""What people read about moving home."""

from __future__ import annotations

from services.errors import Conflict, Invalid, NotFound


class MoveUnknown(NotFound):
    """没有找到这次搬家的记录。"""

    code = "move_unknown"


class MoveNotActive(Conflict):
    """账户不在使用中，不能搬家。"""

    code = "move_not_active"


class SameBook(Conflict):
    """这个网点和您现在在同一个县（市、区），不用搬家：在联系方式里换网点就可以。"""

    code = "same_book"


class MoveHindered(Conflict):
    """还有事情没有办完，现在不能搬家。"""

    #: Also in ``params``: ``reasons``, every one of them.
    code = "move_hindered"


class OwnOrKinMove(Conflict):
    """自己或亲属搬家，请由另一位工作人员办理，或者本人登录办理。"""

    code = "own_or_kin_move"


class NotThisPerson(Conflict):
    """身份证号码和这位成员登记的不一样，请对着身份证再看一遍。"""

    code = "not_this_person"


class NewAddressNeeded(Invalid):
    """请写明新家的住址。"""

    code = "new_address_needed"


class RegionOfBranch(Invalid):
    """住的地方要和网点在同一个县（市、区）。"""

    code = "region_of_branch"


#: What is in the way, each as a plain sentence.
VISIT_UNDER_WAY = "{start_at}的{service}还没有办完（编号{reference}），办完以后再搬。"
GIFT_OPEN = "有一份赠与还在期限里（编号{reference}，到{until_at}），过了期限再搬。"
GIFT_CODE_PENDING = "有一份赠与还等着填验证码（编号{reference}），请先填好，或者等它过期。"
ESTATE_OPEN = "有一份遗产还在办理，办完以后再搬。"
BATCH_OPEN = "本地区有一批入账还没有做完，里面有您的，做完以后再搬。"
LEADS_SESSION = "{start_at}的集体活动由您带领，还没有结算；结算以后再搬，或者先退出。"
PLACE_OPEN = "{start_at}的集体活动还没有结算，结算以后再搬。"

#: Why an old request, visit or standing visit has ended: read by whoever opens it.
ENDED_BY_MOVE = "因为搬家，这件事在原来的地区结束了。"

MOVE_CODE = "您要搬家，验证码{code}，{minutes}分钟内有效。不是您本人办的，请不要告诉别人。"
MOVED = "您的账户已经搬到{region}，带来{moved_minutes}。请在网页上看搬家回执，查验码{check_code}。"
MOVED_TO_KIN = "{member}的账户已经搬到{region}，您替家人办事的权限照旧。"
MOVED_IN = "{member}从{from}搬到了本网点，带来预约{bookings}件，请看一看。"
MOVED_OUT = "{member}已经搬到{region}，不再归本网点管。"
ELDER_MOVED = "{start_at}的{service}照旧，老人搬到了{region}，请看新的地址（编号{reference}）。"
VISITOR_MOVED = "{visitor}搬家了，{start_at}的{service}要另外找人（编号{reference}）。"
