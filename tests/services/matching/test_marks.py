"""Whatever changes where somebody fits leaves a mark, so that the copy follows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.availability import CheckKind
from models.matching import MatchingMark
from models.requests import Visit
from services.asking.asking_people import ask_person
from services.availability.safeguarding import CheckForm, record_check
from services.availability.stating import set_languages, set_travel, set_week
from services.people.forms import CertificateForm
from services.people.kin import record_kinship
from services.people.membership import check_identity
from services.people.records import record_certificate
from services.people.register import register
from services.policy import SYSTEM
from services.rules.availability import Window
from services.visits.confirming import confirm
from services.visits.withdrawing import withdraw
from tests import factories
from tests.factories import LONGWAN, NOW
from tests.services.visits.conftest import Street, street

__all__ = ["street"]


def version(street: Street, member: UUID) -> int:
    query = sa.select(MatchingMark.version).where(MatchingMark.member_id == member)
    return street.look(lambda session: session.scalar(query)) or 0


def _certificate(street: Street) -> None:
    today = NOW.date()
    form = CertificateForm(
        code="care-worker",
        issuer="样例培训中心",
        reference="Z9",
        valid_from=today,
        valid_to=date(today.year + 1, 1, 1),
    )
    street.act(street.staff, lambda ctx: record_certificate(ctx, street.volunteer, form))


def _check(street: Street) -> None:
    form = CheckForm(
        kind=CheckKind.SCREENING,
        on_day=NOW.date(),
        reference="S1",
        valid_to=NOW.date() + timedelta(days=300),
    )
    street.act(street.staff, lambda ctx: record_check(ctx, street.volunteer, form))


def _week(street: Street) -> None:
    street.act(street.volunteer, lambda ctx: set_week(ctx, street.volunteer, [Window(0, 480, 720)]))


def _languages(street: Street) -> None:
    street.act(street.volunteer, lambda ctx: set_languages(ctx, street.volunteer, ["wenzhou"]))


def _travel(street: Street) -> None:
    street.act(street.volunteer, lambda ctx: set_travel(ctx, street.volunteer, "car", 9_000))


def _kin(street: Street) -> None:
    street.act(
        street.staff,
        lambda ctx: record_kinship(ctx, street.volunteer, street.elder, "parent", "户口簿"),
    )


def _accept(street: Street) -> None:
    street.issue(1_000)
    street.accepted(street.open_request())


def _give_back(street: Street) -> None:
    _accept(street)
    visit = _visit(street)
    before = version(street, street.volunteer)
    street.act(street.volunteer, lambda ctx: withdraw(ctx, LONGWAN, visit, "临时有事"))
    assert version(street, street.volunteer) > before


def _come(street: Street) -> None:
    _accept(street)
    visit = _visit(street)
    before = version(street, street.volunteer)
    street.come(visit)
    assert version(street, street.volunteer) > before


def _credited(street: Street) -> None:
    _accept(street)
    visit = _visit(street)
    street.come(visit)
    street.go(visit)
    before = version(street, street.volunteer)
    street.act(
        street.elder,
        lambda ctx: confirm(ctx, LONGWAN, visit),
        now=NOW + timedelta(days=2),
    )
    # Served minutes and the day's own have moved.
    assert version(street, street.volunteer) > before


def _asked(street: Street) -> None:
    street.issue(1_000)
    request = street.open_request()
    street.act(street.staff, lambda ctx: ask_person(ctx, LONGWAN, request, street.volunteer))


def _visit(street: Street) -> UUID:

    return street.look(lambda session: session.scalars(sa.select(Visit.id)).one())


ACTS: tuple[Callable[[Street], None], ...] = (
    _certificate,
    _check,
    _week,
    _languages,
    _travel,
    _kin,
    _accept,
    _give_back,
    _come,
    _credited,
    _asked,
)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__.strip("_"))
def test_an_act_leaves_a_mark(street: Street, act: Callable[[Street], None]) -> None:
    before = version(street, street.volunteer)
    act(street)
    assert version(street, street.volunteer) > before


def test_whoever_joins_and_is_checked_is_marked(street: Street) -> None:
    def join(session: Session) -> UUID:
        form = factories.register_form(session, wants_to_serve=True)
        ctx = factories.make_ctx(session, factories.clerk(session, form.branch_id))
        return register(ctx, form).member_id

    member = street.uow.run(join)
    joined = version(street, member)
    street.act(street.staff, lambda ctx: check_identity(ctx, member, "card"))
    assert version(street, member) > joined
    assert SYSTEM.id != member
