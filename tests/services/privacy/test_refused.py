"""What is refused around one's own data, and that a refusal changes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from services.availability.stating import add_place
from services.people.forms import AssessmentForm
from services.people.kin import grant_delegation, record_kinship
from services.people.records import record_assessment
from services.policy import SYSTEM
from services.privacy import consents, deciding, erasing, exporting, requests
from services.privacy import sentences as say
from tests import factories
from tests.factories import NOW
from tests.services.visits.conftest import Street


def test_a_relative_who_may_see_and_ask_does_not_hold_the_record(street: Street) -> None:
    child = street.uow.run(factories.create_member)
    elder = street.elder
    street.act(street.staff, lambda c: record_kinship(c, elder, child, "child", "户口簿"), NOW)
    street.act(
        elder,
        lambda c: grant_delegation(
            c, elder, child, frozenset({"see", "ask", "confirm"}), "own", date(2027, 1, 1), 6_000
        ),
        NOW,
    )
    for act in (
        lambda ctx: requests.ask_erasure(ctx, elder, "pool"),
        lambda ctx: requests.ask_correction(ctx, elder, {"name": "王秀"}),
        lambda ctx: requests.requests_of(ctx, elder),
        lambda ctx: exporting.export(ctx, elder),
    ):
        with pytest.raises(say.NotYourData):
            street.act(child, act, NOW)
    assert street.act(elder, lambda ctx: requests.requests_of(ctx, elder), NOW) == ()


def test_a_copy_is_taken_so_often_a_day(street: Street) -> None:
    who = street.volunteer
    for _ in range(exporting.MOST_A_DAY):
        street.act(who, lambda ctx: exporting.export(ctx, who), NOW)
    with pytest.raises(say.ExportTooOften):
        street.act(who, lambda ctx: exporting.export(ctx, who), NOW)
    street.act(who, lambda ctx: exporting.export(ctx, who), NOW + timedelta(days=1, hours=1))


def test_a_grade_is_not_recorded_against_a_no(street: Street) -> None:
    elder = street.elder
    street.act(elder, lambda ctx: consents.answer(ctx, elder, "health", "own", agrees=False), NOW)
    form = AssessmentForm(grade=1, assessed_on=NOW.date(), assessor="样例评估员")
    with pytest.raises(say.HealthConsentMissing):
        street.act(street.staff, lambda ctx: record_assessment(ctx, elder, form), NOW)


def test_a_place_is_not_kept_against_a_no(street: Street) -> None:
    who = street.volunteer
    street.act(who, lambda ctx: consents.answer(ctx, who, "place", "own", agrees=False), NOW)
    with pytest.raises(say.PlaceConsentMissing):
        street.act(who, lambda ctx: add_place(ctx, who, "单位", 27_900_000, 120_800_000), NOW)


def test_only_the_separate_purposes_are_answered(street: Street) -> None:
    who = street.volunteer
    with pytest.raises(say.NotAPurpose):
        street.act(who, lambda ctx: consents.answer(ctx, who, "terms", "own", agrees=False), NOW)


def test_a_request_that_is_not_there_is_not_decided(street: Street) -> None:
    who = street.volunteer
    with pytest.raises(say.PrivacyRequestUnknown):
        street.act(street.staff, lambda ctx: deciding.grant(ctx, who, uuid4(), "card"), NOW)
    with pytest.raises(say.PrivacyRequestUnknown):
        street.act(who, lambda ctx: requests.withdraw(ctx, who, uuid4()), NOW)


def test_whoever_has_left_does_not_leave_again(street: Street) -> None:
    who = street.volunteer
    made = street.act(who, lambda ctx: requests.ask_erasure(ctx, who, "pool"), NOW)
    street.act(street.staff, lambda ctx: deciding.grant(ctx, who, made, "card"), NOW)
    after = NOW + timedelta(days=deciding.GRACE_DAYS, minutes=1)
    assert street.act(SYSTEM, lambda ctx: erasing.erase(ctx, who, made), after)
    with pytest.raises(say.AlreadyErased):
        street.act(street.staff, lambda ctx: requests.ask_erasure(ctx, who, "pool"), after)
