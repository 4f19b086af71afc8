"""Saying that something went wrong, and what came of it: the same pages for every audience.

One question a page: what it is about, then one's own words. Each audience registers them in its
own face.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.complaints import answering, appealing, reading
from services.complaints.finding import LONGEST_TEXT
from services.complaints.opening import How, open_complaint
from services.complaints.terms import kinds
from services.context import Context
from services.errors import NotFound
from services.visits.appealing import appeal_dispute
from services.visits.appeals import appeal_of
from timebank.edge import perform
from timebank.edge import reading as look
from timebank.web.acting import acted
from timebank.web.evidence import file_answer, uploads_of
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.words import complaints as words


@dataclass(frozen=True, slots=True)
class Face:
    """Whose pages these are, in which layout, and where their links lead."""

    layout: str
    member_id: UUID
    book: str
    how: How
    #: The address of a page by its short name: back, list, new, text, one, answer, appeal,
    #: withdraw, file, visit; with the values of its address.
    link: Callable[..., str]
    known: dict[str, Any]
    #: May the reader say something for whom the pages are about?
    may_say: bool = True


class KindForm(PageForm):
    """What is it about?"""

    kind = f.ChoiceField(
        _l("您要说哪一件事？"),
        required=_l("请从列表里选一种情况。"),
        choices=[],
        hints=dict(words.HINTS),
    )


class TextForm(PageForm):
    """In one's own words."""

    text = f.LongTextField(
        _l("请说说是怎么回事"),
        required=_l("请写几句，写不好也没关系。"),
        max_length=LONGEST_TEXT,
    )


class AnswerForm(TextForm):
    """One's own side, with photographs if there are any."""

    files = f.FilesField(_l("照片或文件"), hint=_l("照片或 PDF，可以不交。"))


@dataclass(frozen=True, slots=True)
class Of:
    """The visit that the address names, if it names one."""

    book: str
    visit_id: UUID | None
    #: The end of a posting's id, where a line of a statement is doubted.
    transfer: str = ""

    @property
    def query(self) -> dict[str, str]:
        """As it stands in the next address."""
        if self.visit_id is None:
            return {"transfer": self.transfer} if self.transfer else {}
        return {"book": self.book, "visit": str(self.visit_id)}


def of_address(face: Face) -> Of:
    """The visit in the address; without one it is about the branch."""
    try:
        visit_id = UUID(request.args.get("visit", ""))
    except ValueError:
        return Of(face.book, None, request.args.get("transfer", "")[-8:])
    return Of(request.args.get("book", face.book), visit_id)


def list_page(face: Face) -> Any:
    """What one has said, what others say of one, and how far each is."""
    with look() as ctx:
        found = reading.own_complaints(ctx, face.member_id)
    return _show(face, "list", found=found)


def kind_page(face: Face, offered: tuple[str, ...]) -> Any:
    """The first question: what is it about?"""
    form, of = KindForm(), of_address(face)
    form.kind.choices = words.choices(offered)
    if form.validate_on_submit():
        return redirect(face.link("text", kind=form.kind.data, **of.query), 303)
    return _show(face, "kind", form, of=of)


def text_page(face: Face, kind: str) -> Any:
    """The second question: how was it? Then it is sent."""
    if kind not in kinds():
        raise NotFound
    form, of, made = TextForm(), of_address(face), list[UUID]()
    if of.transfer and not form.is_submitted():
        form.text.data = _("关于编号 %(key)s 的往来：", key=of.transfer)

    def send(ctx: Context) -> None:
        made.append(
            open_complaint(
                ctx,
                book=of.book,
                kind=kind,
                text=form.text.data or "",
                visit_id=of.visit_id,
                by=face.member_id,
                how=face.how,
            )
        )

    if acted(form, send):
        flash(_("已经收到。处理好会告诉您。"), "success")
        return redirect(face.link("one", book=of.book, complaint_id=made[-1]), 303)
    return _show(face, "text", form, of=of, kind=kind)


def one_page(face: Face, book: str, complaint_id: UUID) -> Any:
    """What both sides said, what was decided and why."""
    return _show(face, "one", it=_found(face, book, complaint_id))


def answer_page(face: Face, book: str, complaint_id: UUID) -> Any:
    """One's own side of it."""
    form = AnswerForm()
    uploads = uploads_of(form.files.data)

    def say(ctx: Context) -> None:
        answering.answer(ctx, book, complaint_id, form.text.data or "", None, uploads)

    if acted(form, say):
        flash(_("已经记下您说的话，对方和处理的人会看到。"), "success")
        return redirect(face.link("one", book=book, complaint_id=complaint_id), 303)
    return _show(face, "answer", form, it=_found(face, book, complaint_id))


def appeal_page(face: Face, book: str, complaint_id: UUID) -> Any:
    """Why somebody else should look at it again."""
    form = TextForm()
    form.text.label.text = _("您为什么不同意？")

    def ask(ctx: Context) -> None:
        appealing.appeal(ctx, book, complaint_id, form.text.data or "")

    if acted(form, ask):
        flash(_("已经申诉，会换一位管理员再看一次。"), "success")
        return redirect(face.link("one", book=book, complaint_id=complaint_id), 303)
    return _show(face, "appeal", form, it=_found(face, book, complaint_id))


def withdraw(face: Face, book: str, complaint_id: UUID) -> Any:
    """Take it back."""
    form = PageForm()
    if acted(form, lambda ctx: answering.withdraw(ctx, book, complaint_id)):
        flash(_("已经撤回。"), "success")
    return redirect(face.link("one", book=book, complaint_id=complaint_id), 303)


def file(book: str, complaint_id: UUID, file_id: UUID) -> Response:
    """A file kept with a complaint; the look is recorded."""
    return file_answer(perform(lambda ctx: reading.evidence_of(ctx, book, complaint_id, file_id)))


def dispute_appeal_page(face: Face, book: str, visit_id: UUID) -> Any:
    """The decision on a dispute was wrong: why the county should look at it."""
    with look() as ctx:
        it = appeal_of(ctx, book, visit_id)
    form = TextForm()
    form.text.label.text = _("您为什么不同意？")
    back = redirect(face.link("visit", book=book, visit_id=visit_id), 303)
    if it is None:
        return back
    dispute_id = it.dispute_id

    def ask(ctx: Context) -> None:
        appeal_dispute(ctx, book, dispute_id, form.text.data or "")

    if acted(form, ask):
        flash(_("已经申诉，由区县再看一次。"), "success")
        return back
    if not it.may_appeal and not form.errors:
        return back
    return _show(face, "dispute_appeal", form, it=it)


def _found(face: Face, book: str, complaint_id: UUID) -> reading.ComplaintPage:
    """A complaint of the person whom the pages are about; another's is not there."""
    found = perform(lambda ctx: reading.complaint_page(ctx, book, complaint_id))
    sides = {each.id for each in (found.line.by, found.line.against) if each}
    if face.member_id not in sides:
        raise NotFound
    return found


def _show(face: Face, name: str, form: PageForm | None = None, **known: Any) -> Any:
    page = render_template(
        f"complaints/{name}.html",
        face=face.layout,
        link=face.link,
        form=form,
        said=words.complaint_word,
        tones=words.TONES,
        may_say=face.may_say,
        **face.known,
        **known,
    )
    return page, 422 if form is not None and form.errors else 200
