"""The first day: rules, regions, books, branches, staff, and what backs the pool."""

from __future__ import annotations

import json
from datetime import time
from uuid import UUID

from models.people import Sex
from models.places import OperatorKind, SuccessorRule
from services import issuing, policy
from services.login import set_password
from services.people.forms import COUNTER, SELF, SIGNATURE, RegisterForm
from services.people.membership import check_identity
from services.people.register import register
from services.people.roles import grant_role
from services.places.books import open_book
from services.places.branches import BranchForm, open_branch, open_operator
from services.places.regions import load_regions
from services.rates import publish_calendar, publish_rule_set
from services.rules.published import shipped_text
from timebank.demo.funding import join
from timebank.demo.names import Cast as Names
from timebank.demo.names import Person
from timebank.demo.scene import AWAY, HOME, Cast, Scene

#: The password of every printed login: the district is invented, and its banner says so.
PASSWORD = "hu-zhu-shi-guang"  # noqa: S105 - printed on purpose
DOCUMENTS = ("calendar-2025.json", "calendar-2026.json")
BRANCHES = (
    ("五马街道互助网点", "Wuma Street branch", "温州市鹿城区公园路105号"),
    ("南汇街道互助网点", "Nanhui Street branch", "温州市鹿城区惠民路88号"),
    ("松台街道互助网点", "Songtai Street branch", "温州市鹿城区水心路29号"),
)
POOL_MINUTES = 240_000


def found(scene: Scene, names: Names) -> Cast:
    """Publish the rules, open two books and their branches, and give everybody an office."""
    now = scene.at(time(8, 0))
    publish_rule_set(scene.system(now), json.loads(shipped_text("cn-tb-1.json")))
    for document in DOCUMENTS:
        publish_calendar(scene.system(now), json.loads(shipped_text(document)))
    load_regions(scene.system(now))
    for book in (HOME, AWAY):
        open_book(scene.system(now), book)
    cast = Cast()
    _open_branches(scene, cast)
    national = _appoint(scene, names, cast)
    _authorise(scene, cast)
    join(scene, HOME, cast.admins, national)
    return cast


def _open_branches(scene: Scene, cast: Cast) -> None:
    now = scene.at(time(8, 5))
    civil = open_operator(
        scene.system(now), "鹿城区民政局", "Lucheng Civil Affairs", OperatorKind.CIVIL_AFFAIRS
    )
    social = open_operator(
        scene.system(now),
        "邻里社会服务中心",
        "Linli Social Services",
        OperatorKind.SOCIAL_ORGANISATION,
    )
    for place, (name, name_en, address) in enumerate(BRANCHES):
        form = BranchForm(
            region_code=HOME,
            operator_id=civil if place == 0 else social,
            name=name,
            name_en=name_en,
            address=address,
            phone=f"0577880000{place:02d}",
            successor_rule=SuccessorRule.REGION,
        )
        cast.branches.append(open_branch(scene.system(now), form))
    away = BranchForm(
        region_code=AWAY,
        operator_id=social,
        name="宁海路街道互助网点",
        name_en="Ninghai Road branch",
        address="南京市鼓楼区宁海路12号",
        phone="02588000000",
        successor_rule=SuccessorRule.REGION,
    )
    cast.branches.append(open_branch(scene.system(now), away))


def _appoint(scene: Scene, names: Names, cast: Cast) -> UUID:
    """National and regional administrators, an auditor, and staff; returns the national one."""
    first = cast.branches[0]
    national = join_office(scene, names, first, "national", "林向阳", Sex.MALE)
    _grant(scene, None, national, policy.NATIONAL_ADMIN, "nation", policy.NATION)
    for login, name, sex in (("admin", "周敏", Sex.FEMALE), ("admin2", "郑志远", Sex.MALE)):
        admin = join_office(scene, names, first, login, name, sex)
        _grant(scene, national, admin, policy.REGION_ADMIN, "region", HOME)
        cast.admins.append(admin)
    cast.auditor = join_office(scene, names, first, "auditor", "沈文博", Sex.MALE)
    _grant(scene, national, cast.auditor, policy.AUDITOR, "region", "330300000000")
    for place, branch in enumerate(cast.branches):
        login = "branch" if place == 0 else f"branch{place + 1}"
        name = ("陈静", "吴海燕", "徐立新", "蒋雨桐")[place]
        person = names.person(28, 50, name=name, sex=Sex.MALE if place == 2 else Sex.FEMALE)
        region = AWAY if branch == cast.branches[-1] else HOME
        member = enrol(scene, person, branch, login=login, checked_by=None, region=region)
        _grant(scene, national, member, policy.STAFF, "branch", str(branch))
        cast.staff[branch] = member
    return national


def join_office(scene: Scene, names: Names, branch: UUID, login: str, name: str, sex: Sex) -> UUID:
    """Somebody who takes an office on the first day; the operator has seen the identity card."""
    person = names.person(32, 52, name=name, sex=sex)
    return enrol(scene, person, branch, login=login, checked_by=None)


def enrol(
    scene: Scene,
    person: Person,
    branch: UUID,
    *,
    login: str | None,
    checked_by: UUID | None,
    serves: bool = False,
    receives: bool = False,
    door_word: str | None = None,
    region: str = HOME,
) -> UUID:
    """Sign somebody up and check the identity; with a login name there is a password too."""
    now = scene.at(time(9, 0), scene.random.randint(0, 200))
    form = RegisterForm(
        how=SELF if checked_by is None else COUNTER,
        name=person.name,
        sex=person.sex,
        born_on=person.born_on,
        id_number=person.id_number,
        region_code=region,
        branch_id=branch,
        terms=True,
        terms_how="own" if checked_by is None else SIGNATURE,
        phone=person.phone,
        address=person.address,
        contact=f"邻居 {person.phone}",
        latitude_e6=person.latitude_e6,
        longitude_e6=person.longitude_e6,
        wants_to_serve=serves,
        wants_to_receive=receives,
        login_name=login,
        door_word=door_word,
    )
    clerk = scene.system(now) if checked_by is None else scene.actor(checked_by, now)
    member = register(clerk, form).member_id
    check_identity(
        scene.system(now) if checked_by is None else scene.actor(checked_by, now), member, "card"
    )
    if login is not None:
        set_password(scene.actor(member, now), PASSWORD)
    return member


def _grant(
    scene: Scene, by: UUID | None, member: UUID, role: str, scope_kind: str, scope: str
) -> None:
    now = scene.at(time(8, 30))
    ctx = scene.system(now) if by is None else scene.actor(by, now)
    grant_role(ctx, member, role, scope_kind, scope)
    scene.forget(member)


def _authorise(scene: Scene, cast: Cast) -> None:
    """Two administrators put the first minutes into the pool."""
    first, second = cast.admins
    row = issuing.propose(
        scene.actor(first, scene.at(time(10, 0))),
        HOME,
        POOL_MINUTES,
        "鹿城区互助养老专项资金 2026 年第一笔",
    )
    issuing.sign(scene.actor(second, scene.at(time(10, 30))), HOME, row)
