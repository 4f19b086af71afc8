"""Who may donate: a member's coins are the member's own to give, and a ward's are protected."""

from __future__ import annotations

from models.people import Member, MemberStatus
from services.context import Context
from services.donations import sentences as say
from services.people.guardians import require_no_ward


def require_donor(ctx: Context, donor: Member) -> None:
    """Raise DonorNotActive, WardMayNot, or OwnOrKinDonation at the counter.

    The member is under the lock: a death, or a guardian recorded meanwhile, is seen.
    """
    if donor.status is not MemberStatus.ACTIVE:
        raise say.DonorNotActive
    require_no_ward(ctx.session, donor)
    if donor.id in ctx.actor.relatives and donor.id != ctx.actor.id:
        raise say.OwnOrKinDonation
