"""What staff record about a person: certificates, assessments, consents, circumstances."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

from models.people import Assessment, Certificate, Consent, Member
from services import outbox, policy, rates
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.people import texts
from services.people.errors import (
    BeforeBirth,
    CertificateDates,
    CertificateEnded,
    ConsentHow,
    GradeAgainstScore,
    InFuture,
    NotACertificate,
    NotAConsent,
    UnknownCertificate,
    UnknownHow,
)
from services.people.forms import CONSENT_HOWS, OWN, AssessmentForm, CertificateForm
from services.people.reading import current_grade, member_row, subject_of
from services.people.trail import note
from services.privacy.effects import HEALTH, TEXT_VERSION, has_refused, take_away
from services.privacy.sentences import HealthConsentMissing
from services.rules.care_grades import possible_grades
from services.rules.eligibility import HEALTH_DECLARATION

#: What people agree to: the member agreement, a guardian's leave, health data, whereabouts.
CONSENT_KINDS = ("terms", "guardian", "health", "place")

CERTIFICATE_RECORDED = "网点登记了您的一份证书，现在可以接更多的服务。"
CERTIFICATE_REVOKED = "您的一份证书从今天起不再有效，请联系网点。"
GRADE_RECORDED = "您的照护等级已经更新。"


def record_certificate(ctx: Context, member_id: UUID, form: CertificateForm) -> UUID:
    """Record a certificate whose paper staff have seen; returns its id.

    The code must be one of the rule set's. A health declaration holds for a year at most.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "certificate.record", subject_of(member))
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    if form.code not in rules.certificates:
        raise UnknownCertificate(field="code")
    last = form.valid_to
    if form.code == HEALTH_DECLARATION:
        year = form.valid_from + timedelta(days=364)
        last = min(last, year) if last else year
    if last is not None and last < form.valid_from:
        raise CertificateDates(field="valid_to")
    issuer = texts.needed(form.issuer, "issuer", 80)
    reference = texts.needed(form.reference, "reference", 80)

    def do() -> dict[str, str]:
        made = Certificate(
            member_id=member.id,
            id=ctx.new_id(),
            code=form.code,
            issuer=issuer,
            reference=reference,
            valid_from=form.valid_from,
            valid_to=last,
            recorded_by_id=ctx.actor.id,
            recorded_at=ctx.now,
        )
        ctx.session.add(made)
        after = {"code": form.code, "from": str(form.valid_from), "to": str(last)}
        note(ctx, "certificate.record", member, after=after)
        outbox.tell(ctx, member.home_book, member.id, CERTIFICATE_RECORDED)
        ctx.session.flush()
        return {"certificate_id": str(made.id)}

    content = {"member_id": member_id, **asdict(form)}
    return UUID(once(ctx, member.home_book, "certificate.record", content, do)["certificate_id"])


def revoke_certificate(ctx: Context, member_id: UUID, certificate_id: UUID) -> None:
    """End a certificate before its time: it no longer counts from today on."""
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "certificate.record", subject_of(member))
    row = ctx.session.get(Certificate, (member_id, certificate_id))
    if row is None:
        raise NotACertificate
    yesterday = local_date(ctx.now) - timedelta(days=1)

    def do() -> dict[str, str]:
        if row.valid_to is not None and row.valid_to <= yesterday:
            raise CertificateEnded
        before = {"code": row.code, "to": str(row.valid_to)}
        row.valid_to = yesterday
        note(ctx, "certificate.revoke", member, before=before, after={"to": str(yesterday)})
        outbox.tell(ctx, member.home_book, member.id, CERTIFICATE_REVOKED)
        ctx.session.flush()
        return {}

    content = {"member_id": member_id, "certificate_id": certificate_id}
    once(ctx, member.home_book, "certificate.revoke", content, do)


def record_assessment(ctx: Context, member_id: UUID, form: AssessmentForm) -> UUID:
    """Record a care grade with the day of its assessment; returns the assessment's id.

    A total score that does not lead to the grade is :class:`GradeAgainstScore`. Requests that
    were made or accepted before keep the grade that they were made with.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "assessment.record", subject_of(member))
    _check_assessment(ctx, member, form)
    assessor = texts.needed(form.assessor, "assessor", 80)

    def do() -> dict[str, str]:
        if has_refused(ctx.session, member.id, HEALTH):
            raise HealthConsentMissing
        before = current_grade(ctx.session, member.id, local_date(ctx.now))
        made = Assessment(
            member_id=member.id,
            id=ctx.new_id(),
            grade=form.grade,
            assessed_on=form.assessed_on,
            assessor=assessor,
            recorded_by_id=ctx.actor.id,
            recorded_at=ctx.now,
        )
        ctx.session.add(made)
        note(
            ctx,
            "assessment.record",
            member,
            before={"grade": before},
            after={"grade": form.grade, "on": str(form.assessed_on), "score": form.total_score},
        )
        outbox.tell(ctx, member.home_book, member.id, GRADE_RECORDED)
        ctx.session.flush()
        return {"assessment_id": str(made.id)}

    content = {"member_id": member_id, **asdict(form)}
    return UUID(once(ctx, member.home_book, "assessment.record", content, do)["assessment_id"])


def _check_assessment(ctx: Context, member: Member, form: AssessmentForm) -> None:
    rates.rule_set_on(ctx.session, local_date(ctx.now)).grade(form.grade)
    if form.assessed_on > local_date(ctx.now):
        raise InFuture(field="assessed_on")
    if form.assessed_on < member.born_on:
        raise BeforeBirth(field="assessed_on")
    if form.total_score is None:
        return
    possible = possible_grades(
        form.total_score, coma=form.coma, dementia=form.dementia, risk_events=form.risk_events
    )
    if form.grade not in possible:
        raise GradeAgainstScore(
            field="grade", score=form.total_score, expected=max(possible), grade=form.grade
        )


def record_consent(ctx: Context, member_id: UUID, kind: str, how: str, given_by: str) -> UUID:
    """Record what somebody agreed to; returns the consent's id.

    A member gives an own consent on the own login (``how`` own); staff take down a signature, a
    spoken word or a document, with the name of who gave it.
    """
    member = member_row(ctx.session, member_id)
    own = ctx.actor.id == member_id
    policy.require(ctx.actor, "member.update" if own else "consent.record", subject_of(member))
    if kind not in CONSENT_KINDS or (own and kind == "guardian"):
        raise UnknownHow(field="kind")
    if how not in CONSENT_HOWS or (how == OWN) != own:
        raise ConsentHow(field="how")
    giver = member.name if own else texts.needed(given_by, "given_by", 80)

    def do() -> dict[str, str]:
        made = add_consent(ctx, member, kind, how, giver)
        note(ctx, "consent.record", member, after={"kind": kind, "how": how})
        ctx.session.flush()
        return {"consent_id": str(made.id)}

    content = {"member_id": member_id, "kind": kind, "how": how, "given_by": given_by}
    return UUID(once(ctx, member.home_book, "consent.record", content, do)["consent_id"])


def withdraw_consent(ctx: Context, member_id: UUID, consent_id: UUID) -> None:
    """Take a consent back from now on; what was done under it stays done."""
    member = member_row(ctx.session, member_id)
    own = ctx.actor.id == member_id
    policy.require(ctx.actor, "member.update" if own else "consent.record", subject_of(member))
    row = ctx.session.get(Consent, (member_id, consent_id))
    if row is None:
        raise NotAConsent

    def do() -> dict[str, str]:
        if row.withdrawn_at is None:
            row.withdrawn_at, row.withdrawn_by_id = ctx.now, ctx.actor.id
            take_away(ctx, member, row.kind)
            note(ctx, "consent.withdraw", member, before={"kind": row.kind, "how": row.how})
            ctx.session.flush()
        return {}

    content = {"member_id": member_id, "consent_id": consent_id}
    once(ctx, member.home_book, "consent.withdraw", content, do)


def add_consent(
    ctx: Context, member: Member, kind: str, how: str, given_by: str, *, is_seen: bool = True
) -> Consent:
    """The stored consent, for acts that bring one along; services only.

    One that staff have not seen (``is_seen`` false) is a claim until they record it.
    """
    made = Consent(
        member_id=member.id,
        id=ctx.new_id(),
        kind=kind,
        how=how,
        given_by=given_by,
        recorded_by_id=ctx.actor.id if is_seen and how != OWN else None,
        at=ctx.now,
        text_version=TEXT_VERSION,
    )
    ctx.session.add(made)
    return made


def record_circumstances(
    ctx: Context,
    member_id: UUID,
    *,
    in_hardship: bool,
    lives_alone: bool,
    special_family: bool,
    spends_under_age: bool,
) -> None:
    """Record the facts that entitle: hardship, living alone, the loss of an only child, and a
    decision for severe disability.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "assessment.record", subject_of(member))
    facts = {
        "in_hardship": in_hardship,
        "lives_alone": lives_alone,
        "special_family": special_family,
        "spends_under_age": spends_under_age,
    }

    def do() -> dict[str, str]:
        before = {name: getattr(member, name) for name in facts}
        for name, value in facts.items():
            setattr(member, name, value)
        note(ctx, "member.circumstances", member, before=before, after=facts)
        ctx.session.flush()
        return {}

    once(ctx, member.home_book, "member.circumstances", {"member_id": member_id, **facts}, do)
