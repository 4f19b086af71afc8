"""Refusals and notices of errand money, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Invalid, NotFound


class MoneyUnknown(NotFound):
    """没有找到这笔代购的钱。"""

    code = "money_unknown"


class NoErrand(Conflict):
    """这项服务不经手老人的钱。互助服务不收钱。"""

    code = "no_errand"


class NotThere(Conflict):
    """签到以后、签退以前才能记老人给的钱。"""

    code = "not_there"


class MoneyOverLimit(Invalid):
    """一次服务经手的钱最多 {limit_fen}，还可以记 {left_fen}。"""

    code = "money_over_limit"


class NoMoney(Invalid):
    """请写金额，最少 0.01 元。"""

    code = "no_money"


class MoneyAlreadyAgreed(Conflict):
    """老人这边已经说对了，不能再改。数目不对，请联系网点。"""

    code = "money_already_agreed"


class MoneyIsClosed(Conflict):
    """这笔钱已经两清，不能再改。"""

    code = "money_is_closed"


class SpentTooMuch(Invalid):
    """花的钱不能比老人给的多：互助服务不垫钱。"""

    code = "spent_too_much"


class ReceiptMissing(Invalid):
    """请拍下小票；没有小票，请选一个原因。"""

    code = "receipt_missing"


class MoneyChanged(Conflict):
    """数目刚刚改过，请再看一遍。"""

    code = "money_changed"


class MoneyDisputed(Conflict):
    """这笔钱已经记下“不对”，网点正在核实。"""

    code = "money_disputed"


class MoneyFirst(Conflict):
    """先说清代购的钱，再确认这次服务。"""

    code = "money_first"
    is_answer = False


HANDED = "{visitor}记下：您给了{handed_fen}去买东西。数目不对请马上说。"
AGREED_FOR_YOU = "已经替您确认：交出去买东西的钱是{handed_fen}。"
RETURNED = "{visitor}记下：您给了{handed_fen}，花了{spent_fen}，找回{change_fen}。请您看看对不对。"
CLOSED = "代购的钱两清了：给了{handed_fen}，花了{spent_fen}，找回{change_fen}。"
DISPUTED = "老人说代购的钱数目不对，网点会来核实。"
