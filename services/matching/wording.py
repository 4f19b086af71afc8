"""Why somebody stands where they stand, in words: the largest differences to the middle one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.matching.tasks import Reason, Task
from services.rules.languages import names
from services.rules.matching import MILLI

#: So many reasons are told, and none that makes less than a minute of difference.
MOST_REASONS, LEAST_DIFFERENCE = 3, MILLI

#: By term: what is said of less and of more than the middle one has.
SENTENCES: Mapping[str, tuple[str, str]] = {
    "travel": ("路近，单程约 {travel_minutes}", "路远一些，单程约 {travel_minutes}"),
    "continuity": ("近一年来过 {times} 次", "近一年没有来过"),
    "wished": ("老人希望由这一位来", ""),
    "dialect": ("会说{languages}", "不会说{languages}"),
    "preferred_sex": ("合老人对性别的愿望", "不合老人对性别的愿望"),
    "reliability": (
        "守约和评价都好（{percent}%）",
        "守约或者评价差一些（{percent}%）",
    ),
    "load": ("这一周的服务少（{week_minutes}）", "这一周的服务已经多（{week_minutes}）"),
    "freshness": ("近来没有打扰过", "最近刚问过"),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the sentences speak of."""

    travel_minutes: int
    times: int
    reliable_permille: int
    week_minutes: int


def reasons(
    task: Task, terms: Mapping[str, int], middle: Mapping[str, int], facts: Facts
) -> tuple[Reason, ...]:
    """The largest differences first; those against somebody are told as well."""
    apart = {code: terms[code] - middle[code] for code in terms}
    told = sorted(
        (code for code, gap in apart.items() if abs(gap) >= LEAST_DIFFERENCE),
        key=lambda code: (-abs(apart[code]), code),
    )
    said = [_reason(code, apart[code] > 0, task, facts) for code in told]
    return tuple(each for each in said if each.sentence)[:MOST_REASONS]


def _reason(code: str, more: bool, task: Task, facts: Facts) -> Reason:
    params: dict[str, Any] = {}
    if code == "travel":
        params = {"travel_minutes": facts.travel_minutes}
    elif code == "continuity" and not more:
        params = {"times": facts.times}
    elif code == "dialect":
        params = names(task.languages)
    elif code == "reliability":
        params = {"percent": facts.reliable_permille // 10}
    elif code == "load":
        params = {"week_minutes": facts.week_minutes}
    return Reason(f"{code}_{'more' if more else 'less'}", SENTENCES[code][more], params)
