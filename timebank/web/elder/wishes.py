"""What an elder wishes of whoever comes, and whom the elder does not want to see again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.availability import IncidentKind
from services import policy
from services.availability.avoiding import Avoided, avoid, avoided_by, is_avoiding, stop_avoiding
from services.availability.incidents import report
from services.availability.wishes import SAME, WishForm, set_wishes, subject_of, wishes_of
from services.context import Context
from services.errors import Forbidden
from services.people.reading import member_row
from services.policy import NO_RIGHT
from services.queries import elder as queries
from services.queries.elder.near import ElderView
from services.queries.elder.visits import VisitPage
from services.rules.languages import LANGUAGES
from timebank.edge import reading
from timebank.i18n import is_english
from timebank.web.elder import wish_words
from timebank.web.elder.forms import PlainForm
from timebank.web.elder.whom import done, page, read, show, whom
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.words.incidents import KINDS

ONE = "/visits/<book>/<uuid:visit_id>"


@dataclass(frozen=True, slots=True)
class Wishing:
    """Whose wishes, and which."""

    elder: ElderView
    wishes: WishForm
    may_update: bool


@dataclass(frozen=True, slots=True)
class Avoiding:
    """Whose list, and who is on it."""

    elder: ElderView
    rows: tuple[Avoided, ...]


class LanguagesForm(PageForm):
    """Which languages, and whether one of them must be."""

    answer = f.ManyField(_l("来的人会说什么话好？"), choices=[], hint=_l("会说其中一种就可以。"))
    must = f.ChoiceField(
        _l("一定要会说吗？"),
        choices=[("no", _l("会说最好，不会也可以来")), ("yes", _l("一定要会说"))],
        required=_l("请选一项。"),
    )


class SexForm(PageForm):
    """Men or women."""

    answer = f.ChoiceField(
        _l("希望男的来，还是女的来？"),
        choices=[
            ("any", _l("男女都可以")),
            ("wish", _l("最好是和我同性别的人")),
            ("must", _l("一定要和我同性别的人")),
        ],
        hints={"must": _l("可能要多等一等。")},
        required=_l("请选一项。"),
    )


class PersonForm(PageForm):
    """The same person again, or anybody."""

    answer = f.ChoiceField(
        _l("希望每次是同一个人来吗？"),
        choices=[("yes", _l("最好是以前来过的人")), ("no", _l("谁来都可以"))],
        required=_l("请选一项。"),
    )


class PartsForm(PageForm):
    """Parts of the day."""

    answer = f.ManyField(
        _l("一天里什么时候来方便？"),
        choices=list(wish_words.PARTS.items()),
        hint=_l("不选就是什么时候都可以。"),
    )


class IncidentForm(PageForm):
    """What happened."""

    kind = f.ChoiceField(_l("是哪一类事？"), choices=list(KINDS.items()), required=_l("请选一项。"))
    text = f.LongTextField(
        _l("发生了什么？"),
        required=_l("请写几句发生了什么。"),
        hint=_l("几个字也可以。只有网点的工作人员看得到。"),
        max_length=1_000,
    )


def _wishing() -> Wishing:
    def work(ctx: Context) -> Wishing:
        elder = queries.elder_view(ctx, whom())
        subject = subject_of(member_row(ctx.session, elder.id))
        may = policy.can(ctx.actor, "wish.update", subject).allowed
        return Wishing(elder, wishes_of(ctx, elder.id), may)

    return read(work)


@page("/wishes", "wish.read")
def wishes() -> Any:
    """What is wished, each with the way to change it."""
    found = _wishing()
    rule = found.wishes
    spoken = wish_words.spoken(rule.languages, must=rule.language_must)
    rows = [
        (_("说什么话"), spoken or _("什么话都可以"), "languages"),
        (_("男的女的"), wish_words.sex(rule), "sex"),
        (_("同一个人"), wish_words.person(rule), "person"),
        (_("什么时候"), wish_words.parts(rule), "parts"),
    ]
    return show(
        "wishes/page",
        found,
        rows=[
            {
                "key": key,
                "value": value,
                "href": url_for(".wish", name=name) if found.may_update else "",
            }
            for key, value, name in rows
        ],
    )


@page("/wishes/<any(languages, sex, person, parts):name>", "wish.update", ("GET", "POST"))
def wish(name: str) -> Any:
    """One question about what is wished."""
    found = _wishing()
    if not found.may_update:
        raise Forbidden(NO_RIGHT)
    form = _FORMS[name](found.wishes)
    if done(form, lambda ctx: set_wishes(ctx, whom(), _CHANGED[name](found.wishes, form))):
        flash(_("记下了。以后的申请都照这样。"), "success")
        return redirect(url_for(".wishes"), 303)
    return show("wishes/question", found, form)


def _languages_form(rule: WishForm) -> PageForm:
    form = LanguagesForm(
        data={"answer": list(rule.languages), "must": "yes" if rule.language_must else "no"}
    )
    form.answer.choices = [
        (code, name.en if is_english() else name.zh) for code, name in LANGUAGES.items()
    ]
    return form


def _sex_form(rule: WishForm) -> PageForm:
    wished = "must" if rule.sex_must else "wish"
    return SexForm(data={"answer": wished if rule.sex == SAME else "any"})


_FORMS: dict[str, Callable[[WishForm], Any]] = {
    "languages": _languages_form,
    "sex": _sex_form,
    "person": lambda rule: PersonForm(data={"answer": "yes" if rule.same_person else "no"}),
    "parts": lambda rule: PartsForm(data={"answer": list(rule.day_parts)}),
}
_CHANGED: dict[str, Callable[[WishForm, Any], WishForm]] = {
    "languages": lambda rule, form: replace(
        rule, languages=tuple(form.answer.data or ()), language_must=form.must.data == "yes"
    ),
    "sex": lambda rule, form: replace(
        rule,
        sex=None if form.answer.data == "any" else SAME,
        sex_must=form.answer.data == "must",
    ),
    "person": lambda rule, form: replace(rule, same_person=form.answer.data == "yes"),
    "parts": lambda rule, form: replace(rule, day_parts=tuple(form.answer.data or ())),
}


@page("/avoided", "avoidance.read")
def avoided() -> Any:
    """Who is not to come again; nobody else reads this."""
    return show("avoided", read(_avoiding), PlainForm())


def _avoiding(ctx: Context) -> Avoiding:
    return Avoiding(queries.elder_view(ctx, whom()), avoided_by(ctx, whom()))


@page("/avoided/<uuid:other_id>/end", "avoidance.update", ("POST",))
def avoided_end(other_id: UUID) -> Any:
    """The person may come again."""
    if done(PlainForm(), lambda ctx: stop_avoiding(ctx, whom(), other_id)):
        flash(_("好的，以后还可以请他来。"), "success")
    return redirect(url_for(".avoided"), 303)


@page(f"{ONE}/avoid", "avoidance.update", ("GET", "POST"))
def avoid_person(book: str, visit_id: UUID) -> Any:
    """Not this person again."""
    found, form = _visit(book, visit_id), PlainForm()
    with reading() as ctx:
        already = is_avoiding(ctx, book, visit_id)
    if done(form, lambda ctx: avoid(ctx, book, visit_id)):
        flash(_("记下了，以后不会再请他来。没有人会知道。"), "success")
        return redirect(url_for(".avoided"), 303)
    return show("avoid", found, form, already=already)


@page(f"{ONE}/incident", "incident.report", ("GET", "POST"))
def incident(book: str, visit_id: UUID) -> Any:
    """Something went wrong: the branch hears of it, and the two are kept apart at once."""
    found, form = _visit(book, visit_id), IncidentForm()

    def work(ctx: Context) -> None:
        report(ctx, book, visit_id, IncidentKind(form.kind.data), form.text.data)

    if done(form, work):
        flash(_("网点已经收到，会尽快和您联系。核实清楚以前，他不会再来。"), "success")
        return redirect(url_for(".visit_page", book=book, visit_id=visit_id), 303)
    return show("incident", found, form)


def _visit(book: str, visit_id: UUID) -> VisitPage:
    return read(lambda ctx: queries.visit_page(ctx, book, visit_id), sensitive="visit.read")
