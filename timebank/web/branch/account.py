"""A member's statements at the counter, and closing an account with the card on the table."""

from __future__ import annotations

from uuid import UUID

from flask import Response as FlaskResponse
from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.portable import closing, stating
from services.portable import reading as query
from timebank.edge import declare, perform, reading
from timebank.papers.accounts import file_answer, pdf_answer
from timebank.web import account_acts as acts
from timebank.web.branch import bp
from timebank.web.branch.acting import page
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

ACCOUNT = "/members/<uuid:member_id>/account"


class CloseAccountForm(PageForm):
    """For which installation, by whose card, and that everything was read out."""

    receiver = f.ChoiceField(_l("带到哪个平台去？"), choices=[], required=_l("请选一个接收平台。"))
    id_number = f.IdNumberField(
        _l("身份证号码"),
        hint=_l("对着本人的身份证填，本人要在场。"),
        required=_l("请填身份证号码。"),
    )
    present = f.TickField(
        _l("本人在场，看过身份证；下面几条念给本人听过，本人同意销户"),
        required=_l("要本人在场，念给本人听过，才能销户。"),
    )


@bp.route(ACCOUNT, methods=["GET", "POST"], endpoint="account")
@declare("account.export")
def account(member_id: UUID) -> tuple[str, int] | Response:
    """The member's statements; the button signs another one."""
    form = PageForm()
    if acts.signed(form, lambda ctx, key: stating.state(ctx, member_id, key)):
        flash(_("对账单开好了，在下面最上面一份。"), "success")
        return redirect(url_for("branch.account", member_id=member_id), 303)
    with reading() as ctx:
        it = query.account_page(ctx, member_id)
    return page("branch/account.html", form, it=it, **acts.FOR_TEMPLATES)


@bp.get(f"{ACCOUNT}/<uuid:statement_id>.json", endpoint="account_file")
@declare("account.export")
def account_file(member_id: UUID, statement_id: UUID) -> FlaskResponse:
    """The file, byte for byte; the look is recorded."""
    return file_answer(perform(lambda ctx: query.statement_file(ctx, member_id, statement_id)))


@bp.get(f"{ACCOUNT}/<uuid:statement_id>.pdf", endpoint="account_pdf")
@declare("account.export")
def account_pdf(member_id: UUID, statement_id: UUID) -> FlaskResponse:
    """The same on paper; the look is recorded."""
    found = perform(lambda ctx: query.statement_file(ctx, member_id, statement_id))
    return pdf_answer(found, request.args.get("in"))


@bp.route(f"{ACCOUNT}/leave", methods=["GET", "POST"], endpoint="account_leave")
@declare("account.close")
def leave(member_id: UUID) -> tuple[str, int] | Response:
    """Close the account for another installation; the file is handed out from the page after."""
    form = CloseAccountForm()
    with reading() as ctx:
        found = acts.receivers(ctx)
    form.receiver.choices, form.receiver.hints = acts.choices(found)
    wanted = closing.CloseForm(
        member_id, form.receiver.data or "", id_number=form.id_number.data or ""
    )
    if acts.signed(form, lambda ctx, key: closing.close(ctx, wanted, key)):
        flash(_("已经销户。请把销户对账单的文件和纸都交给本人。"), "success")
        return redirect(url_for("branch.account", member_id=member_id), 303)
    with reading() as ctx:
        it = query.leaving(ctx, member_id)
    lines = acts.consequences(it, str(_("选定的平台")))
    return page("branch/account_leave.html", form, it=it, found=found, lines=lines)
