"""Flags: the list, one with what is behind it, a conclusion, a work sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from models.flags import FlagState
from models.sheets import SheetKind
from services.clock import local
from services.context import Context
from services.flags.deciding import decide_flag, make_sheet
from services.policy import may_ever
from services.queries.flags import FlagFilter, FlagLine, export_flags, flag_page, flags
from services.rules.member_number import grouped
from timebank.edge import current_actor, declare, now, perform, reading
from timebank.web import exports
from timebank.web.audit.forms import BooksFilter, IdFilter, NumberFilter, want
from timebank.web.audit.listed import people_columns
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import named
from timebank.web.exports import Column, Sheet
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.more import More
from timebank.web.oversight import MORE, bp
from timebank.web.oversight.flag_words import (
    CODES,
    FOR_TEMPLATES,
    STATES,
    flag_name,
    flag_state,
    flag_subject,
)

MORE.append(
    More(
        "oversight.flags",
        _l("异常提示"),
        _l("规则觉得不对的地方：同时在两处、一台设备两边用、几分钟录入很多"),
    )
)
LONGEST_REASON = 400


class FlagFilterForm(BooksFilter):
    """Flags by code, state, place, whom they are about and the day found."""

    code = f.SelectField(
        _l("哪一种"), choices=[(code, words[0]) for code, words in CODES.items()], prompt=_l("全部")
    )
    state = f.SelectField(_l("状态"), choices=[*STATES.items(), ("all", _l("全部"))], prompt=None)
    number = NumberFilter(_l("志愿者编号"))
    branch_id = IdFilter(_l("网点编号"))

    def wanted(self) -> FlagFilter:
        """What was chosen, for the service."""
        return FlagFilter(**self.given())


class DecideFlagForm(PageForm):
    """Whether it was right, and why one thinks so."""

    state = f.ChoiceField(
        _l("查下来怎样？"),
        choices=[
            (FlagState.UPHELD.value, _l("查实：确有问题")),
            (FlagState.CLEARED.value, _l("排除：没有问题")),
        ],
        required=_l("请选择查实还是排除。"),
    )
    reason = f.LongTextField(
        _l("理由"),
        hint=_l("看了什么、问了谁。加密保存，最多 400 个字。"),
        required=_l("请写明得出这个结论的理由。"),
        max_length=LONGEST_REASON,
    )


class FlagSheetForm(PageForm):
    """Which kind of sheet."""

    kind = f.ChoiceField(
        _l("开哪一种工作单？"),
        choices=[
            (SheetKind.WARNING.value, _l("预警单")),
            (SheetKind.SUPERVISION.value, _l("督办单")),
        ],
        required=_l("请选一种工作单。"),
    )


@bp.get("/flags", endpoint="flags")
@declare("flag.read")
def flag_list() -> tuple[str, int]:
    """What waits to be looked into, and with a filter everything that was found."""
    form = FlagFilterForm()
    with reading() as ctx:
        found = flags(ctx, form.wanted(), want())
    return page(
        "oversight/flags.html",
        filters=form,
        found=found,
        may_export=may_ever(current_actor(), "flag.export"),
        **FOR_TEMPLATES,
    )


@bp.post("/flags/export")
@declare("flag.export")
def flags_export() -> Response:
    """Exactly the rows that fit the filter of the address."""
    form = request.form.get("form", "")
    if form not in exports.FORMS:
        abort(404)
    filters = FlagFilterForm()
    found = perform(lambda ctx: export_flags(ctx, filters.wanted(), form))
    sheet = _sheet_of(found.rows, filters.criteria())
    return exports.download(sheet, form, f"flags-{local(now()):%Y%m%d-%H%M%S}")


@bp.get("/flags/<book>/<uuid:flag_id>", endpoint="flag")
@declare("flag.read")
def flag_one(book: str, flag_id: UUID) -> tuple[str, int]:
    """One flag with what is behind it; the look is recorded."""
    return _shown(book, flag_id, DecideFlagForm(None), FlagSheetForm(None))


@bp.post("/flags/<book>/<uuid:flag_id>/decision")
@declare("flag.decide")
def flag_decide(book: str, flag_id: UUID) -> tuple[str, int] | Response:
    """Upheld or cleared, with a reason."""
    form = DecideFlagForm()

    def decide(ctx: Context) -> None:
        state = FlagState(form.state.data)
        decide_flag(ctx, book, flag_id, state, form.reason.data or "")

    if not acted(form, decide):
        return _shown(book, flag_id, form, FlagSheetForm(None))
    flash(_("结论已记下。"), "success")
    return redirect(url_for("oversight.flag", book=book, flag_id=flag_id), code=303)


@bp.post("/flags/<book>/<uuid:flag_id>/sheet")
@declare("sheet.open")
def flag_sheet(book: str, flag_id: UUID) -> tuple[str, int] | Response:
    """A work sheet for the branch, or for the region where staff is concerned."""
    form = FlagSheetForm()

    def open_it(ctx: Context) -> None:
        make_sheet(ctx, book, flag_id, SheetKind(form.kind.data))

    if not acted(form, open_it):
        return _shown(book, flag_id, DecideFlagForm(None), form)
    flash(_("工作单已开出。"), "success")
    return redirect(url_for("oversight.flag", book=book, flag_id=flag_id), code=303)


def _shown(
    book: str, flag_id: UUID, decide: DecideFlagForm, sheet: FlagSheetForm
) -> tuple[str, int]:
    it = perform(lambda ctx: flag_page(ctx, book, flag_id))
    wrong = next((each for each in (decide, sheet) if each.errors), None)
    return page(
        "oversight/flag.html",
        wrong,
        it=it,
        decide=decide,
        sheet=sheet,
        may_propose=may_ever(current_actor(), "reversal.propose"),
        **FOR_TEMPLATES,
    )


def _sheet_of(rows: Sequence[FlagLine], criteria: Sequence[tuple[str, str]]) -> Sheet:
    actor = current_actor()
    cover = (
        *criteria,
        (_("行数"), str(len(rows))),
        (_("导出时间"), f"{local(now()):%Y-%m-%d %H:%M:%S}"),
        (_("导出人"), f"{actor.name} {grouped(actor.number)}"),
    )
    return Sheet(_("异常提示"), _columns(), rows, cover)


def _columns() -> tuple[Column, ...]:
    def branch(row: Any) -> str:
        return "" if row.branch is None else str(named(row.branch))

    return (
        Column(_("账本"), lambda row: row.book),
        Column(_("哪一种"), lambda row: str(flag_name(row.code)), width=20),
        Column(_("代码"), lambda row: row.code, width=24),
        Column(_("关于"), lambda row: str(flag_subject(row.subject_kind))),
        *people_columns(_("关于谁"), lambda row: row.subject),
        Column(_("网点"), branch, width=24),
        Column(_("服务次数"), lambda row: row.visits, "number"),
        Column(_("发生时间"), lambda row: row.happened_at, "moment", 20),
        Column(_("发现时间"), lambda row: row.found_at, "moment", 20),
        Column(_("状态"), lambda row: str(flag_state(row.state))),
        Column(_("门槛版本"), lambda row: row.table_version),
        Column(_("编号"), lambda row: row.id, width=38),
    )
