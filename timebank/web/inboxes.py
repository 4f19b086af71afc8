"""Inboxes and ways of being reached: the same pages for every audience, in its own face."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.context import Context
from services.errors import DomainError, Forbidden, NotFound
from services.notices.inbox import Inbox, Mark, inbox, mark_read
from services.notices.preferences import (
    ReachForm,
    ReachView,
    ask_email,
    drop_email,
    prove_email,
    reach_view,
    set_reach,
)
from timebank.edge import now, perform, reading, timebank
from timebank.web.days import moment_in
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

HOURS = [(str(hour), _l("%(hour)s 点", hour=hour)) for hour in range(24)]


@dataclass(frozen=True, slots=True)
class Face:
    """Whose pages these are, in which layout, and where their links lead."""

    layout: str
    member_id: UUID
    #: The address of a page by its short name: back, inbox, read, reach, email, code, end.
    link: Callable[[str], str]
    #: What the layout wants to know besides.
    known: dict[str, Any]
    #: Somebody else reads along: the marks are not this reader's to set.
    only_reads: bool = False


class ReachFields(PageForm):
    """One way, one language, and the hours in which nobody is disturbed."""

    way = f.ChoiceField(
        _l("怎样通知您？"),
        required=_l("请选一项"),
        choices=[
            ("sms", _l("短信")),
            ("email", _l("邮件")),
            ("both", _l("短信和邮件")),
            ("call", _l("网点打电话")),
        ],
        hints={"call": _l("只有座机，或者不看短信，就选这一项。")},
    )
    language = f.ChoiceField(
        _l("通知用什么语言？"),
        required=_l("请选一项"),
        choices=[("zh", "中文"), ("en", "English")],
    )
    quiet_from = f.SelectField(
        _l("晚上几点以后不要打扰"), required=_l("请选一项"), choices=HOURS, prompt=None
    )
    quiet_to = f.SelectField(
        _l("早上几点以后可以"), required=_l("请选一项"), choices=HOURS, prompt=None
    )


class EmailFields(PageForm):
    """A mail address."""

    email = f.TextField(
        _l("邮箱"),
        required=_l("请写完整的邮箱地址，例如 name@example.cn。"),
        max_length=200,
        autocomplete="email",
    )


class EmailCodeFields(PageForm):
    """The code that came by mail."""

    code = f.CodeField(_l("六位验证码"), required=_l("请填写邮件里的六位验证码"))


def inbox_page(face: Face) -> Any:
    """A page of notices, the newest first."""
    after = mark_of(request.args.get("after"))
    with reading() as ctx:
        found: Inbox = inbox(ctx, face.member_id, after=after)
    return render_template(
        "notices/inbox.html",
        face=face.layout,
        link=face.link,
        only_reads=face.only_reads,
        inbox=found,
        next=text_of(found.next),
        until=now().isoformat(),
        **face.known,
    )


def read_all(face: Face) -> Any:
    """What stood on the page has been read."""
    form = PageForm()
    until = moment_in(request.form.get("until"))
    if form.validate_on_submit() and until is not None:
        perform(lambda ctx: mark_read(ctx, face.member_id, until), key=form.key)
    return redirect(face.link("inbox"), 303)


def reach_page(face: Face) -> Any:
    """How a member is reached: shown, and changed."""
    view = _view(face)
    form = ReachFields(data=_answers(view))
    if form.validate_on_submit():
        wanted = _wanted(form)
        if _done(form, lambda ctx: set_reach(ctx, face.member_id, wanted), _FIELDS):
            flash(_("通知方式已经保存。"), "success")
            return redirect(face.link("reach"), 303)
    return _shown("notices/reach.html", face, form, view)


def email_page(face: Face) -> Any:
    """A mail address, which gets a code at once."""
    form = EmailFields()
    if form.validate_on_submit():
        address = form.email.data or ""
        if _done(form, lambda ctx: ask_email(ctx, face.member_id, address)):
            return redirect(face.link("code"), 303)
    return _shown("notices/email.html", face, form, _view(face))


def code_page(face: Face) -> Any:
    """The code that proves the address."""
    view = _view(face)
    if view.pending_email is None and request.method == "GET":
        return redirect(face.link("email"), 303)
    form = EmailCodeFields()
    if form.validate_on_submit():
        code = form.code.data or ""
        if _done(form, lambda ctx: prove_email(ctx, face.member_id, code)):
            flash(_("邮箱已经确认，以后会发邮件到这里。"), "success")
            return redirect(face.link("reach"), 303)
    return _shown("notices/code.html", face, form, view)


def end_email(face: Face) -> Any:
    """No more mail."""
    form = PageForm()
    if form.validate_on_submit():
        perform(lambda ctx: drop_email(ctx, face.member_id), key=form.key)
        flash(_("不再发邮件，邮箱已经删除。"), "success")
    return redirect(face.link("reach"), 303)


#: The form's field of a service's field.
_FIELDS = {
    "by_sms": "way",
    "by_email": "way",
    "landline_only": "way",
    "quiet_from_minute": "quiet_from",
    "quiet_to_minute": "quiet_to",
}


def _view(face: Face) -> ReachView:
    with reading() as ctx:
        return reach_view(ctx, face.member_id)


def _answers(view: ReachView) -> dict[str, str]:
    reach = view.reach
    by_mail = "both" if reach.by_sms else "email"
    return {
        "way": "call" if reach.landline_only else by_mail if reach.by_email else "sms",
        "language": reach.language,
        "quiet_from": str(reach.quiet_from_minute // 60),
        "quiet_to": str(reach.quiet_to_minute // 60),
    }


def _wanted(form: ReachFields) -> ReachForm:
    way = form.way.data
    return ReachForm(
        by_sms=way in ("sms", "both"),
        by_email=way in ("email", "both"),
        landline_only=way == "call",
        language=form.language.data,
        quiet_from_minute=int(form.quiet_from.data) * 60,
        quiet_to_minute=int(form.quiet_to.data) * 60,
    )


def _done(
    form: PageForm, work: Callable[[Context], object], fields: dict[str, str] | None = None
) -> bool:
    try:
        perform(work, key=form.key)
    except (Forbidden, NotFound):
        raise
    except DomainError as error:
        error.field = (fields or {}).get(error.field or "", error.field)
        form.refuse(error)
        return False
    return True


def _shown(template: str, face: Face, form: PageForm, view: ReachView) -> Any:
    page = render_template(
        template,
        face=face.layout,
        link=face.link,
        form=form,
        view=view,
        has_mail=timebank().settings.carriers.mail is not None
        or not timebank().settings.is_production,
        **face.known,
    )
    return page, 422 if form.errors else 200


def text_of(mark: Mark | None) -> str | None:
    """A mark as it stands in an address."""
    return None if mark is None else f"{mark[0].isoformat()}_{mark[1]}"


def mark_of(text: str | None) -> Mark | None:
    """The mark of an address; any other text begins anew."""
    at, _line, key = (text or "").rpartition("_")
    moment = moment_in(at)
    try:
        return None if moment is None else (moment, UUID(key))
    except ValueError:
        return None
