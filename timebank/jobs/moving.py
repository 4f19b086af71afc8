"""What is due after a county was split: its members move home, each in a unit of work."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from services.moving import splitting
from services.places.successions import SPLIT
from timebank.edge import Timebank
from timebank.jobs.base import Handler, as_system


def find_members(held: Timebank, book: str, _subject_id: UUID) -> None:
    """Plan a move for everybody who lives in a part that went elsewhere."""
    as_system(held, partial(splitting.plan_members, book=book))


def move_member(held: Timebank, book: str, member_id: UUID) -> None:
    """Move one member; whoever cannot move yet is tried again tomorrow."""
    as_system(held, partial(splitting.move_member, book=book, member_id=member_id))


HANDLERS: dict[str, Handler] = {SPLIT: find_members, splitting.MEMBER: move_member}
