"""Refusals and notices of honours and perks, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Invalid, NotFound


class HonourUnknown(NotFound):
    """没有找到这项荣誉。"""

    code = "honour_unknown"


class HonourWithdrawn(Conflict):
    """这项荣誉已经撤销了。"""

    code = "honour_withdrawn"


class HonourDay(Invalid):
    """授予日期不能晚于今天，也不能早于这位志愿者出生。"""

    code = "honour_day"


class HonourTwice(Conflict):
    """同一天、同一单位授予的这项荣誉已经记过了。"""

    code = "honour_twice"


class PerkUnknown(NotFound):
    """没有找到这项优待。"""

    code = "perk_unknown"


class PerkEnded(Conflict):
    """这项优待已经停了。"""

    code = "perk_ended"


class PerkIsMoney(Invalid):
    """优待不能是钱、物和券（写了“{word}”）。服务时间不能换钱换物，请写成荣誉、优先和方便。"""

    code = "perk_is_money"


class PerkStars(Invalid):
    """请写从 1 到 {most} 星。"""

    code = "perk_stars"


class PerkDays(Invalid):
    """开始日期不能早于今天，结束日期不能早于开始。"""

    code = "perk_days"


HONOURED = "{given_by}授予您“{honour}”，已经记入您的志愿服务记录。"
HONOUR_TAKEN_BACK = "“{honour}”这项荣誉记录已经撤销，有疑问请问网点。"
