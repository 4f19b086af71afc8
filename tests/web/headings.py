"""Counts the h1 that a template can write, along every branch of it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, nodes

from tests.web.kit import TEMPLATES

ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES), extensions=["jinja2.ext.i18n"], autoescape=True
)
#: Macros of the kit that write the page's h1.
WRITERS = {"heading", "question", "confirmed"}

Range = tuple[int, int]
NONE: Range = (0, 0)
ONE: Range = (1, 1)


@cache
def parsed(name: str) -> nodes.Template:
    return ENVIRONMENT.parse((TEMPLATES / name).read_text(encoding="utf-8"))


def page_names() -> list[str]:
    """Templates that a view renders: no layouts, components, partials or mail texts."""
    return [
        name
        for path in sorted(TEMPLATES.rglob("*.html"))
        if not is_part(name := path.relative_to(TEMPLATES).as_posix())
    ]


def is_part(name: str) -> bool:
    return name.split("/", 1)[0] in {"layouts", "components"} or Path(name).name.startswith("_")


def parent(name: str) -> str | None:
    """The template that this one extends; a page of every face is told its layout as ``face``."""
    found = parsed(name).find(nodes.Extends)
    if found is None:
        return None
    if isinstance(found.template, nodes.Name) and found.template.name == "face":
        return "layouts/base.html"
    return str(found.template.value) if isinstance(found.template, nodes.Const) else None


def blocks(name: str) -> set[str]:
    return {block.name for block in parsed(name).find_all(nodes.Block)}


def headings(name: str) -> Range:
    """Fewest and most h1 that this template itself can write."""
    tree = parsed(name)
    local = {macro.name: _sum(macro.body, {}) for macro in tree.find_all(nodes.Macro)}
    return _sum(tree.body, local)


def _sum(body: Iterable[nodes.Node], local: dict[str, Range]) -> Range:
    least = most = 0
    for node in body:
        low, high = _of(node, local)
        least, most = least + low, most + high
    return least, most


def _of(node: nodes.Node, local: dict[str, Range]) -> Range:
    if isinstance(node, nodes.TemplateData):
        count = node.data.lower().count("<h1")
        return count, count
    if isinstance(node, nodes.Macro):
        return NONE
    if isinstance(node, nodes.If):
        arms = [node.body, *(each.body for each in node.elif_), node.else_]
        return _either([_sum(arm, local) for arm in arms])
    if isinstance(node, nodes.CondExpr):
        arms = [node.expr1, *([node.expr2] if node.expr2 else [])]
        return _either([_of(arm, local) for arm in arms])
    if isinstance(node, nodes.For):
        _low, high = _sum(node.body, local)
        # A heading for every row is never one heading.
        return (0, high * 2) if high else _sum(node.else_, local)
    if isinstance(node, nodes.Include) and isinstance(node.template, nodes.Const):
        return headings(str(node.template.value))
    if isinstance(node, nodes.Call):
        return _call(node, local)
    return _sum(node.iter_child_nodes(), local)


def _call(node: nodes.Call, local: dict[str, Range]) -> Range:
    called = node.node
    inner = _sum(node.args, local)
    if isinstance(called, nodes.Getattr) and called.attr in WRITERS:
        return ONE[0] + inner[0], ONE[1] + inner[1]
    if isinstance(called, nodes.Name):
        own = local.get(called.name, NONE)
        return own[0] + inner[0], own[1] + inner[1]
    return inner


def _either(arms: list[Range]) -> Range:
    return min(low for low, _ in arms), max(high for _, high in arms)
