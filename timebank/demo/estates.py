"""Three deaths in the invented district: one reported, one in its notice, one divided.

They happen on their days, so that nobody serves or is served after death. A district that is
younger than a notice takes has no divided estate yet.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.ledger import AccountKind
from models.people import Member, Sex
from models.requests import Visit
from services.errors import Conflict
from services.estates.deciding import decide
from services.estates.dividing import divide
from services.estates.listing import HeirForm, add_heir
from services.estates.objecting import Said, object_to, take_down
from services.estates.publishing import publish
from services.estates.reporting import BRANCH, FAMILY, DeathReport, report
from services.estates.unfinished import UNDECIDED
from services.estates.verifying import DeathCheck, verify
from services.ledger.accounts import available_minutes, standings
from services.people.kin import record_kinship
from timebank.demo.founding import enrol
from timebank.demo.names import Cast as Names
from timebank.demo.scene import HOME, Cast, Scene

#: Days before today on which each step is taken; the family is registered while all live.
FIRST = {"family": 49, "death": 48, "notice": 45, "objection": 43, "decision": 41, "division": 20}
SECOND = {"family": 7, "death": 6, "notice": 5, "objection": 2}
THIRD = {"family": 2, "death": 1}
#: So much was earned by whoever has died, where anybody has that much.
ENOUGH_MINUTES = 60
#: Papers are looked at before anybody asks or comes.
DAWN = time(6, 0)
ONE_DAY = timedelta(days=1)
PAPER = "温殡证第 {serial:05d} 号"


def live(scene: Scene, names: Names, cast: Cast, left: int) -> None:
    """What a day brings, ``left`` days before today."""
    _first(scene, names, cast, left)
    _second(scene, names, cast, left)
    _third(scene, names, cast, left)


def _first(scene: Scene, names: Names, cast: Cast, left: int) -> None:
    """A widow, a son and a son abroad without an account; a grandson has objected in vain."""
    if left == FIRST["family"]:
        _gather(scene, names, cast, "first")
    elif left == FIRST["death"]:
        _bury(scene, cast, "first")
    estate = cast.estates.get("first")
    if estate is None:
        return
    admin, clerk = cast.admins[0], cast.staff[_branch(cast, "first")]
    if left == FIRST["notice"]:
        absent = HeirForm(name="陈远洋", relation="child", evidence="出生证明")
        add_heir(scene.actor(clerk, scene.at(time(9, 30))), HOME, estate, absent)
        publish(scene.actor(clerk, scene.at(time(10, 0))), HOME, estate)
    elif left == FIRST["objection"]:
        heir = cast.estates["first:objector"]
        words = "爷爷说过都留给我，我有一张他写的纸条。"
        cast.estates["first:objection"] = object_to(
            scene.actor(heir, scene.at(DAWN)), HOME, estate, words
        )
    elif left == FIRST["decision"]:
        why = "纸条没有日期和签名，不是遗嘱；按民法典第一千一百二十七条，由第一顺序继承人继承。"
        one = cast.estates["first:objection"]
        decide(
            scene.actor(admin, scene.at(time(15, 0))), HOME, estate, one, uphold=False, reason=why
        )
    elif left <= FIRST["division"] and "first:divided" not in cast.estates:
        _try_to_divide(scene, cast, admin, estate)


def _second(scene: Scene, names: Names, cast: Cast, left: int) -> None:
    """The notice stands still: a niece has come to the counter, and the region has to decide."""
    if left == SECOND["family"]:
        _gather(scene, names, cast, "second")
    elif left == SECOND["death"]:
        _bury(scene, cast, "second")
    estate = cast.estates.get("second")
    if estate is None:
        return
    clerk = cast.staff[_branch(cast, "second")]
    if left == SECOND["notice"]:
        publish(scene.actor(clerk, scene.at(time(10, 0))), HOME, estate)
    elif left == SECOND["objection"]:
        said = Said("蔡小妹", "我是他收养的女儿，有收养登记证，名单里没有我。")
        take_down(scene.actor(clerk, scene.at(time(14, 0))), HOME, estate, said)


def _third(scene: Scene, names: Names, cast: Cast, left: int) -> None:
    """A daughter has told of a death, and nobody has looked at the papers yet."""
    if left == THIRD["family"]:
        _gather(scene, names, cast, "third")
    dead = cast.estates.get("third:dead")
    if left == THIRD["death"] and dead is not None:
        daughter = cast.estates["third:child"]
        form = DeathReport(dead, scene.day - ONE_DAY)
        cast.estates["third"] = report(scene.actor(daughter, scene.at(DAWN)), form, FAMILY)


def _gather(scene: Scene, names: Names, cast: Cast, which: str) -> None:
    """The family of somebody who has a day to live; from then on nobody asks or offers anything."""
    dead = _dying(scene, cast)
    if dead is None:
        return
    cast.estates[f"{which}:dead"] = dead
    _relative(scene, names, cast, dead, "spouse", None, (66, 74))
    child = _relative(scene, names, cast, dead, "child", "海波", (38, 45))
    grandchild = _relative(scene, names, cast, dead, "grandchild", "子涵", (19, 23))
    cast.estates |= {f"{which}:child": child, f"{which}:objector": grandchild}
    cast.volunteers = [each for each in cast.volunteers if each.id != dead]
    cast.elders = [each for each in cast.elders if each.id != dead]


def _bury(scene: Scene, cast: Cast, which: str) -> None:
    """Reported at the counter, verified by the clerk and an administrator."""
    dead = cast.estates.get(f"{which}:dead")
    if dead is None:
        return
    clerk, died_on = cast.staff[cast.branch_of[dead]], scene.day - ONE_DAY
    estate = report(scene.actor(clerk, scene.at(DAWN)), DeathReport(dead, died_on), BRANCH)
    number = PAPER.format(serial=scene.random.randint(1, 99_999))
    paper = DeathCheck(died_on, "death_certificate", number)
    for minutes, official in ((10, clerk), (40, cast.admins[0])):
        verify(scene.actor(official, scene.at(DAWN, minutes)), HOME, estate, paper)
    cast.estates[which] = estate


def _try_to_divide(scene: Scene, cast: Cast, admin: UUID, estate: UUID) -> None:
    """As soon as nothing stands in the way: a service may still be looked into."""
    try:
        with scene.attempt():
            divide(scene.actor(admin, scene.at(DAWN)), HOME, estate)
    except Conflict:
        return
    cast.estates["first:divided"] = estate


def _dying(scene: Scene, cast: Cast) -> UUID | None:
    """Somebody old without a printed login who has earned something; the richest of them."""
    keen = {each.id for each in cast.volunteers if each.is_keen}
    served = [each.id for each in cast.elders if each.id not in keen]
    busy = _busy(scene)
    at_home = [
        each for each in served if cast.branch_of[each] in cast.branches[:-1] and each not in busy
    ]
    now = scene.at(time(12, 0))
    coins = {each: _left_by(scene, each, now) for each in at_home}
    enough = [each for each in at_home if coins[each] >= ENOUGH_MINUTES]
    return max(enough, key=lambda each: coins[each], default=None)


def _left_by(scene: Scene, member: UUID, now: datetime) -> int:
    """What heirs would have: granted coins are nobody's to leave."""
    found = standings(scene.session, HOME, member, now=now)
    return available_minutes([each for each in found if each.kind is not AccountKind.GRANTED])


def _busy(scene: Scene) -> set[UUID]:
    """Everybody on either side of a visit that is still to come or to be looked into."""
    rows = scene.session.execute(
        sa.select(Visit.elder_id, Visit.provider_id).where(
            Visit.book == HOME, Visit.state.in_(UNDECIDED)
        )
    )
    return {person for row in rows for person in row}


def _relative(
    scene: Scene,
    names: Names,
    cast: Cast,
    dead: UUID,
    relation: str,
    given: str | None,
    ages: tuple[int, int],
) -> UUID:
    """A relative with an account at the same branch, recorded by its clerk."""
    member = scene.session.get_one(Member, dead)
    branch = cast.branch_of[dead]
    clerk = cast.staff[branch]
    if relation == "spouse":
        sex = Sex.MALE if member.sex is Sex.FEMALE else Sex.FEMALE
        person = names.person(*ages, sex=sex)
    else:
        person = names.person(*ages, name=f"{member.name[:1]}{given}")
    found = enrol(scene, person, branch, login=None, checked_by=clerk, receives=False)
    cast.branch_of[found] = branch
    when = scene.at(time(13, 0))
    record_kinship(scene.actor(clerk, when), dead, found, relation, "户口簿")
    for each in (dead, found):
        scene.forget(each)
    return found


def _branch(cast: Cast, which: str) -> UUID:
    return cast.branch_of[cast.estates[f"{which}:dead"]]
