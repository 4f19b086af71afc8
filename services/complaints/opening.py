"""A complaint begins: by the member, by a relative for him, or taken down by staff."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from models.complaints import Complaint, ComplaintState
from models.places import Branch
from models.requests import Visit, VisitState
from models.sheets import SheetKind
from services import audit, outbox, policy
from services.acts import once
from services.complaints import sentences as say
from services.complaints.finding import COMPLAINANT, CONTACT, LONGEST_TEXT, add_word
from services.complaints.holding import hold_for
from services.complaints.terms import Kind, days_from, kind_of, place_of
from services.context import Context
from services.corridors.warning import administrators_of
from services.errors import NotFound
from services.people.reading import member_row
from services.people.texts import needed
from services.policy import SYSTEM, Subject
from services.references import new_reference
from services.sheets.opening import open_sheet
from services.visits.locating import locked_visit

How = Literal["self", "family", "phone", "counter"]
#: Not yet at its end.
PENDING = (ComplaintState.OPEN, ComplaintState.DECIDED, ComplaintState.APPEALED)


@dataclass(frozen=True, slots=True)
class ComplaintForm:
    """What is said, about what, by whom and how it reached us.

    ``by`` is who complains; None, with ``how`` phone or counter: somebody without an account, who
    leaves a ``contact``.
    """

    kind: str
    text: str
    visit_id: UUID | None = None
    against_id: UUID | None = None
    branch_id: UUID | None = None
    by: UUID | None = None
    how: How = "self"
    contact: str | None = None

    @property
    def is_taken(self) -> bool:
        """Whether staff write it down for somebody."""
        return self.how in ("phone", "counter")


def open_complaint(
    ctx: Context,
    *,
    book: str,
    kind: str,
    text: str,
    visit_id: UUID | None = None,
    against_id: UUID | None = None,
    branch_id: UUID | None = None,
    by: UUID | None = None,
    how: How = "self",
    contact: str | None = None,
) -> UUID:
    """Say that something went wrong; returns the complaint's id.

    Without ``by`` the actor complains himself, unless it is taken down. A member names a visit of
    his own, or the branch; staff may name somebody as well. Raises ComplaintKindUnknown,
    NotCreditedYet, AlreadyComplained and others.
    """
    form = ComplaintForm(kind, text, visit_id, against_id, branch_id, by, how, contact)
    if by is None and not form.is_taken:
        form = replace(form, by=ctx.actor.id)
    branch = _branch(ctx, book, form)
    subject = Subject(
        book=book, region_code=branch.region_code, branch_id=branch.id, member_id=form.by
    )
    act = "complaint.take" if form.is_taken else "complaint.make"
    policy.require(ctx.actor, act, subject)

    def do() -> dict[str, str]:
        if not form.is_taken:
            _require_own(ctx, book, form)
        return {"complaint_id": str(_start(ctx, book, form))}

    content = {
        **asdict(form),
        "text": ctx.vault.blind("act", text),
        "contact": ctx.vault.blind("act", contact or ""),
    }
    return UUID(once(ctx, book, act, content, do)["complaint_id"])


def start_complaint(ctx: Context, *, book: str, **said: Any) -> UUID:
    """The same within another act that has asked the policy and claimed the key; services only.

    ``said`` are the fields of ComplaintForm.
    """
    return _start(ctx, book, ComplaintForm(**said))


def _start(ctx: Context, book: str, form: ComplaintForm) -> UUID:
    kind = kind_of(form.kind)
    words = needed(form.text, "text", LONGEST_TEXT)
    contact = (form.contact or "").strip()
    if form.by is None and not contact:
        raise say.ContactMissing(field="contact")
    visit = _visit(ctx, book, kind, form.visit_id)
    branch = _branch(ctx, book, form)
    against_id = form.against_id
    if visit is not None and against_id is None:
        against_id = _other_side(visit, form)
    if against_id is not None:
        member_row(ctx.session, against_id)
    made = Complaint(
        book=book,
        id=ctx.new_id(),
        reference=new_reference(ctx, book, Complaint, "C"),
        kind=kind.code,
        by_id=form.by,
        how=form.how,
        taken_by_id=ctx.actor.id if form.is_taken else None,
        contact_sealed=ctx.vault.seal(CONTACT, contact) if form.by is None else None,
        against_id=against_id,
        branch_id=branch.id,
        region_code=branch.region_code,
        visit_id=form.visit_id,
        state=ComplaintState.OPEN,
        opened_at=ctx.now,
        answer_until=days_from(ctx, "answer"),
        due_on=days_from(ctx, "due"),
    )
    ctx.session.add(made)
    ctx.session.flush()
    _begin(ctx, made, kind, words, visit)
    return made.id


def _begin(ctx: Context, made: Complaint, kind: Kind, words: str, visit: Visit | None) -> None:
    """The first words, the record, the sheet, the notices, and what is set aside."""
    add_word(ctx, made, COMPLAINANT, words, None if made.by_id == ctx.actor.id else made.by_id)
    _record(ctx, made)
    # These follow by the rules, whoever complains.
    by_rule = ctx.as_actor(SYSTEM)
    if kind.opens is not None:
        made.sheet_id = sheet_for(by_rule, made, SheetKind(kind.opens))
    _tell(ctx, made)
    if visit is not None:
        hold_for(by_rule, made, visit)
    ctx.session.flush()


def _other_side(visit: Visit, form: ComplaintForm) -> UUID | None:
    """Whom it is against: the provider, or the elder where the provider says how he was treated.

    A provider's doubt about a record is against nobody.
    """
    if form.by != visit.provider_id:
        return visit.provider_id
    return visit.elder_id if form.kind in ("conduct", "privacy") else None


def _visit(ctx: Context, book: str, kind: Kind, visit_id: UUID | None) -> Visit | None:
    """The visit under its request's lock, where one is named."""
    if visit_id is None:
        if kind.about_visit:
            raise say.NotCreditedYet(field="visit_id")
        return None
    _request, visit = locked_visit(ctx, book, visit_id)
    if kind.about_visit and visit.state is not VisitState.CREDITED:
        raise say.NotCreditedYet(field="visit_id")
    standing = standing_complaint(ctx, book, visit_id, kind.code)
    if standing is not None:
        raise say.AlreadyComplained(reference=standing.reference)
    return visit


def standing_complaint(ctx: Context, book: str, visit_id: UUID, kind: str) -> Complaint | None:
    """The complaint of a kind about a visit that has not come to its end; services only."""
    same = sa.select(Complaint).where(
        Complaint.book == book,
        Complaint.visit_id == visit_id,
        Complaint.kind == kind,
        Complaint.state.in_(PENDING),
    )
    return ctx.session.scalar(same.limit(1))


def _branch(ctx: Context, book: str, form: ComplaintForm) -> Branch:
    """Whose affair it is: of the visit's branch, the one named, or the complainant's own."""
    branch_id = form.branch_id
    if form.visit_id is not None:
        request, _visit = locked_visit(ctx, book, form.visit_id)
        branch_id = request.branch_id
    elif branch_id is None and form.by is not None:
        branch_id = member_row(ctx.session, form.by).branch_id
    if branch_id is None:
        raise say.ComplaintBranchMissing(field="branch_id")
    branch = ctx.session.get(Branch, branch_id)
    if branch is None or (form.visit_id is None and branch.book != book):
        raise NotFound
    return branch


def _require_own(ctx: Context, book: str, form: ComplaintForm) -> None:
    """Nobody tries out by a complaint which visits and members there are."""
    sides: set[UUID | None] = set()
    if form.visit_id is not None:
        visit = ctx.session.get(Visit, (book, form.visit_id))
        sides = {visit.elder_id, visit.provider_id} if visit is not None else set()
        if form.by not in sides:
            raise NotFound
    if form.against_id is not None and form.against_id not in sides - {form.by}:
        raise NotFound


def sheet_for(
    ctx: Context,
    complaint: Complaint,
    kind: SheetKind,
    about: str | None = None,
    *,
    to_branch: bool = True,
) -> UUID:
    """A work sheet about a complaint, for its branch or else for the region; services only.

    Its facts name the kind and the visit; of a credited visit that was written down wrongly also
    ``corrects``: it is put right by an entry by hand.
    """
    facts = {"complaint_kind": complaint.kind}
    if complaint.visit_id is not None:
        facts["visit_id"] = str(complaint.visit_id)
        visit = ctx.session.get_one(Visit, (complaint.book, complaint.visit_id))
        is_standing = visit.state is VisitState.CREDITED and visit.reversed_at is None
        if complaint.kind == "record_wrong" and is_standing:
            facts["corrects"] = facts["visit_id"]
    return open_sheet(
        ctx,
        book=complaint.book,
        kind=kind,
        about=about or f"complaint_{complaint.kind}",
        subject_kind="complaint",
        subject_id=complaint.id,
        region_code=complaint.region_code,
        branch_id=place_of(complaint).branch_id if to_branch else None,
        facts=facts,
    )


def _record(ctx: Context, complaint: Complaint) -> None:
    audit.record(
        ctx,
        "complaint.make" if complaint.taken_by_id is None else "complaint.take",
        "complaint",
        complaint.id,
        book=complaint.book,
        after={"complaint_kind": complaint.kind, "how": complaint.how},
        acting_for_id=None if complaint.by_id == ctx.actor.id else complaint.by_id,
    )


def _tell(ctx: Context, complaint: Complaint) -> None:
    book, reference = complaint.book, complaint.reference
    if complaint.by_id is not None:
        outbox.tell(
            ctx,
            book,
            complaint.by_id,
            say.RECEIVED if complaint.taken_by_id is None else say.TAKEN_DOWN,
            reference=reference,
            due_on=complaint.due_on.isoformat(),
        )
    if complaint.against_id is not None:
        outbox.tell(
            ctx,
            book,
            complaint.against_id,
            say.ASKED,
            channel="sms",
            visit_id=complaint.visit_id,
            reference=reference,
            last_on=complaint.answer_until.isoformat(),
        )
    if complaint.kind == "charged":
        for administrator in administrators_of(ctx, book):
            outbox.tell(ctx, book, administrator, say.CHARGED, reference=reference)
