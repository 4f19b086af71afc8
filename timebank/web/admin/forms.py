"""Forms of those who administer a region or the nation."""

from __future__ import annotations

from uuid import UUID

from flask_babel import lazy_gettext as _l

from services.issuing import LARGEST_MINUTES
from services.notes import LONGEST_NOTE
from timebank.web.branch.words import choices
from timebank.web.forms import fields as f
from timebank.web.forms.base import FilterForm, PageForm

#: One time coin in standard minutes.
COIN_MINUTES = 60
_CHOOSE = _l("请选一项")


class ProposeForm(PageForm):
    """An issue, in whole coins, and what backs it."""

    coins = f.NumberField(
        _l("多少个时间币？"),
        hint=_l("1 个时间币是 1 小时。"),
        required=_l("请填写时间币的个数。"),
        low=1,
        high=LARGEST_MINUTES // COIN_MINUTES,
    )
    backing = f.LongTextField(
        _l("由什么作保障？"),
        hint=_l("写明资金或承诺的来源、文号、金额，签署的管理员和监督人员都会看到。"),
        required=_l("请写明这笔额度由哪一笔资金或承诺作保障。"),
        max_length=300,
    )


class FindTransferForm(FilterForm):
    """Which transfer to look at, by the number on a statement or an audit page."""

    transfer = f.TextField(
        _l("入账编号"),
        hint=_l("从成员的明细、服务页面或监督页面上抄来，32 位字母和数字，带短横线。"),
        max_length=40,
    )

    @property
    def transfer_id(self) -> UUID | None:
        """The number, if it can be one."""
        try:
            return UUID((self.transfer.data or "").strip())
        except ValueError:
            return None


class ReverseForm(PageForm):
    """Why a transfer is reversed: a code, since free text never enters the ledger."""

    reason = f.ChoiceField(
        _l("为什么冲正？"), choices=choices("reason"), required=_l("请从列表里选一个冲正原因。")
    )
    note = f.LongTextField(
        _l("写给签署的管理员"),
        hint=_l("说明怎么发现的。只写办事要用的话，最多 500 个字。"),
        max_length=500,
    )
    agree = f.TickField(
        _l("已经核对过上面每一个账户的变动"), required=_l("请先核对每一个账户的变动。")
    )


class NoteForm(PageForm):
    """A word beside a transfer."""

    text = f.LongTextField(
        _l("备注"),
        hint=_l("只写办事要用的话，不要写身份证号、电话、病情。最多 500 个字。"),
        required=_l("请写备注。"),
        max_length=LONGEST_NOTE,
    )


class CandidateForm(FilterForm):
    """Who is to be given an office."""

    number = f.TextField(
        _l("志愿者编号"), hint=_l("字母 V 和 12 位数字，请本人报给您。"), max_length=20
    )


class GrantForm(PageForm):
    """An office and where it holds."""

    number = f.HiddenField()
    role = f.ChoiceField(_l("什么岗位？"), choices=[], required=_CHOOSE)
    scope = f.SelectField(_l("管哪里？"), choices=[], required=_l("请选择网点或地区。"))


class BranchForm(PageForm):
    """A new branch and who runs it; a body that is not on the list is entered along with it."""

    name = f.TextField(_l("网点名称"), required=_l("请写上中文名和英文名。"), max_length=60)
    name_en = f.TextField(_l("英文名称"), required=_l("请写上中文名和英文名。"), max_length=80)
    region_code = f.SelectField(_l("在哪个街道？"), choices=[], required=_CHOOSE)
    address = f.TextField(_l("网点地址"), required=_l("请写网点的地址。"), max_length=120)
    phone = f.PhoneField(_l("网点电话"), required=_l("请写网点的电话。"), autocomplete="off")
    operator_id = f.SelectField(_l("由谁运营？"), choices=[], prompt=_l("不在名单里，下面另填"))
    operator_name = f.TextField(_l("新的运营单位"), max_length=60)
    operator_name_en = f.TextField(_l("运营单位的英文名称"), max_length=80)
    operator_kind = f.SelectField(_l("单位性质"), choices=choices("operator"))
    successor_rule = f.ChoiceField(
        _l("以后关闭时由谁接替？"),
        choices=choices("successor", leave=("named_branch",)),
        required=_CHOOSE,
    )


class CloseForm(PageForm):
    """Who takes over when a branch closes."""

    successor_id = f.SelectField(
        _l("由哪个网点接替？"), choices=[], required=_l("请写明由哪个网点接替。")
    )
    agree = f.TickField(
        _l("已告诉这个网点的成员和工作人员"), required=_l("请先告诉成员和工作人员。")
    )
