"""Logs: one event a line on stderr, in fields that are chosen, never about a person.

In production a line is JSON, elsewhere plain text. Only what :data:`FIELDS` names can be said of
an event, an error is its kind and the lines of code that led there, and of what libraries say the
words stay and the values go: their messages may hold addresses, parameters and rows.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from timebank.faults import where
from timebank.settings import Settings

#: All that a line may say beside its moment, its level, its logger and its event.
FIELDS = frozenset(
    "request run method route endpoint act role status duration_ms job outcome attempt task kind"
    " fence count book code breaches checked revision seconds signal reason".split()
)
#: Loggers whose messages we wrote ourselves: no value of a person is in any of them.
OWN = ("timebank.", "services.", "migrations.")
#: Characters of a line's text; what is longer is cut.
MOST = 400
#: What a library's message may still say.
_WORD = re.compile(r"[A-Za-z0-9_.<>-]{1,40}")
_VALUE = re.compile(r"[^\x20-\x7e]")

#: What every line of this request or run carries.
_BOUND: ContextVar[dict[str, str] | None] = ContextVar("timebank_log_fields", default=None)


def say(log: logging.Logger, event: str, level: int = logging.INFO, **fields: Any) -> None:
    """Log an event with its fields. ValueError for a field that is not on the list."""
    unknown = fields.keys() - FIELDS
    if unknown:
        raise ValueError(f"no such field of a log line: {', '.join(sorted(unknown))}")
    log.log(level, event, extra={"fields": fields})


@contextmanager
def bound(**fields: str) -> Iterator[None]:
    """Every line that is logged inside carries these fields too."""
    token = _BOUND.set({**(_BOUND.get() or {}), **fields})
    try:
        yield
    finally:
        _BOUND.reset(token)


def content(record: logging.LogRecord) -> dict[str, Any]:
    """What a line says: plain values under chosen names."""
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    found: dict[str, Any] = {
        "at": at.replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": _event(record)[:MOST],
    }
    found |= _BOUND.get() or {}
    found |= {name: _plain(value) for name, value in getattr(record, "fields", {}).items()}
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        found["error"] = where(error)[:2000]
    return found


class JsonLines(logging.Formatter):
    """One JSON object a line; whatever a text holds, it stays one line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(content(record), ensure_ascii=True, separators=(", ", ": "))


class PlainLines(logging.Formatter):
    """The same for eyes. A traceback follows: outside production everything is invented."""

    def format(self, record: logging.LogRecord) -> str:
        said = content(record)
        head = f"{said.pop('at')} {said.pop('level'):8} {said.pop('logger')}: {said.pop('event')}"
        line = _one_line(" ".join([head, *(f"{name}={value}" for name, value in said.items())]))
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def configure(settings: Settings) -> None:
    """Send this process's log to stderr; called where a process begins (``app.py``)."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if settings.is_production else PlainLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    level = logging.getLevelNamesMapping()[settings.log_level]
    # Somebody who tries the demo reads logins on the console, not requests.
    root.setLevel(max(level, logging.WARNING) if settings.is_demo else level)
    # The scheduler names every turn that it takes, several a second; migrations have a command.
    for name in ("apscheduler", "alembic"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    if settings.is_production:
        sys.excepthook = _uncaught
        threading.excepthook = lambda args: _uncaught(
            args.exc_type, args.exc_value, args.exc_traceback
        )


def _uncaught(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    """What ends a process or a thread is a line like any other: its text may be about people."""
    if error is None or issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    logging.getLogger(__name__).critical("uncaught", exc_info=(kind, error, trace))


def _event(record: logging.LogRecord) -> str:
    if record.name.startswith(OWN):
        return record.getMessage()
    template = str(record.msg)
    if not record.args:
        # Whether a library has put values in already cannot be seen.
        return template if _WORD.fullmatch(template) else "(words withheld)"
    try:
        return str(template % _masked(record.args))
    except (TypeError, ValueError, KeyError):
        return "(words withheld)"


def _masked(args: Any) -> Any:
    if isinstance(args, dict):
        return {name: _masked_one(value) for name, value in args.items()}
    return tuple(_masked_one(value) for value in args)


def _masked_one(value: Any) -> Any:
    """Counts and seconds stay; everything else may be about somebody."""
    return value if isinstance(value, int | float) and abs(value) < 10**6 else _Hidden()


class _Hidden:
    """Stands for a value, however it is to be written."""

    def __str__(self) -> str:
        return "…"

    __repr__ = __str__

    def __int__(self) -> int:
        raise TypeError

    __float__ = __index__ = __int__


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    return str(value)[:MOST]


def _one_line(text: str) -> str:
    return _VALUE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
