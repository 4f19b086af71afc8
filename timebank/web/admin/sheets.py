"""A list of a region as a file: its cover says who took it and when, and so do the records."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, abort, request
from flask_babel import gettext as _

from services.clock import local
from services.queries.exporting import record_export
from services.rules.member_number import grouped
from timebank.edge import current_actor, now, perform
from timebank.web import exports
from timebank.web.exports import Sheet


def send(sheet: Sheet, name: str, code: str) -> Response:
    """The answer with the sheet in the form that was asked for."""
    kind = request.form.get("form", "")
    if kind not in exports.FORMS:
        abort(404)
    perform(lambda ctx: record_export(ctx, code, name, kind, len(sheet.rows)))
    actor = current_actor()
    cover = (
        *sheet.cover,
        (_("行数"), str(len(sheet.rows))),
        (_("导出时间"), f"{local(now()):%Y-%m-%d %H:%M:%S}"),
        (_("导出人"), f"{actor.name} {grouped(actor.number)}"),
    )
    return exports.download(replace(sheet, cover=cover), kind, f"{name}-{local(now()):%Y%m%d}")
