"""Sealing in tests: a key, a run of the sealer, a published file, a check as a stranger runs it."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from services.ledger.check.command import main
from services.ledger.seals import heads, keys, proofs, sealer
from services.ledger.seals.daylist import loads, read_published
from services.ledger.seals.signing import SigningKey
from services.ledger.streams import snapshot
from services.ledger.verify.seals import check_lists, check_seals
from services.ledger.verify.whole import Tally
from services.ledger.witness import countersignature
from tests.services.ledger.kit import BOOK, ISSUE, NOW, POOL, Ledger

OPERATOR = SigningKey(bytes(31) + b"\1")
SECOND = SigningKey(bytes(31) + b"\2")
WITNESSES = [SigningKey(bytes(31) + bytes([number])) for number in (11, 12)]
DAY = date(2026, 3, 10)


class Sealed:
    """A ledger whose keys are known."""

    def __init__(self, ledger: Ledger, folder: Path) -> None:
        self.ledger, self.folder, self.key = ledger, folder, OPERATOR
        ledger.run(lambda session: keys.introduce_operator(session, OPERATOR, "运营方", NOW))
        for number, witness in enumerate(WITNESSES, 1):
            public, holder = witness.public_key, f"见证人 {number}"
            ledger.run(
                lambda session, public=public, holder=holder: keys.add_witness(
                    session, OPERATOR, public, holder, NOW
                )
            )

    def give(self, count: int, key: str = "g") -> list[UUID]:
        """Transfers of a minute each."""
        return [
            self.ledger.post((ISSUE, -1), (POOL, 1), key=f"{key}:{number}").transfer_id
            for number in range(count)
        ]

    def prepare(self, limit: int = sealer.LIMIT, at: datetime = NOW) -> sealer.Prepared | None:
        with self.ledger.read() as session:
            return sealer.prepare(session, BOOK, self.key, at, limit)

    def write(self, prepared: sealer.Prepared) -> None:
        self.ledger.run(lambda session: sealer.write(session, prepared))

    def seal(self, limit: int = sealer.LIMIT, at: datetime = NOW) -> int:
        """One block; how many leaves."""
        prepared = self.prepare(limit, at)
        if prepared is None:
            return 0
        self.write(prepared)
        return len(prepared.leaves)

    def rotate(self, new: SigningKey = SECOND, at: datetime = NOW) -> None:
        old = self.key
        self.ledger.run(lambda session: keys.rotate(session, old, new, "运营方", at))
        self.key = new

    def publish(self, days: int = 0, witnesses: int = 2) -> Path:
        """The list of a day, countersigned, as a file."""
        day, at = DAY + timedelta(days=days), NOW + timedelta(days=days)
        assert self.ledger.run(lambda session: heads.publish(session, self.key, day, at))
        for witness in WITNESSES[:witnesses]:
            signed = countersignature(read_published(self.published(day)), witness)
            self.ledger.run(
                lambda session, signed=signed: heads.countersign(
                    session, day, signed["key_id"], signed["signature"], at
                )
            )
        return self.file(f"heads-{day}.json", self.published(day))

    def published(self, day: date, since: date | None = None) -> dict[str, Any]:
        with self.ledger.read() as session:
            return heads.published(session, day, since)

    def receipt(self, transfer_id: UUID, name: str = "receipt.json") -> Path:
        with self.ledger.read() as session:
            return self.file(name, proofs.receipt(session, BOOK, transfer_id))

    def file(self, name: str, content: Any) -> Path:
        path = self.folder / name
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
        return path

    def breaches(self) -> list[str]:
        """Codes that a whole check of the seals names, each once."""
        with self.ledger.read() as session:
            snapshot(session)
            found = [*check_seals(session, BOOK, Tally()), *check_lists(session, Tally())]
            return sorted({breach.code for breach in found})


def check(*files: Path, options: tuple[str, ...] = ()) -> tuple[int, str]:
    """The checker's exit code and what it said."""
    said: list[str] = []
    code = main([*options, *map(str, files)], said.append)
    return code, "\n".join(said)


def loaded(path: Path) -> Any:
    """A file's JSON, to be tampered with."""
    return loads(path.read_text(encoding="utf-8"))
