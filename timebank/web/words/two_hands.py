"""Words for what two people sign: states, levels, and why something was entered by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

#: By kind, then by code.
WORDS: Mapping[str, Mapping[str, Any]] = {
    "reversal_state": {
        "proposed": _l("等第一位签署"),
        "signed": _l("等第二位签署"),
        "done": _l("已冲正"),
        "refused": _l("未同意"),
        "withdrawn": _l("已撤回"),
    },
    "entry_state": {
        "proposed": _l("等第二个人签署"),
        "signed": _l("已签署入账"),
        "refused": _l("未同意"),
        "withdrawn": _l("已撤回"),
        "lapsed": _l("没人签署，已作废"),
    },
    "entry_level": {
        "branch": _l("网点"),
        "street": _l("街道"),
        "county": _l("区县"),
    },
    "entry_kind": {
        "entry": _l("补录服务"),
        "correction": _l("更正服务"),
    },
    #: The colour of a state's tag.
    "two_hands_tone": {
        "proposed": "wait",
        "signed": "good",
        "done": "good",
        "refused": "bad",
        "withdrawn": "plain",
        "lapsed": "plain",
    },
}
