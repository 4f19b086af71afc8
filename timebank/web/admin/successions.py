"""A county takes over from another one: what has been decided, and a new decision."""

from __future__ import annotations

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.moving.reading import region_name
from services.places.successions import Part, SuccessionForm, succeed, successions
from timebank.edge import declare, reading
from timebank.web.admin import bp
from timebank.web.branch.acting import acted, page
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

CODE_HINT = _l("12 位代码，例如 330303000000。")


class TakeOverForm(PageForm):
    """Who takes over from whom."""

    old_code = f.TextField(
        _l("哪个县（市、区）结束？"), hint=CODE_HINT, required=_l("请写 12 位代码。"), max_length=12
    )
    old_name = f.TextField(
        _l("它的中文名称"),
        hint=_l("再写一遍名称，和代码对得上才登记，防止写错代码。例如 龙湾区。"),
        required=_l("请写要结束的县（市、区）的中文名称。"),
        max_length=40,
    )
    new_code = f.TextField(
        _l("由哪个县（市、区）接管账本？"),
        hint=CODE_HINT,
        required=_l("请写 12 位代码。"),
        max_length=12,
    )
    name = f.TextField(_l("新地区的中文名"), hint=_l("登记册里还没有这个代码才要写。"))
    name_en = f.TextField(_l("新地区的英文名"))
    from_day = f.DateField(_l("从哪天起？"), required=_l("请写上日期。"), hint=_l("今天或以后。"))
    document = f.TextField(
        _l("批准文件的文号"), required=_l("请写明批准文件的文号。"), max_length=60
    )
    parts = f.LongTextField(
        _l("划到别的县（市、区）的乡镇街道"),
        hint=_l(
            "没有就不写。一行一个：原代码 新代码 新县代码 新县中文名 新县英文名，用逗号隔开；"
            "新县已经登记的，名字不用写。"
        ),
        max_length=4000,
    )


@bp.get("/successions")
@declare("place.succeed")
def succession_list() -> tuple[str, int]:
    """Every decision, the newest first."""
    with reading() as ctx:
        lines = [
            (each, region_name(ctx, each.old_code), region_name(ctx, each.new_code))
            for each in successions(ctx.session)
        ]
    return page("admin/successions.html", lines=lines)


@bp.route("/successions/new", methods=["GET", "POST"])
@declare("place.succeed")
def succession_new() -> tuple[str, int] | Response:
    """Decide another one."""
    form = TakeOverForm()
    if acted(form, lambda ctx: succeed(ctx, _wanted(form))):
        flash(_("已经登记。到了那天，账本和人员权限自动转过去，往来一笔不改。"), "success")
        return redirect(url_for("admin.succession_list"), code=303)
    return page("admin/succession_new.html", form)


def _wanted(form: TakeOverForm) -> SuccessionForm:
    return SuccessionForm(
        old_code=form.old_code.data or "",
        old_name=form.old_name.data or "",
        new_code=form.new_code.data or "",
        from_day=form.from_day.data,
        document=form.document.data or "",
        name=form.name.data or "",
        name_en=form.name_en.data or "",
        parts=tuple(_part(line) for line in (form.parts.data or "").splitlines() if line.strip()),
    )


def _part(line: str) -> Part:
    said = [each.strip() for each in line.replace("，", ",").split(",")]
    township, new_code, county, name, name_en = (*said, "", "", "", "", "")[:5]
    return Part(township, new_code, county, name, name_en)
