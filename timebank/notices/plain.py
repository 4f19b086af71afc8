"""Carriers that need no server: the console, and the spool file of a production without one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from services.notices.sending import SENT, Outcome, Outgoing
from timebank.notices.wording import Wording


class Console:
    """What a telephone or a mailbox would have received; one-time codes among it."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def send(self, chunk: Sequence[Outgoing]) -> Iterator[tuple[Outgoing, Outcome]]:
        """Print each."""
        for going in chunk:
            click.echo(f"[{going.channel}] {self._wording.sentence(going)}")
            yield going, SENT


class Spool:
    """A line of JSON for each notice, for a gateway that fetches them; readable to its owner."""

    def __init__(self, path: Path, wording: Wording) -> None:
        self._path, self._wording = path, wording

    def send(self, chunk: Sequence[Outgoing]) -> Iterator[tuple[Outgoing, Outcome]]:
        """Append each."""
        for going in chunk:
            line = {
                "id": str(going.id),
                "number": going.number,
                "channel": going.channel,
                "text": self._wording.sentence(going),
            }
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
            yield going, SENT
