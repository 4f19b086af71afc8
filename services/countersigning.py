"""The second name under what one administrator has put forward: another person, and no kin."""

from __future__ import annotations

from uuid import UUID

from services.context import Context
from services.errors import Conflict
from services.issuing import SecondSignature


class KinSigns(Conflict):
    """提出人是您的亲属，请由另一位管理员签署。"""

    code = "kin_signs"


def require_second(ctx: Context, first_id: UUID) -> None:
    """Raise SecondSignature for whoever came first, KinSigns for the own kin."""
    if first_id == ctx.actor.id:
        raise SecondSignature
    if first_id in ctx.actor.relatives:
        raise KinSigns
