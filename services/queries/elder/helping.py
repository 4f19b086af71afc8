"""Who may act for an elder, what it has used of the month, and who else could."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.context import Context
from services.errors import Forbidden, NotFound
from services.people.guardians import is_ward
from services.people.lists import (
    DelegationView,
    GuardianView,
    KinView,
    delegations_of,
    guardians_of,
    helping_kin,
)
from services.policy import NO_RIGHT
from services.queries.elder.near import ElderView, elder_view
from services.requests.spending import Spent, spent_of


@dataclass(frozen=True, slots=True)
class Helper:
    """Somebody with leave, and what the leave has used this month."""

    delegation: DelegationView
    spent: Spent


@dataclass(frozen=True, slots=True)
class Helpers:
    """Whose leave it is, who has it now, and the guardian of record.

    ``protected``: a guardianship is on record, be there a guardian just now or not.
    """

    elder: ElderView
    helpers: tuple[Helper, ...]
    guardian: GuardianView | None
    protected: bool


@dataclass(frozen=True, slots=True)
class Relatives:
    """Who of the elder's recorded relatives could be given leave."""

    elder: ElderView
    kin: tuple[KinView, ...]

    def named(self, member_id: UUID) -> KinView:
        """One of them. Raises ``NotFound`` for anybody else."""
        for each in self.kin:
            if each.member_id == member_id:
                return each
        raise NotFound


def helpers_page(ctx: Context, elder_id: UUID) -> Helpers:
    """A relative sees the own leave on the family's pages, and nobody else's."""
    elder = elder_view(ctx, elder_id)
    if elder.acting == "family":
        raise Forbidden(NO_RIGHT)
    live = [each for each in delegations_of(ctx, elder.id) if each.in_force]
    guardian = next((g for g in guardians_of(ctx, elder.id) if g.ended_at is None), None)
    return Helpers(
        elder=elder,
        helpers=tuple(
            Helper(each, spent_of(ctx.session, elder.book, elder.id, each.delegate_id, ctx.now))
            for each in live
        ),
        guardian=guardian,
        protected=is_ward(ctx.session, elder.id),
    )


def relatives_of(ctx: Context, elder_id: UUID) -> Relatives:
    """For the elder's own login: staff grant a leave at the counter, with the paper."""
    elder = elder_view(ctx, elder_id)
    if elder.acting != "own":
        raise Forbidden(NO_RIGHT)
    return Relatives(elder, helping_kin(ctx, elder_id))
