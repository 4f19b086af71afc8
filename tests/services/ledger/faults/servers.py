"""A PostgreSQL that can be killed and started again, and a wire to it that can be cut."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Self

import psycopg
import sqlalchemy as sa

from tests.databases import PostgresServer
from tests.services.ledger.faults.writers import wait_until
from tests.services.ledger.kit import Ledger

# Stops the server when the pipe from the test process closes, however that process ended.
_GUARD = '"$1/postgres" -D "$2" >>"$3" 2>&1 & cat >/dev/null; kill -QUIT $! 2>/dev/null; wait'

#: A whole statement, and the server's word that it was done; "READ COMMITTED" is another thing.
_COMMIT = b"COMMIT\0"


def is_postgresql(ledger: Ledger) -> bool:
    return ledger.url.startswith("postgresql")


class MortalServer(PostgresServer):
    """Waits for the disk before it acknowledges, so that it may die at any moment."""

    def __init__(self) -> None:
        self._bin = Path()
        self._guards: list[subprocess.Popen[bytes]] = []
        super().__init__()
        with self._connect() as admin:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                admin.execute(f"ALTER SYSTEM SET {setting} = on")  # type: ignore[arg-type]
            admin.execute("SELECT pg_reload_conf()")

    def _start(self, programs: Path) -> None:
        self._bin = programs
        super()._start(programs)

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._home), user="postgres", dbname="postgres", autocommit=True
        )

    def kill(self) -> None:
        """End the server and all of its processes at once, as a power cut would."""
        with self._connect() as admin:
            row = admin.execute("SHOW synchronous_commit").fetchone()
            assert row == ("on",)
        master = int((self._home / "data" / "postmaster.pid").read_text().split()[0])
        family = [master, *_children(master)]
        for process in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        wait_until(lambda: not any(_is_alive(process) for process in family))

    def start_again(self) -> None:
        """On the same data; returns when it has recovered."""
        words = ["guard", str(self._bin), str(self._home / "data"), str(self._home / "log")]
        guard = subprocess.Popen(
            ["sh", "-c", _GUARD, *words],
            stdin=subprocess.PIPE,
            cwd="/",
            start_new_session=True,
            **self._run_as,
        )
        self._guards.append(guard)

        def is_up() -> bool:
            with contextlib.suppress(psycopg.OperationalError), self._connect():
                return True
            return False

        wait_until(is_up)

    def close(self) -> None:
        for guard in self._guards:
            guard.communicate()
        super().close()


def _children(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The parent stands second after the name, which is in brackets.
            if int(path.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(path.parent.name))
    return found


def _is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


class Wire:
    """A socket in front of a server's; cuts the connection of the next one that commits.

    ``before``: the server never hears of the commit. ``after``: it has committed, and its answer
    is lost.
    """

    def __init__(self, url: str) -> None:
        address = sa.make_url(url)
        self._server = f"{address.query['host']}/.s.PGSQL.5432"
        self._folder = tempfile.TemporaryDirectory(prefix="tb-wire-")
        self.url = address.update_query_dict({"host": self._folder.name}).render_as_string(
            hide_password=False
        )
        self._cut_next = ""
        self.cuts = 0

    def __enter__(self) -> Self:
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(f"{self._folder.name}/.s.PGSQL.5432")
        self._door.listen()
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()
        return self

    def __exit__(self, *_exception: object) -> None:
        """Everyone who came through is gone by now."""
        self._door.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()
        self._door.close()
        self._folder.cleanup()

    def cut_next(self, when: str) -> None:
        """The next commit is cut ``before`` or ``after``."""
        self._cut_next = when

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._carry, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _carry(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        with client, server, selectors.DefaultSelector() as both:
            server.connect(self._server)
            both.register(client, selectors.EVENT_READ, server)
            both.register(server, selectors.EVENT_READ, client)
            while True:
                for ready, _ in both.select():
                    source, target = ready.fileobj, ready.data
                    assert isinstance(source, socket.socket)
                    data = source.recv(65536)
                    if not data:
                        return
                    if source is client and _COMMIT in data and self._cut_next:
                        when, self._cut_next = self._cut_next, ""
                        if when == "after":
                            target.sendall(data)
                            # The command's end as the server tells it.
                            while _COMMIT not in server.recv(65536):
                                pass
                        self.cuts += 1
                        return
                    target.sendall(data)
