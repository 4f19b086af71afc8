"""The questions of joining, a few on each page."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from services.people.forms import DOCUMENT, SIGNATURE, VOICE
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

HOW = [
    (SIGNATURE, _l("书面签字")),
    (VOICE, _l("当面或电话里口头同意")),
    (DOCUMENT, _l("另有书面文件")),
]
RELATIONS = [
    ("child", _l("子女")),
    ("spouse", _l("配偶")),
    ("grandchild", _l("孙子女、外孙子女")),
    ("child_in_law", _l("儿媳、女婿")),
    ("sibling", _l("兄弟姐妹")),
]
SERVE, RECEIVE = "serve", "receive"


class WhoForm(PageForm):
    """As on the identity card."""

    name = f.TextField(
        _l("姓名"),
        required=_l("请写身份证上的姓名"),
        max_length=40,
        autocomplete="name",
        hint=_l("和身份证上一样。"),
    )
    sex = f.ChoiceField(
        _l("性别"),
        choices=[("female", _l("女")), ("male", _l("男"))],
        required=_l("请选一项"),
    )
    born_on = f.DateField(_l("出生日期"), required=_l("请写上出生年、月、日"), autocomplete="bday")
    id_number = f.IdNumberField(
        _l("身份证号码"),
        required=_l("请填写身份证号码"),
        hint=_l("只用来核对身份，加密保存，不会出现在别人的页面上。"),
    )


class RelationForm(PageForm):
    """What the relative at the keyboard is to the elder."""

    relation = f.ChoiceField(_l("您是老人的什么人？"), choices=RELATIONS, required=_l("请选一项"))


class GuardianForm(PageForm):
    """Who agrees for somebody under age."""

    guardian_name = f.TextField(_l("监护人姓名"), required=_l("请写监护人的姓名"), max_length=40)
    guardian_relation = f.ChoiceField(
        _l("监护人是孩子的什么人？"),
        choices=[("父亲", _l("父亲")), ("母亲", _l("母亲")), ("其他监护人", _l("其他监护人"))],
        required=_l("请选一项"),
    )
    guardian_how = f.ChoiceField(
        _l("监护人怎样表示同意？"),
        choices=HOW,
        required=_l("请选一项"),
        hint=_l("到网点核验身份时，请监护人一起来。"),
    )


class CountyForm(PageForm):
    """Where the person lives; only counties that take part."""

    county = f.SelectField(
        _l("住在哪个县（市、区）？"), choices=[], required=_l("请选一个县（市、区）")
    )


class BranchForm(PageForm):
    """Which branch, and which street."""

    branch_id = f.ChoiceField(
        _l("到哪个网点办理？"),
        choices=[],
        required=_l("请选一个网点"),
        hint=_l("以后审核、核验身份和打电话都找它。选离家近的就好。"),
    )
    region_code = f.SelectField(
        _l("住在哪个街道（乡镇）？"), choices=[], prompt=_l("不清楚，或不在列表里")
    )


class ReachForm(PageForm):
    """How to reach the person."""

    phone = f.PhoneField(
        _l("联系电话"),
        required=_l("请填写电话，登录验证码会发到这里"),
        hint=_l("登录用的验证码会发到这里。没有手机的老人可以写家人的电话。"),
    )
    address = f.TextField(_l("住址"), max_length=120, autocomplete="street-address")
    contact = f.TextField(
        _l("紧急联系人"), max_length=80, hint=_l("姓名和电话，例如：女儿 13800000000")
    )


class WishForm(PageForm):
    """What the person wants to do here."""

    wishes = f.ManyField(
        _l("想做什么？"),
        choices=[(SERVE, _l("帮助别人")), (RECEIVE, _l("请人帮忙"))],
        required=_l("请至少选一项"),
        hints={
            SERVE: _l("做志愿者。上过 4 小时基础课就能开始。"),
            RECEIVE: _l("一般从 60 岁起可以使用互助时间。"),
        },
        hint=_l("可以两项都选，以后也可以改。"),
    )


class OfferForm(PageForm):
    """What a volunteer can do."""

    skills = f.TextField(
        _l("会做什么？"), max_length=60, hint=_l("用逗号分开，例如：做饭，修水龙头，温州话")
    )
    service_codes = f.ManyField(_l("愿意提供哪些服务？"), choices=[])


class TermsForm(PageForm):
    """The agreement."""

    terms = f.TickField(
        _l("我看懂了，并且同意"), required=_l("同意以后才能登记；看不明白请打电话问我们")
    )
    health = f.TickField(
        _l("同意使用照护等级等健康资料，用来安排合适的人（可以不选）"),
        hint=_l("不选也能参加，只是不按照护等级安排。以后随时可以改。"),
    )
    place = f.TickField(
        _l("同意使用住处在地图上的位置，用来就近配对（可以不选）"),
        hint=_l("不选也能参加，只按网点配对。以后随时可以改。"),
    )


class FamilyTermsForm(PageForm):
    """The agreement, as the elder gave it."""

    terms = f.TickField(
        _l("已经把上面的话讲给老人听，老人本人同意"),
        required=_l("要老人本人同意才能登记；拿不准请打电话问我们"),
    )
    terms_how = f.ChoiceField(_l("老人怎样表示同意？"), choices=HOW, required=_l("请选一项"))
    health = f.TickField(
        _l("同意使用照护等级等健康资料，用来安排合适的人（可以不选）"),
        hint=_l("不选也能参加，只是不按照护等级安排。以后随时可以改。"),
    )
    place = f.TickField(
        _l("同意使用住处在地图上的位置，用来就近配对（可以不选）"),
        hint=_l("不选也能参加，只按网点配对。以后随时可以改。"),
    )


class SendForm(PageForm):
    """The button below the answers."""
