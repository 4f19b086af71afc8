"""Words for imports: states, classes of evidence, fates of rows, units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from models.imports import ImportState, RowState
from services.imports.comparing import DIFFERS, HERE, THERE
from services.imports.evidence import CERTIFICATE, LEDGER
from services.imports.layouts import fields_of
from services.imports.reports import RowView
from timebank.web.branch.words import named

STATES: Mapping[ImportState, tuple[Any, str]] = {
    ImportState.CHECKED: (_l("已试算"), "wait"),
    ImportState.PUBLISHED: (_l("公示中"), "info"),
    ImportState.SIGNED: (_l("办理中"), "info"),
    ImportState.DONE: (_l("办完"), "good"),
    ImportState.UNDOING: (_l("撤销中"), "wait"),
    ImportState.UNDONE: (_l("已撤销"), "plain"),
    ImportState.WITHDRAWN: (_l("已撤回"), "plain"),
}
SHOWN: Mapping[str, Any] = {
    "refused": _l("没有通过的"),
    "good": _l("通过的"),
    "all": _l("全部"),
}
KINDS: Mapping[str, Any] = {
    LEDGER: _l("有签字的账册"),
    CERTIFICATE: _l("主管部门认证的数据库"),
    "statement": _l("另一个系统的结清证明"),
}
UNITS: Mapping[str, Any] = {
    "minutes": _l("分钟"),
    "hours": _l("小时，例如 1.5"),
    "seconds": _l("秒"),
    "clock": _l("时:分，例如 1:30"),
}
DIFFERENCES: Mapping[str, Any] = {
    DIFFERS: _l("余额不同"),
    HERE: _l("这里没有"),
    THERE: _l("旧系统没有"),
}


def fate_word(row: RowView) -> Any:
    """What became of a row, or will, in a word."""
    if row.state is RowState.REFUSED:
        return _l("不转入")
    if row.state is RowState.UNDONE:
        return _l("已撤销")
    if row.state is RowState.POSTED:
        return _l("已转入")
    return _l("新成员") if row.code == "new" else _l("已经是成员")


def import_field(what: str, code: str) -> str:
    """What a field of ours is called."""
    return named(fields_of(what)[code].name)


FOR_TEMPLATES: Mapping[str, Any] = {
    "states": STATES,
    "shown_words": SHOWN,
    "kinds": KINDS,
    "units": UNITS,
    "difference_words": DIFFERENCES,
    "fate_word": fate_word,
    "import_field": import_field,
}
