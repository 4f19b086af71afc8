"""My data: what is kept, what was agreed to, who looked, a copy, a correction, and leaving.

The same pages serve the person, a guardian of record, and the branch for somebody at the counter.
"""

from __future__ import annotations

import json
from uuid import UUID

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.context import Context
from services.people.forms import OWN
from services.people.reading import member_row
from services.privacy import consents, exporting, looks, requests
from services.privacy.access import side_of
from services.privacy.data_map import data_map, shown_purposes
from services.privacy.effects import SEPARATE
from services.privacy.erasing import hindrances_of
from timebank.edge import current_actor, declare, perform, reading
from timebank.web.acting import acted
from timebank.web.audit.acts import ACTS
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.privacy_words import word
from timebank.web.public import bp


class CorrectForm(PageForm):
    """What is wrong, each as it should be; what stays empty stays as it is."""

    name = f.TextField(_l("姓名"), max_length=40)
    born_on = f.TextField(_l("出生日期"), hint=_l("例如 1950-03-05"), max_length=10)
    id_number = f.TextField(_l("身份证号码"), max_length=20)
    phone = f.TextField(_l("联系电话"), max_length=20)
    address = f.TextField(_l("住址"), max_length=120)
    contact = f.TextField(_l("紧急联系人"), max_length=80)


class EraseForm(PageForm):
    """Leaving for good."""

    sure = f.TickField(
        _l("我看懂了，确认要注销并清除资料"), required=_l("请先看清楚，再打勾确认。")
    )
    coins = f.TickField(_l("剩下的时间归入公益池"))


class AnswerForm(PageForm):
    """One consent, yes or no; at the counter also how it was said."""

    how = f.ChoiceField(
        _l("本人是怎样表示的？"),
        choices=[("signature", _l("签字")), ("voice", _l("口头")), ("document", _l("书面文件"))],
    )


@bp.get("/me/data")
@declare("privacy.read")
def my_data() -> ResponseReturnValue:
    """One's own."""
    return redirect(url_for("public.data_of", member_id=current_actor().id), code=303)


@bp.get("/data/<uuid:member_id>")
@declare("privacy.read")
def data_of(member_id: UUID) -> ResponseReturnValue:
    """What is kept for what, the consents, and what was asked."""

    def look(ctx: Context) -> dict[str, object]:
        asked = requests.requests_of(ctx, member_id)
        member = member_row(ctx.session, member_id)
        return {
            "asked": asked,
            "answers": consents.answers_of(ctx, member_id),
            "name": member.name,
            "number": member.number,
        }

    return render_template(
        "public/my_data.html",
        member_id=member_id,
        own=member_id == current_actor().id,
        purposes=shown_purposes(),
        word=word,
        **perform(look),
    )


@bp.route("/data/<uuid:member_id>/consents/<kind>", methods=["GET", "POST"])
@declare("member.update")
def data_consent(member_id: UUID, kind: str) -> ResponseReturnValue:
    """Give or take back one consent, with what follows from it said first."""
    own = member_id == current_actor().id
    form = AnswerForm()
    if own:
        del form.how
    with reading() as ctx:
        known = consents.answers_of(ctx, member_id).get(kind, "unasked")
    agrees = known != "given"

    def answer(ctx: Context) -> None:
        how = OWN if own else str(form.how.data or "")
        consents.answer(ctx, member_id, kind, how, agrees=agrees)

    if kind in SEPARATE and acted(form, answer):
        flash(_("已经记下。"), "success")
        return redirect(url_for("public.data_of", member_id=member_id), code=303)
    page = render_template(
        "public/my_data_consent.html",
        form=form,
        member_id=member_id,
        kind=kind,
        agrees=agrees,
        word=word,
    )
    return page, 422 if form.errors else 200


@bp.get("/data/<uuid:member_id>/looks")
@declare("privacy.read")
def data_looks(member_id: UUID) -> ResponseReturnValue:
    """Who looked, when, from which office and at what."""
    with reading() as ctx:
        found = looks.looks_at(ctx, member_id)
    return render_template(
        "public/my_data_looks.html", member_id=member_id, looks=found, word=word, acts=ACTS
    )


@bp.get("/data/<uuid:member_id>/copy")
@declare("privacy.export")
def data_copy(member_id: UUID) -> ResponseReturnValue:
    """Everything, to read and to print."""
    made = perform(lambda ctx: exporting.export(ctx, member_id))
    return render_template(
        "public/my_data_copy.html", member_id=member_id, copy=made, map=data_map()
    )


@bp.get("/data/<uuid:member_id>/copy.json")
@declare("privacy.export")
def data_copy_file(member_id: UUID) -> ResponseReturnValue:
    """Everything, for a program."""
    made = perform(lambda ctx: exporting.export(ctx, member_id))
    text = json.dumps(made.content, ensure_ascii=False, indent=1)
    name = f"timebank-{made.member_number}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text, mimetype="application/json", headers=headers)


@bp.route("/data/<uuid:member_id>/correct", methods=["GET", "POST"])
@declare("privacy.ask")
def data_correct(member_id: UUID) -> ResponseReturnValue:
    """Ask for a correction."""
    form = CorrectForm()
    wanted = {name: str(form[name].data or "") for name in requests.FIELDS if name in form}
    if acted(form, lambda ctx: requests.ask_correction(ctx, member_id, wanted)):
        flash(_("申请已经收到，网点会在十五个工作日内答复。"), "success")
        return redirect(url_for("public.data_of", member_id=member_id), code=303)
    with reading() as ctx:
        side_of(ctx, member_row(ctx.session, member_id), requests.ASK)
    page = render_template("public/my_data_correct.html", form=form, member_id=member_id)
    return page, 422 if form.errors else 200


@bp.route("/data/<uuid:member_id>/erase", methods=["GET", "POST"])
@declare("privacy.ask")
def data_erase(member_id: UUID) -> ResponseReturnValue:
    """Ask to leave for good."""
    form = EraseForm()

    def ask(ctx: Context) -> UUID:
        coins_to = requests.POOL if form.coins.data else None
        return requests.ask_erasure(ctx, member_id, coins_to)

    if acted(form, ask):
        flash(_("申请已经收到，网点会在十五个工作日内答复。"), "success")
        return redirect(url_for("public.data_of", member_id=member_id), code=303)

    def look(ctx: Context) -> dict[str, object]:
        requests.requests_of(ctx, member_id)
        member = member_row(ctx.session, member_id)
        return {
            "reasons": hindrances_of(ctx, member),
            "coins": requests.has_coins(ctx, member),
        }

    page = render_template(
        "public/my_data_erase.html", form=form, member_id=member_id, **perform(look)
    )
    return page, 422 if form.errors else 200


@bp.post("/data/<uuid:member_id>/requests/<uuid:request_id>/withdraw")
@declare("privacy.ask")
def data_withdraw(member_id: UUID, request_id: UUID) -> ResponseReturnValue:
    """Take a request back."""
    perform(lambda ctx: requests.withdraw(ctx, member_id, request_id), key=PageForm().key)
    flash(_("已经撤回。"), "success")
    return redirect(url_for("public.data_of", member_id=member_id), code=303)
