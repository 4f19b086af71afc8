"""Every act leaves an audit record: whoever calls ``once`` comes to ``audit.record``."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from tests.structure import tree

RECORD, ONCE = "audit.record", "once"
#: The frame of every act: what it records is a refusal, not the act.
FRAME = frozenset({ONCE, "_keep", "_done_or_undone", "_first_answer", "_remember"})


def named(call: ast.Call) -> Iterable[str]:
    """What a call calls: the bare name, and ``module.name`` where there is one."""
    called = call.func
    if isinstance(called, ast.Name):
        yield called.id
    elif isinstance(called, ast.Attribute):
        yield called.attr
        if isinstance(called.value, ast.Name):
            yield f"{called.value.id}.{called.attr}"


def calls_of(sources: Mapping[str, str]) -> dict[tuple[str, str], set[str]]:
    """(file, function) -> what it calls, in itself and in the functions within it."""
    return {
        (path, node.name): {
            name for call in ast.walk(node) if isinstance(call, ast.Call) for name in named(call)
        }
        for path, source in sources.items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
    }


def silent(sources: Mapping[str, str]) -> list[str]:
    """Functions that do an act and never come to an audit record, by name."""
    calls = calls_of(sources)
    by_name: dict[str, set[str]] = {}
    for (_path, name), found in calls.items():
        if name not in FRAME:
            by_name.setdefault(name, set()).update(found)
    recording = {name for name, found in by_name.items() if RECORD in found}
    while more := {
        name for name, found in by_name.items() if name not in recording and found & recording
    }:
        recording |= more
    return [
        f"{path}:{name}"
        for (path, name), found in calls.items()
        if ONCE in found and name not in FRAME and not (RECORD in found or found & recording)
    ]


def test_every_act_is_put_on_record() -> None:
    sources = {
        tree.short(path): path.read_text(encoding="utf-8")
        for path in tree.files(".py")
        if tree.short(path).startswith("services/")
    }
    assert sum("once(" in source for source in sources.values()) > 50
    tree.none_of(silent(sources))


def test_an_act_without_a_record_is_found() -> None:
    frame = "def once(ctx, book, act, content, do):\n    return do()\n"
    quiet = 'def move(ctx):\n    def do():\n        return {}\n    once(ctx, "b", "x", {}, do)\n'
    told = quiet.replace("return {}", "note(ctx)").replace("move", "tell")
    note = "def note(ctx):\n    audit.record(ctx)\n"
    found = silent({"a.py": frame, "b.py": quiet, "c.py": told, "d.py": note})
    assert found == ["b.py:move"]
