"""An elder's wishes in plain words."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.availability.wishes import SAME, WishForm
from services.rules.languages import LANGUAGES
from timebank.i18n import is_english

PARTS = {"morning": _l("上午"), "afternoon": _l("下午"), "evening": _l("晚上")}


def listed(texts: Sequence[str]) -> str:
    """Words one after the other."""
    return (", " if is_english() else "、").join(texts)


def languages(codes: Collection[str]) -> str:
    """Languages and dialects in the order of the list."""
    found = [name for code, name in LANGUAGES.items() if code in codes]
    return listed([name.en if is_english() else name.zh for name in found])


def spoken(codes: Collection[str], *, must: bool) -> str:
    """What should be spoken; nothing where it does not matter."""
    if not codes:
        return ""
    words = languages(codes)
    return (
        str(_("一定要会说%(languages)s", languages=words))
        if must
        else str(_("最好会说%(languages)s", languages=words))
    )


def sex(rule: WishForm) -> str:
    """Men or women."""
    if rule.sex != SAME:
        return str(_("男女都可以"))
    return str(_("一定要和我同性别的人")) if rule.sex_must else str(_("最好是和我同性别的人"))


def person(rule: WishForm) -> str:
    """The same person again, or anybody."""
    return str(_("最好是以前来过的人")) if rule.same_person else str(_("谁来都可以"))


def parts(rule: WishForm) -> str:
    """When somebody may come."""
    return listed([str(PARTS[part]) for part in rule.day_parts]) or str(_("什么时候都可以"))


def wish_words(rule: WishForm) -> str:
    """Everything that is wished, in one line."""
    said = [spoken(rule.languages, must=rule.language_must)]
    if rule.sex == SAME:
        said.append(sex(rule))
    if rule.same_person:
        said.append(person(rule))
    found = [each for each in said if each]
    return ("; " if is_english() else "；").join(found) or str(_("谁来都可以"))
