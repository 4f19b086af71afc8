"""A whole check and a trial balance of a large ledger, beside programs that nobody here wrote."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from sqlalchemy.orm import Session

from services.ledger.drafts import Draft
from services.ledger.post import post
from timebank.bench import world
from timebank.bench.clients import peak_mb
from timebank.uow import UnitOfWork, make_engine

CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended: its wall-clock time, its memory, and whether it was content."""

    name: str
    seconds: float
    peak_mb: float
    ok: bool


def fill(url: str, entries: int, step: Callable[[int], None]) -> None:
    """Post transfers of two legs until the random book has about so many entries."""
    work = UnitOfWork(make_engine(url))
    wanted = world.drafts(world.RANDOM, 42)
    for _ in range(entries // 2 // CHUNK):
        some = list(islice(wanted, CHUNK))
        work.run(partial(_post, drafts=some))
        step(2 * CHUNK)
    work.engine.dispose()


def _post(session: Session, drafts: Sequence[Draft]) -> None:
    post(session, drafts, world.STAMP)


def compare(url: str, root: Path) -> list[Ran]:
    """Our commands on the database, theirs on its export, one after another."""
    with tempfile.TemporaryDirectory(prefix="timebank-bench-") as folder:
        environment = {
            **os.environ,
            "TIMEBANK_ENV": "test",
            "TIMEBANK_INSTANCE": folder,
            "TIMEBANK_DATABASE_URL": url,
        }
        journal = str(Path(folder) / "ledger.journal")

        def flask(name: str, *words: str) -> Ran:
            command = [sys.executable, "-m", "flask", "--app", "app", "ledger", *words]
            return _run(name, command, root, environment)

        ran = [
            flask("verify", "verify"),
            flask("trial-balance", "trial-balance"),
            flask("export", "export", "--format", "hledger", "--output", journal),
        ]
        others = {
            "hledger check": ["hledger", "-f", journal, "check"],
            "hledger balance": ["hledger", "-f", journal, "balance", "--flat"],
            "ledger balance": ["ledger", "-f", journal, "balance", "--flat"],
        }
        for name, words in others.items():
            if shutil.which(words[0]) is not None:
                ran.append(_run(name, words, root, environment))
        return ran


def _run(name: str, words: list[str], root: Path, environment: Mapping[str, str]) -> Ran:
    begun = time.perf_counter()
    process = subprocess.Popen(
        words,
        cwd=root,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Ran(name, time.perf_counter() - begun, peak_mb(usage), process.returncode == 0)
