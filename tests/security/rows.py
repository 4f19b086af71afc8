"""A row in every table that the story left empty, so that every address can name a real thing."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.base import Base
from services.ids import NAMESPACE
from services.policy import SYSTEM
from tests.factories import VAULT
from tests.security.people import NOW
from timebank.demo.scene import HOME

#: What each sealed column of those tables is sealed for.
PURPOSES = {
    ("estate_heirs", "name_sealed"): "estate.heir",
    ("estate_heirs", "phone_sealed"): "estate.heir.phone",
    ("estate_objections", "name_sealed"): "estate.objector",
    ("estate_objections", "text_sealed"): "estate.objection",
    ("import_objections", "text_sealed"): "import.objection",
    ("star_objections", "text_sealed"): "star.objection",
    ("account_statements", "content_sealed"): "account.statement",
    ("note_texts", "text_sealed"): "note.text",
    ("import_rows", "data_sealed"): "import.row",
    ("incidents", "text_sealed"): "incident.text",
}
#: Columns that mean more than their type says.
VALUES: dict[tuple[str, str], Any] = {
    ("estates", "state"): "notice",
    ("estates", "notice_from"): NOW.date(),
    ("estates", "notice_ends_on"): NOW.date() + timedelta(days=20),
    ("estate_heirs", "relation"): "child",
    ("imports", "state"): "published",
    ("imports", "evidence"): [],
    ("imports", "notice_from"): NOW.date(),
    ("imports", "notice_ends_on"): NOW.date() + timedelta(days=20),
    ("monthly_returns", "content"): "{}",
    ("star_awards", "granting_tier"): "county",
    ("availability_exceptions", "to_minute"): 600,
    ("safety_sheets", "log"): [],
    ("account_statements", "transfers"): [],
}
#: Filled in this order: parents before what hangs on them.
TABLES = (
    "estates",
    "estate_heirs",
    "estate_objections",
    "imports",
    "import_objections",
    "star_awards",
    "star_bans",
    "star_objections",
    "branch_suspensions",
    "availability_exceptions",
    "serving_places",
    "account_statements",
    "monthly_returns",
    "safety_sheets",
    "transfer_notes",
    "note_texts",
    "installations",
    "incidents",
)


def fill_empty_tables(session: Session) -> None:
    """One row about 王秀英 or 李明 in each of :data:`TABLES` that has none."""
    connection = session.connection()
    people = {
        row.name: row.id for row in connection.execute(sa.text("SELECT name, id FROM members"))
    }
    elder, volunteer = UUID(people["王秀英"]), UUID(people["李明"])
    branch = connection.scalar(sa.text("SELECT branch_id FROM members WHERE name = '王秀英'"))
    transfer = connection.scalar(sa.text(f"SELECT id FROM transfers WHERE book = '{HOME}'"))
    visit = connection.scalar(sa.text(f"SELECT id FROM visits WHERE book = '{HOME}'"))
    known: dict[str, UUID] = {
        "branch_id": UUID(branch),
        "transfer_id": UUID(transfer),
        "visit_id": UUID(visit),
        "elder_id": elder,
        "provider_id": volunteer,
    }
    for name in TABLES:
        table = Base.metadata.tables[name]
        if connection.scalar(sa.text(f'SELECT count(*) FROM "{name}"')):
            continue
        own = uuid5(NAMESPACE, f"attack:{name}")
        person = volunteer if name.startswith(("star", "avail", "serving", "account")) else elder
        values = {
            column.name: _value(table, column, own, person, known) for column in table.columns
        }
        connection.exec_driver_sql(*_insert(table, values))
        known |= {f"{name.removesuffix('s')}_id": own}
        known["award_id"] = known.get("star_award_id", own)
        known["note_id"] = known.get("transfer_note_id", own)


def _insert(table: sa.Table, values: dict[str, Any]) -> tuple[str, tuple[Any, ...]]:
    """Past the guards of the product: a story's rows are not its acts."""
    names = ", ".join(values)
    marks = ", ".join("?" for _ in values)
    return f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})', tuple(values.values())


def _value(
    table: sa.Table, column: sa.Column[Any], own: UUID, person: UUID, known: dict[str, UUID]
) -> Any:
    place = (table.name, column.name)
    if place in PURPOSES:
        return VAULT.seal(PURPOSES[place], "机密的话")
    if place in VALUES:
        value = VALUES[place]
        return json.dumps(value) if isinstance(value, list) else _plain(value)
    if column.name == "id":
        return own.hex
    if column.name in known:
        return known[column.name].hex
    if column.name == "member_id":
        return person.hex
    if column.name.endswith("by_id") and not column.nullable:
        return (person if table.name == "incidents" else SYSTEM.id).hex
    if column.name in ("book", "region_code"):
        return HOME
    if column.nullable:
        return None
    return _of_type(column, own)


def _of_type(column: sa.Column[Any], own: UUID) -> Any:
    match column.type:
        case sa.Enum() as kind:
            return kind.enums[0]
        case sa.Boolean():
            return 0
        case sa.Integer() | sa.BigInteger():
            return 1
        case sa.JSON():
            return "{}"
        case sa.Date():
            return NOW.date().isoformat()
        case sa.String() as kind:
            return {7: "2026-10", 64: "0" * 64}.get(kind.length or 0, "x")
        case sa.Uuid():
            return own.hex
    return _plain(NOW)


def _plain(value: Any) -> Any:
    if hasattr(value, "hour"):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return value.isoformat() if hasattr(value, "isoformat") else value
