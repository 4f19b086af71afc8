"""Pages for volunteers: what is asked for, what one has promised, what came of it."""

from __future__ import annotations

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp

from timebank.web.more import More

bp = Blueprint("volunteer", __name__, url_prefix="/volunteer")

#: The audience's own menu: (endpoint, label). Short words, so that five fit on a phone's row.
NAV: list[tuple[str, object]] = [
    ("volunteer.home", _l("首页")),
    ("volunteer.offers", _lp("menu", "找服务")),
    ("volunteer.visits", _l("我的服务")),
    ("volunteer.coins", _l("时间币")),
    ("volunteer.more", _l("更多")),
]
#: What stands behind 更多, in this order.
MORE: list[More] = [
    More("volunteer.week", _l("我的一周"), _l("约好的服务、空闲时间和等您回答的邀请")),
    More("volunteer.availability", _l("我的时间"), _l("什么时候有空、去多远、会说什么话")),
    More("volunteer.service_days", _l("服务日"), _l("网点请您一起去看老人，去不去您定")),
    More("volunteer.group_list", _l("集体活动"), _l("您带领的，和还缺人带领的")),
    More("volunteer.away", _l("到别处服务"), _l("在认可您这里的别的地区服务，时间记回自己账上")),
    More("volunteer.standing", _l("固定服务"), _l("老人想请您固定去的，愿不愿意由您定")),
    More("volunteer.honours", _l("荣誉"), _l("服务时长、星级和等级")),
    More("volunteer.record", _l("我的志愿服务记录"), _l("查记录、开志愿服务证明、请求更正")),
    More("volunteer.ratings", _l("老人的评价"), _l("您做的服务，老人觉得怎么样")),
    More("volunteer.training", _l("培训"), _l("报名、签到和我的培训记录")),
    More("giving.home", _l("赠送和传承"), _l("送给家人、捐出去、留给谁；搬家、带走账户也在这里")),
    More("volunteer.complaints", _l("有事要说"), _l("对记录有疑问、有话要说，或者要回答别人的话")),
    More("volunteer.messages", _l("消息"), _l("网点和老人告诉您的事")),
]

from timebank.web.volunteer import (  # noqa: E402, F401
    apart,
    asked,
    availability,
    away,
    coins,
    complaints,
    ending,
    home,
    money,
    offers,
    presence,
    record,
    scans,
    service_days,
    standing,
    times,
    training,
    visits,
    week,
)
