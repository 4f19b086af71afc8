"""The whole check of a book reads every paper against its digest."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from models.people import Member
from services.context import Context
from services.ledger.breaches import Tally
from services.papers import issuing
from services.papers.issuing import PaperKind, issue
from services.policy import SYSTEM
from services.verification.papers import check_papers
from tests import factories
from tests.factories import LONGWAN, make_ctx


def _breaches(ctx: Context) -> list[str]:
    return [each.code for each in check_papers(ctx, LONGWAN, Tally())]


def test_a_paper_that_was_changed_or_holds_twice_is_found(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = make_ctx(session, SYSTEM)
    member = session.get_one(Member, factories.create_elder(session))

    def made(subject: int, **content: int) -> str:
        return issue(ctx, PaperKind.GIFT_DEED, LONGWAN, UUID(int=subject), member, dict(content))

    made(1, minutes=60)
    made(1, minutes=30)
    assert _breaches(ctx) == []
    monkeypatch.setattr(issuing, "withdraw", lambda *_: None)
    made(1, minutes=20)
    assert _breaches(ctx) == ["paper_twice"]
    monkeypatch.setattr(issuing, "hash_of", lambda _: "0" * 64)
    made(2, minutes=10)
    assert _breaches(ctx) == ["paper_changed", "paper_twice"]
    monkeypatch.setattr(issuing, "PURPOSE", "paper.other")
    monkeypatch.setattr(issuing, "hash_of", lambda content: "1" * 64)
    assert _breaches(ctx).count("paper_changed") == 4
