"""Lost telephone, lost recovery codes: an administrator takes the second factor away.

He has seen the person and the identity card at the counter. It is never his own factor nor that
of his kin, it stands on record, the person is told, and every login and token ends.
"""

from __future__ import annotations

from uuid import UUID

from models.logins import SecondFactor
from services import audit, outbox, policy
from services.acts import once
from services.context import Context
from services.errors import Conflict, Forbidden
from services.logins import sessions
from services.people.actors import roles_of
from services.people.errors import UnknownHow
from services.people.membership import CHECKS
from services.people.reading import member_row, subject_of
from services.people.roles import FROM_ABOVE, subject_of_scope
from services.people.tokens import end_tokens
from services.policy import NATIONAL_ADMIN, REGION_ADMIN

TAKEN = (
    "管理员核对您的身份后，取消了您的第二步验证，所有登录都已退出。下次登录时请重新设置。"
    "如果不是您本人办理的，请马上联系管理员。"
)


class NoFactorThere(Conflict):
    """这个人还没有第二步验证，不用取消。"""

    code = "no_factor_there"


class FromAboveOnly(Forbidden):
    """管理员和监督人员的第二步验证，只能由全国管理员取消。"""

    code = "from_above_only"


def reset(ctx: Context, member_id: UUID, how: str) -> None:
    """Take the second factor of somebody with an office away; ``how`` the identity was checked.

    An administrator of a region does it for the staff of its branches, the national
    administrator for everybody. Raises Forbidden, NoFactorThere.
    """
    member = member_row(ctx.session, member_id)
    offices = roles_of(ctx.session, member_id)
    require_reset(ctx, member_id)
    if how not in CHECKS:
        raise UnknownHow(field="how")

    def do() -> dict[str, str]:
        row = ctx.session.get(SecondFactor, member_id, with_for_update=True, populate_existing=True)
        if row is None or row.confirmed_at is None:
            raise NoFactorThere
        row.secret_sealed = row.pending_sealed = row.pending_at = row.confirmed_at = None
        row.recovery, row.tries, row.tries_since = [], 0, None
        book = member.home_book
        audit.record(
            ctx,
            "factor.reset",
            "member",
            member_id,
            book=book,
            after={"how": how, "offices": len(offices)},
        )
        sessions.end_all(ctx, member_id, book, "reset")
        end_tokens(ctx, member_id)
        outbox.tell(ctx, book, member_id, TAKEN, channel="sms", urgent=True)
        ctx.session.flush()
        return {}

    once(ctx, member.home_book, "factor.reset", {"member_id": member_id, "how": how}, do)


def require_reset(ctx: Context, member_id: UUID) -> None:
    """Every office of the person lies in the actor's region; administrators' only in the nation."""
    offices = roles_of(ctx.session, member_id)
    above = ctx.actor.is_system or ctx.actor.has_role(NATIONAL_ADMIN)
    for office in offices:
        subject = subject_of_scope(ctx, office.scope_kind, office.scope, member_id, opening=False)
        policy.require(ctx.actor, "factor.reset", subject)
        if office.name in (*FROM_ABOVE, REGION_ADMIN) and not above:
            raise FromAboveOnly
    if not offices:
        policy.require(ctx.actor, "factor.reset", subject_of(member_row(ctx.session, member_id)))
