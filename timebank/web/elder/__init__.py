"""The elder's pages; every one of them also stands under ``/elder/for/<id>`` for a helper."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from timebank.staying import paused_words
from timebank.web.more import More

bp = Blueprint("elder", __name__, url_prefix="/elder")

#: The audience's own menu: (endpoint, label).
NAV: list[tuple[str, object]] = [
    ("elder.home", _l("首页")),
    ("elder.requests", _l("申请")),
    ("elder.coins", _l("时间")),
    ("elder.call", _l("电话")),
]
#: What stands behind 更多, in this order.
MORE: list[More] = [
    More(".wishes", _l("希望谁来"), _l("说什么话、男的女的、什么时候方便")),
    More(".complaints", _l("有事要说"), _l("记得不对、被收了钱、说话不合适，都可以说")),
    More(".notices", _l("通知"), _l("我们告诉过您的事")),
    More(".reach", _l("通知方式"), _l("短信、邮件，或者网点打电话")),
    More(".groups", _l("集体活动"), _l("几个人一起学、一起做")),
    More(".standing_list", _l("固定服务"), _l("每个星期、每个月都来的，在这里约")),
    More(".grants", _l("每月补助"), _l("每月发放多少、为什么、用到什么时候")),
    More(".helpers", _l("谁可以替我办事"), _l("让家人替我办，改一改，或者收回")),
    More("giving.home", _l("赠送和传承"), _l("送给家人、捐出去、留给谁；搬家、带走账户也在这里")),
]


@bp.context_processor
def _known() -> dict[str, Any]:
    return {"paused_words": paused_words}


from timebank.web.elder import (  # noqa: E402
    after,
    asking,
    coins,
    coming,
    complaints,
    delegating,
    door,
    grants,
    groups,
    helpers,
    home,
    notices,
    requests,
    searching,
    spoken,
    standing,
    times,
    visits,
    wishes,
)

__all__ = [
    "NAV",
    "after",
    "asking",
    "bp",
    "coins",
    "coming",
    "complaints",
    "delegating",
    "door",
    "grants",
    "groups",
    "helpers",
    "home",
    "notices",
    "requests",
    "searching",
    "spoken",
    "standing",
    "times",
    "visits",
    "wishes",
]
