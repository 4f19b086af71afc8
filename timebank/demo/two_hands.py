"""Two hands in the invented district: a service entered by hand, one that waits, and reversals."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from uuid import UUID

import sqlalchemy as sa

from models.people import Member
from models.requests import Visit, VisitState
from services.clock import at_local, local_date
from services.entries.proposing import EntryForm, propose_entry
from services.entries.signing import sign_entry
from services.errors import DomainError
from services.evidence import Upload
from services.people.handles import holder
from services.reversing.proposing import propose_reversal
from services.reversing.signing import sign_reversal
from timebank.demo.scene import HOME, Cast, Scene

#: Hours of a day at which somebody might have come unrecorded.
HOURS = (15, 10, 8, 17)
#: Pairs that are tried before the story does without.
TRIES = 40


def stage(scene: Scene, cast: Cast, now: datetime) -> None:
    """Two entries and two reversals: of each one that is done, and one that waits for a name."""
    admin, other = cast.admins
    entry = _enter(scene, cast, now - timedelta(days=2), now - timedelta(hours=20))
    if entry is not None:
        try:
            with scene.attempt():
                sign_entry(scene.actor(admin, now - timedelta(hours=3)), HOME, entry)
        except DomainError:
            # Too little in the pool, say: it goes on waiting like the next one.
            pass
    _enter(scene, cast, now - timedelta(days=3), now - timedelta(hours=2))
    assert cast.auditor is not None
    done = False
    for transfer in _posted(scene):
        try:
            with scene.attempt():
                row = propose_reversal(
                    scene.actor(cast.auditor, now - timedelta(hours=5)),
                    HOME,
                    transfer,
                    "wrong_time",
                    "回访时老人说只来了一小会儿，时间记多了。",
                )
                if done:
                    return
                sign_reversal(scene.actor(admin, now - timedelta(hours=4)), HOME, row)
                sign_reversal(scene.actor(other, now - timedelta(hours=3)), HOME, row)
                done = True
        except DomainError:
            continue


def _enter(scene: Scene, cast: Cast, when: datetime, proposed: datetime) -> UUID | None:
    """A visit of an hour that lost its slip, with a photograph of what is left of it."""
    tries = 0
    for elder, provider in _pairs(scene, cast):
        clerk = cast.staff[cast.branch_of[elder]]
        for hour in HOURS:
            tries += 1
            start = at_local(local_date(when), time(hour, 0))
            form = EntryForm(
                elder_id=elder,
                provider_id=provider,
                service_code="A04",
                starts_at=start,
                ends_at=start + timedelta(minutes=60),
                why="no_slip",
                reason="纸条被雨淋湿了，只剩签名能看清；打电话问过老人，说来过一个小时。",
            )
            try:
                with scene.attempt():
                    return propose_entry(
                        scene.actor(clerk, proposed),
                        HOME,
                        form,
                        (Upload("slip.png", picture()),),
                    )
            except DomainError:
                continue
        if tries >= TRIES:
            return None
    return None


def _pairs(scene: Scene, cast: Cast) -> Iterator[tuple[UUID, UUID]]:
    """Elders and volunteers of one branch who stand behind no printed login."""
    named = {holder(scene.session, "login", each) for each in ("elder", "elder2", "volunteer")}
    for elder in cast.elders:
        branch = cast.branch_of.get(elder.id)
        for volunteer in cast.volunteers:
            same = branch is not None and cast.branch_of.get(volunteer.id) == branch
            if same and not {elder.id, volunteer.id} & named and elder.id != volunteer.id:
                yield elder.id, volunteer.id


def _posted(scene: Scene) -> list[UUID]:
    """Payments of services, the newest first, of nobody behind a printed login."""
    named = [
        holder(scene.session, "login", each)
        for each in ("elder", "elder2", "volunteer", "volunteer2")
    ]
    rows = scene.session.scalars(
        sa.select(Visit.transfer_id)
        .join(Member, Member.id == Visit.provider_id)
        .where(Visit.book == HOME, Visit.provider_book == HOME)
        .where(Visit.state == VisitState.CREDITED, Visit.transfer_id.is_not(None))
        .where(Visit.manual_entry_id.is_(None), Visit.reversed_at.is_(None))
        .where(Visit.provider_id.not_in(named), Visit.elder_id.not_in(named))
        .order_by(Visit.starts_at.desc(), Visit.booked_minutes, Member.name)
        .limit(10)
    )
    return [each for each in rows if each is not None]


def picture(width: int = 240, height: int = 120) -> bytes:
    """A photograph, as it were: a grey slip with dark lines on it."""
    rows = bytearray()
    for y in range(height):
        is_ink = y % 24 in (10, 11)
        rows.append(0)
        rows.extend(60 if is_ink and 20 < x < width - 40 else 225 for x in range(width))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
