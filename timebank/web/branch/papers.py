"""A member's papers at the counter: for whoever has no printer, or has lost one."""

from __future__ import annotations

from uuid import UUID

from services.context import Context
from services.papers.reading import PaperLine, papers_of
from services.people.reading import member_row
from timebank.edge import declare, perform
from timebank.papers.sheet import title_of
from timebank.web.branch import bp
from timebank.web.branch.acting import page


@bp.get("/members/<uuid:member_id>/papers", endpoint="papers")
@declare("paper.read")
def paper_list(member_id: UUID) -> tuple[str, int]:
    """The member's papers, the newest first; the look is recorded."""

    def read(ctx: Context) -> tuple[str, tuple[PaperLine, ...]]:
        return member_row(ctx.session, member_id).name, papers_of(ctx, member_id)

    name, found = perform(read)
    return page(
        "branch/papers.html", name=name, member_id=member_id, papers=found, title_of=title_of
    )
