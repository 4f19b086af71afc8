"""What a token may do of what its owner may: areas of acts, each to read or to write.

A scope is an area and a kind (``care:read``); to write includes to read. Which area an act
belongs to follows from the first word of its name. ``all`` stands for every scope, also those
that come later: what tokens had before there were any.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.errors import Invalid

ALL = "all"
READ, WRITE = "read", "write"

#: area -> the first words of its acts.
AREAS: Mapping[str, tuple[str, ...]] = {
    area: tuple(words.split())
    for area, words in {
        # one's own login, what one is told, how one is reached, what is kept about one
        "account": "account notice contact subscription feed privacy",
        # asking, coming, confirming, and what people say about when and with whom
        "care": "request visit offer series group round service_day dispute errand rating match "
        "availability wish avoidance incident accompaniment training call branch safety",
        # coins of members: statements, gifts, donations, estates, moving with them
        "coins": "statement payment gift donation overflow fund designation paper estate move",
        # people at the counter, their papers, kin, roles and records
        "people": "member identity assessment certificate kinship consent card guardian "
        "delegation role record proof star honour perk safeguarding course welfare",
        # what a region decides and signs
        "region": "region issue grant batch transfer note book place rates corridor cap clearing "
        "reserve import installation entry reversal return roll job jobs",
        # looking over it all
        "oversight": "flag callback suspension sheet complaint cockpit forecast ledger audit "
        "fairness shown",
    }.items()
}
_AREA_OF = {word: area for area, words in AREAS.items() for word in words}
SCOPES = (ALL, *(f"{area}:{kind}" for area in AREAS for kind in (READ, WRITE)))


class NoScope(Invalid):
    """请至少选一项令牌能做的事。"""

    code = "no_scope"


class NotAScope(Invalid):
    """没有这样的权限范围：{scope}。"""

    code = "unknown_scope"


def area_of(act: str) -> str:
    """The area of an act; KeyError for a kind of act that has none yet."""
    return _AREA_OF[act.partition(".")[0]]


def allows(held: Iterable[str], needed: str) -> bool:
    """Whether a token with these scopes may do what needs that one."""
    area, _, kind = needed.partition(":")
    scopes = frozenset(held)
    enough = {ALL, f"{area}:{WRITE}"} | ({needed} if kind == READ else set())
    return bool(scopes & enough)


def chosen(wanted: Iterable[str]) -> list[str]:
    """The scopes of a new token in their own order, each once; without any it is refused."""
    asked = frozenset(wanted)
    for scope in sorted(asked - frozenset(SCOPES)):
        raise NotAScope(field="scopes", scope=scope)
    if not asked:
        raise NoScope(field="scopes")
    return [ALL] if ALL in asked else [scope for scope in SCOPES if scope in asked]
