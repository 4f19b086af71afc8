"""A book is looked through in sets, the same facts make a flag once, and others ask for visits."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.audit_seals import UnsealedRecord
from models.flags import FlagScan, FlagState
from models.oversight import AuditRecord
from models.people import Member
from models.requests import Visit
from services.errors import Forbidden
from services.flags import scanning
from services.flags.reading import flagged_visits
from services.policy import SYSTEM
from tests import factories
from tests.factories import LONGWAN, LUCHENG, NOW
from tests.services.flags.conftest import LATER, Watched
from tests.services.visits.conftest import START

MINE = "a" * 64


def test_an_honest_book_has_no_flags_and_is_marked_as_looked_at(watched: Watched) -> None:
    assert watched.scan() == 0
    assert watched.flags() == []
    to = sa.select(FlagScan.scanned_to).where(FlagScan.book == LONGWAN).distinct()
    assert watched.street.look(lambda session: session.scalars(to).all()) == [LATER]


def test_the_same_facts_make_a_flag_once(watched_each: Watched) -> None:
    watched = watched_each
    twin = watched.lay(1, START + timedelta(minutes=10), provider_id=watched.street.volunteer)
    assert watched.scan() == 2  # the elder was in two services, and so was the provider
    flags = watched.flags("overlap")
    assert {flag.subject_id for flag in flags} == {watched.street.elder, watched.street.volunteer}
    for flag in flags:
        assert watched.linked(flag) == {watched.first, twin}
        assert flag.facts["held_to"] == {"least_seconds": 900}
        assert flag.facts["figures"]["common_minutes"] == 52
        assert flag.table_version == "flags-1"
        assert flag.state is FlagState.OPEN
    assert watched.scan(LATER + timedelta(days=1)) == 0
    assert watched.street.count(AuditRecord, AuditRecord.act == "flag.find") == 2
    assert watched.street.count(UnsealedRecord) >= 2


def test_what_somebody_did_in_another_book_counts_as_well(watched: Watched) -> None:
    volunteer = watched.street.volunteer
    watched.street.uow.run(lambda session: factories.create_region_tree(session, LUCHENG))
    begins = START + timedelta(minutes=10)
    there = watched.lay(1, begins, book=LUCHENG, elder_id=UUID(int=77))
    assert watched.scan() == 0, "nobody has said that there is anything elsewhere"
    watched.street.uow.run(
        lambda session: setattr(session.get_one(Member, volunteer), "other_books", [LUCHENG])
    )
    assert watched.scan(LATER + timedelta(hours=1)) == 1
    [flag] = watched.flags()
    assert (flag.code, flag.subject_id) == ("overlap", volunteer)
    assert watched.linked(flag) == {watched.first}, "the other one is for those who watch there"
    assert flag.facts["elsewhere"] == [str(there)]


def test_a_row_that_grows_is_told_again_when_half_of_it_is_new(watched: Watched) -> None:
    def equal(number: int) -> UUID:
        begins = START + timedelta(days=number)
        return watched.lay(number, begins, checked_out_at=begins + timedelta(minutes=45))

    for number in (1, 2, 3):
        equal(number)
    assert watched.scan(START + timedelta(days=4)) == 1
    equal(4)
    equal(5)
    assert watched.scan(START + timedelta(days=6)) == 0
    sixth = equal(6)
    assert watched.scan(START + timedelta(days=7)) == 1
    last = watched.flags("equal_durations")[-1]
    assert len(watched.linked(last)) == 6
    assert sixth in watched.linked(last)


def test_what_was_taken_back_is_no_longer_looked_at(watched: Watched) -> None:
    twin = watched.lay(1, START + timedelta(minutes=10))
    watched.street.uow.run(
        lambda session: session.execute(
            sa.update(Visit)
            .where(Visit.book == LONGWAN, Visit.id == twin)
            .values(reversed_at=LATER)
        )
    )
    assert watched.scan() == 0


def test_devices_are_on_the_visit_and_speak_for_themselves(watched: Watched) -> None:
    first = watched.street.visit(watched.first)
    assert first.checked_in_device == first.checked_out_device == "c" * 64
    assert first.confirmed_device == "e" * 64
    for number in (1, 2):
        watched.lay(
            number,
            START + timedelta(days=number),
            checked_in_device=MINE,
            confirmed_device=MINE,
        )
    assert watched.scan(START + timedelta(days=3)) == 1
    [flag] = watched.flags()
    assert flag.code == "same_device"
    assert flag.subject_id == watched.street.volunteer


def test_a_long_history_is_gone_through_in_steps(watched: Watched) -> None:
    watched.lay(1, START - timedelta(days=300))
    watched.lay(2, START - timedelta(days=300) + timedelta(minutes=10))
    moments = watched.street.act(SYSTEM, lambda ctx: scanning.steps(ctx, LONGWAN), now=LATER)
    assert len(moments) == 4
    assert moments == sorted(moments)
    assert moments[-1] == LATER
    watched.scan()
    assert {flag.code for flag in watched.flags()} == {"overlap"}
    again = watched.street.act(SYSTEM, lambda ctx: scanning.steps(ctx, LONGWAN), now=LATER)
    assert again == [LATER]


def test_flagged_visits_without_those_found_harmless(watched: Watched) -> None:
    twin = watched.lay(1, START + timedelta(minutes=10))
    watched.scan()

    def asked(since: timedelta) -> list[UUID]:
        until = LATER + timedelta(days=1)
        return watched.street.look(
            lambda session: flagged_visits(session, LONGWAN, LATER + since, until)
        )

    assert asked(timedelta()) == sorted([watched.first, twin])
    assert asked(timedelta(seconds=1)) == []
    for flag in watched.flags():
        watched.street.uow.run(
            lambda session, flag=flag: setattr(session.merge(flag), "state", FlagState.CLEARED)
        )
    assert asked(timedelta()) == []


def test_news_are_cheap_to_ask_for(watched: Watched) -> None:
    def news() -> bool:
        return watched.street.act(
            SYSTEM, lambda ctx: scanning.has_news(ctx, LONGWAN), now=LATER + timedelta(days=1)
        )

    assert news()
    watched.scan()
    assert not news()
    watched.lay(1, LATER + timedelta(hours=1))
    assert news()


def test_nobody_but_the_job_process_looks(watched: Watched) -> None:
    with pytest.raises(Forbidden):
        watched.street.act(
            watched.street.admins[0], lambda ctx: scanning.scan(ctx, LONGWAN), now=NOW
        )
