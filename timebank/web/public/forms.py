"""Forms of coming in and of the own account."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from services.scopes import SCOPES
from timebank.scope_words import SCOPE_NAMES
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

WHO = _l("手机号、志愿者编号或登录名")
_NEEDED = _l("请填写手机号、志愿者编号或登录名")


class LoginForm(PageForm):
    """Who it is, and the password."""

    who = f.TextField(WHO, required=_NEEDED, max_length=80, autocomplete="username")
    password = f.PasswordField(_l("密码"), required=_l("请填写密码"))


class AskCodeForm(PageForm):
    """Who wants a one-time code."""

    who = f.TextField(WHO, required=_NEEDED, max_length=80, autocomplete="username")


class EnterCodeForm(PageForm):
    """The code that came."""

    code = f.CodeField(_l("六位验证码"), required=_l("请填写短信里的六位验证码"))


class PasswordForm(PageForm):
    """A new password; the present one is asked for only where there is one."""

    current = f.PasswordField(_l("现在的密码"), required=_l("请填写现在的密码"))
    password = f.PasswordField(
        _l("新密码"),
        required=_l("请填写新密码"),
        autocomplete="new-password",
        hint=_l("10 个字符以上。可以用几个不相干的词连起来，好记又难猜。"),
    )
    again = f.PasswordField(
        _l("再写一次新密码"), required=_l("请再写一次新密码"), autocomplete="new-password"
    )

    def agree(self) -> bool:
        """Whether both are the same; if not, the second one says so."""
        if self.password.data == self.again.data:
            return True
        self.again.errors = [*self.again.errors, str(_l("两次填写的不一样，请再看一看。"))]
        return False


class TokenForm(PageForm):
    """A key for a program."""

    name = f.TextField(
        _l("给它起个名字"),
        required=_l("请写上名字，例如：社区报表"),
        max_length=60,
        hint=_l("好让您以后认得出是哪个程序在用。"),
    )
    days = f.ChoiceField(
        _l("多久有效"),
        choices=[("30", _l("30 天")), ("90", _l("90 天")), ("366", _l("一年"))],
        required=_l("请选一项"),
    )
    scopes = f.ManyField(
        _l("它能做什么"),
        choices=[(scope, SCOPE_NAMES[scope]) for scope in SCOPES],
        required=_l("请至少选一项"),
        hint=_l("只选它用得着的。“办理”也包括“查看”。"),
    )


class ContactFields(PageForm):
    """What may be changed by oneself at any time."""

    phone = f.PhoneField(_l("联系电话"))
    address = f.TextField(_l("住址"), max_length=120, autocomplete="street-address")
    contact = f.TextField(
        _l("紧急联系人"), max_length=80, hint=_l("姓名和电话，例如：女儿 13800000000")
    )
