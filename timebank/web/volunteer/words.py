"""Words for codes that only these pages show."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from timebank.i18n import translated

_KINDS = {
    ("service", True): _l("服务所得"),
    ("service", False): _l("请人帮忙"),
    ("closed_door", True): _l("白跑一趟，公益池补的"),
    ("reversal", True): _l("冲正，补回"),
    ("reversal", False): _l("冲正，收回"),
}
_ORIGINS = {
    "earned": _l("服务所得"),
    "received": _l("别人转来"),
    "granted": _l("政府补助"),
}
_PURPOSES = {"elder_share": _l("请人帮忙预留")}
_PAPERS = {
    "valid": (_l("有效"), "good"),
    "ending": (_l("快到期"), "wait"),
    "ended": (_l("已到期"), "bad"),
    "later": (_l("还没开始"), "plain"),
}


def kind(code: str, amount_minutes: int) -> str:
    """What an entry was: the same kind reads differently coming in and going out."""
    known = _KINDS.get((code, amount_minutes > 0))
    return str(known or _l("其他往来"))


def origin(code: str) -> str:
    """Where coins came from."""
    return str(_ORIGINS.get(str(code), translated(str(code))))


def purpose(code: str) -> str:
    """What minutes are set aside for."""
    return str(_PURPOSES.get(code, _l("已留出")))


def paper(state: str) -> tuple[str, str]:
    """Word and tone of a certificate's state."""
    word, tone = _PAPERS[state]
    return str(word), tone
