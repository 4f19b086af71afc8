"""Statements, books for auditors, and what administrators do in a ledger."""

from __future__ import annotations

from datetime import time
from typing import Any
from uuid import UUID

from flask import Response, current_app

from models.ledger import AccountKind
from services.clock import at_local
from services.issuing import propose, sign
from services.ledger.overview import TrialBalance, trial_balance
from services.ledger.statement import Period
from services.notes import write_note
from services.origins import Origin, OriginKind
from services.queries.audit.accounts import AccountFilter, account_page, accounts, balance_then
from services.queries.audit.listing import Page, Want
from services.queries.audit.records import RecordFilter, records
from services.queries.audit.scope import books_in, require_book
from services.queries.audit.then import TICK, AccountThen, BooksThen, books_then, end_of
from services.queries.audit.transfers import TransferPage, transfer_page
from services.queries.notes import note_lines
from services.queries.programs.seen import statement_of
from timebank.api import cursors
from timebank.api.area import Area, writing
from timebank.api.schemas.base import Nothing, PageQuery
from timebank.api.schemas.ledger import (
    AccountList,
    AccountQuery,
    AtQuery,
    AuthorisationIn,
    AuthorisationOut,
    BalanceThenOut,
    EntryList,
    NoteIn,
    NoteList,
    NoteMade,
    RecordList,
    RecordQuery,
    StatementOut,
    StatementQuery,
    TransferOut,
    TrialBalanceOut,
    TrialQuery,
    TrialThenOut,
)
from timebank.edge import declare, perform, reading

area = Area("ledger", "明细和账本")

BOOK = "/ledger/<book:book>"


@area.get("/statement", says="我的或一位老人的时间明细", about="coins")
@declare("account.use")
@area.arguments(StatementQuery, location="query")
@area.response(200, StatementOut)
def read_statement(asked: dict[str, Any]) -> dict[str, Any]:
    """A member's coins and what happened to them, newest first."""
    first, last = asked.get("first"), asked.get("last")
    period = Period(
        at_local(first, time()) if first else None, end_of(last) + TICK if last else None
    )
    after = cursors.place_of(asked.get("cursor"))
    found, accounts = perform(
        lambda ctx: statement_of(
            ctx,
            asked.get("member_id", ctx.actor.id),
            limit=asked["limit"],
            after=after,
            period=period,
        )
    )
    return {
        "total_minutes": found.total_minutes,
        "available_minutes": found.available_minutes,
        "held_minutes": found.held_minutes,
        "opening_minutes": found.opening_minutes,
        "closing_minutes": found.closing_minutes,
        "by_origin": [_by_origin(each) for each in accounts],
        "pending": found.pending,
        "lines": found.lines,
        "next_cursor": cursors.of_place(found.next),
    }


def _by_origin(found: Origin) -> dict[str, Any]:
    """An account as it stands, with the kind that the ledger knows and the one people know."""
    received = found.kind in (OriginKind.GIFT, OriginKind.INHERITED)
    return {
        "origin": AccountKind.RECEIVED if received else AccountKind(found.kind.value),
        "comes_from": found.kind,
        "posted_minutes": found.posted_minutes,
        "held_minutes": found.held_minutes,
        "available_minutes": found.available_minutes,
        "period": found.period,
        "inherited_on": found.inherited_on,
        "ends_on": found.ends_on,
        "locked_until_age": found.locked_until_age,
    }


@area.get(f"{BOOK}/trial-balance", says="一个账本的试算平衡")
@declare("ledger.read")
@area.response(200, TrialBalanceOut)
def read_trial_balance(book: str) -> TrialBalance:
    """A book by kind of account; the balances sum to zero."""
    with reading() as ctx:
        require_book(ctx, book)
        return trial_balance(ctx.session, book)


@area.get("/ledger/trial-balance", says="一个地区所有账本在某一时刻的试算平衡")
@declare("ledger.read")
@area.arguments(TrialQuery, location="query")
@area.response(200, TrialThenOut)
def read_trial_then(asked: dict[str, Any]) -> BooksThen:
    """A region's books by kind of account at a watermark; the balances sum to zero."""
    with reading() as ctx:
        return books_then(ctx, books_in(ctx, asked["region"]), asked.get("at"))


@area.get(f"{BOOK}/accounts", says="账本里的账户")
@declare("ledger.read")
@area.arguments(AccountQuery, location="query")
@area.response(200, AccountList)
def list_accounts(asked: dict[str, Any], book: str) -> dict[str, Any]:
    """The accounts of a book, the fullest first."""
    kind = asked.get("kind")
    wanted = AccountFilter(AccountKind(kind) if kind else None, asked.get("number", ""))
    with reading() as ctx:
        return _walked(accounts(ctx, book, wanted, _want(asked, "-balance")))


@area.get(f"{BOOK}/accounts/<uuid:account_id>/entries", says="一个账户的分录")
@declare("ledger.read")
@area.arguments(PageQuery, location="query")
@area.response(200, EntryList)
def list_entries(asked: dict[str, Any], book: str, account_id: UUID) -> dict[str, Any]:
    """The entries of an account, the oldest first, with the balance after each."""
    with reading() as ctx:
        return _walked(account_page(ctx, book, account_id, _want(asked, "version")).entries)


@area.get(f"{BOOK}/accounts/<uuid:account_id>/balance", says="一个账户在某一时刻的余额")
@declare("ledger.read")
@area.arguments(AtQuery, location="query")
@area.response(200, BalanceThenOut)
def read_balance_then(asked: dict[str, Any], book: str, account_id: UUID) -> AccountThen:
    """What stood on an account at a moment, found by index."""
    with reading() as ctx:
        return balance_then(ctx, book, account_id, asked.get("at", ctx.now))


@area.get(f"{BOOK}/transfers/<uuid:transfer_id>", says="一笔往来和它的分录")
@declare("ledger.read")
@area.response(200, TransferOut)
def read_transfer(book: str, transfer_id: UUID) -> TransferPage:
    """One transfer with its legs."""
    with reading() as ctx:
        return transfer_page(ctx, book, transfer_id)


@area.get(f"{BOOK}/transfers/<uuid:transfer_id>/notes", says="一笔往来的备注")
@declare("ledger.read")
@area.response(200, NoteList)
def list_notes(book: str, transfer_id: UUID) -> dict[str, Any]:
    """What staff added to a transfer later; members do not see it."""
    with reading() as ctx:
        require_book(ctx, book)
        return {"items": note_lines(ctx, book, transfer_id)}


@area.post(f"{BOOK}/transfers/<uuid:transfer_id>/notes", says="给一笔往来写备注")
@declare("transfer.note")
@area.arguments(NoteIn)
@area.response(201, NoteMade)
def add_a_note(said: dict[str, Any], book: str, transfer_id: UUID) -> dict[str, Any]:
    """Add a note; the transfer itself never changes."""
    made = writing(lambda ctx: write_note(ctx, book, transfer_id, said["text"]))
    return {"book": book, "id": made}


def _want(asked: dict[str, Any], sort: str) -> Want:
    """A page of an auditor's list; for programs the cursor is its number."""
    return Want(page=cursors.offset_of(asked.get("cursor")) or 1, size=asked["limit"], sort=sort)


def _walked(found: Page[Any]) -> dict[str, Any]:
    more = found.page * found.size < found.total
    return {"items": found.rows, "next_cursor": cursors.of_offset(found.page + 1, more=more)}


@area.post(f"{BOOK}/authorisations", says="提出公益池额度")
@declare("issue.propose")
@area.arguments(AuthorisationIn)
@area.response(201, AuthorisationOut)
def propose_issue(said: dict[str, Any], book: str) -> dict[str, Any]:
    """Propose minutes for the pool, and name what backs them."""
    made = writing(lambda ctx: propose(ctx, book, said["amount_minutes"], said["backing"]))
    return {"book": book, "id": made}


@area.post(f"{BOOK}/authorisations/<uuid:authorisation_id>/signature", says="由第二人签署额度")
@declare("issue.sign")
@area.arguments(Nothing, required=False)
@area.response(204)
def sign_issue(_said: dict[str, Any], book: str, authorisation_id: UUID) -> Response:
    """Sign an authorisation that somebody else proposed: the minutes enter the pool."""
    writing(lambda ctx: sign(ctx, book, authorisation_id))
    return current_app.response_class(status=204)


@area.get("/audit/<book:book>/records", says="一个账本的操作记录")
@declare("audit.read")
@area.arguments(RecordQuery, location="query")
@area.response(200, RecordList)
def list_records(asked: dict[str, Any], book: str) -> dict[str, Any]:
    """A book's audit records, the oldest first: none moves while they are walked."""
    want = _want(asked, "at")
    criteria = {name: asked[name] for name in asked if name not in ("limit", "cursor")}
    with reading() as ctx:
        return _walked(records(ctx, book, RecordFilter(**criteria), want))
