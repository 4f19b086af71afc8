"""The monthly returns: which are closed, what one says, what has changed since."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.clock import local
from services.context import Context
from services.records.scope import choices
from services.returns import reading as queries
from services.returns.signing import sign_return
from services.rules.member_number import grouped
from timebank.edge import current_actor, declare, now, perform, reading
from timebank.web import exports
from timebank.web.audit.words import word
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import named
from timebank.web.exports import Column, Sheet
from timebank.web.forms import fields as f
from timebank.web.forms.base import FilterForm, PageForm
from timebank.web.more import More
from timebank.web.oversight import MORE, bp
from timebank.web.oversight.return_words import FIGURES, FOR_TEMPLATES
from timebank.web.words.records import pairs

MORE.append(
    More(
        "oversight.returns",
        _l("每月的报表"),
        _l("下个月第十个工作日以后结出，签署以后不再改；以后的变化单独列出"),
    )
)
MORE.append(
    More(
        "audit.search",
        _l("查找办理记录"),
        _l("谁在什么时候办了什么、看了什么，办理前后是什么；每一条都有封存"),
    )
)


class ReturnFilterForm(FilterForm):
    """Whose returns."""

    book = f.SelectField(_l("地区"), choices=[])


@bp.get("/returns")
@declare("return.read")
def returns() -> tuple[str, int]:
    """The returns of a region, the newest first."""
    form = ReturnFilterForm()
    with reading() as ctx:
        offered = choices(ctx, "return.read", request.args.get("book", ""))
        found = queries.heads(ctx, offered.book) if offered.book else ()
    form.book.choices = pairs((code, named(name)) for code, name in offered.books)
    form.book.data = offered.book
    return page("oversight/returns.html", filters=form, found=found, offered=offered, named=named)


@bp.get("/returns/<book>/<month>")
@declare("return.read")
def return_page(book: str, month: str) -> tuple[str, int]:
    """One return."""
    return _shown(book, month, PageForm())


def _shown(book: str, month: str, form: PageForm) -> tuple[str, int]:
    with reading() as ctx:
        it = queries.view(ctx, book, month)
        place = dict(choices(ctx, "return.read").books).get(book)
    shown = {"named": named, "word": word, "place": named(place) if place else book}
    return page("oversight/return.html", form, it=it, **shown, **FOR_TEMPLATES)


@bp.post("/returns/<book>/<month>/sign")
@declare("return.sign")
def return_sign(book: str, month: str) -> tuple[str, int] | Response:
    """Answer for it by name."""
    form = PageForm()

    def sign(ctx: Context) -> None:
        sign_return(ctx, book, queries.view(ctx, book, month).head.id)

    if acted(form, sign):
        flash(_("报表已签署。"), "success")
        return redirect(url_for("oversight.return_page", book=book, month=month), code=303)
    return _shown(book, month, form)


@bp.post("/returns/<book>/<month>/export")
@declare("return.export")
def return_export(book: str, month: str) -> Response:
    """Every figure as a file, what changed beside it; that it was taken stands on record."""
    form = request.form.get("form", "")
    if form not in exports.FORMS:
        abort(404)
    it = perform(lambda ctx: queries.exported(ctx, book, month, form))
    name = f"return-{book}-{month}-{local(now()):%Y%m%d-%H%M%S}"
    return exports.download(_sheet(it), form, name)


def _sheet(it: queries.ReturnView) -> Sheet:
    since = {each.name: each.difference for each in it.corrections}
    rows: list[tuple[str, str, Any, Any]] = []
    for figure, said in FIGURES.items():
        value = it.figures["ledger"].get(figure, it.figures["tables"].get(figure))
        rows.append((str(said), figure, value, since.get(figure, 0)))
    for part in ("by_branch", "by_service"):
        for key, found in it.figures[part].items():
            name = it.branches.get(key) or it.services.get(key)
            label = key if name is None else str(named(name))
            for code, value in found.items():
                rows.append((f"{label} · {FIGURES[code]}", f"{part}.{key}.{code}", value, None))
    columns = (
        Column(_("数目"), lambda row: row[0], width=40),
        Column(_("代码"), lambda row: row[1], width=40),
        Column(_("结出时"), lambda row: row[2], "number"),
        Column(_("以后的变化"), lambda row: row[3], "number"),
    )
    actor = current_actor()
    cover = (
        (_("账本"), it.head.book),
        (_("月份"), it.head.month),
        (_("截止时刻"), f"{local(it.head.watermark_at):%Y-%m-%d %H:%M:%S}"),
        (_("内容的指纹"), it.head.content_hash),
        (_("签署人"), it.signed_by or _("还没有签署")),
        (_("导出时间"), f"{local(now()):%Y-%m-%d %H:%M:%S}"),
        (_("导出人"), f"{actor.name} {grouped(actor.number)}"),
        (_("单位"), _("时间都是整数的分钟：实际服务时间是实际分钟，其余是标准分钟。")),
    )
    return Sheet(_("每月的报表"), columns, rows, cover)
