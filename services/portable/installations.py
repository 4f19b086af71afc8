"""Other installations, by the key that signs their statements: whose closing ones are taken in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from models.portable import Installation
from services import audit, policy
from services.acts import once
from services.context import Context
from services.ids import derived
from services.ledger.seals.headers import OPERATOR
from services.ledger.seals.keys import key_ring
from services.ledger.seals.signing import key_id_of
from services.people import texts
from services.policy import NATION
from services.portable import sentences as say

ACT = "installation.manage"
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class InstallationView:
    """One other installation."""

    fingerprint: str
    public_key: str
    name: str
    name_en: str
    added_at: datetime
    removed_at: datetime | None


def add(ctx: Context, public_key: str, name: str, name_en: str) -> str:
    """Know another installation by its public key; returns the key's fingerprint.

    One that was removed is known again. Raises PublicKeyWrong, NameNeeded, OwnKey or KnownAlready.
    """
    policy.require(ctx.actor, ACT)
    given = "".join(public_key.split()).lower()

    def do() -> dict[str, str]:
        return {"fingerprint": _add(ctx, given, name, name_en)}

    content = {"public_key": given, "name": name, "name_en": name_en}
    return str(once(ctx, NATION, ACT, content, do)["fingerprint"])


def _add(ctx: Context, public_key: str, name: str, name_en: str) -> str:
    try:
        fingerprint = key_id_of(public_key)
    except ValueError:
        raise say.PublicKeyWrong(field="public_key") from None
    if fingerprint in own_fingerprints(ctx):
        raise say.OwnKey(field="public_key")
    names = [texts.plain(each).strip() for each in (name, name_en)]
    if not all(1 <= len(each) <= LONGEST_NAME for each in names):
        raise say.NameNeeded(field="name", most=LONGEST_NAME)
    row = ctx.session.get(Installation, fingerprint, with_for_update=True)
    if row is None:
        row = Installation(fingerprint=fingerprint, public_key=public_key, removed_at=None)
        ctx.session.add(row)
    elif row.removed_at is None:
        raise say.KnownAlready(field="public_key")
    row.name, row.name_en = names
    row.added_by_id, row.added_at, row.removed_at = ctx.actor.id, ctx.now, None
    _record(ctx, fingerprint, {"name": row.name, "known": True})
    return fingerprint


def remove(ctx: Context, fingerprint: str) -> None:
    """Take nothing more of an installation's in; what came stays. Raises InstallationUnknown."""
    policy.require(ctx.actor, ACT)

    def do() -> dict[str, str]:
        row = ctx.session.get(Installation, fingerprint, with_for_update=True)
        if row is None or row.removed_at is not None:
            raise say.InstallationUnknown(field="receiver")
        row.removed_at = ctx.now
        _record(ctx, fingerprint, {"name": row.name, "known": False})
        return {}

    once(ctx, NATION, f"{ACT}.remove", {"fingerprint": fingerprint}, do)


def known(ctx: Context) -> tuple[InstallationView, ...]:
    """Every installation that was ever known here, by name."""
    rows = ctx.session.scalars(
        sa.select(Installation).order_by(Installation.name, Installation.fingerprint)
    )
    return tuple(
        InstallationView(
            each.fingerprint,
            each.public_key,
            each.name,
            each.name_en,
            each.added_at,
            each.removed_at,
        )
        for each in rows
    )


def own_fingerprints(ctx: Context) -> frozenset[str]:
    """The keys under which this installation signs or has signed."""
    ring = key_ring(ctx.session)
    return frozenset(held.key_id for held in ring.held() if held.role == OPERATOR)


def own_public_key(ctx: Context) -> str | None:
    """The public key in force, which another installation has to know; None before the first."""
    in_force = key_ring(ctx.session).in_force
    return in_force.public_key if in_force is not None else None


def _record(ctx: Context, fingerprint: str, after: dict[str, object]) -> None:
    subject = derived("installation", fingerprint)
    after = {"fingerprint": fingerprint, **after}
    audit.record(ctx, ACT, "installation", subject, book=NATION, after=after)
    ctx.session.flush()
