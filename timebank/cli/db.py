"""``flask db``: bring the database's schema up to date, say where it stands, give rights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import sleep
from typing import Any

import click
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from flask.cli import with_appcontext
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from migrations.online import LOCK_TIMEOUT
from timebank.cli.db_plan import plan_of
from timebank.cli.db_rights import grant_rights
from timebank.edge import timebank
from timebank.uow import make_engine

ROOT = Path(__file__).resolve().parents[2]
#: PostgreSQL's word for a lock that could not be had in time.
LOCK_NOT_AVAILABLE = "55P03"
#: Seconds between the attempts at one migration.
PAUSES = (1, 2, 4, 8, 15, 30, 60)


@click.group("db")
def db() -> None:
    """The database's schema and rights: upgrade, current, check, grant."""


@db.command("upgrade")
@click.option("--plan", "only_plan", is_flag=True, help="Say what would be done, and do nothing.")
@with_appcontext
def upgrade_command(only_plan: bool) -> None:
    """Run every migration that the database has not seen."""
    if only_plan:
        _say_plan()
        return
    before, after = upgrade_database(owner_url(), click.echo)
    if before == after:
        click.echo(f"数据库已是最新（{after}）。 The database is at the newest migration already.")
    else:
        click.echo(f"{before or '空 empty'} → {after}")


def _say_plan() -> None:
    plans = [plan_of(path) for path in pending(revision_of(owner_url()))]
    for plan in plans:
        click.echo(f"{plan.revision} {plan.title}")
        for step in plan.steps:
            click.echo(f"     {step}" + (f"  ! {step.fault}" if step.fault else ""))
    if not plans:
        click.echo("数据库已是最新。 The database is at the newest migration already.")


@db.command("current")
@with_appcontext
def current_command() -> None:
    """Print the migration that the database is at."""
    click.echo(revision_of(timebank().settings.database_url) or "空 empty")


@db.command("check")
@with_appcontext
def check_command() -> None:
    """Fail unless the database is at the newest migration."""
    found, wanted = revision_of(timebank().settings.database_url), head()
    if found != wanted:
        raise click.ClickException(
            f"数据库在 {found or '空'}，程序需要 {wanted}，请执行 flask --app app db upgrade。"
            f" The database is at {found or 'nothing'}, the program needs {wanted}."
        )
    click.echo(f"{found} ✓")


@db.command("grant")
@click.argument("role")
@with_appcontext
def grant_command(role: str) -> None:
    """Give the application's ROLE on PostgreSQL the rights that it needs, and no others.

    Run as the tables' owner (TIMEBANK_OWNER_DATABASE_URL), again after every upgrade.
    """
    if sa.make_url(owner_url()).get_backend_name() == "sqlite":
        click.echo("SQLite 没有角色：谁能打开文件，谁就有全部权限；只增不改由触发器保证。")
        click.echo("SQLite has no roles: triggers alone keep what may only grow.")
        return
    try:
        done = grant_to(owner_url(), role)
    except SQLAlchemyError as error:
        raise click.ClickException(
            f"授权失败（{type(getattr(error, 'orig', error)).__name__}）："
            "请以表的所有者连接，设置 TIMEBANK_OWNER_DATABASE_URL。"
            " Not granted: connect as the tables' owner, by TIMEBANK_OWNER_DATABASE_URL."
        ) from None
    for statement in done:
        click.echo(statement)
    click.echo(f"{role} ✓ {len(done)} 处更改 changes")


def owner_url() -> str:
    """Where migrations run and rights are given."""
    settings = timebank().settings
    return settings.owner_database_url or settings.database_url


def grant_to(url: str, role: str) -> list[str]:
    """Give the role its rights, all or nothing; ``url`` connects as the tables' owner."""
    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            return grant_rights(connection, role)
    finally:
        engine.dispose()


def head() -> str:
    """The newest migration of this program."""
    return (ROOT / "migrations" / "head.txt").read_text(encoding="ascii").strip()


def pending(current: str | None) -> list[Path]:
    """The files of the migrations that a database has not seen, in their order."""
    files = sorted((ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    return [path for path in files if path.name[:4] > (current or "")]


def upgrade_database(
    url: str, say: Callable[[str], None] = lambda _words: None
) -> tuple[str | None, str]:
    """Migrate the database to the newest schema; returns where it was and where it is now.

    On PostgreSQL each migration is a transaction of its own, which waits for a lock for
    ``LOCK_TIMEOUT`` only: everybody who came after it would wait too. It lets them go first and
    tries again. Raises a click error in place of a traceback when the database is out of reach or
    stays busy.
    """
    before = revision_of(url)
    if before == head():
        return before, before
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    engine = make_engine(url)
    try:
        if engine.dialect.name == "sqlite":
            # Migrations run over our own engine, so that SQLite begins and checks as it does.
            with engine.begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        else:
            event.listen(engine, "connect", _wait_briefly)
            for path in pending(before):
                say(f"{path.name[:4]} {plan_of(path).title}")
                _take_step(engine, config, path.name[:4], say)
    finally:
        engine.dispose()
    return before, head()


def _wait_briefly(connection: Any, _record: Any) -> None:
    """Nobody waits behind this connection for longer than it waits itself."""
    connection.autocommit = True
    connection.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
    connection.autocommit = False


def _take_step(
    engine: sa.Engine, config: Config, revision: str, say: Callable[[str], None]
) -> None:
    for pause in (*PAUSES, None):
        try:
            with engine.connect() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, revision)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            if pause is None:
                raise click.ClickException(
                    f"表一直被占用，停在 {revision} 之前；请稍后再执行，已完成的不会重做。"
                    f" A table stayed busy: stopped before {revision}. Run it again later;"
                    " what is done stays done."
                ) from None
            say(f"{revision}: 表正忙，{pause:g} 秒后再试 busy, again in {pause:g} s")
            sleep(pause)
        else:
            return


def revision_of(url: str) -> str | None:
    """The migration that a database is at, None for an empty one."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as error:
        # The driver's text may name hosts and people; its kind is enough here.
        shown = sa.make_url(url).get_backend_name()
        raise click.ClickException(
            f"连不上数据库（{shown}：{type(error).__name__}），请检查 TIMEBANK_DATABASE_URL。"
            " The database is out of reach: check TIMEBANK_DATABASE_URL."
        ) from None
    finally:
        engine.dispose()
