"""Who may look at or ask about a person's data: the person, a guardian of record, the branch."""

from __future__ import annotations

from models.people import Member
from services import policy
from services.context import Context
from services.people.guardians import guardianship_of
from services.people.reading import subject_of
from services.privacy import sentences as say

OWN, GUARDIAN, COUNTER, OVERSIGHT = "own", "guardian", "counter", "oversight"


def side_of(ctx: Context, member: Member, act: str) -> str:
    """By which right the actor does it; raises Forbidden, NotYourData.

    A relative's leave to see and to ask reaches what an elder does every day, not the record as
    a whole: that needs a guardian of record.
    """
    subject = subject_of(member)
    policy.require(ctx.actor, act, subject)
    if ctx.actor.id == member.id:
        return OWN
    guardianship = guardianship_of(ctx.session, member.id)
    if guardianship is not None and guardianship.guardian_id == ctx.actor.id:
        return GUARDIAN
    held = policy.relations(ctx.actor, subject)
    if held & {"staff", "region_admin"}:
        return COUNTER
    if held & {"auditor", "national_admin"}:
        return OVERSIGHT
    raise say.NotYourData
