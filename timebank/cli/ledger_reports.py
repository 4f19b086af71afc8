"""``flask ledger``: reports as of a moment, and the closing of months."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import click
import sqlalchemy as sa
from flask.cli import with_appcontext

from models.ledger import Account
from models.places import Book
from services import months
from services.clock import SHANGHAI, at_local, local
from services.context import Context
from services.errors import DomainError, NotFound
from services.ledger.as_of import balance_at, effective_balances_at
from services.ledger.closings import KindSums
from services.ledger.overview import trial_balance
from services.ledger.statement import ALWAYS, Period, Statement, statement
from services.ledger.trial import (
    ClearingPair,
    TrialThen,
    clearing_at,
    together,
    trials_at,
    watermark,
)
from services.people import handles
from services.people.errors import NotAMember
from services.people.reading import member_row
from services.places.regions import region_on
from services.policy import NATION, covers
from services.rules.member_number import parse_number
from services.rules.region_code import parse_region_code
from timebank.cli.ledger import KINDS, _books, _reading, ledger
from timebank.cli.text import table
from timebank.edge import timebank
from timebank.jobs.base import as_system, peek
from timebank.wording import duration, signed

#: The smallest step of time that the books know.
TICK = timedelta(microseconds=1)
DAY = r"\d{4}-\d{2}-\d{2}"
CLOCK = r"\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
MOMENT = re.compile(rf"({DAY})(?:[ T]({CLOCK})(Z|[+-]\d{{2}}:\d{{2}})?)?")


class Moment(click.ParamType[datetime]):
    """A day or a moment; without an offset as clocks in China show it. A day means its end."""

    name = "moment"

    def __init__(self, *, day_start: bool = False) -> None:
        self.day_start = day_start

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        """Read ``2026-03-10`` or ``2026-03-10 09:30``; fails on anything else."""
        if isinstance(value, datetime):
            return value
        text = str(value).strip()
        found = MOMENT.fullmatch(text)
        if found is None:
            self.fail(f"{value}: 2026-03-10 或 or '2026-03-10 09:30'", param, ctx)
        try:
            if found[2] is None:
                day = date.fromisoformat(text)
                start = at_local(day, time())
                return start if self.day_start else start + timedelta(days=1) - TICK
            moment = datetime.fromisoformat(text)
        except (ValueError, OverflowError):
            self.fail(f"{value}: 没有这一刻。 There is no such moment.", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


at_option = click.option(
    "--at", type=Moment(), help="A day (its end) or a moment, in China; now without."
)


@ledger.command("trial-balance")
@click.option("--book", help="One book; all of them without.")
@click.option("--region", help="A region's code: all books in it, level by level.")
@at_option
@with_appcontext
def trial_balance_command(book: str | None, region: str | None, at: datetime | None) -> None:
    """Books by kind of account, now or at a watermark, and what they come to; the sum is zero.

    Now, entries are compared with the balances that are kept.
    """
    if book and region:
        raise click.UsageError("--book 和 and --region 只能选一个 exclude each other.")
    if not (region or at):
        _live(book)
        return
    with _reading() as ctx:
        codes = _codes(ctx, book, region)
        mark = watermark(ctx.now, at)
        trials = trials_at(ctx.session, list(codes), mark.at)
        pairs = clearing_at(ctx.session, trials, mark.at)
        groups = _levels(ctx, codes, trials, region)
    if mark.moved:
        click.echo("时刻太近，改为一分钟以前。 Too recent: moved back to a minute ago.")
    click.echo(f"截至 As of {_shown(mark.at)}")
    for name, trial in groups:
        click.echo(f"\n{name}\n{_trial_table(trial)}")
    if pairs:
        click.echo(f"\n清算 Clearing\n{_pair_table(pairs)}")
    if any(trial.total_minutes for _, trial in groups) or not all(p.agrees for p in pairs):
        raise click.ClickException("账本不平，请执行 ledger verify。 A book is not balanced.")


def _live(book: str | None) -> None:
    """Each book as it is now, with what is held."""
    agrees = True
    with _reading() as ctx:
        for each in _books(ctx, book):
            found = trial_balance(ctx.session, each)
            agrees = agrees and found.agrees
            rows = [
                (
                    KINDS[line.kind],
                    line.kind.value,
                    f"{line.accounts:,}",
                    duration(line.in_minutes),
                    duration(line.out_minutes),
                    signed(line.balance_minutes),
                    duration(line.held_minutes),
                )
                for line in found.lines
            ]
            rows.append(("合计", "total", "", "", "", signed(found.total_minutes), ""))
            heads = ("类别", "Kind", "账户", "收 In", "付 Out", "余额 Balance", "预留 Held")
            click.echo(f"\n账本 Book {each}\n{table(heads, rows, right='  rrrrr')}")
    if not agrees:
        raise click.ClickException("账本不平，请执行 ledger verify。 A book is not balanced.")


def _codes(ctx: Context, book: str | None, region: str | None) -> dict[str, str]:
    """The books wanted, each with its region's code."""
    kept = {
        row.book: row.region_code
        for row in ctx.session.execute(sa.select(Book.book, Book.region_code))
    }
    known = {each: kept.get(each, each) for each in _books(ctx, book)}
    if region is None:
        return known
    try:
        scope = region if region == NATION else parse_region_code(region)
    except DomainError as error:
        raise click.ClickException(error.message) from None
    found = {each: code for each, code in known.items() if covers(scope, code)}
    if not found:
        raise click.ClickException(f"{region} 没有账本。 There is no book in {region}.")
    return found


def _levels(
    ctx: Context, codes: dict[str, str], trials: dict[str, TrialThen], region: str | None
) -> list[tuple[str, TrialThen]]:
    """Every level from the widest down to the single books; one without a region."""
    found = [(f"账本 Book {book}", trial) for book, trial in sorted(trials.items())]
    if region is None:
        return found
    wide = []
    for length in (0, 2, 4):
        for prefix in sorted({code[:length] for code in codes.values()}):
            code = prefix.ljust(12, "0")
            if covers(region, code) or code == region:
                inside = [trials[b] for b, each in codes.items() if each.startswith(prefix)]
                wide.append((f"{_region_name(ctx, code)} {code}", together(inside)))
    return wide + found


def _region_name(ctx: Context, code: str) -> str:
    if code == NATION:
        return "全国 Nation"
    try:
        named = region_on(ctx.session, code, local(ctx.now).date())
    except NotFound:
        return "地区 Region"
    return f"{named.name} {named.name_en}"


def _trial_table(trial: TrialThen) -> str:
    def row(each: KindSums) -> tuple[Any, ...]:
        return (
            KINDS[each.kind],
            each.kind.value,
            f"{each.accounts:,}",
            duration(each.in_minutes),
            duration(each.out_minutes),
            signed(each.balance_minutes),
        )

    total = ("合计", "total", f"{trial.accounts:,}", duration(trial.in_minutes),
             duration(trial.out_minutes), signed(trial.total_minutes))  # fmt: skip
    heads = ("类别", "Kind", "账户", "收 In", "付 Out", "余额 Balance")
    return table(heads, [*map(row, trial.kinds), total], right="  rrrr")


def _pair_table(pairs: tuple[ClearingPair, ...]) -> str:
    rows = [
        (
            pair.book,
            signed(pair.book_minutes),
            pair.counter_book,
            signed(pair.counter_minutes),
            "相符 agrees" if pair.agrees else "不符 DIFFERS",
        )
        for pair in pairs
    ]
    return table(("账本 Book", "余额", "对方 Counter", "余额", "核对"), rows, right=" r r")


@ledger.command("statement")
@click.argument("member", metavar="NUMBER")
@at_option
@click.option("--from", "first", type=Moment(day_start=True), help="From a day or a moment on.")
@click.option("--to", "until", type=Moment(), help="Up to the end of a day, or to a moment.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@with_appcontext
def statement_command(
    member: str, at: datetime | None, first: datetime | None, until: datetime | None, limit: int
) -> None:
    """What came and went on a member's accounts, newest first (by volunteer number)."""
    if at and (first or until):
        raise click.UsageError("--at 不能和 cannot go with --from/--to.")
    last = until or at
    # The moment that was named belongs to the period.
    period = Period(first, last + TICK if last else None)
    with _reading() as ctx:
        try:
            owner = handles.holder(ctx.session, "number", parse_number(member))
            if owner is None:
                raise NotAMember
            book = member_row(ctx.session, owner).home_book
        except DomainError as error:
            raise click.ClickException(error.message) from None
        found = statement(ctx.session, book, owner, now=ctx.now, limit=limit, period=period)
    click.echo(_statement_table(found))
    if period != ALWAYS:
        click.echo(
            f"\n期初 Opening {duration(found.opening_minutes)} ·"
            f" 期末 Closing {duration(found.closing_minutes)}"
        )
    else:
        click.echo(
            f"\n可用 Available {duration(found.available_minutes)} · 预留 Held"
            f" {duration(found.held_minutes)} · 合计 Total {duration(found.total_minutes)}"
        )
    if found.more:
        click.echo("还有更早的往来，请用 --limit 看更多。 There is more; raise --limit.")


def _statement_table(found: Statement) -> str:
    rows: list[tuple[Any, ...]] = [
        (
            f"{local(line.posted_at):%Y-%m-%d %H:%M}",
            line.kind,
            f"{KINDS[line.origin]} {line.period}".rstrip(),
            signed(line.amount_minutes),
            duration(line.total_after_minutes),
            line.transfer_id,
        )
        for line in found.lines
    ]
    heads = ("入账 Posted", "往来 Kind", "来源", "收付 Amount", "之后 After", "编号 Transfer")
    return table(heads, rows, right="   rr")


@ledger.command("balance")
@click.argument("account", type=click.UUID)
@at_option
@click.option("--book", help="The account's book, if it is in doubt.")
@with_appcontext
def balance_command(account: UUID, at: datetime | None, book: str | None) -> None:
    """What stood on an account at a moment: as it was recorded then, and as it is known today."""
    with _reading() as ctx:
        moment = at or ctx.now
        homes = [each for each in _books(ctx, book) if ctx.session.get(Account, (each, account))]
        if not homes:
            raise click.ClickException(f"没有账户 {account}。 There is no account {account}.")
        recorded = balance_at(ctx.session, homes[0], account, moment)
        effective = effective_balances_at(ctx.session, homes[0], [account], moment)[account]
    click.echo(
        f"账本 Book {homes[0]} · 截至 As of {_shown(moment)}\n"
        f"当时入账 Recorded {signed(recorded)} · 按生效时间 Effective {signed(effective)}"
    )


@ledger.command("close-months")
@with_appcontext
def close_months_command() -> None:
    """Close every month that ended a day ago or earlier; a second run finds nothing to do."""
    held = timebank()
    rows = []
    for book, month in peek(held, months.due):
        closed = as_system(held, partial(months.close, book=book, month=month))
        if closed is not None:
            rows.append(
                (book, month, f"{closed.entries:,}", f"{closed.lines:,}", closed.content_hash)
            )
    if not rows:
        click.echo("没有要结的月份。 Nothing to close.")
        return
    heads = ("账本 Book", "月份 Month", "分录 Entries", "行 Lines", "指纹 Fingerprint")
    click.echo(table(heads, rows, right="  rr"))


def _shown(moment: datetime) -> str:
    return f"{local(moment):%Y-%m-%d %H:%M:%S}"
