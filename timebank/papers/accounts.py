"""Statements of account as pages and programs get them: the key that signs, the file, the PDF."""

from __future__ import annotations

import logging

from flask import Response, url_for
from flask_babel import gettext as _

from services.ledger.seals.signing import SigningKey
from services.portable.reading import StatementFile
from services.portable.sentences import NoSigningKey
from timebank.edge import timebank
from timebank.i18n import is_english, speaking
from timebank.papers.account_sheet import check_words, sheet_of
from timebank.papers.pdf import pdf_of
from timebank.papers.printing import around, language_of, saved
from timebank.seals.keys import SealKeyError
from timebank.seals.sealing import operator_key

log = logging.getLogger(__name__)


def statement_key() -> SigningKey:
    """The operator's key in force; ask before the unit of work. Raises NoSigningKey.

    The log says which file is missing; whoever wanted a statement is not told.
    """
    try:
        return operator_key(timebank())
    except SealKeyError as error:
        log.warning("no statement can be signed: %s", error)
        raise NoSigningKey from None


def check_address(digest: str) -> str:
    """Where whoever holds the paper checks it: what its square code opens."""
    return url_for("public.account_digest", digest=digest, _external=True)


def file_answer(file: StatementFile) -> Response:
    """The bytes as they were signed, and not one more."""
    return saved(file.text.encode(), "application/json", f"{_name(file)}.json")


def pdf_answer(file: StatementFile, asked: str | None) -> Response:
    """The same on paper, in a language."""
    language = language_of(asked)
    with speaking(language):
        frame = around(
            check_address(file.line.digest),
            check_words(url_for("public.account_check", _external=True)),
            _("〓 是这个文件里写不出来的字，请看对账单的文件。"),
            english=is_english(),
        )
        body = pdf_of(sheet_of(file), frame)
    return saved(body, "application/pdf", f"{_name(file)}-{language}.pdf")


def _name(file: StatementFile) -> str:
    return f"timebank-{file.line.kind.value}-{file.line.id}"
