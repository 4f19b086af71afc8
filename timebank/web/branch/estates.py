"""After a death at the counter: reports, the papers that two officials read, and mistakes."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from models.estates import EstateState
from services.batches.errors import ListBad
from services.context import Context
from services.errors import DomainError
from services.estates.importing import ADDED, NOBODY, REFUSED, REPORTED, import_list, member_named
from services.estates.reporting import BRANCH, report
from services.estates.undoing import UNDOABLE, undo
from services.estates.verifying import dismiss, verify
from services.people.views import member_view
from services.queries.estates import EstateFile, estate_file, estates
from timebank.edge import declare, perform, reading
from timebank.i18n import say
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, page
from timebank.web.branch.estate_forms import (
    DeathCheckForm,
    DeathReportForm,
    ListForm,
    WhyForm,
)
from timebank.web.paging import page_number
from timebank.web.words.estates import FOR_TEMPLATES

Answer = tuple[str, int] | Response
#: Rows of a page of the list.
MANY = 25


@bp.get("/estates", endpoint="estates")
@declare("estate.read")
def estate_list() -> Answer:
    """The estates of one's own branches or region, the newest report first."""
    asked = request.args.get("state", "")
    state = EstateState(asked) if asked in tuple(EstateState) else None
    number = page_number()
    with reading() as ctx:
        found = estates(ctx, state, limit=MANY, offset=(number - 1) * MANY)
    return page(
        "branch/estates.html",
        it=found,
        state=state,
        number=number,
        pages=max(1, -(-found.total // MANY)),
        **FOR_TEMPLATES,
    )


@bp.route("/estates/new", methods=["GET", "POST"])
@declare("estate.import")
def estate_new() -> Answer:
    """Somebody at the counter, or a paper, says that a member has died."""
    form = DeathReportForm()
    if request.method == "GET":
        form.person.data = _number_asked()

    named: list[UUID] = []

    def look(ctx: Context) -> None:
        named.append(member_named(ctx, form.person.data, "person"))

    if acted(form, look) and acted(form, lambda ctx: report(ctx, form.found(named[-1]), BRANCH)):
        flash(_("已登记，等两位工作人员核实。"), "success")
        return redirect(url_for("branch.estates"), 303)
    return page("branch/estate_new.html", form)


def _number_asked() -> str:
    """The number of the member from whose page one comes."""
    asked = request.args.get("member", "")
    try:
        member_id = UUID(asked)
    except ValueError:
        return ""
    return perform(lambda ctx: member_view(ctx, member_id).number)


@bp.route("/estates/import", methods=["GET", "POST"])
@declare("estate.import")
def estate_import() -> Answer:
    """A list from the registry: every member it names is one more report."""
    form = ListForm()
    bad: list[tuple[int, str]] = []
    if form.validate_on_submit():
        try:
            done = perform(lambda ctx: import_list(ctx, form.content()), key=form.key)
        except ListBad as error:
            form.refuse(error)
            bad = [(line, say(each.sentence, each.params)) for line, each in error.lines]
        except DomainError as error:
            form.refuse(error)
        else:
            counts = [done.count(each) for each in (REPORTED, ADDED, NOBODY, REFUSED)]
            refused = [(line, say(each.sentence, each.params)) for line, each in done.refused]
            return page("branch/estate_imported.html", it=done, counts=counts, bad=refused)
    return page("branch/estate_import.html", form, bad=bad)


@bp.get("/estates/<book>/<uuid:estate_id>")
@declare("estate.read")
def estate(book: str, estate_id: UUID) -> Answer:
    """One estate: who said it, who verified it, what has ended and what has moved."""
    it = _file(book, estate_id)
    return page("branch/estate.html", it=it, undoable=UNDOABLE, **FOR_TEMPLATES)


@bp.route("/estates/<book>/<uuid:estate_id>/verify", methods=["GET", "POST"])
@declare("estate.verify")
def estate_verify(book: str, estate_id: UUID) -> Answer:
    """Read the papers; the second official's word freezes the account at once."""
    form = DeathCheckForm()
    frozen: list[bool] = []
    if acted(form, lambda ctx: frozen.append(verify(ctx, book, estate_id, form.found()))):
        said = (
            _("已经核实，账户已经冻结。") if frozen[-1] else _("已经核实，还要另一位再核实一次。")
        )
        flash(said, "success")
        return _back(book, estate_id)
    it = _file(book, estate_id)
    if it.checked_by_me and not form.errors:
        # Another one's turn: the file says so, and a form would only refuse.
        return _back(book, estate_id)
    return page("branch/estate_verify.html", form, it=it, **FOR_TEMPLATES)


@bp.route("/estates/<book>/<uuid:estate_id>/dismiss", methods=["GET", "POST"])
@declare("estate.dismiss")
def estate_dismiss(book: str, estate_id: UUID) -> Answer:
    """The report was not true."""
    form = WhyForm()
    if acted(form, lambda ctx: dismiss(ctx, book, estate_id, form.reason.data)):
        flash(_("已撤销，报告的人会收到通知。"), "success")
        return _back(book, estate_id)
    return page("branch/estate_dismiss.html", form, it=_file(book, estate_id))


@bp.route("/estates/<book>/<uuid:estate_id>/undo", methods=["GET", "POST"])
@declare("estate.undo")
def estate_undo(book: str, estate_id: UUID) -> Answer:
    """The person lives: everything goes back."""
    form = WhyForm()
    if acted(form, lambda ctx: undo(ctx, book, estate_id, form.reason.data)):
        flash(_("已全部更正，有关的人会收到道歉和说明。"), "success")
        return _back(book, estate_id)
    it = _file(book, estate_id)
    return page("branch/estate_undo.html", form, it=it, divided=it.state in _DIVIDED)


_DIVIDED = (EstateState.DIVIDED, EstateState.SETTLED)


def _file(book: str, estate_id: UUID) -> EstateFile:
    return perform(lambda ctx: estate_file(ctx, book, estate_id))


def _back(book: str, estate_id: UUID) -> Response:
    return redirect(url_for("branch.estate", book=book, estate_id=estate_id), 303)
