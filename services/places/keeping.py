"""Which county keeps a book today: its own region, or the one that took over from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.moving import Succession
from services.places.regions import region_row, within
from services.policy import AUDITOR, REGION_ADMIN, Role, covers

#: Roles that end with a region's own affairs; whoever works at its counters goes on.
OF_THE_REGION = (REGION_ADMIN, AUDITOR)


def keepers(session: Session, day: date | None = None) -> dict[str, str]:
    """Every book that another county keeps on a day (or will keep), with that county."""
    wanted = sa.select(Succession.book, Succession.new_code).order_by(Succession.from_day)
    if day is not None:
        wanted = wanted.where(Succession.from_day <= day)
    return {row.book: row.new_code for row in session.execute(wanted)}


def lies_in(session: Session, column: Any, code: str) -> sa.ColumnElement[bool]:
    """The condition that a code lies in a region, by its figures or because it has come to it."""
    own = column.startswith(within(code), autoescape=True)
    came = [
        book
        for book, keeper in keepers(session).items()
        if covers(code, keeper) and not covers(code, book)
    ]
    return sa.or_(own, *(column.startswith(within(book), autoescape=True) for book in came))


def roles_on(session: Session, roles: Sequence[Role], day: date) -> tuple[Role, ...]:
    """Roles as they reach on a day: over a successor they cover what it took over.

    Whoever administered or audited a region that has ended does so no longer.
    """
    if not any(role.scope_kind == "region" for role in roles):
        return tuple(roles)
    kept = keepers(session, day)
    if not kept:
        return tuple(roles)
    found: list[Role] = []
    for role in roles:
        if role.scope_kind != "region":
            found.append(role)
            continue
        if not _has_ended(session, role, kept, day):
            found.append(role)
        found.extend(
            Role(role.name, "region", book)
            for book, keeper in sorted(kept.items())
            if covers(role.scope, keeper) and not covers(role.scope, book)
        )
    return tuple(dict.fromkeys(found))


def _has_ended(session: Session, role: Role, kept: dict[str, str], day: date) -> bool:
    is_gone = role.scope in kept and region_row(session, role.scope, day) is None
    return is_gone and role.name in OF_THE_REGION
