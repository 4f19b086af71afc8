"""Postings that two administrators take back: the inbox, one with its preview, a proposal."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.clock import local
from services.context import Context
from services.errors import NotFound
from services.policy import may_ever
from services.queries.two_hands import reversals as queries
from services.queries.two_hands.reversals import ReversalFilter
from services.reversing import proposing, signing
from timebank.edge import current_actor, declare, now, perform, reading
from timebank.web import exports
from timebank.web.audit.forms import BooksFilter, want
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import choices
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.more import More
from timebank.web.oversight import MORE, bp
from timebank.web.oversight.two_hands_sheets import reversal_sheet

MORE.append(
    More(
        "oversight.reversals",
        _l("冲正"),
        _l("谁提出、谁签署、等谁签署；一笔往来要两位管理员签署才能冲正"),
    )
)


class ReversalFilterForm(BooksFilter):
    """Reversals by state and day of proposal."""

    state = f.SelectField(
        _l("状态"),
        choices=[*choices("reversal_state"), ("all", _l("全部"))],
        prompt=_l("等签署的"),
    )

    def wanted(self) -> ReversalFilter:
        """What was chosen, for the service."""
        return ReversalFilter(**self.given())


class ReversalForm(PageForm):
    """Why a posting should be taken back."""

    reason = f.ChoiceField(
        _l("为什么冲正？"), choices=choices("reason"), required=_l("请从列表里选一个冲正原因。")
    )
    note = f.LongTextField(
        _l("写给签署的管理员"),
        hint=_l("说明怎么发现的。只写办事要用的话，最多 500 个字。"),
        max_length=proposing.LONGEST_NOTE,
    )


class SignReversalForm(PageForm):
    """One's name, after a look."""

    agree = f.TickField(
        _l("已经核对过上面每一个账户的变动"), required=_l("请先核对每一个账户的变动。")
    )


class NotReversedForm(PageForm):
    """Why nothing is taken back."""

    reason = f.LongTextField(
        _l("为什么不冲正？"), required=_l("请写明为什么不冲正，提出的人会看到。"), max_length=300
    )


@bp.get("/reversals")
@declare("reversal.read")
def reversals() -> tuple[str, int]:
    """What waits for names, and with a filter everything that ever did."""
    form = ReversalFilterForm()
    with reading() as ctx:
        found = queries.reversals(ctx, form.wanted(), want())
    may_export = may_ever(current_actor(), "reversal.export")
    return page("oversight/reversals.html", filters=form, found=found, may_export=may_export)


@bp.post("/reversals/export")
@declare("reversal.export")
def reversals_export() -> Response:
    """Exactly the rows that fit the filter of the address."""
    form = request.form.get("form", "")
    if form not in exports.FORMS:
        abort(404)
    filters = ReversalFilterForm()
    found = perform(lambda ctx: queries.export_reversals(ctx, filters.wanted(), form))
    sheet = reversal_sheet(found.rows, filters.criteria())
    return exports.download(sheet, form, f"reversals-{local(now()):%Y%m%d-%H%M%S}")


@bp.route("/reversals/new", methods=["GET", "POST"])
@declare("reversal.propose")
def reversal_new() -> tuple[str, int] | Response:
    """Ask that a posting be taken back; the address says which, and what led to it."""
    book, transfer_id = request.args.get("book", ""), _id_of("transfer")
    if transfer_id is None:
        raise NotFound
    form, made = ReversalForm(), list[UUID]()
    because = {f"{name}_id": _id_of(name) for name in ("flag", "sheet", "complaint")}

    def propose(ctx: Context) -> None:
        reason, note = form.reason.data or "", form.note.data or ""
        made.append(proposing.propose_reversal(ctx, book, transfer_id, reason, note, **because))

    if acted(form, propose):
        flash(_("已提出冲正，两位管理员签署以后才会入账。"), "success")
        there = url_for("oversight.reversal", book=book, reversal_id=made[-1])
        return redirect(there, code=303)
    with reading() as ctx:
        it = queries.preview(ctx, book, transfer_id)
    return page("oversight/reversal_new.html", form, it=it)


def _id_of(name: str) -> UUID | None:
    """An id in the address; nonsense is none."""
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


@bp.get("/reversals/<book>/<uuid:reversal_id>")
@declare("reversal.read")
def reversal(book: str, reversal_id: UUID) -> tuple[str, int]:
    """One reversal, to be looked at before it is signed."""
    return _shown(book, reversal_id, SignReversalForm(), NotReversedForm())


def _shown(
    book: str, reversal_id: UUID, signing_form: PageForm, refusing: PageForm
) -> tuple[str, int]:
    it = perform(lambda ctx: queries.reversal(ctx, book, reversal_id))
    wrong = next((each for each in (signing_form, refusing) if each.errors), None)
    return page("oversight/reversal.html", wrong, it=it, signing=signing_form, refusing=refusing)


def _after(book: str, reversal_id: UUID, said: str) -> Response:
    flash(said, "success")
    return redirect(url_for("oversight.reversal", book=book, reversal_id=reversal_id), code=303)


@bp.post("/reversals/<book>/<uuid:reversal_id>/sign")
@declare("reversal.sign")
def reversal_sign(book: str, reversal_id: UUID) -> tuple[str, int] | Response:
    """One of two names; the second one posts it."""
    form, made = SignReversalForm(), list[UUID | None]()

    def sign(ctx: Context) -> None:
        made.append(signing.sign_reversal(ctx, book, reversal_id))

    if not acted(form, sign):
        return _shown(book, reversal_id, form, NotReversedForm(None))
    if made[-1] is None:
        return _after(book, reversal_id, _("已签署，还要另一位管理员签署才会入账。"))
    return _after(book, reversal_id, _("已冲正，有关的人会收到通知。"))


@bp.post("/reversals/<book>/<uuid:reversal_id>/refuse")
@declare("reversal.refuse")
def reversal_refuse(book: str, reversal_id: UUID) -> tuple[str, int] | Response:
    """Nothing is taken back, and the proposer reads why."""
    form = NotReversedForm()
    if not acted(form, _refusal(book, reversal_id, form)):
        return _shown(book, reversal_id, SignReversalForm(None), form)
    return _after(book, reversal_id, _("已退回，提出的人会看到原因。"))


def _refusal(book: str, reversal_id: UUID, form: NotReversedForm) -> Callable[[Context], None]:
    return lambda ctx: signing.refuse_reversal(ctx, book, reversal_id, form.reason.data or "")


@bp.post("/reversals/<book>/<uuid:reversal_id>/withdraw")
@declare("reversal.withdraw")
def reversal_withdraw(book: str, reversal_id: UUID) -> tuple[str, int] | Response:
    """The proposer drops it."""
    form = PageForm()
    if not acted(form, lambda ctx: proposing.withdraw_reversal(ctx, book, reversal_id)):
        return _shown(book, reversal_id, form, NotReversedForm(None))
    return _after(book, reversal_id, _("已撤回。"))
