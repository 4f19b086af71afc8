"""Forms of imports: what is said of one, which column means what, and the acts with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import FileStorage

from services.errors import DomainError
from services.imports.evidence import CERTIFICATE, LEDGER, LONGEST_DOCUMENT
from services.imports.files import headings_of
from services.imports.finding import LONGEST_TEXT
from services.imports.layouts import (
    MEMBERS,
    TRANSFERS,
    WORDS_OF,
    Layout,
    fields_of,
    layout,
    meanings,
)
from services.imports.mapping import Columns, default_mapping, require_fields
from services.imports.proposing import LONGEST_SOURCE, ImportFiles, ImportForm
from timebank.web.branch.words import named
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.words.imports import KINDS, UNITS

#: Names of the selects: a prefix for each file, then our field.
_PREFIX = {MEMBERS: "col_", TRANSFERS: "mov_"}


class ImportNewForm(PageForm):
    """The papers and the files."""

    source = f.TextField(
        _l("从哪个时间银行来？"),
        hint=_l("写成员都知道的名字。"),
        required=_l("请写明余额从哪个时间银行来。"),
        max_length=LONGEST_SOURCE,
    )
    branch = f.SelectField(
        _l("新成员归哪个网点？"), choices=[], prompt=_l("请选择"), required=_l("请选择网点。")
    )
    evidence_class = f.ChoiceField(
        _l("凭据是哪一类？"), choices=[], required=_l("请选择凭据的类别。")
    )
    kind = f.ChoiceField(
        _l("全额转入凭什么？"),
        hint=_l("只有全额转入的一类要选。认证的数据库要附全部往来明细，还要抽查成员。"),
        choices=[(LEDGER, KINDS[LEDGER]), (CERTIFICATE, KINDS[CERTIFICATE])],
    )
    document = f.TextField(_l("账册或认证文件的编号"), max_length=LONGEST_DOCUMENT)
    authority = f.TextField(_l("认证的主管部门"), max_length=LONGEST_DOCUMENT)
    both_run = f.TickField(_l("旧系统还要并行一段时间，每天比对余额"))
    members = f.UploadField(
        _l("成员和余额（CSV 或 XLSX）"), required=_l("请选择成员名单。"), hint=_l("最多一百万行。")
    )
    transfers = f.UploadField(_l("全部往来明细（CSV 或 XLSX）"))
    choose = f.TickField(_l("我要自己选每一列对应什么"))

    def asks_columns(self, came: Mapping[str, Any]) -> bool:
        """Whether columns are asked for that whoever sent the form has not seen yet."""
        asked = [name for name in self._fields if name.startswith(tuple(_PREFIX.values()))]
        return bool(asked) and not any(name in came for name in asked)

    def said(self, code: str, files: ImportFiles, known: Layout) -> ImportForm:
        """As the service takes it."""
        evidence = {
            "kind": self.kind.data,
            "document": self.document.data,
            "authority": self.authority.data,
        }
        return ImportForm(
            layout=code,
            source=self.source.data or "",
            branch_id=UUID(self.branch.data),
            evidence_class=self.evidence_class.data or "",
            evidence={name: value for name, value in evidence.items() if value},
            mapping=self.mapping(MEMBERS, known),
            transfers_mapping=self.mapping(TRANSFERS, known) if files.transfers else None,
            both_run=bool(self.both_run.data),
        )

    def mapping(self, what: str, known: Layout) -> dict[str, Any] | None:
        """The columns as they were chosen; None when nobody was asked."""
        prefix = _PREFIX[what]
        chosen = {
            name.removeprefix(prefix): each.data
            for name, each in self._fields.items()
            if name.startswith(prefix) and each.data
        }
        if not chosen:
            return None
        columns = {heading: code for code, heading in chosen.items()}
        if len(columns) != len(chosen):
            # One column for two fields: the service says so.
            columns = {f"{heading} {code}": code for code, heading in chosen.items()}
        unit = self._fields[f"{what}_unit"].data or known.unit_of(what)
        found: dict[str, Any] = {"columns": columns, "unit": unit}
        return {**found, "words": self._words()} if what == MEMBERS else found

    def _words(self) -> dict[str, dict[str, str]]:
        """Lines like ``sex: Frau = female``; what is no such line is passed over."""
        found: dict[str, dict[str, str]] = {}
        for line in (self._fields["words"].data or "").splitlines():
            kind, _, rest = line.partition(":")
            word, sign, meant = rest.rpartition("=")
            if sign:
                found.setdefault(kind.strip(), {})[word.strip()] = meant.strip()
        return found


def form_for(files: ImportFiles | None, code: str, choosing: bool) -> ImportNewForm:
    """The form, with a list for each of our fields once the headings are known and needed."""
    if files is None:
        return ImportNewForm()
    known = layout(code)
    more: dict[str, Any] = {}
    for what, content in ((MEMBERS, files.members), (TRANSFERS, files.transfers)):
        if not content:
            continue
        try:
            heads = headings_of(content)
        except DomainError:
            continue
        guessed = default_mapping(known, what, heads)
        if choosing or not _is_whole(guessed):
            more |= _selects(what, heads, guessed)
    form: type[ImportNewForm] = type("ImportColumnsForm", (ImportNewForm,), more)
    return form()


def _is_whole(columns: Columns) -> bool:
    try:
        require_fields(columns)
    except DomainError:
        return False
    return True


def _selects(what: str, heads: Sequence[str], guessed: Columns) -> dict[str, Any]:
    at = {code: heading for heading, code in guessed.columns.items()}
    choices = [("", _l("没有这一列")), *((head, head) for head in heads if head)]
    found: dict[str, Any] = {
        f"{_PREFIX[what]}{each.code}": f.SelectField(
            named(each.name), choices=choices, default=at.get(each.code, "")
        )
        for each in fields_of(what).values()
    }
    found[f"{what}_unit"] = f.SelectField(
        _l("余额用什么单位？") if what == MEMBERS else _l("往来用什么单位？"),
        choices=list(UNITS.items()),
        default=guessed.unit,
    )
    if what == MEMBERS:
        listed = "; ".join(
            f"{kind}: {'/'.join(meanings(kind))}" for kind in sorted(set(WORDS_OF.values()))
        )
        found["words"] = f.LongTextField(
            _l("旧系统自己的写法"), hint=_l("每行一个，例如 sex: Frau = female。可用：") + listed
        )
    return found


def content_of(file: Any) -> bytes | None:
    """What was uploaded; a large file lies on disk and is closed here."""
    if not isinstance(file, FileStorage) or not file.filename:
        return None
    try:
        content: bytes = file.read()
    finally:
        file.close()
    return content or None


class ReasonForm(PageForm):
    """An act that needs a reason."""

    reason = f.LongTextField(_l("理由"), required=_l("请写明理由。"), max_length=LONGEST_TEXT)


class DecisionForm(ReasonForm):
    """An objection is answered."""

    upheld = f.ChoiceField(
        _l("异议有理吗？"),
        choices=[("yes", _l("有理，这一行不转入")), ("no", _l("没有理由，照常转入"))],
        required=_l("请选一项。"),
    )


class ListForm(PageForm):
    """A file comes in."""

    content = f.UploadField(_l("名单（CSV 或 XLSX）"), required=_l("请选择名单文件。"))


class LeaveForm(PageForm):
    """The code that came to the administrator's telephone."""

    code = f.CodeField(_l("短信里的验证码"), required=_l("请填写验证码。"))
