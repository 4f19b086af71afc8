"""What a region gives for stars, and who is in charge of its branches' services."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.clock import local_date
from services.context import Context
from services.honouring import perks as services
from services.honouring.perks import LONGEST_NAME, LONGEST_TERMS, perks_of
from services.places.branches import branch
from services.records import scope
from services.records.charge import set_person_in_charge
from timebank.edge import declare, now, reading
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import named
from timebank.web.forms import fields as f
from timebank.web.forms.base import FilterForm, PageForm
from timebank.web.more import More
from timebank.web.oversight import MORE, bp
from timebank.web.words.records import pairs

MORE.append(
    More("oversight.perks", _l("星级志愿者的优待"), _l("本地区给星级志愿者的荣誉、优先和方便"))
)


class PerkFilterForm(FilterForm):
    """Whose perks."""

    book = f.SelectField(_l("地区"), choices=[])


class PerkForm(PageForm):
    """What is given, in both languages."""

    name = f.TextField(_l("优待的名称"), required=_l("请写名称。"), max_length=LONGEST_NAME)
    name_en = f.TextField(_l("英文名称"), required=_l("请写英文名称。"), max_length=LONGEST_NAME)
    terms = f.LongTextField(
        _l("怎样享受"),
        hint=_l("写清楚在哪里、凭什么、多少次。不能是钱、物和券。"),
        required=_l("请写怎样享受。"),
        max_length=LONGEST_TERMS,
    )
    terms_en = f.LongTextField(
        _l("怎样享受（英文）"), required=_l("请写英文说明。"), max_length=LONGEST_TERMS
    )
    from_stars = f.NumberField(_l("几星起？"), low=1, high=10, required=_l("请写几星起。"))
    begins_on = f.DateField(_l("从哪一天开始？"), single=True, hint=_l("不填就从今天开始。"))
    ends_on = f.DateField(_l("到哪一天为止？"), single=True, hint=_l("长期有效的不用填。"))


class ChargeForm(PageForm):
    """Who is in charge."""

    name = f.TextField(
        _l("活动负责人"), hint=_l("写进这个网点每一次服务的记录里；不填就是没有。"), max_length=40
    )


@bp.get("/perks")
@declare("perk.manage")
def perks() -> tuple[str, int]:
    """What a region gives and gave."""
    form = PerkFilterForm()
    with reading() as ctx:
        offered = scope.choices(ctx, "perk.manage", request.args.get("book", ""))
        found = perks_of(ctx, offered.book, ended=True) if offered.book else ()
    form.book.choices = pairs((code, named(name)) for code, name in offered.books)
    form.book.data = offered.book
    return page(
        "oversight/perks.html",
        filters=form,
        found=found,
        offered=offered,
        named=named,
        today=local_date(now()),
    )


@bp.route("/perks/<book>/new", methods=["GET", "POST"])
@declare("perk.manage")
def perk_new(book: str) -> tuple[str, int] | Response:
    """Give something new."""
    form = PerkForm()

    def add(ctx: Context) -> None:
        services.add_perk(
            ctx,
            book,
            services.PerkForm(
                name=form.name.data or "",
                name_en=form.name_en.data or "",
                terms=form.terms.data or "",
                terms_en=form.terms_en.data or "",
                from_stars=form.from_stars.data or 0,
                begins_on=form.begins_on.data or local_date(ctx.now),
                ends_on=form.ends_on.data,
            ),
        )

    if acted(form, add):
        flash(_("优待已公布。"), "success")
        return redirect(url_for("oversight.perks", book=book), code=303)
    return page("oversight/perk_new.html", form, book=book)


@bp.post("/perks/<book>/<uuid:perk_id>/end")
@declare("perk.manage")
def perk_end(book: str, perk_id: UUID) -> Response:
    """End one today."""
    form = PageForm()
    if acted(form, lambda ctx: services.end_perk(ctx, book, perk_id)):
        flash(_("优待已停止。"), "success")
    for _field, said in form.problems():
        flash(said, "error")
    return redirect(url_for("oversight.perks", book=book), code=303)


@bp.route("/branches/<uuid:branch_id>/charge", methods=["GET", "POST"])
@declare("branch.charge")
def branch_charge(branch_id: UUID) -> tuple[str, int] | Response:
    """Name whoever is in charge of a branch's services."""
    with reading() as ctx:
        it = branch(ctx.session, branch_id)
    form = ChargeForm(data={"name": it.person_in_charge or ""})
    if acted(form, lambda ctx: set_person_in_charge(ctx, branch_id, form.name.data or "")):
        flash(_("活动负责人已登记。"), "success")
        return redirect(url_for("admin.branches", book=it.book), code=303)
    return page("oversight/branch_charge.html", form, it=it)
