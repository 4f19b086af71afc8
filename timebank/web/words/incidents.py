"""What an incident may be about, and where a report stands, in the words of every audience."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

KINDS = {
    "hurt": _l("有人受伤，或者身体受到侵犯"),
    "money": _l("钱、财物"),
    "conduct": _l("说的话、做的事不合适"),
    "fear": _l("让人害怕、不安全"),
    "other": _l("别的事"),
}
STATES = {
    "open": _l("等待核实"),
    "lifted": _l("可以再见面"),
    "kept_apart": _l("不再见面"),
}
