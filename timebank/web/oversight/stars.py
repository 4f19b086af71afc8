"""Stars for those who decide and watch: what is published, objections, and bans."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from models.honours import StarState
from services.context import Context
from services.policy import Subject, can
from services.records import scope
from services.stars.banning import lift
from services.stars.objecting import LONGEST, decide
from services.stars.reading import award, awards_in, bans_in
from timebank.edge import declare, reading
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import named
from timebank.web.forms import fields as f
from timebank.web.forms.base import FilterForm, PageForm
from timebank.web.more import More
from timebank.web.oversight import MORE, bp
from timebank.web.words.records import DECISIONS, FOR_RECORDS, LIFTING, STAR_STATES, pairs

MORE.append(More("oversight.stars", _l("评星"), _l("公示中的星级、等着处理的异议，和停评的志愿者")))


class StarFilterForm(FilterForm):
    """Whose stars."""

    book = f.SelectField(_l("地区"), choices=[])
    state = f.SelectField(_l("状态"), choices=list(STAR_STATES.items()), prompt=_l("全部"))


class DecisionForm(PageForm):
    """What becomes of an objection, and why."""

    decision = f.ChoiceField(
        _l("异议成立吗？"), choices=list(DECISIONS.items()), required=_l("请选处理结果。")
    )
    reason = f.LongTextField(
        _l("理由"),
        hint=_l("提异议的人会看到；异议成立的，志愿者也会看到。"),
        required=_l("请写明理由。"),
        max_length=LONGEST,
    )


class LiftForm(PageForm):
    """Why a ban ends before its day."""

    reason = f.ChoiceField(
        _l("为什么取消停评？"),
        choices=list(LIFTING.items()),
        required=_l("请从列出的原因里选一个。"),
    )


@bp.get("/stars")
@declare("star.read")
def stars() -> tuple[str, int]:
    """Awards of a region, those with open objections first, and the bans that run."""
    form = StarFilterForm()
    state = request.args.get("state", "")
    with reading() as ctx:
        offered = scope.choices(ctx, "star.read", request.args.get("book", ""))
        form.book.choices = pairs((code, named(name)) for code, name in offered.books)
        form.book.data = offered.book
        wanted = StarState(state) if state in STAR_STATES else None
        whole = can(ctx.actor, "star.read", Subject(book=offered.book, region_code=offered.book))
        found = awards_in(ctx, offered.book, wanted) if whole.allowed else ()
        bans = bans_in(ctx, offered.book) if whole.allowed else ()
    return page("oversight/stars.html", filters=form, found=found, bans=bans, **FOR_RECORDS)


@bp.get("/stars/<book>/<uuid:award_id>")
@declare("star.read")
def star(book: str, award_id: UUID) -> tuple[str, int]:
    """One award with its objections."""
    return _shown(book, award_id, DecisionForm())


@bp.post("/stars/<book>/<uuid:award_id>/objections/<uuid:objection_id>")
@declare("star.decide")
def star_decide(book: str, award_id: UUID, objection_id: UUID) -> tuple[str, int] | Response:
    """Decide one objection."""
    form = DecisionForm()

    def work(ctx: Context) -> None:
        uphold = form.decision.data == "upheld"
        decide(ctx, book, objection_id, form.reason.data or "", uphold=uphold)

    if acted(form, work):
        flash(_("异议已处理，提异议的人会收到通知。"), "success")
        return redirect(url_for("oversight.star", book=book, award_id=award_id), code=303)
    return _shown(book, award_id, form)


def _shown(book: str, award_id: UUID, form: PageForm) -> tuple[str, int]:
    with reading() as ctx:
        it = award(ctx, book, award_id)
    return page("oversight/star.html", form, it=it, **FOR_RECORDS)


@bp.route("/stars/<book>/bans/<uuid:ban_id>", methods=["GET", "POST"])
@declare("star.decide")
def star_lift(book: str, ban_id: UUID) -> tuple[str, int] | Response:
    """End a ban that an appeal or a second look has shown to be wrong."""
    form = LiftForm()
    if acted(form, lambda ctx: lift(ctx, book, ban_id, form.reason.data or "")):
        flash(_("停评已取消，志愿者会收到通知。"), "success")
        return redirect(url_for("oversight.stars", book=book), code=303)
    return page("oversight/star_lift.html", form, book=book)
