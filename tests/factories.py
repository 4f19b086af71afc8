"""Invented places and people for tests, built through the services.

Every function takes a session and returns an id; ``actor`` and ``make_ctx`` turn ids into who
acts. Names, numbers and addresses are invented; regions are real.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.availability import CheckKind
from models.people import Sex
from models.places import Book, Branch, OperatorKind, Region
from services import rates
from services.availability.safeguarding import CheckForm, record_check
from services.clock import local_date
from services.context import Context
from services.people.actors import actor_for
from services.people.forms import (
    COUNTER,
    SIGNATURE,
    AssessmentForm,
    CertificateForm,
    Guardian,
    RegisterForm,
)
from services.people.membership import check_identity
from services.people.reading import member_row
from services.people.records import record_assessment, record_certificate
from services.people.register import register
from services.people.roles import grant_role
from services.places import BranchForm, load_regions, open_book, open_branch, open_operator
from services.policy import (
    AUDITOR,
    NATION,
    NATIONAL_ADMIN,
    REGION_ADMIN,
    STAFF,
    SYSTEM,
    Actor,
    Role,
)
from services.rules.identity_number import check_character
from services.rules.published import SHIPPED_CALENDARS, parse_document, shipped_text
from services.vault import Vault

#: Tuesday, 10 March 2026, nine in the morning in China.
NOW = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
VAULT = Vault(
    data_key=b"tests-data-key-of-32-bytes-long!", index_key=b"tests-index-key-of-32-bytes-here"
)

LONGWAN = "330303000000"
YONGZHONG = "330303001000"
YAOXI = "330303007000"
LUCHENG = "330302000000"
WUMA = "330302006000"

#: Which certificate, and how many hours served, make a provider level.
LEVELS: dict[str, tuple[tuple[str, ...], int]] = {
    "P0": ((), 0),
    "P1": (("course-4h",), 0),
    "P2": (("skilled-company",), 50),
    "P3": (("care-worker",), 0),
    "P4": (("senior-care-worker",), 0),
}
INSURANCE = "insurance-accident"

_FAMILY_NAMES = "陈林黄叶吴郑周潘徐蔡"
_GIVEN_NAMES = ("安宁", "立春", "谷雨", "秋白", "冬青", "小满", "清明", "白露", "寒露", "霜降")
_sequence = count(1)
_serials: defaultdict[tuple[date, Sex, str], Iterator[int]] = defaultdict(count)


def make_ctx(
    session: Session,
    actor: Actor = SYSTEM,
    now: datetime = NOW,
    *,
    key: str | None = None,
    vault: Vault = VAULT,
) -> Context:
    """A context by hand."""
    return Context(session, actor, now, vault, key=key, factor_at=now)


def actor(session: Session, member_id: UUID, now: datetime = NOW) -> Actor:
    """Who a member is to the policy."""
    return actor_for(session, member_id, now)


def clerk(session: Session, branch_id: UUID) -> Actor:
    """Branch staff out of thin air, for setting a scene; nobody's kin and in no table."""
    return Actor(
        id=UUID(int=(9 << 96) | next(_sequence)),
        name="柜台",
        home_book=session.get_one(Branch, branch_id).book,
        roles=(Role(STAFF, "branch", str(branch_id)),),
    )


def id_number(born_on: date, sex: Sex, area: str = "330302") -> str:
    """An invented ID number with a right check character; no two are alike."""
    turn = next(_serials[born_on, sex, area])
    # A region gives out 500 numbers a day for each sex; whoever is left over was born next door.
    area = f"{int(area) + turn // 500:06d}"
    serial = turn % 500 * 2 + (1 if sex is Sex.MALE else 0)
    seventeen = f"{area}{born_on:%Y%m%d}{serial:03d}"
    return seventeen + check_character(seventeen)


def phone() -> str:
    """An invented mobile number."""
    return f"139{next(_sequence):08d}"


def invented_name() -> str:
    """A name after the seasons."""
    turn = next(_sequence)
    family = _FAMILY_NAMES[turn % len(_FAMILY_NAMES)]
    return family + _GIVEN_NAMES[turn // len(_FAMILY_NAMES) % len(_GIVEN_NAMES)]


def publish_rules(session: Session) -> None:
    """The shipped rule set and calendars, once."""
    ctx = make_ctx(session, now=datetime(2025, 1, 1, tzinfo=UTC))
    rates.publish_rule_set(ctx, parse_document(shipped_text("cn-tb-1.json")))
    for name in SHIPPED_CALENDARS:
        rates.publish_calendar(ctx, parse_document(shipped_text(name)))


def create_region_tree(session: Session, *books: str, now: datetime = NOW) -> None:
    """The shipped register, the shipped rules, and a book for each county (龙湾 by default)."""
    ctx = make_ctx(session, now=now)
    if session.scalar(sa.select(Region.code).limit(1)) is None:
        publish_rules(session)
        load_regions(ctx)
    for county in books or (LONGWAN,):
        if session.get(Book, county) is None:
            open_book(ctx, county)


def create_branch(session: Session, region_code: str = YONGZHONG, **overrides: Any) -> UUID:
    """A branch of an operator of its own, in a county whose book is opened when needed."""
    create_region_tree(session, region_code[:6].ljust(12, "0"))
    ctx = make_ctx(session)
    turn = next(_sequence)
    if "operator_id" not in overrides:
        overrides["operator_id"] = open_operator(
            ctx, f"甲乙丙{turn}社工服务中心", f"Centre {turn}", OperatorKind.SOCIAL_ORGANISATION
        )
    form = BranchForm(
        region_code=region_code,
        name=f"第{turn}网点",
        name_en=f"Branch {turn}",
        address="样例路 1 号",
        phone="0577-00000000",
        operator_id=overrides.pop("operator_id"),
    )
    branch_id = open_branch(ctx, replace(form, **overrides))
    if region_code.startswith(LONGWAN[:6]):
        session.info.setdefault("first_branch", branch_id)
    return branch_id


def _first_branch(session: Session) -> UUID:
    """The first branch of 龙湾 that this session opened, or any; opened when there is none."""
    if "first_branch" not in session.info:
        found = session.scalar(
            sa.select(Branch.id)
            .where(Branch.book == LONGWAN, Branch.closed_on.is_(None))
            .order_by(Branch.name, Branch.id)
            .limit(1)
        )
        session.info["first_branch"] = found or create_branch(session)
    return UUID(str(session.info["first_branch"]))


def register_form(session: Session, **overrides: Any) -> RegisterForm:
    """A form that would be taken, with the given answers in it; ``age`` sets the birth date."""
    branch_id = overrides.pop("branch_id", None) or _first_branch(session)
    today = local_date(overrides.pop("now", NOW))
    age = overrides.pop("age", 45)
    born_on = overrides.pop("born_on", today.replace(year=today.year - age, month=1, day=15))
    sex = Sex(overrides.pop("sex", Sex.FEMALE))
    form = RegisterForm(
        how=COUNTER,
        name=invented_name(),
        sex=sex,
        born_on=born_on,
        id_number=id_number(born_on, sex),
        region_code=session.get_one(Branch, branch_id).region_code,
        branch_id=branch_id,
        terms=True,
        terms_how=SIGNATURE,
        phone=phone(),
        address="样例小区 2 幢 301 室",
        contact="亲属 13900000000",
        guardian=Guardian("监护人", "父亲", SIGNATURE, id_number(date(1980, 1, 2), Sex.MALE))
        if age < 18
        else None,
    )
    return replace(form, **overrides)


def create_member(
    session: Session,
    *,
    is_checked: bool = True,
    served_hours: int = 0,
    now: datetime = NOW,
    **overrides: Any,
) -> UUID:
    """A member, signed up at the counter and (unless told otherwise) with a checked identity.

    ``overrides`` are answers of :class:`RegisterForm`, and ``age``.
    """
    form = register_form(session, now=now, **overrides)
    ctx = make_ctx(session, clerk(session, form.branch_id), now)
    member_id = register(ctx, form).member_id
    if is_checked:
        check_identity(ctx, member_id, "card")
    if served_hours:
        member_row(session, member_id).served_minutes = served_hours * 60
        session.flush()
    return member_id


def create_volunteer(
    session: Session,
    level: str = "P2",
    *,
    certificates: tuple[str, ...] = (),
    insured: bool = True,
    safeguarded: bool = True,
    now: datetime = NOW,
    **overrides: Any,
) -> UUID:
    """A checked volunteer of a level, with further certificates, valid for a year.

    Unless ``safeguarded`` is false, screened and past the first home visit in company.
    """
    codes, hours = LEVELS[level]
    overrides.setdefault("served_hours", hours)
    overrides.setdefault("wants_to_serve", True)
    member_id = create_member(session, now=now, **overrides)
    for code in (*codes, *certificates, *((INSURANCE,) if insured else ())):
        give_certificate(session, member_id, code, now=now)
    if safeguarded:
        safeguard(session, member_id, now=now)
    return member_id


def safeguard(
    session: Session,
    member_id: UUID,
    *kinds: CheckKind,
    days: int = 365,
    now: datetime = NOW,
) -> None:
    """A screening that is valid for so many days, and the first home visit in company."""
    today = local_date(now)
    for kind in kinds or tuple(CheckKind):
        form = CheckForm(
            kind=kind,
            on_day=today - timedelta(days=30),
            reference=f"S{next(_sequence):06d}",
            valid_to=today + timedelta(days=days) if kind is CheckKind.SCREENING else None,
        )
        record_check(_counter(session, member_id, now), member_id, form)


def give_certificate(
    session: Session, member_id: UUID, code: str, *, days: int = 365, now: datetime = NOW
) -> UUID:
    """A certificate that began a month ago and is valid for so many days more."""
    today = local_date(now)
    form = CertificateForm(
        code=code,
        issuer="样例培训中心",
        reference=f"Z{next(_sequence):06d}",
        valid_from=today - timedelta(days=30),
        valid_to=today + timedelta(days=days),
    )
    return record_certificate(_counter(session, member_id, now), member_id, form)


def create_elder(
    session: Session, grade: int | None = 2, *, now: datetime = NOW, **overrides: Any
) -> UUID:
    """A checked elder of 80 with a door word; ``grade`` None means never assessed."""
    overrides.setdefault("age", 80)
    overrides.setdefault("wants_to_receive", True)
    overrides.setdefault("door_word", "梅花")
    member_id = create_member(session, now=now, **overrides)
    if grade is not None:
        form = AssessmentForm(
            grade=grade, assessed_on=local_date(now) - timedelta(days=10), assessor="样例评估员"
        )
        record_assessment(_counter(session, member_id, now), member_id, form)
    return member_id


def create_staff(session: Session, branch_id: UUID | None = None, **overrides: Any) -> UUID:
    """A member who works at a branch."""
    branch_id = branch_id or _first_branch(session)
    member_id = create_member(session, branch_id=branch_id, **overrides)
    grant_role(make_ctx(session), member_id, STAFF, "branch", str(branch_id))
    return member_id


def create_region_admin(session: Session, region_code: str = LONGWAN, **overrides: Any) -> UUID:
    """A member who administers a region."""
    member_id = create_member(session, **overrides)
    grant_role(make_ctx(session), member_id, REGION_ADMIN, "region", region_code)
    return member_id


def create_auditor(session: Session, region_code: str = LONGWAN, **overrides: Any) -> UUID:
    """A member who audits a region, or the nation when its code is all zeros."""
    member_id = create_member(session, **overrides)
    kind = "nation" if region_code == NATION else "region"
    grant_role(make_ctx(session), member_id, AUDITOR, kind, region_code)
    return member_id


def create_national_admin(session: Session, **overrides: Any) -> UUID:
    """A member who administers the nation."""
    member_id = create_member(session, **overrides)
    grant_role(make_ctx(session), member_id, NATIONAL_ADMIN, "nation", NATION)
    return member_id


def _counter(session: Session, member_id: UUID, now: datetime) -> Context:
    """The counter of the member's own branch."""
    member = member_row(session, member_id)
    return make_ctx(session, clerk(session, member.branch_id), now)
