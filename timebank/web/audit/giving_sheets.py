"""Gifts, donations, grants and payments as files: exactly the filtered rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask_babel import gettext as _

from services.context import Context
from services.queries.audit.given import donations, gifts
from services.queries.audit.supported import grants, payments
from timebank.web.audit.forms import want
from timebank.web.audit.giving_forms import (
    DonationFilterForm,
    GiftFilterForm,
    GrantFilterForm,
    PaymentFilterForm,
)
from timebank.web.audit.giving_words import facts
from timebank.web.audit.listed import Listed, in_minutes, people_columns
from timebank.web.audit.words import word
from timebank.web.branch.words import named
from timebank.web.exports import Column
from timebank.web.words import coins as coin_words
from timebank.web.words import states


def _gifts(ctx: Context, book: str) -> Listed:
    filters = GiftFilterForm()
    page = gifts(ctx, book, filters.wanted(), want(whole=True))
    columns = (
        Column(_("编号"), lambda row: row.reference),
        Column(_("办理时间"), lambda row: row.made_at, "moment", 20),
        *people_columns(_("赠与人"), lambda row: row.giver),
        *people_columns(_("受赠人"), lambda row: row.receiver),
        Column(_("另一地区"), lambda row: named(row.elsewhere), width=28),
        Column(_("受赠人是赠与人的"), lambda row: word("relation", row.relation)),
        Column(_("来源"), lambda row: word("posted", row.origin.value)),
        in_minutes(_("数目"), lambda row: row.amount_minutes),
        in_minutes(_("实际到账"), lambda row: row.given_minutes),
        Column(_("方式"), lambda row: word("gift_how", row.how)),
        *people_columns(_("经办人"), lambda row: row.witness),
        Column(_("状态"), lambda row: word("gift_state", row.state.value)),
        Column(_("原因"), lambda row: word("posted", row.reason)),
        Column(_("生效时间"), lambda row: row.final_at, "moment", 20),
        Column(_("结束时间"), lambda row: row.ended_at, "moment", 20),
        Column(_("查验码"), lambda row: row.paper),
        Column(_("往来编号"), lambda row: row.transfer_id or "", width=38),
    )
    return Listed(_("赠与"), filters.criteria(), columns, page.rows)


def _donations(ctx: Context, book: str) -> Listed:
    filters = DonationFilterForm()
    page = donations(ctx, book, filters.wanted(), want(whole=True))
    columns = (
        Column(_("编号"), lambda row: row.reference),
        Column(_("时间"), lambda row: row.at, "moment", 20),
        *people_columns(_("捐赠人"), lambda row: row.donor),
        Column(_("捐给"), lambda row: named(row.fund) or _("公益池"), width=24),
        Column(_("另一地区"), lambda row: named(row.elsewhere), width=28),
        in_minutes(_("数目"), lambda row: row.amount_minutes),
        Column(_("方式"), lambda row: word("donation_how", row.how)),
        *people_columns(_("经办人"), lambda row: row.witness),
        Column(_("查验码"), lambda row: row.paper),
        Column(_("往来编号"), lambda row: row.transfer_id, width=38),
    )
    return Listed(_("捐赠"), filters.criteria(), columns, page.rows)


def _grants(ctx: Context, book: str) -> Listed:
    filters = GrantFilterForm()
    page = grants(ctx, book, filters.wanted(), want(whole=True))
    columns = (
        Column(_("月份"), lambda row: row.month),
        Column(_("期别"), lambda row: coin_words.quarter(row.period)),
        *people_columns(_("老人"), lambda row: row.elder),
        Column(_("补助种类"), lambda row: named(row.kind), width=28),
        in_minutes(_("数目"), lambda row: row.minutes),
        Column(_("依据的情况"), lambda row: facts(row.facts), width=40),
        Column(_("状态"), lambda row: word("month_state", row.state)),
        Column(_("发行授权"), lambda row: row.authorisation_id or "", width=38),
    )
    return Listed(_("每月补助"), filters.criteria(), columns, page.rows)


def _payments(ctx: Context, book: str) -> Listed:
    filters = PaymentFilterForm()
    page = payments(ctx, book, filters.wanted(), want(whole=True))
    columns = (
        Column(_("申请编号"), lambda row: row.reference),
        Column(_("提交时间"), lambda row: row.asked_at, "moment", 20),
        *people_columns(_("付的人"), lambda row: row.payer),
        *people_columns(_("老人"), lambda row: row.elder),
        Column(_("另一地区"), lambda row: named(row.elsewhere), width=28),
        Column(_("服务"), lambda row: named(row.service), width=24),
        Column(_("状态"), lambda row: states.word(row.state.value)),
        in_minutes(_("家人付的"), lambda row: row.minutes),
        Column(_("结果"), lambda row: word("outcome", row.outcome)),
        Column(_("往来编号"), lambda row: row.transfer_id or "", width=38),
    )
    return Listed(_("家人代付"), filters.criteria(), columns, page.rows)


#: Name in the address -> how the list is made.
LISTS: Mapping[str, Callable[[Context, str], Listed]] = {
    "gifts": _gifts,
    "donations": _donations,
    "grants": _grants,
    "payments": _payments,
}
