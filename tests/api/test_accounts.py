"""Accounts that are carried along, through the API: with keys, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.oversight import OutboxMessage
from models.people import MemberStatus
from services.ledger.seals.account_file import read_account
from services.ledger.seals.signing import SigningKey
from services.outbox import opened
from tests import factories
from tests.api.kit import World
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.services.portable.conftest import HERE, THERE, House
from tests.services.portable.test_portable import born_on, id_number_of, one_who_leaves
from tests.services.visits.conftest import street_at
from timebank.seals.keys import drop_key
from timebank.seals.sealing import operator_key, seal_all


@pytest.fixture
def member(world: World) -> UUID:
    """A member with ninety minutes that are sealed."""
    branch = world.branch
    made: UUID = world.given(lambda s: factories.create_member(s, branch_id=branch))
    world.give_coins(made, 90)
    seal_all(world.app.extensions["timebank"])
    return made


@pytest.fixture
def far(databases: Databases) -> Iterator[House]:
    """Another installation, whose files come here."""
    url, engine, street = street_at(databases, "sqlite")
    yield House(street, THERE, url)
    engine.dispose()
    databases.discard(url)


def nation(world: World) -> UUID:
    """A national administrator."""
    made: UUID = world.given(factories.create_national_admin)
    return made


def know(world: World, key: SigningKey = THERE) -> None:
    """Another installation, recorded by the nation."""
    said = {"public_key": key.public_key, "name": "另一个平台", "name_en": "Another"}
    program = world.program(nation(world))
    assert program.done("/installations", said) == {"fingerprint": key.key_id}


def test_a_statement_is_made_once_for_its_key_and_read_byte_for_byte(
    world: World, member: UUID
) -> None:
    program, path = world.program(member), f"/members/{member}/account/statements"
    assert program.post(path, key=None).json["code"] == "key_missing"
    made = program.done(path, key="one")
    assert program.done(path, key="one")["id"] == made["id"]
    assert [each["id"] for each in program.read(path)["items"]] == [made["id"]]
    answer = program.get(f"{path}/{made['id']}")
    assert sha256(answer.data).hexdigest() == made["digest"]
    assert read_account(answer.text).total_minutes == 90
    token = {"Authorization": f"Bearer {program.token}"}
    pdf = program.client.get(f"/api/v1{path}/{made['id']}.pdf?in=en", headers=token)
    assert pdf.mimetype == "application/pdf"
    assert pdf.data.startswith(b"%PDF-")
    staff = world.program(world.staff)
    assert staff.get(f"{path}/{made['id']}").data == answer.data
    assert world.program(world.elder).get(path).status_code == 403
    assert program.get(f"{path}/{UUID(int=1)}").status_code == 404


def test_a_missing_key_is_a_refusal_in_both_languages(world: World, member: UUID) -> None:
    held = world.app.extensions["timebank"]
    drop_key(held.settings.instance, operator_key(held).key_id)
    path = f"/members/{member}/account/statements"
    for language, words in (("zh", "签名用的密钥不在"), ("en", "key that signs it is missing")):
        refused = world.program(member, language=language).post(path)
        assert (refused.status_code, refused.json["code"]) == (409, "no_signing_key")
        assert words in refused.json["detail"]


def test_closing_with_the_code_gives_the_file_at_once(
    world: World, member: UUID, newest_code: Callable[[UUID], str]
) -> None:
    know(world)
    program, path = world.program(member), f"/members/{member}/account/closing"
    [there] = program.read("/installations")["items"]
    assert there["name"] == {"zh": "另一个平台", "en": "Another"}
    body = {"receiver": there["fingerprint"]}
    assert program.post(f"{path}/code", {"receiver": "ab"}).json["code"] == "installation_unknown"
    assert program.post(f"{path}/code", body).status_code == 204
    refused = program.post(path, {**body, "code": "000000"})
    assert refused.json["code"] == "act_code_wrong"
    closed = program.done(path, {**body, "code": newest_code(member)})
    account = read_account(closed["file"])
    assert (account.kind, account.debited_minutes) == ("closing", 90)
    assert closed["statement"]["digest"] == sha256(closed["file"].encode()).hexdigest()
    assert program.post(path, {**body, "code": "000000"}).status_code in (401, 403)
    row = world.given(lambda session: factories.member_row(session, member))
    assert row.status is MemberStatus.CLOSED
    statements = f"/members/{member}/account/statements"
    again = world.program(world.staff).get(f"{statements}/{closed['statement']['id']}")
    assert again.text == closed["file"]


@pytest.fixture
def newest_code(world: World) -> Callable[[UUID], str]:
    """Reads the code that was sent last."""

    def read(member: UUID) -> str:
        def look(session: Session) -> str:
            rows = session.scalars(
                sa.select(OutboxMessage)
                .where(OutboxMessage.book == LONGWAN, OutboxMessage.member_id == member)
                .order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())
            )
            return next(
                code for row in rows if (code := opened(row, factories.VAULT).params.get("code"))
            )

        return str(world.given(look))

    return read


def test_the_counter_closes_by_the_card_and_names_every_reason(world: World, member: UUID) -> None:
    know(world)
    staff, path = world.program(world.staff), f"/members/{member}/account/closing"
    number = world.given(lambda s: factories.VAULT.open("member.id_number", sealed(s, member)))
    body = {"receiver": THERE.key_id, "id_number": number}
    other = world.given(lambda s: factories.VAULT.open("member.id_number", sealed(s, world.elder)))
    assert staff.post(path, {**body, "id_number": other}).json["code"] == "not_the_holder"
    world.open_request()
    hindered = staff.post(f"/members/{world.elder}/account/closing", {**body, "id_number": other})
    assert hindered.json["code"] == "closing_hindered"
    assert [each["code"] for each in hindered.json["reasons"]] == ["requests_open", "coins_held"]
    assert staff.done(path, body, key="k") == staff.done(path, body, key="k")


def sealed(session: Session, member: UUID) -> Any:
    return factories.member_row(session, member).id_number_sealed


def test_installations_are_the_nations(world: World) -> None:
    know(world)
    program = world.program(nation(world))
    said = {"public_key": THERE.public_key, "name": "另一个", "name_en": "Another"}
    assert program.post("/installations", said).json["code"] == "known_already"
    assert world.program(world.staff).post("/installations", said).status_code == 403
    path = f"/installations/{THERE.key_id}"
    assert program.call("DELETE", path).status_code == 204
    gone = program.call("DELETE", path)
    assert (gone.status_code, gone.json["code"]) == (422, "installation_unknown")
    assert program.read("/installations")["items"][0]["removed_at"] is not None


def test_a_closing_statement_is_taken_in(world: World, member: UUID, far: House) -> None:
    """The file comes from an installation that knows this one's key."""
    own = operator_key(world.app.extensions["timebank"])
    far.found(own)
    leaver = one_who_leaves(far)
    number, text = id_number_of(far, leaver), far.text(far.close(leaver, own.key_id))
    admin = world.program(world.given(lambda s: factories.create_region_admin(s, LONGWAN)))
    body = {"file": text, "branch_id": str(world.branch), "id_number": number}
    path = f"/ledger/{LONGWAN}/imports/account"
    assert admin.post(path, body).json["code"] == "issuer_unknown"
    know(world)
    assert admin.post(path, body).json["code"] == "not_a_member_here"
    born = born_on(number)
    world.given(
        lambda s: factories.create_member(s, id_number=number, born_on=born, branch_id=world.branch)
    )
    made = admin.done(path, body, key="k")
    assert admin.done(path, body, key="k") == made
    assert admin.post(path, body).json["code"] == "taken_already"
    assert admin.read(f"/ledger/{LONGWAN}/imports/{made['id']}")["layout"] == "account"


def test_everybody_may_check(world: World, member: UUID) -> None:
    program = world.program(member)
    path = f"/members/{member}/account/statements"
    made = program.done(path)
    text = program.get(f"{path}/{made['id']}").text
    anyone = world.program()
    found = anyone.done("/account-checks", {"file": text})
    assert (found["good"], found["issued"]["kind"]) == (True, "statement")
    assert {each["mark"] for each in found["findings"]} == {"✓", "!"}
    bad = anyone.done("/account-checks", {"file": text.replace("90", "91", 1)})
    assert (bad["good"], bad["issued"]) == (False, None)
    lone = b'{"file": "\\ud800"}'
    answer = anyone.call(
        "POST", "/account-checks", data=lone, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json["good"]) == (200, False)
    english = world.program(language="en").done("/account-checks", {"file": text})
    assert "not a byte was changed" in english["findings"][0]["message"]
    issued = anyone.read(f"/account-checks/{made['digest'].upper()}")
    assert (issued["kind"], issued["digest"]) == ("statement", made["digest"])
    assert set(issued) == {"kind", "issued_at", "digest"}
    unknown = anyone.get(f"/account-checks/{HERE.key_id}")
    assert (unknown.status_code, unknown.json["code"]) == (404, "statement_unknown")
