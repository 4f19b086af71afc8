"""The product as it runs: a WSGI server on this machine and the job process as its child."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click
from flask import Flask
from waitress import create_server

from timebank import logs, metrics
from timebank.settings import Settings

HOST = "127.0.0.1"
THREADS = 8
#: Seconds between starts of a child that keeps ending: doubled each time, up to the last.
FIRST_PAUSE, LAST_PAUSE = 1.0, 60.0
#: A child that ran this many seconds was healthy: the next pause is short again.
HEALTHY = 60.0
#: Seconds that a child may take to finish what it is doing.
PATIENCE = 20.0
#: Seconds that requests which run may take to their end once the server was told to stop.
DRAIN_SECONDS = 25.0
#: Seconds after which the server's loop looks whether it was told to stop.
TURN = 0.2

log = logging.getLogger(__name__)


def claim_port(port: int, host: str = HOST) -> socket.socket:
    """Take the port on this machine before any other work is done.

    Raises a :class:`click.ClickException` with one sentence when it is taken or not allowed.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Connections of a server that has just stopped may linger; they do not hold the port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except PermissionError:
        listener.close()
        raise click.ClickException(
            f"当前用户不能使用端口 {port}，请换一个大于 1023 的端口，例如：PORT=8000。"
            f" Port {port} is not allowed for this user: choose one above 1023, say PORT=8000."
        ) from None
    except OSError:
        listener.close()
        raise click.ClickException(
            f"端口 {port} 已被占用，请换一个，例如：PORT={_other(port)} make demo。"
            f" Port {port} is taken: choose another, say PORT={_other(port)} make demo."
        ) from None
    return listener


def _other(port: int) -> int:
    return port + 1 if port < 65535 else 8000


def jobs_command() -> list[str]:
    """The command line of the job process; it ends by itself when this process is gone."""
    jobs = ["-m", "flask", "--app", "app", "jobs", "run"]
    return [sys.executable, *jobs, "--parent-pid", str(os.getpid())]


def serve(
    app: Flask,
    settings: Settings,
    listener: socket.socket,
    prepare: Callable[[], None] | None = None,
) -> None:
    """Answer requests until SIGTERM, SIGINT or SIGHUP, with the job process beside.

    ``prepare`` runs meanwhile, so that nobody's first look waits for it. Told to stop, it is no
    longer ready, refuses new requests, and ends when those that run have been answered, or after
    :data:`DRAIN_SECONDS`; the job process finishes what it does at the same time.
    """
    server = create_server(
        app,
        sockets=[listener],
        threads=THREADS,
        ident=None,
        # What a proxy says of the visitor is removed here unless the settings trust one.
        clear_untrusted_proxy_headers=settings.trusted_proxies == 0,
    )
    companion = Companion(jobs_command(), settings.root)
    with showing_figures(app, shared=True), asked_by_signal() as asked, companion:
        if prepare is not None:
            threading.Thread(target=prepare, name="prepare", daemon=True).start()
        while not asked.is_set():
            _turn(server)
        companion.stop_soon()
        _drain(server, app)


def _turn(server: Any) -> None:
    """Look after the connections for a moment."""
    sockets = server._map  # noqa: SLF001 - waitress gives it no other name
    server.asyncore.loop(timeout=TURN, use_poll=server.adj.asyncore_use_poll, map=sockets, count=1)


def _drain(server: Any, app: Flask) -> None:
    """Answer what has been asked, to the last byte, and nothing new."""
    around = app.extensions.get("observed")
    if around is not None:
        around.draining = True
    logs.say(log, "stopping", count=_unanswered(server))
    until = time.monotonic() + DRAIN_SECONDS
    while _unanswered(server) and time.monotonic() < until:
        _turn(server)
    left = _unanswered(server)
    logs.say(log, "stopped", logging.WARNING if left else logging.INFO, count=left)
    server.task_dispatcher.shutdown(timeout=1)
    server.close()


def _unanswered(server: Any) -> int:
    """Connections whose request waits or runs, or whose answer is still on its way."""
    channels = list(server.active_channels.values())
    return sum(bool(each.requests) or each.total_outbufs_len > 0 for each in channels)


@contextmanager
def showing_figures(app: Flask, *, shared: bool) -> Iterator[None]:
    """Answer Prometheus on a port of its own, where the settings name one.

    The job process, which shows only what it counts itself (not ``shared``), is one port on.
    """
    held = app.extensions.get("timebank")
    if held is None or not held.settings.metrics_port:
        yield
        return
    wanted = held.settings.metrics_port
    port = wanted if shared else wanted + 1
    try:
        shown = metrics.start(held, port, shared=shared)
    except OSError:
        raise click.ClickException(
            f"指标端口 {port} 不能使用，请更改 TIMEBANK_METRICS_PORT。"
            f" The metrics port {port} cannot be used: change TIMEBANK_METRICS_PORT."
        ) from None
    try:
        yield
    finally:
        shown.shutdown()
        shown.server_close()


@contextmanager
def asked_by_signal() -> Iterator[threading.Event]:
    """An event that a request to stop sets; a second request ends at once."""
    asked = threading.Event()

    def stop(number: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise SystemExit(128 + number)
        asked.set()

    wanted = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in wanted}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Companion:
    """Keeps a child process running while the block that it opens lasts.

    The child has a session of its own, so a Ctrl-C on the console reaches the parent alone,
    which then stops the child in order.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        say: Callable[[str], None] = print,
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        self._command = command
        self._folder = folder
        self._say = say
        self._first_pause = first_pause
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="companion", daemon=True)

    def __enter__(self) -> None:
        self._child = self._start()
        self._keeper.start()

    def stop_soon(self) -> None:
        """Tell the child to end; the block's end waits for it."""
        self._stopping.set()

    def __exit__(self, *_exception: object) -> None:
        self._stopping.set()
        self._keeper.join()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command, cwd=self._folder, stdin=subprocess.DEVNULL, start_new_session=True
        )

    def _keep(self) -> None:
        pause = self._first_pause
        started = time.monotonic()
        while not self._stopping.wait(0.2):
            if self._child.poll() is None:
                continue
            if time.monotonic() - started > HEALTHY:
                pause = self._first_pause
            self._say(
                f"后台任务进程已退出（代码 {self._child.returncode}），{pause:g} 秒后重新启动。"
                f" The job process ended; it starts again in {pause:g} s."
            )
            if self._stopping.wait(pause):
                return
            pause = min(pause * 2, LAST_PAUSE)
            started = time.monotonic()
            self._child = self._start()
        self._stop()

    def _stop(self) -> None:
        self._child.terminate()
        try:
            self._child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


def end_with_parent(parent_pid: int, stop: Callable[[], None], interval: float = 1.0) -> None:
    """In a child: call ``stop`` once when the process that started it has gone."""

    def watch() -> None:
        while os.getppid() == parent_pid:
            time.sleep(interval)
        stop()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
