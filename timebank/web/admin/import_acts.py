"""Acts on an import that need words or a file, each on a page of its own; and leaving."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from flask import Response as FlaskResponse
from flask import flash, redirect, stream_with_context, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.context import Context
from services.errors import NotFound
from services.imports import comparing, leaving, publishing, reports, signing
from services.ledger.streams import snapshot
from services.queries.admin.books import name_of_region
from timebank.edge import current_actor, declare, now, perform, reading, timebank
from timebank.web.admin import bp
from timebank.web.admin.import_forms import (
    DecisionForm,
    LeaveForm,
    ListForm,
    ReasonForm,
    content_of,
)
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import named
from timebank.web.forms.base import PageForm

Answer = tuple[str, int] | Response


def _asked(
    book: str,
    import_id: UUID,
    form: PageForm,
    work: Callable[[Context], object],
    words: dict[str, Any],
) -> Answer:
    """A form with one act behind it; done, it leads back to the import."""
    back = url_for("admin.import_one", book=book, import_id=import_id)
    if acted(form, work):
        flash(words["done"], "success")
        return redirect(back, code=303)
    with reading() as ctx:
        one = reports.one_import(ctx, book, import_id)
    return page("admin/import_act.html", form, one=one, back=back, words=words)


@bp.route("/<book>/imports/<uuid:import_id>/withdraw", methods=["GET", "POST"])
@declare("import.withdraw")
def import_withdraw(book: str, import_id: UUID) -> Answer:
    """Take an import back before it is signed."""
    form = ReasonForm()
    words = {
        "title": _("撤回这次导入"),
        "text": _("撤回以后什么都不转入，读到的个人资料会清除。"),
        "button": _("撤回"),
        "done": _("已撤回。"),
    }
    reason = form.reason.data or ""
    return _asked(
        book,
        import_id,
        form,
        lambda ctx: publishing.withdraw(ctx, book, import_id, reason),
        words,
    )


@bp.route("/<book>/imports/<uuid:import_id>/undo", methods=["GET", "POST"])
@declare("import.undo")
def import_undo(book: str, import_id: UUID) -> Answer:
    """Ask for a posted import to be undone."""
    form = ReasonForm()
    words = {
        "title": _("撤销这次转入"),
        "text": _(
            "另一位管理员签署以后，每一行都冲正。已经用掉的保持不变，列出名单；"
            "由它建立、以后什么都没有办过的成员关闭。"
        ),
        "button": _("提出撤销"),
        "done": _("已提出撤销，等另一位管理员签署。"),
    }
    reason = form.reason.data or ""
    return _asked(
        book, import_id, form, lambda ctx: signing.ask_undo(ctx, book, import_id, reason), words
    )


@bp.route("/<book>/imports/<uuid:import_id>/sample", methods=["GET", "POST"])
@declare("import.propose")
def import_sample(book: str, import_id: UUID) -> Answer:
    """The sample's answers come back."""
    form = ListForm()
    content = content_of(form.content.data) if form.is_submitted() else None
    words = {
        "title": _("登记抽查的结果"),
        "text": _("请在下载的抽查名单里，confirmed 一列写“是”或“否”，再上传。"),
        "button": _("登记"),
        "done": _("抽查的结果已经登记。"),
        "upload": True,
    }
    return _asked(
        book,
        import_id,
        form,
        lambda ctx: publishing.confirm_sample(ctx, book, import_id, content or b""),
        words,
    )


@bp.route("/<book>/imports/<uuid:import_id>/compare", methods=["GET", "POST"])
@declare("import.compare")
def import_compare(book: str, import_id: UUID) -> Answer:
    """The older system's list of today."""
    form = ListForm()
    content = content_of(form.content.data) if form.is_submitted() else None
    words = {
        "title": _("比对旧系统今天的余额"),
        "text": _("上传旧系统今天的成员名单，格式和导入时一样。一天只留一份结果，什么都不改。"),
        "button": _("比对"),
        "done": _("今天的比对已经留下。"),
        "upload": True,
    }
    return _asked(
        book,
        import_id,
        form,
        lambda ctx: comparing.compare(ctx, book, import_id, content or b""),
        words,
    )


@bp.route(
    "/<book>/imports/<uuid:import_id>/objections/<uuid:objection_id>", methods=["GET", "POST"]
)
@declare("import.decide")
def import_decide(book: str, import_id: UUID, objection_id: UUID) -> Answer:
    """Answer an objection."""
    with reading() as ctx:
        known = {each.id: each for each in reports.objections(ctx, book, import_id)}
    if objection_id not in known:
        raise NotFound
    form = DecisionForm()
    upheld, reason = form.upheld.data == "yes", form.reason.data or ""
    words = {
        "title": _("处理异议"),
        "text": known[objection_id].text,
        "button": _("就这样决定"),
        "done": _("已经答复。"),
    }

    def work(ctx: Context) -> None:
        publishing.decide(ctx, book, import_id, objection_id, upheld=upheld, reason=reason)

    return _asked(book, import_id, form, work, words)


@bp.get("/<book>/leave")
@declare("region.export")
def region_leave(book: str) -> Answer:
    """What a region takes along, and the code that it is asked for with."""
    with reading() as ctx:
        name = name_of_region(ctx, book)
    return page("admin/leave.html", LeaveForm(), book=book, name=named(name))


@bp.post("/<book>/leave/code")
@declare("region.export")
def region_leave_code(book: str) -> Response:
    """Send the code."""
    perform(lambda ctx: leaving.send_code(ctx, book), key=PageForm().key)
    flash(_("验证码已经发到您的手机。"), "success")
    return redirect(url_for("admin.region_leave", book=book), code=303)


@bp.post("/<book>/leave")
@declare("region.export")
def region_leave_take(book: str) -> Answer:
    """The archive, streamed; that it was taken is on record before its first byte."""
    form = LeaveForm()
    code = form.code.data or ""
    if not acted(form, lambda ctx: leaving.leave(ctx, book, code)):
        with reading() as ctx:
            name = name_of_region(ctx, book)
        return page("admin/leave.html", form, book=book, name=named(name))
    answer = FlaskResponse(stream_with_context(_archive(book)), mimetype="application/zip")
    with reading() as ctx:
        name_of_file = leaving.name_of(book, ctx)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name_of_file}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _archive(book: str) -> Iterator[bytes]:
    held = timebank()
    with held.uow.read() as session:
        snapshot(session)
        ctx = Context(session=session, actor=current_actor(), now=now(), vault=held.vault)
        yield from leaving.archive(ctx, book)
