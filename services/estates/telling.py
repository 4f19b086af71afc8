"""Whom a death, or the mistake of one, is told to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateHeir, EstateObjection, EstateReport
from models.people import RoleAssignment
from services import outbox
from services.context import Context
from services.estates import sentences as say
from services.estates.reporting import FAMILY
from services.people.reading import member_row
from services.policy import STAFF


def reporters_of(ctx: Context, estate: Estate) -> list[UUID]:
    """The relatives who reported the death."""
    rows = ctx.session.scalars(
        sa.select(EstateReport.reported_by_id)
        .where(
            EstateReport.book == estate.book,
            EstateReport.estate_id == estate.id,
            EstateReport.how == FAMILY,
        )
        .distinct()
    )
    return sorted(rows)


def objectors_of(ctx: Context, estate: Estate) -> list[UUID]:
    """Whoever has objected, by an account of the own."""
    rows = ctx.session.scalars(
        sa.select(EstateObjection.member_id)
        .where(
            EstateObjection.book == estate.book,
            EstateObjection.estate_id == estate.id,
            EstateObjection.member_id.is_not(None),
        )
        .distinct()
    )
    return sorted(each for each in rows if each is not None)


def heirs_with_accounts(ctx: Context, estate: Estate) -> list[UUID]:
    """Whoever stands on the list of heirs and can be told."""
    rows = ctx.session.scalars(
        sa.select(EstateHeir.member_id)
        .where(
            EstateHeir.book == estate.book,
            EstateHeir.estate_id == estate.id,
            EstateHeir.member_id.is_not(None),
            EstateHeir.died_before.is_(False),
        )
        .distinct()
    )
    return sorted(each for each in rows if each is not None)


def staff_of(ctx: Context, estate: Estate) -> list[UUID]:
    """Everybody who works at the branch of the dead, other than whoever acts."""
    rows = ctx.session.scalars(
        sa.select(RoleAssignment.member_id)
        .where(
            RoleAssignment.role == STAFF,
            RoleAssignment.scope_kind == "branch",
            RoleAssignment.scope == str(estate.branch_id),
            RoleAssignment.ended_at.is_(None),
            RoleAssignment.member_id.not_in((ctx.actor.id, estate.member_id)),
        )
        .distinct()
    )
    return sorted(rows)


def tell_of_freeze(ctx: Context, estate: Estate, takers: Iterable[UUID]) -> None:
    """The family, whoever would inherit (``takers``), and the branch hear of it, each once."""
    words: dict[str, Any] = {"name": member_row(ctx.session, estate.member_id).name}
    heirs = sorted(set(takers))
    for reader in heirs:
        outbox.tell(ctx, estate.book, reader, say.FROZEN_HEIR, channel="sms", **words)
    for reader in reporters_of(ctx, estate):
        if reader not in heirs:
            outbox.tell(ctx, estate.book, reader, say.FROZEN_FAMILY, channel="sms", **words)
    for reader in staff_of(ctx, estate):
        known = {**words, "reference": estate.reference}
        outbox.tell(ctx, estate.book, reader, say.FROZEN_BRANCH, **known)
