"""What a volunteer is asked: until when and why, one press, or not this time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from models.availability import WeeklyWindow
from models.matching import Offer, OfferState
from models.people import Member
from models.requests import Request, RequestState
from services.asking import standby, waves
from services.ids import uuid7
from services.policy import SYSTEM
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, NOW
from tests.services.asking.conftest import ranking
from tests.services.visits.conftest import START
from tests.web.volunteer_kit import Town, open_town

FAR = NOW + timedelta(days=5)


@pytest.fixture
def town(databases: Databases) -> Iterator[Town]:
    """A town of the test's own."""
    yield from open_town(databases)


def ask(town: Town, request: UUID, *people: UUID) -> list[Offer]:
    """Run the wave that is due; gives the offers of the request."""
    work = partial(
        waves.ask_next, book=LONGWAN, request_id=request, rank=ranking(list(people), yes=300)
    )
    town.street.act(SYSTEM, work, now=town.now)
    return offers(town, request)


def offers(town: Town, request: UUID) -> list[Offer]:
    return town.street.look(
        lambda session: session.query(Offer).filter_by(book=LONGWAN, request_id=request).all()
    )


def stand_by(town: Town, provider: UUID) -> Offer:
    """A fragile visit that somebody else has promised, and a question to stand by."""
    elder = town.street.uow.run(lambda session: factories.create_elder(session, grade=3))
    request = town.street.open_request(elder_id=elder)
    other = town.street.uow.run(lambda session: factories.create_volunteer(session, "P1"))
    town.street.accepted(request, by=other)
    work = partial(standby.seek, book=LONGWAN, request_id=request, others=ranking([provider]))
    town.street.act(SYSTEM, work, now=town.now)
    return next(each for each in offers(town, request) if each.provider_id == provider)


def test_whoever_is_asked_sees_it_first_and_says_yes_with_one_press(town: Town) -> None:
    town.street.issue(5_000)
    early = town.street.open_request()
    request = town.street.open_request(starts_at=FAR)
    ask(town, request, town.street.volunteer)
    browser = town.mine()
    assert "1 项在等您回答" in browser.open("/volunteer/")
    words = browser.open("/volunteer/requests")
    assert words.index("问您愿不愿意去") < words.index("您可以去")
    page = browser.page.get_data(as_text=True)
    assert page.index(str(request)) < page.index(str(early))
    words = browser.open(f"/volunteer/requests/{request}")
    assert "有人问您愿不愿意去" in words
    assert "前回答。" in words
    name = town.street.look(lambda s: s.get_one(Member, town.street.elder).name)
    assert name not in words
    assert "301" not in words
    browser.send(f"/volunteer/requests/{request}")
    assert browser.path.endswith("/accepted")
    [offer] = offers(town, request)
    assert offer.state is OfferState.ACCEPTED


def test_why_me_is_said_in_words(town: Town) -> None:
    town.street.issue(5_000)
    request = town.street.open_request(starts_at=FAR)
    town.street.uow.run(
        lambda session: setattr(
            session.get_one(Request, (LONGWAN, request)),
            "wished_provider_id",
            town.street.volunteer,
        )
    )
    ask(town, request)
    browser = town.mine()
    assert "老人希望由您来。" in browser.open("/volunteer/requests")
    assert "为什么问您" in browser.open(f"/volunteer/requests/{request}")


def test_not_this_time_needs_no_reason(town: Town) -> None:
    town.street.issue(5_000)
    request = town.street.open_request(starts_at=FAR)
    [offer] = ask(town, request, town.street.volunteer)
    browser = town.mine()
    words = browser.open(f"/volunteer/requests/{request}")
    assert "这次不行" in words
    browser.open(f"/volunteer/asked/{offer.id}/no")
    words = browser.send(f"/volunteer/asked/{offer.id}/no")
    assert "好的，这次不找您了" in words
    [offer] = offers(town, request)
    assert (offer.state, offer.answer) == (OfferState.DECLINED, None)
    # It stays open to whoever thinks again, but nobody waits for an answer any more.
    assert "前回答。" not in browser.open("/volunteer/requests")


def test_a_reason_is_kept_and_a_second_no_is_told_so(town: Town) -> None:
    town.street.issue(5_000)
    request = town.street.open_request(starts_at=FAR)
    [offer] = ask(town, request, town.street.volunteer)
    browser = town.mine()
    path = f"/volunteer/asked/{offer.id}/no"
    browser.open(path)
    browser.send(path, reason="too_far")
    assert offers(town, request)[0].answer == "too_far"
    browser.open(path)
    assert "这条询问已经结束了" in browser.send(path, status=422)


def test_standing_by(town: Town) -> None:
    town.street.issue(5_000)
    offer = stand_by(town, town.street.volunteer)
    browser = town.mine()
    assert "请您候补" in browser.open("/volunteer/requests")
    words = browser.open(f"/volunteer/asked/{offer.id}")
    assert "已经有人去了" in words
    browser.send(f"/volunteer/asked/{offer.id}")
    assert "您在候补" in browser.open("/volunteer/requests")
    words = browser.open(f"/volunteer/asked/{offer.id}")
    assert "您答应了候补" in words
    assert "不候补了" in words
    browser.open(f"/volunteer/asked/{offer.id}/no")
    browser.send(f"/volunteer/asked/{offer.id}/no")
    assert "您在候补" not in browser.open("/volunteer/requests")


def test_a_question_to_come_leads_to_its_request(town: Town) -> None:
    town.street.issue(5_000)
    request = town.street.open_request(starts_at=FAR)
    [offer] = ask(town, request, town.street.volunteer)
    browser = town.mine()
    browser.open(f"/volunteer/asked/{offer.id}")
    assert browser.path == f"/volunteer/requests/{request}"


def test_somebody_elses_question_is_not_there(town: Town) -> None:
    town.street.issue(5_000)
    request = town.street.open_request(starts_at=FAR)
    [offer] = ask(town, request, town.street.volunteer)
    stranger = town.street.uow.run(lambda session: factories.create_volunteer(session, "P1"))
    browser = town.phone(stranger)
    browser.open(f"/volunteer/asked/{offer.id}", status=404)
    browser.open(f"/volunteer/asked/{offer.id}/no", status=404)
    assert town.street.request(request).state is RequestState.OPEN


@pytest.mark.parametrize("fits", [True, False])
def test_stated_hours_part_the_list(town: Town, fits: bool) -> None:
    """The visit is on a Wednesday at ten; the way there and back lies in the hours as well."""
    town.street.issue(5_000)
    town.street.open_request()
    until = 11 * 60 + (15 if fits else 0)
    town.street.uow.run(
        lambda session: session.add(
            WeeklyWindow(
                member_id=town.street.volunteer,
                id=uuid7(NOW),
                weekday=2,
                from_minute=9 * 60 + 45,
                to_minute=until,
            )
        )
    )
    words = town.mine().open("/volunteer/requests")
    assert ("您可以去，但不在您填的时间里" in words) is not fits


def test_the_list_goes_by_time_or_by_distance(town: Town) -> None:
    town.street.issue(5_000)
    places = {"near": (27_990_000, 120_700_000), "far": (28_040_000, 120_750_000)}
    elders = {
        name: town.street.uow.run(
            lambda session, at=at: factories.create_elder(
                session, grade=0, latitude_e6=at[0], longitude_e6=at[1]
            )
        )
        for name, at in places.items()
    }
    volunteer = town.street.uow.run(
        lambda session: factories.create_volunteer(
            session, "P1", latitude_e6=27_990_100, longitude_e6=120_700_100
        )
    )
    far = town.street.open_request(elder_id=elders["far"])
    near = town.street.open_request(elder_id=elders["near"], starts_at=START + timedelta(days=1))
    browser = town.phone(volunteer)

    def order(path: str) -> list[UUID]:
        browser.open(path)
        page = browser.page.get_data(as_text=True)
        return sorted((far, near), key=lambda each: page.index(str(each)))

    assert order("/volunteer/requests") == [far, near]
    assert order("/volunteer/requests?order=distance") == [near, far]


def test_questions_in_english(town: Town) -> None:
    town.street.issue(5_000)
    request = town.street.open_request(starts_at=FAR)
    [offer] = ask(town, request, town.street.volunteer)
    browser = town.mine().english()
    assert "You are asked for these" in browser.open("/volunteer/requests")
    assert "You are asked whether you would go" in browser.open(f"/volunteer/requests/{request}")
    assert "I have no time then" in browser.open(f"/volunteer/asked/{offer.id}/no")
