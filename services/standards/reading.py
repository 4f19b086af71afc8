"""The published standard of a service: steps, what to do and what not, and a checklist.

Written in our own words after the content areas of GB/T 43153. What everybody does and nobody
does is said once, and holds for every service.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from services.errors import NotFound
from services.rules.names import Name
from services.rules.tables import table


class StandardUnknown(NotFound):
    """没有这项服务的标准。"""

    code = "standard_unknown"


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a checklist; its code stays for ever, its words may change."""

    code: str
    name: Name


@dataclass(frozen=True, slots=True)
class Standard:
    """How one service is done. ``version`` is the table's, kept with every tick."""

    service_code: str
    version: str
    steps: tuple[Name, ...]
    dos: tuple[Name, ...]
    donts: tuple[Name, ...]
    #: What holds for every service.
    common_dos: tuple[Name, ...]
    common_donts: tuple[Name, ...]
    checklist: tuple[Point, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the checklist, in its order."""
        return tuple(each.code for each in self.checklist)

    def points(self, codes: Iterable[str]) -> tuple[Point, ...]:
        """The points with these codes, in the order of the checklist."""
        wanted = frozenset(codes)
        return tuple(each for each in self.checklist if each.code in wanted)


def standard(service_code: str) -> Standard:
    """The standard of a service of the catalogue; raises StandardUnknown."""
    found = standards().get(service_code)
    if found is None:
        raise StandardUnknown
    return found


@cache
def standards() -> Mapping[str, Standard]:
    """Every published standard by the service's code, in the order of the table."""
    known = table("standards")
    common = known.content["common"]
    return {
        each["code"]: Standard(
            service_code=each["code"],
            version=known.version,
            steps=_names(each["steps"]),
            dos=_names(each["dos"]),
            donts=_names(each["donts"]),
            common_dos=_names(common["dos"]),
            common_donts=_names(common["donts"]),
            checklist=tuple(Point(one["code"], _name(one)) for one in each["checklist"]),
        )
        for each in known.content["services"]
    }


def _names(rows: Iterable[Mapping[str, Any]]) -> tuple[Name, ...]:
    return tuple(_name(each) for each in rows)


def _name(row: Mapping[str, Any]) -> Name:
    return Name(row["zh"], row["en"])
