"""Papers for programs: one's own, a member's at the counter, and the check of a code."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.papers.reading import PaperView, checked, paper, papers_of
from timebank.api.area import Area
from timebank.api.schemas.papers import IssuedPaperOut, PaperCheckOut, PaperList
from timebank.edge import current_actor, declare, perform, reading
from timebank.papers.throttle import wrong_codes

area = Area("papers", "文书")


@area.get("/papers", says="我的文书")
@declare("paper.read")
@area.response(200, PaperList)
def list_papers() -> dict[str, Any]:
    """Everything that was ever issued to the caller, the newest first."""
    with reading() as ctx:
        return {"items": papers_of(ctx, current_actor().id)}


@area.get("/members/<uuid:member_id>/papers", says="一位成员的文书")
@declare("paper.read")
@area.response(200, PaperList)
def list_papers_of(member_id: UUID) -> dict[str, Any]:
    """The same for a member; the look is recorded."""
    return {"items": perform(lambda ctx: papers_of(ctx, member_id))}


@area.get("/papers/<code>", says="一份文书的内容")
@declare("paper.read")
@area.response(200, IssuedPaperOut)
def read_paper(code: str) -> PaperView:
    """What a paper says; somebody else's look is recorded."""
    return perform(lambda ctx: paper(ctx, code))


@area.get("/papers/check/<code>", says="凭查验码查一份文书")
@declare("paper.check")
@area.response(200, PaperCheckOut)
@wrong_codes()
def check_paper(code: str) -> dict[str, Any]:
    """Kind, region, day, whether it holds, the digest, masked names; of a certificate more."""
    with reading() as ctx:
        found = checked(ctx, code)
    return {
        "paper": found.line,
        "region": found.region,
        "digest": found.digest,
        "persons": [{"part": part, "name": name} for part, name in found.persons],
        "facts": found.facts or None,
    }
