"""The forms behind which a batch is proposed, one for each kind, and the words for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from models.batches import BatchKind, BatchState
from services.batches.kinds.openings import MOST_MINUTES
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

#: One time coin in standard minutes.
COIN_MINUTES = 60
KIND_WORDS: Mapping[BatchKind, Any] = {
    BatchKind.GRANT: _l("政策发放"),
    BatchKind.IMPORT: _l("转入旧余额"),
    BatchKind.SESSION: _l("集体活动"),
    BatchKind.CLOSING: _l("清理账户"),
}
STATE_WORDS: Mapping[BatchState, tuple[Any, str]] = {
    BatchState.PROPOSED: (_l("等签署"), "wait"),
    BatchState.SIGNED: (_l("办理中"), "info"),
    BatchState.DONE: (_l("办完"), "good"),
    BatchState.WITHDRAWN: (_l("已撤回"), "plain"),
}
SHOWN_WORDS: Mapping[str, Any] = {
    "refused": _l("没有通过的"),
    "good": _l("通过的"),
    "all": _l("全部"),
}


class BatchForm(PageForm):
    """What a proposal needs beside its kind."""

    def terms(self) -> dict[str, Any]:
        """The terms as the service takes them."""
        raise NotImplementedError

    def content(self) -> bytes | None:
        """The list as it was uploaded; a large one lies in a file that is closed here."""
        file = self._fields["list"].data
        if not file:
            return b""
        try:
            content: bytes = file.read()
        finally:
            file.close()
        return content


def _list_field(hint: Any) -> Any:
    return f.UploadField(_l("名单（CSV 文件）"), hint=hint, required=_l("请选择名单文件。"))


class GrantBatchForm(BatchForm):
    """A grant for a quarter."""

    period = f.TextField(
        _l("哪个季度？"),
        hint=_l("例如 2026Q4。没有用完的，下一个季度末回到公益池。"),
        required=_l("请写明季度，例如 2026Q4。"),
        max_length=6,
    )
    list = _list_field(_l("第一行是 number,minutes，以后每行一位老人：志愿者编号和分钟数。"))

    def terms(self) -> dict[str, Any]:
        """The quarter."""
        return {"period": (self.period.data or "").strip().upper()}


class ImportBatchForm(BatchForm):
    """Opening balances, and how much the two signatures cover."""

    source = f.LongTextField(
        _l("余额从哪里来？"),
        hint=_l("写明原来的时间银行、凭据和保障，签署的管理员和监督人员都会看到。"),
        required=_l("请写明余额从哪里来。"),
        max_length=200,
    )
    coins = f.NumberField(
        _l("最多发行多少个时间币？"),
        hint=_l("签署的就是这个额度，名单合计不能超过它。1 个时间币是 1 小时。"),
        required=_l("请填写时间币的个数。"),
        low=1,
        high=MOST_MINUTES // COIN_MINUTES,
    )
    list = _list_field(
        _l(
            "第一行是 number,minutes,effective_on,account,reference：志愿者编号、分钟数、"
            "从哪一天起有（2026-03-05）、earned 或 received、凭据编号。"
        )
    )

    def terms(self) -> dict[str, Any]:
        """The source and the limit."""
        minutes = int(self.coins.data or 0) * COIN_MINUTES
        return {"source": self.source.data or "", "limit_minutes": minutes}


class SessionBatchForm(BatchForm):
    """One group session."""

    title = f.TextField(_l("什么活动？"), required=_l("请写活动的名称。"), max_length=60)
    held_on = f.DateField(_l("哪一天？"), required=_l("请写活动的日期。"))
    list = _list_field(
        _l(
            "第一行是 number,part,minutes：志愿者写 provider 和入账的分钟数；"
            "到场的老人写 recipient，约好没来的写 absent，分钟数空着。"
        )
    )

    def terms(self) -> dict[str, Any]:
        """What and when."""
        day = self.held_on.data
        return {"title": self.title.data or "", "held_on": day.isoformat() if day else ""}


class ClosingBatchForm(BatchForm):
    """The system makes this list by itself."""

    years = f.NumberField(
        _l("多少年没有动用才算？"),
        hint=_l("已经离开的人的空账户才会关闭。到期的政策发放一律回到公益池。"),
        required=_l("请填写年数。"),
        low=1,
        high=30,
    )

    def terms(self) -> dict[str, Any]:
        """The years."""
        return {"years": int(self.years.data or 0)}

    def content(self) -> bytes | None:
        """No list."""
        return None


FORMS: Mapping[BatchKind, type[BatchForm]] = {
    BatchKind.GRANT: GrantBatchForm,
    BatchKind.IMPORT: ImportBatchForm,
    BatchKind.SESSION: SessionBatchForm,
    BatchKind.CLOSING: ClosingBatchForm,
}
