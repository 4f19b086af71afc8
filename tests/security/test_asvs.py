"""The table of the standard is whole, and every test that it names is there."""

from __future__ import annotations

import ast
import re
from functools import cache

from tests.structure.tree import ROOT

PAGE = ROOT / "docs" / "security" / "asvs.md"
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+(?:\.py)?(?:::\w+)?)`")


def rows() -> list[tuple[str, ...]]:
    """Number, level, what it asks, how, and by what it is held."""
    return [match.groups() for match in ROW.finditer(PAGE.read_text(encoding="utf-8"))]


@cache
def functions(name: str) -> frozenset[str]:
    """The tests of a file."""
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_no_requirement_is_missing() -> None:
    text = (ROOT / "tests" / "security" / "asvs.txt").read_text(encoding="utf-8")
    wanted = [tuple(line.split()) for line in text.splitlines()]
    assert [row[:2] for row in rows()] == wanted
    # As the standard counts itself.
    assert [level for _, level in wanted].count("1") == 70
    assert [level for _, level in wanted].count("2") == 183


def test_every_line_says_how_and_by_what() -> None:
    for number, _, asks, how, held in rows():
        assert asks.strip(), number
        assert len(how) > 3, number
        assert held == "**gap**" or held.startswith(("`tests/", "not applicable", "by reading")), (
            number
        )


def test_every_named_test_is_there() -> None:
    gone = []
    named = [each for row in rows() for each in NAMED.findall(" | ".join(row))]
    for each in named:
        path, _, function = each.partition("::")
        if not (ROOT / path).exists() or (function and function not in functions(path)):
            gone.append(each)
    assert not gone
    assert len(named) > 130


def test_the_counts_at_the_head_are_true() -> None:
    text = PAGE.read_text(encoding="utf-8")
    held = [row[4] for row in rows()]
    gaps = sum(each == "**gap**" for each in held)
    absent = sum(each.startswith("not applicable") for each in held)
    assert f"{len(held) - gaps - absent} are met, {absent} are about" in text
    assert f"and {gaps} are gaps" in text
