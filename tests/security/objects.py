"""A real thing for every part of an address: found by the part's name, kin to the rest of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from werkzeug.routing import Rule

from services.policy import Subject
from tests.security.people import World
from timebank.demo.scene import HOME

#: What each part of an address names: a table, and its column where that is not ``id``. Parts
#: that say nothing by themselves (``session_id``) are told apart by what else is in the address.
SOURCES: dict[str, str] = {
    "account_id": "accounts",
    "authorisation_id": "issue_authorisations",
    "award_id": "star_awards",
    "ban_id": "star_bans",
    "batch_id": "batches",
    "branch_id": "branches",
    "callback_id": "callbacks",
    "certificate_id": "certificates",
    "check_id": "safeguarding_checks",
    "complaint_id": "complaints",
    "consent_id": "consents",
    "corridor_id": "corridors",
    "course_id": "courses",
    "day_id": "service_days",
    "delegate_id": "members",
    "delegation_id": "delegations",
    "designation_id": "designations",
    "donation_id": "donations",
    "elder": "group_places.elder_id",
    "elder_id": "members",
    "entry_id": "manual_entries",
    "estate_id": "estates",
    "exception_id": "availability_exceptions",
    "file_id": "evidence_files",
    "flag_id": "flags",
    "forecast_id": "forecasts",
    "fund_id": "benefit_funds",
    "gift_id": "gifts",
    "heir_id": "estate_heirs",
    "honour_id": "honours",
    "import_id": "imports",
    "incident_id": "incidents",
    "item_id": "call_items",
    "member_id": "members",
    "message_id": "outbox",
    "money_id": "errand_money",
    "note_id": "transfer_notes",
    "offer_id": "offers",
    "other_id": "members",
    "perk_id": "perks",
    "place_id": "serving_places",
    "proposal_id": "reschedules",
    "provider_id": "members",
    "request_id": "requests",
    "return_id": "monthly_returns",
    "reversal_id": "reversals",
    "role_id": "role_assignments",
    "roll_id": "entitlement_rolls",
    "series_id": "series",
    "sheet_id": "work_sheets",
    "shown_id": "shown_rankings",
    "statement_id": "account_statements",
    "suspension_id": "branch_suspensions",
    "task_id": "due_tasks",
    "token_id": "api_tokens",
    "transfer_id": "transfers",
    "valuation_id": "valuations",
    "visit_id": "visits",
    "fingerprint": "installations.fingerprint",
    "login_id": "logins",
}
#: The same part in addresses that begin otherwise or hold another word.
OTHERWISE: tuple[tuple[str, str, str], ...] = (
    ("session_id", "/groups/", "group_sessions"),
    ("session_id", "/group-sessions/", "group_sessions"),
    ("session_id", "/training/", "course_sessions"),
    ("session_id", "/course-sessions/", "course_sessions"),
    ("dispute_id", "/clearing/", "position_disputes"),
    ("dispute_id", "/disputes/", "disputes"),
    ("dispute_id", "/oversight/disputes/", "disputes"),
    ("record_id", "/reserve/", "fund_records"),
    ("record_id", "/fund-records/", "fund_records"),
    ("record_id", "/records/", "audit_records"),
    ("objection_id", "/imports/", "import_objections"),
    ("objection_id", "/stars/", "star_objections"),
    ("objection_id", "/star-objections/", "star_objections"),
    ("objection_id", "/estates/", "estate_objections"),
    ("objection_id", "/giving/objections/", "estate_objections"),
    ("sheet_id", "/branch/safety/", "safety_sheets"),
)
#: Parts that are words, days or amounts: one that can be there.
WORDS: dict[str, str] = {
    "code": "330302000000",
    "counter": "320106000000",
    "day": "2026-11-21",
    "digest": "0" * 64,
    "form": "csv",
    "from_minute": "540",
    "how": "self",
    "kind": "elder",
    "minutes": "60",
    "month": "2026-11",
    "name": "what",
    "number": "1",
    "period": "2026-11-21",
    "place": "0",
    "question": "waiting",
    "receiver": "branch",
    "rule_day": "2026-11-24",
    "said": "yes",
    "step": "what",
    "to": "pool",
    "token": "0" * 20,
    "version": "cn-tb-1",
    "weekday": "1",
    "what": "positions",
    "year": "2026",
    "filename": "css/base.css",
}
#: Columns of a row that say whose it is.
OWNERS = ("elder_id", "provider_id", "member_id", "giver_id", "receiver_id", "owner_id", "maker_id")


@dataclass
class Thing:
    """The address of one thing, whose it is, and where it belongs."""

    path: str
    subjects: list[Subject] = field(default_factory=list)
    owners: set[UUID] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)
    book: str = HOME


class Objects:
    """Finds the things of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[str, list[dict[str, Any]]] = {}
        self._owner = world.person("王秀英")
        self._helper = world.person("李明")

    def of(self, rule: Rule) -> Thing | None:
        """A thing for a route; None when its address names none."""
        parts = [name for is_part, name in rule._trace if is_part]
        values: dict[str, str] = {}
        rows: list[dict[str, Any]] = []
        missing = []
        for part in reversed(parts):
            source = self.source(part, rule.rule)
            if source is None:
                continue
            row = self._row(source, values, rows)
            if row is None:
                missing.append(part)
                values[part] = str(UUID(int=7))
                continue
            column = source.partition(".")[2] or "id"
            values[part] = row[column] if column == "fingerprint" else str(UUID(row[column]))
            rows.append({**row, "_part": part})
        if not rows and not missing and "book" not in parts:
            return None
        path = self._path(rule, values, rows)
        return self._thing(path, rows, missing)

    def source(self, part: str, address: str) -> str | None:
        """The table that a part of an address is a key of."""
        for name, word, table in OTHERWISE:
            if part == name and word in address:
                return table
        return SOURCES.get(part)

    def _path(self, rule: Rule, values: dict[str, str], rows: list[dict[str, Any]]) -> str:
        book = next((row["book"] for row in rows if row.get("book")), HOME)
        arguments = {"book": book} if "book" in rule.arguments else {}
        for name in rule.arguments - set(values) - {"book"}:
            converter = rule._converters[name]
            choices = getattr(converter, "items", None)
            arguments[name] = min(choices) if choices else WORDS[name]
        built = rule.build({**arguments, **self._typed(rule, values)})
        assert built
        return built[1]

    @staticmethod
    def _typed(rule: Rule, values: dict[str, str]) -> dict[str, Any]:
        return {name: rule._converters[name].to_python(value) for name, value in values.items()}

    def _rows(self, table: str) -> list[dict[str, Any]]:
        if table not in self._known:
            found = self._world.rows(f'SELECT * FROM "{table}" LIMIT 2000')
            ours = {each.id.hex for each in self._world.attackers}
            # Nothing that an attacker owns proves anything.
            self._known[table] = [
                row for row in found if not ours & {row.get(name) for name in (*OWNERS, "id")}
            ]
        return self._known[table]

    def _row(
        self, source: str, values: dict[str, str], rows: list[dict[str, Any]]
    ) -> dict[str, Any] | None:
        """The row that fits best to what the address already names."""
        table = source.partition(".")[0]
        best, most = None, -1
        for row in self._rows(table):
            fits = sum(self._fit(row, table, other) for other in rows)
            fits += 2 * (row.get("book") == HOME or row.get("home_book") == HOME)
            fits += self._is_of(row, self._owner) + self._is_of(row, self._helper)
            if fits > most:
                best, most = row, fits
        return best

    def _fit(self, row: dict[str, Any], table: str, other: dict[str, Any]) -> int:
        own = f"{table.removesuffix('ies') + 'y' if table.endswith('ies') else table[:-1]}_id"
        named = other.get(own) or (other.get("_part") == "file_id" and other.get("subject_id"))
        if named and named == row.get("id"):
            return 100
        if table == "members" and row["id"] in (other.get(name) for name in OWNERS):
            return 50
        return 3 * (row.get("book") is not None and row.get("book") == other.get("book"))

    @staticmethod
    def _is_of(row: dict[str, Any], person: UUID) -> int:
        return int(person.hex in (row.get(name) for name in (*OWNERS, "id")))

    def _thing(self, path: str, rows: list[dict[str, Any]], missing: list[str]) -> Thing:
        thing = Thing(path, missing=missing)
        for row in rows:
            people = {UUID(row[name]) for name in OWNERS if row.get(name)}
            if "home_book" in row:
                people.add(UUID(row["id"]))
            thing.owners |= people
            thing.subjects.append(_subject(row))
        return thing


def _subject(row: dict[str, Any]) -> Subject:
    def person(name: str) -> UUID | None:
        return UUID(row[name]) if row.get(name) else None

    is_branch = "operator_id" in row and "closed_on" in row
    is_member = "home_book" in row
    return Subject(
        book=row.get("book") or row.get("home_book"),
        region_code=row.get("region_code"),
        branch_id=person("id") if is_branch else person("branch_id"),
        member_id=person("id") if is_member else person("member_id"),
        elder_id=person("id") if is_member else person("elder_id"),
        provider_id=person("provider_id"),
    )


def routes(world: World) -> Iterator[Rule]:
    """Every route of the product, in the order of its addresses."""
    yield from sorted(world.app.url_map.iter_rules(), key=lambda rule: (rule.rule, rule.endpoint))
