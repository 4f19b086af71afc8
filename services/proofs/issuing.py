"""A certificate of volunteer service: free, true to the record, for days the member chooses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services import outbox, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.ids import derived
from services.papers.issuing import PaperKind, issue
from services.people.books import books_of
from services.people.reading import member_row, subject_of
from services.places.branches import branch_row
from services.places.regions import full_name
from services.proofs import sentences as say
from services.records.activities import Span, activities_of
from services.records.lines import ActivityRecord
from services.visits.days import lock_members


def issue_proof(
    ctx: Context, member_id: UUID, first: date | None = None, last: date | None = None
) -> str:
    """Certify the services of some days, or all of them; returns the check code.

    Without a first day it begins with the first service; without a last one it ends today. The
    same days certified again replace the earlier paper. Raises ProofPeriodWrong, NothingToProve or
    a refusal.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "proof.issue", subject_of(member))
    today = local_date(ctx.now)
    until = last or today
    if until > today or (first is not None and first > until):
        raise say.ProofPeriodWrong(field="last")

    def do() -> dict[str, str]:
        # A correction of the member's hours waits, or is seen here.
        lock_members(ctx.session, {member_id})
        found = activities_of(ctx, books_of(member), Span(first, until), member_id)
        if not sum(each.actual_minutes for each in found):
            raise say.NothingToProve
        since = first or found[0].day
        content = {
            "volunteer": member.name,
            "number": member.number,
            "from": since.isoformat(),
            "until": until.isoformat(),
            **_summary(found),
            **_issuer(ctx, member.home_book, member.branch_id),
        }
        subject_id = derived("service_proof", member_id, since, until)
        kind = PaperKind.SERVICE_PROOF
        code = issue(ctx, kind, member.home_book, subject_id, member, content, numbered=True)
        if ctx.actor.id != member_id:
            outbox.tell(
                ctx,
                member.home_book,
                member_id,
                say.PROOF_ISSUED,
                number=code,
                served_minutes=content["minutes"],
            )
        return {"code": code}

    content = {"member_id": member_id, "first": first, "last": last}
    return str(once(ctx, member.home_book, "proof.issue", content, do)["code"])


def _summary(found: Sequence[ActivityRecord]) -> dict[str, Any]:
    """Minutes and times in all and by service, the most minutes first."""
    by: dict[str, dict[str, Any]] = {}
    for each in found:
        line = by.setdefault(
            each.service_code,
            {
                "code": each.service_code,
                "zh": each.activity.zh,
                "en": each.activity.en,
                "minutes": 0,
                "times": 0,
            },
        )
        line["minutes"] += each.actual_minutes
        line["times"] += 1
    services = sorted(by.values(), key=lambda line: (-line["minutes"], line["code"]))
    return {
        "minutes": sum(line["minutes"] for line in services),
        "times": len(found),
        "services": services,
    }


def _issuer(ctx: Context, book: str, branch_id: UUID) -> dict[str, Any]:
    """Which body's record it is, which branch keeps it, and whom to ask."""
    zh, en = full_name(ctx.session, book, local_date(ctx.now))
    branch = branch_row(ctx.session, branch_id)
    return {
        "issuer": {"zh": zh, "en": en},
        "branch": {"zh": branch.name, "en": branch.name_en},
        "in_charge": branch.person_in_charge,
        "phone": branch.phone,
    }
