"""Accounts that are carried along, for programs: stated, closed, taken in, and checked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, current_app, request

from services.context import Context
from services.portable import closing, installations, reading, stating
from services.portable.checking import CheckedFile, check_file
from services.portable.reading import StatementFile, StatementLine
from services.portable.taking import take_in
from timebank.api.area import Area, writing
from timebank.api.schemas import accounts as wire
from timebank.api.schemas.base import Nothing
from timebank.api.schemas.imports import ImportMadeOut
from timebank.edge import declare, perform
from timebank.edge import reading as looking
from timebank.papers.accounts import file_answer, pdf_answer, statement_key
from timebank.papers.throttle import wrong_codes
from timebank.seals.files import FILES_AN_ADDRESS
from timebank.security import limiter

area = Area("accounts", "带走的账户")

OF_MEMBER = "/members/<uuid:member_id>/account"
ONE = f"{OF_MEMBER}/statements/<uuid:statement_id>"


@area.get("/installations", says="登记过的别的平台和我们的公钥", about="coins")
@declare("account.use")
@area.response(200, wire.InstallationList)
def list_installations() -> dict[str, Any]:
    """Whom an account may be closed for, and whose closing statements are taken in."""
    with looking() as ctx:
        own, found = installations.own_public_key(ctx), installations.known(ctx)
    return {"own_public_key": own, "items": found}


@area.post("/installations", says="登记一个平台")
@declare("installation.manage")
@area.arguments(wire.InstallationIn)
@area.response(201, wire.InstallationMadeOut)
def add_installation(said: dict[str, Any]) -> dict[str, Any]:
    """Know another installation by its public key."""
    return {"fingerprint": writing(lambda ctx: installations.add(ctx, **said))}


@area.delete("/installations/<fingerprint>", says="移除一个平台")
@declare("installation.manage")
@area.response(204)
def remove_installation(fingerprint: str) -> Response:
    """Take nothing more of it in."""
    writing(lambda ctx: installations.remove(ctx, fingerprint))
    return current_app.response_class(status=204)


@area.get(f"{OF_MEMBER}/statements", says="一位成员开过的对账单")
@declare("account.export")
@area.response(200, wire.AccountStatementList)
def list_account_statements(member_id: UUID) -> dict[str, Any]:
    """The statements, the newest first."""
    with looking() as ctx:
        return {"items": reading.account_page(ctx, member_id).statements}


@area.post(f"{OF_MEMBER}/statements", says="开一份对账单")
@declare("account.export")
@area.arguments(Nothing, required=False)
@area.response(201, wire.AccountStatementOut)
def make_account_statement(_said: dict[str, Any], member_id: UUID) -> StatementLine:
    """Sign a statement of the account as it stands now; it proves and moves nothing."""
    key = statement_key()

    def work(ctx: Context) -> StatementLine:
        return reading.statement_file(ctx, member_id, stating.state(ctx, member_id, key)).line

    return writing(work)


@area.get(ONE, says="对账单的文件")
@declare("account.export")
@area.response(200, wire.AccountFileOut)
def read_account_statement(member_id: UUID, statement_id: UUID) -> Response:
    """The file, byte for byte as it was signed; somebody else's look is recorded."""
    return file_answer(_file(member_id, statement_id))


@area.get(f"{ONE}.pdf", says="对账单的 PDF")
@declare("account.export")
@area.response(200)
def read_account_statement_pdf(member_id: UUID, statement_id: UUID) -> Response:
    """The same on paper, as application/pdf; ``in`` is zh or en."""
    return pdf_answer(_file(member_id, statement_id), request.args.get("in"))


def _file(member_id: UUID, statement_id: UUID) -> StatementFile:
    return perform(lambda ctx: reading.statement_file(ctx, member_id, statement_id))


@area.post(f"{OF_MEMBER}/closing/code", says="发送销户的验证码")
@declare("account.close")
@area.arguments(wire.ClosingCodeIn)
@area.response(204)
def send_closing_code(said: dict[str, Any], member_id: UUID) -> Response:
    """A one-time code to the member for closing towards this installation."""
    writing(lambda ctx: closing.send_code(ctx, member_id, said["receiver"]))
    return current_app.response_class(status=204)


@area.post(f"{OF_MEMBER}/closing", says="销户，把时间带到别的平台")
@declare("account.close")
@area.arguments(wire.ClosingIn)
@area.response(201, wire.ClosedOut)
def close_account(said: dict[str, Any], member_id: UUID) -> dict[str, Any]:
    """Close for good. The file comes with this answer: the member's token ends with the account."""
    key = statement_key()

    def work(ctx: Context) -> StatementFile:
        made = closing.close(ctx, closing.CloseForm(member_id, **said), key)
        return reading.handed_out(ctx, member_id, made)

    file = writing(work)
    return {"statement": file.line, "file": file.text}


@area.post("/ledger/<book:book>/imports/account", says="收入销户对账单")
@declare("import.propose")
@area.arguments(wire.TakeInIn)
@area.response(201, ImportMadeOut)
def take_statement_in(said: dict[str, Any], book: str) -> dict[str, Any]:
    """Put a closing statement forward as an import of one row; notice and signature follow."""
    raw, branch = said["file"].encode(errors="surrogatepass"), said["branch_id"]
    made = writing(lambda ctx: take_in(ctx, book, branch, raw, said["id_number"]))
    return {"book": book, "id": made}


@area.post("/account-checks", says="查验一份对账单的文件", keyed=False)
@declare("account.check")
@area.arguments(wire.AccountCheckIn)
@area.response(200, wire.AccountCheckOut)
@limiter.limit(FILES_AN_ADDRESS)
def check_account_file(said: dict[str, Any]) -> CheckedFile:
    """Run the checker with the keys known here; nothing is kept."""
    with looking() as ctx:
        return check_file(ctx, said["file"].encode(errors="surrogatepass"))


@area.get("/account-checks/<digest>", says="凭文件的 SHA-256 查一份对账单")
@declare("account.check")
@area.response(200, wire.AccountIssuedOut)
@wrong_codes()
def check_account_digest(digest: str) -> StatementLine:
    """Whether a file with this SHA-256 went out from here: its kind and its moment."""
    with looking() as ctx:
        return reading.issued(ctx, digest)
