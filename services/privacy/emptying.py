"""What goes when somebody leaves for good: every column of the person's rows that the data map
calls identity, contact, place, care, circumstances, words or access.

Facts and keys stay: the ledger, the hours, the valuations and the audit records are as true as
before, and say of whom only that it is a member who has left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from models.availability import (
    AvailabilityException,
    Avoidance,
    ElderWish,
    SafeguardingCheck,
    ServingPlace,
    VolunteerProfile,
    WeeklyWindow,
)
from models.base import Base, is_sealed
from models.logins import Login
from models.notices import ContactPreference, EventSubscription
from models.people import (
    ActCode,
    ApiToken,
    Assessment,
    Certificate,
    Credential,
    Handle,
    Kinship,
    LoginCode,
    Member,
)
from services.context import Context
from services.people.books import books_of
from services.privacy.data_map import EMPTIED, TableEntry, data_map
from services.vault import GONE, Vault

#: What stands where a name stood.
ERASED_NAME = "已注销成员"
#: Sealed JSON that still has to be read as such.
_EMPTY_JSON = {"outbox.params": "{}", "paper.content": "{}", "roll.person": f'["{ERASED_NAME}",""]'}
#: Emptied without a seal: whoever reads these knows that there is nothing left.
_NOTHING_LEFT = ("account.statement", "import.row")
#: Columns of the member's own row that are put down by hand below.
_BY_HAND = frozenset({"name", "sex", "born_on", "number"})
#: The volunteer number is never given out again.
KEPT_HANDLE = "number"

Delete = Callable[[UUID], Any]
#: Whole rows that go. A handle of any kind but the number is free for the next to join.
DELETES: dict[str, Delete] = {
    "act_codes": lambda who: sa.delete(ActCode).where(ActCode.member_id == who),
    "api_tokens": lambda who: sa.delete(ApiToken).where(ApiToken.member_id == who),
    "assessments": lambda who: sa.delete(Assessment).where(Assessment.member_id == who),
    "availability_exceptions": lambda who: sa.delete(AvailabilityException).where(
        AvailabilityException.member_id == who
    ),
    "avoidances": lambda who: sa.delete(Avoidance).where(Avoidance.member_id == who),
    "certificates": lambda who: sa.delete(Certificate).where(Certificate.member_id == who),
    "contact_preferences": lambda who: sa.delete(ContactPreference).where(
        ContactPreference.member_id == who
    ),
    "credentials": lambda who: sa.delete(Credential).where(Credential.member_id == who),
    "elder_wishes": lambda who: sa.delete(ElderWish).where(ElderWish.member_id == who),
    "event_subscriptions": lambda who: sa.delete(EventSubscription).where(
        sa.or_(EventSubscription.member_id == who, EventSubscription.subscriber_id == who)
    ),
    "handles": lambda who: sa.delete(Handle).where(
        Handle.member_id == who, Handle.kind != KEPT_HANDLE
    ),
    "kinships": lambda who: sa.delete(Kinship).where(
        sa.or_(Kinship.member_id == who, Kinship.other_id == who)
    ),
    "login_codes": lambda who: sa.delete(LoginCode).where(LoginCode.member_id == who),
    "logins": lambda who: sa.delete(Login).where(Login.member_id == who),
    "safeguarding_checks": lambda who: sa.delete(SafeguardingCheck).where(
        SafeguardingCheck.member_id == who
    ),
    "serving_places": lambda who: sa.delete(ServingPlace).where(ServingPlace.member_id == who),
    "volunteer_profiles": lambda who: sa.delete(VolunteerProfile).where(
        VolunteerProfile.member_id == who
    ),
    "weekly_windows": lambda who: sa.delete(WeeklyWindow).where(WeeklyWindow.member_id == who),
}


def empty_member(ctx: Context, member: Member) -> dict[str, int]:
    """Take out everything that says who a member was; returns how many rows of which table."""
    done: dict[str, int] = {}
    ctx.session.flush()
    connection = ctx.session.connection()
    for name, entry in data_map().tables.items():
        if entry.erase == "delete":
            changed = connection.execute(DELETES[name](member.id)).rowcount
        elif entry.erase == "empty":
            changed = _emptied(ctx, entry, member)
        else:
            continue
        if changed:
            done[name] = changed
    ctx.session.refresh(member, with_for_update=True)
    member.name = ERASED_NAME
    # Sex and year stay for the figures by age; the day went with the identity.
    member.born_on = member.born_on.replace(month=1, day=1)
    member.id_number_sealed = ctx.vault.seal("member.id_number", "")
    member.is_provider = member.is_recipient = False
    member.skills, member.service_codes = [], []
    member.erased_at = ctx.now
    ctx.session.flush()
    return done


def _emptied(ctx: Context, entry: TableEntry, member: Member) -> int:
    table = Base.metadata.tables[entry.name]
    values = empty_values(table, entry, ctx.vault)
    if not values:
        return 0
    is_own = sa.or_(*(table.c[column] == member.id for column in entry.own))
    statement = sa.update(table).where(is_own).values(values)
    if table.info["placement"] == "book":
        statement = statement.where(table.c.book.in_(books_of(member)))
    return int(ctx.session.connection().execute(statement).rowcount)


def empty_values(table: sa.Table, entry: TableEntry, vault: Vault) -> dict[str, Any]:
    """What stands in a row's personal columns when it is emptied."""
    changes = table.info["changes"]
    return {
        column: _empty(table.c[column], entry, vault)
        for column, category in entry.columns.items()
        if category in EMPTIED
        and column not in entry.keeps
        and not (entry.name == "members" and column in _BY_HAND)
        and (changes is None or is_sealed(column) or column in changes)
    }


def _empty(column: sa.Column[Any], entry: TableEntry, vault: Vault) -> Any:
    if column.nullable:
        return None
    if is_sealed(column.name):
        purpose = entry.sealed[column.name]
        if purpose in _NOTHING_LEFT:
            return ""
        if purpose in _EMPTY_JSON:
            return vault.seal(purpose, _EMPTY_JSON[purpose])
        is_name = entry.columns[column.name] == "identity"
        return vault.seal(purpose, ERASED_NAME) if is_name else GONE
    if isinstance(column.type, sa.JSON):
        return []
    if isinstance(column.type, sa.Boolean):
        return False
    return 0 if isinstance(column.type, sa.Integer) else ""
