"""Why a row does not come in: each reason, and what each class of evidence asks for."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from models.imports import Import
from models.people import Member, MemberStatus
from services.errors import Forbidden, NotFound
from services.imports import errors, publishing
from services.imports.evidence import drawn
from services.imports.reports import one_import, page_of_rows, report, sample_rows
from services.imports.sentences import OF_ROWS, sentence_of
from tests import factories
from tests.factories import LONGWAN, VAULT, WUMA
from tests.services.imports.conftest import Bridge, identity, line, listed, people

CERTIFICATE = {"kind": "certificate", "document": "认证 12 号", "authority": "样例民政局"}
MOVES = "时间,付出编号,收入编号,数目,说明"


def member_line(bridge: Bridge, key: str, member_id: object, **said: object) -> str:
    member = bridge.member(member_id)  # type: ignore[arg-type]
    number = VAULT.open("member.id_number", member.id_number_sealed)
    return line(key, str(said.pop("name", member.name)), number, **said)


def test_every_row_has_its_reason(bridge: Bridge) -> None:
    street = bridge.street
    other = street.uow.run(
        lambda session: factories.create_volunteer(
            session, branch_id=factories.create_branch(session, WUMA)
        )
    )
    number, elder = bridge.member(street.volunteer).number, bridge.member(street.elder)
    twice = identity()
    content = listed(
        line("1", "林立春", ""),
        line("2", "林立春", twice),
        line("3", "林立春", twice),
        member_line(bridge, "4", street.volunteer, name="王小满"),
        member_line(bridge, "5", other),
        member_line(bridge, "6", street.admins[0]),
        line("7", "黄谷雨", identity(date(2020, 1, 5))),
        line("8", "黄谷雨", identity(), earned=-60),
        line("9", "黄谷雨", identity(), earned=90_001),
        line("10", "黄谷雨", identity(), number=number),
        line("11", "黄谷雨", "123"),
        line("12", elder.name, "", number=elder.number),
    )
    import_id = bridge.propose(content)
    assert [code for _, code, _ in bridge.fates(import_id)] == [
        "identity_missing",
        "new",
        "identity_twice",
        "name_differs",
        "lives_elsewhere",
        "own_row",
        "below_age",
        "negative_balance",
        "above_storage",
        "number_differs",
        "id_number_shape",
        "known",
    ]
    assert bridge.row(import_id).refused == 10
    # A telephone is a hint for whoever reads, never an identity.
    known = bridge.member(street.volunteer)
    phone = VAULT.open_or_none("member.phone", known.phone_sealed)
    hinted = bridge.propose(listed(line("1", "林立春", identity(), phone=phone)))
    assert bridge.rows(hinted)[0].params == {"phone_known": True}


def test_whoever_has_left_brings_nothing(bridge: Bridge) -> None:
    def close(session: Session) -> None:
        session.get_one(Member, bridge.street.volunteer).status = MemberStatus.CLOSED

    bridge.street.uow.run(close)
    import_id = bridge.propose(listed(member_line(bridge, "1", bridge.street.volunteer)))
    assert bridge.fates(import_id) == [("refused", "has_left", 0)]


def test_two_witnesses_take_over_two_hundred_coins(bridge: Bridge) -> None:
    content = listed(
        line("1", "林立春", identity(), earned=15_000, witnesses=("王小满", "陈白露")),
        line("2", "黄谷雨", identity(), witnesses=("王小满", "")),
        line("3", "黄谷雨", identity(), witnesses=("王小满", "黄谷雨")),
        line("4", "黄谷雨", identity(), witnesses=("王小满", "王小满")),
        line("5", "叶秋白", identity(), earned=0, received=90, witnesses=("王小满", "陈白露")),
    )
    import_id = bridge.done(content, evidence_class="B", evidence={})
    assert bridge.fates(import_id) == [
        ("posted", "new", 12_000),
        ("refused", "witnesses_missing", 0),
        ("refused", "witnesses_missing", 0),
        ("refused", "witnesses_missing", 0),
        ("posted", "new", 90),
    ]
    assert bridge.member(bridge.rows(import_id)[0].member_id).served_minutes == 0
    assert bridge.breaches() == []


def test_a_claim_brings_the_membership_only(bridge: Bridge) -> None:
    import_id = bridge.done(people(1, earned=600), evidence_class="C", evidence={})
    assert bridge.fates(import_id) == [("posted", "new", 0)]
    assert bridge.holdings(bridge.rows(import_id)[0].member_id) == {}


def moves(*rows: str) -> bytes:
    return "\n".join([MOVES, *rows, ""]).encode()


def test_transfers_have_to_come_to_the_balances(bridge: Bridge) -> None:
    members = people(2, earned=90)
    transfers = moves(",,K1,120,", ",K1,K2,30,", ",,K2,50,")
    import_id = bridge.propose(members, transfers)
    assert bridge.fates(import_id) == [("waiting", "new", 90), ("refused", "transfers_differ", 0)]
    assert bridge.rows(import_id)[1].params == {"counted_minutes": 80}
    with pytest.raises(errors.AccountUnknownThere):
        bridge.propose(members, moves(",,K9,120,"))
    assert bridge.count(Import) == 1


def answers(lines: list[int], *said: str) -> bytes:
    rows = [f"{each},{word}" for each, word in zip(lines, said, strict=True)]
    return "\n".join(["line,confirmed", *rows, ""]).encode()


def test_a_certified_database_asks_members_before_it_is_published(bridge: Bridge) -> None:
    members = people(25, earned=60)
    transfers = moves(*(f",,K{turn},60," for turn in range(1, 26)))
    with pytest.raises(errors.TransfersNeeded):
        bridge.propose(members, evidence=CERTIFICATE)
    import_id = bridge.propose(members, transfers, evidence=CERTIFICATE)
    sample = bridge.row(import_id).evidence["sample"]
    lines = sample["lines"]
    # Five percent, rounded up; whoever draws again gets the same ones.
    assert len(lines) == 2
    assert lines == drawn(sample["seed"], range(1, 26), 2)
    with pytest.raises(errors.SampleOpen):
        bridge.publish(import_id)

    def confirm(content: bytes, who: object = bridge.street.admins[0]) -> int:
        return bridge.street.act(
            who,  # type: ignore[arg-type]
            lambda ctx: publishing.confirm_sample(ctx, LONGWAN, import_id, content),
        )

    with pytest.raises(errors.SampleDiffers):
        confirm(answers(lines[:1], "yes"))
    with pytest.raises(errors.SampleDiffers):
        confirm(answers(lines, "yes", "maybe"))
    with pytest.raises(errors.SampleDenied):
        confirm(answers(lines, "yes", "no"))
    with pytest.raises(Forbidden):
        confirm(answers(lines, "yes", "yes"), bridge.street.staff)
    assert confirm(answers(lines, "yes", "是")) == 2
    bridge.publish(import_id)
    named = bridge.street.act(
        bridge.street.admins[0], lambda ctx: list(sample_rows(ctx, LONGWAN, import_id))
    )
    assert [each.line for each in named] == lines


def test_what_is_said_of_an_import_is_checked(bridge: Bridge) -> None:
    members = people(1)
    for said, refusal in (
        ({"layout": "paper"}, errors.LayoutUnknown),
        ({"source": " "}, errors.SourceNeeded),
        ({"evidence_class": "Z"}, errors.ClassUnknown),
        ({"evidence": {}}, errors.EvidenceNeeded),
        ({"evidence": {"kind": "certificate", "document": "1"}}, errors.EvidenceNeeded),
        ({"mapping": {"columns": {}, "unit": "minutes"}}, errors.FieldMissing),
    ):
        with pytest.raises(refusal):
            bridge.propose(members, **said)
    with pytest.raises(errors.RowsBad) as told:
        bridge.propose(members + ("K7,林立春\n" + line("", "林立春", identity()) + "\n").encode())
    assert [number for number, _ in told.value.lines] == [2, 3]
    branch = bridge.street.uow.run(lambda session: factories.create_branch(session, WUMA))
    with pytest.raises(NotFound):
        bridge.propose(members, branch_id=branch)
    with pytest.raises(Forbidden):
        bridge.propose(members, who=bridge.street.volunteer)
    assert bridge.count(Import) == 0


def test_who_reads_what(bridge: Bridge) -> None:
    import_id = bridge.propose(listed(line("1", "林立春", identity()), line("2", "林", "")))
    street = bridge.street
    auditor = street.uow.run(factories.create_auditor)

    def names(who: object) -> list[str]:
        return street.act(
            who,  # type: ignore[arg-type]
            lambda ctx: [row.name for row in report(ctx, LONGWAN, import_id)],
        )

    assert names(street.admins[0]) == ["林", "林立春"]
    assert names(auditor) == ["林*", "林**"]
    with pytest.raises(Forbidden):
        names(street.volunteer)
    refused = street.act(
        auditor, lambda ctx: page_of_rows(ctx, LONGWAN, import_id, "refused", page=1, size=10)
    )
    assert (refused.total, refused.items[0].sentence) == (1, sentence_of("name_wrong"))
    with pytest.raises(errors.ImportUnknown):
        street.act(auditor, lambda ctx: one_import(ctx, LONGWAN, uuid4()))


def test_every_code_of_a_row_has_its_sentence() -> None:
    assert all(code == kind.code for code, kind in OF_ROWS.items())
