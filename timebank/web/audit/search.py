"""Audit records looked for across the whole scope, and one of them with its seal and its proof."""

from __future__ import annotations

from uuid import UUID

from flask import render_template, request
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms.fields import SelectChoice

from services.policy import NATION
from services.queries.audit import searching
from services.queries.audit.act_groups import GROUPS
from services.queries.audit.scope import require_book
from services.queries.audit.searching import Search
from timebank.edge import declare, reading
from timebank.seals.files import saved
from timebank.web.audit import bp
from timebank.web.audit.acts import ACTS
from timebank.web.audit.forms import ALL, DaysFilter, NumberFilter
from timebank.web.audit.words import changes, word
from timebank.web.forms import fields as f

GROUP_WORDS = {
    "administrative": _l("管理上的事"),
    "reading": _l("查看和导出"),
    "money": _l("时间的进出"),
    "personal": _l("成员自己的事"),
}


class SearchForm(DaysFilter):
    """What is looked for."""

    about = f.TextField(
        _l("关于什么"), hint=_l("粘贴编号：服务、成员、申请、投诉、工作单都可以。"), max_length=60
    )
    number = NumberFilter(_l("办理人的志愿者编号"))
    for_number = NumberFilter(_l("代谁办理（志愿者编号）"))
    group = f.SelectField(
        _l("哪一类事"), choices=[(each, GROUP_WORDS[each]) for each in GROUPS], prompt=ALL
    )
    act = f.SelectField(_l("办理的事"), choices=sorted(ACTS.items()), prompt=ALL)
    book = f.SelectField(_l("账本"), choices=[], prompt=ALL)
    key = f.TextField(
        _l("办理前后提到的代码"), hint=_l("例如 lives_alone、content_hash。"), max_length=40
    )

    def wanted(self) -> Search:
        """What was chosen, for the service."""
        return Search(**self.given(), after=request.args.get("after", ""))


@bp.get("/search")
@declare("audit.read")
def search() -> str:
    """Records of every book of the scope, the newest first."""
    form = SearchForm()
    with reading() as ctx:
        books = searching.scope_books(ctx)
        form.book.choices = [
            SelectChoice(book, _l("全国") if book == NATION else book) for book in books
        ]
        form.book.data = request.args.get("book", "")
        found = searching.search(ctx, form.wanted())
    return render_template("audit/search.html", form=form, found=found, nation=NATION)


@bp.get("/books/<book>/records/<uuid:record_id>")
@declare("audit.read")
def record(book: str, record_id: UUID) -> str:
    """One record: before and after side by side, and where it is sealed."""
    with reading() as ctx:
        place = require_book(ctx, book, "audit.read")
        line, seal = searching.record(ctx, book, record_id)
    return render_template(
        "audit/record.html",
        place=place,
        row=line,
        seal=seal,
        differences=changes(line.before, line.after),
        word=word,
    )


@bp.get("/books/<book>/records/<uuid:record_id>.json")
@declare("audit.read")
def record_proof(book: str, record_id: UUID) -> Response:
    """The record's receipt, to be checked offline."""
    with reading() as ctx:
        found = searching.proof_file(ctx, book, record_id)
    answer = saved(found, f"timebank-record-{record_id}")
    answer.headers["Cache-Control"] = "no-store"
    return answer
