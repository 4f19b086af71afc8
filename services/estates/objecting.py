"""Objections to a public notice and their one appeal: each stops the notice's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from uuid import UUID

import sqlalchemy as sa

from models.estates import Estate, EstateObjection, EstateState
from services import audit, outbox, policy
from services.acts import once
from services.clock import at_local
from services.context import Context
from services.estates import notice_sentences as say
from services.estates.finding import estate_row, locked_estate
from services.estates.heir_sentences import ListContradicts
from services.estates.listing import require_sound
from services.estates.open_objections import DISMISSED, UPHELD, objection_row
from services.estates.parties import (
    OBJECTION_TEXT,
    OBJECTOR_NAME,
    heirs_of,
    require_apart,
    tell_heirs,
)
from services.estates.publishing import require_notice, stop_clock
from services.people import texts
from services.people.reading import member_row

LONGEST_TEXT = 1_000
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody without a login says at the counter; ``member_id`` where there is one."""

    name: str
    text: str
    member_id: UUID | None = None


def object_to(ctx: Context, book: str, estate_id: UUID, text: str) -> UUID:
    """A member objects by the own login; returns the objection's id.

    Raises NoticeNotRunning, NoticeOver, or ObjectedAlready for a second one to the same notice.
    """
    policy.require(ctx.actor, "estate.object")
    name = member_row(ctx.session, ctx.actor.id).name
    return _object(ctx, "estate.object", book, estate_id, Said(name, text, ctx.actor.id))


def take_down(ctx: Context, book: str, estate_id: UUID, said: Said) -> UUID:
    """Staff of the branch write down the objection of somebody who has come to the counter."""
    estate = estate_row(ctx.session, book, estate_id)
    require_apart(ctx, "estate.take_down", estate, said.member_id)
    return _object(ctx, "estate.take_down", book, estate_id, said)


def _object(ctx: Context, act: str, book: str, estate_id: UUID, said: Said) -> UUID:
    name, words = said.name.strip(), said.text.strip()
    estate = locked_estate(ctx, book, estate_id)

    def do() -> dict[str, str]:
        if not words or len(words) > LONGEST_TEXT:
            raise say.ObjectionWords(field="text")
        if not 1 <= len(name) <= LONGEST_NAME:
            raise say.ObjectorName(field="name")
        _require_in_time(ctx, estate)
        _once_a_notice(ctx, estate, said.member_id)
        row = EstateObjection(
            book=book,
            id=ctx.new_id(),
            estate_id=estate.id,
            member_id=said.member_id,
            taken_by_id=ctx.actor.id,
            name_sealed=ctx.vault.seal(OBJECTOR_NAME, name),
            text_sealed=ctx.vault.seal(OBJECTION_TEXT, words),
            at=ctx.now,
        )
        ctx.session.add(row)
        stop_clock(ctx, estate)
        _record(ctx, act, estate, row)
        _tell_objector(ctx, row, say.OBJECTION_ARRIVED, estate)
        tell_heirs(ctx, estate, say.NOTICE_STOPPED)
        ctx.session.flush()
        return {"objection_id": str(row.id)}

    content = {
        "estate_id": estate_id,
        "member_id": said.member_id,
        "said": ctx.vault.blind(OBJECTION_TEXT, f"{name}\n{words}"),
    }
    return UUID(once(ctx, book, act, content, do)["objection_id"])


def _require_in_time(ctx: Context, estate: Estate) -> None:
    """While the notice runs or stands still; a list that a recorded death contradicts, which
    cannot be divided by, may be objected to until then.
    """
    try:
        require_notice(ctx, estate)
    except say.NoticeOver:
        try:
            require_sound(ctx, estate, heirs_of(ctx, estate.book, estate.id))
        except ListContradicts:
            return
        raise


def _once_a_notice(ctx: Context, estate: Estate, member_id: UUID | None) -> None:
    """Whoever has objected waits for the decision, and then has the appeal. What was dismissed
    of an earlier notice says nothing about the list of a new one.
    """
    if member_id is None or estate.notice_from is None:
        return
    upheld = sa.or_(EstateObjection.decision == UPHELD, EstateObjection.appeal_decision == UPHELD)
    found = sa.select(EstateObjection.id).where(
        EstateObjection.book == estate.book,
        EstateObjection.estate_id == estate.id,
        EstateObjection.member_id == member_id,
        EstateObjection.at >= at_local(estate.notice_from, time(0, 0)),
        sa.not_(sa.func.coalesce(upheld, sa.false())),
    )
    if ctx.session.scalar(found.limit(1)) is not None:
        raise say.ObjectedAlready


def appeal(ctx: Context, book: str, estate_id: UUID, objection_id: UUID, text: str) -> None:
    """The objector asks once for another official's decision, before anything is divided.

    By the own login; for whoever has none, or asks for it, staff of the branch take it down.
    Raises NothingToAppeal or AppealedOnce.
    """
    known = objection_row(ctx, book, estate_id, objection_id)
    policy.require(ctx.actor, "estate.appeal")
    if known.member_id != ctx.actor.id:
        _require_counter(ctx, book, estate_id, known.member_id)
    words = texts.needed(text, "text", LONGEST_TEXT)
    estate = locked_estate(ctx, book, estate_id)
    row = objection_row(ctx, book, estate_id, objection_id)

    def do() -> dict[str, str]:
        if row.appealed_at is not None:
            raise say.AppealedOnce
        if row.decision != DISMISSED or estate.state is not EstateState.NOTICE:
            raise say.NothingToAppeal
        row.appealed_at = ctx.now
        row.appeal_text_sealed = ctx.vault.seal(OBJECTION_TEXT, words)
        stop_clock(ctx, estate)
        _record(ctx, "estate.appeal", estate, row)
        _tell_objector(ctx, row, say.APPEAL_ARRIVED, estate)
        tell_heirs(ctx, estate, say.NOTICE_STOPPED_AGAIN)
        ctx.session.flush()
        return {}

    content = {"objection_id": objection_id, "said": ctx.vault.blind(OBJECTION_TEXT, words)}
    once(ctx, book, "estate.appeal", content, do)


def _require_counter(ctx: Context, book: str, estate_id: UUID, objector: UUID | None) -> None:
    """Whoever is neither the objector nor at the counter has no say in it."""
    estate = estate_row(ctx.session, book, estate_id)
    if not policy.may_ever(ctx.actor, "estate.take_down"):
        raise say.NotYourObjection
    require_apart(ctx, "estate.take_down", estate, objector)


def _tell_objector(ctx: Context, row: EstateObjection, sentence: str, estate: Estate) -> None:
    if row.member_id is not None:
        home = member_row(ctx.session, row.member_id).home_book
        outbox.tell(ctx, home, row.member_id, sentence, reference=estate.reference)


def _record(ctx: Context, act: str, estate: Estate, row: EstateObjection) -> None:
    left = estate.notice_days_left
    audit.record(
        ctx,
        act,
        "estate",
        estate.id,
        book=estate.book,
        after={"objection": str(row.id), "days_left": left},
        acting_for_id=row.member_id if row.member_id != ctx.actor.id else None,
    )
