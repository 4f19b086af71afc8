"""The branch's counter: its work, its members, and everything done on somebody's behalf."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l

from services.policy import STAFF
from timebank.edge import current_actor
from timebank.web.branch.words import FOR_TEMPLATES
from timebank.web.more import More

bp = Blueprint("branch", __name__, url_prefix="/branch")

#: The audience's own menu: (endpoint, label).
NAV: list[tuple[str, object]] = [
    ("branch.home", _l("待办")),
    ("branch.day", _l("日程")),
    ("branch.requests", _l("申请和服务")),
    ("branch.find", _l("找成员")),
    ("branch.register", _l("登记成员")),
    ("branch.slips", _l("录入纸条")),
    ("branch.more", _l("更多")),
]
#: What stands behind 更多, in this order.
MORE: list[More] = [
    More("branch.stays", _l("外地来暂住的老人"), _l("家在外地，在这里要人帮忙")),
    More("branch.moving", _l("有人搬来"), _l("凭身份证，把别的县（市、区）的账户搬到本网点")),
    More("branch.unfilled_list", _l("待找人"), _l("还缺人的申请，为什么，谁合适")),
    More("branch.training_home", _l("培训"), _l("课程、报名、签到和结果")),
    More("branch.calls", _l("电话单"), _l("给用座机的人打电话，一个键记下回答")),
    More("branch.letters", _l("没有送到的通知"), _l("打印成信，或者当面告诉")),
    More("branch.standing", _l("固定服务"), _l("每周每月都来的，和没有约成的日子")),
    More("branch.service_days", _l("服务日"), _l("固定的一天，团队一起去看几位老人")),
    More("branch.groups_list", _l("集体活动"), _l("一位志愿者同时带几位老人")),
    More("branch.welfare_list", _l("探访关爱"), _l("这个月还有谁没有人看到")),
    More("branch.data_requests", _l("个人信息申请"), _l("更正和注销的申请，十五个工作日内答复")),
    More("branch.estates", _l("身后事"), _l("有人去世：核实、继承人、公示和分配")),
    More("oversight.entries", _l("补录"), _l("没有当场记录的服务：另一个人看过证明材料再签署")),
    More("oversight.home", _l("监督"), _l("工作单、投诉和补录")),
    More("branch.choose", _l("我的网点"), _l("在几个网点工作的，在这里换")),
]


@bp.context_processor
def _known() -> dict[str, Any]:
    """A region's administrator who decides a dispute here keeps the own menu."""
    if current_actor().has_role(STAFF):
        return dict(FOR_TEMPLATES)
    from timebank.web.admin import NAV as REGION_NAV  # noqa: PLC0415 - each knows the other

    return {**FOR_TEMPLATES, "nav": REGION_NAV}


import timebank.web.branch.account  # noqa: E402
import timebank.web.branch.after  # noqa: E402
import timebank.web.branch.calls  # noqa: E402
import timebank.web.branch.cards  # noqa: E402
import timebank.web.branch.data_requests  # noqa: E402
import timebank.web.branch.day  # noqa: E402
import timebank.web.branch.designations  # noqa: E402
import timebank.web.branch.donations  # noqa: E402
import timebank.web.branch.estate_heirs  # noqa: E402
import timebank.web.branch.estate_notice  # noqa: E402
import timebank.web.branch.estates  # noqa: E402
import timebank.web.branch.gifts  # noqa: E402
import timebank.web.branch.groups  # noqa: E402
import timebank.web.branch.guardians  # noqa: E402
import timebank.web.branch.home  # noqa: E402
import timebank.web.branch.matching  # noqa: E402
import timebank.web.branch.members  # noqa: E402
import timebank.web.branch.moving  # noqa: E402
import timebank.web.branch.papers  # noqa: E402
import timebank.web.branch.passbook  # noqa: E402
import timebank.web.branch.records  # noqa: E402
import timebank.web.branch.register  # noqa: E402
import timebank.web.branch.requests  # noqa: E402
import timebank.web.branch.safeguarding  # noqa: E402
import timebank.web.branch.safety  # noqa: E402
import timebank.web.branch.service_days  # noqa: E402
import timebank.web.branch.service_record  # noqa: E402
import timebank.web.branch.slips  # noqa: E402
import timebank.web.branch.standing  # noqa: E402
import timebank.web.branch.stays  # noqa: E402
import timebank.web.branch.training  # noqa: E402
import timebank.web.branch.visits  # noqa: E402
import timebank.web.branch.welfare  # noqa: E402, F401
