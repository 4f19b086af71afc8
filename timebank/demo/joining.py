"""Members of the invented district: elders, volunteers, relatives, and the printed logins."""

from __future__ import annotations

from datetime import date, time, timedelta
from uuid import UUID

from models.people import Sex
from services.clock import age_on
from services.people.forms import AssessmentForm, CertificateForm
from services.people.kin import grant_delegation, record_kinship
from services.people.records import (
    record_assessment,
    record_certificate,
    record_circumstances,
)
from timebank.demo.availability import safeguard
from timebank.demo.founding import enrol
from timebank.demo.names import Cast as Names
from timebank.demo.scene import Cast, Elder, Scene, Volunteer

LIGHT = ("A03", "A04", "A05", "B01", "B02", "B03", "B05")
HOUSE = ("C01", "C02", "C03", "A04", "B01")
HEAVY = ("D01", "D03", "C02", "E02", "A04")
COURSES = ("skilled-company", "skilled-errands", "skilled-household", "skilled-escort")
ISSUER = "鹿城区养老服务指导中心"


def join_named(scene: Scene, names: Names, cast: Cast) -> None:
    """The people behind the printed logins, with a story each."""
    branch = cast.branches[0]
    clerk = cast.staff[branch]
    wang = _elder(
        scene, names, cast, branch, login="elder", name="王秀英", sex=Sex.FEMALE, age=69, grade=1
    )
    _certify(scene, clerk, wang, ("course-4h", "insurance-accident"))
    safeguard(scene, clerk, wang, 0)
    cast.volunteers.append(Volunteer(wang, 1.0, is_keen=True))
    agen = _elder(
        scene, names, cast, branch, login="elder2", name="李阿根", sex=Sex.MALE, age=86, grade=2
    )
    daughter = enrol(
        scene,
        names.person(44, 46, name="王芳", sex=Sex.FEMALE),
        branch,
        login="family",
        checked_by=clerk,
        serves=True,
    )
    _entrust(scene, clerk, wang, daughter)
    for login, name, sex, held in (
        ("volunteer", "李明", Sex.MALE, ("course-4h", "skilled-escort", "skilled-company")),
        ("volunteer2", "张雪梅", Sex.FEMALE, ("course-4h", "care-worker", "food-hygiene")),
    ):
        member = enrol(
            scene,
            names.person(30, 45, name=name, sex=sex),
            branch,
            login=login,
            checked_by=clerk,
            serves=True,
        )
        _certify(scene, clerk, member, (*held, "insurance-accident"))
        safeguard(scene, clerk, member, 0)
        cast.volunteers.append(Volunteer(member, 1.0, is_keen=True))
        cast.branch_of[member] = branch
        if login == "volunteer":
            _relate(scene, clerk, member, agen, "grandparent")


def join_crowd(scene: Scene, names: Names, cast: Cast, elders: int, volunteers: int) -> None:
    """Further people who join today, spread over the county's branches."""
    pick = scene.random
    for _ in range(elders):
        branch = pick.choice(cast.branches[:-1])
        grade = pick.choices(range(5), (46, 24, 15, 10, 5))[0]
        _elder(scene, names, cast, branch, age=pick.randint(66, 93), grade=grade)
    for _ in range(volunteers):
        branch = pick.choice(cast.branches[:-1])
        young = pick.random() < 0.55
        person = names.person(19, 58) if young else names.person(59, 73)
        member = enrol(
            scene,
            person,
            branch,
            login=None,
            checked_by=cast.staff[branch],
            serves=True,
            receives=not young,
            door_word=None if young else names.door_word(),
        )
        _equip(scene, cast.staff[branch], member)
        safeguard(scene, cast.staff[branch], member, len(cast.volunteers))
        cast.branch_of[member] = branch
        cast.volunteers.append(Volunteer(member, pick.uniform(0.2, 1.0)))
        if not young and age_on(person.born_on, scene.day) >= 66:
            # Whoever helped while fit asks for help in turn, and pays with what was earned.
            cast.elders.append(Elder(member, pick.uniform(0.1, 0.4), LIGHT))


def _elder(
    scene: Scene,
    names: Names,
    cast: Cast,
    branch: UUID,
    *,
    age: int,
    grade: int,
    login: str | None = None,
    name: str | None = None,
    sex: Sex | None = None,
) -> UUID:
    clerk = cast.staff[branch]
    alone = scene.random.random() < 0.35 or login == "elder2"
    member = enrol(
        scene,
        names.person(age, age, sex=sex, name=name),
        branch,
        login=login,
        checked_by=clerk,
        serves=login == "elder",
        receives=True,
        door_word="桂花" if login == "elder" else names.door_word(),
    )
    now = scene.at(time(14, 0), scene.random.randint(0, 120))
    if grade or scene.random.random() < 0.6:
        form = AssessmentForm(
            grade=grade,
            assessed_on=scene.day - timedelta(days=scene.random.randint(1, 60)),
            assessor="温州市老年人能力评估中心",
        )
        record_assessment(scene.actor(clerk, now), member, form)
    record_circumstances(
        scene.actor(clerk, now),
        member,
        in_hardship=scene.random.random() < 0.12,
        lives_alone=alone,
        special_family=len(cast.elders) % 9 == 4,
        spends_under_age=False,
    )
    favourites = HEAVY if grade >= 3 else HOUSE if grade >= 1 else LIGHT
    weekly = scene.random.uniform(0.1, 0.6) + 0.12 * grade
    cast.elders.append(Elder(member, 0.7 if login else weekly, favourites))
    cast.branch_of[member] = branch
    return member


def _equip(scene: Scene, clerk: UUID, member: UUID) -> None:
    """What a volunteer brings along: nearly all have the basic course, some much more."""
    pick = scene.random
    held = ["course-4h"] if pick.random() < 0.95 else []
    if held and pick.random() < 0.45:
        held.append(pick.choice(COURSES))
    if pick.random() < 0.15:
        held.append(pick.choice(("care-worker", "nurse", "domestic-worker")))
    if pick.random() < 0.2:
        held.append("food-hygiene")
    if pick.random() < 0.7:
        held.append("insurance-accident")
    _certify(scene, clerk, member, tuple(held))


def _certify(scene: Scene, clerk: UUID, member: UUID, codes: tuple[str, ...]) -> None:
    now = scene.at(time(15, 0), scene.random.randint(0, 60))
    for place, code in enumerate(codes):
        form = CertificateForm(
            code=code,
            issuer=ISSUER,
            reference=f"LC-{scene.day:%Y}-{scene.random.randint(1, 99999):05d}-{place}",
            valid_from=scene.day - timedelta(days=scene.random.randint(5, 200)),
            valid_to=date(scene.day.year + 1, 12, 31),
        )
        record_certificate(scene.actor(clerk, now), member, form)


def _entrust(scene: Scene, clerk: UUID, elder: UUID, relative: UUID) -> None:
    """A daughter who may see, ask and confirm for her mother, with her signature on paper."""
    now = scene.at(time(16, 0))
    _relate(scene, clerk, elder, relative, "child")
    grant_delegation(
        scene.actor(clerk, now),
        elder,
        relative,
        frozenset({"see", "ask", "confirm"}),
        "signature",
        scene.day + timedelta(days=365),
        600,
    )
    for person in (elder, relative):
        scene.forget(person)


def _relate(scene: Scene, clerk: UUID, member: UUID, other: UUID, relation: str) -> None:
    """The clerk has seen what ``other`` is to the member."""
    now = scene.at(time(16, 0))
    record_kinship(scene.actor(clerk, now), member, other, relation, "户口簿")
    for person in (member, other):
        scene.forget(person)
