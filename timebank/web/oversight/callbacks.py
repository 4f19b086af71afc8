"""Call-backs: the callers' list, one call with its script, the draws, and suspended branches."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from models.callbacks import CallbackResult
from services.callbacks import calling, listing
from services.callbacks.script import Script, evidence_file, open_script
from services.callbacks.suspending import LONGEST_REASON, end_suspension
from services.clock import local
from services.context import Context
from services.policy import may_ever
from services.records.scope import choices
from timebank.edge import current_actor, declare, now, perform, reading, takes_files
from timebank.web import exports
from timebank.web.audit.forms import BooksFilter, IdFilter, want
from timebank.web.branch.acting import acted, page
from timebank.web.evidence import file_answer, uploads_of
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.more import More
from timebank.web.oversight import MORE, bp
from timebank.web.oversight.callback_forms import CallForm, TryForm
from timebank.web.oversight.callback_sheets import as_sheet
from timebank.web.oversight.callback_words import STATES, WHYS, callback_word

MORE += [
    More(
        "oversight.callbacks",
        _l("回访"),
        _l("抽到的和有疑点的服务，打电话问老人；问过的结果"),
    ),
    More("oversight.draws", _l("回访抽签"), _l("每周封存的名单、见证人的签名、抽到哪些")),
    More("oversight.suspensions", _l("暂停补录的网点"), _l("回访不合格的网点，什么时候恢复")),
]


class CallbackFilterForm(BooksFilter):
    """Call-backs by state, why, branch and day."""

    state = f.SelectField(_l("状态"), choices=list(STATES.items()), prompt=None)
    why = f.SelectField(_l("为什么回访"), choices=list(WHYS.items()), prompt=_l("全部"))
    branch_id = IdFilter(_l("网点编号"))

    def wanted(self) -> listing.CallbackFilter:
        """What was chosen, for the service."""
        return listing.CallbackFilter(**self.given())


class EndForm(PageForm):
    """Why a branch may enter hours again."""

    reason = f.LongTextField(
        _l("为什么恢复？"),
        required=_l("请写明为什么恢复。"),
        hint=_l("只写办事要用的话，最多 200 个字；原因留下记录，不公布。"),
        max_length=LONGEST_REASON,
    )


@bp.get("/callbacks")
@declare("callback.read")
def callbacks() -> tuple[str, int]:
    """Whom to ring, and with a filter everybody who was."""
    form = CallbackFilterForm()
    with reading() as ctx:
        found = listing.callbacks(ctx, form.wanted(), want())
    return page(
        "oversight/callbacks.html",
        filters=form,
        found=found,
        said=callback_word,
        most_tries=listing.most_tries(),
        may_call=may_ever(current_actor(), "callback.make"),
        may_export=may_ever(current_actor(), "callback.export"),
    )


@bp.post("/callbacks/export")
@declare("callback.export")
def callbacks_export() -> Response:
    """Exactly the rows that fit the filter of the address."""
    form = request.form.get("form", "")
    if form not in exports.FORMS:
        abort(404)
    filters = CallbackFilterForm()
    found = perform(lambda ctx: listing.export_callbacks(ctx, filters.wanted(), form))
    sheet = as_sheet(found.rows, filters.criteria())
    return exports.download(sheet, form, f"callbacks-{local(now()):%Y%m%d-%H%M%S}")


@bp.get("/callbacks/<book>/<uuid:callback_id>")
@declare("callback.make")
def callback(book: str, callback_id: UUID) -> tuple[str, int]:
    """One call with telephone and script; the look is recorded."""
    it = perform(lambda ctx: open_script(ctx, book, callback_id))
    return _shown(it, CallForm.of(it), TryForm())


def _shown(it: Script, call: CallForm, tried: TryForm) -> tuple[str, int]:
    wrong = next((each for each in (call, tried) if each.errors), None)
    return page("oversight/callback.html", wrong, it=it, call=call, tried=tried, said=callback_word)


@bp.post("/callbacks/<book>/<uuid:callback_id>")
@declare("callback.make")
@takes_files
def callback_answer(book: str, callback_id: UUID) -> tuple[str, int] | Response:
    """What was said, question by question."""
    it = perform(lambda ctx: open_script(ctx, book, callback_id))
    form, result = CallForm.of(it), list[CallbackResult]()
    files = uploads_of(form.files.data)

    def answer(ctx: Context) -> None:
        result.append(calling.answer(ctx, book, callback_id, form.said(files)))

    if not acted(form, answer):
        return _shown(it, form, TryForm(None))
    words = {
        CallbackResult.CONFIRMED: _("已记下：和记录相符。"),
        CallbackResult.FAILED: _("已记下：和记录不符，已开督办单。"),
    }
    flash(words[result[-1]], "success")
    return redirect(url_for("oversight.callback", book=book, callback_id=callback_id), code=303)


@bp.post("/callbacks/<book>/<uuid:callback_id>/try")
@declare("callback.make")
def callback_try(book: str, callback_id: UUID) -> tuple[str, int] | Response:
    """Rung in vain."""
    form, result = TryForm(), list[CallbackResult | None]()
    if not acted(form, _tried(book, callback_id, form, result)):
        it = perform(lambda ctx: open_script(ctx, book, callback_id))
        return _shown(it, CallForm.of(it, None), form)
    if result[-1] is None:
        flash(_("已记下，下次再打。"), "success")
    else:
        flash(_("已记下：打了几次都没有问到，请安排上门。"), "success")
    return redirect(url_for("oversight.callbacks"), code=303)


def _tried(
    book: str, callback_id: UUID, form: TryForm, result: list[CallbackResult | None]
) -> Callable[[Context], None]:
    def work(ctx: Context) -> None:
        heard, how = form.heard.data or "", form.how.data or ""
        result.append(calling.note_try(ctx, book, callback_id, heard, how))

    return work


@bp.get("/callbacks/<book>/<uuid:callback_id>/files/<uuid:file_id>")
@declare("callback.make")
def callback_file(book: str, callback_id: UUID, file_id: UUID) -> Response:
    """A file kept with a call; the look is recorded."""
    return file_answer(perform(lambda ctx: evidence_file(ctx, book, callback_id, file_id)))


@bp.get("/draws")
@declare("callback.read")
def draws() -> tuple[str, int]:
    """Closed lists: drawn from, or waiting, and for what."""
    with reading() as ctx:
        found = listing.draws(ctx, want())
        places = dict(choices(ctx, "callback.read").books)
    return page("oversight/draws.html", found=found, said=callback_word, places=places)


@bp.get("/suspensions")
@declare("callback.read")
def suspensions() -> tuple[str, int]:
    """Branches without entry rights, now and before."""
    return _suspended(EndForm(None), None)


def _suspended(form: EndForm, chosen: UUID | None) -> tuple[str, int]:
    with reading() as ctx:
        found = listing.suspensions(ctx)
    return page("oversight/suspensions.html", form, found=found, chosen=chosen)


@bp.post("/suspensions/<book>/<uuid:suspension_id>/end")
@declare("suspension.end")
def suspension_end(book: str, suspension_id: UUID) -> tuple[str, int] | Response:
    """Give the rights back."""
    form = EndForm()

    def end(ctx: Context) -> None:
        end_suspension(ctx, book, suspension_id, form.reason.data or "")

    if not acted(form, end):
        return _suspended(form, suspension_id)
    flash(_("已恢复，网点会收到通知。"), "success")
    return redirect(url_for("oversight.suspensions"), code=303)
