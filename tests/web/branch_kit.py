"""The counter of the street's branch: who works there, who works elsewhere, and shortcuts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from models.oversight import AuditRecord
from services.people.kin import record_kinship
from services.policy import STAFF, SYSTEM
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from services.visits.disputes import open_dispute
from services.visits.reviewing import follow_up
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN, LUCHENG, WUMA
from tests.services.visits.conftest import START
from tests.web.volunteer_kit import Browser, Town, open_town

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


def hidden_of(browser: Browser) -> dict[str, str]:
    """Everything that the forms of the open page send along unseen; the last form's wins."""
    return dict(HIDDEN.findall(browser.page.text))


@dataclass
class Counter:
    """The town with somebody at the counter, and the addresses of its pages."""

    town: Town
    clerk: Browser

    @property
    def street(self) -> Any:
        """The people behind the pages."""
        return self.town.street

    def given(self, work: Any) -> Any:
        """Set the scene in one committed unit of work."""
        return self.street.uow.run(work)

    def request_path(self, request: UUID, act: str = "") -> str:
        return f"/branch/requests/{LONGWAN}/{request}{act}"

    def visit_path(self, visit: UUID, act: str = "") -> str:
        return f"/branch/visits/{LONGWAN}/{visit}{act}"

    def member_path(self, member: UUID, act: str = "") -> str:
        return f"/branch/members/{member}{act}"

    def audited(self, act: str, *where: Any) -> int:
        """How many records of an act there are."""
        return self.street.count(AuditRecord, AuditRecord.act == act, *where)

    def asked(self, minutes: int = 60, coins: int = 300, **overrides: Any) -> UUID:
        """A request of the elder that waits for its review."""
        if coins:
            self.street.give_coins(self.street.elder, coins)
        return self.street.ask("A04", minutes, **overrides)

    def done(self) -> UUID:
        """A visit that has ended and waits for the elder's word."""
        visit = self.town.begun()
        self.street.go(visit)
        self.town.at(70)
        return visit

    def missed(self) -> UUID:
        """A visit to which nobody came."""
        visit = self.town.promised()
        self.town.at(90)
        self.street.act(SYSTEM, lambda ctx: follow_up(ctx, LONGWAN, visit), now=self.town.now)
        return visit

    def silent(self) -> UUID:
        """A visit that nobody confirmed for three days: in review."""
        visit = self.done()
        self.town.at(62 + 73 * 60)
        self.street.act(SYSTEM, lambda ctx: follow_up(ctx, LONGWAN, visit), now=self.town.now)
        return visit

    def disputed(self, text: str = "只待了半小时") -> UUID:
        """A visit of which the elder says that it was shorter."""
        visit = self.done()
        elder = self.street.elder
        self.street.act(
            elder, lambda ctx: open_dispute(ctx, LONGWAN, visit, text), now=self.town.now
        )
        return visit

    def other_branch(self, region: str = factories.YONGZHONG) -> UUID:
        """A further branch."""
        return self.given(lambda session: factories.create_branch(session, region))

    def neighbour(self) -> Browser:
        """Staff of another branch in the same county."""
        branch = self.other_branch()
        return self.town.phone(
            self.given(lambda session: factories.create_staff(session, branch_id=branch))
        )

    def foreigner(self) -> Browser:
        """Staff of another county."""
        branch = self.other_branch(WUMA)
        return self.town.phone(
            self.given(lambda session: factories.create_staff(session, branch_id=branch))
        )

    def far_admin(self) -> Browser:
        """The administrator of another county."""

        def make(session: Session) -> UUID:
            factories.create_region_tree(session, LUCHENG)
            return factories.create_region_admin(session, LUCHENG)

        return self.town.phone(self.given(make))

    def relative(self) -> Browser:
        """Staff of this branch whose parent is the elder."""
        branch = self.street.branch

        def make(session: Session) -> UUID:
            member = factories.create_staff(session, branch_id=branch)
            ctx = factories.make_ctx(session, factories.clerk(session, branch))
            record_kinship(ctx, member, self.street.elder, "parent", "户口簿")
            return member

        return self.town.phone(self.given(make))

    def elder_of(self, **overrides: Any) -> UUID:
        """A further elder of this branch."""
        branch = self.street.branch
        return self.given(lambda s: factories.create_elder(s, branch_id=branch, **overrides))

    def waiting(self, minutes: int = 60, elder: UUID | None = None, **overrides: Any) -> UUID:
        """A request that has been let through and waits for an empty pool."""
        form = AskForm(
            elder_id=elder or self.street.elder,
            service_code="A04",
            starts_at=overrides.pop("starts_at", START),
            booked_minutes=minutes,
            **overrides,
        )
        request = self.street.act(form.elder_id, lambda ctx: ask(ctx, form))
        self.street.act(self.street.staff, lambda ctx: approve(ctx, LONGWAN, request))
        return request

    def also_at(self, branch: UUID) -> None:
        """Let the clerk work at a further branch."""
        self.given(
            lambda session: factories.grant_role(
                factories.make_ctx(session), self.street.staff, STAFF, "branch", str(branch)
            )
        )


def open_counter(databases: Databases) -> Iterator[Counter]:
    """The street's counter, with its clerk logged in."""
    for town in open_town(databases):
        yield Counter(town, town.phone(town.street.staff))
