"""Courses and sessions at the counter: put on, kept, assessed; and which would help whom."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.clock import at_local
from services.context import Context
from services.queries.branch.choices import by_number, taught_choices
from services.queries.training.branch import SessionFile, course_line, session_file, training
from services.queries.training.opening import openings
from services.rules.training import MOST_PLACES, MOST_VALID_DAYS
from services.training import assessing, attending, booking, courses
from timebank.edge import declare, now, perform, reading
from timebank.web.branch import bp
from timebank.web.branch.acting import acted, here, page
from timebank.web.branch.forms import ReasonForm
from timebank.web.branch.forms_people import offer
from timebank.web.branch.words import named
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

Answer = tuple[str, int] | Response


class CourseForm(PageForm):
    """What a branch says of a course."""

    name = f.TextField(_l("课程名称"), required=_l("请写课程名称。"), max_length=60)
    name_en = f.TextField(_l("英文名称"), required=_l("请写英文名称。"), max_length=80)
    code = f.TextField(
        _l("课程代码"), hint=_l("印在证书编号里，例如 LC-JC"), required=True, max_length=24
    )
    certificate_code = f.SelectField(_l("通过后发哪种证书？"), choices=[], required=True)
    contents = f.LongTextField(_l("主要内容"), required=_l("请写主要内容。"), max_length=1000)
    study_minutes = f.MinutesField(_l("学习时长"), low=1, required=True)
    organiser = f.TextField(_l("举办单位"), required=_l("请写举办单位。"), max_length=80)
    valid_days = f.NumberField(
        _l("证书有效多少天？"), hint=_l("长期有效的不用填。"), low=1, high=MOST_VALID_DAYS
    )


class SessionForm(PageForm):
    """A course at a time and place."""

    day = f.DateField(_l("哪一天？"), single=True, required=_l("请写日期。"))
    begins = f.TimeField(_l("几点开始？"), required=_l("请写开始时间。"))
    last_day = f.DateField(_l("哪一天结束？"), single=True, hint=_l("当天结束的不用填。"))
    ends = f.TimeField(_l("几点结束？"), required=_l("请写结束时间。"))
    place = f.TextField(_l("地点"), required=_l("请写地点。"), max_length=80)
    trainer = f.TextField(_l("培训老师"), required=_l("请写培训老师。"), max_length=40)
    places = f.NumberField(_l("名额"), low=1, high=MOST_PLACES, required=_l("请写名额。"))


class EnrolForm(PageForm):
    """Whom the counter puts on the list."""

    number = f.TextField(
        _l("志愿者编号"), required=_l("请写志愿者编号。"), hint=_l("字母 V 和 12 位数字。")
    )


class ResultForm(PageForm):
    """How it ended for one person."""

    passed = f.ChoiceField(
        _l("结果"), choices=[("yes", _l("通过")), ("no", _l("没有通过"))], required=_l("请选结果。")
    )
    score = f.NumberField(_l("成绩"), low=0, high=100)


def _there(book: str, session_id: UUID) -> Response:
    there = url_for("branch.training_session", book=book, session_id=session_id)
    return redirect(there, code=303)


def _file(book: str, session_id: UUID) -> SessionFile:
    return perform(lambda ctx: session_file(ctx, book, session_id))


@bp.get("/training")
@declare("course.read")
def training_home() -> tuple[str, int]:
    """Courses, sessions, certificates that end soon, and which course would open what."""
    with reading() as ctx:
        desk = here(ctx)
        found, useful = training(ctx, desk.id), openings(ctx, desk.id)
    return page("branch/training.html", it=found, openings=useful, desk=desk)


@bp.route("/training/courses/new", methods=["GET", "POST"])
@declare("course.make")
def course_new() -> Answer:
    """Offer a course."""
    form = CourseForm()
    with reading() as ctx:
        desk = here(ctx)
        offer(form.certificate_code, taught_choices(ctx), named)

    def work(ctx: Context) -> UUID:
        said = courses.CourseForm(
            code=form.code.data,
            name=form.name.data,
            name_en=form.name_en.data,
            contents=form.contents.data,
            certificate_code=form.certificate_code.data,
            study_minutes=form.study_minutes.data,
            organiser=form.organiser.data,
            valid_days=form.valid_days.data,
        )
        return courses.make_course(ctx, desk.id, said)

    if acted(form, work):
        flash(_("课程已经开设，接下来安排一期。"), "success")
        return redirect(url_for("branch.training_home"), code=303)
    return page("branch/course_new.html", form, desk=desk)


@bp.post("/training/courses/<uuid:course_id>/end")
@declare("course.make")
def course_end(course_id: UUID) -> Answer:
    """Offer a course no more."""
    form = PageForm()
    with reading() as ctx:
        desk = here(ctx)
    if acted(form, lambda ctx: courses.end_course(ctx, desk.id, course_id)):
        flash(_("这门课程不再开办，已经安排的照常进行。"), "success")
    else:
        for _target, sentence in form.problems():
            flash(sentence, "error")
    return redirect(url_for("branch.training_home"), code=303)


@bp.route("/training/courses/<uuid:course_id>/sessions/new", methods=["GET", "POST"])
@declare("course.make")
def session_new(course_id: UUID) -> Answer:
    """Put a session of a course on."""
    form = SessionForm()
    with reading() as ctx:
        desk = here(ctx)
        course = course_line(ctx, desk.id, course_id)

    def work(ctx: Context) -> UUID:
        last = form.last_day.data or form.day.data
        said = courses.SessionForm(
            course_id=course_id,
            starts_at=at_local(form.day.data, form.begins.data),
            ends_at=at_local(last, form.ends.data),
            place=form.place.data,
            trainer=form.trainer.data,
            places=form.places.data,
        )
        return courses.make_session(ctx, desk.id, said)

    if acted(form, work):
        flash(_("这一期已经开放报名。"), "success")
        return redirect(url_for("branch.training_home"), code=303)
    return page("branch/session_new.html", form, desk=desk, course=course)


@bp.get("/training/<book>/<uuid:session_id>")
@declare("course.read")
def training_session(book: str, session_id: UUID) -> tuple[str, int]:
    """One session: its list, the code for the room, results."""
    return page(
        "branch/training_session.html",
        it=_file(book, session_id),
        enrol=EnrolForm(formdata=None),
        now=now(),
    )


def _act_on(
    book: str, session_id: UUID, form: PageForm, work: Callable[[Context], object], said: str
) -> Answer:
    """Perform one of the buttons of a session's page; a refusal is said on top of it."""
    if acted(form, work):
        flash(said, "success")
    else:
        for _target, sentence in form.problems():
            flash(sentence, "error")
    return _there(book, session_id)


@bp.post("/training/<book>/<uuid:session_id>/enrol")
@declare("training.book")
def training_enrol(book: str, session_id: UUID) -> Answer:
    """Put a volunteer who is at the counter on the list."""
    form = EnrolForm()

    def work(ctx: Context) -> object:
        member_id, _name = by_number(ctx, form.number.data or "", "number")
        return booking.book_place(ctx, book, session_id, member_id)

    return _act_on(book, session_id, form, work, _("已经报上名。"))


@bp.post("/training/<book>/<uuid:session_id>/present/<uuid:member_id>")
@declare("training.assess")
def training_present(book: str, session_id: UUID, member_id: UUID) -> Answer:
    """The trainer has seen somebody."""
    work = partial(attending.mark_present, book=book, session_id=session_id, member_id=member_id)
    return _act_on(book, session_id, PageForm(), work, _("已经签到。"))


@bp.post("/training/<book>/<uuid:session_id>/result/<uuid:member_id>")
@declare("training.assess")
def training_result(book: str, session_id: UUID, member_id: UUID) -> Answer:
    """How it ended for one person."""
    form = ResultForm()

    def work(ctx: Context) -> object:
        passed = form.passed.data == "yes"
        score = form.score.data
        return assessing.assess(ctx, book, session_id, member_id, passed=passed, score=score)

    return _act_on(book, session_id, form, work, _("结果已经记下。"))


@bp.post("/training/<book>/<uuid:session_id>/close")
@declare("training.assess")
def training_close(book: str, session_id: UUID) -> Answer:
    """Whoever has not signed in was absent."""
    work = partial(assessing.close_session, book=book, session_id=session_id)
    return _act_on(book, session_id, PageForm(), work, _("签到已经结束。"))


@bp.route("/training/<book>/<uuid:session_id>/cancel", methods=["GET", "POST"])
@declare("course.make")
def training_cancel(book: str, session_id: UUID) -> Answer:
    """Call a session off, with a reason that everybody on the list reads."""
    form = ReasonForm()
    reason = form.reason.data or ""
    if acted(form, lambda ctx: courses.cancel_session(ctx, book, session_id, reason)):
        flash(_("这一期已经取消，名单上的人都通知了。"), "success")
        return _there(book, session_id)
    return page("branch/training_cancel.html", form, it=_file(book, session_id))
