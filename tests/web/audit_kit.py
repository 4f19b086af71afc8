"""The paid world with auditors of every scope in it, and short words for what they do."""

from __future__ import annotations

import html
import re
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.people import Member, RoleAssignment
from models.requests import Visit, VisitState
from services.policy import AUDITOR, NATION
from tests import factories
from tests.factories import LONGWAN, LUCHENG
from tests.services.ledger.paid_world import paid_world
from timebank.uow import UnitOfWork, make_engine

WENZHOU = "330300000000"
ZHEJIANG = "330000000000"
SCOPES = (LONGWAN, LUCHENG, WENZHOU, NATION)
BOOK = f"/audit/books/{LONGWAN}"


def audited_world(url: str) -> None:
    """The paid world, a second book, and an auditor for each scope; copied for every test."""
    paid_world(url)
    engine = make_engine(url)
    UnitOfWork(engine).run(_people)
    engine.dispose()


def _people(session: Session) -> None:
    factories.create_region_tree(session, LUCHENG)
    for scope in SCOPES:
        factories.create_auditor(session, scope)
    factories.create_national_admin(session)


def auditor(session: Session, scope: str = LONGWAN) -> UUID:
    """Who audits a scope."""
    return session.scalars(
        sa.select(RoleAssignment.member_id).where(
            RoleAssignment.role == AUDITOR, RoleAssignment.scope == scope
        )
    ).one()


def holder(session: Session, role: str) -> UUID:
    """Somebody with a role."""
    return session.scalars(
        sa.select(RoleAssignment.member_id).where(RoleAssignment.role == role).limit(1)
    ).one()


def paid_visit(session: Session) -> Visit:
    """The visit that was credited."""
    found = session.scalars(sa.select(Visit).where(Visit.state == VisitState.CREDITED)).one()
    session.expunge(found)
    return found


def member(session: Session, member_id: UUID) -> Member:
    """A stored member."""
    found = session.get_one(Member, member_id)
    session.expunge(found)
    return found


def words(page: str) -> str:
    """The words of the main part, in one line."""
    found = re.search(r"<main.*</main>", page, re.DOTALL)
    assert found
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", found[0])))


def links(page: str, pattern: str) -> list[str]:
    """Links of a page whose address fits."""
    found = re.findall(r'href="([^"]+)"', page)
    return [html.unescape(each) for each in found if re.search(pattern, each)]


def rows(page: str, caption: str) -> list[list[str]]:
    """The cells of a table's body, row by row."""
    (table,) = [
        part
        for part in re.findall(r"<table.*?</table>", page, re.DOTALL)
        if f">{caption}</caption>" in part
    ]
    body = re.search(r"<tbody>(.*)</tbody>", table, re.DOTALL)
    assert body
    return [
        [
            re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", cell))).strip()
            for cell in re.findall(r"<t[dh].*?>(.*?)</t[dh]>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr.*?</tr>", body[1], re.DOTALL)
    ]
