"""Forms of work sheets: the filter of the inbox, and one form for each act."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l

from models.sheets import SheetKind
from services.queries.audit.listing import Person
from services.sheets.closing import OUTCOMES
from services.sheets.finding import LONGEST_TEXT
from services.sheets.reading import SheetFilter
from timebank.web.audit.forms import ALL, BooksFilter, IdFilter
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.oversight import sheet_words as words


class SheetFilterForm(BooksFilter):
    """Sheets by owner, state, kind, what they are about, branch and day."""

    whose = f.SelectField(_l("谁的"), choices=list(words.WHOSE.items()), prompt=ALL)
    state = f.SelectField(_l("状态"), choices=list(words.STATES.items()), prompt=None)
    kind = f.SelectField(_l("种类"), choices=list(words.KINDS.items()), prompt=ALL)
    about = f.SelectField(_l("关于"), choices=list(words.ABOUT.items()), prompt=ALL)
    branch_id = IdFilter(_l("网点编号"))

    def wanted(self) -> SheetFilter:
        """What was chosen, for the service."""
        given = self.given()
        kind = given.get("kind")
        return SheetFilter(**{**given, "kind": SheetKind(kind) if kind else None})


class OpenSheetForm(PageForm):
    """A sheet about the thing in the address."""

    kind = f.ChoiceField(
        _l("开哪一种？"),
        choices=list(words.KINDS.items()),
        required=_l("请从列表里选一种工作单。"),
        hints={
            "warning": _l("先提醒，由网点核对。"),
            "supervision": _l("要求整改，由区县结束。"),
            "progress": _l("跟进一件要落实的事。"),
        },
    )
    text = f.LongTextField(
        _l("要办什么？"),
        required=_l("请写明要办什么。"),
        hint=_l("只写办事要用的话，不写老人的病情和住址。"),
        max_length=LONGEST_TEXT,
    )


class HandOnForm(PageForm):
    """To whom, and why."""

    to_id = f.SelectField(_l("转交给谁"), required=_l("请选一位。"), choices=[])
    text = f.LongTextField(_l("要交代的话"), max_length=LONGEST_TEXT)

    def __init__(self, *sent: Any, people: Iterable[Person] = (), **kwargs: Any) -> None:
        """``people`` are those who may take it."""
        super().__init__(*sent, **kwargs)
        self.to_id.choices = [(str(each.id), f"{each.name} {each.number}") for each in people]


class NoteForm(PageForm):
    """What was done, with evidence."""

    text = f.LongTextField(
        _l("办到哪里了？"), required=_l("请写明办到哪里了。"), max_length=LONGEST_TEXT
    )
    files = f.FilesField(_l("证明材料"), hint=_l("照片或 PDF，可以不交。"))


class ReasonForm(PageForm):
    """Words that others read: why it goes on to the next kind, or why one appeals."""

    text = f.LongTextField(_l("理由"), required=_l("请写明理由。"), max_length=LONGEST_TEXT)


class CloseForm(PageForm):
    """How it ended."""

    outcome = f.ChoiceField(
        _l("办理结果"),
        choices=[(code, words.OUTCOMES[code]) for code in OUTCOMES],
        required=_l("请选办理结果。"),
    )
    reason = f.LongTextField(_l("理由"), required=_l("请写明理由。"), max_length=LONGEST_TEXT)


class DecideSheetForm(PageForm):
    """Whether a branch's appeal is right."""

    decision = f.ChoiceField(
        _l("申诉成立吗？"),
        choices=[("upheld", _l("申诉成立")), ("dismissed", _l("申诉不成立"))],
        required=_l("请选申诉的结果。"),
    )
    reason = f.LongTextField(_l("理由"), required=_l("请写明理由。"), max_length=LONGEST_TEXT)
