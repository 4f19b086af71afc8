"""What each list looks like as a file: its rows by the page's own filters, and its columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import abort, request
from flask_babel import gettext as _

from services.context import Context
from services.ledger.accounts import inherited_on
from services.queries.audit.accounts import accounts
from services.queries.audit.entries import entries
from services.queries.audit.records import acts_of, records
from services.queries.audit.requests import requests, services_of, visits
from services.queries.audit.transfers import transfers
from timebank.web.audit.desk_sheets import LISTS as DESK_LISTS
from timebank.web.audit.estate_sheets import listed as estates_listed
from timebank.web.audit.forms import (
    AccountFilterForm,
    EntryFilterForm,
    RecordFilterForm,
    RequestFilterForm,
    TransferFilterForm,
    VisitFilterForm,
    want,
)
from timebank.web.audit.giving_sheets import LISTS as GIVING_LISTS
from timebank.web.audit.listed import Listed, in_minutes, people_columns
from timebank.web.audit.words import origin_of, word
from timebank.web.branch.words import named
from timebank.web.exports import Column
from timebank.web.words import states


def _accounts(ctx: Context, book: str) -> Listed:
    filters = AccountFilterForm()
    page = accounts(ctx, book, filters.wanted(), want(whole=True))
    columns = (
        Column(_("账户编号"), lambda row: row.id, width=38),
        Column(_("账户类别"), lambda row: word("origin", row.kind.value)),
        Column(_("期别"), lambda row: row.period),
        *people_columns(_("户主"), lambda row: row.owner),
        in_minutes(_("余额"), lambda row: row.posted_minutes),
        in_minutes(_("预留"), lambda row: row.held_minutes),
        in_minutes(_("可用余额"), lambda row: row.available_minutes),
        Column(_("分录数"), lambda row: row.entries, "number"),
        Column(_("开户时间"), lambda row: row.opened_at, "moment", 20),
        Column(_("关闭时间"), lambda row: row.closed_at, "moment", 20),
        Column(_("来源"), origin_of, width=28),
        Column(_("继承日期"), lambda row: inherited_on(row.period), "day"),
        Column(_("最晚用到"), lambda row: row.ends_on, "day"),
    )
    return Listed(_("全部账户"), filters.criteria(), columns, page.rows)


def _entries(ctx: Context, book: str) -> Listed:
    try:
        account = UUID(request.args.get("account", ""))
    except ValueError:
        abort(404)
    filters = EntryFilterForm()
    page = entries(ctx, book, account, want(whole=True), filters.wanted())
    columns = (
        Column(_("分户"), lambda row: row.slot, "number"),
        Column(_("序号"), lambda row: row.version, "number"),
        Column(_("入账时间"), lambda row: row.posted_at, "moment", 20),
        Column(_("发生时间"), lambda row: row.effective_at, "moment", 20),
        Column(_("往来类别"), lambda row: word("transfer", row.kind)),
        Column(_("原因"), lambda row: word("reason", row.reason)),
        in_minutes(_("收付"), lambda row: row.amount_minutes),
        in_minutes(_("分户之后余额"), lambda row: row.balance_after_minutes),
        Column(_("往来编号"), lambda row: row.transfer_id, width=38),
    )
    criteria = [(_("账户编号"), str(account)), *filters.criteria()]
    return Listed(_("账户分录"), criteria, columns, page.rows)


def _transfers(ctx: Context, book: str) -> Listed:
    filters = TransferFilterForm()
    page = transfers(ctx, book, filters.wanted(), want(whole=True))
    columns = (
        Column(_("往来编号"), lambda row: row.id, width=38),
        Column(_("入账时间"), lambda row: row.posted_at, "moment", 20),
        Column(_("发生时间"), lambda row: row.effective_at, "moment", 20),
        Column(_("往来类别"), lambda row: word("transfer", row.kind)),
        Column(_("原因"), lambda row: word("reason", row.reason)),
        in_minutes(_("数目"), lambda row: row.amount_minutes),
        Column(_("分录数"), lambda row: row.legs, "number"),
        *people_columns(_("办理人"), lambda row: row.actor),
        Column(_("冲正的往来"), lambda row: row.reverses_id or "", width=38),
        Column(_("估值编号"), lambda row: row.valuation_id or "", width=38),
    )
    return Listed(_("全部往来"), filters.criteria(), columns, page.rows)


def _requests(ctx: Context, book: str) -> Listed:
    filters = RequestFilterForm(services_of(ctx, book))
    page = requests(ctx, book, filters.wanted(), want(whole=True))
    columns = (
        Column(_("申请编号"), lambda row: row.reference),
        Column(_("服务"), lambda row: named(row.service), width=24),
        Column(_("状态"), lambda row: states.word(row.state.value)),
        Column(_("预约开始"), lambda row: row.starts_at, "moment", 20),
        Column(_("预约时长（分钟）"), lambda row: row.booked_minutes, "number"),
        Column(_("需要人数"), lambda row: row.people_needed, "number"),
        *people_columns(_("老人"), lambda row: row.elder),
        *people_columns(_("申请人"), lambda row: row.asked_by),
        Column(_("同意方式"), lambda row: word("consent", row.consent)),
        Column(_("提交时间"), lambda row: row.submitted_at, "moment", 20),
        *people_columns(_("审核人"), lambda row: row.decided_by),
        in_minutes(_("老人应付"), lambda row: row.elder_share_minutes),
        in_minutes(_("公益池代付"), lambda row: row.shortfall_minutes),
    )
    return Listed(_("申请"), filters.criteria(), columns, page.rows)


def _visits(ctx: Context, book: str) -> Listed:
    filters = VisitFilterForm(services_of(ctx, book))
    page = visits(ctx, book, filters.wanted(), want(whole=True))
    columns = (
        Column(_("申请编号"), lambda row: row.reference),
        Column(_("服务"), lambda row: named(row.service), width=24),
        Column(_("状态"), lambda row: states.word(row.state.value)),
        Column(_("预约开始"), lambda row: row.starts_at, "moment", 20),
        *people_columns(_("老人"), lambda row: row.elder),
        *people_columns(_("服务者"), lambda row: row.provider),
        Column(_("签到方式"), lambda row: word("presence", row.came_by)),
        Column(_("签退方式"), lambda row: word("presence", row.left_by)),
        Column(_("确认方式"), lambda row: word("confirmed", row.confirmed_how)),
        Column(_("实际时长（分钟）"), lambda row: row.actual_minutes, "number"),
        in_minutes(_("服务者得到"), lambda row: row.earn_minutes),
        in_minutes(_("老人付出"), lambda row: row.elder_minutes),
        in_minutes(_("公益池补足"), lambda row: row.pool_minutes),
        Column(_("服务记录编号"), lambda row: row.id, width=38),
        Column(_("往来编号"), lambda row: row.transfer_id or "", width=38),
    )
    return Listed(_("服务记录"), filters.criteria(), columns, page.rows)


def _records(ctx: Context, book: str) -> Listed:
    filters = RecordFilterForm(acts_of(ctx, book))
    page = records(ctx, book, filters.wanted(), want(whole=True))
    columns = (
        Column(_("时间"), lambda row: row.at, "moment", 20),
        Column(_("办理的事"), lambda row: word("act", row.act), width=20),
        Column(_("代码"), lambda row: row.act, width=24),
        *people_columns(_("办理人"), lambda row: row.actor),
        *people_columns(_("代谁办理"), lambda row: row.acting_for),
        Column(_("对象"), lambda row: word("subject", row.subject_kind)),
        Column(_("对象编号"), lambda row: row.subject_id, width=38),
        Column(_("办理前"), lambda row: _json(row.before), width=40),
        Column(_("办理后"), lambda row: _json(row.after), width=40),
    )
    return Listed(_("办理记录"), filters.criteria(), columns, page.rows)


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True) if content else ""


#: Name in the address -> how the list is made.
LISTS: Mapping[str, Callable[[Context, str], Listed]] = {
    "accounts": _accounts,
    "entries": _entries,
    "transfers": _transfers,
    "requests": _requests,
    "visits": _visits,
    "records": _records,
    "estates": estates_listed,
    **GIVING_LISTS,
    **DESK_LISTS,
}
