"""Which kind of act a code is: looking, moving minutes, a member's own affairs, administration."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

READING, MONEY, PERSONAL, ADMINISTRATIVE = "reading", "money", "personal", "administrative"
GROUPS = (ADMINISTRATIVE, READING, MONEY, PERSONAL)
#: Endings of acts that only look, or take away.
_LOOKS = (".read", ".export", ".peek", ".look", ".search")
#: Beginnings of acts that move minutes, or settle what was moved.
_MOVES = (
    "batch.",
    "clearing.",
    "closed_door.",
    "donation.",
    "estate.",
    "fund.",
    "gift.",
    "grant.",
    "hold.",
    "import.",
    "issue.",
    "move.",
    "reversal.",
    "session.",
    "settlement.",
    "share.",
    "visit.credit",
    "visit.reverse",
    "window.",
)
#: Beginnings of acts that a member does, or has done, about the own account and visits.
_OWN = (
    "availability.",
    "calendar.",
    "card.",
    "contact.",
    "designation.",
    "guardian.",
    "kin",
    "login.",
    "member.",
    "notice.",
    "password.",
    "preference.",
    "rating.",
    "request.",
    "series.",
    "token.",
    "visit.",
)


def in_group(column: sa.ColumnElement[str], group: str) -> sa.ColumnElement[bool]:
    """Whether a column's act is of a group; the same rule, for the database."""
    looks = _any(column.endswith(each, autoescape=True) for each in _LOOKS)
    moves = _any(column.startswith(each, autoescape=True) for each in _MOVES)
    own = _any(column.startswith(each, autoescape=True) for each in _OWN)
    if group == READING:
        return looks
    if group == MONEY:
        return sa.and_(~looks, moves)
    if group == PERSONAL:
        return sa.and_(~looks, ~moves, own)
    return sa.and_(~looks, ~moves, ~own)


def _any(found: Iterable[sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
    return sa.or_(*found)
