"""By which ways a notice reaches a member, and when: the member's own preference decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from models.notices import ContactPreference
from models.people import Member
from services.clock import local
from services.rules.notices import QUIET_FROM_MINUTE, QUIET_TO_MINUTE, quiet_ends
from services.vault import Vault

#: An inbox needs no carrier, and a letter is printed by a branch.
INBOX, SMS, EMAIL, CALL, LETTER = "inbox", "sms", "email", "call", "letter"
PHONE, EMAIL_PURPOSE = "member.phone", "contact.email"


@dataclass(frozen=True, slots=True)
class Reach:
    """How a member wants to be reached; without a preference: text message, Chinese."""

    landline_only: bool = False
    by_sms: bool = True
    by_email: bool = False
    language: str = "zh"
    quiet_from_minute: int = QUIET_FROM_MINUTE
    quiet_to_minute: int = QUIET_TO_MINUTE


def reach_of(row: ContactPreference | None) -> Reach:
    """The stored preference as a value, or what holds without one."""
    if row is None:
        return Reach()
    return Reach(
        landline_only=row.landline_only,
        by_sms=row.by_sms,
        by_email=row.by_email and row.email_sealed is not None,
        language=row.language,
        quiet_from_minute=row.quiet_from_minute,
        quiet_to_minute=row.quiet_to_minute,
    )


def is_mobile(digits: str | None) -> bool:
    """Whether a number on record can receive a text message."""
    return digits is not None and len(digits) == 11 and digits.startswith("1")


def ways_of(reach: Reach, phone: str | None) -> tuple[str, ...]:
    """The ways to somebody with this number. Whoever has none at all gets a letter."""
    if reach.landline_only and phone:
        return (CALL,)
    ways = [SMS] if reach.by_sms and is_mobile(phone) else []
    if reach.by_email:
        ways.append(EMAIL)
    if ways:
        return tuple(ways)
    if is_mobile(phone):
        return (SMS,)
    return (CALL,) if phone else (LETTER,)


def ways_to(
    session: Session, vault: Vault, member_id: UUID, channel: str, *, secret: bool
) -> tuple[tuple[str, ...], Reach]:
    """The ways of one notice and the reader's preference.

    A one-time code goes to one place alone, and never over a call sheet: nobody reads it out.
    """
    if channel != SMS:
        return (channel,), Reach()
    with session.no_autoflush:
        reach = reach_of(session.get(ContactPreference, member_id))
        member = session.get(Member, member_id)
    if secret:
        return (EMAIL if reach.by_email and not reach.by_sms else SMS,), reach
    if member is None:
        return (SMS,), reach
    if member.died_at is not None:
        # Nobody's telephone rings for somebody who has died; the file keeps what was said.
        return (INBOX,), reach
    return ways_of(reach, vault.open_or_none(PHONE, member.phone_sealed)), reach


def not_before(now: datetime, reach: Reach, *, urgent: bool) -> datetime:
    """The first moment at which a notice may go out: in the morning, unless it cannot wait."""
    if urgent:
        return now
    ends = quiet_ends(local(now), reach.quiet_from_minute, reach.quiet_to_minute)
    return now if ends is None else ends.astimezone(UTC)
