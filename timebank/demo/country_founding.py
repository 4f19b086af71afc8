"""Six regions that recognise each other: funds, caps, and agreements city by city up to the nation.

The county of the story is one of them; whoever stands on the stage calls :func:`found` once, on
the day on which everything begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from uuid import UUID

import sqlalchemy as sa

from models.corridors import CorridorMode, Phase
from models.people import RoleAssignment, Sex
from models.places import Book, Branch, OperatorKind, SuccessorRule
from services import policy
from services.clock import local_date
from services.corridors.agreeing import AgreementForm, propose, sign
from services.people.roles import grant_role
from services.places.books import open_book
from services.places.branches import BranchForm, open_branch, open_operator
from services.places.regions import region_on
from services.policy import NATION, NATIONAL_ADMIN, REGION_ADMIN
from timebank.demo.founding import enrol
from timebank.demo.funding import join
from timebank.demo.names import Cast as Names
from timebank.demo.scene import AWAY, HOME, Scene

#: Two of one city, one of the same province, and three of other provinces.
SIX = (HOME, "330303000000", "330402000000", AWAY, "310109000000", "110102000000")
PAIR_CAP_MINUTES = 60_000
HOURS = time(11, 0)


@dataclass(slots=True)
class Settled:
    """A region of the country: its branch, who works there and who administers it."""

    book: str
    branch: UUID
    staff: UUID
    admins: list[UUID] = field(default_factory=list)


def found(scene: Scene, names: Names, codes: Sequence[str] = SIX) -> dict[str, Settled]:
    """Open what is not there yet and let all of them agree; returns them by book.

    Each region gets a branch with staff, two administrators, a signed fund and a cap. Cities
    agree within themselves, provinces with each other, and the nation for whoever is left.
    """
    national = _nationals(scene, names, codes[0])
    settled = {code: _settle(scene, names, code, national) for code in codes}
    for code, region in settled.items():
        join(scene, code, region.admins, national[0])
    _agree(scene, codes, national)
    return settled


def agree(
    scene: Scene,
    one_code: str,
    other_code: str,
    phase: Phase,
    by: tuple[UUID, UUID],
    *,
    mode: CorridorMode = CorridorMode.BOTH,
    is_signed: bool = True,
) -> UUID:
    """One proposes for the first side, and the other signs for the second."""
    now = scene.at(HOURS)
    form = AgreementForm(
        one_code=one_code,
        other_code=other_code,
        phase=phase,
        mode=mode,
        pair_cap_minutes=PAIR_CAP_MINUTES,
        valid_from=local_date(now),
        document=f"互认〔{now.year}〕{int(one_code[:6]) % 997}-{int(other_code[:6]) % 997} 号",
    )
    row = propose(scene.actor(by[0], now), form)
    if is_signed:
        sign(scene.actor(by[1], now), row)
    return row


def _agree(scene: Scene, codes: Sequence[str], national: tuple[UUID, UUID]) -> None:
    """City by city, province by province, and the nation last."""
    today = local_date(scene.at(HOURS))
    above = {code: region_on(scene.session, code, today).parent_code or code for code in codes}
    cities = sorted({each for each in above.values() if each[2:].strip("0")})
    for city in cities:
        agree(scene, city, city, Phase.CITY, national)
    provinces = sorted({code[:2].ljust(12, "0") for code in codes})
    near = [each for each in provinces if each[:1] == "3"]
    for place, one in enumerate(near):
        for other in near[place:]:
            agree(scene, one, other, Phase.PROVINCE, national)
    agree(scene, NATION, NATION, Phase.NATION, national)


def _nationals(scene: Scene, names: Names, region: str) -> tuple[UUID, UUID]:
    """Whoever administers the nation already, and a second one."""
    found = scene.session.scalars(
        sa.select(RoleAssignment.member_id)
        .where(RoleAssignment.role == NATIONAL_ADMIN, RoleAssignment.ended_at.is_(None))
        .order_by(RoleAssignment.member_id)
    ).all()
    if len(found) > 1:
        return found[0], found[1]
    branch = _branch_of(scene, region)
    second = _office(scene, names, branch, region, ("national2", "顾清源"))
    grant_role(
        scene.actor(found[0], scene.at(HOURS)), second, NATIONAL_ADMIN, "nation", policy.NATION
    )
    scene.forget(second)
    return found[0], second


def _settle(scene: Scene, names: Names, code: str, national: tuple[UUID, UUID]) -> Settled:
    """A region with a branch, its staff, and two who administer it; what is there is kept."""
    if scene.session.get(Book, code) is None:
        open_book(scene.system(scene.at(HOURS)), code)
    branch = _branch_of(scene, code)
    staff = _holders(scene, policy.STAFF, str(branch))
    admins = _holders(scene, REGION_ADMIN, code)
    if not staff:
        staff = [_office(scene, names, branch, code, None)]
        _grant(scene, national[0], staff[0], policy.STAFF, "branch", str(branch))
    while len(admins) < 2:
        login = (f"admin-{code[:6]}", None) if not admins else None
        admins.append(_office(scene, names, branch, code, login))
        _grant(scene, national[0], admins[-1], REGION_ADMIN, "region", code)
    return Settled(code, branch, staff[0], admins)


def _branch_of(scene: Scene, code: str) -> UUID:
    """The region's first branch, opened when there is none."""
    there = scene.session.scalar(
        sa.select(Branch.id)
        .where(Branch.book == code)
        .order_by(Branch.opened_on, Branch.id)
        .limit(1)
    )
    if there is not None:
        return there
    now = scene.at(HOURS)
    region = region_on(scene.session, code, local_date(now))
    operator = open_operator(
        scene.system(now),
        f"{region.name}民政局",
        f"{region.name_en} Civil Affairs",
        OperatorKind.CIVIL_AFFAIRS,
    )
    form = BranchForm(
        region_code=code,
        operator_id=operator,
        name=f"{region.name}互助网点",
        name_en=f"{region.name_en} branch",
        address=f"{region.name}样例路1号",
        phone=f"0{code[:3]}8800000",
        successor_rule=SuccessorRule.REGION,
    )
    return open_branch(scene.system(now), form)


def _holders(scene: Scene, role: str, scope: str) -> list[UUID]:
    return list(
        scene.session.scalars(
            sa.select(RoleAssignment.member_id)
            .where(
                RoleAssignment.role == role,
                RoleAssignment.scope == scope,
                RoleAssignment.ended_at.is_(None),
            )
            .order_by(RoleAssignment.member_id)
        )
    )


def _office(
    scene: Scene,
    names: Names,
    branch: UUID,
    region: str,
    login: tuple[str, str | None] | None,
) -> UUID:
    """Somebody who takes an office there; with a login name there is a password too."""
    person = names.person(32, 52, name=login[1] if login else None, sex=Sex.FEMALE)
    return enrol(
        scene, person, branch, login=login[0] if login else None, checked_by=None, region=region
    )


def _grant(scene: Scene, by: UUID, member: UUID, role: str, scope_kind: str, scope: str) -> None:
    grant_role(scene.actor(by, scene.at(HOURS)), member, role, scope_kind, scope)
    scene.forget(member)
