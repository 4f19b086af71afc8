"""Certificates, assessments, consents and circumstances."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.oversight import AuditRecord
from models.people import Certificate, Consent, Member
from services.clock import local_date
from services.context import Context
from services.errors import DomainError, Forbidden
from services.people import errors
from services.people.forms import OWN, SIGNATURE, VOICE, AssessmentForm, CertificateForm
from services.people.reading import current_grade, has_consent, provider_profile
from services.people.records import (
    record_assessment,
    record_certificate,
    record_circumstances,
    record_consent,
    revoke_certificate,
    withdraw_consent,
)
from services.policy import NOBODY, OWN_AFFAIR
from services.rules.care_grades import ScoreWrong
from services.rules.rule_set import UnknownGrade
from tests.factories import (
    LUCHENG,
    NOW,
    WUMA,
    actor,
    clerk,
    create_auditor,
    create_branch,
    create_elder,
    create_member,
    create_region_admin,
    create_staff,
    create_volunteer,
    give_certificate,
    make_ctx,
)

TODAY = local_date(NOW)


@pytest.fixture
def branch(session: Session) -> UUID:
    return create_branch(session)


@pytest.fixture
def counter(session: Session, branch: UUID) -> Context:
    return make_ctx(session, clerk(session, branch))


def certificate(**answers: Any) -> CertificateForm:
    given: dict[str, Any] = {
        "code": "course-4h",
        "issuer": "样例培训中心",
        "reference": "Z000001",
        "valid_from": TODAY,
        "valid_to": None,
    }
    return CertificateForm(**{**given, **answers})


def assessment(**answers: Any) -> AssessmentForm:
    given: dict[str, Any] = {"grade": 2, "assessed_on": TODAY, "assessor": "样例评估员"}
    return AssessmentForm(**{**given, **answers})


def test_a_certificate_counts_from_its_first_to_its_last_day(
    session: Session, counter: Context
) -> None:
    who = create_volunteer(session, "P0", insured=False)
    first, last = TODAY + timedelta(days=3), TODAY + timedelta(days=5)
    record_certificate(counter, who, certificate(valid_from=first, valid_to=last))
    levels = [
        provider_profile(session, who, NOW + timedelta(days=days)).level for days in range(2, 7)
    ]
    assert levels == ["P0", "P1", "P1", "P1", "P0"]


@pytest.mark.parametrize(
    ("answers", "refusal"),
    [
        ({"code": "diploma"}, errors.UnknownCertificate),
        ({"valid_to": TODAY - timedelta(days=1)}, errors.CertificateDates),
        ({"issuer": " "}, errors.MissingText),
        ({"reference": ""}, errors.MissingText),
        ({"issuer": "长" * 81}, errors.TooManyWords),
    ],
)
def test_a_certificate_that_cannot_be_is_refused(
    session: Session, counter: Context, answers: dict[str, Any], refusal: type[DomainError]
) -> None:
    who = create_member(session)
    with pytest.raises(refusal):
        record_certificate(counter, who, certificate(**answers))


def test_a_health_declaration_holds_for_a_year_at_most(session: Session, counter: Context) -> None:
    who = create_member(session)
    lasts = []
    for last in (None, TODAY + timedelta(days=900), TODAY + timedelta(days=10)):
        form = certificate(code="health-declaration", valid_to=last)
        made = record_certificate(counter, who, form)
        lasts.append(session.get_one(Certificate, (who, made)).valid_to)
    year = TODAY + timedelta(days=364)
    assert lasts == [year, year, TODAY + timedelta(days=10)]


def test_a_revoked_certificate_no_longer_counts_today(session: Session, counter: Context) -> None:
    who = create_volunteer(session, "P1")
    made = give_certificate(session, who, "care-worker")
    assert provider_profile(session, who, NOW).level == "P3"
    revoke_certificate(counter, who, made)
    assert provider_profile(session, who, NOW).level == "P1"
    # It did count yesterday.
    assert provider_profile(session, who, NOW - timedelta(days=1)).level == "P3"
    with pytest.raises(errors.CertificateEnded):
        revoke_certificate(counter, who, made)
    with pytest.raises(errors.NotACertificate):
        revoke_certificate(counter, who, uuid4())


def test_a_certificate_revoked_before_its_first_day_never_counts(
    session: Session, counter: Context
) -> None:
    who = create_member(session)
    made = record_certificate(counter, who, certificate(valid_from=TODAY + timedelta(days=9)))
    revoke_certificate(counter, who, made)
    assert not provider_profile(session, who, NOW + timedelta(days=10)).certificates


def test_a_double_click_records_one_certificate(session: Session, branch: UUID) -> None:
    who = create_member(session)
    ctx = make_ctx(session, clerk(session, branch), key="k")
    assert record_certificate(ctx, who, certificate()) == record_certificate(
        ctx, who, certificate()
    )


def test_grades_follow_their_days(session: Session, counter: Context) -> None:
    elder = create_elder(session, None)
    assert current_grade(session, elder, TODAY) == 0
    for days, grade in ((30, 1), (10, 3)):
        form = assessment(grade=grade, assessed_on=TODAY - timedelta(days=days))
        record_assessment(counter, elder, form)
    grades = [
        current_grade(session, elder, TODAY - timedelta(days=days)) for days in (31, 30, 11, 10, 0)
    ]
    assert grades == [0, 1, 1, 3, 3]


def test_of_two_assessments_on_a_day_the_later_record_holds(session: Session, branch: UUID) -> None:
    elder = create_elder(session, None)
    staff = clerk(session, branch)
    for minutes, grade in ((0, 1), (5, 2)):
        ctx = make_ctx(session, staff, NOW + timedelta(minutes=minutes))
        record_assessment(ctx, elder, assessment(grade=grade))
    assert current_grade(session, elder, TODAY) == 2


@pytest.mark.parametrize(
    ("answers", "refusal"),
    [
        ({"grade": 5}, UnknownGrade),
        ({"grade": -1}, UnknownGrade),
        ({"assessed_on": TODAY + timedelta(days=1)}, errors.InFuture),
        ({"assessed_on": date(1900, 1, 1)}, errors.BeforeBirth),
        ({"assessor": ""}, errors.MissingText),
        ({"total_score": 101}, ScoreWrong),
        ({"total_score": 90}, errors.GradeAgainstScore),
        ({"total_score": 29}, errors.GradeAgainstScore),
        ({"total_score": 50, "dementia": True}, errors.GradeAgainstScore),
        ({"total_score": 50, "coma": True}, errors.GradeAgainstScore),
    ],
)
def test_an_assessment_that_cannot_be_is_refused(
    session: Session, counter: Context, answers: dict[str, Any], refusal: type[DomainError]
) -> None:
    elder = create_elder(session, None)
    with pytest.raises(refusal):
        record_assessment(counter, elder, assessment(**answers))
    assert current_grade(session, elder, TODAY) == 0


@pytest.mark.parametrize(
    "answers",
    [
        {"total_score": 50},
        {"total_score": 70, "dementia": True},
        {"total_score": 70, "risk_events": 2},
        {"total_score": 95, "risk_events": 2, "dementia": True},
    ],
)
def test_a_score_that_leads_to_the_grade_is_taken(
    session: Session, counter: Context, answers: dict[str, Any]
) -> None:
    elder = create_elder(session, None)
    record_assessment(counter, elder, assessment(**answers))
    assert current_grade(session, elder, TODAY) == 2


def test_a_member_gives_and_takes_back_a_consent(session: Session) -> None:
    who = create_member(session)
    ctx = make_ctx(session, actor(session, who))
    made = record_consent(ctx, who, "place", OWN, "")
    row = session.get_one(Consent, (who, made))
    assert (row.given_by, row.recorded_by_id) == (session.get_one(Member, who).name, None)
    assert has_consent(session, who, "place")
    withdraw_consent(ctx, who, made)
    withdraw_consent(ctx, who, made)
    assert not has_consent(session, who, "place")
    with pytest.raises(errors.NotAConsent):
        withdraw_consent(ctx, who, uuid4())


def test_staff_take_a_consent_down(session: Session, counter: Context) -> None:
    who = create_member(session)
    made = record_consent(counter, who, "health", VOICE, "本人")
    assert session.get_one(Consent, (who, made)).recorded_by_id == counter.actor.id


def test_a_consent_is_given_by_the_one_it_binds(session: Session, counter: Context) -> None:
    who = create_member(session)
    own = make_ctx(session, actor(session, who))
    for ctx, kind, how, refusal in (
        (counter, "health", OWN, errors.ConsentHow),
        (own, "health", SIGNATURE, errors.ConsentHow),
        (own, "guardian", OWN, errors.UnknownHow),
        (counter, "marriage", SIGNATURE, errors.UnknownHow),
    ):
        with pytest.raises(refusal):
            record_consent(ctx, who, kind, how, "某人")
    with pytest.raises(errors.MissingText):
        record_consent(counter, who, "health", VOICE, " ")


def test_circumstances_are_recorded_with_what_was_before(
    session: Session, counter: Context
) -> None:
    elder = create_elder(session)
    facts = {
        "in_hardship": True,
        "lives_alone": True,
        "special_family": True,
        "spends_under_age": False,
    }
    record_circumstances(counter, elder, **facts)
    member = session.get_one(Member, elder)
    assert {name: getattr(member, name) for name in facts} == facts
    record = session.scalars(
        sa.select(AuditRecord).where(AuditRecord.act == "member.circumstances")
    ).one()
    assert record.before == dict.fromkeys(facts, False)
    assert record.after == facts
    assert record.acting_for_id == elder


ACTS: dict[str, Callable[[Context, UUID], object]] = {
    "certificate": lambda ctx, who: record_certificate(ctx, who, certificate()),
    "assessment": lambda ctx, who: record_assessment(ctx, who, assessment()),
    "consent": lambda ctx, who: record_consent(ctx, who, "health", SIGNATURE, "本人"),
    "circumstances": lambda ctx, who: record_circumstances(
        ctx,
        who,
        in_hardship=True,
        lives_alone=False,
        special_family=False,
        spends_under_age=False,
    ),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_only_staff_of_the_branch_record(
    session: Session, branch: UUID, act: Callable[[Context, UUID], object]
) -> None:
    elder = create_elder(session, None)
    for other in (
        NOBODY,
        actor(session, create_member(session)),
        clerk(session, create_branch(session)),
        clerk(session, create_branch(session, WUMA)),
        actor(session, create_region_admin(session, LUCHENG)),
        actor(session, create_auditor(session)),
    ):
        with pytest.raises(Forbidden):
            act(make_ctx(session, other), elder)
    act(make_ctx(session, clerk(session, branch)), elder)


@pytest.mark.parametrize("name", ["certificate", "assessment", "circumstances"])
def test_nobody_records_for_himself(session: Session, branch: UUID, name: str) -> None:
    staff = create_staff(session, branch)
    with pytest.raises(Forbidden) as refusal:
        ACTS[name](make_ctx(session, actor(session, staff)), staff)
    assert refusal.value.sentence == OWN_AFFAIR
