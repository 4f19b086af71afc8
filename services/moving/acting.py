"""The move itself: one unit of work takes everything along, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from models.moving import Move
from models.people import Member
from services import policy
from services.acts import once
from services.clock import local_date
from services.complaints.moving import free_for_move, set_aside_again
from services.context import Context
from services.corridors.finding import require_open
from services.donations.funds import POOL
from services.estates.leaving_elder import give_places_back
from services.ids import derived
from services.ledger.accounts import standings
from services.moving import sentences as say
from services.moving.as_elder import ask_anew, hold_all_anew
from services.moving.as_provider import carry_promises, leave_district
from services.moving.bookings import bookings_of, lock_requests, own_requests, promised_to
from services.moving.checking import hindrances
from services.moving.coins import carry_coins
from services.moving.planning import ACT, Place, destination, place_of, staying, subject_of
from services.moving.receipt import Receipt, give
from services.moving.series import carry_series
from services.people import handles, second_factor, texts
from services.people.guardians import require_no_ward
from services.people.reading import member_row
from services.people.trail import note
from services.places.books import book_of
from services.places.branches import branch_row
from services.places.regions import region_on
from services.references import new_reference
from services.requests.paying import end_payments
from services.visits.days import lock_members

OWN, COUNTER, SPLIT = "own", "counter", "split"


@dataclass(frozen=True, slots=True)
class MoveForm:
    """Where to. By the own login ``code`` is the one-time code, at the counter ``id_number`` the
    number on the identity card that the clerk has seen.
    """

    member_id: UUID
    branch_id: UUID
    address: str = ""
    #: Where in the branch's county; empty: the branch's own region.
    region_code: str = ""
    code: str = ""
    id_number: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a move answers: its id, its reference, and the check code of the receipt."""

    move_id: UUID
    book: str
    reference: str
    check_code: str


def send_code(ctx: Context, member_id: UUID, branch_id: UUID) -> None:
    """Send the member a one-time code for a move to this branch.

    Raises NoCodeReaches, TooManyActCodes, WardMayNot or what a preview raises.
    """
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, ACT, subject_of(ctx, member, branch_id))
    branch = destination(ctx, member, branch_id)

    def do() -> dict[str, str]:
        require_no_ward(ctx.session, member)
        second_factor.send(ctx, member, ACT, _subject(member_id, branch_id), say.MOVE_CODE)
        return {}

    content = {"member_id": member_id, "branch_id": branch_id}
    once(ctx, branch.book, "member.move.code", content, do)


def move(ctx: Context, form: MoveForm) -> Moved:
    """Move a member's home to a branch of another county, with everything; one unit of work.

    Raises ActCodeWrong or ActCodeEnded, NotThisPerson, OwnOrKinMove, MoveHindered with every
    reason, NotJoined, CorridorShut or CapReached: then everything is as it was.
    """
    member = member_row(ctx.session, form.member_id)
    policy.require(ctx.actor, ACT, subject_of(ctx, member, form.branch_id))
    own = ctx.actor.id == member.id
    if not own and member.id in ctx.actor.relatives:
        raise say.OwnOrKinMove
    branch_book = branch_row(ctx.session, form.branch_id).book

    def do() -> dict[str, str]:
        lock_with_partners(ctx, member)
        _require_person(ctx, member, form, own=own)
        moved = carry(ctx, member, form, OWN if own else COUNTER)
        return {
            "move_id": str(moved.move_id),
            "book": moved.book,
            "reference": moved.reference,
            "check_code": moved.check_code,
        }

    content = {
        "member_id": form.member_id,
        "branch_id": form.branch_id,
        "region_code": form.region_code,
        "address": ctx.vault.blind("act", form.address),
        "code": ctx.vault.blind("act.code", form.code),
        "id_number": ctx.vault.blind("act", form.id_number),
    }
    # The key lives in the book moved to: it is the same one before the move and after it.
    done = once(ctx, branch_book, ACT, content, do)
    return Moved(UUID(done["move_id"]), done["book"], done["reference"], done["check_code"])


def carry(ctx: Context, member: Member, form: MoveForm, how: str) -> Moved:
    """Everything that moves; the member is locked, and who asks for it has been looked at."""
    branch = destination(ctx, member, form.branch_id)
    came_from = place_of(ctx, member.home_book, member.region_code, member.branch_id)
    to = _place_in(ctx, form, branch.book, branch.region_code)
    require_open(ctx, came_from.book, to.book)
    reasons = hindrances(ctx, member)
    if reasons:
        raise say.MoveHindered(reasons[0].sentence, reasons=reasons, **reasons[0].params)
    planned = bookings_of(ctx, member, to.book)
    receipt = Receipt(
        move_id=ctx.new_id(),
        reference=new_reference(ctx, came_from.book, Move, "M"),
        how=how,
        from_place=came_from,
        to_place=to,
        stays=staying(ctx, standings(ctx.session, came_from.book, member.id, now=ctx.now)),
        overflow_fell_back=member.overflow_to != POOL,
    )
    receipt.left = leave_district(ctx, member)
    receipt.note_given_back(planned)
    give_places_back(ctx, member)
    end_payments(ctx, member)
    receipt.lines += carry_promises(ctx, member, came_from.book, to.book)
    old_address = _settle_in(ctx, member, form, to, stays_put=how == SPLIT)
    carried = ask_anew(ctx, member, came_from.book, to, old_address)
    receipt.lines += carry_series(ctx, member, came_from.book, to, carried, old_address)
    aside = free_for_move(ctx, member, came_from.book)
    receipt.coins, receipt.link_id = carry_coins(
        ctx, member, receipt.move_id, came_from.book, to.book
    )
    set_aside_again(ctx, member, aside)
    receipt.lines += hold_all_anew(ctx, carried)
    code = give(ctx, member, receipt)
    return Moved(receipt.move_id, came_from.book, receipt.reference, code)


def _settle_in(
    ctx: Context, member: Member, form: MoveForm, to: Place, *, stays_put: bool
) -> str | None:
    """Write the new home on the member's row; returns the old address in words.

    ``stays_put``: the region has changed, not the house.
    """
    old_book = member.home_book
    old_address = ctx.vault.open_or_none("member.address", member.address_sealed)
    if not stays_put:
        address = texts.short(form.address, "address")
        if address is None:
            raise say.NewAddressNeeded(field="address")
        member.address_sealed = ctx.vault.seal("member.address", address)
        # Where the new home lies on the map is not known yet.
        member.latitude_e6 = member.longitude_e6 = None
    before = {
        "book": old_book,
        "region": member.region_code,
        "branch": str(member.branch_id),
    }
    member.home_book, member.region_code, member.branch_id = (
        to.book,
        to.region_code,
        to.branch_id,
    )
    member.other_books = [
        *(book for book in member.other_books if book not in (to.book, old_book)),
        old_book,
    ]
    member.overflow_to = POOL
    after = {"book": to.book, "region": to.region_code, "branch": str(to.branch_id)}
    note(ctx, ACT, member, before=before, after=after)
    ctx.session.flush()
    return old_address


def _place_in(ctx: Context, form: MoveForm, book: str, region_code: str) -> Place:
    """The branch, and the region in its county where the member will live."""
    code, today = form.region_code or region_code, local_date(ctx.now)
    region_on(ctx.session, code, today)
    if book_of(ctx.session, code, today) != book:
        raise say.RegionOfBranch(field="region_code")
    return place_of(ctx, book, code, form.branch_id)


def _require_person(ctx: Context, member: Member, form: MoveForm, *, own: bool) -> None:
    """The member's own word: a code on the telephone, or the identity card at the counter."""
    if own:
        require_no_ward(ctx.session, member)
        subject = _subject(member.id, form.branch_id)
        second_factor.use(ctx, member.id, ACT, subject, form.code)
        return
    if card_holder(ctx, form.id_number) != member.id:
        raise say.NotThisPerson(field="id_number")


def card_holder(ctx: Context, id_number: str) -> UUID | None:
    """Whose identity card bears this number, in any spelling."""
    narrow = "".join(texts.plain(id_number).upper().split())
    return handles.holder(ctx.session, "id_number", handles.digest(ctx.vault, "id_number", narrow))


def lock_with_partners(ctx: Context, member: Member) -> None:
    """Lock the member, whoever has promised to come, and whoever pays: their rows change as well.

    Every request that the member has a part in is locked too: no visit begins until all is done.
    """
    lock_members(ctx.session, _with_partners(ctx, member))
    lock_requests(ctx, member)
    # Whoever has promised between the look and the locks.
    lock_members(ctx.session, _with_partners(ctx, member))


def _with_partners(ctx: Context, member: Member) -> set[UUID]:
    requests = own_requests(ctx, member.home_book, member.id)
    comes = {visit.provider_id for each in requests for visit in promised_to(ctx, each)}
    pays = {each.payer_id for each in requests if each.payer_id is not None}
    return {member.id} | comes | pays


def _subject(member_id: UUID, branch_id: UUID) -> UUID:
    """What a code is for: this member's move to this branch."""
    return derived("move", member_id, branch_id)
