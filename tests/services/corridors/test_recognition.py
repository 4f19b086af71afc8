"""The public table asks the database no more questions of a whole country than of one city."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.places import Region, Tier
from services.policy import NATION
from services.queries.recognition import MOST, recognition
from tests.country import ONE, TWO
from tests.factories import create_region_tree, make_ctx


def questions(session: Session, area: str) -> int:
    """How many statements the table of an area takes."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    engine = session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        recognition(make_ctx(session), area)
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    return len(asked)


def test_anybody_may_ask_for_the_whole_country(session: Session) -> None:
    create_region_tree(session, ONE, TWO)
    few = questions(session, NATION)
    counties = session.scalars(
        sa.select(Region.code)
        .where(Region.tier == Tier.COUNTY, Region.valid_to.is_(None))
        .order_by(Region.code)
    ).all()
    create_region_tree(session, *counties[: MOST + 2])
    assert questions(session, NATION) <= few
    found = recognition(make_ctx(session), NATION)
    assert found.is_too_large
    assert {each.code: each.name.zh for each in found.rows}[ONE] == "温州市龙湾区"
