"""Gifts at the counter: both sides are named before a clerk who is kin of neither."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import HiddenField

from models.giving import GiftOrigin
from services.context import Context
from services.errors import DomainError, Forbidden
from services.gifts import taking_back
from services.gifts.making import GiftForm, make
from services.queries import gifts as queries
from services.queries.gifts import Giving, Relative
from services.rules.gifts import GUARD_QUESTIONS
from timebank.edge import declare, perform, reading
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import named
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.giving.gift_forms import FRIEND, NO, YES
from timebank.web.giving.gift_new import COINS
from timebank.web.giving.gift_words import (
    both,
    guard_words,
    lives_in,
    reason_of,
    relation_word,
    state_of,
)

Answer = tuple[str, int] | Response
MEMBER = "/members/<uuid:member_id>/gifts"
GIFT = f"{MEMBER}/<book>/<uuid:gift_id>"
#: Fields of a refusal -> those of the counter's form.
FIELDS = {"amount_minutes": "minutes", "receiver_id": "receiver"}


class GiverForm(PageForm):
    """To whom a member gives, and how much."""

    receiver = f.ChoiceField(_l("送给谁？"), choices=[], required=_l("请选一位。"))
    minutes = f.MinutesField(_l("送几小时几分？"), low=1, required=_l("请写上几小时几分。"))


class FriendGiverForm(GiverForm):
    """The same where the region lets friends be given to."""

    number = f.TextField(_l("朋友的志愿者编号"), hint=_l("送给朋友才要写。"))
    name = f.TextField(_l("朋友的姓名"), max_length=40)


class NamedForm(PageForm):
    """Both sides named, and the answers of an old giver."""

    receiver = HiddenField()
    name = HiddenField()
    minutes = HiddenField()
    present = f.TickField(
        _l("赠送人本人在场，看过身份证；两个人的姓名念给本人听过，本人说对"),
        required=_l("要本人在场，念给本人听过，才能办。"),
    )


@bp.get(MEMBER, endpoint="member_gifts")
@declare("gift.read")
def member_gifts(member_id: UUID) -> Answer:
    """What a member gave and received."""
    it = perform(lambda ctx: queries.looked_at(ctx, member_id))
    return page("branch/gifts.html", it=it, state_of=state_of, reason_of=reason_of, both=both)


@bp.route(f"{MEMBER}/new", methods=["GET", "POST"], endpoint="gift_new")
@declare("gift.make")
def gift_new(member_id: UUID) -> Answer:
    """Whom and how much."""
    it = _giving(member_id)
    form = (FriendGiverForm if it.friends_allowed else GiverForm)()
    form.receiver.choices = [(str(each.member_id), lives_in(each)) for each in it.relatives]
    if it.friends_allowed:
        form.receiver.choices.append((FRIEND, relation_word(FRIEND)))
    if form.validate_on_submit() and (chosen := _foreseen(form, it)) is not None:
        said = {
            "receiver": str(chosen.member_id),
            "name": chosen.name,
            "minutes": form.minutes.data,
        }
        return _check(it, _named_form(it, chosen.name)(formdata=None, data=said))
    return page("branch/gift_new.html", form, it=it)


@bp.post(f"{MEMBER}/check", endpoint="gift_check")
@declare("gift.make")
def gift_check(member_id: UUID) -> Answer:
    """Both named, the questions answered: the coins are set aside."""
    it = _giving(member_id)
    form = _named_form(it, request.form.get("name", ""))()
    wanted = GiftForm(it.giver_id, _receiver(form), _minutes(form), _guard(form, it), it.origin)
    if acted(form, lambda ctx: make(ctx, wanted)):
        flash(_("已经留出来，双方都会收到通知。"), "success")
        return redirect(url_for("branch.member_gifts", member_id=member_id), 303)
    return _check(it, form)


@bp.route(f"{GIFT}/back", methods=["GET", "POST"], endpoint="gift_back")
@declare("gift.take_back")
def gift_back(member_id: UUID, book: str, gift_id: UUID) -> Answer:
    """The giver takes it back at the counter."""
    return _end(member_id, book, gift_id, taking_back.take_back, "back")


@bp.route(f"{GIFT}/refuse", methods=["GET", "POST"], endpoint="gift_refuse")
@declare("gift.refuse")
def gift_refuse(member_id: UUID, book: str, gift_id: UUID) -> Answer:
    """The receiver gives it back at the counter."""
    return _end(member_id, book, gift_id, taking_back.refuse, "refuse")


def _end(
    member_id: UUID, book: str, gift_id: UUID, act: Callable[[Context, str, UUID], None], how: str
) -> Answer:
    form = PageForm()
    if acted(form, lambda ctx: act(ctx, book, gift_id)):
        flash(_("时间已经退回给赠送人，双方都会收到通知。"), "success")
        return redirect(url_for("branch.member_gifts", member_id=member_id), 303)
    line = perform(lambda ctx: queries.gift_of(ctx, book, gift_id))
    known = {"member_id": member_id, "how": how, "both": both}
    return page("branch/gift_end.html", form, it=line, **known)


def _giving(member_id: UUID) -> Giving:
    """What the member may give, of the coins that the address names."""
    origin = COINS.get(request.args.get("coins", ""), GiftOrigin.EARNED)
    with reading() as ctx:
        return queries.giving(ctx, member_id, origin)


def _foreseen(form: GiverForm, it: Giving) -> Relative | None:
    """The receiver, if the gift would be taken; else the refusal stands on the form."""
    try:
        chosen = _chosen(form, it)
        wanted = GiftForm(it.giver_id, chosen.member_id, form.minutes.data, origin=it.origin)
        with reading() as ctx:
            queries.foreseen(ctx, wanted)
    except Forbidden:
        raise
    except DomainError as error:
        error.field = FIELDS.get(error.field or "", error.field)
        form.refuse(error)
        return None
    return chosen


def _chosen(form: GiverForm, it: Giving) -> Relative:
    if form.receiver.data != FRIEND:
        relative = it.relative(UUID(form.receiver.data))
        assert relative is not None, "a choice of the form"
        return relative
    number, name = form.number.data or "", form.name.data or ""
    return perform(lambda ctx: queries.friend_of(ctx, it.giver_id, number, name))


def _named_form(it: Giving, name: str) -> type[NamedForm]:
    """The form of the last page; an old giver's answers stand on it."""
    if not it.needs_guard:
        return NamedForm
    questions = {
        each: f.ChoiceField(
            text, choices=[(YES, _("是")), (NO, _("不是"))], required=_("请选一项。")
        )
        for each, text in guard_words(name).items()
    }
    return type("GuardedForm", (NamedForm,), questions)


def _check(it: Giving, form: NamedForm) -> Answer:
    relative = it.relative(_receiver(form))
    relation = relative.relation if relative is not None else FRIEND
    known = {"receiver": both(form.name.data, relation), "minutes": _minutes(form)}
    with reading() as ctx:
        region = queries.region_of(ctx, it.giver_id, _receiver(form))
    known["region"] = named(region) if region else ""
    return page("branch/gift_check.html", form, it=it, name=form.name.data, **known)


def _receiver(form: NamedForm) -> UUID:
    try:
        return UUID(form.receiver.data or "")
    except ValueError:
        abort(400)


def _minutes(form: NamedForm) -> int:
    said = str(form.minutes.data or "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else abort(400)


def _guard(form: NamedForm, it: Giving) -> dict[str, bool]:
    names = GUARD_QUESTIONS if it.needs_guard else ()
    return {name: getattr(form, name).data == YES for name in names}
