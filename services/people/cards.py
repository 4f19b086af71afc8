"""The elder's card and door sign: a token on paper, known here only by its keyed digest."""

from __future__ import annotations

import secrets
from uuid import UUID

from models.people import MemberStatus
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.people import handles
from services.people.errors import NotActive
from services.people.reading import member_row, subject_of

CARD, DOOR = "card", "door"
#: 128 random bits: nobody guesses a card.
TOKEN_BYTES = 16
#: The answer to a repeated request is kept sealed.
PURPOSE = "act.token"

CARD_ISSUED = "已经为您办了新卡，旧卡从现在起不能用了。"
DOOR_ISSUED = "已经为您办了新门牌，旧门牌从现在起不能用了。"


def issue_card(ctx: Context, member_id: UUID) -> str:
    """Give an elder a card; returns its token, shown once. The old card ends at once."""
    return _issue(ctx, member_id, CARD, CARD_ISSUED)


def issue_door_sign(ctx: Context, member_id: UUID) -> str:
    """Give an elder a door sign; returns its token, shown once. The old sign ends at once."""
    return _issue(ctx, member_id, DOOR, DOOR_ISSUED)


def revoke_card(ctx: Context, member_id: UUID) -> None:
    """End an elder's card, say because it was lost; nothing happens when there is none."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "card.issue", subject_of(member))

    def do() -> dict[str, str]:
        ended = handles.revoke(ctx, CARD, member_id)
        audit.record(
            ctx,
            "card.revoke",
            "member",
            member_id,
            book=member.home_book,
            after={"ended": ended},
            acting_for_id=member_id,
        )
        return {}

    once(ctx, member.home_book, "card.revoke", {"member_id": member_id}, do)


def _issue(ctx: Context, member_id: UUID, kind: str, sentence: str) -> str:
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "card.issue", subject_of(member))
    if member.status is not MemberStatus.ACTIVE:
        raise NotActive

    def do() -> dict[str, str]:
        ended = handles.revoke(ctx, kind, member_id)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        handles.claim(ctx, kind, handles.digest(ctx.vault, kind, token), member_id)
        audit.record(
            ctx,
            f"{kind}.issue",
            "member",
            member_id,
            book=member.home_book,
            after={"ended": ended},
            acting_for_id=member_id,
        )
        if ended:
            outbox.tell(ctx, member.home_book, member_id, sentence)
        ctx.session.flush()
        return {"token_sealed": ctx.vault.seal(PURPOSE, token)}

    result = once(ctx, member.home_book, f"{kind}.issue", {"member_id": member_id}, do)
    return ctx.vault.open(PURPOSE, result["token_sealed"])


def holder_of(ctx: Context, kind: str, token: str) -> UUID | None:
    """Whose card or door sign a token is; None for one that is unknown or revoked."""
    return handles.holder(ctx.session, kind, handles.digest(ctx.vault, kind, token))
