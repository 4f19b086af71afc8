"""Proposing an import: the files are read whole, and every row's fate is foreseen and kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from models.imports import Import, ImportRow, ImportState, RowState
from models.places import Book, Branch
from services import audit, policy, rates
from services.acts import once
from services.batches.people import kin_of
from services.clock import local_date
from services.context import Context
from services.errors import NotFound
from services.imports import errors
from services.imports.evidence import checked_evidence, class_of, needs_sample, sample_of
from services.imports.fates import Judge, Measure, RowFate
from services.imports.files import file_hash, headings_of
from services.imports.known import gather
from services.imports.layouts import ACCOUNT, MEMBERS, TRANSFERS, UPLOADED, layout
from services.imports.mapping import Columns, default_mapping, mapping_from, require_fields
from services.imports.reading import PURPOSE, OldPerson, people_in
from services.imports.sentences import OF_ROWS
from services.imports.transfers import totals
from services.ledger.rows import insert_rows
from services.places.branches import branch_row, open_row
from services.places.settings import regional_setting
from services.policy import Subject
from services.references import new_reference

#: Rows of one unit of work, and of one look at what is known.
CHUNK_ROWS = 1_000
LONGEST_SOURCE = 80
REFERENCE = "DR"


@dataclass(frozen=True, slots=True)
class ImportForm:
    """What is said of an import beside its files."""

    layout: str
    source: str
    branch_id: UUID
    evidence_class: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    #: Columns, unit and words as somebody set them; None takes what the layout knows.
    mapping: Mapping[str, Any] | None = None
    transfers_mapping: Mapping[str, Any] | None = None
    both_run: bool = False


@dataclass(frozen=True, slots=True)
class ImportFiles:
    """The files as they came."""

    members: bytes
    transfers: bytes | None = None


def propose(ctx: Context, book: str, form: ImportForm, files: ImportFiles) -> UUID:
    """Keep every row with its foreseen fate; nothing moves yet. Returns the import's id.

    A bad file changes nothing: RowsBad names every bad row.
    """
    policy.require(ctx.actor, "import.propose", Subject(book=book, region_code=book))
    if ctx.session.get(Book, book) is None:
        raise NotFound
    came = {MEMBERS: file_hash(files.members)}
    if files.transfers:
        came[TRANSFERS] = file_hash(files.transfers)

    def do() -> dict[str, str]:
        return {"import_id": str(_read(ctx, book, form, files, came))}

    asked = {
        "layout": form.layout,
        "source": form.source,
        "branch_id": form.branch_id,
        "class": form.evidence_class,
        "evidence": dict(form.evidence),
        "mapping": form.mapping,
        "transfers": form.transfers_mapping,
        "both_run": form.both_run,
        "files": came,
    }
    return UUID(once(ctx, book, "import.propose", asked, do)["import_id"])


def put_forward_account(
    ctx: Context,
    book: str,
    branch_id: UUID,
    person: OldPerson,
    balances: Mapping[str, int],
    source: str,
    statement_id: UUID,
) -> UUID:
    """One person with a closing statement of another installation, as an import of one row.

    For acts that ask for their own right and are once for their key. ``balances`` has minutes
    by origin (``earned``, ``received``); it is class A, the statement being its signed ledger.
    Whoever acts is the first signature. Notice and second signature follow as for any import.
    Raises why the person cannot be taken in, where that is so: nothing is then kept.
    """
    claimed = OldPerson(
        **{
            **{name: getattr(person, name) for name in OldPerson.__slots__},
            "line": 1,
            "earned_minutes": balances.get("earned", 0),
            "received_minutes": balances.get("received", 0),
        }
    )
    form = ImportForm(ACCOUNT, source, branch_id, "A")
    evidence = {"kind": "statement", "document": str(statement_id)}
    row = _new_row(ctx, book, form, evidence, {}, {"statement": str(statement_id)})
    import_id = _kept(ctx, row, iter([claimed]), None)
    if row.refused:
        refused = ctx.session.get_one(ImportRow, (book, import_id, claimed.line))
        raise OF_ROWS[refused.code](**refused.params)
    return import_id


def _read(
    ctx: Context, book: str, form: ImportForm, files: ImportFiles, came: dict[str, str]
) -> UUID:
    if form.layout not in UPLOADED:
        raise errors.LayoutUnknown(field="layout")
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    evidence = checked_evidence(class_of(rules, form.evidence_class), form.evidence)
    if needs_sample(evidence) and not files.transfers:
        raise errors.TransfersNeeded(field="transfers")
    columns = columns_for(form.layout, MEMBERS, form.mapping, files.members)
    mapping = {MEMBERS: columns.kept()}
    counted: Mapping[str, int] | None = None
    if files.transfers:
        moves = columns_for(form.layout, TRANSFERS, form.transfers_mapping, files.transfers)
        mapping[TRANSFERS] = moves.kept()
        counted = totals(files.transfers, moves, form.layout)
    row = _new_row(ctx, book, form, evidence, mapping, came)
    return _kept(ctx, row, people_in(files.members, columns, local_date(ctx.now)), counted)


def columns_for(code: str, what: str, given: Mapping[str, Any] | None, content: bytes) -> Columns:
    """The mapping to read a file by, whole; raises what is wrong with it."""
    heads = headings_of(content)
    columns = (
        default_mapping(layout(code), what, heads)
        if given is None
        else mapping_from(what, given, heads)
    )
    require_fields(columns)
    return columns


def _new_row(
    ctx: Context,
    book: str,
    form: ImportForm,
    evidence: dict[str, Any],
    mapping: dict[str, Any],
    files: dict[str, Any],
) -> Import:
    source = form.source.strip()
    if not 1 <= len(source) <= LONGEST_SOURCE or not source.isprintable():
        raise errors.SourceNeeded(field="source")
    branch = open_row(ctx.session, form.branch_id)
    if branch.book != book:
        raise NotFound(field="branch_id")
    rules = rates.rule_set_on(ctx.session, local_date(ctx.now))
    row = Import(
        book=book,
        id=ctx.new_id(),
        reference=new_reference(ctx, book, Import, REFERENCE),
        layout=form.layout,
        source=source,
        branch_id=branch.id,
        evidence_class=form.evidence_class,
        evidence=evidence,
        mapping=mapping,
        files=files,
        state=ImportState.CHECKED,
        rows=0,
        posted=0,
        refused=0,
        undone=0,
        minutes=0,
        rule_set_version=rules.version,
        proposed_by_id=ctx.actor.id,
        proposed_at=ctx.now,
        both_run=form.both_run,
    )
    ctx.session.add(row)
    ctx.session.flush()
    return row


def measure_of(
    ctx: Context, row: Import, own: frozenset[UUID], counted: Mapping[str, int] | None = None
) -> Measure:
    """What all rows of an import are judged by: the rules of the day of its proposal."""
    rules = rates.rule_set_on(ctx.session, local_date(row.proposed_at))
    region = branch_of(ctx, row).region_code
    return Measure(
        row.book,
        local_date(ctx.now),
        rules,
        class_of(rules, row.evidence_class),
        regional_setting(ctx.session, region, "storage_minutes", rules),
        own,
        counted,
    )


def branch_of(ctx: Context, row: Import) -> Branch:
    """The branch that takes the new members in, or whichever took over from it."""
    branch = branch_row(ctx.session, row.branch_id)
    while branch.closed_on is not None and branch.successor_branch_id is not None:
        branch = branch_row(ctx.session, branch.successor_branch_id)
    return branch


def _kept(
    ctx: Context, row: Import, people: Iterator[OldPerson], counted: Mapping[str, int] | None
) -> UUID:
    judge = Judge(measure_of(ctx, row, kin_of(ctx.session, [ctx.actor.id]), counted))
    keys: set[str] = set()
    good: list[int] = []
    for some in chunks(people):
        known = gather(ctx, row, some)
        fates = [judge.fate(person, known) for person in some]
        _insert(ctx, row, some, fates)
        if counted is not None:
            keys.update(person.key for person in some)
        _count(row, some, fates, good)
    if counted is not None and (strange := sorted(set(counted) - keys)):
        raise errors.AccountUnknownThere(field="transfers", account=strange[0])
    if needs_sample(row.evidence):
        seed, percent = str(row.files[MEMBERS]), _sample_percent(ctx, row)
        row.evidence = {**row.evidence, "sample": sample_of(seed, good, percent)}
    audit.record(
        ctx,
        "import.propose",
        "import",
        row.id,
        book=row.book,
        after={
            "layout": row.layout,
            "class": row.evidence_class,
            "rows": row.rows,
            "refused": row.refused,
            "minutes": row.minutes,
            "files": row.files,
        },
    )
    ctx.session.flush()
    return row.id


def _sample_percent(ctx: Context, row: Import) -> int:
    rules = rates.rule_set_on(ctx.session, local_date(row.proposed_at))
    return rules.old_balance_sample_percent


def chunks(people: Iterator[OldPerson]) -> Iterator[list[OldPerson]]:
    """A thousand at a time."""
    while some := list(islice(people, CHUNK_ROWS)):
        yield some


def _count(
    row: Import, people: Sequence[OldPerson], fates: Sequence[RowFate], good: list[int]
) -> None:
    row.rows += len(fates)
    row.refused += sum(1 for fate in fates if fate.refusal is not None)
    row.minutes += sum(fate.credited_minutes for fate in fates)
    good.extend(
        person.line
        for person, fate in zip(people, fates, strict=True)
        if fate.refusal is None and person.claimed_minutes
    )


def _insert(
    ctx: Context, row: Import, people: Sequence[OldPerson], fates: Sequence[RowFate]
) -> None:
    """Rows that will be refused are so at once; all others wait."""
    rows = []
    for person, fate in zip(people, fates, strict=True):
        refused = fate.refusal is not None
        rows.append(
            {
                "book": row.book,
                "import_id": row.id,
                "line": person.line,
                "old_key": person.key,
                "data_sealed": ctx.vault.seal(PURPOSE, person.packed()),
                "claimed_minutes": person.claimed_minutes,
                "credited_minutes": fate.credited_minutes,
                "actual_minutes": person.actual_minutes,
                "state": (RowState.REFUSED if refused else RowState.WAITING).value,
                "code": fate.code,
                "params": dict(fate.params),
                "member_id": fate.member_id,
            }
        )
    insert_rows(ctx.session, ImportRow, rows)
