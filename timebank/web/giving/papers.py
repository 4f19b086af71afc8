"""My papers: the list, the print page, the PDF, and the words that the digest is over."""

from __future__ import annotations

from uuid import UUID

from flask import Response, render_template, request, url_for

from services.papers.reading import paper, papers_of
from services.policy import STAFF
from timebank.codes import qr_svg
from timebank.edge import current_actor, declare, perform, reading
from timebank.i18n import speaking
from timebank.papers.printing import check_address, language_of, original_answer, pdf_answer
from timebank.papers.sheet import sheet_of, title_of
from timebank.web.giving import bp


@bp.get("/papers", endpoint="papers")
@declare("paper.read")
def paper_list() -> str:
    """Everything that was ever issued to the member, the newest first."""
    with reading() as ctx:
        found = papers_of(ctx, current_actor().id)
    return render_template("giving/papers.html", papers=found, title_of=title_of)


@bp.get("/papers/<code>", endpoint="paper")
@declare("paper.read")
def paper_page(code: str) -> str:
    """One paper as it is printed; ``in`` is the language. A look at another's is recorded."""
    found = perform(lambda ctx: paper(ctx, code))
    language = language_of(request.args.get("in"))
    with speaking(language):
        return render_template(
            "giving/paper.html",
            it=found,
            sheet=sheet_of(found),
            language=language,
            svg=qr_svg(check_address(found.line.code)),
            check_page=url_for("public.check", _external=True),
            back=_back(found.member_id),
        )


def _back(member_id: UUID) -> str:
    """The list that the reader came from: one's own, the member's at the counter, or none."""
    actor = current_actor()
    if actor.id == member_id or not actor.roles:
        return url_for("giving.papers")
    return url_for("branch.papers", member_id=member_id) if actor.has_role(STAFF) else ""


@bp.get("/papers/<code>.pdf", endpoint="paper_pdf")
@declare("paper.read")
def paper_pdf(code: str) -> Response:
    """The same as a file to keep or to send."""
    return pdf_answer(code, request.args.get("in"))


@bp.get("/papers/<code>.json", endpoint="paper_original")
@declare("paper.read")
def paper_original(code: str) -> Response:
    """The bytes whose SHA-256 the paper and the check page show."""
    return original_answer(code)
