"""The product as it runs: a WSGI server on this machine and the job process as its child."""

from __future__ import annotations

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
from typing import NoReturn

import click
from flask import Flask
from waitress import create_server

from timebank.settings import Settings

HOST = "127.0.0.1"
THREADS = 8
#: Seconds between starts of a child that keeps ending: doubled each time, up to the last.
FIRST_PAUSE, LAST_PAUSE = 1.0, 60.0
#: A child that ran this many seconds was healthy: the next pause is short again.
HEALTHY = 60.0
#: Seconds that a child may take to finish what it is doing.
PATIENCE = 10.0


def claim_port(port: int) -> socket.socket:
    """Take the port on this machine before any other work is done.

    Raises a :class:`click.ClickException` with one sentence when it is taken or not allowed.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Connections of a server that has just stopped may linger; they do not hold the port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
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

    ``prepare`` runs meanwhile, so that nobody's first look waits for it.
    """
    server = create_server(
        app,
        sockets=[listener],
        threads=THREADS,
        ident=None,
        # What a proxy says of the visitor is removed here unless the settings trust one.
        clear_untrusted_proxy_headers=settings.trusted_proxies == 0,
    )
    with ending_by_signal(), Companion(jobs_command(), settings.root):
        if prepare is not None:
            threading.Thread(target=prepare, name="prepare", daemon=True).start()
        server.run()


@contextmanager
def ending_by_signal() -> Iterator[None]:
    """Turn a request to stop into an orderly exit, so that everything opened is closed."""

    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(0)

    wanted = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in wanted}
    try:
        yield
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
