"""Benefit funds of a region: opened with their criteria, and ended."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from models.giving import FundKind
from services.donations.closing import close_fund
from services.donations.funds import FundForm, open_fund
from services.places import branches_in
from services.queries.admin.books import require_book
from services.queries.donations import BookFunds, fund_line, funds_of
from services.rules.donations import FACTS, HIGHEST_GRADE, OLDEST
from services.rules.names import Name
from timebank.edge import declare, reading
from timebank.web.admin import bp
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import named
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.words.funds import FOR_TEMPLATES

Answer = tuple[str, int] | Response


class NewFundForm(PageForm):
    """What a fund is called and whom it serves."""

    kind = f.ChoiceField(
        _l("怎样的基金？"),
        choices=[
            (FundKind.GROUP.value, _l("为一类老人")),
            (FundKind.BODY.value, _l("交给一个公益组织")),
        ],
        required=_l("请选一项。"),
    )
    name = f.TextField(_l("基金的名称"), required=_l("请写上中文名和英文名。"), max_length=60)
    name_en = f.TextField(_l("英文名称"), required=_l("请写上中文名和英文名。"), max_length=60)
    age_from = f.NumberField(_l("多少岁以上？"), low=1, high=OLDEST)
    grade_from = f.NumberField(_l("照护等级几级以上？"), low=1, high=HIGHEST_GRADE)
    facts = f.ManyField(
        _l("还要符合"),
        choices=[
            ("lives_alone", _l("独居")),
            ("in_hardship", _l("困难家庭")),
            ("special_family", _l("计划生育特殊家庭")),
        ],
        hint=_l("选了几项，就要几项都符合。"),
    )
    registration = f.TextField(
        _l("公益组织的登记证号"), hint=_l("为一类老人的基金不用填。"), max_length=40
    )
    branches = f.ManyField(
        _l("公益组织照看哪些网点的老人？"), choices=[], hint=_l("为一类老人的基金不用选。")
    )


class EndFundForm(PageForm):
    """A region is sure."""

    agree = f.TickField(_l("确定结束这个基金"), required=_l("请先想清楚：结束以后不能再打开。"))


def _file(book: str) -> BookFunds:
    with reading() as ctx:
        require_book(ctx, book)
        return funds_of(ctx, book)


def _back(book: str) -> Response:
    return redirect(url_for("admin.funds", book=book), code=303)


@bp.get("/<book>/funds")
@declare("region.work")
def funds(book: str) -> Answer:
    """Every fund of the region, with what each has."""
    return page("admin/funds.html", None, it=_file(book), **FOR_TEMPLATES)


@bp.route("/<book>/funds/new", methods=["GET", "POST"])
@declare("fund.open")
def fund_new(book: str) -> Answer:
    """Open a fund; its criteria never change."""
    form = NewFundForm()
    with reading() as ctx:
        here = branches_in(ctx.session, book)
    form.branches.choices = [(str(each.id), named(Name(each.name, each.name_en))) for each in here]
    facts = {name: name in (form.facts.data or ()) for name in FACTS}
    wanted = FundForm(
        book=book,
        kind=form.kind.data or "",
        name=form.name.data or "",
        name_en=form.name_en.data or "",
        age_from=form.age_from.data,
        grade_from=form.grade_from.data,
        registration=form.registration.data or "",
        branches=_ids(form.branches.data),
        **facts,
    )
    if acted(form, lambda ctx: open_fund(ctx, wanted)):
        flash(_("基金设好了，大家可以捐了。"), "success")
        return _back(book)
    return page("admin/fund_new.html", form, it=_file(book))


@bp.route("/<book>/funds/<uuid:fund_id>/close", methods=["GET", "POST"])
@declare("fund.close")
def fund_close(book: str, fund_id: UUID) -> Answer:
    """End a fund: what is left goes to the pool, and its donors are told."""
    form = EndFundForm()
    with reading() as ctx:
        require_book(ctx, book)
        it = fund_line(ctx, book, fund_id)
    if not it.is_open and not form.is_submitted():
        return _back(book)
    if acted(form, lambda ctx: close_fund(ctx, book, fund_id)):
        flash(_("基金已经结束，剩下的时间进了公益池，捐赠人会收到通知。"), "success")
        return _back(book)
    return page("admin/fund_close.html", form, it=it, **FOR_TEMPLATES)


def _ids(values: list[str] | None) -> tuple[UUID, ...]:
    """The branches that were ticked; what is no id is nobody's branch."""
    found: list[UUID] = []
    for each in values or ():
        with suppress(ValueError):
            found.append(UUID(each))
    return tuple(found)
