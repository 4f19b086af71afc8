"""``flask ledger``: recompute everything, and read accounts, statements and trial balances."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import click
from flask.cli import with_appcontext

from models.ledger import AccountKind
from services.clock import local
from services.context import Context
from services.errors import DomainError
from services.ledger.breaches import Breach, Tally
from services.ledger.overview import trial_balance
from services.ledger.register import accounts_of
from services.ledger.statement import statement
from services.ledger.streams import snapshot
from services.ledger.verify import books
from services.people import handles
from services.people.errors import NotAMember
from services.people.reading import member_row
from services.policy import SYSTEM
from services.rules.member_number import parse_number
from services.verification import SENTENCES, check_rules, rows_in, verify
from timebank.cli.text import table
from timebank.edge import timebank
from timebank.i18n import say
from timebank.wording import duration, signed

#: Breaches that are kept to be printed; the rest are counted.
MOST = 500
#: What a check has looked at, in both languages.
CHECKED = {
    "published rules": "公布的规则",
    "transfers": "往来",
    "entries": "分录",
    "accounts": "账户",
    "balances": "余额",
    "running balances": "分录后的余额",
    "open hold legs": "未了结的预留",
    "holds": "预留",
    "reversals": "冲正",
    "valuations": "估值",
    "visits": "已结算的服务",
    "issues": "发行",
    "act keys": "操作编号",
}
KINDS = {
    AccountKind.EARNED: "挣得",
    AccountKind.RECEIVED: "受赠",
    AccountKind.GRANTED: "发放",
    AccountKind.POOL: "公益池",
    AccountKind.ISSUE: "发行",
    AccountKind.CLEARING: "清算",
    AccountKind.OUTSIDE: "转出",
    AccountKind.ESTATE: "待继承",
    AccountKind.DISPUTE: "争议",
}

book_option = click.option("--book", help="One book; all of them without.")


@click.group("ledger")
def ledger() -> None:
    """The books: verify, accounts, statement, trial-balance."""


@ledger.command("verify")
@book_option
@with_appcontext
def verify_command(book: str | None) -> None:
    """Recompute everything from the entries; fail on any breach and name it."""
    kept: list[Breach] = []
    total = 0
    with _reading() as ctx:
        wanted = _books(ctx, book)
        length = sum(rows_in(ctx, each) for each in wanted)
        bar = click.progressbar(length=length, label="核对 Checking", file=sys.stderr)
        with bar:
            tally = Tally(bar.update)
            for breach in _everything(ctx, wanted, tally):
                total += 1
                if len(kept) < MOST:
                    kept.append(breach)
            tally.flush()
            # Some rows are looked at more often than they were counted.
            bar.update(max(0, length - bar.pos))
    click.echo(_counts(tally, wanted))
    if total:
        click.echo(_breaches(kept, total))
        click.get_current_context().exit(1)
    click.echo("全部一致，没有发现问题。 Everything agrees.")


def _everything(ctx: Context, wanted: list[str], tally: Tally) -> Iterator[Breach]:
    yield from check_rules(ctx, tally)
    for book in wanted:
        yield from verify(ctx, book, tally)


def _counts(tally: Tally, wanted: list[str]) -> str:
    rows = [("账本", "books", len(wanted))]
    rows += [(CHECKED[what], what, tally.counts[what]) for what in CHECKED]
    shown = [(zh, en, f"{count:,}") for zh, en, count in rows]
    return table(("核对了", "Checked", "行数 Rows"), shown, right="  r")


def _breaches(kept: list[Breach], total: int) -> str:
    rows = [
        (breach.code, breach.book, breach.place, say(SENTENCES[breach.code], breach.detail))
        for breach in kept
    ]
    lines = [
        "",
        table(("问题 Breach", "账本 Book", "位置 Place", "说明 What"), rows),
        "",
        f"共 {total:,} 处不一致。 {total:,} breaches.",
    ]
    if total > len(kept):
        lines.append(f"只列出前 {len(kept)} 处。 The first {len(kept)} are shown.")
    return "\n".join(lines)


@ledger.command("trial-balance")
@book_option
@with_appcontext
def trial_balance_command(book: str | None) -> None:
    """Each book by kind of account; the sum is zero."""
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


@ledger.command("accounts")
@book_option
@click.option("--kind", type=click.Choice([kind.value for kind in AccountKind]))
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@with_appcontext
def accounts_command(book: str | None, kind: str | None, limit: int) -> None:
    """List accounts with what stands on them, the fullest first."""
    rows = []
    with _reading() as ctx:
        for each in _books(ctx, book):
            found = accounts_of(ctx.session, each, AccountKind(kind) if kind else None)
            rows += [
                (
                    each,
                    KINDS[row.kind],
                    row.account_id,
                    row.owner_id or "",
                    duration(row.posted_minutes),
                    duration(row.held_minutes),
                )
                for row in islice(found, limit)
            ]
    heads = ("账本 Book", "类别", "账户 Account", "户主 Owner", "余额 Balance", "预留 Held")
    click.echo(table(heads, rows, right="    rr"))


@ledger.command("statement")
@click.argument("member", metavar="NUMBER")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@with_appcontext
def statement_command(member: str, limit: int) -> None:
    """What came and went on a member's accounts, newest first (by volunteer number)."""
    with _reading() as ctx:
        try:
            owner = handles.holder(ctx.session, "number", parse_number(member))
            if owner is None:
                raise NotAMember
            book = member_row(ctx.session, owner).home_book
        except DomainError as error:
            raise click.ClickException(error.message) from None
        found = statement(ctx.session, book, owner, limit=limit)
    rows: list[tuple[Any, ...]] = [
        (
            f"{local(line.posted_at):%Y-%m-%d %H:%M}",
            line.kind,
            KINDS[line.origin],
            signed(line.amount_minutes),
            duration(line.total_after_minutes),
            line.transfer_id,
        )
        for line in found.lines
    ]
    heads = ("入账 Posted", "往来 Kind", "来源", "收付 Amount", "之后 After", "编号 Transfer")
    click.echo(table(heads, rows, right="   rr"))
    click.echo(
        f"\n可用 Available {duration(found.available_minutes)} · 预留 Held"
        f" {duration(found.held_minutes)} · 合计 Total {duration(found.total_minutes)}"
    )
    if found.more:
        click.echo("还有更早的往来，请用 --limit 看更多。 There is more; raise --limit.")


@contextmanager
def _reading() -> Iterator[Context]:
    """One state of the database as the machine itself sees it, whoever writes meanwhile."""
    held = timebank()
    with held.uow.read() as session:
        snapshot(session)
        yield Context(session=session, actor=SYSTEM, now=held.clock(), vault=held.vault)


def _books(ctx: Context, book: str | None) -> list[str]:
    known = books(ctx.session)
    if book is None:
        return known
    if book not in known:
        raise click.ClickException(f"没有账本 {book}。 There is no book {book}.")
    return [book]
