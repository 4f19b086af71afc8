"""Statements of account on the wire, and the installations that they go to and come from."""

from __future__ import annotations

from marshmallow import fields

from services.rules.checked import Document, Words
from timebank.api.lists import WholeList
from timebank.api.schemas.base import TEXT, At, BothNames, Id, Out, Prose, Said, name_out
from timebank.api.schemas.batches import ListText
from timebank.papers.account_sheet import finding_words


class InstallationOut(Out):
    """Another installation, by the key that signs its statements."""

    fingerprint = fields.String(required=True)
    public_key = fields.String(required=True)
    name = BothNames(required=True)
    added_at = At(required=True)
    removed_at = At(required=True, allow_none=True)


class InstallationList(WholeList):
    """Our own public key, and every installation that was ever known here."""

    own_public_key = fields.String(required=True, allow_none=True)
    items = fields.List(fields.Nested(InstallationOut), required=True)


class InstallationIn(Document):
    """Another installation."""

    public_key = Words()
    name = Prose()
    name_en = Prose()


class InstallationMadeOut(Out):
    """The fingerprint of the key that is known now."""

    fingerprint = fields.String(required=True)


class AccountStatementOut(Out):
    """A statement as it was issued; ``digest`` is the SHA-256 of the file's bytes."""

    id = fields.UUID(required=True)
    kind = Said(required=True)
    issued_at = At(required=True)
    receiver = name_out(required=True, allow_none=True)
    digest = fields.String(required=True)


class AccountStatementList(WholeList):
    """A member's statements, the newest first."""

    items = fields.List(fields.Nested(AccountStatementOut), required=True)


class AccountFileOut(Out):
    """The file as it was signed, in canonical JSON: keep its bytes as they come."""

    kind = fields.String(required=True)
    version = fields.Integer(required=True)
    content = fields.String(required=True)
    content_hash = fields.String(required=True)
    key_id = fields.String(required=True)
    signature = fields.String(required=True)


class ClosingCodeIn(Document):
    """The fingerprint of the installation that the account is closed for."""

    receiver = Words()


class ClosingIn(Document):
    """For which installation. By the own login the code, at the counter the card's number."""

    receiver = Words()
    code = Words(load_default="")
    id_number = Words(load_default="")


class ClosedOut(Out):
    """The closing statement: ``file`` is its text, to be kept as UTF-8 without another byte."""

    statement = fields.Nested(AccountStatementOut, required=True)
    file = fields.String(required=True)


class TakeInIn(Document):
    """A closing statement as text, the branch, and the number on the identity card."""

    file = ListText()
    branch_id = Id()
    id_number = Words()


class AccountCheckIn(Document):
    """A file as text, byte for byte."""

    file = ListText()


class FindingOut(Out):
    """A line of the check: ``mark`` is ✓, ✗ or !."""

    mark = fields.String(required=True)
    code = fields.String(required=True)
    message = fields.Function(finding_words, required=True, metadata=TEXT)


class AccountIssuedOut(Out):
    """What everybody may know of a statement that went out from here: no name and no figure."""

    kind = Said(required=True)
    issued_at = At(required=True)
    digest = fields.String(required=True)


class AccountCheckOut(Out):
    """What the checker found; ``issued`` is null where the file did not go out from here."""

    good = fields.Boolean(required=True)
    findings = fields.List(fields.Nested(FindingOut), required=True)
    digest = fields.String(required=True)
    issued = fields.Nested(AccountIssuedOut, required=True, allow_none=True)
    issuer = name_out(required=True, allow_none=True)
