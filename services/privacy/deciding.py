"""A branch answers what somebody asked about the own data: by evidence, or with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from uuid import UUID

from models.people import Member, Sex
from models.privacy import PrivacyKind, PrivacyRequest, PrivacyState
from services import outbox, policy
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.people import handles
from services.people.errors import IdNumberTaken
from services.people.identity import checked_id_number
from services.people.reading import member_row, subject_of
from services.people.trail import note
from services.privacy import sentences as say
from services.privacy.erasing import require_nothing_open
from services.privacy.requests import REASON, locked, wanted_of

DECIDE = "privacy.decide"
#: What a branch has seen before it changes a record or lets somebody go.
EVIDENCE = ("card", "household_book", "police", "hospital", "own_word")
LONGEST_REASON = 300
#: Days between a granted erasure and its being carried out.
GRACE_DAYS = 7


def grant(ctx: Context, member_id: UUID, request_id: UUID, evidence: str) -> None:
    """Say yes: a correction is made at once, an erasure is carried out after its days of grace.

    Raises CorrectionEvidenceUnknown, PrivacyRequestDecided, ErasureHindered, IdNumberTaken, and
    Forbidden to whoever would decide an own affair.
    """
    if evidence not in EVIDENCE:
        raise say.CorrectionEvidenceUnknown(field="evidence")

    def decide(member: Member, row: PrivacyRequest) -> None:
        row.evidence = evidence
        after = {"request": str(row.id), "evidence": evidence}
        if row.kind is PrivacyKind.CORRECT:
            wanted = wanted_of(ctx, row)
            _correct(ctx, member, wanted)
            row.state, row.ended_at = PrivacyState.DONE, ctx.now
            note(ctx, "privacy.correct.grant", member, after={**after, "fields": sorted(wanted)})
            outbox.tell(ctx, member.home_book, member.id, say.CORRECTED)
            return
        require_nothing_open(ctx, member)
        row.state, row.run_after = PrivacyState.GRANTED, ctx.now + timedelta(days=GRACE_DAYS)
        note(ctx, "privacy.erase.grant", member, after=after)
        outbox.tell(
            ctx, member.home_book, member.id, say.GRANTED, channel="sms", run_at=row.run_after
        )

    _decided(ctx, member_id, request_id, "privacy.grant", {"evidence": evidence}, decide)


def refuse(ctx: Context, member_id: UUID, request_id: UUID, reason: str) -> None:
    """Say no, with the reason, which the member reads. Raises RefusalReasonNeeded."""
    words = reason.strip()
    if not 1 <= len(words) <= LONGEST_REASON:
        raise say.RefusalReasonNeeded(field="reason", most=LONGEST_REASON)

    def decide(member: Member, row: PrivacyRequest) -> None:
        row.state, row.ended_at = PrivacyState.REFUSED, ctx.now
        row.reason_sealed = ctx.vault.seal(REASON, words)
        note(ctx, "privacy.refuse", member, after={"request": str(row.id), "kind": row.kind.value})
        outbox.tell(ctx, member.home_book, member.id, say.REFUSED[row.kind.value])

    said = {"reason": ctx.vault.blind("act", words)}
    _decided(ctx, member_id, request_id, "privacy.refuse", said, decide)


def _decided(
    ctx: Context,
    member_id: UUID,
    request_id: UUID,
    act: str,
    content: Mapping[str, object],
    decide: Callable[[Member, PrivacyRequest], None],
) -> None:
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, DECIDE, subject_of(member))

    def do() -> dict[str, str]:
        ctx.session.refresh(member, with_for_update=True)
        row = locked(ctx, member_id, request_id)
        if row.state is not PrivacyState.OPEN:
            raise say.PrivacyRequestDecided
        row.decided_at, row.decided_by_id = ctx.now, ctx.actor.id
        decide(member, row)
        ctx.session.flush()
        return {}

    asked = {"member_id": member_id, "request_id": request_id, **content}
    once(ctx, member.home_book, act, asked, do)


def _correct(ctx: Context, member: Member, wanted: Mapping[str, str]) -> None:
    """Put the fields into the record, and keep the directory in step."""
    vault = ctx.vault
    member.name = wanted.get("name", member.name)
    member.sex = Sex(wanted.get("sex", member.sex.value))
    member.born_on = date.fromisoformat(wanted.get("born_on", member.born_on.isoformat()))
    if {"sex", "born_on", "id_number"} & set(wanted):
        number = wanted.get("id_number") or vault.open("member.id_number", member.id_number_sealed)
        _set_id_number(ctx, member, number)
    if "phone" in wanted:
        member.phone_sealed = vault.seal("member.phone", wanted["phone"])
        handles.release(ctx, member.id, "phone")
        handles.claim_phone(ctx, wanted["phone"], member.id)
    if "address" in wanted:
        member.address_sealed = vault.seal("member.address", wanted["address"])
    if "contact" in wanted:
        member.contact_sealed = vault.seal("member.contact", wanted["contact"])


def _set_id_number(ctx: Context, member: Member, number: str) -> None:
    """Sex, day of birth and number have to fit each other again, whichever was wrong."""
    fits = checked_id_number(number, member.sex, member.born_on, local_date(ctx.now))
    if fits == ctx.vault.open("member.id_number", member.id_number_sealed):
        return
    handles.release(ctx, member.id, "id_number")
    digest = handles.digest(ctx.vault, "id_number", fits)
    if not handles.claim(ctx, "id_number", digest, member.id):
        raise IdNumberTaken(field="id_number")
    member.id_number_sealed = ctx.vault.seal("member.id_number", fits)
