"""Retention: what is over its term goes, chunk by chunk; the terms stand in the data map.

Every step finds only what is left to do, so that a run that was cut off, or a second one, does
nothing twice. What was done is counted in one audit record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.base import Base
from models.evidence import EvidenceFile
from models.logins import Login
from models.oversight import OutboxMessage
from models.people import ActCode, ApiToken, LoginCode, Member, MemberStatus
from models.places import Book
from models.requests import Visit, VisitCode
from services import audit, policy
from services.context import Context
from services.ids import derived
from services.people.books import books_of
from services.people.trail import note
from services.policy import NATION
from services.privacy.data_map import days_of
from services.privacy.emptying import empty_member
from services.vault import GONE

RUN = "privacy.run"
#: Rows of one unit of work.
CHUNK = 500
#: What an old notice still says.
OVER = "这条消息的内容已过保存期限。"
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that ends: of which table, by which term, and what is done to a chunk."""

    name: str
    term: str
    work: Callable[[Context, str, datetime], int]
    #: Whether it is done book by book; otherwise once.
    by_book: bool


def steps() -> tuple[Step, ...]:
    """Everything that has a term, in the order in which it is looked through."""
    return _STEPS


def books(ctx: Context) -> list[str]:
    """Every book, and the nation for what belongs to none."""
    return list(ctx.session.scalars(sa.select(Book.book).order_by(Book.book)))


def run_step(ctx: Context, step: Step, book: str) -> int:
    """Do one chunk of one step; returns how many rows it was, 0 at the end."""
    policy.require(ctx.actor, RUN)
    return step.work(ctx, book, ctx.now - timedelta(days=days_of(step.term)))


def record_run(ctx: Context, counts: Mapping[str, int]) -> None:
    """Write down how much of what went."""
    policy.require(ctx.actor, RUN)
    subject = derived("retention", ctx.now.isoformat())
    audit.record(ctx, "retention.run", "retention", subject, book=NATION, after=dict(counts))
    ctx.session.flush()


def _emptying(
    table_name: str, moment: str, values: Values, *further: str
) -> Callable[[Context, str, datetime], int]:
    """Empty columns of rows that are older than the cut; ``further`` must be set as well."""

    def work(ctx: Context, book: str, cut: datetime) -> int:
        table = Base.metadata.tables[table_name]
        left = sa.or_(*(_is_left(table.c[name], empty) for name, empty in values.items()))
        wanted = [table.c[moment] < cut, left, *(table.c[each].is_not(None) for each in further)]
        if table.info["placement"] == "book":
            wanted.append(table.c.book == book)
        return _update(ctx, table, book, wanted, values)

    return work


def _is_left(column: sa.Column[Any], empty: Any) -> sa.ColumnElement[bool]:
    return column.is_not(None) if empty is None else column != empty


def _update(ctx: Context, table: sa.Table, book: str, wanted: Sequence[Any], values: Values) -> int:
    keys = tuple(table.primary_key.columns)
    found = ctx.session.execute(sa.select(*keys).where(*wanted).order_by(*keys).limit(CHUNK)).all()
    if not found:
        return 0
    statement = sa.update(table).where(sa.tuple_(*keys).in_([tuple(row) for row in found]))
    if table.info["placement"] == "book":
        statement = statement.where(table.c.book == book)
    ctx.session.connection().execute(statement.values(values))
    return len(found)


def _login_codes(ctx: Context, _book: str, cut: datetime) -> int:
    return _delete(ctx, sa.delete(LoginCode).where(LoginCode.expires_at < cut))


def _act_codes(ctx: Context, _book: str, cut: datetime) -> int:
    return _delete(ctx, sa.delete(ActCode).where(ActCode.expires_at < cut))


def _tokens(ctx: Context, _book: str, cut: datetime) -> int:
    over = sa.or_(ApiToken.expires_at < cut, ApiToken.revoked_at < cut)
    return _delete(ctx, sa.delete(ApiToken).where(over))


def _logins(ctx: Context, _book: str, cut: datetime) -> int:
    return _delete(ctx, sa.delete(Login).where(sa.or_(Login.ended_at < cut, Login.seen_at < cut)))


def _visit_codes(ctx: Context, book: str, cut: datetime) -> int:
    over = sa.select(Visit.id).where(Visit.book == book, Visit.ended_at < cut)
    statement = sa.delete(VisitCode).where(VisitCode.book == book, VisitCode.visit_id.in_(over))
    return _delete(ctx, statement)


def _delete(ctx: Context, statement: Any) -> int:
    """Small rows by the day: one statement takes them all, and a second finds none."""
    return int(ctx.session.connection().execute(statement).rowcount)


def _notices(ctx: Context, book: str, cut: datetime) -> int:
    """The words of old notices; that there was one, to whom and when, stays."""
    values = {"params_sealed": ctx.vault.seal("outbox.params", "{}"), "sentence": OVER}
    table = Base.metadata.tables[OutboxMessage.__tablename__]
    wanted = (table.c.book == book, table.c.created_at < cut, table.c.sentence != OVER)
    return _update(ctx, table, book, wanted, values)


def _evidence(ctx: Context, book: str, cut: datetime) -> int:
    """The bytes of old files; what they were, and the digest of them, stay."""
    table = Base.metadata.tables["evidence_contents"]
    old = sa.select(EvidenceFile.id).where(EvidenceFile.book == book, EvidenceFile.added_at < cut)
    wanted = (table.c.book == book, table.c.id.in_(old), sa.func.length(table.c.content_sealed) > 0)
    return _update(ctx, table, book, wanted, {"content_sealed": b""})


def _sign_ups(ctx: Context, _book: str, cut: datetime) -> int:
    """Whoever signed up and never came: the number may be used to join again."""
    rows: list[UUID] = list(
        ctx.session.scalars(
            sa.select(Member.id)
            .where(
                Member.status == MemberStatus.PENDING,
                Member.joined_at < cut,
                Member.erased_at.is_(None),
            )
            .order_by(Member.id)
            .limit(20)
        )
    )
    for member_id in rows:
        member = ctx.session.get_one(Member, member_id, with_for_update=True)
        if not books_of(member):
            continue
        member.status = MemberStatus.CLOSED
        emptied = empty_member(ctx, member)
        note(ctx, "privacy.sign_up.end", member, after={"rows": emptied})
    ctx.session.flush()
    return len(rows)


_STEPS = (
    Step("login_codes", "code", _login_codes, False),
    Step("act_codes", "code", _act_codes, False),
    Step("visit_codes", "code", _visit_codes, True),
    Step("api_tokens", "token", _tokens, False),
    Step("logins", "login", _logins, False),
    Step("sign_ups", "sign_up", _sign_ups, False),
    Step("outbox", "notice", _notices, True),
    Step(
        "call_items",
        "call_note",
        _emptying("call_items", "call_after", {"note_sealed": None}, "settled_at"),
        True,
    ),
    Step(
        "callbacks",
        "callback_note",
        _emptying("callbacks", "done_at", {"note_sealed": None}),
        True,
    ),
    Step(
        "requests",
        "request",
        _emptying(
            "requests",
            "ends_at",
            {"address_sealed": None, "note_sealed": None, "risk_note_sealed": None},
        ),
        True,
    ),
    Step(
        "series",
        "request",
        _emptying(
            "series",
            "ended_at",
            {"address_sealed": None, "note_sealed": None, "risk_note_sealed": None},
        ),
        True,
    ),
    Step(
        "visit_places",
        "place",
        _emptying(
            "visits",
            "starts_at",
            {"checked_in_distance_m": None, "checked_out_distance_m": None},
        ),
        True,
    ),
    Step("ratings", "rating", _emptying("ratings", "rated_at", {"words_sealed": None}), True),
    Step("evidence", "evidence", _evidence, True),
    Step(
        "incidents",
        "incident",
        _emptying("incidents", "decided_at", {"text_sealed": GONE}),
        True,
    ),
    Step(
        "welfare_visits",
        "welfare",
        _emptying("welfare_visits", "at", {"note_sealed": None}),
        True,
    ),
    Step(
        "complaints",
        "complaint",
        _emptying("complaint_words", "at", {"text_sealed": GONE}),
        True,
    ),
    Step("sheets", "sheet", _emptying("sheet_events", "at", {"text_sealed": None}), True),
    Step(
        "privacy_requests",
        "request_kept",
        _emptying("privacy_requests", "ended_at", {"wanted_sealed": None, "reason_sealed": None}),
        False,
    ),
)
