"""A list from the civil registry: every line that names a member is one more report of a death."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from services import audit
from services.acts import once
from services.batches.reading import Line, check, content_hash, lines_of, text_of
from services.clock import local_date
from services.context import Context
from services.errors import DomainError, Forbidden
from services.estates import sentences as say
from services.estates.finding import open_estate_of
from services.estates.reporting import REGISTRY, DeathReport, desk_roles, report
from services.ids import derived
from services.people import handles, texts
from services.people.errors import NotAMember
from services.people.reading import member_row
from services.policy import NO_RIGHT
from services.rules.identity_number import parse_identity_number
from services.rules.member_number import parse_number

#: Headings of the list, in their order; a person is an ID number or a volunteer number.
COLUMNS = ("person", "died_on", "certificate")
MOST_LINES = 2_000
#: What became of a line: a new report, one more of a known death, nobody of ours, or a refusal.
REPORTED, ADDED, NOBODY, REFUSED = "reported", "added", "nobody", "refused"


@dataclass(frozen=True, slots=True)
class Imported:
    """How many lines there were, what became of them, and the refused ones by number."""

    lines: int
    outcomes: dict[str, int]
    refused: tuple[tuple[int, DomainError], ...]

    def count(self, outcome: str) -> int:
        """How many lines ended so."""
        return self.outcomes.get(outcome, 0)


@dataclass
class _Reader:
    """Reads a line, and remembers who has been named already."""

    today: date
    columns: tuple[str, ...] = COLUMNS
    seen: dict[str, int] = field(default_factory=dict)

    def read(self, line: int, cells: list[str]) -> Line:
        """A line, or the sentence that says what is wrong with it."""
        person, day, paper = cells
        kind, number = _person(person, self.today)
        if number in self.seen:
            raise say.PersonTwice(first=self.seen[number])
        died_on = self._day(day)
        if not texts.short(paper, "certificate", 80):
            raise say.ReferenceMissing
        self.seen[number] = line
        params = {"kind": kind, "died_on": died_on, "paper": paper}
        return Line(line, number, 0, None, params)

    def _day(self, cell: str) -> date:
        try:
            found = date.fromisoformat(cell)
        except ValueError:
            raise say.DeathDayWrong from None
        if found > self.today:
            raise say.DeathDayWrong
        return found


def member_named(ctx: Context, person: str, field: str) -> UUID:
    """Who has this ID number or volunteer number; a sentence on ``field`` otherwise.

    For whoever may report: staff and administrators, of whatever region. What was looked for is
    recorded, found or not: run it in a unit of work of its own, so that it stays whatever follows.
    """
    if not desk_roles(ctx):
        raise Forbidden(NO_RIGHT)
    try:
        kind, number = _person(person, local_date(ctx.now))
    except DomainError as error:
        error.field = field
        raise
    found = handles.holder(ctx.session, kind, handles.digest(ctx.vault, kind, number))
    audit.record(
        ctx,
        "member.find",
        "search",
        ctx.actor.id,
        book=ctx.actor.home_book,
        after={
            "by": kind,
            "asked": ctx.vault.blind("find", number),
            "found": int(found is not None),
        },
    )
    ctx.session.flush()
    if found is None:
        nobody = NotAMember(field=field)
        nobody.commits = True
        raise nobody
    return found


def import_list(ctx: Context, content: bytes) -> Imported:
    """Report every member whom the list names; returns what became of its lines.

    Raises ListUnreadable, ListHeadings, ListEmpty, ListTooLong, or ListBad with every bad line:
    then nothing is reported. Whoever is no member is counted and not kept.
    """
    if not desk_roles(ctx):
        raise Forbidden(NO_RIGHT)
    text = text_of(content)
    today = local_date(ctx.now)
    check(text, _Reader(today), MOST_LINES)

    def do() -> dict[str, Any]:
        found = [_found(ctx, line) for line in lines_of(text, _Reader(today))]
        # In the order of their keys: two lists at once wait for one another, never in a circle.
        done = [_report(ctx, *each) for each in sorted(found, key=lambda each: str(each[1]))]
        outcomes = dict(Counter(outcome for _, outcome, _ in done))
        audit.record(
            ctx,
            "estate.import",
            "list",
            derived("estates", content_hash(content)),
            book=ctx.actor.home_book,
            after={"lines": len(done), **outcomes},
        )
        refused = [[n, bad.code, bad.sentence] for n, _, bad in sorted(done, key=_line) if bad]
        return {"lines": len(done), "outcomes": outcomes, "bad": refused}

    asked = {"list": content_hash(content)}
    result = once(ctx, ctx.actor.home_book, "estate.import", asked, do)
    return Imported(
        result["lines"],
        result["outcomes"],
        tuple((number, _refusal(*words)) for number, *words in result["bad"]),
    )


def _person(cell: str, today: date) -> tuple[str, str]:
    """An ID number or a volunteer number, in one spelling."""
    plain = texts.plain(cell)
    if plain[:1].isdigit():
        return "id_number", parse_identity_number(plain, today).number
    return "number", parse_number(plain)


_Done = tuple[int, str, DomainError | None]


def _line(done: _Done) -> int:
    return done[0]


def _found(ctx: Context, line: Line) -> tuple[Line, UUID | None]:
    value = handles.digest(ctx.vault, line.params["kind"], line.number)
    return line, handles.holder(ctx.session, line.params["kind"], value)


def _report(ctx: Context, line: Line, member_id: UUID | None) -> _Done:
    if member_id is None:
        return line.line, NOBODY, None
    member = member_row(ctx.session, member_id)
    is_known = open_estate_of(ctx.session, member.home_book, member.id) is not None
    form = DeathReport(
        member_id, line.params["died_on"], evidence=REGISTRY, paper_number=line.params["paper"]
    )
    try:
        # The list has one key; its lines are one act.
        report(replace(ctx, key=None), form, REGISTRY)
    except DomainError as refusal:
        return line.line, REFUSED, refusal
    return line.line, ADDED if is_known else REPORTED, None


def _refusal(code: str, sentence: str) -> DomainError:
    refusal = DomainError(sentence)
    refusal.code = code
    return refusal
