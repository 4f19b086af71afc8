"""Pages and acts through the real server, over a small ledger and over a large one.

Both servers run at the same time and are asked in turns, so that a slow minute of the machine
hits both alike. Times are those of locust, from the first byte sent to the last byte read.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

from timebank.bench.web_app import BARE, empty_path
from timebank.bench.web_world import Place
from timebank.demo.founding import PASSWORD

LOAD = Path(__file__).with_name("web_load.py")
APP = "timebank.bench.web_app"
#: One elder, one volunteer, one at the counter, one auditor; so long does each of them think.
USERS, THINKS_S = 4, 0.2
TURNS, WARM_S, STARTS_S = 3, 12.0, 120.0
#: What a page of an elder or a volunteer may take, to the empty page of the same server; and how
#: much longer it may take over the large ledger.
MOST_TIMES, MOST_GROWTH = 3.0, 1.10
#: Logins whose pages the goal is about.
AUDIENCES = ("elder", "volunteer")


@dataclass(slots=True)
class Times:
    """What one kind of answer took, in milliseconds, and how often it was wrong."""

    took: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def at(self, percent: int) -> float:
        """The time within which so many percent were answered (nearest rank)."""
        ordered = sorted(self.took)
        return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)] if ordered else 0.0


class Found:
    """All answers of one server, by page or act."""

    def __init__(self) -> None:
        self.by_name: defaultdict[str, Times] = defaultdict(Times)
        self.seconds = 0.0

    def add(self, seen: Sequence[tuple[str, float, str]], seconds: float) -> None:
        """What a turn of so many seconds brought."""
        self.seconds += seconds
        for name, took, error in seen:
            self.by_name[name].took.append(took)
            if error:
                self.by_name[name].errors.append(error)

    def of(self, names: Sequence[str]) -> Times:
        """Several pages as one."""
        whole = Times()
        for name in names:
            whole.took += self.by_name[name].took
            whole.errors += self.by_name[name].errors
        return whole

    def pages_of(self, audience: str) -> list[str]:
        """The pages that an audience looked at."""
        return [name for name in self.by_name if name.startswith(f"{audience} /")]

    @property
    def a_second(self) -> float:
        """Answers a second while it was asked."""
        return sum(len(times.took) for times in self.by_name.values()) / (self.seconds or 1)

    def times_empty(self, name: str, percent: int = 95) -> float | None:
        """A page's time as a multiple of its audience's empty page; None where there is none."""
        audience = name.split(" ", maxsplit=1)[0]
        empty = self.by_name.get(empty_path(audience))
        if empty is None or not empty.took or not name.startswith(f"{audience} /"):
            return None
        return self.by_name[name].at(percent) / empty.at(percent)


@dataclass(frozen=True, slots=True)
class Judged:
    """An audience's pages together, against the goal."""

    audience: str
    small_times: float
    large_times: float
    growth: float

    @property
    def holds(self) -> bool:
        """Whether the goal is reached."""
        times = max(self.small_times, self.large_times)
        return 0 < times <= MOST_TIMES and 0 < self.growth <= MOST_GROWTH


def judge(small: Found, large: Found) -> list[Judged]:
    """Elders' and volunteers' pages: p95 to the empty page, and large to small."""
    judged = []
    for audience in AUDIENCES:
        on_small, on_large = (each.of(each.pages_of(audience)).at(95) for each in (small, large))
        empties = (each.by_name[empty_path(audience)].at(95) for each in (small, large))
        empty_small, empty_large = empties
        judged.append(
            Judged(
                audience,
                on_small / empty_small if empty_small else 0.0,
                on_large / empty_large if empty_large else 0.0,
                on_large / on_small if on_small else 0.0,
            )
        )
    return judged


def measure(
    places: Sequence[Place], tokens: Sequence[Mapping[str, str]], seconds: float, turns: int = TURNS
) -> list[Found]:
    """Ask both servers in turns, ``seconds`` each in all; a first turn warms up.

    Raises :class:`RuntimeError` when a server does not start or the load cannot be made.
    """
    found = [Found() for _ in places]
    with serving(places[0]) as one, serving(places[1]) as other:
        both = list(zip((one, other), tokens, found, strict=True))
        for host, given, _ in both:
            load(host, given, WARM_S)
        for turn in range(turns):
            # The order is reversed every time, so that none always comes after the other.
            for host, given, results in both if turn % 2 else reversed(both):
                results.add(load(host, given, seconds / turns), seconds / turns)
    return found


@contextmanager
def serving(place: Place) -> Iterator[str]:
    """The product's own serve command as a process; its address."""
    port = _free_port()
    server = subprocess.Popen(
        place.flask(APP, "serve"),
        cwd=place.root,
        env={**place.environment, "PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    host = f"http://127.0.0.1:{port}"
    try:
        _wait_for(server, f"{host}{BARE}")
        yield host
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(server: subprocess.Popen[bytes], address: str) -> None:
    end = time.monotonic() + STARTS_S
    while server.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own server
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError("the server did not start")


def load(host: str, tokens: Mapping[str, str], seconds: float) -> list[tuple[str, float, str]]:
    """Let locust's people at a server; name, milliseconds and fault of every answer."""
    with tempfile.TemporaryDirectory(prefix="timebank-bench-") as folder:
        output = Path(folder) / "seen.json"
        given = {
            "BENCH_PASSWORD": PASSWORD,
            "BENCH_TOKENS": json.dumps(dict(tokens)),
            "BENCH_THINKS": str(THINKS_S),
            "BENCH_OUTPUT": str(output),
        }
        words = ["--headless", "--users", str(USERS), "--spawn-rate", str(USERS), "--host", host]
        words += ["--run-time", f"{ceil(seconds)}s", "--stop-timeout", "10", "--only-summary"]
        ran = subprocess.run(
            [sys.executable, "-m", "locust", "-f", str(LOAD), *words],
            env={**os.environ, **given},
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
        )
        if not output.exists():
            raise RuntimeError(f"locust failed: {ran.stderr.strip()[-400:]}")
        return [tuple(row) for row in json.loads(output.read_text(encoding="utf-8"))]
