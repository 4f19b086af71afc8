"""Reads SQL well enough to say whether every table of a book is held to its book.

A distributed server answers a statement on one node when each table of a book in it carries
``book = …``, by itself or through a join with one that does, and refuses to lock rows otherwise.
One server never complains, so the tests do: see ``tests.guard``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint

from models.tables import Base

#: A word or a sign, or what stands between brackets (or CASE and END).
Part: TypeAlias = "str | Group"
Parts: TypeAlias = Sequence[Any]

#: A plus before a name changes nothing: it only keeps SQLite from an index.
_TOKEN = re.compile(
    r"""(?P<skip>\s+|--[^\n]*|/\*.*?\*/|\+(?=[A-Za-z_]))
    |(?P<text>'(?:[^']|'')*'|\$\$.*?\$\$)
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<value>%\(\w+\)[sbt]|%[sbt]|\$\d+|(?<!:):[A-Za-z_]\w*|\?|\d+(?:\.\d+)?)
    |(?P<name>[A-Za-z_]\w*)
    |(?P<sign>::|<=|>=|<>|!=|\|\||->>|->|%%|.)""",
    re.VERBOSE | re.DOTALL,
)
#: A statement over all books says so, where no execution option can.
MARK = re.compile(r"/\*\s*cross_book\s*\*/")
#: The long form in which rows are written in bulk: its values need no reading.
_BULK = re.compile(r"\s*INSERT INTO (\w+) \(([^()]*)\) VALUES (?!.*\bSELECT\b)", re.DOTALL)

#: A long list of values says no more than a short one, and would be kept in memory.
_LONG = re.compile(r"(\(?(?:%\(\w+\)s|%s|\?)(?:::\w+)?\)?(?:, )?){6,}")

#: How a column is held: to nothing, to one of several values, to one value.
FREE, MANY, ONE = 0, 1, 2
QUERIES = ("SELECT", "VALUES", "WITH", "INSERT", "UPDATE", "DELETE")
_CLAUSES = {
    "SELECT": ("SELECT", "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET",
               "FETCH", "FOR"),
    "UPDATE": ("UPDATE", "SET", "FROM", "WHERE", "RETURNING"),
    "DELETE": ("DELETE", "FROM", "USING", "WHERE", "RETURNING"),
}  # fmt: skip
_JOINS = ("JOIN", "LEFT", "RIGHT", "FULL", "INNER", "CROSS", "OUTER", "NATURAL")
_NO_ALIAS = {*_JOINS, "ON", "USING", "SET", "WHERE", "VALUES", "SELECT", "DEFAULT", "RETURNING"}


class Group(list[Any]):
    """Parts between brackets."""


@dataclass(eq=False)
class Source:
    """A table, a subquery or a function in a FROM clause."""

    name: str
    table: str | None
    held: int = FREE


Column: TypeAlias = tuple[Source, str]


@dataclass
class Scope:
    """One SELECT, UPDATE or DELETE: its sources and the equalities that hold for its rows."""

    parent: Scope | None
    queries: dict[str, int]
    sources: dict[str, Source] = field(default_factory=dict)
    equal: list[tuple[Column | int, Column | int]] = field(default_factory=list)
    done: set[int] = field(default_factory=set)

    def column(self, name: str, of: str | None) -> Column | None:
        """The column that a name means, here or in a statement around this one."""
        if of is not None:
            found = self.sources.get(of)
        else:
            having = [one for one in self.sources.values() if name in columns_of(one.table)]
            found = having[0] if len(having) == 1 else None
        if found is not None:
            return found, name
        return None if self.parent is None else self.parent.column(name, of)

    def equalities(self) -> Iterator[tuple[Column | int, Column | int]]:
        """Those of this statement and of the ones around it."""
        yield from self.equal
        if self.parent is not None:
            yield from self.parent.equalities()

    def held(self, source: Source, name: str = "book") -> int:
        """How a source's column is held."""
        best, seen, todo = FREE, set(), [(source, name)]
        pairs = list(self.equalities())
        while todo:
            column = todo.pop()
            if column in seen:
                continue
            seen.add(column)
            if column[1] == "book":
                best = max(best, column[0].held)
            for one, other in (*pairs, *((b, a) for a, b in pairs)):
                if one == column:
                    if isinstance(other, int):
                        best = max(best, other)
                    else:
                        todo.append(other)
        return best


def columns_of(table: str | None) -> frozenset[str]:
    """The columns of one of our tables."""
    found = None if table is None else Base.metadata.tables.get(table)
    return frozenset() if found is None else frozenset(found.columns.keys())


def is_of_a_book(table: str | None) -> bool:
    """Whether a table's rows live with their book."""
    found = None if table is None else Base.metadata.tables.get(table)
    return found is not None and found.info["placement"] == "book"


@lru_cache(maxsize=20_000)
def faults_of(statement: str) -> tuple[str, ...]:
    """What is wrong with a statement, nothing when it keeps to its book."""
    bulk = _BULK.match(statement)
    if bulk:
        names = [name.strip(' \n"') for name in bulk[2].split(",")]
        return tuple(_unnamed_book(bulk[1], names))
    reader = _Reader()
    parts = _grouped(statement)
    if parts and (parts[0] in QUERIES or parts[0] == "COPY" or isinstance(parts[0], Group)):
        reader.read(parts, None, {})
    return tuple(reader.faults)


@lru_cache(maxsize=20_000)
def mark_faults_of(statement: str) -> tuple[str, ...]:
    """What is wrong with a statement that is marked as one over all books: it only reads."""
    return tuple(
        f"a statement over all books must only read: {part}"
        for part in _flat(_grouped(statement))
        if part in ("INSERT", "UPDATE", "DELETE")
    )


def shortened(statement: str) -> str:
    """The statement with long lists of values cut down to one of them."""
    return _LONG.sub(_first_of, statement)


def _first_of(found: re.Match[str]) -> str:
    opened = found.group().count("(") - found.group().count("%(")
    shut = found.group().count(")") - found.group().count("%(")
    return "(" * max(0, opened - shut) + "?" + ")" * max(0, shut - opened)


def _unnamed_book(table: str, names: Sequence[str]) -> list[str]:
    if is_of_a_book(table) and "book" not in names:
        return [f"{table}: rows are written without their book"]
    return []


def _tokens(statement: str) -> Iterator[str]:
    for match in _TOKEN.finditer(statement):
        kind, text = match.lastgroup, match.group()
        if kind == "skip":
            continue
        if kind == "text":
            yield "'"
        elif kind == "quoted":
            yield text.strip('"')
        elif kind == "value":
            yield "?"
        elif kind == "name":
            yield text.upper() if text.upper() in _WORDS else text.lower()
        else:
            yield text


_WORDS = {
    *QUERIES, *_JOINS, *(word for words in _CLAUSES.values() for word in words),
    "AND", "OR", "NOT", "IN", "IS", "AS", "ON", "OF", "CASE", "END", "DISTINCT", "UNION",
    "INTERSECT", "EXCEPT", "ALL", "ANY", "COPY", "INTO", "CONFLICT", "LATERAL", "RECURSIVE",
    "ONLY", "ORDINALITY", "MATERIALIZED", "NOWAIT", "SKIP", "LOCKED", "NO", "SHARE", "BETWEEN",
    "DEFAULT", "REPLACE", "IGNORE",
}  # fmt: skip


def _grouped(statement: str) -> Group:
    """A statement's parts, with what brackets hold together."""
    stack = [Group()]
    for token in _tokens(statement):
        if token in ("(", "[", "CASE"):
            stack.append(Group())
            stack[-2].append(stack[-1])
            if token == "CASE":
                stack[-1].append(token)
        elif token in (")", "]", "END"):
            if len(stack) > 1:
                stack.pop()
        elif token != ";":
            stack[-1].append(token)
    return stack[0]


def _flat(parts: Parts) -> Iterator[Any]:
    for part in parts:
        if isinstance(part, Group):
            yield from _flat(part)
        else:
            yield part


def _split(parts: Parts, *words: str) -> list[list[Any]]:
    found: list[list[Any]] = [[]]
    for part in parts:
        if isinstance(part, str) and part in words:
            found.append([])
        else:
            found[-1].append(part)
    return found


def _is_query(part: Any) -> bool:
    return isinstance(part, Group) and bool(part) and (part[0] in QUERIES or _is_query(part[0]))


class _Reader:
    """Walks through a statement and its subqueries and collects what is wrong."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def read(self, parts: Parts, parent: Scope | None, queries: dict[str, int]) -> int:
        """One statement, with its WITH; returns how the book of its rows is held."""
        queries = dict(queries)
        parts = self._with(parts, parent, queries)
        if not parts:
            return MANY
        if parts[0] == "INSERT":
            return self._insert(parts, parent, queries)
        if parts[0] == "COPY":
            return self._copy(parts, parent, queries)
        if parts[0] in ("UPDATE", "DELETE"):
            return self._core(parts[0], parts, parent, queries)
        held = ONE
        for core in _split(parts, "UNION", "INTERSECT", "EXCEPT"):
            rest = core[1:] if core and core[0] == "ALL" else core
            if rest and isinstance(rest[0], Group):
                held = min(held, self.read(rest[0], parent, queries))
            else:
                held = min(held, self._core("SELECT", rest, parent, queries))
        return held

    def _with(self, parts: Parts, parent: Scope | None, queries: dict[str, int]) -> Parts:
        if not parts or parts[0] != "WITH":
            return parts
        place = 2 if parts[1] == "RECURSIVE" else 1
        while True:
            name = parts[place]
            while not _is_query(parts[place]):
                place += 1
            queries[name] = MANY  # what it says of itself, when it is recursive
            queries[name] = self.read(parts[place], parent, queries)
            if place + 1 < len(parts) and parts[place + 1] == ",":
                place += 2
                continue
            return parts[place + 1 :]

    def _insert(self, parts: Parts, parent: Scope | None, queries: dict[str, int]) -> int:
        place = list(parts).index("INTO") + 1
        table, rest = parts[place], list(parts[place + 1 :])
        if rest[:1] == ["AS"]:
            rest = rest[2:]
        names = list(rest[0]) if rest and isinstance(rest[0], Group) else []
        self.faults += _unnamed_book(table, names)
        scope = Scope(parent, queries)
        for index, part in enumerate(rest):
            if part in ("SELECT", "WITH") or (index > 0 and _is_query(part)):
                until = next(
                    (
                        later
                        for later in range(index, len(rest))
                        if rest[later : later + 2] == ["ON", "CONFLICT"]
                        or rest[later] == "RETURNING"
                    ),
                    len(rest),
                )
                self.read(rest[index:until], parent, queries)
                self._subqueries(rest[until:], scope)
                break
        else:
            self._subqueries(rest, scope)
        return ONE

    def _copy(self, parts: Parts, parent: Scope | None, queries: dict[str, int]) -> int:
        if _is_query(parts[1]):
            return self.read(parts[1], parent, queries)
        names = list(parts[2]) if isinstance(parts[2], Group) else []
        self.faults += _unnamed_book(parts[1], names)
        if is_of_a_book(parts[1]) and "FROM" not in parts[:4]:
            self.faults.append(f"{parts[1]}: no equality on book")
        return MANY

    def _core(self, kind: str, parts: Parts, parent: Scope | None, queries: dict[str, int]) -> int:
        scope = Scope(parent, queries)
        clauses = _clauses(parts, _CLAUSES[kind])
        if kind == "UPDATE":
            self._sources(clauses["UPDATE"], scope)
        self._sources(clauses.get("FROM", []), scope)
        if kind == "DELETE":
            self._sources(clauses.get("USING", []), scope)
        scope.equal += _pairs(clauses.get("WHERE", []), scope)
        self._subqueries(parts, scope)
        self._judge(scope)
        if "FOR" in clauses:
            self._locks(clauses, scope)
        return _book_of(scope)

    def _sources(self, parts: Parts, scope: Scope) -> None:
        """The tables of a FROM clause, and the equalities of its joins."""
        for piece in _split(parts, ","):
            place = 0
            while place < len(piece):
                part = piece[place]
                if part in _JOINS or part in ("LATERAL", "ONLY"):
                    place += 1
                elif part in ("ON", "USING"):
                    until = place + 1
                    while until < len(piece) and piece[until] not in _JOINS:
                        until += 1
                    condition = piece[place + 1 : until]
                    scope.equal += (
                        _pairs(condition, scope) if part == "ON" else _shared(condition[0], scope)
                    )
                    place = until
                else:
                    place = self._source(piece, place, scope)

    def _source(self, piece: Parts, place: int, scope: Scope) -> int:
        part, place = piece[place], place + 1
        if isinstance(part, Group) and not _is_query(part):
            self._sources(part, scope)
            return place
        name, source = str(part), Source(str(part), None)
        if isinstance(part, Group):
            scope.done.add(id(part))
            source = Source("subquery", None, self.read(part, scope, scope.queries))
        elif place < len(piece) and isinstance(piece[place], Group):
            source, place = Source(name, None, MANY), place + 1  # a function
            if piece[place : place + 2] == ["WITH", "ORDINALITY"]:
                place += 2
        elif name in scope.queries:
            source = Source(name, None, scope.queries[name])
        else:
            while place + 1 < len(piece) and piece[place] == ".":
                name, place = piece[place + 1], place + 2
            source = Source(name, name)
        if place < len(piece) and piece[place] == "AS":
            place += 1
        if place < len(piece) and isinstance(piece[place], str) and piece[place] not in _NO_ALIAS:
            name, place = piece[place], place + 1
        if place < len(piece) and isinstance(piece[place], Group):
            place += 1  # names of its columns
        scope.sources[name] = source
        return place

    def _subqueries(self, parts: Parts, scope: Scope) -> None:
        for part in parts:
            if not isinstance(part, Group) or id(part) in scope.done:
                continue
            if _is_query(part):
                self.read(part, scope, scope.queries)
            else:
                self._subqueries(part, scope)

    def _judge(self, scope: Scope) -> None:
        for name, source in scope.sources.items():
            if is_of_a_book(source.table) and scope.held(source) == FREE:
                self.faults.append(f"{source.table} {name}: no equality on book")

    def _locks(self, clauses: dict[str, list[Any]], scope: Scope) -> None:
        named = clauses["FOR"]
        names = named[named.index("OF") + 1 :] if "OF" in named else list(scope.sources)
        locked = [scope.sources[name] for name in names if name in scope.sources]
        for source in locked:
            if is_of_a_book(source.table) and scope.held(source) != ONE:
                self.faults.append(f"{source.table}: locked over more than one book")
            if "ORDER" not in clauses and not _is_one_row(source, scope):
                self.faults.append(f"{source.table}: several rows are locked in no order")


def _clauses(parts: Parts, words: Sequence[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    current: list[Any] = []
    for place, part in enumerate(parts):
        starts = isinstance(part, str) and part in words
        if starts and part == "FROM" and place and parts[place - 1] == "DISTINCT":
            starts = False  # a IS DISTINCT FROM b
        if starts and part == "FOR":
            after = parts[place + 1 : place + 2]
            starts = bool(after) and after[0] in ("UPDATE", "NO", "SHARE", "key")
        if starts:
            current = found.setdefault(str(part), [])
        else:
            current.append(part)
    return found


def _book_of(scope: Scope) -> int:
    """How the book of a statement's rows is held: as its least held table of a book."""
    real = [source for source in scope.sources.values() if source.table is not None]
    of_books = [source for source in real if is_of_a_book(source.table)]
    having = of_books or [source for source in real if "book" in columns_of(source.table)]
    if having:
        return min(scope.held(source) for source in having)
    if real:
        return FREE
    return min((source.held for source in scope.sources.values()), default=MANY)


def _is_one_row(source: Source, scope: Scope) -> bool:
    table = Base.metadata.tables.get(source.table or "")
    if table is None:
        return source.table is None
    kinds = (PrimaryKeyConstraint, UniqueConstraint)
    return any(
        all(scope.held(source, column.name) == ONE for column in key.columns)
        for key in table.constraints
        if isinstance(key, kinds)
    )


Pairs: TypeAlias = "list[tuple[Column | int, Column | int]]"


def _pairs(condition: Parts, scope: Scope) -> Pairs:
    """The equalities that hold whenever a condition is true."""
    ways = _split(condition, "OR")
    if len(ways) > 1:
        each = [_pairs(way, scope) for way in ways]
        return [pair for pair in each[0] if all(pair in way for way in each[1:])]
    found: Pairs = []
    for piece in _split(condition, "AND"):
        if len(piece) == 1 and isinstance(piece[0], Group) and not _is_query(piece[0]):
            if piece[0][:1] != ["CASE"]:
                found += _pairs(piece[0], scope)
        elif "NOT" not in piece:
            found += _equality(piece, scope)
    return found


def _equality(piece: Parts, scope: Scope) -> Pairs:
    for sign in ("=", "IN"):
        if sign in piece:
            place = list(piece).index(sign)
            left, right = piece[:place], piece[place + 1 :]
            break
    else:
        return []
    if sign == "IN" or right[:1] == ["ANY"]:
        columns = [_operand(side, scope) for side in _row(left)]
        return [(column, MANY) for column in columns if isinstance(column, tuple)]
    found: Pairs = []
    lefts, rights = _row(left), _row(right)
    if len(lefts) != len(rights):
        return []
    for one, other in zip(lefts, rights, strict=True):
        sides = _operand(one, scope), _operand(other, scope)
        if None not in sides and not all(isinstance(side, int) for side in sides):
            found.append(sides)  # type: ignore[arg-type]
    return found


def _row(side: Parts) -> list[list[Any]]:
    """The members of (a, b, …), or the side alone."""
    if len(side) == 1 and isinstance(side[0], Group) and not _is_query(side[0]):
        return _split(side[0], ",")
    return [list(side)]


def _operand(side: Parts, scope: Scope) -> Column | int | None:
    """A column, a value, or None for what is neither."""
    match list(side):
        case [str(name)] if name.isidentifier():
            return scope.column(name, None) or ONE
        case [str(of), ".", str(name)]:
            return scope.column(name, of) or ONE
        case [Group() as group] if _is_query(group):
            return ONE
    return None if _names_a_column(side, scope) else ONE


def _names_a_column(side: Parts, scope: Scope) -> bool:
    for place, part in enumerate(side):
        if isinstance(part, Group):
            if not _is_query(part) and _names_a_column(part, scope):
                return True
        elif part == "." or (
            part.isidentifier()
            and side[place + 1 : place + 2] != ["."]
            and scope.column(part, None) is not None
        ):
            return True
    return False


def _shared(names: Parts, scope: Scope) -> Pairs:
    """JOIN … USING (book): the columns of every source here are equal."""
    sources = list(scope.sources.values())
    return [
        ((sources[0], name), (other, name))
        for name in names
        if name != ","
        for other in sources[1:]
    ]
