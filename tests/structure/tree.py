"""The files of the project, as the checks of its shape see them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("models", "services", "timebank")
#: Folders that are made, not written.
_MADE = {".venv", ".git", "instance", "__pycache__", "node_modules"}


def files(*suffixes: str, under: tuple[str, ...] = ("",)) -> list[Path]:
    """All written files below the given folders whose names end so; all of them without."""
    found = {path for folder in under for path in _walk(ROOT / folder)}
    return sorted(path for path in found if not suffixes or path.name.endswith(suffixes))


def python(*floors: str) -> list[Path]:
    """The Python files of some floors; of all three without."""
    return files(".py", under=floors or FLOORS)


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def short(path: Path) -> str:
    """The path as it is written in messages."""
    return path.relative_to(ROOT).as_posix()


def none_of(findings: Iterable[str]) -> None:
    """Fail with every finding on a line of its own."""
    found = sorted(findings)
    assert not found, "\n  " + "\n  ".join(found)


def for_each(things: Iterable[Any]) -> Callable[[Callable[[Any], None]], Callable[[], None]]:
    """One test that holds each of many things to the same, and names all that fail.

    A test for each would cost more than what it looks at.
    """

    def of(check: Callable[[Any], None]) -> Callable[[], None]:
        def test() -> None:
            none_of(f"{thing}: {error}" for thing in things if (error := _fails(check, thing)))

        test.__name__, test.__module__ = check.__name__, check.__module__
        test.__doc__ = check.__doc__
        return test

    return of


def _fails(check: Callable[[Any], None], thing: Any) -> AssertionError | None:
    try:
        check(thing)
    except AssertionError as error:
        return error
    return None


def docstrings(tree: ast.Module) -> set[int]:
    """The identities of the constants that are docstrings."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, owners) and node.body and isinstance(node.body[0], ast.Expr)
    }


def _walk(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        for path in folder.iterdir():
            if path.name in _MADE or path.name.endswith("_cache"):
                continue
            if path.is_dir():
                yield from _walk(path)
            else:
                yield path
