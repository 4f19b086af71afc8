"""What a migration is going to do, read from its file: for a look beforehand, and for its rules.

A change of a table that was there before may take its lock for a moment, never for as long as the
table is large. What would is called a fault here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ONLINE = ("create_index_online", "add_check_online")
#: Operations that look at every row of their table, or write it anew, under its lock.
HEAVY = {
    "create_foreign_key": "looks at every row: add it NOT VALID and validate it afterwards",
    "create_check_constraint": "looks at every row: use add_check_online",
    "create_unique_constraint": "builds an index under a lock: use create_index_online",
    "create_primary_key": "builds an index under a lock",
    "create_index": "holds every writer until it is built: use create_index_online",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a migration. ``fault`` says why it would hold people up; '' if not."""

    operation: str
    table: str
    fault: str = ""

    def __str__(self) -> str:
        return f"{self.operation} {self.table}".strip()


@dataclass(frozen=True, slots=True)
class Plan:
    """A migration: its number, its title, and what it does in order."""

    revision: str
    title: str
    steps: tuple[Step, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything in it that would hold people up."""
        found = [f"{self.revision} {step}: {step.fault}" for step in self.steps if step.fault]
        online = [step for step in self.steps if step.operation in ONLINE]
        if online and len(online) != len(self.steps):
            found.append(f"{self.revision}: an online change stands in a migration of its own")
        return tuple(found)


def plan_of(path: Path) -> Plan:
    """Read one migration's file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    title = (ast.get_docstring(tree) or path.stem).splitlines()[0]
    upgrade = next(
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "upgrade"
    )
    fresh: set[str] = set()
    steps = tuple(_steps(upgrade, fresh))
    return Plan(path.name[:4], title, steps)


def _steps(upgrade: ast.FunctionDef, fresh: set[str]) -> Iterator[Step]:
    """In the order of the file: what was created above may be changed below at no cost."""
    calls = [node for node in ast.walk(upgrade) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        name = _operation(call)
        if name is None:
            continue
        words = [_text(argument) for argument in call.args]
        table = _table(name, words)
        if name == "create_table":
            fresh.add(table)
        yield Step(name, table, "" if table in fresh else _fault(name, call, words))


def _operation(call: ast.Call) -> str | None:
    """The name of an operation of Alembic's, or of a helper that is called by its own name."""
    function = call.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.attr if function.value.id in ("op", "batch") and _acts(function) else None
    if isinstance(function, ast.Name) and not function.id.startswith("_"):
        return function.id
    return None


def _acts(function: ast.Attribute) -> bool:
    return function.attr not in ("f", "get_bind", "get_context")


def _table(name: str, words: list[str]) -> str:
    place = 1 if name in (*HEAVY, *ONLINE) else 0
    return words[place] if name != "execute" and len(words) > place else ""


def _fault(name: str, call: ast.Call, words: list[str]) -> str:
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in HEAVY:
        return HEAVY[name]
    if name == "alter_column" and "type_" in given:
        return "may write every row anew: add a column, fill it in pieces, then change over"
    if name == "alter_column" and _is(given.get("nullable"), value=False):
        return "looks at every row: use add_check_online"
    if name == "add_column":
        return _column_fault(call.args[-1])
    if name == "execute" and _verb(words) in ("UPDATE", "DELETE", "INSERT"):
        return "touches many rows in one transaction: leave it to a job, in pieces"
    return ""


def _column_fault(column: ast.expr) -> str:
    if not isinstance(column, ast.Call):
        return ""
    given = {keyword.arg: keyword.value for keyword in column.keywords}
    default = given.get("server_default")
    if _is(given.get("nullable"), value=False) and default is None:
        return "fails where there are rows: give it a default, or let it be empty"
    if default is not None and any(
        isinstance(node, ast.Attribute) and node.attr == "func" for node in ast.walk(default)
    ):
        return "writes every row anew: a default that is worked out for each row"
    return ""


def _is(node: ast.expr | None, *, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _verb(words: list[str]) -> str:
    return words[0].split(maxsplit=1)[0].upper() if words and words[0].split() else ""


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return node.id if isinstance(node, ast.Name) else ""
