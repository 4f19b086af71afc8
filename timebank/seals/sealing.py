"""Seals as the running product makes them: keys from the instance folder, units of work, demo.

The jobs and the ``seals`` commands call this; what a seal is stands in ``services.ledger``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from sqlalchemy.exc import IntegrityError

from services import sealing
from services.context import Context
from services.ledger.check.verdicts import DEMO
from services.ledger.seals import heads, keys, record_sealer, sealer
from services.ledger.seals.daylist import WITNESSES, read_published
from services.ledger.seals.headers import OUTSIDER
from services.ledger.seals.keyring import KeyRing
from services.ledger.seals.signing import SigningKey
from services.ledger.witness import countersignature, refusals
from services.policy import SYSTEM
from timebank.edge import Timebank
from timebank.seals.keys import (
    drop_key,
    keep_key,
    keep_key_in,
    key_in_force,
    no_key_yet,
    read_key,
)

T = TypeVar("T")

#: Leaves of a block: SQLite has one writer at a time, and it must not wait long for the sealer.
AT_ONCE = {"sqlite": 2_000, "postgresql": sealer.LIMIT}


def perform(held: Timebank, work: Callable[[Context], T]) -> T:
    """One unit of work by the operator's own processes."""
    moment = held.clock()
    return held.uow.run(
        lambda session: work(Context(session=session, actor=SYSTEM, now=moment, vault=held.vault))
    )


def ring_of(held: Timebank) -> KeyRing:
    """The history of the keys."""
    with held.uow.read() as session:
        return keys.key_ring(session)


def operator_key(held: Timebank) -> SigningKey:
    """The operator's private key in force; a first start outside production makes one.

    SealKeyError when its file is missing, damaged or readable by others.
    """
    in_force = ring_of(held).in_force
    if in_force is not None:
        return key_in_force(held.settings.instance, in_force.key_id)
    if held.settings.is_production:
        raise no_key_yet()
    return first_key(held)


def first_key(held: Timebank) -> SigningKey:
    """Make the operator's first key; of two processes at once, both get the same one."""
    key = SigningKey.fresh()
    keep_key(held.settings.instance, key)
    try:
        perform(held, lambda ctx: sealing.begin_keys(ctx, key, held.settings.product_name))
    except (IntegrityError, keys.NotTheKeyInForce):
        drop_key(held.settings.instance, key.key_id)
        in_force = ring_of(held).in_force
        if in_force is None:
            raise
        return key_in_force(held.settings.instance, in_force.key_id)
    return key


def rotate(held: Timebank) -> tuple[SigningKey, str | None]:
    """Put a new key in force; returns it with the id of the old one, whose private half is gone.

    Without any history the first key is made. The new file is on the disk before the history
    names it, so that no crash can leave the history with a key that is nowhere.
    """
    in_force = ring_of(held).in_force
    if in_force is None:
        return first_key(held), None
    instance = held.settings.instance
    old, new = key_in_force(instance, in_force.key_id), SigningKey.fresh()
    keep_key(instance, new)
    try:
        perform(held, lambda ctx: sealing.rotate_key(ctx, old, new, held.settings.product_name))
    except (IntegrityError, keys.NotTheKeyInForce):
        drop_key(instance, new.key_id)
        raise
    drop_key(instance, old.key_id)
    return new, old.key_id


def seal_all(held: Timebank) -> int:
    """Seal everything that has been committed; returns how many transfers and notes.

    Audit records are sealed with them. Reading, hashing and signing happen outside the unit of
    work that writes.
    """
    with held.uow.read() as session:
        waiting = sealer.books_waiting(session)
        recorded = record_sealer.books_waiting(session)
    if not waiting and not recorded:
        return 0
    key = operator_key(held)
    sealed = sum(_seal_book(held, book, key) for book in waiting)
    for book in recorded:
        _seal_records(held, book, key)
    return sealed


def _seal_records(held: Timebank, book: str, key: SigningKey) -> None:
    """The same for a book's audit records; another sealer's block is left alone."""
    limit = AT_ONCE[held.uow.engine.dialect.name]
    while True:
        with held.uow.read() as session:
            prepared = record_sealer.prepare_records(session, book, key, held.clock(), limit)
        if prepared is None:
            return
        try:
            held.uow.run(partial(record_sealer.write_records, prepared=prepared))
        except sealer.SealedMeanwhile:
            return


def _seal_book(held: Timebank, book: str, key: SigningKey) -> int:
    limit = AT_ONCE[held.uow.engine.dialect.name]
    sealed, failed = 0, False
    while True:
        with held.uow.read() as session:
            prepared = sealer.prepare(session, book, key, held.clock(), limit, past_strays=failed)
        if prepared is None:
            return sealed
        try:
            held.uow.run(partial(sealer.write, prepared=prepared))
        except sealer.SealedMeanwhile:
            if failed:
                return sealed  # another sealer goes on; what is left waits for the next run
            failed = True
            continue
        sealed += len(prepared.leaves)


def publish(held: Timebank) -> bool:
    """Seal everything, sign today's list, and let a demo's witnesses sign; False when it is done.

    Sealing first lets the list cover what was posted until now.
    """
    key = operator_key(held)
    witnesses = _demo_witnesses(held, key) if held.settings.is_demo else []
    seal_all(held)
    done = perform(held, lambda ctx: sealing.publish(ctx, key))
    for witness in witnesses:
        _let_sign(held, witness)
    return done


def _demo_witnesses(held: Timebank, key: SigningKey) -> list[SigningKey]:
    """The witnesses of an invented district: their keys lie with the operator, and say so."""
    found = []
    known = ring_of(held)
    for number in range(1, WITNESSES + 1):
        path = held.settings.instance / f"seal-witness-{number}.key"
        witness = read_key(path) if path.exists() else SigningKey.fresh()
        if not path.exists():
            keep_key_in(path, witness)
        if known.key(witness.key_id, OUTSIDER) is None:
            public_key, holder = witness.public_key, f"{DEMO} {number}"
            perform(
                held, partial(sealing.add_witness, key=key, public_key=public_key, holder=holder)
            )
        found.append(witness)
    return found


def _let_sign(held: Timebank, witness: SigningKey) -> None:
    """A demo's witness judges the newest list as a real one does, and signs it or does not."""
    with held.uow.read() as session:
        row = heads.newest_list(session)
        if row is None:
            return
        file = read_published(heads.published(session))
        day, before = row.day, heads.newest_list(session, row.day)
        last = None if before is None else before.content
    if list(refusals(file, last)):
        return
    if file.day_list.ring.key(witness.key_id, OUTSIDER) is None:
        return
    signature = countersignature(file, witness)["signature"]
    act = partial(sealing.countersign, day=day, key_id=witness.key_id, signature=signature)
    perform(held, act)
