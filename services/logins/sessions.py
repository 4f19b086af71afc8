"""Logins as rows: a browser's cookie holds a random token, and this side can end it.

A member without an office stays logged in as long as the product's sessions last. An office
opens more doors, so its logins end after a working day, and after an hour of nothing.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from models.logins import Login
from models.people import MemberStatus
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.errors import NotFound
from services.people.reading import member_row

TOKEN_BYTES = 32
#: An office's login: no longer than this in all, and no longer than this without a page.
OFFICE_LASTS = timedelta(hours=8)
OFFICE_IDLE = timedelta(minutes=60)
#: How old ``seen_at`` gets before a page writes it anew.
SEEN_EVERY = timedelta(hours=1)
OFFICE_SEEN_EVERY = timedelta(minutes=10)
#: Ended logins are forgotten after this, at the member's next login.
KEPT = timedelta(days=180)

NEW_DEVICE = (
    "有人用一台新的手机或电脑登录了您的账户。是您本人就不用理会；"
    "如果不是，请马上改密码，或者打电话给我们。"
)


class NotALogin(NotFound):
    """没有找到这个登录。"""

    code = "not_a_login"


@dataclass(frozen=True, slots=True)
class Held:
    """A login that a cookie has opened."""

    member_id: UUID
    id: UUID
    began_at: datetime
    seen_at: datetime
    factor_at: datetime | None

    def is_over(self, now: datetime, lasts: timedelta, *, office: bool) -> bool:
        """Whether it has run out: ``lasts`` without a page, for an office sooner."""
        if now - self.seen_at > (OFFICE_IDLE if office else lasts):
            return True
        return office and now - self.began_at > OFFICE_LASTS

    def is_stale(self, now: datetime, *, office: bool) -> bool:
        """Whether it is time to write down that somebody is still here."""
        return now - self.seen_at > (OFFICE_SEEN_EVERY if office else SEEN_EVERY)


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A login as its owner sees it."""

    id: UUID
    how: str
    label: str
    began_at: datetime
    seen_at: datetime
    is_this: bool


def begin(
    ctx: Context, how: str, label: str, device: str | None, *, factor_at: datetime | None = None
) -> str:
    """Begin a login of the actor; what the cookie has to hold. A new device is told of."""
    policy.require(ctx.actor, "account.use")
    member = ctx.actor.id
    before = ctx.session.execute(
        sa.select(
            sa.func.count(Login.id), sa.func.count(sa.case((Login.device == device, 1)))
        ).where(Login.member_id == member)
    ).one()
    _forget_old(ctx)
    row = Login(member_id=member, id=ctx.new_id(), how=how, label=label, device=device)
    row.began_at = row.seen_at = ctx.now
    row.factor_at = factor_at
    cookie = _new_token(ctx, row)
    ctx.session.add(row)
    if device is not None and before[0] and not before[1]:
        outbox.tell(ctx, ctx.actor.home_book, member, NEW_DEVICE, channel="sms")
    ctx.session.flush()
    return cookie


def opened(ctx: Context, member_id: UUID, cookie: str) -> Held | None:
    """The login of a cookie, None for one that is unknown, forged or ended. One statement."""
    key, _, token = cookie.partition(".")
    row = ctx.session.get(Login, (member_id, UUID(key)))
    if row is None or row.ended_at is not None:
        return None
    if not hmac.compare_digest(row.digest, _digest(ctx, row.id, token)):
        return None
    return Held(row.member_id, row.id, row.began_at, row.seen_at, row.factor_at)


def is_closed(session: Session, member_id: UUID) -> bool:
    """Whether the membership is over: nobody comes in by any of its logins."""
    return member_row(session, member_id).status is MemberStatus.CLOSED


def touch(ctx: Context, held: Held) -> None:
    """Write down that the login is still used; of several pages at once, the latest stands."""
    ctx.session.execute(
        sa.update(Login)
        .where(Login.member_id == held.member_id, Login.id == held.id, Login.seen_at < ctx.now)
        .values(seen_at=ctx.now)
    )


def strengthen(ctx: Context, login_id: UUID) -> str:
    """The actor has shown a second factor: note it, and change the token of the cookie."""
    row = _live(ctx, login_id)
    row.factor_at = row.seen_at = ctx.now
    cookie = _new_token(ctx, row)
    ctx.session.flush()
    return cookie


def end(ctx: Context, login_id: UUID, why: str) -> None:
    """End one login of the actor, here or elsewhere; twice is no harm."""
    policy.require(ctx.actor, "account.use")
    row = ctx.session.get(Login, (ctx.actor.id, login_id))
    if row is None:
        raise NotALogin

    def do() -> dict[str, str]:
        if row.ended_at is None:
            row.ended_at, row.end_reason = ctx.now, why
            _record(ctx, ctx.actor.id, ctx.actor.home_book, why, 1)
            ctx.session.flush()
        return {}

    once(ctx, ctx.actor.home_book, "login.end", {"login_id": login_id}, do)


def end_others(ctx: Context, login_id: UUID | None) -> None:
    """End all logins of the actor but this one (a program has none of its own)."""
    policy.require(ctx.actor, "account.use")
    book = ctx.actor.home_book

    def do() -> dict[str, str]:
        end_all(ctx, ctx.actor.id, book, "elsewhere", but=login_id)
        return {}

    once(ctx, book, "login.end_others", {"login_id": login_id}, do)


def end_all(ctx: Context, member_id: UUID, book: str, why: str, *, but: UUID | None = None) -> int:
    """End every login of a member, as part of an act that calls for it; how many there were."""
    ended = sa.update(Login).where(Login.member_id == member_id, Login.ended_at.is_(None))
    if but is not None:
        ended = ended.where(Login.id != but)
    done = ctx.session.execute(
        ended.values(ended_at=ctx.now, end_reason=why).execution_options(
            synchronize_session="fetch"
        )
    )
    assert isinstance(done, CursorResult)
    if done.rowcount:
        _record(ctx, member_id, book, why, done.rowcount)
    return done.rowcount


def devices(ctx: Context, login_id: UUID | None, lasts: timedelta) -> tuple[DeviceView, ...]:
    """Where the actor is logged in now, this one first and then the last used first."""
    policy.require(ctx.actor, "account.use")
    rows = ctx.session.scalars(
        sa.select(Login)
        .where(Login.member_id == ctx.actor.id, Login.ended_at.is_(None))
        .order_by(Login.seen_at.desc(), Login.id.desc())
    )
    office = bool(ctx.actor.roles)
    found = [
        DeviceView(r.id, r.how, r.label, r.began_at, r.seen_at, r.id == login_id)
        for r in rows
        if not Held(r.member_id, r.id, r.began_at, r.seen_at, r.factor_at).is_over(
            ctx.now, lasts, office=office
        )
    ]
    return tuple(sorted(found, key=lambda each: not each.is_this))


def _live(ctx: Context, login_id: UUID) -> Login:
    row = ctx.session.get(Login, (ctx.actor.id, login_id))
    if row is None or row.ended_at is not None:
        raise NotALogin
    return row


def _new_token(ctx: Context, row: Login) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row.digest = _digest(ctx, row.id, token)
    return f"{row.id.hex}.{token}"


def _digest(ctx: Context, login_id: UUID, token: str) -> str:
    return ctx.vault.blind("login.token", f"{login_id}:{token}")


def _forget_old(ctx: Context) -> None:
    """An ended login is of use for a while: whoever sees a stranger's asks when it was."""
    ctx.session.execute(
        sa.delete(Login).where(
            Login.member_id == ctx.actor.id,
            sa.or_(Login.ended_at < ctx.now - KEPT, Login.seen_at < ctx.now - 3 * KEPT),
        )
    )


def _record(ctx: Context, member_id: UUID, book: str, why: str, count: int) -> None:
    after = {"why": why, "count": count}
    audit.record(ctx, "login.end", "member", member_id, book=book, after=after)
