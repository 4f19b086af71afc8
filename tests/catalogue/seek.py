"""Addresses of pages that no other page led to: made from the rows of the district itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from models.callbacks import Callback
from models.complaints import Complaint
from models.entries import Reversal
from models.errands import ErrandMoney
from models.estates import Estate, EstateHeir, EstateObjection
from models.forecasts import Forecast
from models.giving import Donation, Gift
from models.honours import StarAward, StarBan
from models.imports import Import, ImportObjection
from models.oversight import Dispute, OutboxMessage, SafetySheet
from models.people import Member, RoleAssignment
from models.places import Branch
from models.requests import Request, Visit
from models.schedule import Reschedule
from models.service_days import GroupSession
from tests.catalogue.conftest import District

#: Of rows in one state so many are tried.
ALIKE = 3
#: What an argument of an address names; the last of an address decides.
ROWS: dict[str, Any] = {
    "visit_id": Visit,
    "request_id": Request,
    "branch_id": Branch,
    "member_id": Member,
    "session_id": GroupSession,
    "estate_id": Estate,
    "heir_id": EstateHeir,
    "gift_id": Gift,
    "donation_id": Donation,
    "sheet_id": SafetySheet,
    "complaint_id": Complaint,
    "dispute_id": Dispute,
    "callback_id": Callback,
    "reversal_id": Reversal,
    "import_id": Import,
    "award_id": StarAward,
    "ban_id": StarBan,
    "forecast_id": Forecast,
    "proposal_id": Reschedule,
    "message_id": OutboxMessage,
    "money_id": ErrandMoney,
}
OBJECTIONS = {"admin.import_decide": ImportObjection}
#: Whose a row is, by audience: they may look at what is theirs.
OWNERS = {
    "elder": ("elder_id", "for_elder", "member_id"),
    "volunteer": ("provider_id", "member_id"),
    "giving": ("giver_id", "donor_id", "receiver_id", "member_id", "heir_member_id", "objector_id"),
    "public": ("member_id",),
}


def addresses(
    district: District, rule: Rule, logins: list[str | None]
) -> Iterator[tuple[Any, str]]:
    """Who might open which address of a route; nothing where its arguments name no row."""
    named = [each for each in rule.arguments if each in ROWS or each == "objection_id"]
    if not named:
        return
    last = max(named, key=lambda each: rule.rule.index(f"{each}>"))
    model = ROWS.get(last) or OBJECTIONS.get(rule.endpoint, EstateObjection)
    with district.uow.read() as session:
        found = list(_sample(session, model))
        staff = _staff(session)
    for row in found:
        values = {each: _value(row, each, last) for each in rule.arguments}
        if None in values.values():
            continue
        built = rule.build(values)
        if built is None:
            continue
        audience = rule.endpoint.split(".")[0]
        owners = [getattr(row, each, None) for each in OWNERS.get(audience, ())]
        if model is Member and audience not in ("branch", "admin"):
            owners = [row.id]
        clerks = staff.get(getattr(row, "branch_id", None), []) if "branch" in rule.endpoint else []
        for who in dict.fromkeys([*filter(None, owners), *clerks, *logins]):
            yield who, built[1]


def _value(row: Any, name: str, last: str) -> Any:
    if name == last:
        return row.id
    if name == "book":
        return getattr(row, "book", None) or getattr(row, "home_book", None)
    return getattr(row, name, None)


def _sample(session: Session, model: Any) -> Iterator[Any]:
    """Rows of every state there is, the newest first."""
    query = sa.select(model).execution_options(cross_book=True)
    met = Counter[Any]()
    for row in reversed(session.scalars(query).all()):
        state = getattr(row, "state", None) or getattr(row, "status", None)
        key = (str(state), getattr(row, "kind", None), getattr(row, "is_recipient", None))
        met[key] += 1
        if met[key] <= ALIKE:
            session.expunge(row)
            yield row


def _staff(session: Session) -> dict[UUID | None, list[UUID]]:
    """The clerks of each branch."""
    query = sa.select(RoleAssignment).execution_options(cross_book=True)
    found: dict[UUID | None, list[UUID]] = {}
    for row in session.scalars(query):
        if row.scope_kind == "branch":
            found.setdefault(UUID(row.scope), []).append(row.member_id)
    return found
