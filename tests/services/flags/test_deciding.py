"""Deciding about a flag, and the sheet that follows: by those whom it does not speak of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from models.flags import Flag, FlagState
from models.oversight import AuditRecord
from models.sheets import SheetKind, WorkSheet
from services.errors import Forbidden, KeyReused
from services.flags.deciding import PURPOSE, decide_flag, make_sheet
from services.flags.sentences import (
    FlagAnswerUnknown,
    FlagDecided,
    FlagHasSheet,
    FlagReasonMissing,
    FlagUnknown,
)
from tests import factories
from tests.factories import LONGWAN, LUCHENG, VAULT
from tests.services.flags.conftest import LATER, Watched
from tests.services.visits.conftest import START


def _flag(watched: Watched) -> Flag:
    """A provider was in two homes at once."""
    watched.lay(1, START + timedelta(minutes=10))
    watched.scan()
    return watched.flags()[0]


def _decide(
    flag: Flag, state: FlagState = FlagState.UPHELD, reason: str = "两家都说那天只来了一个"
) -> Callable[[Any], None]:
    return lambda ctx: decide_flag(ctx, LONGWAN, flag.id, state, reason)


def _sheet(flag: Flag) -> Callable[[Any], UUID]:
    return lambda ctx: make_sheet(ctx, LONGWAN, flag.id, SheetKind.SUPERVISION)


def test_an_auditor_decides_with_a_reason_that_is_sealed(watched: Watched) -> None:
    flag = _flag(watched)
    act = watched.street.act
    with pytest.raises(FlagReasonMissing):
        act(watched.auditor, _decide(flag, reason="  "), now=LATER)
    with pytest.raises(FlagAnswerUnknown):
        act(watched.auditor, _decide(flag, FlagState.OPEN), now=LATER)
    act(watched.auditor, _decide(flag), now=LATER, key="k")
    act(watched.auditor, _decide(flag), now=LATER, key="k")
    with pytest.raises(KeyReused):
        act(watched.auditor, _decide(flag, FlagState.CLEARED), now=LATER, key="k")
    after = next(row for row in watched.flags() if row.id == flag.id)
    assert after.state is FlagState.UPHELD
    assert after.decided_by_id == watched.auditor
    assert VAULT.open(PURPOSE, after.decision_reason_sealed or "") == "两家都说那天只来了一个"
    with pytest.raises(FlagDecided):
        act(watched.street.admins[0], _decide(flag), now=LATER)
    assert watched.street.count(AuditRecord, AuditRecord.act == "flag.decide") == 1


def test_nobody_decides_about_himself_or_without_the_right(watched: Watched) -> None:
    flag = _flag(watched)
    street = watched.street
    street.uow.run(lambda s: factories.create_region_tree(s, LUCHENG))
    far = street.uow.run(lambda s: factories.create_auditor(s, LUCHENG))
    for who in (street.staff, street.volunteer, street.elder, far):
        with pytest.raises(Forbidden):
            street.act(who, _decide(flag), now=LATER)
        with pytest.raises(Forbidden):
            street.act(who, _sheet(flag), now=LATER)
    street.uow.run(
        lambda s: setattr(
            s.get_one(Flag, (LONGWAN, flag.id)),
            "facts",
            {**flag.facts, "people": [str(street.admins[0])]},
        )
    )
    with pytest.raises(Forbidden):
        street.act(street.admins[0], _decide(flag), now=LATER)
    with pytest.raises(Forbidden):
        street.act(street.admins[0], _sheet(flag), now=LATER)
    street.act(street.admins[1], _decide(flag), now=LATER)


def test_a_sheet_for_the_branch_once(watched: Watched) -> None:
    flag = _flag(watched)
    sheet_id = watched.street.act(watched.auditor, _sheet(flag), now=LATER, key="s")
    assert watched.street.act(watched.auditor, _sheet(flag), now=LATER, key="s") == sheet_id
    sheet = watched.street.look(lambda s: s.get_one(WorkSheet, (LONGWAN, sheet_id)))
    assert (sheet.about, sheet.subject_id) == ("flag", flag.id)
    assert sheet.branch_id == watched.street.branch
    with pytest.raises(FlagHasSheet):
        watched.street.act(watched.auditor, _sheet(flag), now=LATER, key="t")


def test_what_speaks_of_staff_goes_past_their_branch(watched: Watched) -> None:
    flag = _flag(watched)
    watched.street.uow.run(
        lambda s: setattr(s.get_one(Flag, (LONGWAN, flag.id)), "subject_kind", "administrator")
    )
    sheet_id = watched.street.act(watched.auditor, _sheet(flag), now=LATER)
    sheet = watched.street.look(lambda s: s.get_one(WorkSheet, (LONGWAN, sheet_id)))
    assert sheet.branch_id is None
    assert sheet.level == 1


def test_a_flag_of_another_book_is_not_there(watched: Watched) -> None:
    flag = _flag(watched)
    with pytest.raises(FlagUnknown):
        watched.street.act(
            watched.auditor,
            lambda ctx: decide_flag(ctx, LUCHENG, flag.id, FlagState.CLEARED, "无"),
            now=LATER,
        )
