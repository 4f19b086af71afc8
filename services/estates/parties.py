"""Whom an estate touches beside the dead: its heirs, and who may therefore not decide about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateHeir
from models.people import Member
from services import outbox, policy
from services.clock import local_date
from services.context import Context
from services.errors import Forbidden
from services.estates.finding import subject_of
from services.people.reading import member_row
from services.places.branches import branch_row
from services.places.regions import full_name
from services.policy import OWN_AFFAIR
from services.vault import Vault

#: Names of heirs and objectors, and what was said; each opens only under its own purpose.
HEIR_NAME, OBJECTOR_NAME = "estate.heir", "estate.objector"
OBJECTION_TEXT, REASON_TEXT = "estate.objection", "estate.reason"


def heirs_of(ctx: Context, book: str, estate_id: UUID) -> Sequence[EstateHeir]:
    """Everybody on the list of heirs, read anew, in the order in which they were recorded."""
    return ctx.session.scalars(
        sa.select(EstateHeir)
        .where(EstateHeir.book == book, EstateHeir.estate_id == estate_id)
        .order_by(EstateHeir.recorded_at, EstateHeir.id)
        .execution_options(populate_existing=True)
    ).all()


def heir_name(vault: Vault, heir: EstateHeir) -> str:
    """What an heir is called."""
    return vault.open(HEIR_NAME, heir.name_sealed)


def require_apart(ctx: Context, act: str, estate: Estate, *others: UUID | None) -> None:
    """The policy's word on an official's act, who is also neither heir nor kin of an heir.

    ``others`` are further people whom it touches, such as whoever objects.
    """
    policy.require(ctx.actor, act, subject_of(ctx, estate))
    touched = {heir.member_id for heir in heirs_of(ctx, estate.book, estate.id)} | set(others)
    if touched & ({ctx.actor.id} | ctx.actor.relatives):
        raise Forbidden(OWN_AFFAIR)


def members_by_id(ctx: Context, ids: Iterable[UUID | None]) -> dict[UUID, Member]:
    """The accounts of those who have one, by id."""
    wanted = {each for each in ids if each is not None}
    rows = ctx.session.scalars(sa.select(Member).where(Member.id.in_(wanted)))
    return {row.id: row for row in rows}


def tell_heirs(ctx: Context, estate: Estate, sentence: str, **params: Any) -> None:
    """Tell every living heir with an account, once, and by the name of the dead."""
    name = member_row(ctx.session, estate.member_id).name
    heirs = heirs_of(ctx, estate.book, estate.id)
    readers = {heir.member_id for heir in heirs if not heir.died_before} - {None}
    for member in members_by_id(ctx, sorted(reader for reader in readers if reader)).values():
        if member.died_at is None:
            outbox.tell(
                ctx,
                member.home_book,
                member.id,
                sentence,
                name=name,
                reference=estate.reference,
                **params,
            )


def place_of(ctx: Context, estate: Estate, member: Member) -> dict[str, str]:
    """The branch and the region of an estate, by name, for its papers."""
    region, _english = full_name(ctx.session, member.region_code, local_date(ctx.now))
    return {"branch": branch_row(ctx.session, estate.branch_id).name, "region": region}
