"""Two places at once, a way too fast, one device for both sides, hours at which nobody comes."""

from __future__ import annotations

from tests.unit.flags.rows_kit import at, found, served, uid

FAR = {"latitude_e6": 28_200_000, "elder_id": uid(102)}  # 22 kilometres to the north
MINE, YOURS = "a" * 64, "b" * 64


def test_a_provider_in_two_homes_at_once() -> None:
    first = served(1, 1)
    second = served(2, 1, elder_id=uid(102), came=first.left - 960, left=first.left + 1_800)
    [flag] = found("overlap", [second, first])
    assert flag.subject_id == uid(1)
    assert set(flag.visits) == {first.id, second.id}
    assert flag.figures["common_minutes"] == 16
    assert flag.held_to["least_seconds"] == 900


def test_a_quarter_in_common_is_how_people_round_a_slip() -> None:
    first = served(1, 1)
    second = served(2, 1, elder_id=uid(102), came=first.left - 840, left=first.left + 1_800)
    assert not found("overlap", [first, second])


def test_an_elder_served_by_two_at_once_unless_they_came_together() -> None:
    first = served(1, 1)
    other = served(2, 1, provider_id=uid(2))
    [flag] = found("overlap", [first, other])
    assert flag.subject_id == uid(101)
    assert flag.figures["role"] == "elder"
    assert not found("overlap", [first, other._replace(request_id=first.request_id)])


def test_an_errand_leaves_the_elder_free_but_not_whoever_runs_it() -> None:
    first = served(1, 1)
    assert not found("overlap", [first, served(2, 1, provider_id=uid(2), service="B01")])
    assert found("overlap", [first, served(3, 1, elder_id=uid(102), service="B01")])


def test_whoever_serves_while_being_served() -> None:
    served_there = served(1, 1)
    serving = served(2, 1, provider_id=uid(101), elder_id=uid(103))
    [flag] = found("overlap", [served_there, serving])
    assert flag.subject_id == uid(101)
    assert {flag.figures["role"], flag.figures["first_role"]} == {"provider", "elder"}


def test_no_way_is_that_fast() -> None:
    first = served(1, 1)
    second = served(2, 1, came=first.left + 300, left=first.left + 3_900, **FAR)
    [flag] = found("travel", [first, second])
    assert 22_000 < flag.figures["distance_m"] < 22_400
    assert flag.figures["needed_seconds"] > flag.figures["seconds"]
    later = second._replace(came=first.left + 1_800, left=first.left + 5_400)
    assert not found("travel", [first, later])
    assert not found("travel", [first, second._replace(remote=True)])
    assert not found("travel", [first, second._replace(latitude_e6=None)])
    next_door = second._replace(latitude_e6=28_001_000, came=first.left, left=first.left + 60)
    assert not found("travel", [first, next_door])


def test_the_elders_word_from_the_visitors_telephone() -> None:
    both = [served(n, n, word_device=MINE) for n in (1, 2)]
    [flag] = found("same_device", both)
    assert flag.subject_id == uid(1)
    assert flag.figures == {"visits": 2, "elders": 1}
    assert not found("same_device", both[:1]), "once somebody lent a telephone"
    assert not found("same_device", [row._replace(word_device=YOURS) for row in both])


def test_a_counters_computer_raises_nothing() -> None:
    heard = [served(n, n, word="voice", word_by=uid(901), word_device=MINE) for n in (1, 2)]
    assert not found("same_device", heard)
    counter = [
        served(n, n, elder_id=uid(110 + n), word="voice", word_by=uid(901), word_device=MINE)
        for n in range(3, 8)
    ]
    own = [served(n, n, word_device=MINE) for n in (1, 2)]
    assert not found("same_device", [*own, *counter])
    assert found("same_device", [*own, *counter[:4]])


def test_one_device_in_many_hands() -> None:
    rows = [served(n, n, provider_id=uid(n)) for n in range(1, 5)]
    [flag] = found("shared_device", rows)
    assert flag.subject_kind == "device"
    assert flag.figures == {"people": 4, "visits": 4}
    assert not found("shared_device", rows[:3]), "a family shares one"


def test_three_in_the_morning() -> None:
    [flag] = found("outside_hours", [served(1, 1, hour=3)])
    assert flag.subject_kind == "visit"
    assert flag.figures == {"minutes": 60, "hour": 3}
    assert flag.held_to["from_hour"] == 5
    assert not found("outside_hours", [served(1, 1, hour=3, service="A06")])
    assert not found("outside_hours", [served(1, 1, hour=21, minutes=80)])
    late = served(2, 1, came=at(1, 21, 50), left=at(2, 5, 20))
    assert found("outside_hours", [late])[0].figures["minutes"] == 420
