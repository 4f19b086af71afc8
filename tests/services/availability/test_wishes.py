"""What an elder wishes as a rule goes into every new request, and one request may differ."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.requests import Request, Visit, VisitState
from services.availability import errors as say
from services.availability.avoiding import avoid
from services.availability.wishes import Wishes, WishForm, set_wishes, visitors_of, wishes_of
from services.context import Context
from services.errors import DomainError, Forbidden
from services.people.kin import grant_delegation
from services.people.reading import member_row
from services.policy import SYSTEM
from services.requests.sentences import SexUnknown
from services.visits.confirming import confirm
from services.visits.sentences import Ineligible
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import START, Street

TALKS = WishForm(
    languages=("wenzhou", "cmn"),
    language_must=True,
    sex="same",
    sex_must=True,
    same_person=True,
    day_parts=("evening", "morning"),
)


def wish(street: Street, form: WishForm) -> None:
    """The elder says what is wished."""
    street.act(street.elder, lambda ctx: set_wishes(ctx, street.elder, form))


def wished(street: Street, request: UUID) -> tuple[object, ...]:
    """The wishes as a request keeps them."""
    row: Request = street.request(request)
    return (
        row.wished_sex,
        row.preferred_sex,
        row.wished_languages,
        row.language_must,
        row.wished_provider_id,
    )


def came(street: Street) -> None:
    """The volunteer has been there, and the elder has nodded."""
    street.issue(1_000)
    visit = street.accepted(street.open_request())
    street.come(visit)
    street.go(visit)
    street.act(
        street.elder, lambda ctx: confirm(ctx, LONGWAN, visit), now=START + timedelta(hours=2)
    )


def test_nothing_said_asks_for_nothing(street: Street) -> None:
    assert wished(street, street.ask()) == (None, None, [], False, None)
    assert street.act(street.elder, lambda ctx: wishes_of(ctx, street.elder)) == WishForm()


def test_wishes_are_kept_in_order_and_copied(street: Street) -> None:
    wish(street, TALKS)
    kept = street.act(street.elder, lambda ctx: wishes_of(ctx, street.elder))
    assert kept.languages == ("cmn", "wenzhou")
    assert kept.day_parts == ("morning", "evening")
    assert wished(street, street.ask()) == ("female", None, ["cmn", "wenzhou"], True, None)


def test_a_wish_is_no_must(street: Street) -> None:
    wish(street, WishForm(sex="same", languages=("wenzhou",)))
    assert wished(street, street.ask()) == (None, "female", ["wenzhou"], False, None)


def test_a_must_without_its_wish_is_none(street: Street) -> None:
    wish(street, WishForm(sex=None, sex_must=True))
    assert not street.act(street.elder, lambda ctx: wishes_of(ctx, street.elder)).sex_must


def test_who_came_last_is_wished_for(street: Street) -> None:
    came(street)
    later = START + timedelta(days=2)
    assert wished(street, street.ask(starts_at=later))[4] is None
    wish(street, WishForm(same_person=True))
    again = street.ask(starts_at=later + timedelta(hours=3))
    assert wished(street, again)[4] == street.volunteer


def test_one_request_may_differ(street: Street) -> None:
    came(street)
    wish(street, TALKS)
    later = START + timedelta(days=2)
    plain = street.ask(starts_at=later, wishes=Wishes())
    assert wished(street, plain) == (None, None, [], False, None)
    named = Wishes(preferred_sex="male", languages=("nan",), provider_id=street.volunteer)
    other = street.ask(starts_at=later + timedelta(hours=3), wishes=named)
    assert wished(street, other) == (None, "male", ["nan"], False, street.volunteer)
    must = street.ask(starts_at=later + timedelta(hours=6), wished_sex="male", wishes=named)
    assert wished(street, must)[:2] == ("male", None)


def test_a_language_that_must_be_is_asked_of_who_accepts(street: Street) -> None:
    street.issue(1_000)
    request = street.open_request(wishes=Wishes(languages=("wenzhou",), language_must=True))
    with pytest.raises(Ineligible) as caught:
        street.accepted(request)
    assert [each.code for each in caught.value.params["reasons"]] == ["language_required"]
    wished_only = street.open_request(
        starts_at=START + timedelta(hours=3), wishes=Wishes(languages=("wenzhou",))
    )
    assert street.accepted(wished_only)


@pytest.mark.parametrize(
    ("form", "error"),
    [
        (WishForm(languages=("elvish",)), say.DialectUnknown),
        (WishForm(language_must=True), say.LanguageMissing),
        (WishForm(sex="female"), say.WishWrong),
        (WishForm(day_parts=("night",)), say.WishWrong),
    ],
)
def test_wrong_wishes(street: Street, form: WishForm, error: type[DomainError]) -> None:
    with pytest.raises(error):
        wish(street, form)


@pytest.mark.parametrize(
    ("wishes", "error"),
    [
        (Wishes(preferred_sex="other"), SexUnknown),
        (Wishes(languages=("elvish",)), say.DialectUnknown),
        (Wishes(language_must=True), say.LanguageMissing),
        (Wishes(provider_id=UUID(int=7)), say.VisitorUnknown),
    ],
)
def test_wrong_wishes_of_one_request(
    street: Street, wishes: Wishes, error: type[DomainError]
) -> None:
    with pytest.raises(error):
        street.ask(wishes=wishes)


@pytest.mark.parametrize(
    ("state", "counts"),
    [(VisitState.CHECKED_OUT, True), (VisitState.CONFIRMED, True), (VisitState.ACCEPTED, False)],
)
def test_whoever_has_been_there_may_be_wished_for(
    street: Street, state: VisitState, counts: bool
) -> None:
    came(street)

    def turn(ctx: Context) -> list[UUID]:
        ctx.session.scalars(sa.select(Visit).where(Visit.book == LONGWAN)).one().state = state
        ctx.session.flush()
        elder = member_row(ctx.session, street.elder)
        return [each.id for each in visitors_of(ctx.session, elder)]

    assert street.act(SYSTEM, turn) == ([street.volunteer] if counts else [])


def test_a_list_of_visitors_tells_nothing_of_the_other_sides_mind(street: Street) -> None:
    came(street)
    visit = street.look(lambda session: session.scalar(sa.select(Visit.id)))

    def names(who: UUID) -> list[UUID]:
        return street.look(
            lambda session: [each.id for each in visitors_of(session, member_row(session, who))]
        )

    assert names(street.elder) == [street.volunteer]
    street.act(street.volunteer, lambda ctx: avoid(ctx, LONGWAN, visit))
    assert names(street.elder) == [street.volunteer]
    street.act(street.elder, lambda ctx: avoid(ctx, LONGWAN, visit))
    assert names(street.elder) == []


def test_relatives_wish_within_their_leave(street: Street) -> None:
    relative = street.act(street.staff, lambda ctx: factories.create_member(ctx.session))

    def leave(*scopes: str) -> None:
        until = NOW.date() + timedelta(days=90)
        street.act(
            street.elder,
            lambda ctx: grant_delegation(
                ctx, street.elder, relative, frozenset(scopes), "own", until, 6_000
            ),
        )

    with pytest.raises(Forbidden):
        street.act(relative, lambda ctx: set_wishes(ctx, street.elder, TALKS))
    leave("see")
    assert street.act(relative, lambda ctx: wishes_of(ctx, street.elder)) == WishForm()
    with pytest.raises(Forbidden):
        street.act(relative, lambda ctx: set_wishes(ctx, street.elder, TALKS))
    leave("see", "ask")
    street.act(relative, lambda ctx: set_wishes(ctx, street.elder, TALKS))
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: wishes_of(ctx, street.elder))
