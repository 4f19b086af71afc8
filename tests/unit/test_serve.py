"""Serving: a taken port, the job process beside the server, and an orderly end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from timebank.serve import HOST, Companion, claim_port, end_with_parent, jobs_command

ROOT = Path(__file__).resolve().parents[2]


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Return as soon as the condition holds; fail when it never does."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail(f"never happened: {what}")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def test_a_free_port_is_held_until_it_is_closed() -> None:
    port = free_port()
    with claim_port(port) as listener:
        assert listener.getsockname() == (HOST, port)
        with pytest.raises(click.ClickException):
            claim_port(port)
    claim_port(port).close()


def test_a_taken_port_is_one_clear_sentence() -> None:
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(click.ClickException) as refusal:
            claim_port(port)
    assert f"端口 {port} 已被占用" in refusal.value.message
    assert f"Port {port} is taken" in refusal.value.message
    assert "\n" not in refusal.value.message
    assert refusal.value.exit_code != 0


def test_a_port_of_the_system_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def bind(self: socket.socket, address: tuple[str, int]) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", bind)
    with pytest.raises(click.ClickException, match="above 1023"):
        claim_port(80)


def test_the_last_port_has_another_suggested(monkeypatch: pytest.MonkeyPatch) -> None:
    def bind(self: socket.socket, address: tuple[str, int]) -> None:
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(socket.socket, "bind", bind)
    with pytest.raises(click.ClickException, match="PORT=8000"):
        claim_port(65535)


def test_the_job_process_knows_its_parent() -> None:
    words = jobs_command()
    assert words[0] == sys.executable
    assert words[-4:] == ["jobs", "run", "--parent-pid", str(os.getpid())]


SLEEPER = (
    "import pathlib, sys, os, time;pathlib.Path(sys.argv[1]).open('a').write(f'{os.getpid()}\\n');"
)


def sleeper(log: Path, then: str) -> list[str]:
    """A child that writes its process id and then does something."""
    return [sys.executable, "-c", SLEEPER + then, str(log)]


def started(log: Path) -> list[int]:
    return [int(line) for line in log.read_text().split()] if log.exists() else []


def test_the_companion_runs_beside_and_ends_with_the_block(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with Companion(sleeper(log, "time.sleep(600)"), tmp_path):
        wait_for(lambda: started(log), "the child's start")
        assert is_alive(started(log)[0])
    assert not is_alive(started(log)[0])
    assert len(started(log)) == 1


def test_the_companion_ends_when_the_block_fails(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def fail() -> None:
        with Companion(sleeper(log, "time.sleep(600)"), tmp_path):
            wait_for(lambda: started(log), "the child's start")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not is_alive(started(log)[0])


def test_a_companion_that_ends_is_started_again_and_it_is_said(tmp_path: Path) -> None:
    log, said = tmp_path / "log", list[str]()
    with Companion(sleeper(log, "sys.exit(3)"), tmp_path, said.append, first_pause=0.01):
        wait_for(lambda: len(started(log)) >= 3, "three starts")
    assert len(said) >= 2
    assert "已退出（代码 3）" in said[0]
    assert "The job process ended" in said[0]


def test_the_pause_grows(tmp_path: Path) -> None:
    log, said = tmp_path / "log", list[str]()
    with Companion(sleeper(log, "sys.exit(1)"), tmp_path, said.append, first_pause=0.01):
        wait_for(lambda: len(said) >= 3, "three ends")
    assert [line.split(" again in ")[1] for line in said[:3]] == ["0.01 s.", "0.02 s.", "0.04 s."]


def test_a_companion_that_will_not_go_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("timebank.serve.PATIENCE", 0.1)
    log = tmp_path / "log"
    deaf = "import signal; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(600)"
    with Companion(sleeper(log, deaf), tmp_path):
        wait_for(lambda: started(log), "the child's start")
    assert not is_alive(started(log)[0])


def test_a_child_notices_that_its_parent_is_gone() -> None:
    gone = threading.Event()
    end_with_parent(-1, gone.set, interval=0.01)
    assert gone.wait(30)


def test_a_child_stays_while_its_parent_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    gone, parents = threading.Event(), [7]
    monkeypatch.setattr("timebank.serve.os.getppid", lambda: parents[0])
    end_with_parent(7, gone.set, interval=0.01)
    assert not gone.wait(0.2)
    # It would watch, and sleep a hundred times a second, until the last test of this process.
    parents[0] = 1
    assert gone.wait(30)


SERVER = """
import sys
from types import SimpleNamespace
from pathlib import Path
from flask import Flask
import timebank.serve as serving

app = Flask("tiny")
app.add_url_rule("/", "home", lambda: "here")
log = Path(sys.argv[2])
child = [sys.executable, "-c", "import os, sys, time;"
         "open(sys.argv[1], 'a').write(f'{os.getpid()}\\\\n'); time.sleep(600)", str(log)]
serving.jobs_command = lambda: child
settings = SimpleNamespace(trusted_proxies=0, root=Path.cwd())
serving.serve(app, settings, serving.claim_port(int(sys.argv[1])))
print("closed in order")
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_server_that_is_told_to_stop_ends_in_order(tmp_path: Path, number: int) -> None:
    log, port = tmp_path / "log", free_port()
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(port), str(log)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(lambda: started(log), "the start of the job process")
        with urllib.request.urlopen(f"http://{HOST}:{port}/", timeout=30) as answer:
            assert answer.read() == b"here"
            assert "waitress" not in str(answer.headers)
        server.send_signal(number)
        said, _ = server.communicate(timeout=60)
    finally:
        server.kill()
    assert server.returncode == 0
    assert said == "closed in order\n"
    assert not is_alive(started(log)[0])
