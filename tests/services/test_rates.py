"""Published rules in the database: immutable versions, found by day and by version."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.oversight import AuditRecord
from models.rules import CalendarRecord, RuleSetRecord
from services import rates
from services.errors import Forbidden
from services.policy import AUDITOR, NATION, NATIONAL_ADMIN, STAFF, SYSTEM, Actor, Role
from services.rules.checked import BadDocument
from services.rules.published import (
    parse_document,
    shipped_calendar,
    shipped_rule_set,
    shipped_text,
)
from services.rules.rule_set import canonical_json, hash_of
from tests.factories import NOW, make_ctx

TODAY = NOW.date()
SHIPPED = shipped_rule_set()
CALENDAR_2026 = parse_document(shipped_text("calendar-2026.json"))


def _rules(version: str, effective_from: date, **changes: Any) -> dict[str, Any]:
    content = deepcopy(dict(SHIPPED.content))
    return content | {"version": version, "effective_from": effective_from.isoformat()} | changes


def test_what_ships_is_in_force(session: Session) -> None:
    rules = rates.rule_set_on(session, TODAY)
    assert (rules.version, rules.content_hash) == ("CN-TB-1", SHIPPED.content_hash)
    assert rates.calendar_on(session).version == shipped_calendar().version


def test_publishing_what_stands_already_changes_nothing(session: Session) -> None:
    before = session.scalar(sa.select(sa.func.count()).select_from(AuditRecord))
    done = rates.publish_shipped(make_ctx(session))
    assert [each.version for each in done] == ["CN-TB-1", "2025.1", "2026.1"]
    assert not any(each.is_new for each in done)
    assert session.scalar(sa.select(sa.func.count()).select_from(AuditRecord)) == before


def test_a_version_never_changes_its_content(session: Session) -> None:
    ctx = make_ctx(session)
    with pytest.raises(rates.VersionTaken) as refused:
        rates.publish_rule_set(ctx, {**SHIPPED.content, "star_clean_months": 13})
    assert refused.value.kind == "conflict"
    assert "CN-TB-1" in refused.value.message
    with pytest.raises(rates.VersionTaken):
        rates.publish_calendar(ctx, {**CALENDAR_2026, "working_weekends": ["2026-01-04"]})
    assert rates.rule_set(session, "CN-TB-1").star_clean_months == 12


def test_a_new_rule_set_holds_from_its_day_on(session: Session) -> None:
    later = TODAY + timedelta(days=30)
    done = rates.publish_rule_set(make_ctx(session), _rules("CN-TB-2", later, star_clean_months=24))
    assert done.is_new
    assert rates.rule_set_on(session, later - timedelta(days=1)).version == "CN-TB-1"
    assert rates.rule_set_on(session, later).version == "CN-TB-2"
    assert rates.rule_set(session, "CN-TB-1").star_clean_months == 12
    assert rates.rule_set(session, "CN-TB-2").star_clean_months == 24


def test_of_two_that_begin_on_one_day_the_one_published_last_holds(session: Session) -> None:
    rates.publish_rule_set(make_ctx(session), _rules("CN-TB-9", TODAY))
    afterwards = make_ctx(session, now=NOW + timedelta(hours=1))
    rates.publish_rule_set(afterwards, _rules("CN-TB-2", TODAY))
    assert rates.rule_set_on(session, TODAY).version == "CN-TB-2"


def test_later_rules_never_reach_back(session: Session) -> None:
    with pytest.raises(rates.NotRetroactive):
        rates.publish_rule_set(make_ctx(session), _rules("CN-TB-2", TODAY - timedelta(days=1)))
    # One in the morning in China on the 11th is still the 10th in UTC.
    tonight = make_ctx(session, now=NOW + timedelta(hours=16))
    with pytest.raises(rates.NotRetroactive):
        rates.publish_rule_set(tonight, _rules("CN-TB-2", TODAY))


def test_before_the_first_day_there_are_no_rules(session: Session) -> None:
    with pytest.raises(rates.NoRuleSet):
        rates.rule_set_on(session, date(2024, 12, 31))
    with pytest.raises(rates.UnknownVersion):
        rates.rule_set(session, "CN-TB-0")


def test_an_amended_calendar_holds_from_now_on_and_the_pinned_one_stays(session: Session) -> None:
    pinned = rates.calendar_on(session)
    amended = deepcopy(CALENDAR_2026)
    amended["version"] = "2026.2"
    amended["holidays"][1]["to"] = "2026-02-24"
    done = rates.publish(make_ctx(session), amended)
    assert done.version == "2026.2"
    assert rates.calendar_on(session).version == "2025.1+2026.2"
    assert rates.calendar_on(session).day_kind(date(2026, 2, 24)) == "rest"
    again = rates.calendar_version(session, pinned.version)
    assert again.version == pinned.version
    assert again.day_kind(date(2026, 2, 24)) == "workday"


def test_an_acceptance_before_any_calendar_was_published_is_still_found(session: Session) -> None:
    assert rates.calendar_version(session, "none").version == "none"
    with pytest.raises(rates.UnknownVersion) as refused:
        rates.calendar_version(session, "2025.1+2024.7")
    assert refused.value.params == {"version": "2024.7"}


def test_a_calendars_version_fits_its_column_after_many_years(session: Session) -> None:
    for year in range(2027, 2045):
        text = canonical_json(CALENDAR_2026).replace("2026", str(year))
        content = parse_document(text) | {"working_weekends": [], "version": f"{year}.1"}
        rates.publish_calendar(make_ctx(session), content)
    calendar = rates.calendar_on(session)
    assert len(calendar.version) <= rates.VERSION_LENGTH
    assert list(calendar.years) == list(range(2045 - len(calendar.years), 2045))
    assert len(calendar.years) == 9
    assert rates.calendar_version(session, calendar.version).version == calendar.version


def test_rules_are_parsed_once_for_the_life_of_the_process(session: Session) -> None:
    first = rates.rule_set_on(session, TODAY)
    assert rates.rule_set(session, first.version) is first
    assert rates.calendar_on(session) is rates.calendar_version(
        session, rates.calendar_on(session).version
    )


def test_rules_that_were_changed_behind_our_back_are_not_used(session: Session) -> None:
    content = canonical_json(_rules("CN-TB-2", TODAY))
    session.add(
        RuleSetRecord(
            version="CN-TB-2",
            content_hash=hash_of("something else"),
            content=content,
            effective_from=TODAY,
            published_at=NOW,
            published_by_id=None,
        )
    )
    session.add(
        CalendarRecord(
            version="2026.9",
            year=2026,
            content_hash=hash_of("something else"),
            content=canonical_json({**CALENDAR_2026, "version": "2026.9"}),
            published_at=NOW,
        )
    )
    session.flush()
    with pytest.raises(rates.ContentChanged):
        rates.rule_set_on(session, TODAY)
    with pytest.raises(rates.ContentChanged):
        rates.calendar_on(session)


def test_a_faulty_document_is_not_published(session: Session) -> None:
    for content in ({"year": 2026}, {"version": "X"}, [], None):
        with pytest.raises(BadDocument):
            rates.publish(make_ctx(session), content)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [(NATIONAL_ADMIN, True), (STAFF, False), (AUDITOR, False), (None, False)],
)
def test_only_the_nations_administrators_publish(
    session: Session, role: str | None, allowed: bool
) -> None:
    roles = (Role(role, "nation", NATION),) if role else ()
    actor = replace(_somebody(), roles=roles)
    ctx = make_ctx(session, actor)
    if allowed:
        rates.publish_rule_set(ctx, _rules("CN-TB-2", TODAY))
        record = session.get_one(RuleSetRecord, "CN-TB-2")
        assert record.published_by_id == actor.id
        assert record.content == canonical_json(_rules("CN-TB-2", TODAY))
        return
    for publish in (rates.publish_rule_set, rates.publish_calendar):
        with pytest.raises(Forbidden):
            publish(ctx, {})


def _somebody() -> Actor:
    return replace(SYSTEM, id=make_ctx(None).new_id(), is_system=False)  # type: ignore[arg-type]


def test_a_publication_is_in_the_audit_record(session: Session) -> None:
    done = rates.publish_rule_set(make_ctx(session), _rules("CN-TB-2", TODAY))
    last = session.scalars(
        sa.select(AuditRecord).where(AuditRecord.act == "rates.publish", AuditRecord.at == NOW)
    ).one()
    assert last.book == NATION
    assert last.after == {"version": "CN-TB-2", "content_hash": done.content_hash}
