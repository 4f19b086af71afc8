"""Languages: Chinese is the source, English is merged from small .po files at start.

No compiled catalogue lies in the repository: every ``translations/en/<area>.po`` is read once
and compiled in memory, so a changed sentence needs a restart and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request
from flask_babel import Babel, Domain, force_locale, get_locale, gettext

from services.outbox import ACTED_BY, ACTED_FOR_YOU
from timebank import wording
from timebank.cookies import cookie_name

LANGUAGES = {"zh": "中文", "en": "English"}
COOKIE = "lang"
_FOLDER = Path(__file__).parent / "translations"


def merged_catalogue(folder: Path) -> Catalog:
    """All areas' English in one catalogue; the first file in name order keeps a shared sentence."""
    merged = Catalog(locale="en", domain="messages", charset="utf-8")
    for path in sorted(folder.glob("*.po")):
        with path.open("rb") as stream:
            area = read_po(stream, locale="en", abort_invalid=True)
        for message in area:
            known = message.id and merged.get(message.id, message.context)
            if message.id and message.string and not known:
                merged.add(message.id, message.string, context=message.context)
    return merged


def compiled(catalogue: Catalog) -> Translations:
    """The catalogue as gettext translations, without a file on disk."""
    buffer = BytesIO()
    write_mo(buffer, catalogue)
    buffer.seek(0)
    return Translations(buffer)


class MemoryDomain(Domain):  # type: ignore[misc]
    """Serves the merged English; every other locale reads the source sentences."""

    def __init__(self, english: Translations) -> None:
        super().__init__()
        self._english = english
        self._source = NullTranslations()

    def get_translations(self) -> NullTranslations:
        """The translations of this request's language."""
        return self._english if is_english() else self._source


class _TimebankBabel(Babel):  # type: ignore[misc]
    @cached_property
    def domain_instance(self) -> MemoryDomain:
        return MemoryDomain(compiled(merged_catalogue(_FOLDER / "en")))


def init_i18n(app: Flask) -> None:
    """Give the application its languages and its time zone."""
    _TimebankBabel().init_app(
        app,
        default_locale="zh",
        default_timezone="Asia/Shanghai",
        locale_selector=choose_locale,
    )


def choose_locale() -> str:
    """The chosen language; else Chinese, unless the browser asks for English and nothing else."""
    if not has_request_context():
        return "zh"
    chosen = request.cookies.get(cookie_name(COOKIE))
    if chosen in LANGUAGES:
        return chosen
    wanted = [value for value in request.accept_languages.values() if value != "*"]
    only_english = bool(wanted) and all(value.lower().startswith("en") for value in wanted)
    return "en" if only_english else "zh"


def is_english() -> bool:
    """True where the reader's language is English; outside a request it is Chinese."""
    locale = get_locale()
    return locale is not None and locale.language == "en"


def html_lang() -> str:
    """The value of the page's ``lang`` attribute."""
    return "en" if is_english() else "zh-CN"


def translated(text: str) -> str:
    """A sentence from data (not from a literal) in the reader's language."""
    # gettext of "" is the catalogue's header, which nobody should ever read.
    return str(gettext(text)) if text else ""


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language to a reader who is not looking at a page now; within an application."""
    with force_locale("en" if language == "en" else "zh"):
        yield


def say(sentence: str, params: Mapping[str, Any] | None = None, language: str | None = None) -> str:
    """Translate a Chinese sentence with ``{params}`` and fill it for a reader.

    The language is that of the page that is being made, or the one that is given.

    Params that end in ``_minutes`` become durations, those in ``_fen`` yuan, days and moments are
    written out, texts that the catalogue knows are translated, lists are joined. A gap without a
    param stays as it is: a half-filled sentence is better than an error page about an error.
    """
    if language is not None:
        with speaking(language):
            return say(sentence, params)
    shown = {name: _shown(name, value) for name, value in (params or {}).items()}
    language = "_en" if is_english() else "_zh"
    # A name kept in both languages: ``service_zh`` and ``service_en`` fill ``{service}``.
    shown |= {name[:-3]: shown[name] for name in list(shown) if name.endswith(language)}
    text = translated(sentence)
    if ACTED_BY in shown:
        text += translated(ACTED_FOR_YOU)
    if not is_english():
        text = _spaced(text, shown)
    try:
        return text.format_map(_Gaps(shown))
    except (ValueError, IndexError, AttributeError, TypeError):
        return text


_AS_THEY_ARE = frozenset(
    "door_word visitor elder delegate asker proposer volunteer giver receiver acted_by payer"
    " guardian ward".split()
)
_HAN = "[\u3400-\u9fff]"


def _spaced(text: str, shown: Mapping[str, str]) -> str:
    """Chinese with a space where a sentence's own characters meet a figure that fills a gap."""

    def before(gap: re.Match[str]) -> str:
        value = shown.get(gap[1], "")
        return (" " if value[:1].isascii() and value[:1].isalnum() else "") + gap[0]

    def after(gap: re.Match[str]) -> str:
        value = shown.get(gap[1], "")
        return gap[0] + (" " if value[-1:].isascii() and value[-1:].isalnum() else "")

    text = re.sub(rf"(?<={_HAN})\{{(\w+)\}}", before, text)
    return re.sub(rf"\{{(\w+)\}}(?={_HAN})", after, text)


class _Gaps(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def _shown(name: str, value: Any) -> str:
    english = is_english()
    if isinstance(value, bool) or value is None:
        return _yes_no(value)
    if isinstance(value, int) and name.endswith(("_minutes", "_fen")):
        write = wording.yuan if name.endswith("_fen") else wording.duration
        return write(value, english)
    if isinstance(value, int | float):
        # A year or another short figure is read as it stands.
        return str(value) if abs(value) < 10_000 else wording.number(value)
    if isinstance(value, datetime):
        return wording.moment(value, english)
    if isinstance(value, date):
        return wording.day(value, english, year=True)
    if isinstance(value, time):
        return wording.clock(value, english)
    if isinstance(value, list | tuple | set | frozenset):
        return (", " if english else "、").join(_shown(name, each) for each in value)
    # What somebody is called, and says at the door, is the same in every language.
    return str(value) if name in _AS_THEY_ARE else translated(str(value))


def _yes_no(value: bool | None) -> str:
    if value is None:
        return ""
    return str(gettext("是") if value else gettext("否"))
