"""Batches: upload a list, see every line's fate, have it signed, watch it, read the report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Response as FlaskResponse
from flask import flash, redirect, request, stream_with_context, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from models.batches import BatchKind
from services.batches import proposing, reports, signing
from services.batches.errors import ListBad
from services.batches.reading import MOST_BYTES
from services.context import Context
from services.queries.admin.books import name_of_region
from timebank.edge import current_actor, declare, now, perform, reading, timebank
from timebank.web.admin import bp
from timebank.web.admin.batch_forms import FORMS, KIND_WORDS, SHOWN_WORDS, STATE_WORDS
from timebank.web.batch_sheets import fate_word, write_report
from timebank.web.branch.acting import acted, page
from timebank.web.forms.base import PageForm
from timebank.web.paging import page_number

#: Batches and lines of one page; bad lines of a list that a page names.
PAGE, BAD_SHOWN = 50, 200


@bp.url_value_preprocessor
def _longer_lists(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A list of 200,000 lines is larger than any other form."""
    if endpoint == "admin.batch_new":
        request.max_content_length = MOST_BYTES + 64 * 1024


@bp.get("/<book>/batches")
@declare("batch.read")
def batches(book: str) -> tuple[str, int]:
    """All batches of a book, the newest first."""
    number = page_number()
    with reading() as ctx:
        listed = reports.batches(ctx, book, PAGE + 1, (number - 1) * PAGE)
        name = name_of_region(ctx, book)
    more = len(listed) > PAGE
    return page(
        "admin/batches.html",
        book=book,
        name=name,
        listed=listed[:PAGE],
        kinds=KIND_WORDS,
        states=STATE_WORDS,
        number=number,
        more=more,
    )


@bp.route("/<book>/batches/new/<kind>", methods=["GET", "POST"])
@declare("batch.propose")
def batch_new(book: str, kind: str) -> tuple[str, int] | Response:
    """Upload a list with its terms; it is kept with what would become of every line."""
    wanted = BatchKind(kind) if kind in {each.value for each in BatchKind} else BatchKind.GRANT
    form = FORMS[wanted]()
    made: list[UUID] = []
    bad: list[ListBad] = []

    content = form.content() if form.is_submitted() else None

    def act(ctx: Context) -> None:
        try:
            made.append(proposing.propose(ctx, book, wanted, form.terms(), content))
        except ListBad as error:
            bad.append(error)
            raise

    if acted(form, act):
        flash(_("已登记，还没有入账。请核对每一行，再请另一位管理员签署。"), "success")
        there = url_for("admin.batch", book=book, batch_id=made[-1])
        return redirect(there, code=303)
    with reading() as ctx:
        name = name_of_region(ctx, book)
    lines = bad[-1].lines if bad else ()
    return page(
        "admin/batch_new.html",
        form,
        book=book,
        name=name,
        kind=wanted,
        kinds=KIND_WORDS,
        bad=lines[:BAD_SHOWN],
        bad_total=len(lines),
    )


@bp.get("/<book>/batches/<uuid:batch_id>")
@declare("batch.read")
def batch(book: str, batch_id: UUID) -> tuple[str, int]:
    """One batch: its progress, and its lines with those refused first."""
    number = page_number()
    shown = request.args.get("shown", "")
    with reading() as ctx:
        one = reports.batch(ctx, book, batch_id)
        refused = reports.lines(ctx, book, batch_id, reports.REFUSED, limit=0).total
        if shown not in reports.SHOWN:
            shown = reports.REFUSED if refused else reports.ALL
        listed = reports.page_of_lines(ctx, book, batch_id, shown, page=number, size=PAGE)
        name = name_of_region(ctx, book)
    return page(
        "admin/batch.html",
        book=book,
        name=name,
        one=one,
        listed=listed,
        refused=refused,
        shown=shown,
        shown_words=SHOWN_WORDS,
        number=number,
        pages=max(1, -(-listed.total // PAGE)),
        kinds=KIND_WORDS,
        states=STATE_WORDS,
        fate_word=fate_word,
    )


@bp.post("/<book>/batches/<uuid:batch_id>/sign")
@declare("batch.sign")
def batch_sign(book: str, batch_id: UUID) -> Response:
    """The second signature, under the very list that the page showed."""
    seen = request.form.get("list", "")
    perform(lambda ctx: signing.sign(ctx, book, batch_id, seen), key=PageForm().key)
    flash(_("已签署，系统一千行一批办理，几分钟以内办完。"), "success")
    return redirect(url_for("admin.batch", book=book, batch_id=batch_id), code=303)


@bp.post("/<book>/batches/<uuid:batch_id>/withdraw")
@declare("batch.withdraw")
def batch_withdraw(book: str, batch_id: UUID) -> Response:
    """What has not been posted by now never will be."""
    perform(lambda ctx: signing.withdraw(ctx, book, batch_id), key=PageForm().key)
    flash(_("已撤回。已经入账的不变，其余的不再办理。"), "success")
    return redirect(url_for("admin.batch", book=book, batch_id=batch_id), code=303)


@bp.get("/<book>/batches/<uuid:batch_id>/report.csv")
@declare("batch.read")
def batch_report(book: str, batch_id: UUID) -> Response:
    """Every line and its fate, streamed."""
    with reading() as ctx:
        reports.batch(ctx, book, batch_id)
    answer = FlaskResponse(
        stream_with_context(_report(book, batch_id)), mimetype="text/csv; charset=utf-8"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="batch-{batch_id}.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _report(book: str, batch_id: UUID) -> Iterator[bytes]:
    held = timebank()
    with held.uow.read() as session:
        ctx = Context(session=session, actor=current_actor(), now=now(), vault=held.vault)
        yield from write_report(reports.report(ctx, book, batch_id))
