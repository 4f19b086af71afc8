"""What an elder wishes of whoever comes: said once, copied into every new request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.availability import Avoidance, ElderWish
from models.people import Member, MemberStatus
from models.requests import Request, Visit
from services import outbox, policy
from services.acts import once
from services.availability import errors as say
from services.availability.facts import TOOK_PLACE
from services.claims import claim_row
from services.context import Context
from services.people.reading import member_row
from services.people.trail import note
from services.policy import Subject
from services.rules.availability import DAY_PARTS
from services.rules.languages import LANGUAGES

WISHES_CHANGED = "您对来人的希望改过了，以后的申请按新的来。"
#: Somebody of the elder's own sex.
SAME = "same"
#: Those who came before, as far as a list of names is of use.
MOST_VISITORS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class WishForm:
    """What an elder wishes as a rule. ``sex`` is ``same`` or None."""

    languages: tuple[str, ...] = ()
    language_must: bool = False
    sex: str | None = None
    sex_must: bool = False
    same_person: bool = True
    day_parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What is wished for one request, beside the sex that must be (``AskForm.wished_sex``)."""

    preferred_sex: str | None = None
    languages: tuple[str, ...] = ()
    language_must: bool = False
    provider_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who came before."""

    id: UUID
    name: str


def subject_of(elder: Member) -> Subject:
    """The policy's view of an elder's wishes and avoidances."""
    return Subject(
        book=elder.home_book,
        region_code=elder.region_code,
        branch_id=elder.branch_id,
        member_id=elder.id,
        elder_id=elder.id,
    )


def set_wishes(ctx: Context, elder_id: UUID, form: WishForm) -> None:
    """Set what an elder wishes as a rule; requests made before keep what they were made with."""
    elder = member_row(ctx.session, elder_id)
    policy.require(ctx.actor, "wish.update", subject_of(elder))
    check_languages(form.languages, must=form.language_must)
    if form.sex not in (None, SAME):
        raise say.WishWrong(field="sex")
    if not set(form.day_parts) <= set(DAY_PARTS):
        raise say.WishWrong(field="day_parts")

    def do() -> dict[str, str]:
        values: dict[str, Any] = asdict(form)
        values["languages"] = [code for code in LANGUAGES if code in form.languages]
        values["day_parts"] = [part for part in DAY_PARTS if part in form.day_parts]
        values["language_must"] = form.language_must and bool(form.languages)
        values["sex_must"] = form.sex_must and form.sex is not None
        ctx.session.flush()
        claim_row(ctx.session, ElderWish, {"member_id": elder.id, **values, "updated_at": ctx.now})
        row = ctx.session.get_one(ElderWish, elder.id, with_for_update=True)
        before = {name: getattr(row, name) for name in values}
        for name, value in values.items():
            setattr(row, name, value)
        row.updated_at = ctx.now
        note(ctx, "wish.update", elder, before=before, after=values)
        outbox.tell_acted(ctx, elder.home_book, elder.id, WISHES_CHANGED)
        ctx.session.flush()
        return {}

    once(ctx, elder.home_book, "wish.update", {"elder_id": elder_id, **asdict(form)}, do)


def wishes_of(ctx: Context, elder_id: UUID) -> WishForm:
    """What an elder wishes as a rule; nothing where nothing has been said."""
    elder = member_row(ctx.session, elder_id)
    policy.require(ctx.actor, "wish.read", subject_of(elder))
    return standing(ctx.session, elder_id) or WishForm()


def standing(session: Session, elder_id: UUID) -> WishForm | None:
    """The stored wishes, None where nothing has been said; services only."""
    row = session.get(ElderWish, elder_id)
    if row is None:
        return None
    return WishForm(
        languages=tuple(row.languages),
        language_must=row.language_must,
        sex=row.sex,
        sex_must=row.sex_must,
        same_person=row.same_person,
        day_parts=tuple(row.day_parts),
    )


def check_languages(codes: tuple[str, ...], *, must: bool) -> None:
    """Codes of the list, and at least one where one must be spoken."""
    if not set(codes) <= set(LANGUAGES):
        raise say.DialectUnknown(field="languages")
    if must and not codes:
        raise say.LanguageMissing(field="languages")


def check_wishes(session: Session, elder: Member, wishes: Wishes) -> None:
    """What is wished for one request can be: known words, and somebody who came before."""
    check_languages(wishes.languages, must=wishes.language_must)
    if wishes.provider_id is not None and not _came(session, elder, wishes.provider_id):
        raise say.VisitorUnknown(field="provider_id")


def columns_of(
    session: Session,
    elder: Member,
    must_sex: str | None,
    wishes: Wishes | None,
    place_book: str | None = None,
) -> Mapping[str, Any]:
    """The wishes as a new request keeps them: as given, or as the elder wishes as a rule.

    The same person as a rule is whoever came last to where the elder is now.
    """
    if wishes is not None:
        return {
            "wished_sex": must_sex,
            "preferred_sex": None if must_sex else wishes.preferred_sex,
            "wished_languages": list(wishes.languages),
            "language_must": wishes.language_must,
            "wished_provider_id": wishes.provider_id,
        }
    rule = standing(session, elder.id) or WishForm(same_person=False)
    last = last_visitor(session, elder, place_book) if rule.same_person else None
    rule_sex, wishes = as_a_rule(rule, elder.sex.value, last)
    return columns_of(session, elder, must_sex or rule_sex, wishes)


def as_a_rule(rule: WishForm, own_sex: str, provider_id: UUID | None) -> tuple[str | None, Wishes]:
    """A rule as the wishes of one request: the sex that must be, and the rest."""
    sex = own_sex if rule.sex == SAME else None
    return sex if rule.sex_must else None, Wishes(
        preferred_sex=None if rule.sex_must else sex,
        languages=rule.languages,
        language_must=rule.language_must,
        provider_id=provider_id,
    )


def visitors_of(
    session: Session, elder: Member, place_book: str | None = None, *, anywhere: bool = False
) -> tuple[Visitor, ...]:
    """Who came before and may be wished for again, the last one first; services only.

    Who came to the elder's home; or to where the elder stayed in a county; or ``anywhere``.
    Whom the elder avoids is left out. Who avoids the elder is not: the list would tell.
    """
    last = sa.func.max(Visit.starts_at, type_=Visit.starts_at.type)
    rows = session.execute(
        sa.select(Visit.provider_id, last.label("last"))
        .join(Request, sa.and_(Request.book == Visit.book, Request.id == Visit.request_id))
        .where(
            Visit.book == elder.home_book,
            Visit.elder_id == elder.id,
            Visit.state.in_(TOOK_PLACE),
            Visit.reversed_at.is_(None),
            Visit.extra.is_(False),
            sa.true() if anywhere else Request.place_book.is_not_distinct_from(place_book),
        )
        .group_by(Visit.provider_id)
        .order_by(last.desc(), Visit.provider_id)
        .limit(MOST_VISITORS)
    ).all()
    avoided = set(
        session.scalars(
            sa.select(Avoidance.other_id).where(
                Avoidance.member_id == elder.id, Avoidance.ended_at.is_(None)
            )
        )
    )
    ids = [row.provider_id for row in rows if row.provider_id not in avoided]
    people = {
        row.id: row
        for row in session.scalars(sa.select(Member).where(Member.id.in_(ids)))
        if row.status is MemberStatus.ACTIVE and row.is_provider
    }
    return tuple(Visitor(each, people[each].name) for each in ids if each in people)


def last_visitor(session: Session, elder: Member, place_book: str | None = None) -> UUID | None:
    """Who came last, of those who may be wished for again."""
    found = visitors_of(session, elder, place_book)
    return found[0].id if found else None


def _came(session: Session, elder: Member, provider_id: UUID) -> bool:
    return any(each.id == provider_id for each in visitors_of(session, elder, anywhere=True))
