"""What the pages about one's own data say for the codes of the services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

_WORDS: Mapping[str, Mapping[str, Any]] = {
    "kind": {"correct": _l("更正资料"), "erase": _l("注销并清除资料")},
    "state": {
        "open": _l("等答复"),
        "granted": _l("已同意，等反悔期过"),
        "refused": _l("没有同意"),
        "withdrawn": _l("已撤回"),
        "done": _l("已办好"),
    },
    "tone": {
        "open": "wait",
        "granted": "wait",
        "refused": "bad",
        "withdrawn": "plain",
        "done": "good",
    },
    "field": {
        "name": _l("姓名"),
        "sex": _l("性别"),
        "born_on": _l("出生日期"),
        "id_number": _l("身份证号码"),
        "phone": _l("联系电话"),
        "address": _l("住址"),
        "contact": _l("紧急联系人"),
    },
    "evidence": {
        "card": _l("身份证"),
        "household_book": _l("户口簿"),
        "police": _l("公安机关的证明"),
        "hospital": _l("医院的证明"),
        "own_word": _l("本人当面说明"),
    },
    "consent": {"health": _l("健康资料（照护等级）"), "place": _l("位置（住处在地图上的点）")},
    "answer": {"given": _l("同意"), "withdrawn": _l("不同意"), "unasked": _l("还没有问过您")},
    "lost": {
        "health": _l("照护等级和评估会马上删除，以后不按照护等级安排服务，也不能登记评估。"),
        "place": _l("地图上的位置会马上删除，以后只按网点配对，等的时间可能更长。"),
    },
    "gained": {
        "health": _l("网点可以登记照护等级，用来安排合适的人、计算互助时间。"),
        "place": _l("可以按远近配对，先找住得近的人。"),
    },
    "role": {
        "branch_staff": _l("网点工作人员"),
        "region_admin": _l("地区管理员"),
        "auditor": _l("监督人员"),
        "national_admin": _l("全国管理员"),
        "relative": _l("家人"),
        "member": _l("别的成员"),
    },
}


def word(kind: str, code: object) -> str:
    """The word of a code; one that is not known shows itself."""
    return str(_WORDS[kind].get(str(code), code))


def choices(kind: str) -> list[tuple[str, Any]]:
    """Codes and words for a field."""
    return list(_WORDS[kind].items())
