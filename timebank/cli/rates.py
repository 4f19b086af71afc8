"""``flask rates``: value visits from the console, show, check and publish rules.

``value``, ``show`` and ``check`` need no database: they work from the rules that ship, or from
files.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click
from flask.cli import with_appcontext

from services import rates as rates_service
from services.context import Context
from services.errors import DomainError
from services.policy import SYSTEM
from services.rules.calendar import Calendar
from services.rules.checked import BadDocument
from services.rules.published import (
    parse_document,
    read_calendar,
    read_rule_set,
    shipped_calendar,
    shipped_rule_set,
)
from services.rules.rule_set import HourBand, RuleSet, ServiceLine
from services.rules.valuation import value
from services.rules.wire import read_facts, result_of
from timebank.edge import timebank

#: A line of input is a few hundred bytes; nobody reads a longer one into memory.
LONGEST_LINE = 64 * 1024

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
rule_set_option = click.option(
    "--rule-set", "rule_set_file", type=FILE, help="A rule set other than the one that ships."
)


class NotJson(DomainError):
    """这一行不是一个有效的 JSON 对象。"""

    code = "not_json"


class LineTooLong(DomainError):
    """这一行太长了。"""

    code = "line_too_long"


@click.group("rates")
def rates() -> None:
    """The published rules: value, show, check and publish."""


@rates.command("value")
@rule_set_option
@click.option(
    "--calendar",
    "calendar_files",
    type=FILE,
    multiple=True,
    help="A year's calendar other than those that ship; may be given several times.",
)
def value_lines(rule_set_file: Path | None, calendar_files: tuple[Path, ...]) -> None:
    """Value visits: JSON lines in, one JSON object a line out, in the same order.

    A bad line gives {"error": {"code", "message"}} in its place, and the command fails at the
    end. Blank lines are skipped.
    """
    rules, calendar = _rules(rule_set_file), _calendar(calendar_files)
    out = sys.stdout.buffer
    failed = False
    for line in _lines(sys.stdin.buffer):
        try:
            answer = result_of(value(read_facts(_object(line)), rules, calendar))
        except DomainError as error:
            failed = True
            answer = {"error": {"code": error.code, "message": error.message}}
        out.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace"))
        out.write(b"\n")
        out.flush()
    if failed:
        click.get_current_context().exit(1)


@rates.command("show")
@rule_set_option
def show(rule_set_file: Path | None) -> None:
    """Print the factors, the caps and the catalogue of a rule set."""
    rules = _rules(rule_set_file)
    click.echo(f"{rules.title.zh}")
    click.echo(f"版本 {rules.version}　生效 {rules.effective_from}　SHA-256 {rules.content_hash}")
    for title, rows in _tables(rules):
        click.echo(f"\n{title}")
        for row in rows:
            click.echo("  " + "  ".join(row).rstrip())


@rates.command("check")
@click.argument("file", type=FILE)
def check(file: Path) -> None:
    """Check a rule set or a calendar without publishing it."""
    document = _document(file)
    try:
        if rates_service.is_calendar(document):
            year = read_calendar(document)
            version, content_hash = year.version, year.content_hash
        else:
            rules = read_rule_set(document)
            version, content_hash = rules.version, rules.content_hash
    except BadDocument as error:
        raise _complaint(file, error) from None
    click.echo(f"{file}: {version} {content_hash}")


@rates.command("publish")
@click.argument("files", type=FILE, nargs=-1)
@with_appcontext
def publish(files: tuple[Path, ...]) -> None:
    """Publish rule sets and calendars; without a file, those that ship.

    A version is published once: the same content again changes nothing, other content under the
    same version is refused.
    """
    held = timebank()
    documents = [(file, _document(file)) for file in files]
    moment = held.clock()

    def work(context: Context) -> list[rates_service.Published]:
        if not documents:
            return list(rates_service.publish_shipped(context))
        return [_publish(context, file, document) for file, document in documents]

    done = held.uow.run(
        lambda session: work(Context(session=session, actor=SYSTEM, now=moment, vault=held.vault))
    )
    for each in done:
        state = "已公布" if each.is_new else "先前已公布"
        click.echo(f"{each.version} {each.content_hash} {state}")


def _publish(context: Context, file: Path, document: Any) -> rates_service.Published:
    try:
        return rates_service.publish(context, document)
    except DomainError as error:
        raise _complaint(file, error) from None


def _rules(file: Path | None) -> RuleSet:
    if file is None:
        return shipped_rule_set()
    try:
        return read_rule_set(_document(file))
    except BadDocument as error:
        raise _complaint(file, error) from None


def _calendar(files: tuple[Path, ...]) -> Calendar:
    years = list(shipped_calendar().years.values())
    for file in files:
        try:
            years.append(read_calendar(_document(file)))
        except BadDocument as error:
            raise _complaint(file, error) from None
    return Calendar(years)


def _document(file: Path) -> Any:
    try:
        return parse_document(file.read_text("utf-8-sig"))
    except UnicodeDecodeError:
        raise click.ClickException(f"{file}：不是 UTF-8 文本。") from None
    except BadDocument as error:
        raise _complaint(file, error) from None


def _complaint(file: Path, error: DomainError) -> click.ClickException:
    problems = error.problems if isinstance(error, BadDocument) else ()
    lines = [problem.message for problem in problems] or [error.message]
    return click.ClickException("\n".join(f"{file}：{line}" for line in lines))


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines that are not blank, as they come in; an overlong one is cut short."""
    while line := stream.readline(LONGEST_LINE + 1):
        rest = line
        while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
            rest = stream.readline(LONGEST_LINE + 1)
        if line.strip():
            yield line


def _object(line: bytes) -> Any:
    if len(line) > LONGEST_LINE:
        raise LineTooLong
    try:
        return parse_document(line.decode("utf-8-sig"))
    except (BadDocument, UnicodeDecodeError):
        raise NotJson from None


def _tables(rules: RuleSet) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    yield (
        "服务内容 S",
        [(each.code, f"{each.percent:>4}%", each.name.zh) for each in rules.tiers.values()],
    )
    yield (
        "服务者等级 P",
        [(each.code, f"{each.percent:>4}%", each.name.zh) for each in rules.levels.values()],
    )
    yield (
        "照护等级 R",
        [(str(each.grade), f"{each.percent:>4}%", each.name.zh) for each in rules.grades],
    )
    yield (
        "时间 T",
        [(f"{each.percent:>4}%", each.name.zh) for each in rules.day_kinds.values()]
        + [(f"{each.percent:>4}%", each.name.zh, _hours(each)) for each in rules.hour_bands],
    )
    yield (
        "可由地区设定",
        [
            (each.name.zh, f"{each.default}（{each.min}-{each.max}）", each.field)
            for each in rules.regional.values()
        ],
    )
    yield "服务目录", [_service_row(line, rules) for line in rules.services.values()]


def _hours(band: HourBand) -> str:
    first, last = (f"{m // 60:02d}:{m % 60:02d}" for m in (band.from_minute, band.to_minute))
    return f"{first}-{last}"


def _service_row(line: ServiceLine, rules: RuleSet) -> tuple[str, ...]:
    certificates = [rules.certificates[code].name.zh for code in sorted(line.all_of)]
    grade = line.two_people_from_grade
    pair = {"always": "两人", "first_visit": "首次两人"}.get(line.two_people, "")
    return (
        line.code,
        line.tier,
        f"{line.min_minutes:>3}-{line.max_minutes:<3} 分钟",
        " + ".join([line.level, *certificates]),
        line.name.zh,
        "计照护等级" if line.care else "",
        f"{grade} 级起两人" if grade is not None else pair,
        line.limits.zh if line.limits else "",
    )
