"""Too many wrong passwords close the password way for a while, for known and unknown alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from models.people import Member
from services.context import Context
from services.login import (
    WRONG_PASSWORDS,
    WRONG_WITHIN_MINUTES,
    send_code,
    set_password,
    verify_password,
)
from services.people.errors import TooManyTries
from services.people.reading import member_row
from tests.factories import NOW, actor, create_volunteer, make_ctx

PASSWORD = "lan tian bai yun 7"


def numbered(session: Session) -> str:
    member_id = create_volunteer(session)
    set_password(make_ctx(session, actor(session, member_id)), PASSWORD)
    return member_row(session, member_id).number


def fail(session: Session, who: str, times: int) -> None:
    for _ in range(times):
        assert verify_password(make_ctx(session), who, "not this one 1") is None


def test_the_right_password_waits_too(session: Session) -> None:
    number = numbered(session)
    fail(session, number, WRONG_PASSWORDS)
    with pytest.raises(TooManyTries):
        verify_password(make_ctx(session), number, PASSWORD)
    later = NOW + timedelta(minutes=WRONG_WITHIN_MINUTES)
    assert verify_password(make_ctx(session, now=later), number, PASSWORD) is not None


def test_one_wrong_password_fewer_is_no_harm(session: Session) -> None:
    number = numbered(session)
    fail(session, number, WRONG_PASSWORDS - 1)
    assert verify_password(make_ctx(session), number, PASSWORD) is not None


def test_whatever_name_is_used_it_is_one_person(session: Session) -> None:
    member_id = create_volunteer(session, phone="13700000007", login_name="chen.anning")
    set_password(make_ctx(session, actor(session, member_id)), PASSWORD)
    fail(session, "13700000007", WRONG_PASSWORDS // 2)
    fail(session, "chen.anning", WRONG_PASSWORDS - WRONG_PASSWORDS // 2)
    with pytest.raises(TooManyTries):
        verify_password(make_ctx(session), member_row(session, member_id).number, PASSWORD)


def test_an_unknown_name_is_answered_like_a_known_one(session: Session) -> None:
    number = numbered(session)
    fail(session, "nobody-here", WRONG_PASSWORDS)
    with pytest.raises(TooManyTries):
        verify_password(make_ctx(session), "nobody-here", PASSWORD)
    # Another unknown name, and a known one, are not kept waiting by it.
    assert verify_password(make_ctx(session), "nobody-else", PASSWORD) is None
    assert verify_password(make_ctx(session), number, PASSWORD) is not None


def statements(session: Session, work: Callable[[], object]) -> int:
    """How many statements the server is sent, savepoints and all."""
    sent: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", listen)
    try:
        work()
        session.flush()
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    return len(sent)


@pytest.mark.parametrize("act", [send_code, lambda ctx, who: verify_password(ctx, who, "wrong 1")])
def test_a_known_and_an_unknown_name_take_the_same_work(
    session: Session, act: Callable[[Context, str], object]
) -> None:
    member = create_volunteer(session, phone="13700000001")
    set_password(make_ctx(session, actor(session, member)), PASSWORD)
    number = session.get_one(Member, member).number
    session.flush()
    found = []
    for who in (number, "13700000001", "V999999999999", "13900009999", "nobody-here", "?"):
        session.expunge_all()
        found.append(statements(session, lambda who=who: act(make_ctx(session), who)))
    assert len(set(found)) == 1, found
