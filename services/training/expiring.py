"""Certificates that are about to end: their holders are told in time, and once for each step.

Nothing has to close eligibility: a certificate counts while it is valid, and no day longer.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa

from models.people import Certificate
from services import audit, outbox, policy, rates
from services.clock import local_date
from services.context import Context
from services.matching.marks import mark
from services.people.reading import member_row
from services.rules.training import WARN_DAYS, warning_due
from services.training.sentences import ENDED, ENDS_SOON


def due_to_warn(ctx: Context, limit: int = 500) -> list[tuple[UUID, UUID]]:
    """Certificates whose end comes near or has just come: (member, certificate), soonest first.

    One that was renewed is not among them: a later one of its kind stands beside it.
    """
    today = local_date(ctx.now)
    later = sa.orm.aliased(Certificate)
    renewed = (
        sa.select(later.id)
        .where(
            later.member_id == Certificate.member_id,
            later.code == Certificate.code,
            later.id != Certificate.id,
            sa.or_(later.valid_to.is_(None), later.valid_to > Certificate.valid_to),
        )
        .exists()
    )
    rows = ctx.session.execute(
        sa.select(
            Certificate.member_id, Certificate.id, Certificate.valid_to, Certificate.warned_days
        )
        .where(
            Certificate.valid_to.is_not(None),
            Certificate.valid_to <= today + timedelta(days=max(WARN_DAYS)),
            Certificate.valid_to >= today - timedelta(days=max(WARN_DAYS)),
            ~renewed,
        )
        .order_by(Certificate.valid_to, Certificate.id)
    )
    due = [
        (row.member_id, row.id)
        for row in rows
        if warning_due(row.valid_to, today, row.warned_days) is not None
    ]
    return due[:limit]


def warn(ctx: Context, member_id: UUID, certificate_id: UUID) -> bool:
    """Tell a holder that a certificate ends or has ended; False when that has been done."""
    policy.require(ctx.actor, "jobs.run")
    row = ctx.session.scalars(
        sa.select(Certificate)
        .where(Certificate.member_id == member_id, Certificate.id == certificate_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    today = local_date(ctx.now)
    step = None if row.valid_to is None else warning_due(row.valid_to, today, row.warned_days)
    if step is None or row.valid_to is None:
        return False
    row.warned_days = step
    member = member_row(ctx.session, member_id)
    kind = rates.rule_set_on(ctx.session, today).certificates.get(row.code)
    names = kind.name.params("certificate") if kind is not None else {"certificate": row.code}
    sentence = ENDED if row.valid_to < today else ENDS_SOON
    outbox.tell(
        ctx,
        member.home_book,
        member_id,
        sentence,
        channel="sms",
        ends_on=row.valid_to.isoformat(),
        **names,
    )
    if row.valid_to < today:
        mark(ctx.session, {member_id}, ctx.now)
    audit.record(
        ctx,
        "certificate.warn",
        "member",
        member_id,
        book=member.home_book,
        after={"code": row.code, "to": str(row.valid_to), "step": step},
    )
    return True
