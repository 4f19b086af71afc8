"""Books, statements and audit records on the wire; figures are standard minutes."""

from __future__ import annotations

from marshmallow import fields

from models.ledger import AccountKind
from services.issuing import LARGEST_MINUTES
from services.rules.checked import Choice, Day, Document, Whole, Words
from services.rules.wire import Moment
from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, Id, ListOut, Out, PageQuery, Prose, Said


class StatementQuery(PageQuery):
    """Whose statement; one's own without ``for``. A period has both its days in it."""

    member_id = Id(required=False, data_key="for")
    first = Day(required=False, data_key="from")
    last = Day(required=False, data_key="to")


class StatementLineOut(Out):
    """One entry as its owner sees it."""

    transfer_id = fields.UUID(required=True)
    kind = fields.String(required=True)
    origin = Said()
    period = fields.String()
    reason = fields.String()
    effective_at = At()
    posted_at = At(required=True)
    amount_minutes = fields.Integer(required=True)
    total_after_minutes = fields.Integer(required=True)
    valuation_id = fields.UUID(allow_none=True)
    reverses_id = fields.UUID(allow_none=True)
    by_hand = fields.Boolean(required=True)


class PendingOut(Out):
    """Minutes set aside for something that is not settled yet."""

    hold_id = fields.UUID()
    purpose = fields.String()
    subject_id = fields.UUID()
    created_at = At()
    amount_minutes = fields.Integer()


class OriginOut(Out):
    """One account by where its coins came from; accounts stand in the order they are spent in.

    ``origin`` is the account's kind, ``comes_from`` earned, gift, inherited or granted. A grant
    has its quarter and its last day, an inheritance its day; ``locked_until_age`` is the age
    below which received coins cannot be used.
    """

    origin = Said(required=True)
    comes_from = Said(required=True)
    posted_minutes = fields.Integer(required=True)
    held_minutes = fields.Integer(required=True)
    available_minutes = fields.Integer(required=True)
    period = fields.String(required=True)
    inherited_on = fields.Date(allow_none=True)
    ends_on = fields.Date(allow_none=True)
    locked_until_age = fields.Integer(allow_none=True)


class StatementOut(ListOut):
    """A member's coins now, what is pending, and a page of what happened, newest first.

    ``opening_minutes`` and ``closing_minutes`` are the totals before and at the end of the period.
    """

    total_minutes = fields.Integer(required=True)
    available_minutes = fields.Integer(required=True)
    held_minutes = fields.Integer(required=True)
    opening_minutes = fields.Integer(required=True)
    closing_minutes = fields.Integer(required=True)
    by_origin = fields.List(fields.Nested(OriginOut))
    pending = fields.List(fields.Nested(PendingOut))
    items = fields.List(fields.Nested(StatementLineOut), required=True, attribute="lines")


class KindOut(Out):
    """All accounts of one kind: what entries brought and took, and what balances keep."""

    kind = Said(required=True)
    accounts = fields.Integer(required=True)
    in_minutes = fields.Integer(required=True)
    out_minutes = fields.Integer(required=True)
    balance_minutes = fields.Integer(required=True)
    kept_minutes = fields.Integer(required=True)
    held_minutes = fields.Integer(required=True)


class TrialBalanceOut(Out):
    """A book by kind of account; ``total_minutes`` is 0 and ``agrees`` true, or it is broken."""

    book = fields.String(required=True)
    kinds = fields.List(fields.Nested(KindOut), required=True, attribute="lines")
    total_minutes = fields.Integer(required=True)
    agrees = fields.Boolean(required=True)


class AtQuery(Document):
    """A past moment; the present without it."""

    at = Moment(required=False)


class BalanceThenOut(Out):
    """An account at a moment: as it was recorded then, and by what is known today."""

    at = At(required=True)
    recorded_minutes = fields.Integer(required=True)
    effective_minutes = fields.Integer(required=True)


class TrialQuery(AtQuery):
    """A region's code (a county's is its book, 000000000000 is the nation) and a moment."""

    region = Words()


class KindThenOut(Out):
    """All accounts of one kind until the watermark."""

    kind = Said(required=True)
    accounts = fields.Integer(required=True)
    in_minutes = fields.Integer(required=True)
    out_minutes = fields.Integer(required=True)
    balance_minutes = fields.Integer(required=True)


class PairOut(Out):
    """Two books' accounts with each other; the two figures cancel out."""

    book = fields.String(required=True)
    counter_book = fields.String(required=True)
    book_minutes = fields.Integer(required=True)
    counter_minutes = fields.Integer(required=True)
    agrees = fields.Boolean(required=True)


class TrialThenOut(Out):
    """All books of a region at a watermark, at least a minute ago; ``total_minutes`` is 0."""

    watermark = At(required=True, attribute="watermark.at")
    moved = fields.Boolean(required=True, attribute="watermark.moved")
    books = fields.Integer(required=True, attribute="whole.books")
    kinds = fields.List(fields.Nested(KindThenOut), required=True, attribute="whole.kinds")
    total_minutes = fields.Integer(required=True, attribute="whole.total_minutes")
    pairs = fields.List(fields.Nested(PairOut), required=True)
    agrees = fields.Boolean(required=True)


class PersonOut(Out):
    """Somebody as an auditor sees him: number and masked name; the job process has neither."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    name = fields.String(required=True)


def person_out() -> fields.Nested:
    """Somebody, or nobody."""
    return fields.Nested(PersonOut, allow_none=True)


class AccountQuery(PageQuery):
    """Accounts of which kind, and of whom (by volunteer number)."""

    kind = Choice(*(each.value for each in AccountKind), required=False)
    number = Words(required=False)


class AccountOut(Out):
    """An account as it stands."""

    id = fields.UUID(required=True)
    kind = Said(required=True)
    period = fields.String()
    owner = person_out()
    posted_minutes = fields.Integer(required=True)
    held_minutes = fields.Integer(required=True)
    available_minutes = fields.Integer(required=True)
    opened_at = At()
    closed_at = At(allow_none=True)


class AccountList(ListOut):
    """Some accounts, the fullest first, and where to go on."""

    items = fields.List(fields.Nested(AccountOut), required=True)


#: An account may be spread over several balance rows; what a reader must know of them.
SLOT = {"description": "The account's balance row that the entry is on, counted from 0."}
BALANCE_AFTER = {
    "description": "The balance of this row alone after the entry. Rows of one account may be "
    "below zero; together they make the account's balance."
}


class LedgerEntryOut(Out):
    """One entry with the balance after it of the row it is on."""

    transfer_id = fields.UUID(required=True)
    slot = fields.Integer(required=True, metadata=SLOT)
    version = fields.Integer(required=True)
    kind = fields.String(required=True)
    reason = fields.String()
    amount_minutes = fields.Integer(required=True)
    balance_after_minutes = fields.Integer(required=True, metadata=BALANCE_AFTER)
    effective_at = At()
    posted_at = At()


class EntryList(ListOut):
    """Some entries, oldest first, and where to go on."""

    items = fields.List(fields.Nested(LedgerEntryOut), required=True)


class LegOut(Out):
    """One leg of a transfer."""

    leg = fields.Integer(required=True)
    account_id = fields.UUID(required=True)
    kind = Said(required=True)
    owner = person_out()
    amount_minutes = fields.Integer(required=True)
    slot = fields.Integer(required=True, metadata=SLOT)
    slots = fields.Integer(
        required=True, metadata={"description": "How many balance rows the account has."}
    )
    balance_after_minutes = fields.Integer(required=True, metadata=BALANCE_AFTER)


class TransferOut(Out):
    """A transfer with its legs."""

    book = fields.String(required=True, attribute="place.book")
    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    reason = fields.String()
    effective_at = At()
    posted_at = At()
    actor = person_out()
    valuation_id = fields.UUID(allow_none=True)
    visit_id = fields.UUID(allow_none=True)
    manual_entry_id = fields.UUID(allow_none=True)
    reverses_id = fields.UUID(allow_none=True)
    reversed_by_id = fields.UUID(allow_none=True)
    legs = fields.List(fields.Nested(LegOut), required=True)


class NoteIn(Document):
    """A word beside a transfer, for staff."""

    text = Prose()


class NoteOut(Out):
    """A note; its text is null once it was erased, the hash of text and salt stays."""

    id = fields.UUID(required=True, attribute="note.id")
    at = At(required=True, attribute="note.at")
    actor = person_out()
    text = fields.String(required=True, allow_none=True, attribute="note.text")
    text_hash = fields.String(required=True, attribute="note.text_hash")


class NoteList(WholeList):
    """A transfer's notes, oldest first: there are never many."""

    items = fields.List(fields.Nested(NoteOut), required=True)


class NoteMade(Out):
    """The new note."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)


class AuthorisationIn(Document):
    """How many minutes may enter the pool, and what backs them."""

    amount_minutes = Whole(1, LARGEST_MINUTES)
    backing = Prose()


class AuthorisationOut(Out):
    """The authorisation, before a second administrator signs it."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)


class RecordQuery(PageQuery):
    """Which records: about one thing, of one act, by one person, from day to day."""

    subject_id = Id(required=False, data_key="subject")
    act = Words(required=False)
    number = Words(required=False)
    first = Day(required=False, data_key="from")
    last = Day(required=False, data_key="to")


class RecordOut(Out):
    """Who did what, for whom; codes, states and figures, no free text."""

    id = fields.UUID(required=True)
    at = At(required=True)
    act = fields.String(required=True)
    actor = person_out()
    acting_for = person_out()
    subject_kind = fields.String()
    subject_id = fields.UUID()
    before = fields.Dict()
    after = fields.Dict()


class RecordList(ListOut):
    """Some records, oldest first, and where to go on."""

    items = fields.List(fields.Nested(RecordOut), required=True)
