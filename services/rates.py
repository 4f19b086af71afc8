"""Published rules in the database: immutable versions, found by day or by version.

Typed rule sets and calendars are kept in the process by the hash of their content, so that a
request reads two short columns and nothing is parsed twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.rules import CalendarRecord, RuleSetRecord
from services import audit, policy
from services.clock import local_date
from services.context import Context
from services.errors import Conflict, Invalid, NotFound
from services.ids import derived
from services.policy import NATION
from services.rules.calendar import JOINT, NO_YEARS, Calendar, YearCalendar
from services.rules.published import (
    SHIPPED_CALENDARS,
    SHIPPED_RULE_SET,
    parse_document,
    read_calendar,
    read_rule_set,
    shipped_text,
)
from services.rules.rule_set import RuleSet, canonical_json

#: Where a session keeps the versions that it has read.
_KNOWN = "rule_sets"
#: Kept for the life of the process; there are only ever a few.
_RULE_SETS: dict[str, RuleSet] = {}
_CALENDARS: dict[tuple[str, ...], Calendar] = {}

#: A calendar's version, made of its years' versions, fits a column of this length.
VERSION_LENGTH = 64


class VersionTaken(Conflict):
    """{version} 这一版已经公布，内容不能再改；请用新的版本号。"""

    code = "version_taken"


class NotRetroactive(Invalid):
    """新规则的生效日期不能早于今天：已经发生的不再改价。"""

    code = "not_retroactive"


class NoRuleSet(NotFound):
    """还没有公布规则。"""

    code = "no_rule_set"


class UnknownVersion(NotFound):
    """没有公布过 {version} 这一版。"""

    code = "unknown_version"


class ContentChanged(Conflict):
    """{version} 这一版的内容与公布时不同，请联系管理员。"""

    code = "content_changed"
    is_answer = False


@dataclass(frozen=True, slots=True)
class Published:
    """A version that now stands; ``is_new`` is false where the same content stood already."""

    version: str
    content_hash: str
    is_new: bool


def publish_rule_set(ctx: Context, content: Any) -> Published:
    """Publish a rule set from its document (parsed JSON).

    Raises ``BadDocument`` with every wrong place, :class:`VersionTaken` for other content under
    a version that stands, :class:`NotRetroactive` for a later rule set that begins in the past.
    """
    policy.require(ctx.actor, "rates.publish")
    rules = read_rule_set(content)
    known = ctx.session.get(RuleSetRecord, rules.version)
    if known is not None:
        return _same(known.version, known.content_hash, rules.content_hash)
    is_first = ctx.session.scalar(sa.select(RuleSetRecord.version).limit(1)) is None
    if not is_first and rules.effective_from < local_date(ctx.now):
        raise NotRetroactive(field="effective_from")
    ctx.session.add(
        RuleSetRecord(
            version=rules.version,
            content_hash=rules.content_hash,
            content=canonical_json(content),
            effective_from=rules.effective_from,
            published_at=ctx.now,
            published_by_id=None if ctx.actor.is_system else ctx.actor.id,
        )
    )
    return _record(ctx, "rule_set", rules.version, rules.content_hash)


def publish_calendar(ctx: Context, content: Any) -> Published:
    """Publish a year's calendar; a further version of a year replaces the earlier one from now on.

    Raises ``BadDocument`` or :class:`VersionTaken`.
    """
    policy.require(ctx.actor, "rates.publish")
    year = read_calendar(content)
    known = ctx.session.get(CalendarRecord, year.version)
    if known is not None:
        return _same(known.version, known.content_hash, year.content_hash)
    ctx.session.add(
        CalendarRecord(
            version=year.version,
            year=year.year,
            content_hash=year.content_hash,
            content=canonical_json(content),
            published_at=ctx.now,
        )
    )
    return _record(ctx, "calendar", year.version, year.content_hash)


def publish(ctx: Context, content: Any) -> Published:
    """Publish a document of either kind; a calendar is known by its ``year``."""
    if is_calendar(content):
        return publish_calendar(ctx, content)
    return publish_rule_set(ctx, content)


def is_calendar(content: Any) -> bool:
    """Whether a document means to be a calendar."""
    return isinstance(content, dict) and "year" in content


def publish_shipped(ctx: Context) -> tuple[Published, ...]:
    """Publish what ships with the product; what already stands stays as it is."""
    names = (SHIPPED_RULE_SET, *SHIPPED_CALENDARS)
    return tuple(publish(ctx, parse_document(shipped_text(name))) for name in names)


def rule_set_on(session: Session, day: date) -> RuleSet:
    """The rule set in force on a day, or :class:`NoRuleSet`."""
    record = RuleSetRecord
    found = session.execute(
        sa.select(record.version, record.content_hash)
        .where(record.effective_from <= day)
        .order_by(record.effective_from.desc(), record.published_at.desc(), record.version.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        raise NoRuleSet
    return _rule_set(session, found.version, found.content_hash)


def rule_set(session: Session, version: str) -> RuleSet:
    """A published version, or :class:`UnknownVersion`.

    A version never changes: a unit of work asks for it once, however many rows were made by it.
    """
    known: dict[str, RuleSet] = session.info.setdefault(_KNOWN, {})
    if version not in known:
        content_hash = session.scalar(
            sa.select(RuleSetRecord.content_hash).where(RuleSetRecord.version == version)
        )
        if content_hash is None:
            raise UnknownVersion(version=version)
        known[version] = _rule_set(session, version, content_hash)
    return known[version]


def calendar_on(session: Session) -> Calendar:
    """The calendar as it stands now: of every year the version published last.

    The newest years only, as many as one version string can name.
    """
    record = CalendarRecord
    rows = session.execute(
        sa.select(record.year, record.version, record.content_hash).order_by(
            record.year.desc(), record.published_at.desc(), record.version.desc()
        )
    ).all()
    latest: dict[int, tuple[str, str]] = {}
    for row in rows:
        latest.setdefault(row.year, (row.version, row.content_hash))
    chosen: list[tuple[str, str]] = []
    for version, content_hash in latest.values():
        if len(JOINT.join(name for name, _ in [*chosen, (version, "")])) > VERSION_LENGTH:
            break
        chosen.append((version, content_hash))
    return _calendar(session, chosen)


def calendar_version(session: Session, version: str) -> Calendar:
    """The calendar that an acceptance pinned, or :class:`UnknownVersion`."""
    wanted = [] if version == NO_YEARS else version.split(JOINT)
    record = CalendarRecord
    rows = session.execute(
        sa.select(record.version, record.content_hash).where(record.version.in_(wanted))
    ).all()
    absent = set(wanted) - {row.version for row in rows}
    if absent:
        raise UnknownVersion(version=min(absent))
    return _calendar(session, [(row.version, row.content_hash) for row in rows])


def _same(version: str, standing: str, given: str) -> Published:
    if standing != given:
        raise VersionTaken(field="version", version=version)
    return Published(version, standing, is_new=False)


def _record(ctx: Context, kind: str, version: str, content_hash: str) -> Published:
    audit.record(
        ctx,
        "rates.publish",
        kind,
        derived("rates", kind, version),
        book=NATION,
        after={"version": version, "content_hash": content_hash},
    )
    ctx.session.flush()
    return Published(version, content_hash, is_new=True)


def _rule_set(session: Session, version: str, content_hash: str) -> RuleSet:
    if content_hash not in _RULE_SETS:
        text = session.scalar(
            sa.select(RuleSetRecord.content).where(RuleSetRecord.version == version)
        )
        rules = read_rule_set(parse_document(text or ""))
        _expect(rules.content_hash == content_hash, version)
        _RULE_SETS[content_hash] = rules
    return _RULE_SETS[content_hash]


def _calendar(session: Session, years: Sequence[tuple[str, str]]) -> Calendar:
    hashes = tuple(sorted(content_hash for _, content_hash in years))
    if hashes not in _CALENDARS:
        _CALENDARS[hashes] = Calendar([_year(session, *each) for each in years])
    return _CALENDARS[hashes]


def _year(session: Session, version: str, content_hash: str) -> YearCalendar:
    text = session.scalar(
        sa.select(CalendarRecord.content).where(CalendarRecord.version == version)
    )
    year = read_calendar(parse_document(text or ""))
    _expect(year.content_hash == content_hash, version)
    return year


def _expect(unchanged: bool, version: str) -> None:
    if not unchanged:
        raise ContentChanged(version=version)
