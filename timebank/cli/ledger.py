"""``flask ledger``: recompute everything, and list accounts."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from models.ledger import AccountKind
from services.context import Context
from services.ledger.breaches import Breach, Tally
from services.ledger.register import accounts_of
from services.ledger.streams import snapshot
from services.ledger.verify.whole import books
from services.policy import NATION, SYSTEM
from services.verification import SENTENCES, rows_in, verify
from services.verification.results import COMMAND, Checked, keep
from services.verification.whole import country
from timebank.cli.export import export_command
from timebank.cli.text import table
from timebank.edge import timebank
from timebank.i18n import say
from timebank.jobs.base import as_system
from timebank.wording import duration

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
    "closings": "月结",
    "closing lines": "月结的账户",
    "leaves": "已封存的往来",
    "unsealed": "等候封存的往来",
    "blocks": "区块",
    "head lists": "公布的封存清单",
    "records": "办理记录",
    "unsealed records": "等候封存的办理记录",
    "record blocks": "办理记录的区块",
    "valuations": "估值",
    "visits": "已结算的服务",
    "issues": "发行",
    "returns": "月报",
    "entries by hand": "补录",
    "reversals by people": "签署的冲正",
    "imports": "旧余额的转入",
    "import rows": "转入的行",
    "act keys": "操作编号",
    "windows": "清算期",
    "window pairs": "清算期的往来",
    "window statements": "清算单",
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
    """The books: verify, accounts, and the reports of ``timebank.cli.ledger_reports``."""


ledger.add_command(export_command)


@ledger.command("verify")
@book_option
@with_appcontext
def verify_command(book: str | None) -> None:
    """Recompute everything from the entries; fail on any breach and name it."""
    kept: list[Breach] = []
    found: list[Checked] = []
    total = 0
    with _reading() as ctx:
        wanted = _books(ctx, book)
        length = sum(rows_in(ctx, each) for each in wanted)
        bar = click.progressbar(length=length, label="核对 Checking", file=sys.stderr)
        with bar:
            tally = Tally(bar.update)
            for part, look in _everything(ctx, wanted, tally, whole=book is None):
                before, codes = tally.counts.total(), Counter[str]()
                for breach in look:
                    codes[breach.code] += 1
                    if len(kept) < MOST:
                        kept.append(breach)
                total += codes.total()
                found.append(Checked(part, ctx.now, tally.counts.total() - before, codes))
            tally.flush()
            # Some rows are looked at more often than they were counted.
            bar.update(max(0, length - bar.pos))
    _keep(found if book is None else found[1:])
    click.echo(_counts(tally, wanted))
    if total:
        click.echo(_breaches(kept, total))
        click.get_current_context().exit(1)
    click.echo("全部一致，没有发现问题。 Everything agrees.")


def _everything(
    ctx: Context, wanted: list[str], tally: Tally, *, whole: bool
) -> Iterator[tuple[str, Iterator[Breach]]]:
    """What belongs to no book first; of one book alone only what it rests on."""
    yield NATION, country(ctx, tally, beside=whole)
    for book in wanted:
        yield book, verify(ctx, book, tally)


def _keep(found: list[Checked]) -> None:
    """The auditors' desk shows the last result; one that cannot be kept is still printed."""
    held = timebank()
    revision = held.settings.newest_migration
    try:
        for checked in found:
            as_system(held, partial(keep, found=checked, made_by=COMMAND, revision=revision))
    except SQLAlchemyError as error:
        click.echo(
            f"结果没有存下来（{type(error).__name__}）。 The result could not be kept.", err=True
        )


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
