"""Estates in the region's hands: objections and appeals decided with a reason, and the division."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.estates.deciding import LONGEST_REASON, decide, decide_appeal
from services.estates.dividing import divide
from services.estates.notice_sentences import ObjectionUnknown
from services.queries.estate_division import NoticeFile, estates_to_decide, notice_file
from timebank.edge import declare, perform, reading
from timebank.web.admin import bp
from timebank.web.branch.acting import acted, page
from timebank.web.estate_parts import FOR_PARTS
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

Answer = tuple[str, int] | Response
ONE = "/<book>/estates/<uuid:estate_id>"
UPHOLD, DISMISS = "uphold", "dismiss"


class ObjectionDecideForm(PageForm):
    """Whether the objection stands, and why."""

    decision = f.ChoiceField(
        _l("怎样决定？"),
        choices=[(UPHOLD, _l("异议成立")), (DISMISS, _l("异议不成立"))],
        hints={
            UPHOLD: _l("网点重新核对继承人名单，再公示一次。"),
            DISMISS: _l("公示接着算，至少还有五个工作日，提出的人可以申请复核一次。"),
        },
        required=_l("请选一项。"),
    )
    reason = f.LongTextField(
        _l("理由"),
        required=_l("请写明理由，提出异议的人会看到。"),
        hint=_l("写看了哪些凭据、依据哪一条。提出异议的人会看到。"),
        max_length=LONGEST_REASON,
    )


def _file(book: str, estate_id: UUID) -> NoticeFile:
    return perform(lambda ctx: notice_file(ctx, book, estate_id))


@bp.get("/<book>/estates")
@declare("estate.read")
def estates(book: str) -> Answer:
    """What waits for a decision, an appeal, the division or an heir."""
    with reading() as ctx:
        it = estates_to_decide(ctx, book)
    return page("admin/estates.html", it=it)


@bp.get(ONE)
@declare("estate.read")
def estate(book: str, estate_id: UUID) -> Answer:
    """One estate: its notice, what was objected, and how it is or would be divided."""
    return page("admin/estate.html", it=_file(book, estate_id), **FOR_PARTS)


@bp.route(f"{ONE}/objections/<uuid:objection_id>", methods=["GET", "POST"])
@declare("estate.decide")
def estate_decide(book: str, estate_id: UUID, objection_id: UUID) -> Answer:
    """Decide an objection with a reason."""
    form = ObjectionDecideForm()
    uphold, reason = form.decision.data == UPHOLD, form.reason.data or ""
    if acted(
        form, lambda ctx: decide(ctx, book, estate_id, objection_id, uphold=uphold, reason=reason)
    ):
        flash(_("已经决定，提出的人和继承人都会收到通知。"), "success")
        return redirect(url_for("admin.estate", book=book, estate_id=estate_id), 303)
    return _decision_page(form, book, estate_id, objection_id)


@bp.route(f"{ONE}/appeals/<uuid:objection_id>", methods=["GET", "POST"])
@declare("estate.decide_appeal")
def estate_decide_appeal(book: str, estate_id: UUID, objection_id: UUID) -> Answer:
    """Decide an appeal, for good; never by whoever decided before."""
    form = ObjectionDecideForm()
    uphold, reason = form.decision.data == UPHOLD, form.reason.data or ""
    if acted(
        form,
        lambda ctx: decide_appeal(ctx, book, estate_id, objection_id, uphold=uphold, reason=reason),
    ):
        flash(_("复核已经决定，提出的人和继承人都会收到通知。"), "success")
        return redirect(url_for("admin.estate", book=book, estate_id=estate_id), 303)
    return _decision_page(form, book, estate_id, objection_id)


def _decision_page(
    form: ObjectionDecideForm, book: str, estate_id: UUID, objection_id: UUID
) -> Answer:
    it = _file(book, estate_id)
    one = it.objection(objection_id)
    if one is None:
        raise ObjectionUnknown
    return page("admin/estate_decide.html", form, it=it, one=one, **FOR_PARTS)


@bp.route(f"{ONE}/divide", methods=["GET", "POST"])
@declare("estate.divide")
def estate_divide(book: str, estate_id: UUID) -> Answer:
    """Every share before the button, then the division."""
    form = PageForm()
    if acted(form, lambda ctx: divide(ctx, book, estate_id)):
        flash(_("已经分配。有账户的继承人已经到账，没有账户的份额留着。"), "success")
        return redirect(url_for("admin.estate", book=book, estate_id=estate_id), 303)
    return page("admin/estate_divide.html", form, it=_file(book, estate_id), **FOR_PARTS)
