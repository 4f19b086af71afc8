"""The counter's forms for a person's record."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from services.rules.booking import SPEND_MOST_MINUTES
from timebank.web.branch.words import choices
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

_CHOOSE = _l("请选一项")
_NUMBER_HINT = _l("字母 V 和 12 位数字，印在对方的卡上。")


class FindForm(PageForm):
    """Whom somebody looks for. Sent as a form, so that no ID number stands in an address."""

    text = f.SearchField(
        _l("编号、身份证号码、电话或姓名"),
        hint=_l("身份证号码和电话要写全；姓名写开头几个字就行。每次查找都会留下记录。"),
        required=_l("请输入编号、身份证号码、电话或至少一个姓氏。"),
        autocomplete="off",
    )


class RegisterForm(PageForm):
    """Everything a new member's record needs; sex and birth date follow from the ID number."""

    name = f.TextField(_l("姓名"), required=_l("请写身份证上的姓名。"), max_length=40)
    id_number = f.IdNumberField(_l("身份证号码"), required=_l("请写身份证号码。"))
    region_code = f.SelectField(_l("住在哪里？"), choices=[], required=_l("请选择住的街道或村社。"))
    address = f.TextField(_l("详细住址"), hint=_l("小区、幢、室"), max_length=120)
    phone = f.PhoneField(_l("联系电话"), autocomplete="off")
    contact = f.TextField(
        _l("紧急联系人"), hint=_l("姓名和电话，例如：女儿李梅 13900000000"), max_length=80
    )
    wishes = f.ManyField(
        _l("来做什么？"),
        choices=[
            ("receive", _l("请人帮忙（服务对象）")),
            ("serve", _l("帮助别人（志愿者）")),
        ],
        required=_l("请至少选一项。"),
    )
    door_word = f.TextField(
        _l("敲门暗号"), hint=_l("老人自己定，2 到 12 个字，例如：梅花"), max_length=12
    )
    service_codes = f.ManyField(_l("愿意做哪些服务？"), choices=[])
    skills = f.TextField(_l("特长"), hint=_l("用顿号分开，例如：温州话、理发"), max_length=120)
    guardian_name = f.TextField(_l("监护人姓名"), max_length=40)
    guardian_relation = f.TextField(_l("与孩子的关系"), max_length=20)
    guardian_how = f.SelectField(_l("监护人怎样同意的？"), choices=choices("how_witnessed"))
    guardian_id_number = f.TextField(
        _l("监护人的身份证号码"), hint=_l("未满 14 岁必须填写"), max_length=20
    )
    terms_how = f.ChoiceField(
        _l("本人怎样同意服务协议的？"), choices=choices("how_witnessed"), required=_CHOOSE
    )
    terms = f.TickField(
        _l("已向本人讲清服务协议，本人同意"), required=_l("请先向本人讲清服务协议。")
    )
    health = f.TickField(_l("本人单独同意使用健康资料（照护等级）"))
    place = f.TickField(_l("本人单独同意使用住处的位置"))


class IdentityForm(PageForm):
    """How the identity was checked; and for a relative who signed up, how the elder agreed."""

    how = f.ChoiceField(_l("怎样核验的？"), choices=choices("check"), required=_CHOOSE)
    delegate_consent = f.ChoiceField(
        _l("老人怎样同意由这位家人代办？"),
        choices=[("none", _l("老人不同意，或者还没有问")), *choices("how_witnessed")],
        default="none",
    )
    delegate_hours = f.NumberField(
        _l("这位家人每月最多用老人多少小时？"),
        hint=_l("老人同意代办时填；不填就是不用老人的时间。"),
        low=0,
        high=SPEND_MOST_MINUTES // 60,
    )


class RefuseIdentityForm(PageForm):
    """Why a sign-up ends without an identity."""

    reason = f.ChoiceField(_l("为什么不通过？"), choices=choices("unknown"), required=_CHOOSE)


class AssessmentForm(PageForm):
    """A GB/T 42195 assessment."""

    grade = f.ChoiceField(_l("评估等级"), choices=[], coerce=str, required=_CHOOSE)
    total_score = f.NumberField(
        _l("评估总分"), hint=_l("0 到 100 分；填了会与等级核对。"), low=0, high=100
    )
    worse = f.ManyField(
        _l("有没有这些情况？"),
        choices=[("coma", _l("昏迷")), ("dementia", _l("认知症或其他精神障碍"))],
        hint=_l("标准允许因此调整等级。"),
    )
    risk_events = f.NumberField(_l("30 天内跌倒、噎食、走失等有几次？"), low=0, high=99)
    assessed_on = f.DateField(_l("评估日期"), single=True, required=_l("请写评估日期。"))
    assessor = f.TextField(
        _l("评估机构和评估员"), required=_l("请写评估机构和评估员。"), max_length=80
    )


class CircumstancesForm(PageForm):
    """Facts that entitle."""

    facts = f.ManyField(
        _l("符合哪些情况？"),
        choices=[
            ("lives_alone", _l("独居")),
            ("in_hardship", _l("特困、低保等困难情况")),
            ("special_family", _l("计划生育特殊家庭")),
            ("spends_under_age", _l("不到年龄、重度残疾，网点认定可以使用")),
        ],
        hint=_l("凭证件勾选。公益池排队、每月政策发放都按这些事实，不由个人挑选。"),
    )


class CertificateForm(PageForm):
    """A certificate whose paper staff have seen."""

    code = f.SelectField(_l("哪一种证书？"), choices=[], required=_CHOOSE)
    issuer = f.TextField(_l("发证单位"), required=_l("请写发证单位。"), max_length=80)
    reference = f.TextField(_l("证书编号"), required=_l("请写证书编号。"), max_length=80)
    valid_from = f.DateField(_l("从哪天起有效？"), single=True, required=_l("请写生效日期。"))
    valid_to = f.DateField(_l("到哪天为止？"), single=True, hint=_l("长期有效的不用填。"))


class KinForm(PageForm):
    """A relative, as proved by a paper."""

    other_number = f.TextField(
        _l("亲属的志愿者编号"),
        hint=_NUMBER_HINT,
        required=_l("请写亲属的志愿者编号。"),
        max_length=20,
    )
    relation = f.SelectField(
        _l("这位亲属是成员的什么人？"), choices=choices("relation"), required=_CHOOSE
    )
    evidence = f.TextField(
        _l("凭什么证明？"),
        hint=_l("例如：户口簿、结婚证"),
        required=_l("请写看过的证明。"),
        max_length=120,
    )


class DelegationForm(PageForm):
    """Who may act for the elder, in what, until when, and how the elder agreed."""

    delegate_number = f.TextField(
        _l("代办人的志愿者编号"),
        hint=_NUMBER_HINT,
        required=_l("请写代办人的志愿者编号。"),
        max_length=20,
    )
    scopes = f.ManyField(
        _l("可以代办什么？"), choices=choices("scope"), required=_l("请至少选一项。")
    )
    consent = f.ChoiceField(
        _l("老人怎样同意的？"), choices=choices("how_witnessed"), required=_CHOOSE
    )
    spend_hours = f.NumberField(
        _l("每月最多用老人多少小时？"),
        hint=_l("代为申请的服务一个月最多用老人这么多时间；写 0 表示不用老人的时间。"),
        low=0,
        high=SPEND_MOST_MINUTES // 60,
        required=_l("请写每月最多用多少小时，可以写 0。"),
    )
    ends_on = f.DateField(_l("到哪天为止？"), single=True, required=_l("请写结束日期。"))


class ConsentForm(PageForm):
    """A consent that staff take down."""

    kind = f.ChoiceField(_l("同意什么？"), choices=choices("consent_kind"), required=_CHOOSE)
    how = f.ChoiceField(_l("怎样同意的？"), choices=choices("how_witnessed"), required=_CHOOSE)
    given_by = f.TextField(
        _l("谁同意的？"),
        hint=_l("本人或监护人的姓名"),
        required=_l("请写同意人的姓名。"),
        max_length=80,
    )


class ContactForm(PageForm):
    """Contact details as they should stand from now on."""

    phone = f.PhoneField(_l("联系电话"), autocomplete="off")
    address = f.TextField(_l("详细住址"), max_length=120)
    contact = f.TextField(_l("紧急联系人"), hint=_l("姓名和电话"), max_length=80)
    region_code = f.SelectField(_l("住在哪里？"), choices=[], required=_l("请选择住的街道或村社。"))
    door_word = f.TextField(_l("敲门暗号"), max_length=12)


class TakingPartForm(PageForm):
    """What the member comes for from now on, and until when no new service is taken."""

    wishes = f.ManyField(
        _l("来做什么？"),
        choices=[
            ("receive", _l("请人帮忙（服务对象）")),
            ("serve", _l("帮助别人（志愿者）")),
        ],
    )
    paused_until = f.DateField(
        _l("暂停接单到哪天？"), single=True, hint=_l("空着就是不暂停。已经接的单照常。")
    )


class EndKinForm(PageForm):
    """Why a kinship is taken out of the register."""

    reason = f.TextField(_l("为什么删除？"), required=_l("请写明理由。"), max_length=120)


def offer(field: Any, found: Any, said: Any) -> None:
    """Give a field its choices: (code, name) pairs, the names in the reader's language."""
    field.choices = [(str(code), said(name)) for code, name in found]
