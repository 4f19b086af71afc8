"""Somebody writes down a service that has no evidence of its own; nothing is credited by that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.entries import EntryLevel, EntryState, ManualEntry
from models.requests import Request, Visit, VisitState
from services import audit, evidence, outbox, policy, rates
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.entries import sentences as say
from services.entries import terms
from services.entries.crediting import check_service, check_sides
from services.entries.standing import (
    first_level,
    locked_entry,
    require_rights,
    signers,
    subject_of,
)
from services.evidence import Upload
from services.people.books import books_of
from services.people.reading import member_row
from services.places.branches import branch_row
from services.policy import Subject, relations
from services.references import new_reference
from services.visits.days import is_free, lock_members
from services.visits.sentences import Overlap

REASON, EVIDENCE = "entry.reason", "manual_entry"
#: A few sentences, in characters.
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class EntryForm:
    """What is written down: who did what for whom and when, why so late, and in words."""

    elder_id: UUID
    provider_id: UUID
    service_code: str
    starts_at: datetime
    ends_at: datetime
    why: str
    reason: str
    remote: bool = False
    #: The credited visit that this puts right.
    corrects_visit_id: UUID | None = None

    @property
    def kind(self) -> str:
        """``entry`` or ``correction``."""
        return terms.ENTRY if self.corrects_visit_id is None else terms.CORRECTION

    @property
    def minutes(self) -> int:
        """How long it took."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60


def propose_entry(ctx: Context, book: str, form: EntryForm, uploads: Sequence[Upload]) -> UUID:
    """Put a service before a second person, with evidence; returns the entry's id.

    Raises Forbidden for both sides and their kin, EntryRightsSuspended, and a sentence for what
    could never be credited. What depends on coins and caps is looked at when it is signed.
    """
    elder = member_row(ctx.session, form.elder_id)
    branch = branch_row(ctx.session, elder.branch_id)
    subject = Subject(
        book=book,
        region_code=branch.region_code,
        branch_id=branch.id,
        elder_id=elder.id,
        provider_id=form.provider_id,
    )
    policy.require(ctx.actor, "entry.propose", subject)
    require_rights(ctx, subject)

    def do() -> dict[str, str]:
        _check_words(form, uploads)
        corrected = _corrected(ctx, book, form)
        also = () if corrected is None else (corrected.elder_id, corrected.provider_id)
        for person in also:
            policy.require(ctx.actor, "entry.propose", _about(subject, person))
        lock_members(ctx.session, {form.elder_id, form.provider_id, *also})
        check_sides(ctx, book, form.elder_id, form.provider_id)
        _check_times(ctx, form)
        rules = rates.rule_set_on(ctx.session, local_date(form.starts_at))
        check_service(ctx, form.elder_id, form.service_code, form.minutes, form.remote, rules)
        _check_free(ctx, book, form)
        row = _row(ctx, book, form, subject)
        by_county = "staff" not in relations(ctx.actor, subject)
        row.level = first_level(ctx, row, by_county=by_county)
        row.due_at = ctx.now + terms.waits(row.level)
        ctx.session.add(row)
        ctx.session.flush()
        evidence.attach(ctx, book, EVIDENCE, row.id, uploads)
        _tell(ctx, row, form)
        _record(ctx, row)
        return {"entry_id": str(row.id)}

    content = {
        **asdict(form),
        "reason": ctx.vault.blind(REASON, form.reason),
        "files": evidence.digests(uploads),
    }
    return UUID(once(ctx, book, "entry.propose", content, do)["entry_id"])


def _about(subject: Subject, member_id: UUID) -> Subject:
    return Subject(
        book=subject.book,
        region_code=subject.region_code,
        branch_id=subject.branch_id,
        member_id=member_id,
    )


def _check_words(form: EntryForm, uploads: Sequence[Upload]) -> None:
    if form.why not in {each.code for each in terms.whys(form.kind)}:
        raise say.WhyUnknown(field="why")
    if not form.reason.strip() or len(form.reason.strip()) > LONGEST_REASON:
        raise say.WordsMissing(field="reason", most=LONGEST_REASON)
    if len(uploads) < terms.least_files():
        raise say.NoEvidence(field="files", least=terms.least_files())


def _corrected(ctx: Context, book: str, form: EntryForm) -> Visit | None:
    """The visit that is put right; raises CorrectsNothing."""
    if form.corrects_visit_id is None:
        return None
    visit = ctx.session.get(Visit, (book, form.corrects_visit_id))
    if visit is None or visit.state is not VisitState.CREDITED or visit.reversed_at is not None:
        raise say.CorrectsNothing
    if visit.transfer_id is None:
        raise say.CorrectsNothing
    return visit


def _check_times(ctx: Context, form: EntryForm) -> None:
    """The times are past, and not too long ago."""
    if not form.starts_at < form.ends_at <= ctx.now:
        raise say.EntryTimes(field="ends_at")
    if form.starts_at < ctx.now - terms.oldest():
        raise say.EntryTooOld(field="starts_at", days=terms.oldest().days)


def _check_free(ctx: Context, book: str, form: EntryForm) -> None:
    """Raise EntryTwice or Overlap where something else is known of that time."""
    same = ctx.session.scalar(
        sa.select(ManualEntry.reference)
        .where(ManualEntry.book == book, ManualEntry.state == EntryState.PROPOSED)
        .where(
            sa.or_(
                sa.and_(
                    ManualEntry.provider_id == form.provider_id,
                    ManualEntry.starts_at < form.ends_at,
                    ManualEntry.ends_at > form.starts_at,
                ),
                sa.and_(
                    ManualEntry.corrects_visit_id.is_not(None),
                    ManualEntry.corrects_visit_id == form.corrects_visit_id,
                ),
            )
        )
        .limit(1)
    )
    if same is not None:
        raise say.EntryTwice(reference=same)
    provider = member_row(ctx.session, form.provider_id)
    # Whoever has moved home since has promised and served elsewhere before.
    if form.corrects_visit_id is None and not all(
        is_free(ctx.session, each, provider.id, form.starts_at, form.minutes, 0)
        for each in books_of(provider)
    ):
        raise Overlap(buffer_minutes=0)


def _row(ctx: Context, book: str, form: EntryForm, subject: Subject) -> ManualEntry:
    assert subject.region_code is not None
    assert subject.branch_id is not None
    return ManualEntry(
        book=book,
        id=ctx.new_id(),
        reference=new_reference(ctx, book, ManualEntry, "M"),
        kind=form.kind,
        region_code=subject.region_code,
        branch_id=subject.branch_id,
        elder_id=form.elder_id,
        provider_id=form.provider_id,
        service_code=form.service_code,
        starts_at=form.starts_at,
        ends_at=form.ends_at,
        remote=form.remote,
        why=form.why,
        reason_sealed=ctx.vault.seal(REASON, form.reason.strip()),
        corrects_visit_id=form.corrects_visit_id,
        state=EntryState.PROPOSED,
        level=EntryLevel.BRANCH,
        due_at=ctx.now,
        proposed_by_id=ctx.actor.id,
        proposed_at=ctx.now,
    )


def service_words(ctx: Context, row: ManualEntry) -> dict[str, Any]:
    """The service's name as sentence parameters, by the rules of the day."""
    rules = rates.rule_set_on(ctx.session, local_date(row.starts_at))
    return dict(rules.service(row.service_code).name.params("service"))


def _tell(ctx: Context, row: ManualEntry, form: EntryForm) -> None:
    known: dict[str, Any] = {
        "start_at": row.starts_at,
        "actual_minutes": form.minutes,
        "reference": row.reference,
    }
    service = service_words(ctx, row)
    outbox.tell(
        ctx,
        row.book,
        row.elder_id,
        say.PROPOSED_TO_ELDER,
        provider=member_row(ctx.session, row.provider_id).name,
        **known,
        **service,
    )
    outbox.tell(ctx, row.book, row.provider_id, say.PROPOSED_TO_PROVIDER, **known, **service)
    tell_signers(ctx, row)


def tell_signers(ctx: Context, row: ManualEntry) -> None:
    """Ask everybody of the entry's level; services only."""
    for each in signers(ctx, row, row.level):
        outbox.tell(
            ctx, row.book, each, say.ENTRY_WAITS, reference=row.reference, due_at=row.due_at
        )


def _record(ctx: Context, row: ManualEntry) -> None:
    after = {
        "kind": row.kind,
        "service": row.service_code,
        "why": row.why,
        "level": row.level.value,
        "provider": str(row.provider_id),
        **({"visit": str(row.corrects_visit_id)} if row.corrects_visit_id else {}),
    }
    audit.record(
        ctx,
        "entry.propose",
        "manual_entry",
        row.id,
        book=row.book,
        after=after,
        acting_for_id=row.elder_id,
    )
    ctx.session.flush()


def withdraw_entry(ctx: Context, book: str, entry_id: UUID) -> None:
    """Drop one's own entry before it is signed. Raises EntryNotYours or EntryEnded."""
    row = locked_entry(ctx, book, entry_id)
    policy.require(ctx.actor, "entry.withdraw", subject_of(ctx, row))
    if row.proposed_by_id != ctx.actor.id:
        raise say.EntryNotYours

    def do() -> dict[str, str]:
        end(ctx, row, EntryState.WITHDRAWN, say.WITHDRAWN_BY_PROPOSER)
        return {}

    once(ctx, book, "entry.withdraw", {"entry_id": entry_id}, do)


def end(ctx: Context, row: ManualEntry, state: EntryState, reason: str) -> None:
    """Close an entry without crediting it, and tell everybody; services only. Raises EntryEnded."""
    if row.state is not EntryState.PROPOSED:
        raise say.EntryEnded
    row.state, row.decision_reason = state, reason
    row.decided_by_id, row.decided_at = ctx.actor.id, ctx.now
    acts = {EntryState.WITHDRAWN: "withdraw", EntryState.REFUSED: "refuse"}
    for reader in sorted({row.elder_id, row.provider_id, row.proposed_by_id} - {ctx.actor.id}):
        outbox.tell(ctx, row.book, reader, say.ENTRY_ENDED, reference=row.reference, reason=reason)
    audit.record(
        ctx,
        f"entry.{acts.get(state, 'lapse')}",
        "manual_entry",
        row.id,
        book=row.book,
        before={"state": EntryState.PROPOSED.value},
        after={"state": state.value},
    )
    ctx.session.flush()


def request_of(ctx: Context, visit: Visit) -> Request:
    """The request that a visit answers; services only."""
    return ctx.session.get_one(Request, (visit.book, visit.request_id))
