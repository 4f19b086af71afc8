"""One tap after confirming, words if one likes, and some days to think again."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from models.matching import MatchingMark
from models.oversight import AuditRecord, OutboxMessage
from models.people import Member
from models.ratings import Rating
from models.requests import Visit
from models.sheets import WorkSheet
from services.clock import local_date
from services.errors import Forbidden, KeyReused
from services.matching.snapshot import follow, load
from services.matching.standing import unkept
from services.people.kin import grant_delegation, record_kinship
from services.policy import SYSTEM
from services.queries.ratings import own_ratings, rating_of, words_of
from services.ratings import sentences as say
from services.ratings.giving import WORDS, Opinion
from services.ratings.reading import Figures, Mean, evaluations_of, figures, mean_of
from services.ratings.warning import due, warn
from services.rules.matching import WEIGHTS
from services.rules.ratings import terms
from services.visits.voice import ReachedHow
from tests import factories
from tests.factories import LONGWAN, NOW, VAULT, WUMA
from tests.services.ratings.conftest import LATER, Rated

SHEETS = (WorkSheet.about == "low_rating",)


def test_one_tap_and_a_second_one_with_the_same_key(rated: Rated) -> None:
    rated.rate(3, key="tap")
    rated.rate(3, key="tap")
    row = rated.row()
    assert (row.score, row.how, row.words_sealed) == (3, "own", None)
    assert rated.street.count(AuditRecord, AuditRecord.act == "rating.give") == 1
    with pytest.raises(KeyReused):
        rated.rate(1, key="tap")


def test_words_follow_on_the_next_page_and_are_sealed(rated: Rated) -> None:
    rated.rate(2)
    rated.rate(2, " 走得早了一点 ")
    row = rated.row()
    assert "走得" not in row.words_sealed
    assert VAULT.open(WORDS, row.words_sealed) == "走得早了一点"
    rated.rate(3)
    assert rated.row().words_sealed == row.words_sealed
    rated.rate(3, "")
    assert rated.row().words_sealed is None
    with pytest.raises(say.TooManyRatingWords):
        rated.rate(3, "字" * (terms().words_most + 1))


def test_every_change_is_on_record_and_after_some_days_there_is_none(rated: Rated) -> None:
    rated.rate(3)
    until = LATER + timedelta(days=terms().change_within_days)
    rated.rate(2, at=until)
    rows = rated.street.look(
        lambda session: (
            session.query(AuditRecord).filter_by(act="rating.give").order_by(AuditRecord.at).all()
        )
    )
    assert [(row.before.get("score"), row.after["score"]) for row in rows] == [(None, 3), (3, 2)]
    with pytest.raises(say.RatingSettled):
        rated.rate(1, at=until + timedelta(seconds=1))
    assert rated.row().rated_at == LATER


def test_only_what_was_confirmed_and_not_long_ago(rated: Rated) -> None:
    waiting = rated.finished(day=1)
    with pytest.raises(say.NotForRating):
        rated.rate(visit=waiting)
    with pytest.raises(say.RatingTooLate):
        rated.rate(at=LATER + timedelta(days=terms().give_within_days))
    with pytest.raises(say.ScoreUnknown):
        rated.rate(4)


def test_a_visit_that_was_taken_back_is_not_rated_and_counts_for_nothing(rated: Rated) -> None:
    rated.rate(1)

    def take_back(session: object) -> None:
        session.execute(  # type: ignore[attr-defined]
            sa.update(Visit)
            .where(Visit.book == LONGWAN, Visit.id == rated.visit)
            .values(reversed_at=NOW)
        )

    rated.street.uow.run(take_back)
    with pytest.raises(say.NotForRating):
        rated.rate(3)
    volunteer = rated.street.volunteer
    [mean] = rated.street.look(lambda session: mean_of(session, [volunteer])).values()
    assert mean == Mean(0, 900)


def test_a_relative_with_that_scope_and_staff_on_the_telephone(rated: Rated) -> None:
    street = rated.street
    niece = street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session))
    until = local_date(NOW) + timedelta(days=300)

    def grant(scope: str) -> None:
        scopes = frozenset({"see", scope})
        street.act(
            street.elder,
            lambda ctx: grant_delegation(ctx, street.elder, niece, scopes, "own", until, 600),
        )

    grant("ask")
    with pytest.raises(Forbidden):
        rated.rate(by=niece)
    grant("confirm")
    rated.rate(by=niece)
    assert rated.row().how == "family"
    with pytest.raises(ReachedHow):
        rated.called(street.staff, reached="rumour")
    rated.called(street.staff)
    assert (rated.row().how, rated.row().score) == ("voice", 2)
    told = (
        OutboxMessage.member_id == street.elder,
        OutboxMessage.sentence == say.RATED_FOR_YOU,
    )
    assert street.count(OutboxMessage, *told) == 2


def test_nobody_of_the_providers_side_rates(rated: Rated) -> None:
    street = rated.street
    until = local_date(NOW) + timedelta(days=300)
    scopes = frozenset({"confirm"})
    street.act(
        street.elder,
        lambda ctx: grant_delegation(
            ctx, street.elder, street.volunteer, scopes, "own", until, 600
        ),
    )
    with pytest.raises(Forbidden):
        rated.rate(by=street.volunteer)
    other = street.act(SYSTEM, lambda ctx: factories.create_staff(ctx.session, street.branch))
    rated.called(other)
    street.act(
        street.staff,
        lambda ctx: record_kinship(ctx, street.volunteer, other, "spouse", "户口簿"),
    )
    far = street.act(
        SYSTEM,
        lambda ctx: factories.create_staff(ctx.session, factories.create_branch(ctx.session, WUMA)),
    )
    for who in (other, far, street.elder, street.volunteer):
        with pytest.raises(Forbidden):
            rated.called(who)


def test_a_low_rating_asks_the_branch_to_look(rated: Rated) -> None:
    rated.rate(1, "没有做完就走了", quiet=False)
    rated.rate(1, "还是不满意", quiet=False)
    [sheet] = rated.street.look(lambda session: session.query(WorkSheet).filter(*SHEETS).all())
    assert (sheet.id, sheet.subject_id) == (rated.row().sheet_id, rated.visit)
    assert sheet.branch_id == rated.street.branch
    assert "没有做完" not in str(sheet.facts)


def test_an_elder_who_would_rather_not_is_left_alone(rated: Rated) -> None:
    rated.rate(1, quiet=True)
    day = timedelta(days=1)
    assert rated.street.act(SYSTEM, due, now=LATER + 2 * day) == []
    assert rated.street.count(WorkSheet, *SHEETS) == 0


def test_a_tap_alone_is_told_after_a_day_unless_it_was_changed(rated: Rated) -> None:
    rated.rate(1)
    street, hours = rated.street, timedelta(hours=terms().warning_after_hours)
    early = LATER + hours - timedelta(seconds=1)
    assert street.act(SYSTEM, due, now=early) == []
    assert street.act(SYSTEM, due, now=LATER + hours) == [(LONGWAN, rated.visit)]
    rated.rate(3)
    assert not street.act(SYSTEM, lambda ctx: warn(ctx, LONGWAN, rated.visit))
    rated.rate(1)
    assert street.act(SYSTEM, lambda ctx: warn(ctx, LONGWAN, rated.visit))
    assert not street.act(SYSTEM, lambda ctx: warn(ctx, LONGWAN, rated.visit))
    assert street.count(WorkSheet, *SHEETS) == 1


def test_good_and_fair_open_nothing(rated: Rated) -> None:
    rated.rate(2, quiet=False)
    assert rated.street.count(WorkSheet, *SHEETS) == 0


def test_it_counts_by_branch_by_volunteer_and_in_the_record(rated: Rated) -> None:
    street = rated.street
    rated.rate(1)
    second = rated.finished(day=1)
    rated.confirm(second, LATER + timedelta(days=1))
    rated.rate(3, visit=second, at=LATER + timedelta(days=1))
    day = local_date(LATER)
    tomorrow = LATER + timedelta(days=1)

    def read(session: object) -> tuple[object, ...]:
        found = figures(session, LONGWAN, NOW, tomorrow)  # type: ignore[arg-type]
        [mean] = mean_of(session, [street.volunteer]).values()  # type: ignore[arg-type]
        lines = evaluations_of(session, street.volunteer, day, day)  # type: ignore[arg-type]
        return found, mean, lines

    found, mean, lines = street.look(read)
    assert found == {street.branch: Figures(0, 0, 1)}
    assert mean == Mean(2, (1_000 + 4_500) // 7)
    [line] = lines
    assert (line.visit_id, line.score, line.rated_on) == (rated.visit, 1, day)
    assert Figures(3, 1, 0).good_permille == 750
    assert Figures().good_permille is None


def test_a_volunteer_reads_figures_and_words_once_nobody_can_tell_who(rated: Rated) -> None:
    street = rated.street
    rated.rate(2, "乙")
    for day, words in ((1, "甲"), (2, None)):
        assert street.act(street.volunteer, own_ratings).figures is None
        visit, at = rated.finished(day=day), LATER + timedelta(days=day)
        rated.confirm(visit, at)
        rated.rate(3, words, visit=visit, at=at)
    found = street.act(street.volunteer, own_ratings)
    assert found.figures == Figures(2, 1, 0)
    assert found.mean == Mean(3, (2_600 + 4_500) // 8)
    assert [(each.month.month, each.text) for each in found.words] == [(3, "乙"), (3, "甲")]
    with pytest.raises(Forbidden):
        street.act(street.volunteer, lambda ctx: rating_of(ctx, LONGWAN, rated.visit))
    # Staff read the words, and the look is recorded; whoever came reads none of them there.
    assert street.act(street.staff, lambda ctx: words_of(ctx, LONGWAN, rated.visit)) == "乙"
    assert street.count(AuditRecord, AuditRecord.act == "rating.read") == 1


def test_the_ranking_follows_what_elders_think(rated: Rated) -> None:
    street = rated.street

    def cost(session: object) -> int:
        columns = load(session, LATER).columns  # type: ignore[arg-type]
        [place] = columns.find([street.volunteer])
        return int(unkept(columns, WEIGHTS)[place])

    before = street.look(cost)
    known = street.look(lambda session: load(session, LATER))
    rated.rate(1)
    # 150 of a thousand less is liked, three tenths of that count, of thirty minutes.
    assert street.look(cost) - before == 45 * WEIGHTS.reliability // 1_000
    assert street.count(MatchingMark, MatchingMark.member_id == street.volunteer) == 1
    after = street.look(lambda session: follow(session, known, LATER))
    [place] = after.columns.find([street.volunteer])
    assert (after.columns.people.ratings[place], after.columns.people.rated_milli[place]) == (1, 0)


def test_the_dead_rate_nothing_more_but_what_they_said_stays(rated: Rated) -> None:
    rated.rate(3)
    rated.street.uow.run(
        lambda session: session.execute(
            sa.update(Member).where(Member.id == rated.street.elder).values(died_at=NOW)
        )
    )
    assert rated.street.count(Rating) == 1
    with pytest.raises(say.NotForRating):
        rated.called(rated.street.staff, Opinion(1))
