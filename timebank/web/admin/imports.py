"""Imports of older time banks: upload, columns, dry run, notice, signature, progress, report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from flask import Response as FlaskResponse
from flask import abort, flash, redirect, request, stream_with_context, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services import rates
from services.clock import local_date
from services.context import Context
from services.imports import comparing, publishing, reports, signing
from services.imports.errors import RowsBad
from services.imports.files import MOST_BYTES
from services.imports.layouts import UPLOADED, layout, layouts
from services.imports.proposing import ImportFiles, propose
from services.places import branches_in
from services.policy import AUDITOR, Subject, can
from services.queries.admin.books import name_of_region
from services.rules.names import Name
from timebank.edge import current_actor, declare, now, perform, reading, timebank
from timebank.web import exports, import_sheets
from timebank.web.admin import bp
from timebank.web.admin.import_forms import ImportNewForm, content_of, form_for
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import named
from timebank.web.forms.base import PageForm
from timebank.web.paging import page_number
from timebank.web.words.imports import FOR_TEMPLATES

Answer = tuple[str, int] | Response
#: Imports and rows of one page; bad rows of a file that a page names.
PAGE, BAD_SHOWN = 50, 200
_LONG = {"admin.import_new", "admin.import_compare", "admin.import_sample"}


@bp.url_value_preprocessor
def _longer_files(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A million people are larger than any other form."""
    if endpoint in _LONG:
        request.max_content_length = 2 * MOST_BYTES + 64 * 1024


def crumbs(book: str, name: Any) -> list[tuple[str | None, Any]]:
    """Where the page stands, for administrators and for auditors."""
    if current_actor().has_role(AUDITOR):
        return [(url_for("audit.book", book=book), named(name))]
    return [(url_for("admin.book", book=book), named(name))]


@bp.get("/<book>/imports")
@declare("import.read")
def imports(book: str) -> Answer:
    """All imports of a book, the newest first."""
    number = page_number()
    with reading() as ctx:
        listed = reports.imports(ctx, book, PAGE + 1, (number - 1) * PAGE)
        name = name_of_region(ctx, book)
    subject = Subject(book=book, region_code=book)
    return page(
        "admin/imports.html",
        book=book,
        crumbs=crumbs(book, name),
        listed=listed[:PAGE],
        number=number,
        more=len(listed) > PAGE,
        layouts=layouts(),
        may_act=can(current_actor(), "import.propose", subject).allowed,
        **FOR_TEMPLATES,
    )


@bp.route("/<book>/imports/new/<code>", methods=["GET", "POST"])
@declare("import.propose")
def import_new(book: str, code: str) -> Answer:
    """Upload the files with their papers; every row's fate is foreseen and kept."""
    if code not in UPLOADED:
        abort(404)
    files = None
    if request.method == "POST" and (members := content_of(request.files.get("members"))):
        files = ImportFiles(members, content_of(request.files.get("transfers")))
    form = form_for(files, code, bool(request.form.get("choose")))
    with reading() as ctx:
        name = name_of_region(ctx, book)
        _offer(ctx, book, form)
    made: list[UUID] = []
    bad: list[RowsBad] = []

    def act(ctx: Context) -> None:
        assert files is not None
        try:
            made.append(propose(ctx, book, form.said(code, files, layout(code)), files))
        except RowsBad as error:
            bad.append(error)
            raise

    choosing = form.asks_columns(request.form)
    if not choosing and acted(form, act):
        flash(_("已登记，还没有转入。请核对每一行，再公示。"), "success")
        there = url_for("admin.import_one", book=book, import_id=made[-1])
        return redirect(there, code=303)
    rows = bad[-1].lines if bad else ()
    return page(
        "admin/import_new.html",
        form,
        book=book,
        crumbs=crumbs(book, name),
        layout=layout(code),
        choosing=choosing,
        bad=rows[:BAD_SHOWN],
        bad_total=len(rows),
    )


def _offer(ctx: Context, book: str, form: ImportNewForm) -> None:
    """The open branches, and the classes of the rules in force."""
    form.branch.choices = [
        (str(each.id), named(Name(each.name, each.name_en)))
        for each in branches_in(ctx.session, book)
    ]
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    form.evidence_class.choices = [
        (each.code, f"{each.code} · {named(each.name)}") for each in rules.old_balances.values()
    ]


@bp.get("/<book>/imports/<uuid:import_id>")
@declare("import.read")
def import_one(book: str, import_id: UUID) -> Answer:
    """One import: its progress, what is to be done next, and its rows."""
    number, shown = page_number(), request.args.get("shown", "")
    with reading() as ctx:
        one = reports.one_import(ctx, book, import_id)
        if shown not in reports.SHOWN:
            shown = reports.REFUSED if one.refused else reports.ALL
        listed = reports.page_of_rows(ctx, book, import_id, shown, page=number, size=PAGE)
        objections = reports.objections(ctx, book, import_id)
        days = comparing.comparisons(ctx, book, import_id)
        name = name_of_region(ctx, book)
    subject = Subject(book=book, region_code=book)
    return page(
        "admin/import.html",
        book=book,
        crumbs=crumbs(book, name),
        one=one,
        listed=listed,
        shown=shown,
        objections=objections,
        days=days,
        number=number,
        pages=max(1, -(-listed.total // PAGE)),
        today=local_date(now()),
        layouts=layouts(),
        reason=import_sheets.reason,
        may_act=can(current_actor(), "import.propose", subject).allowed,
        **FOR_TEMPLATES,
    )


def _simple(book: str, import_id: UUID, work: Callable[[Context], object], said: str) -> Response:
    perform(work, key=PageForm().key)
    flash(said, "success")
    return redirect(url_for("admin.import_one", book=book, import_id=import_id), code=303)


@bp.post("/<book>/imports/<uuid:import_id>/publish")
@declare("import.publish")
def import_publish(book: str, import_id: UUID) -> Response:
    """Begin the public notice."""
    said = _("已经开始公示，公示期满、没有异议以后才能签署。")
    return _simple(book, import_id, lambda ctx: publishing.publish(ctx, book, import_id), said)


@bp.post("/<book>/imports/<uuid:import_id>/sign")
@declare("import.sign")
def import_sign(book: str, import_id: UUID) -> Response:
    """The second signature, under just what the page showed."""
    seen = request.form.get("seen", "")
    said = _("已签署，系统一千行一批转入。刷新这一页看进度。")
    return _simple(book, import_id, lambda ctx: signing.sign(ctx, book, import_id, seen), said)


@bp.post("/<book>/imports/<uuid:import_id>/undo/sign")
@declare("import.undo")
def import_undo_sign(book: str, import_id: UUID) -> Response:
    """The second signature under an undoing."""
    said = _("已签署撤销，系统一行一行冲正，已经用掉的保持不变。")
    return _simple(book, import_id, lambda ctx: signing.sign_undo(ctx, book, import_id), said)


@bp.post("/<book>/imports/<uuid:import_id>/both-run")
@declare("import.compare")
def import_both_run(book: str, import_id: UUID) -> Response:
    """Whether the older system still runs."""
    both = request.form.get("both_run") == "yes"

    def work(ctx: Context) -> None:
        signing.set_both_run(ctx, book, import_id, both_run=both)

    return _simple(book, import_id, work, _("已登记。"))


@bp.get("/imports/template.<form>")
@declare("import.read")
def import_template(form: str) -> Response:
    """The empty template, with its explanations."""
    if form not in exports.FORMS:
        abort(404)
    what = request.args.get("what", "members")
    if what not in ("members", "transfers"):
        abort(404)
    xlsx = form == "xlsx" and what == "members"
    body = import_sheets.template_xlsx() if xlsx else import_sheets.template_csv(what)
    return _saved(FlaskResponse(body), "xlsx" if xlsx else "csv", f"template-{what}")


@bp.get("/<book>/imports/<uuid:import_id>/report.<form>")
@declare("import.read")
def import_report(book: str, import_id: UUID, form: str) -> Response:
    """Every row and its fate, streamed as a list, or as a workbook."""
    if form not in exports.FORMS:
        abort(404)
    perform(lambda ctx: reports.record_export(ctx, book, import_id, "report", form))
    with reading() as ctx:
        one = reports.one_import(ctx, book, import_id)
        if form == "xlsx":
            rows = list(reports.report(ctx, book, import_id))
            cover = ((_("来源"), one.source), (_("编号"), one.reference))
            sheet = exports.Sheet(_("每一行的结果"), import_sheets.columns(), rows, cover)
            return exports.download(sheet, form, f"import-{one.reference}")

    def parts() -> Iterator[bytes]:
        held = timebank()
        with held.uow.read() as session:
            ctx = Context(session=session, actor=current_actor(), now=now(), vault=held.vault)
            yield from import_sheets.write_report(reports.report(ctx, book, import_id))

    return _saved(FlaskResponse(stream_with_context(parts())), form, f"import-{one.reference}")


@bp.get("/<book>/imports/<uuid:import_id>/sample.csv")
@declare("import.propose")
def import_sample_list(book: str, import_id: UUID) -> Response:
    """Who is to be asked, with an empty column for the answers."""
    perform(lambda ctx: reports.record_export(ctx, book, import_id, "sample", "csv"))
    with reading() as ctx:
        rows = list(reports.sample_rows(ctx, book, import_id))
    body = b"".join(import_sheets.write_sample(rows))
    return _saved(FlaskResponse(body), "csv", f"sample-{import_id}")


def _saved(answer: FlaskResponse, form: str, name: str) -> Response:
    answer.mimetype = exports.MIMETYPES[form].partition(";")[0]
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
