"""Who a name belongs to, nation-wide: claimed first, found by one probe."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.people import Handle
from services.claims import claim_row
from services.context import Context
from services.vault import Vault

#: Kinds that are kept as they are; all others are keyed digests.
PLAIN = ("number", "login")
#: A telephone may be shared in a family: the first to claim it logs in with it, all are found.
PHONE_SHARERS = 6


def digest(vault: Vault, kind: str, text: str) -> str:
    """The directory's value for a text: itself, or its keyed digest."""
    return text if kind in PLAIN else vault.blind(kind, text)


def claim(ctx: Context, kind: str, value: str, member_id: UUID) -> bool:
    """Take a name for a member; False when somebody holds or held it.

    The insert waits for a rival transaction, so of two who claim at once exactly one is first.
    """
    values = {"value": value, "kind": kind, "member_id": member_id, "created_at": ctx.now}
    return claim_row(ctx.session, Handle, values)


def claim_phone(ctx: Context, digits: str, member_id: UUID) -> None:
    """Take a telephone number, or a sharer's place beside those who have it already."""
    for value in phone_values(ctx.vault, digits):
        if claim(ctx, "phone", value, member_id):
            return


def phone_values(vault: Vault, digits: str) -> list[str]:
    """The places of a telephone number in the directory, the first to be taken first."""
    first = vault.blind("phone", digits)
    return [first, *(f"{first}+{place}" for place in range(2, PHONE_SHARERS + 1))]


def release(ctx: Context, member_id: UUID, *kinds: str) -> None:
    """Give names back, so that others may have them: telephone numbers change hands."""
    ctx.session.connection().execute(
        sa.delete(Handle).where(Handle.member_id == member_id, Handle.kind.in_(kinds))
    )


def revoke(ctx: Context, kind: str, member_id: UUID) -> int:
    """End every live name of a kind that a member holds; they are never given out again."""
    statement = (
        sa.update(Handle)
        .where(Handle.member_id == member_id, Handle.kind == kind, Handle.revoked_at.is_(None))
        .values(revoked_at=ctx.now)
    )
    return int(ctx.session.connection().execute(statement).rowcount)


def holder(session: Session, kind: str, value: str) -> UUID | None:
    """Whose live name this is; ``value`` as :func:`digest` gives it."""
    return session.scalar(
        sa.select(Handle.member_id).where(
            Handle.value == value, Handle.kind == kind, Handle.revoked_at.is_(None)
        )
    )


def holders_of_phone(session: Session, vault: Vault, digits: str) -> list[UUID]:
    """Everybody who shares a telephone number, the one who logs in with it first."""
    values = phone_values(vault, digits)
    rows = session.execute(
        sa.select(Handle.value, Handle.member_id).where(
            Handle.value.in_(values), Handle.kind == "phone", Handle.revoked_at.is_(None)
        )
    )
    found = {row.value: row.member_id for row in rows}
    return [found[value] for value in values if value in found]
