"""What a false record and a correction do to stars."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from models.honours import StarAward, StarBan, StarState
from models.people import Member
from services.context import Context
from services.errors import Forbidden
from services.rules.stars import ban_years, granting_tier, months_after, refused_word
from services.stars import sentences as say
from services.stars.banning import ban, lift, withdraw_stars
from services.stars.standing import stars_of
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import Street

FALSE = UUID(int=77)


def award(ctx: Context, member: UUID, stars: int, state: StarState = StarState.GRANTED) -> UUID:
    """Stars that stand, as the job leaves them."""
    row = StarAward(
        book=LONGWAN,
        id=ctx.new_id(),
        member_id=member,
        stars=stars,
        served_minutes=6000,
        rule_set_version="CN-TB-1",
        state=state,
        granting_tier=granting_tier(stars),
        proposed_at=ctx.now,
        notice_from=date(2026, 3, 2),
        notice_ends_on=date(2026, 3, 9),
    )
    ctx.session.add(row)
    ctx.session.flush()
    return row.id


def have(road: Street, stars: int, hours: int) -> None:
    def work(ctx: Context) -> None:
        ctx.session.get_one(Member, road.volunteer).served_minutes = hours * 60
        award(ctx, road.volunteer, stars)

    road.act(road.admins[0], work)


def stars(road: Street) -> int:
    return road.look(lambda session: stars_of(session, session.get_one(Member, road.volunteer)))


def test_a_false_record_takes_every_star_and_bans_longer_each_time(road: Street) -> None:
    have(road, 1, 120)
    admin, member = road.admins[0], road.volunteer
    first = road.act(admin, lambda ctx: ban(ctx, LONGWAN, member, FALSE))
    again = road.act(admin, lambda ctx: ban(ctx, LONGWAN, member, FALSE))
    other = road.act(admin, lambda ctx: ban(ctx, LONGWAN, member, UUID(int=78)))
    assert first == again != other
    assert stars(road) == 0
    rows = {
        key: road.look(lambda session, key=key: session.get_one(StarBan, (LONGWAN, key)))
        for key in (first, other)
    }
    assert rows[first].until_day == date(2027, 3, 10)
    assert rows[other].until_day == date(2028, 3, 10)
    kept = road.count(StarAward, StarAward.end_reason == "false_record")
    assert kept == 1


def test_a_correction_takes_only_what_the_hours_do_not_bear(road: Street) -> None:
    have(road, 1, 301)
    road.act(road.admins[0], lambda ctx: award(ctx, road.volunteer, 2))

    def correct(ctx: Context) -> int:
        ctx.session.get_one(Member, road.volunteer).served_minutes -= 120
        ctx.session.flush()
        return withdraw_stars(ctx, LONGWAN, road.volunteer)

    assert road.act(road.admins[0], correct) == 1
    assert stars(road) == 1
    assert road.act(road.admins[0], lambda ctx: withdraw_stars(ctx, LONGWAN, road.volunteer)) == 0


def test_a_ban_is_lifted_once_by_an_administrator_who_is_not_the_member(road: Street) -> None:
    admin, member = road.admins[0], road.volunteer
    key = road.act(admin, lambda ctx: ban(ctx, LONGWAN, member, FALSE))
    with pytest.raises(Forbidden):
        road.act(road.staff, lambda ctx: lift(ctx, LONGWAN, key, "mistake"))
    with pytest.raises(say.StarReasonUnknown):
        road.act(admin, lambda ctx: lift(ctx, LONGWAN, key, "a favour"))
    with pytest.raises(say.BanUnknown):
        road.act(admin, lambda ctx: lift(ctx, LONGWAN, FALSE, "mistake"))
    road.act(admin, lambda ctx: lift(ctx, LONGWAN, key, "mistake"), key="k")
    road.act(admin, lambda ctx: lift(ctx, LONGWAN, key, "mistake"), key="k")
    with pytest.raises(say.BanOver):
        road.act(admin, lambda ctx: lift(ctx, LONGWAN, key, "appeal"), now=NOW + timedelta(1))


def test_the_terms_are_data() -> None:
    from services.rules.published import parse_document, read_rule_set, shipped_text

    rules = read_rule_set(parse_document(shipped_text("cn-tb-1.json")))
    assert [granting_tier(each) for each in range(1, 6)] == [
        "county", "county", "city", "city", "province",
    ]  # fmt: skip
    assert [ban_years(earlier, rules) for earlier in range(4)] == [1, 2, 3, 3]
    assert months_after(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_after(date(2026, 3, 10), -12) == date(2025, 3, 10)
    assert refused_word("免费体检", "每年一次") is None
    assert refused_word("每月 50 元") == "元"
    assert refused_word("Shopping Voucher") == "voucher"
