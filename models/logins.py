"""Logins of browsers, each known by a digest, and the second factors of whoever has an office."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, IdKey, placed


class Login(Base):
    """One browser in which a member has logged in. The cookie's token is kept as a digest only."""

    __tablename__ = "logins"
    __table_args__ = placed("member", deletes=True)

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    id: Mapped[IdKey]
    digest: Mapped[str] = mapped_column(sa.String(64))
    how: Mapped[str] = mapped_column(sa.String(12))  # password, code
    #: Keyed digest of the browser's random mark (see timebank.devices).
    device: Mapped[str | None] = mapped_column(sa.String(64))
    #: Kind of browser and of system, as codes: ``chrome/android``. No more is kept of either.
    label: Mapped[str] = mapped_column(sa.String(40))
    began_at: Mapped[datetime]
    #: Written once in a while, not with every page.
    seen_at: Mapped[datetime]
    #: When a second factor was last shown in this login.
    factor_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    #: Why: logout, here, elsewhere, password, factor, reset, closed.
    end_reason: Mapped[str | None] = mapped_column(sa.String(12))


class SecondFactor(Base):
    """The one-time codes of somebody with an office: the secret of the app, and recovery codes."""

    __tablename__ = "second_factors"
    __table_args__ = placed("member")

    member_id: Mapped[UUID] = mapped_column(sa.ForeignKey("members.id"), primary_key=True)
    #: None: there was one, and an administrator took it away.
    secret_sealed: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    #: The 30-second step of the last code that was taken: no code is taken twice.
    last_step: Mapped[int | None] = mapped_column(sa.BigInteger())
    #: A new secret that waits for its first code; the present one counts until then.
    pending_sealed: Mapped[str | None]
    pending_at: Mapped[datetime | None]
    #: Keyed digests of the recovery codes that are left.
    recovery: Mapped[list[Any]] = mapped_column(sa.JSON(), default=list)
    #: Wrong codes since ``tries_since``.
    tries: Mapped[int] = mapped_column(default=0)
    tries_since: Mapped[datetime | None]
