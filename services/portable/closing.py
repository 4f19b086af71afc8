"""Closing an account for good: every coin goes out by one act, for one named installation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa

from models.ledger import Account, AccountKind
from models.people import Delegation, Member, MemberStatus
from models.portable import Installation
from services import outbox, policy
from services.acts import once
from services.context import Context
from services.ids import derived
from services.ledger.accounts import Standing, close_account, open_account, standings
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.expiry import lock_accounts
from services.ledger.post import post, transfer_id_of
from services.ledger.seals.account_file import CARRIED, CLOSING
from services.ledger.seals.signing import SigningKey
from services.logins import sessions
from services.matching.marks import mark
from services.moving.acting import card_holder
from services.moving.as_provider import leave_district
from services.notices.subscriptions import end_subscription
from services.people import handles, second_factor
from services.people.books import books_of
from services.people.cards import CARD, DOOR
from services.people.guardians import require_no_ward
from services.people.reading import member_row, subject_of
from services.people.trail import note
from services.portable import sentences as say
from services.portable.content import Debited, coins_of, content_of, origin_of, require_sealed
from services.portable.leaving import in_the_way
from services.portable.stating import keep
from services.visits.days import lock_members

ACT = "account.close"
KIND = "closing"
#: What a member is found by, and what lets one in: none of it outlives the membership.
NAMES = (CARD, DOOR, "phone", "login", "token")


@dataclass(frozen=True, slots=True)
class CloseForm:
    """For which installation; by the own login with a code, at the counter with the card."""

    member_id: UUID
    receiver: str
    code: str = ""
    id_number: str = ""


def send_code(ctx: Context, member_id: UUID, receiver: str) -> None:
    """Send the member a one-time code for closing towards this installation.

    Raises InstallationUnknown, ClosingHindered, WardMayNot, NoCodeReaches or TooManyActCodes.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, ACT, subject_of(member))

    def do() -> dict[str, str]:
        installation(ctx, receiver)
        require_no_ward(ctx.session, member)
        _require_nothing_open(ctx, member)
        second_factor.send(ctx, member, ACT, _subject(member_id, receiver), say.CLOSING_CODE)
        return {}

    content = {"member_id": member_id, "receiver": receiver}
    once(ctx, member.home_book, "account.close.code", content, do)


def close(ctx: Context, form: CloseForm, key: SigningKey) -> UUID:
    """Close an account and sign what it held for one other installation; returns the file's id.

    Everything earned, received and inherited goes to the book's outside account in one act;
    grants stay behind and lapse. Raises InstallationUnknown, AccountNotOpen, ClosingHindered with
    every reason, AccountNotSealed, NotThisPerson, OwnOrKinClosing, ActCodeWrong or ActCodeEnded:
    then everything is as it was.
    """
    member = member_row(ctx.session, form.member_id)
    policy.require(ctx.actor, ACT, subject_of(member))
    own = ctx.actor.id == member.id
    if not own and member.id in ctx.actor.relatives:
        raise say.OwnOrKinClosing

    def do() -> dict[str, str]:
        installation(ctx, form.receiver)
        lock_members(ctx.session, {member.id})
        _require_person(ctx, member, form, own=own)
        _require_nothing_open(ctx, member)
        require_sealed(ctx, member)
        return {"statement_id": str(_close(ctx, member, form.receiver, key))}

    content = {
        "member_id": form.member_id,
        "receiver": form.receiver,
        "code": ctx.vault.blind("act.code", form.code),
        "id_number": ctx.vault.blind("act", form.id_number),
    }
    return UUID(once(ctx, member.home_book, ACT, content, do)["statement_id"])


def installation(ctx: Context, fingerprint: str) -> Installation:
    """An installation that is known and has not been removed; raises InstallationUnknown."""
    row = ctx.session.get(Installation, fingerprint)
    if row is None or row.removed_at is not None:
        raise say.InstallationUnknown(field="receiver")
    return row


def _require_person(ctx: Context, member: Member, form: CloseForm, *, own: bool) -> None:
    if member.status is not MemberStatus.ACTIVE:
        raise say.AccountNotOpen
    if own:
        require_no_ward(ctx.session, member)
        subject = _subject(member.id, form.receiver)
        second_factor.use(ctx, member.id, ACT, subject, form.code)
    elif card_holder(ctx, form.id_number) != member.id:
        raise say.NotTheHolder(field="id_number")


def _require_nothing_open(ctx: Context, member: Member) -> None:
    reasons = in_the_way(ctx, member)
    if reasons:
        raise say.ClosingHindered(reasons[0].sentence, reasons=reasons, **reasons[0].params)


def _close(ctx: Context, member: Member, receiver: str, key: SigningKey) -> UUID:
    """End the membership and take its coins out; the member's row is locked."""
    leave_district(ctx, member)
    before = coins_of(ctx, member)
    drafts = _drafts(ctx, member)
    debited = [Debited(d.book, transfer_id_of(d), -_out(d)) for d in drafts]
    given = content_of(ctx, member, CLOSING, receiver=receiver, debited=debited, before=before)
    issued = keep(ctx, member, given, key)
    outbox.tell(ctx, member.home_book, member.id, say.ACCOUNT_CLOSED)
    end_membership(ctx, member)
    stamp = Stamp(ctx.now, ctx.actor.id)
    for draft in drafts:
        post(ctx.session, [draft], stamp)
    for book in books_of(member):
        for account in own_accounts(ctx, book, member.id):
            close_account(ctx.session, book, account, stamp)
    return issued.id


def _drafts(ctx: Context, member: Member) -> list[Draft]:
    """One transfer a book that has coins of the member's, counted under the accounts' locks."""
    stamp, drafts = Stamp(ctx.now, ctx.actor.id), []
    for book in sorted(books_of(member)):
        ids = own_accounts(ctx, book, member.id)
        lock_accounts(ctx.session, book, ids, (), stamp, wide=True)
        found = [each for each in _standing(ctx, book, member.id) if each.posted_minutes]
        if found:
            drafts.append(_draft(ctx, book, member, found))
    return drafts


def _draft(ctx: Context, book: str, member: Member, found: Sequence[Standing]) -> Draft:
    outside = open_account(ctx.session, book, AccountKind.OUTSIDE, now=ctx.now, floor_minutes=None)
    total = sum(each.posted_minutes for each in found)
    out = (Leg(each.account_id, -each.posted_minutes) for each in found)
    return Draft(
        book=book,
        kind=KIND,
        key=f"closing:{member.id}",
        legs=(*out, Leg(outside, total)),
        effective_at=ctx.now,
        acting_for_id=None if ctx.actor.id == member.id else member.id,
        reason="closing_statement",
    )


def _out(draft: Draft) -> int:
    return sum(leg.amount_minutes for leg in draft.legs if leg.amount_minutes < 0)


def _standing(ctx: Context, book: str, member_id: UUID) -> list[Standing]:
    found = standings(ctx.session, book, member_id, now=ctx.now)
    return [each for each in found if origin_of(each) in CARRIED]


def own_accounts(ctx: Context, book: str, member_id: UUID) -> list[UUID]:
    """The member's open accounts of what was earned and received in a book."""
    return list(
        ctx.session.scalars(
            sa.select(Account.id)
            .where(
                Account.book == book,
                Account.owner_id == member_id,
                Account.kind.in_((AccountKind.EARNED, AccountKind.RECEIVED)),
                Account.closed_at.is_(None),
            )
            .order_by(Account.id)
        )
    )


def end_membership(ctx: Context, member: Member) -> None:
    """The membership is over: nobody logs in as it, acts for it, or is acted for by it."""
    before = member.status.value
    member.status = MemberStatus.CLOSED
    sessions.end_all(ctx, member.id, member.home_book, "closed")
    rows = ctx.session.scalars(
        sa.select(Delegation)
        .where(
            sa.or_(Delegation.delegate_id == member.id, Delegation.member_id == member.id),
            Delegation.revoked_at.is_(None),
        )
        .order_by(Delegation.member_id, Delegation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        row.revoked_at = ctx.now
        end_subscription(ctx, row.member_id, row.delegate_id)
    for kind in NAMES:
        handles.revoke(ctx, kind, member.id)
    note(ctx, ACT, member, before={"status": before}, after={"status": member.status.value})
    mark(ctx.session, [member.id], ctx.now)
    ctx.session.flush()


def _subject(member_id: UUID, receiver: str) -> UUID:
    """What a code is for: closing this account towards this installation."""
    return derived("closing", member_id, receiver)
