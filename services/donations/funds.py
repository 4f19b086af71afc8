"""Benefit funds: a region opens them for elders in a certain need, and ends them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.giving import BenefitFund, FundKind
from models.ledger import AccountKind
from models.places import Branch
from services import audit, policy
from services.acts import once
from services.context import Context
from services.donations import sentences as say
from services.ledger.accounts import fund_account, open_account
from services.policy import Subject
from services.rules.donations import BRANCHES, FACTS, HIGHEST_GRADE, NUMBERS, OLDEST
from services.rules.names import Name

LONGEST_NAME, LONGEST_REGISTRATION = 60, 40
#: Where coins go that are not for a certain fund.
POOL = "pool"


@dataclass(frozen=True, slots=True)
class FundForm:
    """A fund as a region's administrator describes it; what is left out does not matter."""

    book: str
    kind: str
    name: str
    name_en: str
    age_from: int | None = None
    grade_from: int | None = None
    in_hardship: bool = False
    lives_alone: bool = False
    special_family: bool = False
    #: Of a public-benefit body: its number, and the branches whose elders it looks after.
    registration: str = ""
    branches: tuple[UUID, ...] = field(default=())


def name_of(fund: BenefitFund) -> Name:
    """What a fund is called."""
    return Name(fund.name, fund.name_en)


def fund_row(session: Session, book: str, fund_id: UUID) -> BenefitFund:
    """The fund as it was stored last; raises FundUnknown."""
    row = session.get(BenefitFund, (book, fund_id), populate_existing=True)
    if row is None:
        raise say.FundUnknown(field="to")
    return row


def kept_open(session: Session, book: str, fund_id: UUID) -> BenefitFund | None:
    """The fund, if it is open, kept from being closed until this unit of work is over.

    Taken before any account: whoever closes a fund takes it first as well.
    """
    return session.scalar(
        sa.select(BenefitFund)
        .where(BenefitFund.book == book, BenefitFund.id == fund_id)
        .where(BenefitFund.closed_at.is_(None))
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )


def fund_of(session: Session, book: str, to: str) -> BenefitFund | None:
    """The open fund that ``to`` names; None is the pool. Raises FundUnknown or FundClosed."""
    if to == POOL:
        return None
    try:
        fund_id = UUID(to)
    except ValueError:
        raise say.FundUnknown(field="to") from None
    found = kept_open(session, book, fund_id)
    if found is None:
        fund_row(session, book, fund_id)
        raise say.FundClosed(field="to")
    return found


def open_fund(ctx: Context, form: FundForm) -> UUID:
    """Open a fund with its criteria, which never change; returns its id."""
    policy.require(ctx.actor, "fund.open", Subject(book=form.book, region_code=form.book))

    def do() -> dict[str, str]:
        kind = _kind(form)
        criteria = _criteria(ctx, form, kind)
        _check_name(ctx, form)
        row = BenefitFund(
            book=form.book,
            id=ctx.new_id(),
            kind=kind,
            name=form.name.strip(),
            name_en=form.name_en.strip(),
            criteria=criteria,
            registration=form.registration.strip() if kind is FundKind.BODY else None,
            opened_by_id=ctx.actor.id,
            opened_at=ctx.now,
        )
        ctx.session.add(row)
        after = {"kind": kind.value, "criteria": criteria}
        audit.record(ctx, "fund.open", "benefit_fund", row.id, book=form.book, after=after)
        ctx.session.flush()
        opened = open_account(
            ctx.session, form.book, AccountKind.POOL, now=ctx.now, owner_id=row.id, slots=1
        )
        assert opened == fund_account(form.book, row.id)
        return {"fund_id": str(row.id)}

    return UUID(once(ctx, form.book, "fund.open", asdict(form), do)["fund_id"])


def _kind(form: FundForm) -> FundKind:
    try:
        return FundKind(form.kind)
    except ValueError:
        raise say.FundKindUnknown(field="kind") from None


def _check_name(ctx: Context, form: FundForm) -> None:
    names = (("name", form.name.strip()), ("name_en", form.name_en.strip()))
    for field_name, text in names:
        if not text or len(text) > LONGEST_NAME:
            raise say.FundNameMissing(field=field_name, most=LONGEST_NAME)
    same = sa.select(BenefitFund.id).where(
        BenefitFund.book == form.book,
        BenefitFund.name == form.name.strip(),
        BenefitFund.closed_at.is_(None),
    )
    if ctx.session.scalar(same) is not None:
        raise say.FundNameTaken(field="name")


def _criteria(ctx: Context, form: FundForm, kind: FundKind) -> dict[str, Any]:
    """What was named, checked: of a body at least its branches, of a group anything at all."""
    numbers = {name: getattr(form, name) for name in NUMBERS if getattr(form, name) is not None}
    for name, most in zip(NUMBERS, (OLDEST, HIGHEST_GRADE), strict=True):
        if name in numbers and not 1 <= numbers[name] <= most:
            raise say.CriteriaWrong(field=name, oldest=OLDEST, highest=HIGHEST_GRADE)
    found: dict[str, Any] = {**numbers, **{name: True for name in FACTS if getattr(form, name)}}
    if kind is FundKind.BODY:
        registration = form.registration.strip()
        if not registration or len(registration) > LONGEST_REGISTRATION:
            raise say.RegistrationMissing(field="registration", most=LONGEST_REGISTRATION)
        found[BRANCHES] = _branches(ctx, form)
    if not found:
        raise say.CriteriaMissing(field="age_from")
    return found


def _branches(ctx: Context, form: FundForm) -> list[str]:
    here = set(
        ctx.session.scalars(
            sa.select(Branch.id).where(Branch.book == form.book, Branch.id.in_(form.branches))
        )
    )
    if not here or here != set(form.branches):
        raise say.BranchesMissing(field="branches")
    return sorted(str(each) for each in here)
