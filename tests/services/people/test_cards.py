"""Cards and door signs."""

from __future__ import annotations

import base64
from collections.abc import Callable
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.ledger import ActKey
from models.people import Handle
from services.context import Context
from services.errors import Forbidden
from services.people import errors
from services.people.cards import (
    CARD,
    DOOR,
    holder_of,
    issue_card,
    issue_door_sign,
    revoke_card,
)
from services.policy import NOBODY
from tests.factories import (
    actor,
    clerk,
    create_auditor,
    create_branch,
    create_elder,
    create_region_admin,
    make_ctx,
)

ISSUES = pytest.mark.parametrize(
    ("issue", "kind"), [(issue_card, CARD), (issue_door_sign, DOOR)], ids=[CARD, DOOR]
)
Issue = Callable[[Context, UUID], str]


@pytest.fixture
def branch(session: Session) -> UUID:
    return create_branch(session)


@pytest.fixture
def counter(session: Session, branch: UUID) -> Context:
    return make_ctx(session, clerk(session, branch))


@ISSUES
def test_a_token_is_long_and_kept_as_a_digest(
    session: Session, counter: Context, issue: Issue, kind: str
) -> None:
    elder = create_elder(session)
    token = issue(counter, elder)
    assert len(base64.urlsafe_b64decode(token + "==")) * 8 >= 128
    assert holder_of(counter, kind, token) == elder
    values = session.scalars(sa.select(Handle.value).where(Handle.kind == kind))
    assert token not in set(values)


@ISSUES
def test_the_old_one_ends_with_the_new_one(
    session: Session, counter: Context, issue: Issue, kind: str
) -> None:
    elder = create_elder(session)
    old, new = issue(counter, elder), issue(counter, elder)
    assert old != new
    assert holder_of(counter, kind, old) is None
    assert holder_of(counter, kind, new) == elder


def test_card_and_door_sign_are_not_taken_for_each_other(
    session: Session, counter: Context
) -> None:
    elder = create_elder(session)
    card, door = issue_card(counter, elder), issue_door_sign(counter, elder)
    for kind, token in ((CARD, door), (DOOR, card), (CARD, ""), (CARD, "x" * 22)):
        assert holder_of(counter, kind, token) is None


def test_a_lost_card_is_ended(session: Session, counter: Context) -> None:
    elder = create_elder(session)
    token, door = issue_card(counter, elder), issue_door_sign(counter, elder)
    revoke_card(counter, elder)
    revoke_card(counter, elder)
    assert holder_of(counter, CARD, token) is None
    assert holder_of(counter, DOOR, door) == elder


def test_a_double_click_gives_the_same_card(session: Session, branch: UUID) -> None:
    elder = create_elder(session)
    ctx = make_ctx(session, clerk(session, branch), key="k")
    token = issue_card(ctx, elder)
    assert issue_card(ctx, elder) == token
    assert holder_of(ctx, CARD, token) == elder
    kept = [str(row.result) for row in session.scalars(sa.select(ActKey))]
    assert not any(token in text for text in kept)


@ISSUES
def test_only_staff_of_the_branch_issue(
    session: Session, branch: UUID, issue: Issue, kind: str
) -> None:
    elder = create_elder(session, branch_id=branch)
    for other in (
        NOBODY,
        actor(session, elder),
        clerk(session, create_branch(session)),
        actor(session, create_auditor(session)),
        actor(session, create_region_admin(session)),
    ):
        ctx = make_ctx(session, other)
        with pytest.raises(Forbidden):
            issue(ctx, elder)
        with pytest.raises(Forbidden):
            revoke_card(ctx, elder)
    assert not session.scalars(sa.select(Handle).where(Handle.kind == kind)).all()


def test_somebody_unchecked_gets_no_card(session: Session, counter: Context) -> None:
    elder = create_elder(session, None, is_checked=False)
    with pytest.raises(errors.NotActive):
        issue_card(counter, elder)
