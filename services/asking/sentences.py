"""Refusals, notices and reasons around asking people, in the words their readers see."""

from __future__ import annotations

from collections.abc import Mapping

from models.matching import OfferKind
from services.errors import Conflict, Invalid, NotFound


class OfferUnknown(NotFound):
    """没有找到这条询问。"""

    code = "offer_unknown"


class OfferClosed(Conflict):
    """这条询问已经结束了，谢谢您。"""

    code = "offer_closed"


class NoSuchReason(Invalid):
    """请从列表里选一个原因，也可以不选。"""

    code = "no_such_reason"


class NotSearching(Conflict):
    """这项申请现在不在找人。"""

    code = "not_searching"


class AskedBefore(Conflict):
    """已经问过这位志愿者了，还在等回答。"""

    code = "asked_before"


class AskedEnough(Conflict):
    """今天已经问过这位志愿者{asked}次，不能再打扰了，请明天再问或者问别人。"""

    code = "asked_enough"


class NotAsked(Conflict):
    """这位志愿者现在不能问：本人不想被询问，或者不合适。"""

    code = "not_asked"


class QuietNow(Conflict):
    """现在是休息时间，{from_at}起才能发消息询问。"""

    code = "quiet_now"


#: Why not, as a volunteer may say it. None of them lowers any score.
ANSWERS: Mapping[str, str] = {
    "no_time": "那个时间没有空",
    "too_far": "太远了",
    "not_this": "不做这种服务",
    "not_well": "身体不舒服",
    "other": "别的原因",
}

WOULD_YOU = (
    "{start_at}有一次{service}在找人，约{booked_minutes}，您愿意去吗？请在{until_at}前回答。"
)
WISHED_FOR = "有位老人希望{start_at}由您来做{service}，您愿意去吗？请在{until_at}前回答。"
YOUR_REGULAR = "您定期去的{service}：{start_at}这一次您能去吗？请在{until_at}前回答。"
FOR_THE_REGULAR = "{start_at}的{service}平时去的人来不了，您愿意替一次吗？请在{until_at}前回答。"
STAND_BY = "{start_at}的{service}已经有人去。万一来不了，您愿意候补吗？"
STEP_IN = "您候补的{service}（{start_at}）现在需要您，您能去吗？请在{until_at}前回答。"

#: What is said to somebody who is asked, by the kind of the offer.
ASKING: Mapping[OfferKind, str] = {
    OfferKind.WAVE: WOULD_YOU,
    OfferKind.BATCH: WOULD_YOU,
    OfferKind.BRANCH: WOULD_YOU,
    OfferKind.WISHED: WISHED_FOR,
    OfferKind.REGULAR: YOUR_REGULAR,
    OfferKind.SUBSTITUTE: FOR_THE_REGULAR,
    OfferKind.STANDBY: STAND_BY,
    OfferKind.STEP_IN: STEP_IN,
}

#: Why this person, before whatever the scorer says.
WHY: Mapping[OfferKind, str] = {
    OfferKind.WISHED: "老人希望由您来。",
    OfferKind.REGULAR: "您平时就去这位老人家。",
    OfferKind.SUBSTITUTE: "您答应过替平时去的人。",
    OfferKind.STEP_IN: "您答应过候补。",
    OfferKind.BRANCH: "网点想请您去。",
}

#: The same and the scorer's own reasons (``services.matching.wording``), to the one who is asked.
TO_YOU: Mapping[str, str] = {
    **{kind.value: sentence for kind, sentence in WHY.items()},
    "travel_less": "路近，单程约 {travel_minutes}",
    "continuity_less": "您近一年去过 {times} 次",
    "wished_less": "老人希望由您来。",
    "dialect_less": "您会说{languages}",
    "reliability_less": "您做事让人放心",
    "load_less": "您这一周的服务还不多",
}

TAKEN_THANKS = "{start_at}的{service}已经有人接下了，谢谢您。"
GONE_THANKS = "{start_at}的{service}现在不用找人了，谢谢您。"
STANDBY_OVER = "{start_at}的{service}不用您候补了，谢谢您。"
