"""Exports: exactly the filtered rows of a list, as CSV or XLSX, and itself on record."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from flask import abort, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.clock import local
from services.context import Context
from services.policy import Subject, can
from services.queries.audit.records import record_export
from services.queries.audit.scope import Place, require_book
from services.rules.member_number import grouped
from timebank.edge import current_actor, declare, now, perform
from timebank.web import exports
from timebank.web.audit import bp, sheets
from timebank.web.branch.words import named
from timebank.web.paging import kept_query, with_query


def export_action(
    place: Place,
    what: str,
    account: UUID | None = None,
    more: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Where this page's list is exported, filters and all; empty for whoever may only look."""
    subject = Subject(book=place.book, region_code=place.code)
    if not can(current_actor(), "audit.export", subject).allowed:
        return ""
    kept = kept_query({"page", "account"} if account is not None else {"page"})
    if account is not None:
        kept.append(("account", str(account)))
    kept += more.items()
    return with_query(url_for("audit.export", book=place.book, what=what), kept)


@bp.post("/books/<book>/export/<what>")
@declare("audit.export")
def export(book: str, what: str) -> Response:
    """The file; who took which rows by which criteria stands in the audit records."""
    form = request.form.get("form", "")
    if what not in sheets.LISTS or form not in exports.FORMS:
        abort(404)
    sheet = perform(lambda ctx: _taken(ctx, book, what, form))
    name = f"{what}-{book}-{local(now()):%Y%m%d-%H%M%S}"
    return exports.download(sheet, form, name)


def _taken(ctx: Context, book: str, what: str, form: str) -> exports.Sheet:
    place = require_book(ctx, book, "audit.export")
    listed = sheets.LISTS[what](ctx, book)
    record_export(ctx, book, what, form, len(listed.rows), _codes())
    actor = current_actor()
    cover = (
        (_("账本"), f"{named(place.name)} {book}"),
        *((label, text) for label, text in listed.criteria),
        (_("排序"), request.args.get("sort") or _("默认")),
        (_("行数"), str(len(listed.rows))),
        (_("导出时间"), f"{local(now()):%Y-%m-%d %H:%M:%S}"),
        (_("导出人"), f"{actor.name} {grouped(actor.number)}"),
        (_("单位"), _("数目都是整数的标准分钟，60 标准分钟是 1 个时间币；时间是北京时间。")),
    )
    return exports.Sheet(listed.title, listed.columns, listed.rows, cover)


def _codes() -> dict[str, Any]:
    """The criteria as the address has them, for the record."""
    return {f"by_{name}": value[:80] for name, value in request.args.items() if value}
