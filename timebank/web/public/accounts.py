"""Statements of account for whoever holds one: the check, and the file of a closed account."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from services.errors import NotFound
from services.portable.checking import CheckedFile, check_file
from services.portable.reading import StatementFile, StatementLine, issued, just_closed
from services.portable.sentences import StatementUnknown
from services.portable.taking import LONGEST
from timebank.edge import declare, reading
from timebank.papers.account_sheet import finding_words, issued_words, receiver_of
from timebank.papers.accounts import file_answer, pdf_answer
from timebank.papers.throttle import wrong_codes
from timebank.seals.files import FILES_AN_ADDRESS
from timebank.security import limiter
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.public import bp

#: In the session of a browser that has closed an account: the member and the statement.
CLOSED = "closed_account"


class FileForm(PageForm):
    """The file that somebody brings."""

    file = f.UploadField(
        _l("对账单的文件"),
        required=_l("请选对账单的文件。"),
        hint=_l("名字以 .json 结尾的那一个，不是 PDF。"),
    )


@bp.route("/check/account", methods=["GET", "POST"])
@declare("account.check")
@wrong_codes("POST")
@limiter.limit(FILES_AN_ADDRESS)
def account_check() -> ResponseReturnValue:
    """Take a file, say what the checker finds, and keep nothing."""
    form = FileForm()
    if not form.validate_on_submit():
        return _shown(form)
    raw = request.files[form.file.name].stream.read(LONGEST + 1)
    with reading() as ctx:
        found = check_file(ctx, raw)
    return _shown(FileForm(formdata=None), found=found, status=200 if found.good else 422)


@bp.get("/check/account/<digest>")
@declare("account.check")
@wrong_codes()
def account_digest(digest: str) -> ResponseReturnValue:
    """Whether a file with this SHA-256 went out from here."""
    try:
        with reading() as ctx:
            line = issued(ctx, digest)
    except StatementUnknown as error:
        return _shown(FileForm(), digest=digest, unknown=error.sentence, status=404)
    return _shown(FileForm(), line=line, digest=line.digest)


def _shown(
    form: FileForm,
    *,
    found: CheckedFile | None = None,
    line: StatementLine | None = None,
    digest: str = "",
    unknown: str = "",
    status: int = 0,
) -> ResponseReturnValue:
    body = render_template(
        "public/account_check.html",
        form=form,
        found=found,
        line=line,
        digest=digest,
        unknown=unknown,
        finding_words=finding_words,
        issued_words=issued_words,
    )
    return body, status or (422 if form.errors else 200)


@bp.get("/account/closed")
@declare("account.check")
def account_closed() -> ResponseReturnValue:
    """The account is closed: here is the file, for this browser and for an hour."""
    file = _closed()
    there = receiver_of(file.line) if file else ""
    return render_template("public/account_closed.html", has_file=file is not None, there=there)


@bp.get("/account/closed.json")
@declare("account.check")
def account_closed_file() -> ResponseReturnValue:
    """The closing statement, byte for byte."""
    file = _closed()
    return file_answer(file) if file else _too_late()


@bp.get("/account/closed.pdf")
@declare("account.check")
def account_closed_pdf() -> ResponseReturnValue:
    """The same on paper."""
    file = _closed()
    return pdf_answer(file, request.args.get("in")) if file else _too_late()


def _too_late() -> ResponseReturnValue:
    return redirect(url_for(".account_closed"), 303)


def _closed() -> StatementFile | None:
    """What this browser has closed within the hour; None for every other one."""
    kept = session.get(CLOSED)
    if not kept:
        return None
    try:
        with reading() as ctx:
            return just_closed(ctx, UUID(kept[0]), UUID(kept[1]))
    except NotFound:
        return None
