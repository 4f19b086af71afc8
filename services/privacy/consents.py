"""Consents to health and to place: each by itself, by whom and to which text, and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa

from models.people import Consent, Member
from services import outbox, policy
from services.acts import once
from services.context import Context
from services.people.errors import ConsentHow
from services.people.forms import CONSENT_HOWS, OWN
from services.people.reading import member_row, subject_of
from services.people.records import add_consent
from services.people.trail import note
from services.privacy import sentences as say
from services.privacy.access import side_of
from services.privacy.effects import SEPARATE, answer_of, take_away


def answers_of(ctx: Context, member_id: UUID) -> Mapping[str, str]:
    """The newest word on each separate consent; the caller's side is asked of the policy."""
    side_of(ctx, member_row(ctx.session, member_id), "privacy.read")
    return {kind: answer_of(ctx.session, member_id, kind) for kind in SEPARATE}


def answer(ctx: Context, member_id: UUID, kind: str, how: str, *, agrees: bool) -> None:
    """Say yes or no to one purpose; a no takes its data away at once.

    By oneself on the own login (``how`` own), or before staff. Raises NotAPurpose, ConsentHow.
    """
    member = member_row(ctx.session, member_id)
    own = ctx.actor.id == member_id
    policy.require(ctx.actor, "member.update" if own else "consent.record", subject_of(member))
    if kind not in SEPARATE:
        raise say.NotAPurpose(field="kind")
    if how not in CONSENT_HOWS or (how == OWN) != own:
        raise ConsentHow(field="how")

    def do() -> dict[str, str]:
        ctx.session.refresh(member, with_for_update=True)
        write_answer(ctx, member, kind, how, agrees=agrees)
        outbox.tell(ctx, member.home_book, member.id, say.CONSENT_CHANGED[kind][agrees])
        ctx.session.flush()
        return {}

    content = {"member_id": member_id, "kind": kind, "how": how, "agrees": agrees}
    once(ctx, member.home_book, "consent.answer", content, do)


def write_answer(ctx: Context, member: Member, kind: str, how: str, *, agrees: bool) -> None:
    """The stored answer, for acts that bring one along (joining); services only."""
    _end_standing(ctx, member, kind)
    row = add_consent(ctx, member, kind, how, member.name)
    if not agrees:
        # A no is written down as well, so that nobody asks as if it had never been said.
        row.withdrawn_at, row.withdrawn_by_id = ctx.now, ctx.actor.id
        take_away(ctx, member, kind)
    note(ctx, "consent.answer", member, after={"kind": kind, "agrees": agrees, "how": how})


def _end_standing(ctx: Context, member: Member, kind: str) -> None:
    ctx.session.flush()
    ctx.session.connection().execute(
        sa.update(Consent)
        .where(
            Consent.member_id == member.id,
            Consent.kind == kind,
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=ctx.now, withdrawn_by_id=ctx.actor.id)
    )


def answer_at_joining(
    ctx: Context, member: Member, kind: str, how: str, *, agrees: bool, is_seen: bool
) -> None:
    """The answer that somebody gives on the form of joining; services only."""
    row = add_consent(ctx, member, kind, how, member.name, is_seen=is_seen)
    if not agrees:
        row.withdrawn_at, row.withdrawn_by_id = ctx.now, ctx.actor.id
        take_away(ctx, member, kind)
