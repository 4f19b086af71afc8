"""A complaint is made, and what the visit brought is set aside."""

from __future__ import annotations

import pytest

from models.complaints import Complaint, ComplaintState
from models.sheets import SheetKind, WorkSheet
from services.complaints import sentences as say
from services.complaints.opening import open_complaint
from services.errors import DomainError, Forbidden, NotFound
from services.policy import SYSTEM
from tests import factories
from tests.factories import LONGWAN, WUMA
from tests.services.complaints.conftest import NOON, Scene

GIVEN = 60


def test_what_the_visit_brought_is_set_aside(scene: Scene) -> None:
    street = scene.street
    earned, held = street.earned(street.volunteer)
    assert (earned > 0, held) == (True, 0)
    row = scene.row(scene.complain())
    assert (row.state, row.against_id, row.how) == (ComplaintState.OPEN, street.volunteer, "self")
    assert (row.held_minutes, row.hold_book) == (earned, LONGWAN)
    assert street.earned(street.volunteer) == (earned, earned)
    assert row.opened_at < NOON.replace(day=12)
    # Five and fifteen working days after Wednesday, 11 March.
    assert (row.answer_until.day, row.due_on.isoformat()) == (18, "2026-04-01")
    assert {say.ASKED, say.HELD} <= scene.told(street.volunteer)
    assert say.RECEIVED in scene.told(street.elder)
    assert scene.sides(row.id) == ["complainant"]


def test_two_complaints_of_one_visit_hold_once(one: Scene) -> None:
    first = one.complain()
    with pytest.raises(say.AlreadyComplained):
        one.complain()
    second = one.row(one.complain("charged"))
    assert one.row(first).hold_id is not None
    assert second.hold_id is None


def test_the_same_key_complains_once(one: Scene) -> None:
    street = one.street

    def click() -> object:
        return street.act(
            street.elder,
            lambda ctx: open_complaint(ctx, book=LONGWAN, kind="other", text="说一下"),
            NOON,
            key="one",
        )

    assert click() == click()
    assert street.count(Complaint) == 1


def test_charging_opens_a_supervision_sheet_at_once(one: Scene) -> None:
    row = one.row(one.complain("charged"))
    sheet = one.street.look(lambda session: session.get_one(WorkSheet, (LONGWAN, row.sheet_id)))
    assert (sheet.kind, sheet.subject_id) == (SheetKind.SUPERVISION, row.id)
    assert say.CHARGED in one.told(one.street.admins[0])


def test_what_holds_nothing(one: Scene) -> None:
    """Nor does the volunteer's own doubt about a record."""
    street = one.street
    assert one.row(one.complain("conduct")).hold_id is None
    own = one.row(one.complain("record_wrong", who=street.volunteer))
    assert (own.hold_id, own.against_id) == (None, None)


def test_somebody_without_an_account(one: Scene) -> None:
    street = one.street
    said = {"who": street.staff, "how": "phone", "visit_id": None, "branch_id": street.branch}
    with pytest.raises(say.ContactMissing):
        one.complain("other", **said)
    row = one.row(one.complain("other", contact="王女士 13900000000", **said))
    assert (row.by_id, row.taken_by_id) == (None, street.staff)
    assert "13900000000" not in (row.contact_sealed or "")


def test_refusals(one: Scene) -> None:
    street = one.street
    stranger = street.act(SYSTEM, lambda ctx: factories.create_member(ctx.session))
    abroad = street.act(
        SYSTEM,
        lambda ctx: factories.create_staff(
            ctx.session, factories.create_branch(ctx.session, region_code=WUMA)
        ),
    )
    cases: list[tuple[type[DomainError], str, dict[str, object]]] = [
        (NotFound, "conduct", {"who": stranger}),
        (NotFound, "conduct", {"visit_id": None, "against_id": street.volunteer}),
        (Forbidden, "conduct", {"by": stranger}),
        (Forbidden, "conduct", {"who": abroad, "how": "phone", "by": street.elder}),
        (Forbidden, "conduct", {"who": stranger, "how": "counter", "by": street.elder}),
        (say.ComplaintKindUnknown, "weather", {}),
        (say.NotCreditedYet, "visit_disputed", {"visit_id": None}),
        (DomainError, "conduct", {"text": "  "}),
    ]
    for error, kind, said in cases:
        with pytest.raises(error):
            one.complain(kind, **said)
    assert street.count(Complaint) == 0
