"""Joining: by oneself, signed up by a relative, or at the counter.

Whoever joins is pending until a branch has seen the identity card (``membership``).
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from uuid import UUID

from models.people import Member, MemberStatus
from models.places import Branch
from services import audit, outbox, policy, rates
from services.acts import once
from services.clock import age_on, local_date
from services.context import Context
from services.errors import Forbidden
from services.ledger.accounts import open_member_accounts
from services.people import handles, texts
from services.people.errors import (
    BranchElsewhere,
    ConsentHow,
    GuardianIdNeeded,
    GuardianNeeded,
    IdNumberTaken,
    LoginNameTaken,
    NoFreeNumber,
    TermsNeeded,
    TooYoung,
    UnknownHow,
    UnknownRelation,
    UnknownServiceCode,
)
from services.people.forms import COUNTER, FAMILY, HOWS, OWN, SELF, WITNESSED, RegisterForm
from services.people.identity import checked_id_number
from services.people.kin import INVERSE
from services.people.records import add_consent
from services.places.books import book_of
from services.places.branches import open_row
from services.places.regions import region_on
from services.places.settings import regional_setting
from services.policy import Subject
from services.privacy.consents import answer_at_joining
from services.privacy.effects import HEALTH, PLACE
from services.rules import member_number
from services.rules.identity_number import parse_identity_number
from services.rules.rule_set import RuleSet

#: A random number is taken by chance once in a very long while; so often in a row, never.
NUMBER_TRIES = 12

#: Below this age the law asks for the guardian's consent, so the guardian is recorded as a person.
CHILD_AGE = 14
GIVER = "consent.giver"

WELCOME = "欢迎加入！您的志愿者编号是 {number}。请带身份证到{branch}核验身份。"


@dataclass(frozen=True, slots=True)
class Joined:
    """Who has joined, under which national volunteer number."""

    member_id: UUID
    number: str


@dataclass(frozen=True, slots=True)
class _Answers:
    """The form's answers, read and checked."""

    name: str
    id_number: str
    phone: str | None
    address: str | None
    contact: str | None
    login_name: str | None
    door_word: str | None
    skills: tuple[str, ...]
    branch: Branch
    book: str


def register(ctx: Context, form: RegisterForm) -> Joined:
    """Take somebody in; returns the new member's id and number.

    Refuses an ID number that does not fit sex and birth date or is registered already (without
    saying whose it is), anybody under the rule set's minor age, a minor without a guardian's
    consent, and a branch outside the county.
    """
    _require(ctx, form)
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    answers = _read(ctx, form, rules)
    content = {
        **asdict(form),
        "id_number": ctx.vault.blind("id_number", answers.id_number),
        "phone": ctx.vault.blind("phone", answers.phone or ""),
        "guardian": form.guardian and ctx.vault.blind("act", repr(form.guardian)),
    }
    result = once(
        ctx, answers.book, "member.register", content, lambda: _join(ctx, form, answers, rules)
    )
    return Joined(UUID(result["member_id"]), result["number"])


def _require(ctx: Context, form: RegisterForm) -> None:
    if form.how not in HOWS:
        raise UnknownHow(field="how")
    branch = open_row(ctx.session, form.branch_id)
    if form.how == COUNTER:
        subject = Subject(book=branch.book, region_code=branch.region_code, branch_id=branch.id)
        policy.require(ctx.actor, "member.register", subject)
    elif form.how == FAMILY:
        policy.require(ctx.actor, "account.use")
        if not ctx.actor.is_active:
            raise Forbidden(policy.NOT_ACTIVE)
    else:
        policy.require(ctx.actor, "public.join")


def _read(ctx: Context, form: RegisterForm, rules: RuleSet) -> _Answers:
    """Read every answer, or refuse with the sentence of the first that cannot stand."""
    today = local_date(ctx.now)
    name = texts.name(form.name)
    id_number = checked_id_number(form.id_number, form.sex, form.born_on, today)
    _check_age(form, age_on(form.born_on, today), rules)
    _check_terms(form)
    texts.place(form.latitude_e6, form.longitude_e6)
    if any(code not in rules.services for code in form.service_codes):
        raise UnknownServiceCode(field="service_codes")
    skills = tuple(texts.needed(skill, "skills", 20) for skill in form.skills)
    region_on(ctx.session, form.region_code, today)
    book = book_of(ctx.session, form.region_code, today)
    branch = open_row(ctx.session, form.branch_id)
    if branch.book != book:
        raise BranchElsewhere(field="branch_id")
    return _Answers(
        name=name,
        id_number=id_number,
        phone=texts.phone(form.phone),
        address=texts.short(form.address, "address"),
        contact=texts.short(form.contact, "contact", 80),
        login_name=texts.login_name(form.login_name) if form.login_name else None,
        door_word=texts.door_word(form.door_word) if form.door_word else None,
        skills=skills,
        branch=branch,
        book=book,
    )


def _check_age(form: RegisterForm, age_years: int, rules: RuleSet) -> None:
    """The young need a guardian who has agreed. A child joins at the counter alone, to inherit."""
    inherits = form.how == COUNTER and not (form.wants_to_serve or form.wants_to_receive)
    if age_years < rules.earning.minor_age and not inherits:
        raise TooYoung(field="born_on", minor_age=rules.earning.minor_age)
    if age_years >= rules.earning.adult_age:
        return
    guardian = form.guardian
    if guardian is None or not guardian.relation.strip() or guardian.how not in WITNESSED:
        raise GuardianNeeded(field="guardian", adult_age=rules.earning.adult_age)
    texts.name(guardian.name)
    if age_years < CHILD_AGE and not guardian.id_number:
        raise GuardianIdNeeded(field="guardian", child_age=CHILD_AGE)


def _check_terms(form: RegisterForm) -> None:
    """The member agrees to the terms in person: on the own login, or before somebody."""
    if not form.terms:
        raise TermsNeeded(field="terms")
    if (form.terms_how != OWN) if form.how == SELF else (form.terms_how not in WITNESSED):
        raise ConsentHow(field="terms_how")
    if form.how == FAMILY and form.relation not in INVERSE:
        raise UnknownRelation(field="relation")


def _join(ctx: Context, form: RegisterForm, answers: _Answers, rules: RuleSet) -> dict[str, str]:
    # Whoever closes the branch meanwhile waits, or is seen here.
    ctx.session.refresh(answers.branch, with_for_update={"read": True})
    open_row(ctx.session, answers.branch.id)
    member = _member(ctx, form, answers)
    digest = handles.digest(ctx.vault, "id_number", answers.id_number)
    if not handles.claim(ctx, "id_number", digest, member.id):
        raise IdNumberTaken(field="id_number")
    if answers.login_name and not handles.claim(ctx, "login", answers.login_name, member.id):
        raise LoginNameTaken(field="login_name")
    member.number = _claim_number(ctx, member.id)
    if answers.phone:
        handles.claim_phone(ctx, answers.phone, member.id)
    ctx.session.add(member)
    _add_consents(ctx, form, member)
    audit.record(
        ctx,
        "member.register",
        "member",
        member.id,
        book=member.home_book,
        after={"how": form.how, "branch": str(member.branch_id)},
        acting_for_id=None if form.how == SELF else member.id,
    )
    outbox.tell(
        ctx,
        member.home_book,
        member.id,
        WELCOME,
        number=member_number.grouped(member.number),
        branch_zh=answers.branch.name,
        branch_en=answers.branch.name_en,
    )
    ctx.session.flush()
    ceiling = regional_setting(ctx.session, member.region_code, "storage_minutes", rules)
    open_member_accounts(
        ctx.session, member.home_book, member.id, now=ctx.now, ceiling_minutes=ceiling
    )
    return {"member_id": str(member.id), "number": member.number}


def _member(ctx: Context, form: RegisterForm, answers: _Answers) -> Member:
    vault = ctx.vault

    def sealed(purpose: str, text: str | None) -> str | None:
        return vault.seal(purpose, text) if text else None

    return Member(
        id=ctx.new_id(),
        number="",
        home_book=answers.book,
        region_code=form.region_code,
        branch_id=answers.branch.id,
        name=answers.name,
        sex=form.sex,
        born_on=form.born_on,
        id_number_sealed=vault.seal("member.id_number", answers.id_number),
        phone_sealed=sealed("member.phone", answers.phone),
        address_sealed=sealed("member.address", answers.address),
        contact_sealed=sealed("member.contact", answers.contact),
        latitude_e6=form.latitude_e6,
        longitude_e6=form.longitude_e6,
        skills=list(answers.skills),
        service_codes=list(form.service_codes),
        is_provider=form.wants_to_serve,
        is_recipient=form.wants_to_receive,
        status=MemberStatus.PENDING,
        door_word=answers.door_word,
        joined_at=ctx.now,
        joined_by_id=None if form.how == SELF else ctx.actor.id,
        joined_how=form.how,
        joined_relation=form.relation if form.how == FAMILY else None,
    )


def _claim_number(ctx: Context, member_id: UUID) -> str:
    """A fresh national volunteer number; another try when somebody has it already."""
    for _ in range(NUMBER_TRIES):
        number = member_number.new_number(secrets.randbelow)
        if handles.claim(ctx, "number", number, member_id):
            return number
    raise NoFreeNumber


def _add_consents(ctx: Context, form: RegisterForm, member: Member) -> None:
    ctx.session.flush()
    is_seen = form.how == COUNTER
    add_consent(ctx, member, "terms", form.terms_how, member.name, is_seen=is_seen)
    if form.guardian is not None:
        giver = f"{texts.name(form.guardian.name)}（{form.guardian.relation.strip()}）"
        row = add_consent(ctx, member, "guardian", form.guardian.how, giver, is_seen=is_seen)
        if form.guardian.id_number:
            known = parse_identity_number(form.guardian.id_number, local_date(ctx.now))
            row.giver_id_number_sealed = ctx.vault.seal(GIVER, known.number)
    for kind, agrees in ((HEALTH, form.health), (PLACE, form.place)):
        if agrees is not None:
            answer_at_joining(ctx, member, kind, form.terms_how, agrees=agrees, is_seen=is_seen)
