"""An estate's notice at the counter: publish it, take down objections, bring shares to heirs."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.context import Context
from services.estates.claiming import claim
from services.estates.notice_sentences import ObjectionUnknown
from services.estates.objecting import LONGEST_NAME, LONGEST_TEXT, Said, appeal, take_down
from services.estates.publishing import publish
from services.queries.branch.choices import by_number
from services.queries.estate_division import NoticeFile, notice_file
from timebank.edge import declare, perform
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, page
from timebank.web.estate_parts import FOR_PARTS
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

Answer = tuple[str, int] | Response
ONE = "/estates/<book>/<uuid:estate_id>/notice"


class TakeDownForm(PageForm):
    """Who objects, and in which words."""

    number = f.TextField(
        _l("提出的人的编号"), hint=_l("有账户的写编号，字母 V 和 12 位数字；没有账户的不用写。")
    )
    name = f.TextField(_l("提出的人的姓名"), max_length=LONGEST_NAME, hint=_l("没有账户的要写。"))
    text = f.LongTextField(
        _l("原话是怎么说的？"),
        hint=_l("照他说的写，不写您的判断。"),
        required=_l("请写下对方的话。"),
        max_length=LONGEST_TEXT,
    )

    def said(self, ctx: Context) -> Said:
        """What was said, by a member or by somebody without an account."""
        number, text = self.number.data, self.text.data or ""
        if not number:
            return Said(self.name.data or "", text)
        member_id, name = by_number(ctx, number, "number")
        return Said(name, text, member_id)


class AppealWordsForm(PageForm):
    """Why another one should look, as it was said at the counter."""

    text = f.LongTextField(
        _l("原话是怎么说的？"),
        hint=_l("照他说的写，不写您的判断。"),
        required=_l("请写下对方的话。"),
        max_length=LONGEST_TEXT,
    )


def _file(book: str, estate_id: UUID) -> NoticeFile:
    return perform(lambda ctx: notice_file(ctx, book, estate_id))


def _there(book: str, estate_id: UUID) -> Response:
    return redirect(url_for("branch.estate_notice", book=book, estate_id=estate_id), 303)


@bp.get(ONE)
@declare("estate.read")
def estate_notice(book: str, estate_id: UUID) -> Answer:
    """The notice and its clock, what was objected, and the shares that wait."""
    return page("branch/estate_notice.html", it=_file(book, estate_id), **FOR_PARTS)


@bp.post(f"{ONE}/publish")
@declare("estate.publish")
def estate_publish(book: str, estate_id: UUID) -> Response:
    """The list of heirs stands: the notice begins."""
    perform(lambda ctx: publish(ctx, book, estate_id), key=PageForm().key)
    flash(_("已经公示。请打印公示书，贴在网点。"), "success")
    return _there(book, estate_id)


@bp.route(f"{ONE}/objection", methods=["GET", "POST"])
@declare("estate.take_down")
def estate_take_down(book: str, estate_id: UUID) -> Answer:
    """Take down what somebody objects at the counter."""
    form = TakeDownForm()
    if acted(form, lambda ctx: take_down(ctx, book, estate_id, form.said(ctx))):
        flash(_("异议已经记下，公示先停下来，等区里决定。"), "success")
        return _there(book, estate_id)
    return page("branch/estate_objection_new.html", form, it=_file(book, estate_id), **FOR_PARTS)


@bp.route(f"{ONE}/objections/<uuid:objection_id>/appeal", methods=["GET", "POST"])
@declare("estate.take_down")
def estate_appeal_down(book: str, estate_id: UUID, objection_id: UUID) -> Answer:
    """Take down that somebody asks for another administrator's decision."""
    form = AppealWordsForm()
    text = form.text.data or ""
    if acted(form, lambda ctx: appeal(ctx, book, estate_id, objection_id, text)):
        flash(_("复核申请已经记下，由另一位管理员决定。"), "success")
        return _there(book, estate_id)
    it = _file(book, estate_id)
    one = it.objection(objection_id)
    if one is None:
        raise ObjectionUnknown
    return page("branch/estate_appeal_new.html", form, it=it, one=one, **FOR_PARTS)


@bp.post(f"{ONE}/heirs/<uuid:heir_id>/claim")
@declare("estate.claim")
def estate_claim(book: str, estate_id: UUID, heir_id: UUID) -> Response:
    """Bring a share that waits to the account of an heir who has come to the counter."""
    perform(lambda ctx: claim(ctx, book, estate_id, heir_id), key=PageForm().key)
    flash(_("已经到继承人的账户，通知也发了。"), "success")
    return _there(book, estate_id)
