"""What people read about corridors, caps and claims."""

from __future__ import annotations

from services.errors import Conflict


class NotJoined(Conflict):
    """{region}还没有加入跨地区结算，暂时不能办理。"""

    #: Params ``region_zh`` and ``region_en``.
    code = "not_joined"


class CorridorShut(Conflict):
    """{from}和{to}之间还没有开通这样的互认，暂时不能办理。"""

    #: Params ``from_zh``, ``from_en``, ``to_zh`` and ``to_en``.
    code = "corridor_shut"


class CapReached(Conflict):
    """{region}的跨地区额度暂时用完了，预计{until}以后可以办理。本地的互助照常。"""

    #: Params ``region_zh``, ``region_en``, ``until`` (a moment) and ``missing_minutes``.
    code = "cap_reached"


#: To administrators of a region whose cap is nearly used up.
CAP_WARNING = (
    "本地区的跨地区额度已经用了 {percent}%（上限 {cap_minutes}），用完后老人跨地区求助要等结算。"
)
