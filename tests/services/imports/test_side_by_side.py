"""Both systems run beside each other and are compared; and a region leaves with everything."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest

from models.imports import ImportComparison
from models.oversight import AuditRecord, OutboxMessage
from services.clock import local_date
from services.context import Context
from services.errors import Forbidden
from services.imports import comparing, errors, leaving, signing
from services.imports.files import headings_of
from services.imports.layouts import MEMBERS, TIMEOVERFLOW, TRANSFERS, layout
from services.imports.mapping import default_mapping
from services.imports.reading import people_in
from services.imports.transfers import totals
from services.ledger.streams import snapshot
from services.outbox import params_of
from services.people.actors import actor_for
from services.people.second_factor import ActCodeEnded, ActCodeWrong
from services.policy import SYSTEM
from tests.databases import Databases
from tests.factories import LONGWAN, VAULT
from tests.services.conftest import settled_world
from tests.services.imports.conftest import AFTER, Bridge, identity, line, listed
from tests.services.imports.test_bringing import spend
from tests.services.visits.conftest import Street
from timebank.uow import UnitOfWork, make_engine


def test_the_differences_of_a_day_are_kept(bridge: Bridge) -> None:
    street, ids = bridge.street, [identity() for _ in range(4)]
    rows = [line(f"K{turn}", "林立春", each, earned=60) for turn, each in enumerate(ids[:3])]
    import_id = bridge.done(listed(*rows))
    spend(bridge, bridge.rows(import_id)[1].member_id, 20)
    theirs = listed(rows[0], rows[1], line("K9", "黄谷雨", ids[3], earned=30))

    def compare(now: object = AFTER, who: object = street.admins[0]) -> object:
        return street.act(
            who,  # type: ignore[arg-type]
            lambda ctx: comparing.compare(ctx, LONGWAN, import_id, theirs),
            now=now,  # type: ignore[arg-type]
        )

    compare()
    with pytest.raises(errors.ComparedToday):
        compare()
    with pytest.raises(Forbidden):
        compare(who=street.volunteer)
    compare(AFTER + timedelta(days=1))
    found = street.act(street.admins[0], lambda ctx: comparing.comparisons(ctx, LONGWAN, import_id))
    assert len(found) == bridge.count(ImportComparison) == 2
    newest = found[0]
    assert (newest.rows, newest.equal, newest.differing) == (3, 1, 1)
    assert (newest.missing_here, newest.missing_there) == (1, 1)
    assert [(each.old_key, each.what) for each in newest.differences] == [
        ("K1", comparing.DIFFERS),
        ("K9", comparing.HERE),
        ("K2", comparing.THERE),
    ]
    assert newest.differences[0].theirs_minutes == 60
    assert newest.differences[0].ours_minutes == 40


def test_administrators_are_reminded_once_a_day_while_both_run(bridge: Bridge) -> None:
    street = bridge.street
    content = listed(line("1", "林立春", identity()))
    import_id = bridge.done(content, both_run=True)
    told = OutboxMessage.sentence == comparing.REMIND

    def remind(now: object = AFTER) -> list[bool]:
        due = street.act(SYSTEM, comparing.uncompared, now=now)  # type: ignore[arg-type]
        return [
            street.act(
                SYSTEM,
                lambda ctx, one=one: comparing.remind(ctx, *one),
                now=now,  # type: ignore[arg-type]
            )
            for one in due
        ]

    assert remind() == [True]
    assert remind() == [False]
    assert bridge.count(OutboxMessage, told) == 2
    later = AFTER + timedelta(days=1)
    assert remind(later) == [True]
    street.act(
        street.admins[0],
        lambda ctx: comparing.compare(ctx, LONGWAN, import_id, content),
        now=later,
    )
    assert remind(later) == []
    street.act(
        street.admins[0],
        lambda ctx: signing.set_both_run(ctx, LONGWAN, import_id, both_run=False),
        now=later,
    )
    assert remind(later + timedelta(days=1)) == []


def packed(bridge: Bridge) -> zipfile.ZipFile:
    """The region's archive, by the code that came to the administrator's telephone."""
    street, who = bridge.street, bridge.street.admins[0]
    street.act(who, lambda ctx: leaving.send_code(ctx, LONGWAN), now=AFTER)
    with pytest.raises(ActCodeWrong):
        street.act(who, lambda ctx: leaving.leave(ctx, LONGWAN, "12"), now=AFTER)
    code = street.look(
        lambda session: next(
            params_of(each, VAULT)["code"]
            for each in session.query(OutboxMessage).filter(
                OutboxMessage.sentence == leaving.CODE, OutboxMessage.channel == "sms"
            )
        )
    )
    street.act(who, lambda ctx: leaving.leave(ctx, LONGWAN, code), now=AFTER)
    with pytest.raises(ActCodeEnded):
        street.act(who, lambda ctx: leaving.leave(ctx, LONGWAN, code), now=AFTER)
    with street.uow.read() as session:
        snapshot(session)
        ctx = Context(session, actor_for(session, who, AFTER), AFTER, VAULT)
        return zipfile.ZipFile(io.BytesIO(b"".join(leaving.archive(ctx, LONGWAN))))


def brought(bridge: Bridge) -> None:
    rows = [
        line("1", "林立春", identity(), earned=600, received=60, actual=90, phone="13911115555"),
        line("2", "黄谷雨", identity(), earned=50),
    ]
    spend(bridge, bridge.rows(bridge.done(listed(*rows)))[0].member_id, 7)


def test_a_region_leaves_with_everything(bridge: Bridge) -> None:
    brought(bridge)
    with packed(bridge) as found:
        assert found.testzip() is None
        manifest = json.loads(found.read(leaving.MANIFEST))
        for name, told in manifest["files"].items():
            body = found.read(name)
            assert hashlib.sha256(body).hexdigest() == told["sha256"]
            assert len(list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))) == told["rows"] + 1
        today = local_date(AFTER)
        own, theirs = found.read(leaving.OWN_MEMBERS), found.read(leaving.TO_MEMBERS)
        columns = default_mapping(layout("template"), MEMBERS, headings_of(own))
        people = {each.key: each for each in people_in(own, columns, today)}
        columns = default_mapping(layout(TIMEOVERFLOW), MEMBERS, headings_of(theirs))
        abroad = {each.key: each for each in people_in(theirs, columns, today)}
        assert [each.wrong for each in (*people.values(), *abroad.values())] == [None] * 14
        balances = {key: each.claimed_minutes for key, each in people.items()}
        assert sorted(balances.values()) == [0, 0, 0, 0, 0, 50, 653]
        assert balances == {key: each.claimed_minutes for key, each in abroad.items()}
        # Every transfer comes to the balances, in both formats.
        for name, known in (
            (leaving.OWN_TRANSFERS, "template"),
            (leaving.TO_TRANSFERS, TIMEOVERFLOW),
        ):
            body = found.read(name)
            columns = default_mapping(layout(known), TRANSFERS, headings_of(body))
            counted = totals(body, columns, known)
            assert counted == {key: minutes for key, minutes in balances.items() if minutes}
    assert bridge.count(AuditRecord, AuditRecord.act == leaving.ACT) == 1
    with pytest.raises(Forbidden):
        bridge.street.act(bridge.street.staff, lambda ctx: leaving.send_code(ctx, LONGWAN))


def test_what_a_region_takes_along_comes_in_elsewhere(bridge: Bridge, databases: Databases) -> None:
    """The archive of one installation is what another one reads."""
    brought(bridge)
    with packed(bridge) as found:
        members, transfers = found.read(leaving.OWN_MEMBERS), found.read(leaving.OWN_TRANSFERS)
    url = databases.fresh("sqlite", settled_world)
    engine = make_engine(url)
    street = Street(UnitOfWork(engine))
    street.uow.run(street.settle)
    there = Bridge(url, street)
    import_id = there.done(members, transfers, source="样例地区")
    assert [state for state, _, _ in there.fates(import_id)] == ["posted"] * 7
    rows = {row.claimed_minutes: row for row in there.rows(import_id)}
    assert there.holdings(rows[653].member_id) == {"earned": 593, "received": 60}
    assert there.member(rows[653].member_id).served_minutes == 90
    assert there.breaches() == []
    engine.dispose()
    databases.discard(url)
