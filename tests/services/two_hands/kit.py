"""A service that nobody recorded on the spot, and those who may write it down and sign it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from models.entries import EntryState, ManualEntry
from services.entries.proposing import EntryForm, propose_entry
from services.entries.signing import sign_entry
from services.evidence import Upload
from services.policy import SYSTEM
from tests import factories
from tests.factories import LONGWAN
from tests.services.visits.conftest import START, Street

#: The day after the service.
LATER = START + timedelta(days=1)
PAPER = Upload("纸条.png", b"\x89PNG\r\n\x1a\n slip")


def form_of(street: Street, **overrides: object) -> EntryForm:
    """An hour with the elder at the story's time; overrides are fields of the form."""
    said = {
        "elder_id": street.elder,
        "provider_id": street.volunteer,
        "service_code": "A04",
        "starts_at": START,
        "ends_at": START + timedelta(hours=1),
        "why": "no_slip",
        "reason": "纸条被雨淋湿了，两个人都签过字",
    }
    return EntryForm(**{**said, **overrides})  # type: ignore[arg-type]


def entered(
    street: Street,
    who: UUID | None = None,
    *,
    now: datetime = LATER,
    key: str | None = None,
    files: tuple[Upload, ...] = (PAPER,),
    **overrides: object,
) -> UUID:
    """An entry that somebody, as a rule the clerk, has put forward."""
    form = form_of(street, **overrides)
    return street.act(
        who or street.staff, lambda ctx: propose_entry(ctx, LONGWAN, form, files), now, key
    )


def colleague(street: Street) -> UUID:
    """A second clerk of the same branch."""
    return street.act(SYSTEM, lambda ctx: factories.create_staff(ctx.session, street.branch))


def signs(
    street: Street, who: UUID, entry: UUID, now: datetime = LATER, key: str | None = None
) -> UUID:
    """The second name."""
    return street.act(who, lambda ctx: sign_entry(ctx, LONGWAN, entry), now, key)


def entry_of(street: Street, entry: UUID) -> ManualEntry:
    """The stored entry."""
    return street.look(lambda session: session.get_one(ManualEntry, (LONGWAN, entry)))


def state_of(street: Street, entry: UUID) -> EntryState:
    """Where an entry stands."""
    return entry_of(street, entry).state
