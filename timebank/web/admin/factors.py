"""Taking somebody's lost second factor away, after the identity card has been seen."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.logins.resets import require_reset, reset
from services.people.reading import member_row
from timebank.edge import declare, reading
from timebank.web.admin import bp
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import choices
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm


class ResetForm(PageForm):
    """How the person's identity was checked."""

    how = f.ChoiceField(
        _l("怎样核对的身份？"), choices=choices("check"), required=_l("请选择怎样核对的身份")
    )


@bp.route("/roles/<uuid:member_id>/second-factor", methods=["GET", "POST"])
@declare("factor.reset")
def factor_reset(member_id: UUID) -> tuple[str, int] | Response:
    """Phone and recovery codes are lost: the person sets up a new factor at the next login."""
    form = ResetForm()
    with reading() as ctx:
        require_reset(ctx, member_id)
        member = member_row(ctx.session, member_id)
        name, number = member.name, member.number
    if acted(form, lambda ctx: reset(ctx, member_id, form.how.data or "")):
        flash(_("已取消，本人下次登录时会重新设置。"), "success")
        return redirect(url_for("admin.roles"), code=303)
    return page("admin/factor_reset.html", form, name=name, number=number)
