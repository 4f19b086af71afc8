"""Work sheets: one inbox for everybody who has to do with them, and one sheet with its acts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.clock import local
from services.context import Context
from services.errors import NotFound
from services.policy import STAFF, can, may_ever
from services.policy import Subject as About
from services.sheets import acting, closing
from services.sheets.reading import SheetPage, export_sheets, sheet_page, sheets
from timebank.edge import current_actor, declare, now, perform, reading, takes_files
from timebank.web import exports
from timebank.web.audit.forms import want
from timebank.web.branch.acting import acted, page
from timebank.web.evidence import file_answer, uploads_of
from timebank.web.forms.base import PageForm
from timebank.web.more import More
from timebank.web.oversight import MORE, bp
from timebank.web.oversight import sheet_forms as forms
from timebank.web.oversight.sheet_files import as_sheet
from timebank.web.oversight.sheet_words import place_of, sheet_word

MORE.append(
    More(
        "oversight.sheets",
        _l("工作单一览"),
        _l("预警单、督办单、进度单：谁在办、什么时候到期、怎样结束"),
    )
)
#: Where a manual entry is begun.
ENTRY = "oversight.entry_new"
Answer = tuple[str, int] | Response


@bp.get("/sheets", endpoint="sheets")
@declare("sheet.read")
def sheet_list() -> tuple[str, int]:
    """What has to be done, overdue first; with a filter what was done."""
    form = forms.SheetFilterForm()
    with reading() as ctx:
        found = sheets(ctx, form.wanted(), want())
    return page(
        "oversight/sheets.html",
        filters=form,
        inbox=found,
        found=found.page,
        said=sheet_word,
        may_export=may_ever(current_actor(), "sheet.export"),
        at_branch=current_actor().has_role(STAFF),
    )


@bp.post("/sheets/export")
@declare("sheet.export")
def sheets_export() -> Response:
    """Exactly the rows that fit the filter of the address."""
    form = request.form.get("form", "")
    if form not in exports.FORMS:
        abort(404)
    filters = forms.SheetFilterForm()
    found = perform(lambda ctx: export_sheets(ctx, filters.wanted(), form))
    sheet = as_sheet(found.rows, filters.criteria())
    return exports.download(sheet, form, f"sheets-{local(now()):%Y%m%d-%H%M%S}")


@bp.route("/sheets/new", methods=["GET", "POST"])
@declare("sheet.open")
def sheet_new() -> Answer:
    """A sheet about the thing that the address names: kind, id and book, perhaps a branch."""
    kind, book = request.args.get("about", ""), request.args.get("book", "")
    key, branch_id = _id_of("id"), _id_of("branch")
    if key is None or not book or not kind.isidentifier() or len(kind) > 24:
        raise NotFound
    form, made = forms.OpenSheetForm(), list[UUID]()

    def open_it(ctx: Context) -> None:
        made.append(
            acting.open_by_hand(
                ctx,
                book=book,
                kind=form.kind.data or "",
                text=form.text.data or "",
                subject_kind=kind,
                subject_id=key,
                branch_id=branch_id,
            )
        )

    if acted(form, open_it):
        return _after(book, made[-1], _("已开出工作单。"))
    place = place_of(current_actor(), kind, book, key, branch_id)
    return page("oversight/sheet_new.html", form, kind=kind, book=book, key=key, place=place)


def _id_of(name: str) -> UUID | None:
    try:
        return UUID(request.args.get(name, ""))
    except ValueError:
        return None


@bp.get("/sheets/<book>/<uuid:sheet_id>")
@declare("sheet.read")
def sheet(book: str, sheet_id: UUID) -> Answer:
    """One sheet: what it is about, every step, the files, and what may be done now."""
    return _shown(book, sheet_id)


#: The form of each act, by its short name.
_FORMS: dict[str, type[PageForm]] = {
    "hand_on": forms.HandOnForm,
    "note": forms.NoteForm,
    "turn": forms.ReasonForm,
    "close": forms.CloseForm,
    "appeal": forms.ReasonForm,
    "decide": forms.DecideSheetForm,
}


def _shown(book: str, sheet_id: UUID, name: str = "", wrong: PageForm | None = None) -> Answer:
    it = perform(lambda ctx: sheet_page(ctx, book, sheet_id))
    empty = {each: _form(each, it, blank=True) for each in _FORMS}
    if wrong is not None:
        empty[name] = wrong
    line = it.line
    place = place_of(current_actor(), line.subject_kind, book, line.subject_id, it.branch_id)
    visit = it.facts.get("visit_id")
    return page(
        "oversight/sheet.html",
        wrong,
        it=it,
        forms=empty,
        said=sheet_word,
        place=place,
        visit_place=place_of(current_actor(), "visit", book, UUID(str(visit)), it.branch_id)
        if visit
        else "",
        entry_place=_entry_place(it),
    )


def _entry_place(it: SheetPage) -> str:
    """Where an entry by hand is begun: an upheld appeal asks for one, a wrong record too."""
    subject = About(book=it.line.book, region_code=it.line.book, branch_id=it.branch_id)
    corrects = it.facts.get("corrects")
    is_asked = it.line.about == "dispute_to_enter" or (
        it.line.about == "complaint_upheld" and it.facts.get("complaint_kind") == "record_wrong"
    )
    if not is_asked or not can(current_actor(), "entry.propose", subject).allowed:
        return ""
    if corrects:
        return url_for(ENTRY, book=it.line.book, visit=corrects)
    return url_for(ENTRY)


def _form(name: str, it: SheetPage, *, blank: bool) -> PageForm:
    given: tuple[Any, ...] = (None,) if blank else ()
    if name == "hand_on":
        return forms.HandOnForm(*given, people=it.colleagues)
    made = _FORMS[name](*given)
    if isinstance(made, forms.CloseForm) and "close_founded" not in it.may:
        made.outcome.choices = [each for each in made.outcome.choices if each.value != "founded"]
    return made


def _after(book: str, sheet_id: UUID, said: str) -> Response:
    flash(said, "success")
    return redirect(url_for("oversight.sheet", book=book, sheet_id=sheet_id), code=303)


def _act(
    book: str,
    sheet_id: UUID,
    name: str,
    work: Callable[[Context, Any], object],
    said: str,
) -> Answer:
    it = perform(lambda ctx: sheet_page(ctx, book, sheet_id))
    form = _form(name, it, blank=False)
    if not acted(form, lambda ctx: work(ctx, form)):
        return _shown(book, sheet_id, name, form)
    return _after(book, sheet_id, said)


@bp.post("/sheets/<book>/<uuid:sheet_id>/take")
@declare("sheet.work")
def sheet_take(book: str, sheet_id: UUID) -> Answer:
    """I see to it."""
    form = PageForm()
    if not acted(form, lambda ctx: acting.take(ctx, book, sheet_id)):
        return _shown(book, sheet_id, "take", form)
    return _after(book, sheet_id, _("已接下，由您办理。"))


@bp.post("/sheets/<book>/<uuid:sheet_id>/hand-on")
@declare("sheet.work")
def sheet_hand_on(book: str, sheet_id: UUID) -> Answer:
    """Somebody else sees to it."""

    def hand(ctx: Context, form: Any) -> None:
        acting.hand_on(ctx, book, sheet_id, UUID(form.to_id.data), form.text.data or "")

    return _act(book, sheet_id, "hand_on", hand, _("已转交，对方会收到通知。"))


@bp.post("/sheets/<book>/<uuid:sheet_id>/note")
@declare("sheet.work")
@takes_files
def sheet_note(book: str, sheet_id: UUID) -> Answer:
    """What was done, with evidence."""

    def note(ctx: Context, form: Any) -> None:
        acting.note(ctx, book, sheet_id, form.text.data or "", uploads)

    it = perform(lambda ctx: sheet_page(ctx, book, sheet_id))
    form: Any = _form("note", it, blank=False)
    # Read once: a unit of work may run twice.
    uploads = uploads_of(form.files.data)
    if not acted(form, lambda ctx: note(ctx, form)):
        return _shown(book, sheet_id, "note", form)
    return _after(book, sheet_id, _("已记下。"))


@bp.post("/sheets/<book>/<uuid:sheet_id>/turn")
@declare("sheet.decide")
def sheet_turn(book: str, sheet_id: UUID) -> Answer:
    """The next kind of sheet takes its place."""
    form, made = forms.ReasonForm(), list[UUID]()

    def turn(ctx: Context) -> None:
        made.append(closing.turn(ctx, book, sheet_id, form.text.data or ""))

    if not acted(form, turn):
        return _shown(book, sheet_id, "turn", form)
    return _after(book, made[-1], _("已转成下一级工作单。"))


@bp.post("/sheets/<book>/<uuid:sheet_id>/close")
@declare("sheet.close")
def sheet_close(book: str, sheet_id: UUID) -> Answer:
    """How it ended, and why."""

    def close(ctx: Context, form: Any) -> None:
        closing.close(ctx, book, sheet_id, form.outcome.data or "", form.reason.data or "")

    return _act(book, sheet_id, "close", close, _("已结束。"))


@bp.post("/sheets/<book>/<uuid:sheet_id>/appeal")
@declare("sheet.appeal")
def sheet_appeal(book: str, sheet_id: UUID) -> Answer:
    """The branch does not agree."""

    def appeal(ctx: Context, form: Any) -> None:
        closing.appeal(ctx, book, sheet_id, form.text.data or "")

    return _act(book, sheet_id, "appeal", appeal, _("已提出申诉，由上一级来定。"))


@bp.post("/sheets/<book>/<uuid:sheet_id>/decide")
@declare("sheet.decide")
def sheet_decide(book: str, sheet_id: UUID) -> Answer:
    """The level above has the last word."""

    def decide(ctx: Context, form: Any) -> None:
        upheld, reason = form.decision.data == "upheld", form.reason.data or ""
        closing.decide(ctx, book, sheet_id, upheld=upheld, reason=reason)

    return _act(book, sheet_id, "decide", decide, _("已答复申诉，网点会收到通知。"))


@bp.get("/sheets/<book>/<uuid:sheet_id>/files/<uuid:file_id>")
@declare("sheet.read")
def sheet_file(book: str, sheet_id: UUID, file_id: UUID) -> Response:
    """A file kept with a sheet; the look is recorded."""
    return file_answer(perform(lambda ctx: acting.evidence_of(ctx, book, sheet_id, file_id)))
