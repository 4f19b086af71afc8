"""Bearer tokens of the API: shown once, known here only by their keyed digest."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.people import ApiToken, MemberStatus
from services import audit, policy, scopes
from services.acts import once
from services.context import Context
from services.errors import Forbidden
from services.logins.factors import require_fresh
from services.people import handles, texts
from services.people.actors import actor_for
from services.people.errors import NotAToken, TokenDays
from services.people.reading import member_row
from services.policy import NOT_ACTIVE, Actor

KIND = "token"
#: So that a token that leaks into a log or a repository can be recognised.
PREFIX = "tb_"
TOKEN_BYTES = 32
MOST_DAYS = 366
PURPOSE = "act.token"


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token as its owner sees it afterwards: everything but the token."""

    id: UUID
    name: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who speaks through a token, and what the token may do of what its owner may."""

    actor: Actor
    scopes: frozenset[str]
    #: When the second factor was shown to whom the token was given; None: never.
    factor_at: datetime | None


def issue_api_token(ctx: Context, name: str, days: int, may: Iterable[str] = (scopes.ALL,)) -> str:
    """A token with the actor's own rights within scopes, for so many days; returned this once."""
    policy.require(ctx.actor, "account.use")
    if not ctx.actor.is_active:
        raise Forbidden(NOT_ACTIVE)
    require_fresh(ctx)
    if not 1 <= days <= MOST_DAYS:
        raise TokenDays(field="days", most=MOST_DAYS)
    label = texts.needed(name, "name", 60)
    within = scopes.chosen(may)

    def do() -> dict[str, str]:
        token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        digest = handles.digest(ctx.vault, KIND, token)
        handles.claim(ctx, KIND, digest, ctx.actor.id)
        made = ApiToken(
            member_id=ctx.actor.id,
            id=ctx.new_id(),
            digest=digest,
            name=label,
            created_at=ctx.now,
            expires_at=ctx.now + timedelta(days=days),
            scopes=within,
            factor_at=ctx.factor_at,
        )
        ctx.session.add(made)
        _record(ctx, "token.issue", made)
        return {"token_sealed": ctx.vault.seal(PURPOSE, token)}

    content = {"name": name, "days": days, "scopes": within}
    result = once(ctx, ctx.actor.home_book, "token.issue", content, do)
    return ctx.vault.open(PURPOSE, result["token_sealed"])


def revoke_api_token(ctx: Context, token_id: UUID) -> None:
    """End one of the actor's own tokens at once; twice is no harm."""
    policy.require(ctx.actor, "account.use")
    row = ctx.session.get(ApiToken, (ctx.actor.id, token_id))
    if row is None:
        raise NotAToken

    def do() -> dict[str, str]:
        if row.revoked_at is None:
            row.revoked_at = ctx.now
            _record(ctx, "token.revoke", row)
        return {}

    once(ctx, ctx.actor.home_book, "token.revoke", {"token_id": token_id}, do)


def end_tokens(ctx: Context, member_id: UUID) -> None:
    """End every live token of a member (a new password does, and a lost second factor)."""
    for row in ctx.session.scalars(
        sa.select(ApiToken).where(ApiToken.member_id == member_id, ApiToken.revoked_at.is_(None))
    ):
        row.revoked_at = ctx.now
        _record(ctx, "token.revoke", row)


def api_tokens(ctx: Context) -> tuple[TokenView, ...]:
    """The actor's own tokens, newest first, ended ones too."""
    policy.require(ctx.actor, "account.use")
    rows = ctx.session.scalars(
        sa.select(ApiToken)
        .where(ApiToken.member_id == ctx.actor.id)
        .order_by(ApiToken.created_at.desc(), ApiToken.id.desc())
    )
    return tuple(
        TokenView(r.id, r.name, r.created_at, r.expires_at, r.revoked_at, tuple(r.scopes))
        for r in rows
    )


def actor_of_token(ctx: Context, token: str) -> Actor | None:
    """Who a bearer token speaks for now; None for one that is unknown, ended or over."""
    holder = holder_of_token(ctx, token)
    return None if holder is None else holder.actor


def holder_of_token(ctx: Context, token: str) -> Holder | None:
    """Who a bearer token speaks for now and within which scopes; None as above."""
    digest = handles.digest(ctx.vault, KIND, token)
    owner = handles.holder(ctx.session, KIND, digest)
    if owner is None:
        return None
    live = ctx.session.scalar(
        sa.select(ApiToken).where(
            ApiToken.member_id == owner,
            ApiToken.digest == digest,
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > ctx.now,
        )
    )
    if live is None or member_row(ctx.session, owner).status is MemberStatus.CLOSED:
        return None
    actor = actor_for(ctx.session, owner, ctx.now)
    return Holder(actor, frozenset(live.scopes), live.factor_at)


def _record(ctx: Context, act: str, row: ApiToken) -> None:
    after = {"until": str(row.expires_at), "scopes": row.scopes}
    audit.record(ctx, act, "token", row.id, book=ctx.actor.home_book, after=after)
    ctx.session.flush()
