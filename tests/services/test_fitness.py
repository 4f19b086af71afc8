"""Who may take a request, from the facts as they stand; the rules' own table is tested apart."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from models.ledger import AccountKind
from models.requests import ProviderDay, ProviderSlot, Request, RequestState, Visit, VisitState
from services import rates
from services.clock import local_date
from services.ledger.accounts import account_id, pool_of
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.people.kin import add_kinship
from services.people.reading import member_row
from services.places import set_regional_setting
from services.policy import REGION_ADMIN, SYSTEM, Actor, Role
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from services.visits.accepting import accept
from services.visits.days import quarters
from services.visits.diary import diary_of
from services.visits.fitness import Fitness, fitness_of, fitness_of_all
from tests import factories
from tests.factories import LONGWAN, LUCHENG, NOW, WUMA, make_ctx

#: Wednesday, 11 March 2026, ten in the morning in China.
START = NOW + timedelta(hours=25)


def asked(session: Session, code: str = "A04", minutes: int = 60, **answers: object) -> Request:
    """A request of an elder with coins of the pool's, open to volunteers."""
    elder = answers.pop("elder_id", None) or factories.create_elder(session, grade=2)
    start = answers.pop("starts_at", START)
    form = AskForm(elder, code, start, minutes, **answers)
    request_id = ask(make_ctx(session, factories.actor(session, elder)), form)
    branch = session.get_one(Request, (LONGWAN, request_id)).branch_id
    approve(make_ctx(session, factories.clerk(session, branch)), LONGWAN, request_id)
    request = session.get_one(Request, (LONGWAN, request_id))
    request.state = RequestState.OPEN
    session.flush()
    return request


def fit(session: Session, request: Request, provider: UUID, now: datetime = NOW) -> Fitness:
    rules = rates.rule_set_on(session, local_date(now))
    return fitness_of(make_ctx(session, now=now), request, member_row(session, provider), rules)


def codes(fitness: Fitness) -> set[str]:
    return {each.code for each in fitness.refusals}


def coming(
    session: Session,
    request: Request,
    provider: UUID,
    level: str = "P1",
    *,
    extra: bool = False,
    state: VisitState = VisitState.ACCEPTED,
) -> Visit:
    """Somebody's promise, as an acceptance would have written it."""
    visit = Visit(
        book=LONGWAN,
        id=make_ctx(session).new_id(),
        request_id=request.id,
        elder_id=request.elder_id,
        provider_id=provider,
        provider_book=LONGWAN,
        state=state,
        accepted_at=NOW,
        starts_at=request.starts_at,
        booked_minutes=request.booked_minutes,
        rule_set_version="CN-TB-1",
        calendar_version="none",
        provider_level=level,
        certificate_relevant=False,
        care_grade=0,
        extra=extra,
        reserved_minutes=request.booked_minutes,
        breaks=[],
    )
    session.add(visit)
    session.flush()
    return visit


def served(session: Session, provider: UUID, day: date, minutes: int, credit: int = 0) -> None:
    session.add(
        ProviderDay(
            book=LONGWAN,
            provider_id=provider,
            day=day,
            credit_minutes=credit,
            actual_minutes=minutes,
        )
    )
    session.flush()


def test_nothing_stands_against_a_fitting_volunteer(session: Session) -> None:
    request = asked(session, "A05")
    fitness = fit(session, request, factories.create_volunteer(session, "P2"))
    assert fitness.eligible
    assert (fitness.level, fitness.certificate_relevant, fitness.care_grade, fitness.extra) == (
        "P2",
        True,
        2,
        False,
    )


def test_all_reasons_come_at_once(session: Session) -> None:
    request = asked(session, "E02", wished_sex="male")
    provider = factories.create_volunteer(session, "P1", insured=False, age=72)
    member_row(session, provider).paused_until = local_date(NOW) + timedelta(days=5)
    assert codes(fit(session, request, provider)) >= {
        "paused",
        "older_tier",
        "level_too_low",
        "one_certificate_missing",
        "insurance_missing",
        "man_wished",
    }


def test_own_requests_and_those_of_close_kin_are_for_others(session: Session) -> None:
    elder = factories.create_elder(session, wants_to_serve=True)
    request = asked(session, elder_id=elder)
    factories.give_certificate(session, elder, "course-4h")
    assert "own_request" in codes(fit(session, request, elder))
    child = factories.create_volunteer(session, "P1")
    assert fit(session, request, child).eligible
    ctx = make_ctx(session)
    add_kinship(ctx, member_row(session, elder), member_row(session, child), "child", "户口簿")
    assert codes(fit(session, request, child)) == {"kin"}


def test_a_certificate_that_ends_before_the_visit_counts_for_nothing(session: Session) -> None:
    request = asked(session, starts_at=START + timedelta(days=10))
    provider = factories.create_volunteer(session, "P0")
    factories.give_certificate(session, provider, "course-4h", days=5)
    fitness = fit(session, request, provider)
    assert (fitness.level, fitness.extra) == ("P0", True)
    factories.give_certificate(session, provider, "course-4h", days=11)
    assert fit(session, request, provider).level == "P1"
    # The day on which the visit ends is the last one that matters.
    assert local_date(request.ends_at) == local_date(NOW) + timedelta(days=11)


def test_an_insurance_has_to_reach_the_end_of_the_visit(session: Session) -> None:
    request = asked(session, "D02", 120, starts_at=START + timedelta(days=10))
    provider = factories.create_volunteer(
        session, "P2", certificates=("skilled-escort",), insured=False
    )
    factories.give_certificate(session, provider, factories.INSURANCE, days=10)
    assert codes(fit(session, request, provider)) == {"insurance_missing"}
    factories.give_certificate(session, provider, factories.INSURANCE, days=11)
    assert fit(session, request, provider).eligible


def test_a_promise_at_the_same_time_is_in_the_way(session: Session) -> None:
    request = asked(session)
    provider = factories.create_volunteer(session, "P1")
    row = ProviderSlot(
        book=LONGWAN,
        provider_id=provider,
        quarter=quarters(START + timedelta(minutes=70), 30, 0).start,
        visit_id=request.id,
    )
    session.add(row)
    session.flush()
    # Ten minutes after the end: the way there takes fifteen.
    assert codes(fit(session, request, provider)) == {"overlap"}
    session.delete(row)
    session.flush()
    assert fit(session, request, provider).eligible


def test_days_weeks_and_years_are_counted_in_china(session: Session) -> None:
    request = asked(session, "A04", 60)
    provider = factories.create_volunteer(session, "P1")
    day = local_date(START)
    served(session, provider, day, 421)
    assert codes(fit(session, request, provider)) == {"day_full"}
    session.get_one(ProviderDay, (LONGWAN, provider, day)).actual_minutes = 420
    assert fit(session, request, provider).eligible
    served(session, provider, day + timedelta(days=4), 1321)
    assert codes(fit(session, request, provider)) == {"week_full"}
    served(session, provider, date(2026, 12, 31), 59_000)
    assert codes(fit(session, request, provider)) == {"week_full", "year_full"}


def test_another_week_and_another_year_do_not_count(session: Session) -> None:
    request = asked(session, "A04", 60)
    provider = factories.create_volunteer(session, "P1")
    served(session, provider, date(2026, 3, 8), 1800)
    served(session, provider, date(2025, 12, 31), 60_000)
    assert fit(session, request, provider).eligible


def test_a_region_may_ask_for_less(session: Session) -> None:
    request = asked(session, "A04", 60)
    provider = factories.create_volunteer(session, "P1")
    served(session, provider, local_date(START), 200)
    admin = Actor(
        id=UUID(int=77),
        name="甲",
        home_book=LONGWAN,
        roles=(Role(REGION_ADMIN, "region", LONGWAN),),
    )
    rules = rates.rule_set_on(session, local_date(NOW))
    assert fit(session, request, provider).eligible
    set_regional_setting(make_ctx(session, admin), LONGWAN, "actual_per_day_minutes", 240, rules)
    [refusal] = fit(session, request, provider).refusals
    assert (refusal.code, refusal.params["limit_minutes"]) == ("day_full", 240)


def test_one_of_a_pair_has_the_training_whoever_comes_first(session: Session) -> None:
    request = asked(session, "E01")
    assert request.people_needed == 2
    helper = factories.create_volunteer(session, "P1")
    other = factories.create_volunteer(session, "P1")
    nurse = factories.create_volunteer(session, "P3")
    assert fit(session, request, helper).eligible
    coming(session, request, helper)
    assert "trained_missing" in codes(fit(session, request, other))
    assert fit(session, request, nurse).eligible
    assert "already_accepted" in codes(fit(session, request, helper))
    coming(session, request, nurse, "P3")
    assert fit(session, request, other).full


def test_after_the_trained_one_anybody_of_the_second_level_may_come(session: Session) -> None:
    request = asked(session, "E01")
    coming(session, request, factories.create_volunteer(session, "P3"), "P3")
    assert fit(session, request, factories.create_volunteer(session, "P1")).eligible
    learner = fit(session, request, factories.create_volunteer(session, "P0"))
    assert learner.extra
    assert codes(learner) == {"extra_too_early"}


def test_a_learner_joins_a_full_visit_and_only_one_does(session: Session) -> None:
    request = asked(session)
    learner = factories.create_volunteer(session, "P0")
    assert codes(fit(session, request, learner)) == {"extra_too_early"}
    coming(session, request, factories.create_volunteer(session, "P1"))
    found = fit(session, request, learner)
    assert (found.eligible, found.extra, found.full) == (True, True, False)
    coming(session, request, learner, "P0", extra=True)
    second = factories.create_volunteer(session, "P0")
    assert codes(fit(session, request, second)) == {"extra_full"}
    assert codes(fit(session, request, learner)) == {"already_accepted"}


def test_a_learner_takes_nobody_s_place(session: Session) -> None:
    request = asked(session)
    coming(session, request, factories.create_volunteer(session, "P0"), "P0", extra=True)
    assert fit(session, request, factories.create_volunteer(session, "P1")).eligible


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        (VisitState.ACCEPTED, True),
        (VisitState.CHECKED_IN, True),
        (VisitState.CANCELLED, False),
        (VisitState.NO_SHOW, False),
    ],
)
def test_who_counts_among_those_who_come(session: Session, state: VisitState, counts: bool) -> None:
    request = asked(session)
    coming(session, request, factories.create_volunteer(session, "P1"), state=state)
    assert fit(session, request, factories.create_volunteer(session, "P1")).full is counts


def test_who_withdrew_may_say_yes_again(session: Session) -> None:
    request = asked(session)
    provider = factories.create_volunteer(session, "P1")
    coming(session, request, provider, state=VisitState.CANCELLED)
    assert fit(session, request, provider).eligible


def test_another_county_s_request_is_out_of_reach(session: Session) -> None:
    request = asked(session)
    branch = factories.create_branch(session, WUMA)
    provider = factories.create_volunteer(session, "P1", branch_id=branch)
    assert member_row(session, provider).home_book == LUCHENG
    assert codes(fit(session, request, provider)) == {"not_joined"}


def test_the_grade_is_the_one_that_holds_today(session: Session) -> None:
    elder = factories.create_elder(session, grade=None)
    request = asked(session, elder_id=elder)
    provider = factories.create_volunteer(session, "P1")
    assert fit(session, request, provider).care_grade == 0


def test_children_need_a_guardian_and_light_services(session: Session) -> None:
    light, heavy = asked(session, "B01"), asked(session, "C01")
    provider = factories.create_volunteer(session, "P1", age=15)
    assert fit(session, light, provider).eligible
    assert codes(fit(session, heavy, provider)) == {"minor_tier"}


def test_many_requests_are_answered_as_one_by_one(session: Session) -> None:
    requests = [
        asked(session),
        asked(session, "E01"),
        asked(session, "D02", 120),
        asked(session, starts_at=START + timedelta(days=25)),
    ]
    provider = factories.create_volunteer(session, "P1")
    served(session, provider, local_date(START), 421)
    rules = rates.rule_set_on(session, local_date(NOW))
    together = fitness_of_all(make_ctx(session), requests, member_row(session, provider), rules)
    assert together == {each.id: fit(session, each, provider) for each in requests}
    assert len({frozenset(codes(each)) for each in together.values()}) == 3


def test_a_diary_of_no_days_is_empty(session: Session) -> None:
    diary = diary_of(session, LONGWAN, UUID(int=5), [])
    assert diary.is_free(START, 60)
    assert diary.day_actual_minutes(local_date(START)) == 0


def test_a_diary_sees_promises_around_midnight(session: Session) -> None:
    provider = factories.create_volunteer(session, "P1")
    midnight = datetime(2026, 3, 11, 16, 0, tzinfo=UTC)
    for quarter in quarters(midnight, 15, 0):
        session.add(
            ProviderSlot(book=LONGWAN, provider_id=provider, quarter=quarter, visit_id=UUID(int=1))
        )
    session.flush()
    for day in (date(2026, 3, 11), date(2026, 3, 12)):
        diary = diary_of(session, LONGWAN, provider, [day])
        assert not diary.is_free(midnight - timedelta(minutes=30), 30)
        assert diary.is_free(midnight - timedelta(minutes=60), 30)


def test_an_acceptance_pins_what_fitness_says(session: Session) -> None:
    pool = Leg(pool_of(LONGWAN), 1_000)
    issue = Leg(account_id(LONGWAN, AccountKind.ISSUE), -1_000)
    draft = Draft(book=LONGWAN, kind="issue", key="test", legs=(issue, pool), effective_at=NOW)
    post(session, [draft], Stamp(NOW, SYSTEM.id))
    request = asked(session, "A05")
    request.people_needed = 1
    provider = factories.create_volunteer(session, "P2")
    expected = fit(session, request, provider)
    ctx = make_ctx(session, factories.actor(session, provider))
    visit = session.get_one(Visit, (LONGWAN, accept(ctx, LONGWAN, request.id).visit_id))
    assert (visit.provider_level, visit.certificate_relevant, visit.care_grade, visit.extra) == (
        expected.level,
        expected.certificate_relevant,
        expected.care_grade,
        expected.extra,
    )
    assert codes(fit(session, request, provider)) == {"already_accepted"}
