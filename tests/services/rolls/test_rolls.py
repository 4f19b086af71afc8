"""A roll from another office: read strictly, put forward, signed by a second, and followed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.oversight import AuditRecord, OutboxMessage
from models.people import Member, Sex
from models.returns import EntitlementRoll, RollEntry
from services.context import Context
from services.countersigning import KinSigns
from services.errors import Forbidden
from services.imports.errors import FileEmpty, FormulaRefused
from services.issuing import SecondSignature
from services.people.actors import actor_for
from services.policy import SYSTEM
from services.rolls import applying, reading
from services.rolls import sentences as say
from services.rolls.comparing import Compared
from services.rolls.proposing import RollForm, propose_roll, sign_roll, try_roll, withdraw_roll
from services.rolls.reading_files import people_in
from tests import factories
from tests.factories import LONGWAN, NOW, VAULT
from tests.services.visits.conftest import Street, street
from tests.services.visits.test_races import at_once, succeeded

__all__ = ["street"]

SQLITE = pytest.mark.parametrize("street", ["sqlite"], indirect=True)
STRANGER = factories.id_number(date(1940, 5, 1), Sex.FEMALE)
OTHER = factories.id_number(date(1941, 6, 2), Sex.MALE)


def csv(*rows: tuple[str, str]) -> bytes:
    lines = ["身份证号,姓名,地区", *(f"{number},{name},永中街道" for number, name in rows)]
    return "\n".join(lines).encode("gb18030")


def number_of(street: Street, member: UUID) -> str:
    def look(ctx: Context) -> str:
        row = ctx.session.get_one(Member, member)
        return ctx.vault.open("member.id_number", row.id_number_sealed)

    return street.act(SYSTEM, look)


def form(
    *rows: tuple[str, str], kind: str = "alone", month: str = "2026-03", rest_why: str = ""
) -> RollForm:
    return RollForm(kind, month, "区民政局", csv(*rows), rest_why)


def proposed(street: Street, what: RollForm, who: int = 0, now: datetime = NOW) -> UUID:
    work = partial(propose_roll, book=LONGWAN, form=what)
    return street.act(street.admins[who], work, now)


def signed(street: Street, roll: UUID, now: datetime = NOW) -> None:
    street.act(street.admins[1], partial(sign_roll, book=LONGWAN, roll_id=roll), now)
    while street.act(SYSTEM, partial(applying.apply_some, book=LONGWAN, roll_id=roll), now):
        pass


def fact(street: Street, member: UUID, name: str = "lives_alone") -> bool:
    return street.look(lambda s: bool(getattr(s.get_one(Member, member), name)))


def told(street: Street, member: UUID) -> list[str]:
    rows = sa.select(OutboxMessage.sentence).where(OutboxMessage.member_id == member)
    return street.look(lambda s: list(s.scalars(rows)))


@SQLITE
def test_who_joined_and_left_and_what_follows(street: Street) -> None:
    elder = number_of(street, street.elder)
    first = form((elder, "王奶奶"), (STRANGER, "李奶奶"))
    found: Compared = street.act(street.admins[0], partial(try_roll, book=LONGWAN, form=first))
    assert sorted((each.change, each.why) for each in found.changes) == [("joined", "new")] * 2
    assert street.count(EntitlementRoll) == 0
    roll = proposed(street, first)
    assert not fact(street, street.elder)
    signed(street, roll)
    assert fact(street, street.elder)
    assert told(street, street.elder).count(say.GRANT_BEGINS) == 1
    acts = sa.select(AuditRecord).where(
        AuditRecord.book == LONGWAN, AuditRecord.act == "roll.apply"
    )
    (record,) = street.look(lambda s: list(s.scalars(acts)))
    assert (record.before["lives_alone"], record.after["lives_alone"]) == (False, True)
    assert street.look(lambda s: reading.unserved(s, LONGWAN)) == {"alone": 1}
    invited = street.act(street.admins[0], partial(reading.to_invite, book=LONGWAN, kind="alone"))
    assert [(each.name, each.region) for each in invited] == [("李奶奶", "永中街道")]
    # The next month: the elder is no longer on it, and only the office knows why.
    second = form((STRANGER, "李奶奶"), (OTHER, "赵爷爷"), month="2026-04")
    with pytest.raises(say.RollWhyNeeded):
        proposed(street, second)
    roll = proposed(
        street,
        form(
            (STRANGER, "李奶奶"),
            (OTHER, "赵爷爷"),
            month="2026-04",
            rest_why="no_longer_entitled",
        ),
    )
    page = street.act(street.admins[1], partial(reading.roll_page, book=LONGWAN, roll_id=roll))
    assert [(each.name, each.change, each.why) for each in page.changes] == [
        ("王奶奶", "left", "no_longer_entitled"),
        ("赵爷爷", "joined", "new"),
    ]
    assert (page.can_sign, page.not_members, page.roll.state) == (True, 2, "proposed")
    signed(street, roll)
    assert not fact(street, street.elder)
    assert told(street, street.elder).count(say.GRANT_ENDS) == 1
    # To come back at once is a correction.
    third = form((elder, "王奶奶"), (STRANGER, "李奶奶"), (OTHER, "赵爷爷"), month="2026-04")
    found = street.act(street.admins[0], partial(try_roll, book=LONGWAN, form=third))
    assert [(each.name, each.why) for each in found.changes] == [("王奶奶", "corrected")]
    reads = sa.select(sa.func.count()).where(
        AuditRecord.book == LONGWAN, AuditRecord.act.in_(["roll.read", "roll.export"])
    )
    assert street.look(lambda s: s.scalar(reads)) == 4


@SQLITE
def test_the_register_knows_who_has_died(street: Street) -> None:
    elder = number_of(street, street.elder)
    signed(street, proposed(street, form((elder, "王奶奶"), (STRANGER, "李奶奶"))))

    def die(ctx: Context) -> None:
        ctx.session.get_one(Member, street.elder).died_at = ctx.now

    street.act(SYSTEM, die)
    later = form((STRANGER, "李奶奶"), month="2026-04")
    found = street.act(street.admins[0], partial(try_roll, book=LONGWAN, form=later))
    assert [(each.name, each.why) for each in found.changes] == [("王奶奶", "died")]


@SQLITE
def test_two_different_people_sign_once(street: Street) -> None:
    roll = proposed(street, form((STRANGER, "李奶奶")))
    with pytest.raises(say.RollWaiting):
        proposed(street, form((OTHER, "赵爷爷")), who=1)
    sign = partial(sign_roll, book=LONGWAN, roll_id=roll)
    with pytest.raises(SecondSignature):
        street.act(street.admins[0], sign)
    kin = street.look(lambda s: actor_for(s, street.admins[1], NOW))
    related = type(kin)(
        id=kin.id,
        name=kin.name,
        home_book=kin.home_book,
        roles=kin.roles,
        relatives=frozenset({street.admins[0]}),
    )
    with pytest.raises(KinSigns):
        street.act(related, sign)
    for stranger in (street.staff, street.elder):
        with pytest.raises(Forbidden):
            street.act(stranger, sign)
        with pytest.raises(Forbidden):
            street.act(stranger, partial(reading.rolls, book=LONGWAN))
    street.act(street.admins[1], partial(withdraw_roll, book=LONGWAN, roll_id=roll))
    with pytest.raises(say.RollWithdrawn):
        street.act(street.admins[1], sign)
    with pytest.raises(say.NoSuchRoll):
        street.act(street.admins[1], partial(sign_roll, book=LONGWAN, roll_id=UUID(int=1)))
    roll = proposed(street, form((STRANGER, "李奶奶")))
    signed(street, roll)
    with pytest.raises(say.RollSigned):
        street.act(street.admins[1], partial(withdraw_roll, book=LONGWAN, roll_id=roll))
    shown = street.act(street.admins[0], partial(reading.rolls, book=LONGWAN))
    # Both were put forward in the same moment of the test.
    assert sorted(each.state for each in shown) == ["applied", "withdrawn"]


@SQLITE
def test_months_kinds_and_sources_are_checked(street: Street) -> None:
    one = (STRANGER, "李奶奶")
    for month in ("2026-01", "2026-05", "x"):
        with pytest.raises(say.RollMonthWrong):
            proposed(street, form(one, month=month))
    with pytest.raises(say.RollKindUnknown):
        proposed(street, form(one, kind="rich"))
    with pytest.raises(say.RollSourceNeeded):
        proposed(street, RollForm("alone", "2026-03", " ", csv(one)))
    signed(street, proposed(street, form(one, month="2026-04")))
    with pytest.raises(say.RollMonthWrong):
        proposed(street, form(one, month="2026-03"))


def test_a_file_is_read_strictly() -> None:
    today = date(2026, 3, 10)
    with pytest.raises(say.RollColumnsMissing):
        people_in(b"name,age\nx,1", VAULT, today)
    with pytest.raises(FileEmpty):
        people_in(csv(), VAULT, today)
    rows = [(STRANGER, "李"), (STRANGER, "李"), ("1", "王"), (OTHER, ""), (OTHER, "=1+1")]
    with pytest.raises(say.RollRowsBad) as refusal:
        people_in(csv(*rows), VAULT, today)
    kinds = [type(error) for _, error in refusal.value.lines]
    assert kinds[0] is say.RollPersonTwice
    assert kinds[2:] == [say.RollNameNeeded, FormulaRefused]
    (found,) = people_in(csv((STRANGER, "李奶奶")), VAULT, today).values()
    assert STRANGER not in found.person


def test_a_file_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.rolls.reading_files.MOST_ROWS", 1)
    with pytest.raises(say.RollTooLong):
        people_in(csv((STRANGER, "李"), (OTHER, "王")), VAULT, date(2026, 3, 10))


def test_signing_twice_and_withdrawing_at_once_have_one_outcome(street: Street) -> None:
    roll = proposed(street, form((number_of(street, street.elder), "王奶奶")))
    third = street.act(SYSTEM, lambda ctx: factories.create_region_admin(ctx.session))
    sign = partial(sign_roll, book=LONGWAN, roll_id=roll)
    results = at_once(
        lambda: street.act(street.admins[1], sign),
        lambda: street.act(third, sign),
        lambda: street.act(street.admins[0], partial(withdraw_roll, book=LONGWAN, roll_id=roll)),
    )
    assert succeeded(results) == 1
    again = [lambda: street.act(SYSTEM, partial(applying.apply_some, book=LONGWAN, roll_id=roll))]
    done = [each for each in at_once(*again * 2) if isinstance(each, int)]
    row = street.look(lambda s: s.get_one(EntitlementRoll, (LONGWAN, roll)))
    assert sum(done) == int(row.signed_at is not None)
    assert fact(street, street.elder) is (row.signed_at is not None)
    assert street.count(RollEntry) == 1
    assert street.act(SYSTEM, applying.due, NOW + timedelta(days=1)) == [
        (LONGWAN, roll) for _ in range(row.signed_at is not None and row.applied_at is None)
    ]
