"""Languages and dialects, as data: what is spoken at home is often not what is spoken at school."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from services.rules.names import Name

#: Codes are ISO 639-3 where there is one; 温州话 is a branch of Wu that other Wu speakers do not
#: understand, 四川话 one of Mandarin, so they have codes of their own.
LANGUAGES: Mapping[str, Name] = MappingProxyType(
    {
        "cmn": Name("普通话", "Mandarin"),
        "wenzhou": Name("温州话", "Wenzhounese"),
        "wuu": Name("吴语（上海话、苏州话等）", "Wu (Shanghainese, Suzhounese)"),
        "nan": Name("闽南话", "Southern Min"),
        "cdo": Name("闽东话（福州话）", "Eastern Min (Fuzhou)"),
        "yue": Name("粤语", "Cantonese"),
        "hak": Name("客家话", "Hakka"),
        "gan": Name("赣语", "Gan"),
        "hsn": Name("湘语", "Xiang"),
        "cjy": Name("晋语", "Jin"),
        "sichuan": Name("四川话", "Sichuanese"),
        "bod": Name("藏语", "Tibetan"),
        "uig": Name("维吾尔语", "Uyghur"),
        "mon": Name("蒙古语", "Mongolian"),
        "zha": Name("壮语", "Zhuang"),
        "kor": Name("朝鲜语", "Korean"),
        "csl": Name("手语", "Chinese Sign Language"),
        "eng": Name("英语", "English"),
    }
)
#: Spoken by whoever has said nothing.
DEFAULT = "cmn"


def spoken(stated: Collection[str]) -> frozenset[str]:
    """What somebody speaks: Mandarin where nothing has been said."""
    return frozenset(stated) or frozenset({DEFAULT})


def understands(stated: Collection[str], wished: Collection[str]) -> bool:
    """Whether two people share a language of those that are wished; no wish suits everybody."""
    return not wished or not spoken(stated).isdisjoint(wished)


def names(codes: Collection[str]) -> dict[str, str]:
    """As sentence parameters, in the order of the list."""
    found = [name for code, name in LANGUAGES.items() if code in codes]
    return {
        "languages_zh": "、".join(name.zh for name in found),
        "languages_en": ", ".join(name.en for name in found),
    }
