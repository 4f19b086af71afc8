"""Between a book and its accounts: streets, branches, leave to issue, what moved the pool."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app, render_template, request
from flask_babel import lazy_gettext as _l

from services.ledger.accounts import pool_of
from services.policy import Subject, can
from services.queries.audit.scope import require_book
from services.queries.desk import issues as issuing
from services.queries.desk import levels
from services.queries.desk.figures import LEVEL_UNITS
from services.queries.desk.standing import pool_moves
from timebank.edge import current_actor, declare, reading
from timebank.security import declared_act
from timebank.web import figures
from timebank.web.audit import bp
from timebank.web.audit.desk_forms import ISSUE_STATES, IssueFilterForm
from timebank.web.audit.exporting import export_action
from timebank.web.audit.forms import MonthsForm, want


def months_kept() -> dict[str, str]:
    """The months of this page's address, for links that go on with them."""
    names = ("from_month", "to_month")
    return {name: request.args[name] for name in names if request.args.get(name)}


#: Lists of oversight that a book or a branch leads to: endpoint, name, what is there.
LINKS: tuple[tuple[str, Any, Any], ...] = (
    ("oversight.sheets", _l("工单"), _l("预警单、督办单、进度单")),
    ("oversight.flags", _l("疑点"), _l("规则发现的异常，附事实")),
    ("oversight.callbacks", _l("回访"), _l("抽中的和有疑点的，问老人")),
    ("oversight.entries", _l("人工补录"), _l("两个人签的补录和凭证")),
    ("oversight.late_records", _l("记录迟了的服务"), _l("超过 10 个工作日才入账的")),
)


def leads_to(endpoint: str) -> bool:
    """Whether the reader may open a page about the book in this page's address."""
    act = declared_act(endpoint) if endpoint in current_app.view_functions else None
    book = (request.view_args or {}).get("book", "")
    about = Subject(book=book, region_code=book)
    return act is not None and can(current_actor(), act, about).allowed


def for_levels() -> dict[str, Any]:
    """What the tables of levels need to know, and the lists that there are."""
    links = [each for each in LINKS if leads_to(each[0])]
    return {
        "level_heads": figures.heads(LEVEL_UNITS),
        "months_kept": months_kept,
        "desk_links": links,
        "leads_to": leads_to,
    }


bp.context_processor(for_levels)


@bp.get("/books/<book>/streets/<code>")
@declare("ledger.read")
def street(book: str, code: str) -> str:
    """The branches of a street, with what was done and what waits there."""
    form = MonthsForm()
    with reading() as ctx:
        found = levels.street(ctx, book, code, form.months())
    return render_template(
        "audit/level.html",
        it=found,
        form=form,
        place=found.place,
        export=export_action(found.place, "branches", more={"street": code}),
    )


@bp.get("/books/<book>/branches/<uuid:branch_id>")
@declare("ledger.read")
def branch(book: str, branch_id: UUID) -> str:
    """One branch, and where its accounts, visits and requests are."""
    form = MonthsForm()
    with reading() as ctx:
        found = levels.branch(ctx, book, branch_id, form.months())
    return render_template("audit/level.html", it=found, form=form, place=found.place, export="")


@bp.get("/books/<book>/issues")
@declare("ledger.read")
def issues(book: str) -> str:
    """Leave to issue, the newest first."""
    form = IssueFilterForm()
    with reading() as ctx:
        place = require_book(ctx, book)
        page = issuing.issues(ctx, book, form.wanted(), want())
    return render_template(
        "audit/issues.html",
        form=form,
        place=place,
        page=page,
        states=ISSUE_STATES,
        export=export_action(place, "issues"),
    )


@bp.get("/books/<book>/pool")
@declare("ledger.read")
def pool(book: str) -> str:
    """What went through the pool, by kind; each kind leads to its entries."""
    form = MonthsForm()
    with reading() as ctx:
        place = require_book(ctx, book)
        lines = pool_moves(ctx, book, form.months())
    return render_template(
        "audit/pool.html",
        form=form,
        place=place,
        lines=lines,
        account_id=pool_of(book),
        export=export_action(place, "pool"),
    )
