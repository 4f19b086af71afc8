"""At the counter after a visit: shopping money and the elder's opinion, asked by telephone."""

from __future__ import annotations

from uuid import UUID

from flask import Response, flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as Redirect

from services.context import Context
from services.errands.agreeing import Seen, agree_by_voice, disagree_by_voice
from services.queries.branch.visits import visit_file
from services.queries.errands import Sum, money_of, receipt_file
from services.queries.ratings import rating_of, words_of
from services.ratings.giving import Opinion, give_by_voice
from services.rules.ratings import terms
from timebank.edge import current_actor, declare, perform, reading
from timebank.i18n import is_english
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import choices
from timebank.web.evidence import file_answer
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

Answer = tuple[str, int] | Redirect
ONE = "/visits/<book>/<uuid:visit_id>"
_REACHED = _l("怎样联系到老人的？")
_REACHED_HOW = _l("请选择是怎样联系到老人的。")


class MoneyVoiceForm(PageForm):
    """What the elder said to the figures that staff read out."""

    reached = f.ChoiceField(_REACHED, choices=choices("reached"), required=_REACHED_HOW)
    said = f.ChoiceField(
        _l("老人怎么说？"),
        choices=[("yes", _l("数目都对")), ("no", _l("不对，记为投诉"))],
        required=_l("请选一项。"),
    )
    text = f.LongTextField(_l("老人说哪里不对"), hint=_l("说不对才用写。"), max_length=500)
    money = f.HiddenField()
    handed_fen = f.HiddenField()
    spent_fen = f.HiddenField()

    def put(self, asked: Sum) -> None:
        """The figures that are read out."""
        self.money.data, self.handed_fen.data = str(asked.id), str(asked.handed_fen)
        self.spent_fen.data = "" if asked.spent_fen is None else str(asked.spent_fen)

    def seen(self) -> Seen:
        """The figures that were read out."""
        handed, spent = self.handed_fen.data or "", self.spent_fen.data or ""
        return Seen(
            int(handed) if handed.isdecimal() else 0, int(spent) if spent.isdecimal() else None
        )


class RatingVoiceForm(PageForm):
    """What the elder thought of the visit, as heard."""

    reached = f.ChoiceField(_REACHED, choices=choices("reached"), required=_REACHED_HOW)
    score = f.ChoiceField(_l("老人怎么评？"), choices=[], required=_l("请选满意、一般或者不满意。"))
    words = f.LongTextField(
        _l("老人的话"), hint=_l("照老人的原话写，可以不写。"), max_length=terms().words_most
    )
    quiet = f.TickField(_l("老人说这次就算了，不用再问"))

    def offer(self) -> None:
        """Take the published marks as choices."""
        self.score.choices = [
            (str(score), name.en if is_english() else name.zh)
            for score, name in terms().names.items()
        ]


def _uuid(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        return UUID(int=0)


@bp.route(f"{ONE}/money", methods=["GET", "POST"])
@declare("errand.read")
def money(book: str, visit_id: UUID) -> Answer:
    """Every sum of a visit; and what the elder says to one, by telephone."""
    form = MoneyVoiceForm()

    def said(ctx: Context) -> None:
        known, reached = _uuid(form.money.data), form.reached.data
        if form.said.data == "yes":
            agree_by_voice(ctx, book, visit_id, known, form.seen(), reached)
        else:
            text = form.text.data or ""
            disagree_by_voice(ctx, book, visit_id, known, form.seen(), text, reached)

    if acted(form, said):
        flash(_("已记下老人的话。"), "success")
        return redirect(url_for("branch.visit", book=book, visit_id=visit_id), code=303)
    it = perform(lambda ctx: visit_file(ctx, book, visit_id))
    with reading() as ctx:
        known = money_of(ctx, book, visit_id)
    if known.unspoken is not None:
        form.put(known.unspoken)
    return page("branch/money.html", form, it=it, money=known, speaker=current_actor().name)


@bp.get(f"{ONE}/money/<uuid:money_id>/<uuid:file_id>")
@declare("errand.read")
def money_receipt(book: str, visit_id: UUID, money_id: UUID, file_id: UUID) -> Response:
    """A receipt; the look is recorded."""
    return file_answer(perform(lambda ctx: receipt_file(ctx, book, visit_id, money_id, file_id)))


@bp.route(f"{ONE}/rating", methods=["GET", "POST"])
@declare("rating.voice")
def rating(book: str, visit_id: UUID) -> Answer:
    """What the elder thought of the visit, asked by telephone."""
    form = RatingVoiceForm()
    form.offer()

    def heard(ctx: Context) -> None:
        score = int(form.score.data)
        quiet = bool(form.quiet.data) if score <= terms().low_score else None
        opinion = Opinion(score, form.words.data or None, quiet)
        give_by_voice(ctx, book, visit_id, opinion, form.reached.data)

    if acted(form, heard):
        flash(_("已记下老人的评价。"), "success")
        return redirect(url_for("branch.visit", book=book, visit_id=visit_id), code=303)
    it = perform(lambda ctx: visit_file(ctx, book, visit_id))
    with reading() as ctx:
        known = rating_of(ctx, book, visit_id)
    return page("branch/rating.html", form, it=it, rating=known, speaker=current_actor().name)


@bp.get(f"{ONE}/rating/words")
@declare("rating.read")
def rating_words(book: str, visit_id: UUID) -> tuple[str, int]:
    """The elder's own words; the look is recorded."""
    it = perform(lambda ctx: visit_file(ctx, book, visit_id))
    words = perform(lambda ctx: words_of(ctx, book, visit_id))
    with reading() as ctx:
        known = rating_of(ctx, book, visit_id)
    return page("branch/rating_words.html", it=it, rating=known, words=words)
