"""Rolls of those entitled: which there are, a new one with its dry run, the second signature."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.clock import local
from services.context import Context
from services.policy import may_ever
from services.records.scope import choices
from services.rolls import proposing, sentences
from services.rolls import reading as queries
from services.rolls.comparing import ASKED, Change, Compared
from services.rolls.proposing import LONGEST_SOURCE, RollForm
from services.rules.member_number import grouped
from timebank.edge import current_actor, declare, now, perform, reading, takes_files
from timebank.i18n import say
from timebank.web import exports
from timebank.web.branch.acting import acted, page
from timebank.web.branch.words import named
from timebank.web.exports import Column, Sheet
from timebank.web.forms import fields as f
from timebank.web.forms.base import FilterForm, PageForm
from timebank.web.more import More
from timebank.web.oversight import MORE, bp
from timebank.web.oversight.return_words import CHANGES, FOR_TEMPLATES, ROLL_KINDS, WHYS
from timebank.web.paging import page_number
from timebank.web.words.records import pairs

ROLL = "/rolls/<book>/<uuid:roll_id>"
#: Changes of a dry run that are shown; all of them are counted.
SHOWN = 200

MORE.append(
    More(
        "oversight.rolls",
        _l("有资格的人的名册"),
        _l("低保、独居、特殊家庭的名册：每月由别的部门给，两个人签署，看谁新列入、谁不再列入"),
    )
)


class RollFilterForm(FilterForm):
    """Whose rolls."""

    book = f.SelectField(_l("地区"), choices=[])


class RollNewForm(PageForm):
    """A roll with its file."""

    kind = f.ChoiceField(
        _l("哪一种名册？"), choices=list(ROLL_KINDS.items()), required=_l("请选择是哪一种名册。")
    )
    month = f.TextField(
        _l("哪个月的？"), hint=_l("例如 2026-03"), required=_l("请写是哪个月的。"), max_length=7
    )
    source = f.TextField(
        _l("哪个部门给的？"), required=_l("请写是哪个部门给的。"), max_length=LONGEST_SOURCE
    )
    file = f.UploadField(
        _l("名册（CSV 或 XLSX）"),
        hint=_l("第一行要有“身份证号”和“姓名”，还可以有“地区”。文件不保存，只记它的指纹。"),
        required=_l("请选择名册的文件。"),
    )
    rest_why = f.SelectField(
        _l("名册里少了、系统又不知道原因的人，记作什么？"),
        choices=[(code, WHYS[code]) for code in ASKED],
        prompt=_l("先核对，还不选"),
    )

    def said(self) -> RollForm:
        """As the service takes it."""
        content = self.file.data.read() if self.file.data else b""
        return RollForm(
            self.kind.data or "",
            (self.month.data or "").strip(),
            self.source.data or "",
            content,
            self.rest_why.data or "",
        )


@bp.get("/rolls")
@declare("roll.read")
def rolls() -> tuple[str, int]:
    """The rolls of a region, the newest first."""
    form = RollFilterForm()
    with reading() as ctx:
        offered = choices(ctx, "roll.read", request.args.get("book", ""))
        found = queries.rolls(ctx, offered.book) if offered.book else ()
        missing = queries.unserved(ctx.session, offered.book) if offered.book else {}
    form.book.choices = pairs((code, named(name)) for code, name in offered.books)
    form.book.data = offered.book
    return page(
        "oversight/rolls.html",
        filters=form,
        found=found,
        offered=offered,
        missing=missing,
        may_propose=may_ever(current_actor(), "roll.propose"),
        **FOR_TEMPLATES,
    )


@bp.route("/rolls/<book>/new", methods=["GET", "POST"])
@declare("roll.propose")
@takes_files
def roll_new(book: str) -> tuple[str, int] | Response:
    """A new roll: looked through first, then put forward."""
    form = RollNewForm(data={"month": f"{local(now()):%Y-%m}"})
    said = form.said() if form.is_submitted() else None
    found: list[Compared] = []
    made: list[UUID] = []

    def work(ctx: Context) -> None:
        assert said is not None
        if request.form.get("step") == "try":
            found.append(proposing.try_roll(ctx, book, said))
        else:
            made.append(proposing.propose_roll(ctx, book, said))

    bad: Sequence[tuple[int, str]] = ()
    if said is not None and form.validate():
        bad = _done(form, work)
    if made:
        flash(_("名册已提出，等另一位管理员签署。签署以前什么都不会变。"), "success")
        return redirect(url_for("oversight.roll", book=book, roll_id=made[0]), code=303)
    seen = found[0] if found else None
    shown = seen.changes[:SHOWN] if seen else ()
    return page(
        "oversight/roll_new.html",
        form,
        book=book,
        seen=seen,
        shown=shown,
        bad=bad,
        **FOR_TEMPLATES,
    )


def _done(form: RollNewForm, work: Callable[[Context], None]) -> Sequence[tuple[int, str]]:
    """Run the act; the rows that are wrong, each with its sentence."""
    kept: list[sentences.RollRowsBad] = []

    def run(ctx: Context) -> None:
        try:
            work(ctx)
        except sentences.RollRowsBad as error:
            kept.append(error)
            raise

    acted(form, run)
    if not kept:
        return ()
    return [(line, say(error.sentence, error.params)) for line, error in kept[-1].lines]


@bp.get(ROLL)
@declare("roll.read")
def roll(book: str, roll_id: UUID) -> tuple[str, int]:
    """One roll with who joined and left; the look is recorded."""
    return _shown(book, roll_id, PageForm())


def _shown(book: str, roll_id: UUID, form: PageForm) -> tuple[str, int]:
    it = perform(lambda ctx: queries.roll_page(ctx, book, roll_id, page_number()))
    return page(
        "oversight/roll.html",
        form,
        it=it,
        may_export=may_ever(current_actor(), "roll.export"),
        **FOR_TEMPLATES,
    )


@bp.post(f"{ROLL}/sign")
@declare("roll.sign")
def roll_sign(book: str, roll_id: UUID) -> tuple[str, int] | Response:
    """The second name."""
    form = PageForm()
    if acted(form, lambda ctx: proposing.sign_roll(ctx, book, roll_id)):
        flash(_("名册已签署，成员的情况会在几分钟内照着更改。"), "success")
        return redirect(url_for("oversight.roll", book=book, roll_id=roll_id), code=303)
    return _shown(book, roll_id, form)


@bp.post(f"{ROLL}/withdraw")
@declare("roll.withdraw")
def roll_withdraw(book: str, roll_id: UUID) -> tuple[str, int] | Response:
    """Take back what nobody has signed."""
    form = PageForm()
    if acted(form, lambda ctx: proposing.withdraw_roll(ctx, book, roll_id)):
        flash(_("名册已撤回。"), "success")
        return redirect(url_for("oversight.rolls", book=book), code=303)
    return _shown(book, roll_id, form)


@bp.post(f"{ROLL}/export")
@declare("roll.export")
def roll_export(book: str, roll_id: UUID) -> Response:
    """Everybody who joined or left, as a file."""
    form = _form()
    line, found = perform(lambda ctx: queries.exported(ctx, book, roll_id))
    cover = ((_("月份"), line.month), (_("名册的指纹"), line.file_hash))
    return exports.download(_sheet(line.kind, found, cover), form, f"roll-{book}-{line.month}")


@bp.post("/rolls/<book>/invite/<kind>")
@declare("roll.export")
def roll_invite(book: str, kind: str) -> Response:
    """Everybody on the roll in force who has no account yet, for branches to invite."""
    form = _form()
    found = perform(lambda ctx: queries.to_invite(ctx, book, kind))
    return exports.download(_sheet(kind, found, ()), form, f"invite-{book}-{kind}")


def _form() -> str:
    form = request.form.get("form", "")
    if form not in exports.FORMS:
        abort(404)
    return form


def _sheet(kind: str, rows: Sequence[Change], cover: tuple[tuple[str, str], ...]) -> Sheet:
    columns = [
        Column(_("姓名"), lambda row: row.name),
        Column(_("地区"), lambda row: row.region, width=30),
    ]
    if any(row.change for row in rows):
        columns += [
            Column(_("变化"), lambda row: str(CHANGES[row.change])),
            Column(_("原因"), lambda row: str(WHYS[row.why]), width=24),
            Column(_("有没有账户"), lambda row: _("有账户") if row.member_id else _("没有账户")),
        ]
    actor = current_actor()
    cover = (
        *cover,
        (_("行数"), str(len(rows))),
        (_("导出时间"), f"{local(now()):%Y-%m-%d %H:%M:%S}"),
        (_("导出人"), f"{actor.name} {grouped(actor.number)}"),
    )
    return Sheet(str(ROLL_KINDS[kind]), tuple(columns), rows, cover)
