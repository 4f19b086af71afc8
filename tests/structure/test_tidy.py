"""The house is kept as it was meant: sizes, words, one commit, no floats, no inline script."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.structure import tree
from tests.structure.tree import for_each, none_of

TEXT = (".py", ".md", ".html", ".txt", ".css", ".js", ".po", ".toml", ".sh", ".json", ".jinja")
HERE = Path(__file__)

#: Words that have no business in a repository: loose ends, one person's machine, hosts that a
#: lock file must not depend on, and talk about how the text came about.
BANNED = re.compile(
    r"\b(TODO|FIXME|XXX|HACK)\b"
    r"|/work/|/root/|/home/\w|/tmp/notes|\bshared/(design|vectors|seeds)"
    r"|pypi\.org|pythonhosted\.org"
    r"|\b[Ii]ssue \d|\bas (requested|instructed)\b|\bthe brief\b"
    r"|\bsub-?agents?\b|\blanguage model\b|\bthe lead\b|\bAI[ -](generated|written|assisted)\b"
)

#: Files of the pure rules in which a fraction is not an amount, each with its reason.
FLOATS_ALLOWED: dict[str, str] = {}


def test_no_file_is_too_long() -> None:
    long = []
    for folder, most in [*((floor, 400) for floor in tree.FLOORS), ("tests", 600)]:
        for path in tree.files(".py", ".html", ".css", ".js", under=(folder,)):
            lines = path.read_text(encoding="utf-8").count("\n")
            if lines > most:
                long.append(f"{tree.short(path)}: {lines} lines")
    none_of(long)


def test_no_function_is_too_long() -> None:
    long = []
    for path in tree.python():
        for node in ast.walk(tree.parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > 50:
                    long.append(f"{tree.short(path)}:{node.name}: {lines} lines")
    none_of(long)


def test_no_line_is_too_long() -> None:
    long = [
        f"{tree.short(path)}:{number}"
        for path in tree.files(".py", ".css", ".js", ".sh", ".toml")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > 100 and "migrations/versions" not in path.as_posix()
    ]
    none_of(long)


def test_no_banned_words() -> None:
    found = [
        f"{tree.short(path)}:{number}: {match.group()}"
        for path in [*tree.files(*TEXT), tree.ROOT / "Makefile", tree.ROOT / ".ci" / "run"]
        if path != HERE
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (match := BANNED.search(line))
    ]
    none_of(found)


@pytest.mark.parametrize("words", ["# TODO later", "see /work/x", "as requested", "issue 2"])
def test_banned_words_are_recognised(words: str) -> None:
    assert BANNED.search(words)


@for_each(tree.python())
def test_a_module_says_what_it_is(path: Path) -> None:
    if path.name == "__init__.py" and not path.read_text(encoding="utf-8").strip():
        return
    assert ast.get_docstring(tree.parsed(path)), f"{tree.short(path)} has no docstring"


def test_services_and_models_do_not_print() -> None:
    printing = [
        f"{tree.short(path)}:{node.lineno}"
        for path in tree.python("services", "models")
        for node in ast.walk(tree.parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    none_of(printing)


def test_only_the_unit_of_work_commits() -> None:
    committing = [
        f"{tree.short(path)}:{node.lineno}"
        for path in tree.python()
        if tree.short(path) != "timebank/uow.py"
        for node in ast.walk(tree.parsed(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
    ]
    none_of(committing)


def test_amounts_are_never_floats() -> None:
    floats = [
        f"{tree.short(path)}:{node.lineno}"
        for path in [*tree.python("services/ledger", "services/rules"), _MODEL_LEDGER]
        if tree.short(path) not in FLOATS_ALLOWED
        for node in ast.walk(tree.parsed(path))
        if _is_float(node)
    ]
    none_of(floats)


_MODEL_LEDGER = tree.ROOT / "models" / "ledger.py"


def _is_float(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    if isinstance(node, ast.Name):
        return node.id in {"float", "Float", "Numeric"}
    return isinstance(node, ast.Attribute) and node.attr in {"Float", "Numeric", "Double"}


@pytest.mark.parametrize("text", ["1.5", "float(x)", "sa.Float()", "Numeric(10, 2)"])
def test_floats_are_recognised(text: str) -> None:
    assert any(_is_float(node) for node in ast.walk(ast.parse(text)))


INLINE = re.compile(
    r"<style\b"
    r"|<script\b(?![^>]*\bsrc=)"
    r"|<[^>]*\s(style|on[a-z]+)\s*="
    r"|javascript:",
    re.IGNORECASE,
)
ELSEWHERE = re.compile(
    r"<(script|link|img|iframe|source|video|audio|use|form|object|embed)\b[^>]*"
    r"\s(src|href|action|data)\s*=\s*[\"']?(https?:)?//"
    r"|@import\s+(url\()?[\"']?(https?:)?//|url\([\"']?(https?:)?//",
    re.IGNORECASE,
)


def test_templates_have_no_inline_script_or_style() -> None:
    none_of(_lines_with(INLINE, tree.files(".html", ".svg", under=("timebank",))))


def test_nothing_is_fetched_from_elsewhere() -> None:
    pages = tree.files(".html", ".css", ".js", ".svg", under=("timebank",))
    none_of(_lines_with(ELSEWHERE, pages))


def _lines_with(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    found = []
    for path in paths:
        # What the template language writes is not markup yet.
        text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for match in pattern.finditer(text):
            number = text.count("\n", 0, match.start()) + 1
            found.append(f"{tree.short(path)}:{number}: {match.group()[:60]}")
    return found


@pytest.mark.parametrize(
    "markup",
    [
        '<p style="color:red">',
        "<a onclick='x()'>",
        "<script>x()</script>",
        "<STYLE>",
        '<a href="javascript:x()">',
    ],
)
def test_inline_script_and_style_are_recognised(markup: str) -> None:
    assert INLINE.search(markup)


@pytest.mark.parametrize("markup", ['<script src="{{ x }}" defer></script>', "<p class=one>"])
def test_plain_markup_is_not_taken_for_inline(markup: str) -> None:
    assert not INLINE.search(markup)


@pytest.mark.parametrize(
    "markup",
    [
        '<script src="https://cdn.example/x.js">',
        '<link rel=stylesheet href="//cdn.example/x.css">',
        "@import url(https://x)",
        "background: url('http://x')",
    ],
)
def test_foreign_sources_are_recognised(markup: str) -> None:
    assert ELSEWHERE.search(markup)
