"""Older time banks for programs: propose, publish, sign, follow, undo, compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from services.context import Context
from services.imports import comparing, notices, publishing, reports, signing
from services.imports.errors import RowsBad
from services.imports.files import MOST_BYTES
from services.imports.proposing import ImportFiles, ImportForm, propose
from services.imports.reports import ImportView
from timebank.api import cursors
from timebank.api.area import Area, writing
from timebank.api.lists import walked
from timebank.api.refusing import refuse
from timebank.api.schemas.base import Nothing, PageQuery
from timebank.api.schemas.imports import (
    ImportBothRunIn,
    ImportComparisonList,
    ImportDecisionIn,
    ImportIn,
    ImportListIn,
    ImportListOut,
    ImportMadeOut,
    ImportNoticeList,
    ImportNoticeQuery,
    ImportObjectionIn,
    ImportObjectionList,
    ImportOut,
    ImportPublicOut,
    ImportPublicQuery,
    ImportReasonIn,
    ImportRowList,
    ImportRowQuery,
    ImportSignatureIn,
)
from timebank.edge import declare, reading
from timebank.i18n import say

area = Area("imports", "旧时间银行转入")

BOOK = "/ledger/<book:book>/imports"
ONE = f"{BOOK}/<uuid:import_id>"
_LONG = {"api_imports.propose_import", "api_imports.compare_import", "api_imports.answer_sample"}


def _longer_lists(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A million people are larger than any other body."""
    if endpoint in _LONG:
        request.max_content_length = 2 * MOST_BYTES + 64 * 1024


area.url_value_preprocessor(_longer_lists)


@area.get(BOOK, says="一个账本的旧余额转入")
@declare("import.read")
@area.arguments(PageQuery, location="query")
@area.response(200, ImportListOut)
def list_imports(asked: dict[str, Any], book: str) -> dict[str, Any]:
    """The imports of a book, the newest first."""
    offset, limit = cursors.offset_of(asked.get("cursor")), asked["limit"]
    with reading() as ctx:
        found = reports.imports(ctx, book, limit + 1, offset)
    more = len(found) > limit
    return {"items": found[:limit], "next_cursor": cursors.of_offset(offset + limit, more=more)}


@area.post(BOOK, says="提出旧余额转入并试算")
@declare("import.propose")
@area.arguments(ImportIn)
@area.response(201, ImportMadeOut)
def propose_import(said: dict[str, Any], book: str) -> dict[str, Any]:
    """Keep every row with its foreseen fate; nothing moves yet."""
    form = ImportForm(
        said["layout"],
        said["source"],
        said["branch_id"],
        said["evidence_class"],
        said.get("evidence") or {},
        said.get("mapping"),
        said.get("transfers_mapping"),
        both_run=said.get("both_run", False),
    )
    transfers = said["transfers"].encode() if "transfers" in said else None
    files = ImportFiles(said["members"].encode(), transfers)
    made = _told(lambda ctx: propose(ctx, book, form, files))
    return {"book": book, "id": made}


def _told(work: Callable[[Context], Any]) -> Any:
    """A write whose bad rows are named one by one."""
    try:
        return writing(work)
    except RowsBad as error:
        errors = {f"rows[{line}]": [say(bad.sentence, bad.params)] for line, bad in error.lines}
        refuse(422, error.code, say(error.sentence, error.params), errors=errors)


@area.get(ONE, says="一次旧余额转入和它的进度")
@declare("import.read")
@area.response(200, ImportOut)
def read_import(book: str, import_id: UUID) -> ImportView:
    """One import and how far it has come."""
    with reading() as ctx:
        return reports.one_import(ctx, book, import_id)


@area.get(f"{ONE}/rows", says="转入的每一行和结果")
@declare("import.read")
@area.arguments(ImportRowQuery, location="query")
@area.response(200, ImportRowList)
def list_import_rows(asked: dict[str, Any], book: str, import_id: UUID) -> dict[str, Any]:
    """Rows by line, all or only those that are refused."""
    limit, shown = asked["limit"], asked.get("shown", reports.ALL)
    after = cursors.offset_of(asked.get("cursor"))
    with reading() as ctx:
        reports.one_import(ctx, book, import_id)
        found = reports.rows_after(ctx, book, import_id, shown, after=after, limit=limit + 1)
    rows = found.items[:limit]
    items = [
        {
            "line": row.line,
            "old_key": row.old_key,
            "name": row.name,
            "claimed_minutes": row.claimed_minutes,
            "credited_minutes": row.credited_minutes,
            "state": row.state.value,
            "code": row.code,
            "reason": say(row.sentence, row.params) if row.sentence else "",
            "member_id": row.member_id,
            "transfer_id": row.transfer_id,
        }
        for row in rows
    ]
    more = len(found.items) > limit
    end = cursors.of_offset(rows[-1].line, more=True) if more else None
    return {"items": items, "total": found.total, "next_cursor": end}


def _done(work: Callable[[Context], object]) -> Response:
    _told(work)
    return current_app.response_class(status=204)


@area.post(f"{ONE}/sample", says="登记抽查成员的答复")
@declare("import.propose")
@area.arguments(ImportListIn)
@area.response(204)
def answer_sample(said: dict[str, Any], book: str, import_id: UUID) -> Response:
    """What the members of the sample have answered."""
    content = said["list"].encode()
    return _done(lambda ctx: publishing.confirm_sample(ctx, book, import_id, content))


@area.post(f"{ONE}/publication", says="开始公示")
@declare("import.publish")
@area.arguments(Nothing, required=False)
@area.response(204)
def publish_import(_said: dict[str, Any], book: str, import_id: UUID) -> Response:
    """Begin the public notice."""
    return _done(lambda ctx: publishing.publish(ctx, book, import_id))


@area.post(f"{ONE}/signature", says="由第二人签署转入")
@declare("import.sign")
@area.arguments(ImportSignatureIn)
@area.response(204)
def sign_import(said: dict[str, Any], book: str, import_id: UUID) -> Response:
    """Sign what was seen; the job then works it off."""
    return _done(lambda ctx: signing.sign(ctx, book, import_id, said["fingerprint"]))


@area.post(f"{ONE}/withdrawal", says="撤回转入")
@declare("import.withdraw")
@area.arguments(ImportReasonIn)
@area.response(204)
def withdraw_import(said: dict[str, Any], book: str, import_id: UUID) -> Response:
    """Take it back before it is signed."""
    return _done(lambda ctx: publishing.withdraw(ctx, book, import_id, said["reason"]))


@area.post(f"{ONE}/undoing", says="提出撤销转入")
@declare("import.undo")
@area.arguments(ImportReasonIn)
@area.response(204)
def undo_import(said: dict[str, Any], book: str, import_id: UUID) -> Response:
    """Ask for it to be undone."""
    return _done(lambda ctx: signing.ask_undo(ctx, book, import_id, said["reason"]))


@area.post(f"{ONE}/undoing/signature", says="由第二人签署撤销")
@declare("import.undo")
@area.arguments(Nothing, required=False)
@area.response(204)
def sign_import_undoing(_said: dict[str, Any], book: str, import_id: UUID) -> Response:
    """Another administrator signs the undoing."""
    return _done(lambda ctx: signing.sign_undo(ctx, book, import_id))


@area.get("/import-notices", says="现在的旧余额转入公示，不用登录")
@declare("import.notices")
@area.arguments(ImportNoticeQuery, location="query")
@area.response(200, ImportNoticeList)
def list_import_notices(asked: dict[str, Any]) -> dict[str, Any]:
    """The notices that run, of the whole country or of a region and all below it."""
    with reading() as ctx:
        return walked(asked, notices.PAGE, lambda n: notices.notices(ctx, n, asked["region"]))


@area.get(f"{ONE}/public", says="一份旧余额转入公示，不用登录")
@declare("import.notices")
@area.arguments(ImportPublicQuery, location="query")
@area.response(200, ImportPublicOut)
def read_import_notice(asked: dict[str, Any], book: str, import_id: UUID) -> dict[str, Any]:
    """One notice with its people, masked."""
    with reading() as ctx:
        found = notices.notice(ctx, book, import_id)
        rows = notices.notice_rows(
            ctx, book, import_id, page=asked["page"], old_key=asked["key"][:60]
        )
    return {"notice": found, "rows": rows.items, "page": rows.number, "pages": rows.pages}


@area.get(f"{ONE}/objections", says="转入的异议和答复")
@declare("import.read")
@area.response(200, ImportObjectionList)
def list_import_objections(book: str, import_id: UUID) -> dict[str, Any]:
    """Every objection, those that wait first."""
    with reading() as ctx:
        return {"items": reports.objections(ctx, book, import_id)}


@area.post(f"{ONE}/objections", says="对公示的转入提出异议")
@declare("import.object")
@area.arguments(ImportObjectionIn)
@area.response(204)
def object_to_import(said: dict[str, Any], book: str, import_id: UUID) -> Response:
    """Object to a row, or to the whole."""
    return _done(
        lambda ctx: publishing.object_to(ctx, book, import_id, said["text"], said.get("line"))
    )


@area.post(f"{ONE}/objections/<uuid:objection_id>/decision", says="答复异议")
@declare("import.decide")
@area.arguments(ImportDecisionIn)
@area.response(204)
def decide_import_objection(
    said: dict[str, Any], book: str, import_id: UUID, objection_id: UUID
) -> Response:
    """Answer an objection."""
    return _done(
        lambda ctx: publishing.decide(
            ctx, book, import_id, objection_id, upheld=said["upheld"], reason=said["reason"]
        )
    )


@area.get(f"{ONE}/comparisons", says="和旧系统每天的比对")
@declare("import.read")
@area.response(200, ImportComparisonList)
def list_import_comparisons(book: str, import_id: UUID) -> dict[str, Any]:
    """Every day's comparison, the newest first."""
    with reading() as ctx:
        return {"items": comparing.comparisons(ctx, book, import_id)}


@area.post(f"{ONE}/comparisons", says="比对旧系统今天的余额")
@declare("import.compare")
@area.arguments(ImportListIn)
@area.response(204)
def compare_import(said: dict[str, Any], book: str, import_id: UUID) -> Response:
    """The older system's list of today."""
    content = said["list"].encode()
    return _done(lambda ctx: comparing.compare(ctx, book, import_id, content))


@area.post(f"{ONE}/both-run", says="登记旧系统是否还在用")
@declare("import.compare")
@area.arguments(ImportBothRunIn)
@area.response(204)
def set_both_run(said: dict[str, Any], book: str, import_id: UUID) -> Response:
    """While it does, the daily comparison is asked for."""
    both = said["both_run"]
    return _done(lambda ctx: signing.set_both_run(ctx, book, import_id, both_run=both))
