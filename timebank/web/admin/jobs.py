"""The scheduler as an administrator sees it: who holds the lease, what is late, what failed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.jobs.again import retry_task
from services.queries.admin.jobs import TOLERANCE, board
from timebank.edge import declare, perform, reading
from timebank.jobs import JOBS
from timebank.web.admin import bp
from timebank.web.branch.acting import page
from timebank.web.forms.base import PageForm

#: What a job or a kind of task does, for people. One that is not named here shows its code.
WORDS: Mapping[str, Any] = {
    "outbox": _l("发送消息"),
    "escalate-sheets": _l("上报到期的工作单"),
    "follow-complaints": _l("跟进到期的投诉"),
    "expire-requests": _l("结束没有人接的申请"),
    "expire-holds": _l("退回到期的预留时间"),
    "follow-up-visits": _l("跟进没有签到、没有确认的服务"),
    "fund-waiting": _l("给等公益池的申请拨时间"),
    "batches": _l("办理签过字的批次"),
    "remind": _l("提醒快要开始的服务"),
    "close-months": _l("每月结账"),
    "seal": _l("给账本加封"),
    "close-returns": _l("结出上个月的月报"),
    "follow-rolls": _l("按签署的名册更改情况"),
    "publish-heads": _l("公布账本封条"),
    "tidy": _l("清理旧的运行记录"),
    "outbox-email": _l("发送邮件"),
    "outbox-calls": _l("列出要打的电话"),
    "take-up-searches": _l("接着找没有找完的人"),
    "offers-run-out": _l("收回没有回答的邀请"),
    "match": _l("统一配对"),
    "standing-dates": _l("排出固定服务的日子"),
    "standing-requests": _l("为固定服务提出申请"),
    "service-days": _l("排出服务日"),
    "close-sessions": _l("截止集体活动的报名"),
    "settle-sessions": _l("集体活动结束后提出入账"),
    "welfare-list": _l("更新探访关爱名单"),
    "welfare-warning": _l("提醒还没有探访的老人"),
    "warn-certificates": _l("提醒快到期的证书"),
    "propose-stars": _l("公示到了星级的志愿者"),
    "grant-stars": _l("公示期满，评上星级"),
    "warn-late-records": _l("给没有按时记录的服务开预警单"),
    "lapse-shares": _l("把三年没有人领的份额归入公益池"),
    "cross-shares": _l("把继承的份额转给别的地区的继承人"),
    "pass-on-entries": _l("补录没人签的转上一级"),
    "settle-gifts": _l("送出过了反悔时间的赠送"),
    "close-windows": _l("截止跨地区清算"),
    "sweep-funds": _l("把结束的公益基金剩下的时间转入公益池"),
    "grants": _l("算出当月的政策发放"),
    "grants-warn": _l("提醒快到期的政策发放"),
    "grants-expire": _l("收回到期的政策发放"),
    "read-reserves": _l("每天算出各地区的备付率"),
    "keep-figures": _l("把新发生的事计入当月的数字"),
    "imports": _l("办理签过字的旧余额转入和撤销"),
    "imports-remind": _l("提醒比对并行的旧时间银行"),
    "low-ratings": _l("把低的评价告诉网点"),
    "call-back": _l("封存回访名单、抽签"),
    "suspend-branches": _l("回访不合格的网点暂停补录"),
    "rotate-keys": _l("用新密钥重新加密资料"),
    "retention": _l("清除过了保存期限的资料"),
    "erase-members": _l("注销过了反悔期的成员"),
    "flags": _l("有新入账就查一遍异常"),
    "flags-nightly": _l("每天把全部账本查一遍异常"),
    "verify-ledger": _l("夜里把每本账完整核对一遍"),
    # kinds of tasks in the due-table
    "asking.wave": _l("邀请下一批志愿者"),
    "move.split": _l("找出划到别的地区的成员"),
    "move.member": _l("把划出去的成员迁到新地区"),
    "asking.standby": _l("找替补的人"),
    "reschedule.lapse": _l("结束没有回音的改时间"),
}


@bp.get("/jobs")
@declare("jobs.read")
def jobs() -> tuple[str, int]:
    """The jobs, the due-table, and what failed in the own regions."""
    with reading() as ctx:
        found = board(ctx, {job.name: job.every for job in JOBS.values()})
    return page("admin/jobs.html", it=found, named_job=_named, spell=spelt, tolerance=TOLERANCE)


@bp.post("/jobs/<uuid:task_id>/retry")
@declare("job.retry")
def job_retry(task_id: UUID) -> Response:
    """Have a failed task tried again at once."""
    perform(lambda ctx: retry_task(ctx, task_id), key=PageForm().key)
    flash(_("马上再试一次，过几秒刷新就能看到结果。"), "success")
    return redirect(url_for("admin.jobs"), code=303)


def spelt(length: timedelta) -> str:
    """A length of time in its largest whole unit: a glance is enough here."""
    seconds = int(length.total_seconds())
    if seconds < 60:
        return str(_("%(n)s 秒", n=seconds))
    if seconds < 3600:
        return str(_("%(n)s 分钟", n=seconds // 60))
    if seconds < 2 * 86400:
        return str(_("%(n)s 小时", n=seconds // 3600))
    return str(_("%(n)s 天", n=seconds // 86400))


def _named(name: str) -> str:
    return str(WORDS.get(name, name))
