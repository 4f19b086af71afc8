"""A server told to stop: what runs is answered, what comes is refused, the lease is given back."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.databases import ROOT, Databases, migrate
from tests.unit.test_serve import HOST, free_port
from timebank.jobs.runner import LEASE_SECONDS

SERVER = """
import sys, time
from pathlib import Path
from tests.settings import settings_for
from timebank import create_app
from timebank.edge import declare
import timebank.serve as serving

url, port, home = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
app = create_app(settings_for(url, home, "demo"))

@app.get("/slow")
@declare("public.read")
def slow():
    (home / "running").touch()
    while not (home / "go-on").exists():
        time.sleep(0.02)
    return "x" * 3_000_000

serving.jobs_command = lambda: [sys.executable, "-c", JOBS, url, str(home)]
serving.serve(app, app.extensions["timebank"].settings, serving.claim_port(port))
"""
STUCK = """
import sys, time
from pathlib import Path
from types import SimpleNamespace
from flask import Flask
import timebank.serve as serving

app, home = Flask("tiny"), Path(sys.argv[3])

@app.get("/health/live")
def live():
    return "live"

@app.get("/slow")
def slow():
    (home / "running").touch()
    time.sleep(600)

serving.DRAIN_SECONDS = 0.5
serving.jobs_command = lambda: [sys.executable, "-c", "import time; time.sleep(600)"]
settings = SimpleNamespace(trusted_proxies=0, root=Path.cwd())
serving.serve(app, settings, serving.claim_port(int(sys.argv[2])))
"""
JOBS = """
import signal, sys
from pathlib import Path
from tests.settings import settings_for
from timebank import create_app
from timebank.jobs.runner import Scheduler, run_forever

def stop(_number, _frame):
    raise SystemExit(0)

signal.signal(signal.SIGTERM, stop)
app = create_app(settings_for(sys.argv[1], Path(sys.argv[2]), "demo"))
run_forever(Scheduler(app, jobs={}, handlers={}))
"""


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Return as soon as the condition holds; a busy machine takes its time to start a process."""
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail(f"never happened: {what}")


class Server:
    """A real process that serves on a database of its own."""

    def __init__(self, program: str, home: Path, url: str = "") -> None:
        self.port, self.home = free_port(), home
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, url, str(self.port), str(home)], cwd=ROOT
        )
        wait_for(self.answers, "the start of the server")

    def ask(self, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        line = http.client.HTTPConnection(HOST, self.port, timeout=60)
        line.request("GET", path, headers=headers)
        answer = line.getresponse()
        body = answer.read()
        line.close()
        return answer.status, body, dict(answer.getheaders())

    def answers(self) -> bool:
        try:
            return self.ask("/health/live")[0] == 200
        except OSError:
            return False


def begin_slow(server: Server) -> tuple[threading.Thread, list[tuple[int, bytes, dict[str, str]]]]:
    got: list[tuple[int, bytes, dict[str, str]]] = []
    thread = threading.Thread(target=lambda: got.append(server.ask("/slow")), daemon=True)
    thread.start()
    wait_for((server.home / "running").exists, "the slow request")
    return thread, got


def test_what_runs_is_answered_what_comes_is_refused_and_the_lease_is_free(
    databases: Databases, tmp_path: Path
) -> None:
    url = databases.fresh("sqlite", migrate)
    server, engine = (
        Server(SERVER.replace("JOBS", repr(JOBS)), tmp_path, url),
        sa.create_engine(url),
    )

    def is_held() -> bool:
        """Whether the lease runs its whole length from when it was last renewed."""
        with engine.connect() as connection:
            row = connection.execute(sa.text("SELECT renewed_at, expires_at FROM leases")).first()
        if row is None:
            return False
        renewed, ends = map(datetime.fromisoformat, row)
        return (ends - renewed).total_seconds() >= LEASE_SECONDS

    try:
        assert server.ask("/health/ready")[0] == 200
        wait_for(is_held, "the lease of the job process")
        thread, got = begin_slow(server)
        server.process.send_signal(signal.SIGTERM)
        wait_for(lambda: server.ask("/health/ready")[0] == 503, "no longer being ready")
        assert b"stopping" in server.ask("/health/ready")[1]
        assert server.ask("/health/live")[0] == 200
        status, body, headers = server.ask("/")
        assert (status, headers["Retry-After"]) == (503, "5")
        assert b"stopping" in body
        (tmp_path / "go-on").touch()
        thread.join(60)
        assert [(status, len(body)) for status, body, _ in got] == [(200, 3_000_000)]
        assert server.process.wait(60) == 0
        assert not is_held()
    finally:
        server.process.kill()
        server.process.wait()
        engine.dispose()
        databases.discard(url)


def test_a_request_that_never_ends_does_not_hold_the_server(tmp_path: Path) -> None:
    server = Server(STUCK, tmp_path)
    try:
        line = http.client.HTTPConnection(HOST, server.port, timeout=60)
        line.request("GET", "/slow")
        wait_for((tmp_path / "running").exists, "the slow request")
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(60) == 0
        line.close()
    finally:
        server.process.kill()
        server.process.wait()
