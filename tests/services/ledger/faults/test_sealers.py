"""Sealers that are killed and begin again, two at a time, while writers write."""

from __future__ import annotations

import contextlib
import os
import time
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from models.ledger import Transfer
from models.seals import Block, BlockLeaf, Unsealed
from services.ledger.seals import sealer
from tests.services.ledger.faults.acts import endow
from tests.services.ledger.faults.writers import PROCESSES, Writers, wait_until
from tests.services.ledger.kit import BOOK, NOW, Ledger
from tests.services.ledger.seal_kit import OPERATOR, Sealed
from timebank.uow import UnitOfWork, make_engine

SEALERS, KILLS = 2, 4
#: Leaves of one block at most: so few that there are many blocks.
LIMIT = 5


def seal(url: str, log: str) -> None:
    """Seal for as long as the process lives; a byte in the log for every block of its own."""
    uow = UnitOfWork(make_engine(url))
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    while True:
        try:
            with uow.read() as session:
                prepared = sealer.prepare(session, BOOK, OPERATOR, NOW, LIMIT)
            if prepared is None:
                time.sleep(0.005)
                continue
            uow.run(partial(sealer.write, prepared=prepared))
            os.write(handle, b".")
        except (sealer.SealedMeanwhile, DBAPIError):
            # The other one was first, or the database was busy: begin anew.
            continue


def test_killed_sealers_miss_nothing_and_seal_nothing_twice(ledger: Ledger, tmp_path: Path) -> None:
    sealed, random = Sealed(ledger, tmp_path), Random(1)
    endow(ledger)
    log = tmp_path / "sealers.log"
    log.touch()

    def start() -> BaseProcess:
        process = PROCESSES.Process(target=seal, args=(ledger.url, str(log)), daemon=True)
        process.start()
        return process

    with Writers(ledger.url, tmp_path, 2) as writers, contextlib.ExitStack() as ends:
        sealers = [start() for _ in range(SEALERS)]
        for process in sealers:
            ends.callback(process.kill)
        for _ in range(KILLS):
            goal = log.stat().st_size + random.randint(1, 4)
            wait_until(lambda goal=goal: log.stat().st_size >= goal)
            victim = sealers.pop(random.randrange(SEALERS))
            assert victim.exitcode is None
            victim.kill()
            victim.join()
            sealers.append(start())
            ends.callback(sealers[-1].kill)
        writers.wait_for(2)
        for process in sealers:
            process.kill()
            process.join()
    acknowledged = log.stat().st_size
    assert acknowledged <= ledger.count(Block) <= acknowledged + KILLS + SEALERS
    while sealed.seal():
        pass
    assert ledger.count(Unsealed) == 0
    with ledger.read() as session:
        leaves = sa.select(BlockLeaf.position, BlockLeaf.transfer_id).where(BlockLeaf.book == BOOK)
        positions, transfers = zip(*session.execute(leaves), strict=True)
        posted = session.scalars(sa.select(Transfer.id).where(Transfer.book == BOOK)).all()
    assert sorted(positions) == list(range(len(posted)))
    assert sorted(transfers) == sorted(posted)
    assert sealed.breaches() == []
