"""The check of a paper, for everybody: type the code, or scan the square."""

from __future__ import annotations

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from services.errors import DomainError
from services.papers.issuing import spelled
from services.papers.reading import CheckedPaper, checked, read_code
from timebank.edge import declare, reading
from timebank.errors import STATUS
from timebank.papers.proofs import open_facts
from timebank.papers.sheet import person_of, standing_of, title_of
from timebank.papers.throttle import wrong_codes
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.public import bp


class CheckForm(PageForm):
    """The code on a paper."""

    code = f.TextField(
        _l("查验码"),
        required=_l("请填写文书上的查验码"),
        max_length=40,
        hint=_l("在文书下面的方框里，一共 12 个字母和数字。中间的短横可以不写，大写小写都行。"),
    )


@bp.route("/check", methods=["GET", "POST"])
@declare("paper.check")
@wrong_codes("POST")
def check() -> ResponseReturnValue:
    """Ask for the code; a slip of the pen is said at once."""
    form = CheckForm()
    if form.validate_on_submit():
        try:
            code = read_code(form.code.data or "")
            with reading() as ctx:
                checked(ctx, code)
        except DomainError as error:
            return _shown(form, error)
        return redirect(url_for("public.check_code", code=spelled(code)), 303)
    return _shown(form)


@bp.get("/check/<code>")
@declare("paper.check")
@wrong_codes()
def check_code(code: str) -> ResponseReturnValue:
    """What the code stands for."""
    try:
        with reading() as ctx:
            found = checked(ctx, code)
    except DomainError as error:
        return _shown(CheckForm(data={"code": code}), error)
    return _shown(CheckForm(), found=found)


def _shown(
    form: CheckForm, error: DomainError | None = None, found: CheckedPaper | None = None
) -> Response:
    status = 422 if form.errors else 200
    if error is not None:
        form.refuse(error)
        status = STATUS[error.kind]
    page = render_template(
        "public/check.html",
        form=form,
        found=found,
        facts=open_facts(found.facts) if found else (),
        title_of=title_of,
        person_of=person_of,
        standing_of=standing_of,
        spelled=spelled,
    )
    return make_response(page, status)
