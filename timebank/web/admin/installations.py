"""Other installations, for the nation; and their closing statements, for a region's account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services import policy
from services.context import Context
from services.ledger.seals.signing import key_id_of
from services.places import branches_in
from services.policy import Subject
from services.portable import installations as service
from services.portable.taking import LONGEST, take_in
from services.queries.admin.books import name_of_region
from services.rules.names import Name
from timebank.edge import declare, perform, reading
from timebank.web.account_acts import name_of, wording_of_digest
from timebank.web.admin import bp
from timebank.web.admin.imports import crumbs
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import named
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

Answer = tuple[str, int] | Response


class InstallationForm(PageForm):
    """Another installation."""

    public_key = f.TextField(
        _l("它的公钥"),
        hint=_l("64 位十六进制数字。请向对方要，再用别的办法对一遍指纹。"),
        required=_l("请填公钥。"),
        max_length=80,
    )
    name = f.TextField(_l("中文名"), required=_l("请写中文名。"), max_length=service.LONGEST_NAME)
    name_en = f.TextField(
        _l("英文名"), required=_l("请写英文名。"), max_length=service.LONGEST_NAME
    )


class TakeInForm(PageForm):
    """A closing statement, whose it is, and which branch looks after it."""

    file = f.UploadField(
        _l("销户对账单的文件"),
        hint=_l("名字以 .json 结尾的那一个，不是 PDF。"),
        required=_l("请选销户对账单的文件。"),
    )
    id_number = f.IdNumberField(
        _l("本人的身份证号码"),
        hint=_l("对着身份证填；对账单里没有号码，只能用它来核对。"),
        required=_l("请填身份证号码。"),
    )
    branch = f.SelectField(
        _l("由哪个网点经办？"), choices=[], prompt=_l("请选择"), required=_l("请选择网点。")
    )


@bp.route("/installations", methods=["GET", "POST"])
@declare("installation.manage")
def installations() -> Answer:
    """Our own key to hand out, the installations that are known, and a form for another one."""
    form = InstallationForm()

    def work(ctx: Context) -> str:
        typed = (form.public_key.data, form.name.data, form.name_en.data)
        return service.add(ctx, *(each or "" for each in typed))

    if acted(form, work):
        flash(_("已经登记。它开出的销户对账单，从现在起可以收。"), "success")
        return redirect(url_for("admin.installations"), code=303)
    return page("admin/installations.html", form, **_known())


def _known() -> dict[str, Any]:
    with reading() as ctx:
        found, own = service.known(ctx), service.own_public_key(ctx)
    return {
        "found": found,
        "own_key": own,
        "own_fingerprint": key_id_of(own) if own else "",
        "digest_words": wording_of_digest,
        "name_of": name_of,
    }


@bp.post("/installations/<fingerprint>/remove")
@declare("installation.manage")
def installation_remove(fingerprint: str) -> Answer:
    """Take nothing more of it in."""
    perform(lambda ctx: service.remove(ctx, fingerprint), key=PageForm().key)
    flash(_("已经移除。它的对账单不再收；以前收入的不变。"), "success")
    return redirect(url_for("admin.installations"), code=303)


@bp.route("/<book>/imports/account", methods=["GET", "POST"])
@declare("import.propose")
def import_account(book: str) -> Answer:
    """Take in a closing statement: it becomes an import of one row, with notice and signature."""
    form = TakeInForm()
    with reading() as ctx:
        policy.require(ctx.actor, "import.propose", Subject(book=book, region_code=book))
        name = name_of_region(ctx, book)
        form.branch.choices = [
            (str(each.id), named(Name(each.name, each.name_en)))
            for each in branches_in(ctx.session, book)
        ]
    made: list[UUID] = []

    def work(ctx: Context) -> None:
        raw = form.file.data.stream.read(LONGEST + 1)
        made.append(take_in(ctx, book, UUID(form.branch.data), raw, form.id_number.data or ""))

    if acted(form, work):
        flash(_("已登记，还没有转入。请核对，再公示。"), "success")
        return redirect(url_for("admin.import_one", book=book, import_id=made[-1]), code=303)
    return page("admin/import_account.html", form, book=book, crumbs=crumbs(book, name))
