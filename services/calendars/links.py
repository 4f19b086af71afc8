"""The secret link of a calendar feed: made, renewed and ended by its owner.

The address itself is kept nowhere. It is worked out of the instance's key, whose feed it is and
how many links that member has had; the directory holds its keyed digest, as of every secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from models.people import Handle, MemberStatus
from services import audit, policy
from services.acts import once
from services.context import Context
from services.errors import Conflict
from services.people import handles
from services.people.actors import actor_for
from services.people.reading import member_row
from services.policy import Actor, Subject

KIND = "feed"
#: 160 bits: nobody meets one by chance, and the address still fits on a line of paper.
LETTERS = 40


class NoLink(Conflict):
    """您还没有日历链接，或者已经停用了。"""

    code = "no_calendar_link"


@dataclass(frozen=True, slots=True)
class FeedLink:
    """The link in force: its token, for the owner's eyes, and since when."""

    token: str
    made_at: datetime


def link_of(ctx: Context) -> FeedLink | None:
    """The actor's own link, when there is one."""
    _require(ctx)
    made = _made(ctx)
    live = [row for row in made if row.revoked_at is None]
    return FeedLink(_token(ctx, len(made)), live[-1].created_at) if live else None


def make_link(ctx: Context) -> None:
    """A link, or another one in place of the one in force, which ends at once."""
    _require(ctx)

    def do() -> dict[str, str]:
        number = len(_made(ctx)) + 1
        ended = handles.revoke(ctx, KIND, ctx.actor.id)
        token = _token(ctx, number)
        handles.claim(ctx, KIND, handles.digest(ctx.vault, KIND, token), ctx.actor.id)
        _record(ctx, "feed.renew" if ended else "feed.make", number)
        return {}

    once(ctx, ctx.actor.home_book, "feed.make", {}, do)


def end_link(ctx: Context) -> None:
    """End the link in force: whoever has it reads nothing more."""
    _require(ctx)

    def do() -> dict[str, str]:
        if not handles.revoke(ctx, KIND, ctx.actor.id):
            raise NoLink
        _record(ctx, "feed.end", len(_made(ctx)))
        return {}

    once(ctx, ctx.actor.home_book, "feed.end", {}, do)


def reader_of(ctx: Context, token: str) -> Actor | None:
    """Whose feed a token opens, with the rights of this moment; None for an unknown one."""
    owner = handles.holder(ctx.session, KIND, handles.digest(ctx.vault, KIND, token))
    if owner is None or member_row(ctx.session, owner).status is MemberStatus.CLOSED:
        return None
    return actor_for(ctx.session, owner, ctx.now)


def _require(ctx: Context) -> None:
    policy.require(ctx.actor, "feed.manage", Subject(member_id=ctx.actor.id))


def _made(ctx: Context) -> list[Handle]:
    """Every link that the actor ever had, the newest last."""
    return list(
        ctx.session.scalars(
            sa.select(Handle)
            .where(Handle.member_id == ctx.actor.id, Handle.kind == KIND)
            .order_by(Handle.revoked_at.is_(None), Handle.created_at)
            .execution_options(populate_existing=True)
        )
    )


def _token(ctx: Context, number: int) -> str:
    member: UUID = ctx.actor.id
    return ctx.vault.blind("feed.token", f"{member}:{number}")[:LETTERS]


def _record(ctx: Context, act: str, number: int) -> None:
    after = {"link": number}
    audit.record(ctx, act, "feed", ctx.actor.id, book=ctx.actor.home_book, after=after)
