"""Monthly grants: every line with its reasons, what backs them, two signatures, the file."""

from __future__ import annotations

from datetime import date

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.clock import local
from services.context import Context
from services.grants import proposing
from services.queries import grants as query
from services.queries.admin.books import name_of_region
from services.queries.grants import GrantLine, MonthFile
from services.rules.member_number import grouped
from timebank.edge import current_actor, declare, now, perform, reading
from timebank.i18n import say
from timebank.web import exports
from timebank.web.admin import bp
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import named
from timebank.web.exports import Column
from timebank.web.filters import month as month_words
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.paging import page_number

#: Lines of one page.
PAGE = 50
#: What a month's state is called, and its colour.
STATES = {
    "open": (_l("还没有提出"), "plain"),
    "proposed": (_l("等签署"), "wait"),
    "signed": (_l("办理中"), "info"),
    "done": (_l("已发放"), "good"),
}
FATES = {"waiting": _l("还没有入账"), "posted": _l("已入账"), "refused": _l("没有通过")}


class GrantsForm(PageForm):
    """What backs a month's grants; all the rest follows from the list."""

    backing = f.LongTextField(
        _l("由什么作保障？"),
        hint=_l("写明资金或承诺的来源、文号、金额，签署的管理员和监督人员都会看到。"),
        required=_l("请写明这笔额度由哪一笔资金或承诺作保障。"),
        max_length=300,
    )


def first_day(month: str) -> date | None:
    """A month as 2026-03 by its first day; None when it is none."""
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        return None


def spelt(month: str) -> str:
    """A month in the reader's language."""
    return month_words(first_day(month))


@bp.get("/<book>/grants")
@declare("grant.read")
def grants(book: str) -> tuple[str, int]:
    """The months, the newest first."""
    with reading() as ctx:
        listed = query.months(ctx, book)
        name = name_of_region(ctx, book)
    return page(
        "admin/grants.html", book=book, name=name, listed=listed, states=STATES, spelt=spelt
    )


@bp.get("/<book>/grants/<month>")
@declare("grant.read")
def grants_month(book: str, month: str) -> tuple[str, int]:
    """One month: totals by kind, every line with its reasons, and what waits to be done."""
    number = page_number()
    with reading() as ctx:
        it = query.month_file(ctx, book, month)
        name = name_of_region(ctx, book)
    lines = perform(lambda ctx: query.page_of_lines(ctx, book, month, page=number, size=PAGE))
    return page(
        "admin/grants_month.html",
        it=it,
        name=name,
        lines=lines,
        number=number,
        pages=max(1, -(-it.lines // PAGE)),
        states=STATES,
        fates=FATES,
        spelt=spelt,
        may_propose=current_actor().has_role("region_admin"),
    )


@bp.route("/<book>/grants/<month>/new", methods=["GET", "POST"])
@declare("grant.propose")
def grants_propose(book: str, month: str) -> tuple[str, int] | Response:
    """The first signature: what backs the month. Nothing moves yet."""
    form = GrantsForm()
    backing = form.backing.data or ""
    if acted(form, lambda ctx: proposing.propose(ctx, book, month, backing)):
        flash(_("已提出，请另一位管理员签署。签署以前什么都不发放。"), "success")
        return redirect(url_for("admin.grants_month", book=book, month=month), code=303)
    with reading() as ctx:
        it = query.month_file(ctx, book, month)
        name = name_of_region(ctx, book)
    return page("admin/grants_propose.html", form, it=it, name=name, spelt=spelt)


@bp.post("/<book>/grants/<month>/sign")
@declare("grant.sign")
def grants_sign(book: str, month: str) -> Response:
    """The second signature, under authorisation and list in one act."""
    seen = request.form.get("list", "")
    perform(lambda ctx: proposing.sign(ctx, book, month, seen), key=PageForm().key)
    flash(_("已签署，系统一千行一批发放，几分钟以内办完。"), "success")
    return redirect(url_for("admin.grants_month", book=book, month=month), code=303)


@bp.post("/<book>/grants/<month>/withdraw")
@declare("batch.withdraw")
def grants_withdraw(book: str, month: str) -> Response:
    """Take the proposal back; another one may follow."""
    perform(lambda ctx: proposing.withdraw(ctx, book, month), key=PageForm().key)
    flash(_("已撤回，可以重新提出。"), "success")
    return redirect(url_for("admin.grants_month", book=book, month=month), code=303)


@bp.post("/<book>/grants/<month>/export")
@declare("grant.read")
def grants_export(book: str, month: str) -> Response:
    """Every line as a file; who took it stands in the audit records."""
    kind = request.form.get("form", "")
    if kind not in exports.FORMS:
        abort(404)
    sheet = perform(lambda ctx: _taken(ctx, book, month, kind))
    return exports.download(sheet, kind, f"grants-{book}-{month}")


def _taken(ctx: Context, book: str, month: str, kind: str) -> exports.Sheet:
    it = query.month_file(ctx, book, month)
    rows = query.export(ctx, book, month, kind)
    return sheet_of(it, rows, named(name_of_region(ctx, book)))


def sheet_of(it: MonthFile, rows: tuple[GrantLine, ...], region: str) -> exports.Sheet:
    """A month's lines as a sheet."""
    actor = current_actor()
    proposal = it.proposal
    signed = proposal.batch.signed_by if proposal else None
    cover = (
        (_("地区"), region),
        (_("月份"), it.month),
        (_("规则"), it.rule_set_version),
        (_("由什么作保障？"), proposal.backing if proposal else ""),
        (_("提出人"), proposal.batch.proposed_by if proposal else ""),
        (_("签署人"), signed or ""),
        (_("名单的指纹"), it.content_hash),
        (_("行数"), str(len(rows))),
        (_("导出时间"), f"{local(now()):%Y-%m-%d %H:%M:%S}"),
        (_("导出人"), f"{actor.name} {grouped(actor.number)}"),
    )
    return exports.Sheet(_("政策发放"), _columns(), rows, cover)


def _columns() -> tuple[Column, ...]:
    return (
        Column(_("志愿者编号"), lambda row: grouped(row.number), width=20),
        Column(_("姓名"), lambda row: row.name),
        Column(_("类别"), lambda row: named(row.kind), width=24),
        Column(_("时间（标准分钟）"), lambda row: row.minutes, "number", 18),
        Column(_("原因"), why, width=60),
        Column(_("结果"), lambda row: str(FATES[row.fate])),
    )


def why(line: GrantLine) -> str:
    """All reasons of a line in a row."""
    return " ".join(say(each.sentence, each.params) for each in line.reasons)
