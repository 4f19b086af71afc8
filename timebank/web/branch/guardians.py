"""Guardians of record, by a court's or a committee's paper, seen at the counter."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.context import Context
from services.people.guardians import DOCUMENTS, END_REASONS, end_guardian, record_guardian
from services.queries.branch.choices import by_number
from services.queries.branch.members import member_file
from timebank.edge import declare, perform
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import WORDS
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

Answer = tuple[str, int] | Response
_CHOOSE = _l("请选一项")


class GuardianForm(PageForm):
    """Who it is, by which paper, since when."""

    guardian_number = f.TextField(
        _l("监护人的志愿者编号"),
        hint=_l("字母 V 和 12 位数字，印在对方的卡上。还没有账户的，请先登记成员。"),
        required=_l("请写监护人的志愿者编号。"),
        max_length=20,
    )
    document = f.ChoiceField(
        _l("凭什么文件？"),
        choices=[(code, WORDS["guardian_document"][code]) for code in DOCUMENTS],
        required=_CHOOSE,
    )
    reference = f.TextField(
        _l("文件编号"), hint=_l("照文件上写"), required=_l("请写文件编号。"), max_length=80
    )
    since = f.DateField(_l("从哪天起？"), single=True, required=_l("请写文件上的日期。"))


class EndGuardianForm(PageForm):
    """Why it ends."""

    reason = f.ChoiceField(
        _l("为什么结束？"),
        choices=[(code, WORDS["guardian_end"][code]) for code in END_REASONS],
        hints={
            "recovered": _l("凭法院判决。以后本人自己决定。"),
            "revoked": _l("凭法院判决。本人仍受保护，请登记新的监护人。"),
            "resigned": _l("本人仍受保护，请登记新的监护人。"),
            "mistake": _l("登记错了人，或者不该登记。"),
        },
        required=_CHOOSE,
    )


def _back(member_id: UUID, said: str) -> Response:
    flash(said, "success")
    return redirect(url_for("branch.member", member_id=member_id, _anchor="guardians"), code=303)


@bp.route("/members/<uuid:member_id>/guardian", methods=["GET", "POST"])
@declare("guardian.record")
def guardian(member_id: UUID) -> Answer:
    """Record a guardian; an earlier one ends."""
    form = GuardianForm()

    def work(ctx: Context) -> None:
        guardian_id, _name = by_number(ctx, form.guardian_number.data, "guardian_number")
        record_guardian(
            ctx,
            member_id,
            guardian_id,
            form.document.data,
            form.reference.data,
            form.since.data,
        )

    if acted(form, work):
        return _back(member_id, _("已登记监护人，双方都会收到通知。"))
    return page("branch/guardian.html", form, it=perform(lambda ctx: member_file(ctx, member_id)))


@bp.route("/members/<uuid:member_id>/guardian/end", methods=["GET", "POST"])
@declare("guardian.record")
def guardian_end(member_id: UUID) -> Answer:
    """The guardianship ends, for a reason."""
    form = EndGuardianForm()
    reason = form.reason.data or ""
    if acted(form, lambda ctx: end_guardian(ctx, member_id, reason)):
        return _back(member_id, _("监护关系已结束，双方都会收到通知。"))
    it = perform(lambda ctx: member_file(ctx, member_id))
    return page("branch/guardian_end.html", form, it=it)
