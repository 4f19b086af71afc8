"""Forms of complaints: the filter, what is taken down, words of a side, decisions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l

from services.complaints.deciding import DECISIONS, LONGEST_REASON
from services.complaints.finding import LONGEST_TEXT
from services.complaints.reading import ComplaintFilter
from timebank.web.audit.forms import ALL, BooksFilter, IdFilter, NumberFilter
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.words import complaints as words


class ComplaintFilterForm(BooksFilter):
    """Complaints by state, kind, branch and day."""

    state = f.SelectField(_l("状态"), choices=list(words.STATES.items()), prompt=None)
    kind = f.SelectField(_l("种类"), choices=list(words.KINDS.items()), prompt=ALL)
    branch_id = IdFilter(_l("网点编号"))

    def wanted(self) -> ComplaintFilter:
        """What was chosen, for the service."""
        return ComplaintFilter(**self.given())


class TakeForm(PageForm):
    """What somebody says at the counter or by telephone."""

    how = f.ChoiceField(
        _l("怎样反映的？"),
        choices=[(code, words.HOW[code]) for code in ("phone", "counter")],
        required=_l("请选是打电话还是到网点来说。"),
    )
    number = NumberFilter(_l("谁反映的（志愿者编号）"), hint=_l("没有账户的人不填。"))
    contact = f.TextField(
        _l("没有账户的人：称呼和电话"), hint=_l("只有处理的人能看。"), max_length=80
    )
    kind = f.ChoiceField(
        _l("什么事？"),
        choices=list(words.KINDS.items()),
        required=_l("请从列表里选一种情况。"),
        hints=dict(words.HINTS),
    )
    against = NumberFilter(_l("说的是谁（志愿者编号）"), hint=_l("说的是网点，或者不知道，不填。"))
    branch_id = f.SelectField(_l("哪个网点的事"), choices=[], required=_l("请选是哪个网点的事。"))
    text = f.LongTextField(
        _l("他是怎么说的？"),
        required=_l("请照他说的写下来。"),
        hint=_l("写完念一遍，请他听听对不对。"),
        max_length=LONGEST_TEXT,
    )

    def __init__(self, *sent: Any, branches: Iterable[tuple[UUID, str]] = (), **kw: Any) -> None:
        """``branches`` are those whose affairs the actor may take down."""
        super().__init__(*sent, **kw)
        self.branch_id.choices = [(str(key), name) for key, name in branches]


class SideForm(PageForm):
    """What one side says, written down for it."""

    side = f.ChoiceField(
        _l("谁说的？"),
        choices=[(code, words.SIDES[code]) for code in ("other", "complainant")],
        required=_l("请选是哪一方说的。"),
    )
    text = f.LongTextField(
        _l("他是怎么说的？"), required=_l("请照他说的写下来。"), max_length=LONGEST_TEXT
    )
    files = f.FilesField(_l("证明材料"), hint=_l("照片或 PDF，可以不交。"))


class SideAppealForm(PageForm):
    """Why one side does not agree, written down for it."""

    side = f.ChoiceField(
        _l("谁申诉？"),
        choices=[(code, words.SIDES[code]) for code in ("complainant", "other")],
        required=_l("请选是哪一方说的。"),
    )
    text = f.LongTextField(
        _l("他为什么不同意？"), required=_l("请照他说的写下来。"), max_length=LONGEST_TEXT
    )


class DecideComplaintForm(PageForm):
    """The decision and its reason."""

    decision = f.ChoiceField(
        _l("处理结果"),
        choices=[(code, words.DECISIONS[code]) for code in DECISIONS],
        required=_l("请选处理结果。"),
        hints={"upheld": _l("对已入账的服务，会同时提出冲正，由两位管理员签署。")},
    )
    reason = f.LongTextField(
        _l("理由"),
        required=_l("请写明理由。"),
        hint=_l("双方都会看到，请写得让老人也看得懂，不写病情和住址。"),
        max_length=LONGEST_REASON,
    )


class DecideAppealForm(PageForm):
    """Whether an appeal against a dispute's decision is right."""

    decision = f.ChoiceField(
        _l("申诉成立吗？"),
        choices=[("upheld", _l("申诉成立")), ("dismissed", _l("申诉不成立"))],
        required=_l("请选申诉的结果。"),
    )
    reason = f.LongTextField(
        _l("理由"), required=_l("请写明理由。"), hint=_l("双方都会看到。"), max_length=500
    )
