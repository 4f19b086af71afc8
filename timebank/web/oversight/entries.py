"""Services entered by hand: the queue, a new one with its papers, and one to be looked at."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.clock import local
from services.context import Context
from services.entries import proposing, signing
from services.entries.proposing import EntryForm
from services.policy import may_ever
from services.queries.branch.choices import by_number
from services.queries.two_hands import entries as queries
from services.queries.two_hands.entries import Corrected
from timebank.edge import current_actor, declare, now, perform, reading, takes_files
from timebank.web import exports
from timebank.web.audit.forms import want
from timebank.web.branch.acting import acted, page
from timebank.web.evidence import file_answer, uploads_of
from timebank.web.forms.base import PageForm
from timebank.web.more import More
from timebank.web.oversight import MORE, bp
from timebank.web.oversight.entry_forms import (
    EntryFilterForm,
    EntryNewForm,
    NotEnteredForm,
    SignEntryForm,
)
from timebank.web.oversight.two_hands_sheets import entry_sheet

ENTRY = "/entries/<book>/<uuid:entry_id>"

MORE.append(
    More(
        "oversight.entries",
        _l("补录"),
        _l("没有当场记录的服务：一个人提出，另一个人看过证明材料再签署"),
    )
)


@bp.get("/entries")
@declare("entry.read")
def entries() -> tuple[str, int]:
    """What waits for a second name, and with a filter everything that ever did."""
    form = EntryFilterForm()
    with reading() as ctx:
        found = queries.entries(ctx, form.wanted(), want())
    actor = current_actor()
    return page(
        "oversight/entries.html",
        filters=form,
        found=found,
        may_propose=may_ever(actor, "entry.propose"),
        may_export=may_ever(actor, "entry.export"),
    )


@bp.post("/entries/export")
@declare("entry.export")
def entries_export() -> Response:
    """Exactly the rows that fit the filter of the address."""
    form = request.form.get("form", "")
    if form not in exports.FORMS:
        abort(404)
    filters = EntryFilterForm()
    found = perform(lambda ctx: queries.export_entries(ctx, filters.wanted(), form))
    sheet = entry_sheet(found.rows, filters.criteria())
    return exports.download(sheet, form, f"entries-{local(now()):%Y%m%d-%H%M%S}")


@bp.route("/entries/new", methods=["GET", "POST"])
@declare("entry.propose")
@takes_files
def entry_new() -> tuple[str, int] | Response:
    """Write down a service with its papers; or, with a visit in the address, put that one right."""
    old = _corrected()
    with reading() as ctx:
        services = queries.services_then(ctx)
    form, made = EntryNewForm.of(services, old), list[tuple[str, UUID]]()
    uploads = uploads_of(form.files.data)

    def propose(ctx: Context) -> None:
        said = _said(ctx, form, old)
        book = queries.home_book(ctx, said.elder_id)
        made.append((book, proposing.propose_entry(ctx, book, said, uploads)))

    if acted(form, propose):
        flash(_("已提出，等另一个人看过证明材料再签署。签署以前不会入账。"), "success")
        book, entry_id = made[-1]
        return redirect(url_for("oversight.entry", book=book, entry_id=entry_id), code=303)
    return page("oversight/entry_new.html", form, old=old)


def _corrected() -> Corrected | None:
    """The visit in the address that is put right."""
    book, wanted = request.args.get("book", ""), request.args.get("visit", "")
    if not wanted:
        return None
    try:
        visit_id = UUID(wanted)
    except ValueError:
        abort(404)
    with reading() as ctx:
        return queries.corrected(ctx, book, visit_id)


def _said(ctx: Context, form: EntryNewForm, old: Corrected | None) -> EntryForm:
    elder_id, _name = by_number(ctx, form.elder_id.data or "", "elder_id")
    provider_id, _name = by_number(ctx, form.provider_id.data or "", "provider_id")
    starts_at, ends_at = form.moments()
    return EntryForm(
        elder_id=elder_id,
        provider_id=provider_id,
        service_code=form.service_code.data,
        starts_at=starts_at,
        ends_at=ends_at,
        why=form.why.data,
        reason=form.reason.data or "",
        remote=bool(form.remote.data),
        corrects_visit_id=None if old is None else old.visit_id,
    )


@bp.get(ENTRY)
@declare("entry.read")
def entry(book: str, entry_id: UUID) -> tuple[str, int]:
    """One entry with its papers; the look is recorded."""
    return _shown(book, entry_id, SignEntryForm(), NotEnteredForm())


def _shown(
    book: str, entry_id: UUID, signing_form: PageForm, refusing: PageForm
) -> tuple[str, int]:
    it = perform(lambda ctx: queries.entry(ctx, book, entry_id))
    wrong = next((each for each in (signing_form, refusing) if each.errors), None)
    return page("oversight/entry.html", wrong, it=it, signing=signing_form, refusing=refusing)


@bp.get(f"{ENTRY}/files/<uuid:file_id>")
@declare("entry.read")
def entry_file(book: str, entry_id: UUID, file_id: UUID) -> Response:
    """One of its papers; the look is recorded."""
    return file_answer(perform(lambda ctx: queries.entry_file(ctx, book, entry_id, file_id)))


def _after(book: str, entry_id: UUID, said: str) -> Response:
    flash(said, "success")
    return redirect(url_for("oversight.entry", book=book, entry_id=entry_id), code=303)


@bp.post(f"{ENTRY}/sign")
@declare("entry.sign")
def entry_sign(book: str, entry_id: UUID) -> tuple[str, int] | Response:
    """The second name: the service is credited, and marked for ever."""
    form = SignEntryForm()
    if not acted(form, lambda ctx: signing.sign_entry(ctx, book, entry_id)):
        return _shown(book, entry_id, form, NotEnteredForm(None))
    return _after(book, entry_id, _("已签署入账，会一直标明是补录的。"))


@bp.post(f"{ENTRY}/refuse")
@declare("entry.sign")
def entry_refuse(book: str, entry_id: UUID) -> tuple[str, int] | Response:
    """It is not credited, and everybody concerned reads why."""
    form = NotEnteredForm()
    reason = form.reason.data or ""
    if not acted(form, lambda ctx: signing.refuse_entry(ctx, book, entry_id, reason)):
        return _shown(book, entry_id, SignEntryForm(None), form)
    return _after(book, entry_id, _("已退回，提出的人和双方会看到原因。"))


@bp.post(f"{ENTRY}/withdraw")
@declare("entry.withdraw")
def entry_withdraw(book: str, entry_id: UUID) -> tuple[str, int] | Response:
    """The proposer drops it."""
    form = PageForm()
    if not acted(form, lambda ctx: proposing.withdraw_entry(ctx, book, entry_id)):
        return _shown(book, entry_id, form, NotEnteredForm(None))
    return _after(book, entry_id, _("已撤回。"))
