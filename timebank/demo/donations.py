"""Donations in the invented district: a fund that helps, those who give, and a full account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.batches import Batch, BatchKind, BatchState
from models.giving import BenefitFund
from models.ledger import Account, AccountKind
from models.people import Member, MemberStatus
from services.batches.proposing import propose
from services.batches.signing import sign
from services.batches.working import work_chunk
from services.clock import age_on, local_date
from services.donations.funds import FundForm, open_fund
from services.donations.giving import DonationForm, donate, givable
from services.donations.overflowing import set_overflow
from services.errors import DomainError
from services.ledger.accounts import account_id, available_minutes, standing, standings
from services.visits.confirming import confirm
from timebank.demo.scene import HOME, Cast, Scene

#: What two volunteers had in the time bank before this one, and what they give of it.
PASSBOOKS, GIFTS = (1500, 900), (180, 240)
#: What others give later, and what they keep.
GIFT_MINUTES, KEPT_MINUTES = 60, 30
AGE = 80
#: A volunteer of long standing has so little room left on the account.
ROOM_MINUTES = 20
#: Lets somebody visit an elder yesterday: (elder, volunteer, minutes) gives the visit.
Visiting = Callable[[UUID, UUID, int], UUID]


def live(scene: Scene, cast: Cast, offset: int) -> None:
    """The fund is there from the first day; two with old passbooks give, and others later."""
    morning = scene.at(time(6, 0))
    if offset == 0:
        form = FundForm(
            book=HOME,
            kind="group",
            name="八十岁以上独居老人",
            name_en="Elders of 80 and over who live alone",
            age_from=AGE,
            lives_alone=True,
        )
        open_fund(scene.actor(cast.admins[0], scene.at(time(17, 0))), form)
    elif offset == 1:
        elders = {each.id for each in cast.elders}
        keen = [each.id for each in cast.volunteers if each.is_keen and each.id not in elders]
        _put_in(scene, cast, dict(zip(keen, PASSBOOKS, strict=False)), morning)
        for donor, minutes in zip(keen, GIFTS, strict=False):
            form_of = DonationForm(donor, str(_fund(scene)), minutes)
            donate(scene.actor(donor, morning + timedelta(hours=1)), form_of)
    else:
        donor = cast.volunteers[offset % len(cast.volunteers)].id
        _give(scene, donor, str(_fund(scene)) if offset % 3 else "pool", morning)


def stage(scene: Scene, cast: Cast, now: datetime, visiting: Visiting) -> None:
    """An elder who had nothing left was helped by somebody whose account is full."""
    elder = _in_need(scene, cast, now)
    for volunteer in [each.id for each in cast.volunteers if not each.is_keen]:
        try:
            with scene.attempt():
                visit = visiting(elder, volunteer, 60)
                break
        except DomainError:
            continue
    else:
        return
    earned = account_id(HOME, AccountKind.EARNED, volunteer)
    ceiling = scene.session.get_one(Account, (HOME, earned)).ceiling_minutes or 0
    room = ceiling - standing(scene.session, HOME, earned).posted_minutes
    _put_in(scene, cast, {volunteer: room - ROOM_MINUTES}, now - timedelta(hours=12))
    when = now - timedelta(hours=11)
    set_overflow(scene.actor(volunteer, when), volunteer, str(_fund(scene)))
    confirm(scene.actor(elder, now - timedelta(hours=2)), HOME, visit)


def _fund(scene: Scene) -> UUID:
    return scene.session.scalars(sa.select(BenefitFund.id).where(BenefitFund.book == HOME)).one()


def _give(scene: Scene, donor_id: UUID, to: str, when: datetime) -> int:
    """A donation of somebody who has enough; 1 if it was made."""
    ctx = scene.actor(donor_id, when)
    donor = scene.session.get_one(Member, donor_id)
    has_enough = available_minutes(givable(ctx, donor)) >= GIFT_MINUTES + KEPT_MINUTES
    if not has_enough or donor.status is not MemberStatus.ACTIVE:
        return 0
    donate(ctx, DonationForm(donor_id, to, GIFT_MINUTES))
    return 1


def _in_need(scene: Scene, cast: Cast, now: datetime) -> UUID:
    """Of the elders whom the fund is for, who has the fewest coins."""
    found: list[tuple[int, int, UUID]] = []
    for elder in cast.elders:
        member = scene.session.get_one(Member, elder.id)
        is_here = member.status is MemberStatus.ACTIVE
        if is_here and member.lives_alone and age_on(member.born_on, scene.day) >= AGE:
            stands = standings(scene.session, HOME, member.id, now=now)
            found.append((available_minutes(stands), len(found), member.id))
    return min(found)[2]


def _put_in(scene: Scene, cast: Cast, minutes: Mapping[UUID, int], when: datetime) -> None:
    """What stands in old passbooks, put in by two administrators."""
    day = local_date(when) - timedelta(days=400)
    lines = ["number,minutes,effective_on,account,reference"]
    for place, (member_id, amount) in enumerate(minutes.items(), 1):
        number = scene.session.get_one(Member, member_id).number
        lines.append(f"{number},{amount},{day.isoformat()},earned,OLD-{day:%j}-{place:04d}")
    terms = {"source": "鹿城区原有时间银行的存折", "limit_minutes": sum(minutes.values())}
    one, other = cast.admins[:2]
    text = "\n".join(lines).encode()
    batch_id = propose(scene.actor(one, when), HOME, BatchKind.IMPORT, terms, text)
    row = scene.session.get_one(Batch, (HOME, batch_id))
    sign(scene.actor(other, when), HOME, batch_id, row.content_hash)
    while work_chunk(scene.system(when), HOME, batch_id).state is BatchState.SIGNED:
        continue
