"""What pages of members and of the counter share about statements: signing, choosing, words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from services.context import Context
from services.errors import DomainError
from services.ledger.seals.signing import SigningKey
from services.portable.installations import InstallationView, known
from services.portable.reading import LeavingView
from timebank import wording
from timebank.i18n import is_english
from timebank.papers.account_sheet import receiver_of, title_of
from timebank.papers.accounts import statement_key
from timebank.web.acting import acted
from timebank.web.forms.base import PageForm


def signed(form: PageForm, work: Callable[[Context, SigningKey], object]) -> bool:
    """Perform an act that needs the operator's key; a missing key is a refusal on the form.

    The key is read before the unit of work: a first start makes it in one of its own.
    """
    if not form.validate_on_submit():
        return False
    try:
        key = statement_key()
    except DomainError as error:
        form.refuse(error)
        return False
    return acted(form, lambda ctx: work(ctx, key))


def receivers(ctx: Context) -> list[InstallationView]:
    """The installations that an account may be closed for."""
    return [each for each in known(ctx) if each.removed_at is None]


def name_of(installation: InstallationView) -> str:
    """Its name in the reader's language."""
    return installation.name_en if is_english() else installation.name


def choices(found: list[InstallationView]) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Choices for a form, and the fingerprint as each one's hint."""
    names = [(each.fingerprint, name_of(each)) for each in found]
    hints = {
        each.fingerprint: str(_("指纹 %(digits)s", digits=wording_of_digest(each.fingerprint)))
        for each in found
    }
    return names, hints


def wording_of_digest(digest: str) -> str:
    """A digest in groups of eight, to be compared by eye."""
    return " ".join(digest[start : start + 8] for start in range(0, len(digest), 8))


def consequences(it: LeavingView, there: str) -> list[str]:
    """What closing does, line by line."""
    carried = wording.duration(it.carried_minutes, is_english())
    lines = [
        _("自己挣的、别人赠的和继承的，一共 %(time)s，全部转出。", time=carried),
        _("这些时间由%(there)s凭对账单的文件收入一次，别处都不收。", there=there),
    ]
    if it.granted_minutes:
        granted = wording.duration(it.granted_minutes, is_english())
        lines.append(_("补助 %(time)s 带不走，留在这里，以后也不能用。", time=granted))
    lines += [
        _("实际服务的时间、荣誉和证书写在对账单里。"),
        _("账户关闭以后，不能再登录，服务卡、门牌和委托都停用。"),
        _("文件当场给，请马上存好。丢了可以带身份证到网点再拿一份。"),
        _("办好就不能撤回。对方收入以前，这些时间哪里都用不了。"),
    ]
    return [str(each) for each in lines]


FOR_TEMPLATES: dict[str, Any] = {
    "statement_title": title_of,
    "statement_receiver": receiver_of,
    "digest_words": wording_of_digest,
}
