"""The counter's forms about a death: report, verify, dismiss, undo, and the registry's list."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from services.estates.importing import COLUMNS
from services.estates.reporting import DeathReport
from services.estates.verifying import DeathCheck
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.words.estates import WORDS

EVIDENCE = list(WORDS["evidence"].items())


class _Death(PageForm):
    """The day, the hour where it is known, and the paper."""

    died_on = f.DateField(_l("哪一天去世的"), single=True, required=_l("请写上日期。"))
    died_time = f.TimeField(_l("几点几分"), hint=_l("证明上写着才填。"))
    paper_number = f.TextField(_l("证明的编号"), max_length=80)


class DeathReportForm(_Death):
    """Whose death is reported."""

    person = f.TextField(
        _l("谁去世了"),
        required=_l("请写编号或身份证号码。"),
        hint=_l("志愿者编号，或者身份证号码。"),
        max_length=24,
    )
    evidence = f.ChoiceField(_l("看到了哪一种证明？"), choices=[*EVIDENCE, ("", _l("还没有看到"))])

    def found(self, member_id: Any) -> DeathReport:
        """What was said of this member."""
        return DeathReport(
            member_id,
            self.died_on.data,
            self.died_time.data,
            self.evidence.data or None,
            self.paper_number.data or None,
        )


class DeathCheckForm(_Death):
    """What an official has read, the original in hand."""

    evidence = f.ChoiceField(
        _l("看的是哪一种证明？"), choices=EVIDENCE, required=_l("请选一种证明。")
    )
    paper_number = f.TextField(_l("证明的编号"), required=_l("请写上证明的编号。"), max_length=80)
    seen = f.TickField(
        _l("我看过原件，姓名、身份证号码和日期都对得上"), required=_l("请先核对原件。")
    )

    def found(self) -> DeathCheck:
        """As the service takes it."""
        return DeathCheck(
            self.died_on.data,
            self.evidence.data,
            self.paper_number.data or "",
            self.died_time.data,
        )


class WhyForm(PageForm):
    """Why a report is dismissed, or a mistake undone."""

    reason = f.LongTextField(
        _l("理由"), required=_l("请写明理由。"), hint=_l("留在档案里。"), max_length=500
    )


class ListForm(PageForm):
    """A list from the registry."""

    list = f.UploadField(
        _l("名单（CSV 文件）"),
        hint=_l(
            "第一行是列名：%(columns)s。每行写身份证号码或志愿者编号、去世日期、证明编号。",
            columns=",".join(COLUMNS),
        ),
        required=_l("请选择名单文件。"),
    )

    def content(self) -> bytes:
        """The list as it was uploaded."""
        file = self.list.data
        if not file:
            return b""
        try:
            content: bytes = file.read()
        finally:
            file.close()
        return content
