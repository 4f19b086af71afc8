"""A small application around the page kit alone: no database, no login, a few made-up pages."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Flask, render_template, render_template_string
from flask_babel import lazy_gettext as _l
from flask_wtf import CSRFProtect

import timebank
from timebank.i18n import init_i18n
from timebank.web import filters
from timebank.web.forms import fields as f
from timebank.web.forms.base import FilterForm, PageForm
from timebank.web.preferences import preferences

PACKAGE = Path(timebank.__file__).parent
TEMPLATES = PACKAGE / "templates"
CSS = PACKAGE / "static" / "css"


class EverythingForm(PageForm):
    """One field of each kind, all but the photo required."""

    service = f.ChoiceField("服务", choices=[("bath", "助浴"), ("meal", "助餐")], required=True)
    needs = f.ManyField("需要", choices=[("a", "行动不便"), ("b", "听力不好")], required=True)
    region = f.SelectField("街道", choices=[(1, "五马"), (2, "南汇")], coerce=int, required=True)
    day = f.DateField("日期", required=True, hint="例如 2026年3月5日")
    at = f.TimeField("时间", required=True)
    length = f.MinutesField("多久", required=True, low=30, high=240)
    people = f.NumberField("人数", required=True, low=1, high=9)
    name = f.TextField("姓名", required=True, max_length=5, autocomplete="name")
    note = f.LongTextField("备注", required=True)
    phone = f.PhoneField("电话", required=True)
    id_number = f.IdNumberField("身份证", required=True)
    code = f.CodeField("验证码", required=True)
    password = f.PasswordField("密码", required=True)
    photo = f.UploadField("照片")
    agree = f.TickField("同意", required=_l("请选择"))


class TwoForm(PageForm):
    """One answer needed, one not."""

    name = f.TextField("姓名", required=True)
    phone = f.PhoneField("电话")


class ListFilter(FilterForm):
    """Filters of a made-up list."""

    kind = f.SelectField("类别", choices=[("e", "老人"), ("p", "服务者")], prompt="全部")
    day = f.DateField("日期", single=True)


def make_app(**config: Any) -> Flask:
    """The kit with English, CSRF protection and the preferences page."""
    app = Flask("timebank")
    app.config.update(SECRET_KEY="not a secret", TESTING=True, **config)
    init_i18n(app)
    filters.register(app)
    CSRFProtect(app)
    app.register_blueprint(_pages())
    app.context_processor(
        lambda: {
            "product_name": "互助时光",
            "hotline": "0577-12349",
            "env": "demo",
            "current_actor": SimpleNamespace(name="王秀英"),
            "footer_nav": [("public.home", "首页")],
        }
    )
    return app


def _pages() -> Blueprint:
    pages = Blueprint("public", __name__)
    pages.get("/preferences")(preferences)

    @pages.get("/")
    def home() -> str:
        return page('{{ ui.heading("首页") }}')

    @pages.route("/everything", methods=["GET", "POST"])
    def everything() -> str:
        form = EverythingForm()
        form.validate_on_submit()
        fields = "".join(
            f"{{{{ ui.field(form.{name}) }}}}" for name in form.data if name not in HIDDEN
        )
        return page(
            "{{ ui.heading('全部') }}{% call ui.form(form, upload=True) %}"
            + fields
            + "{{ ui.button('好') }}{% endcall %}",
            form=form,
        )

    @pages.get("/list")
    def listing() -> str:
        body = (
            "{{ ui.heading('单') }}"
            "{% call ui.filters() %}{{ ui.field(filters.kind) }}{{ ui.field(filters.day) }}"
            "{% endcall %}{% call ui.table('账', [{'text': '日', 'sort': 'at'}, '名']) %}"
            "<tr>{{ ui.td('x', '日') }}{{ ui.td('y', '名') }}</tr>{% endcall %}"
            "{{ ui.pagination(2, 3, 25) }}"
        )
        return page(body, "work", filters=ListFilter(), audience="audit")

    @pages.get("/error/<int:status>")
    def error(status: int) -> str:
        return render_template(f"errors/{status}.html", reference="ab12")

    return pages


HIDDEN = ("idempotency_key", "csrf_token")


def page(body: str, layout: str = "elder", **context: Any) -> str:
    """A page with this body in one of the layouts."""
    source = (
        f'{{% extends "layouts/{layout}.html" %}}{{% import "components/ui.html" as ui %}}'
        f"{{% block title %}}T{{% endblock %}}{{% block main %}}{body}{{% endblock %}}"
    )
    return render_template_string(source, **context)


class Labels(HTMLParser):
    """Collects inputs and what names them, to find an input without a name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inputs: list[dict[str, str | None]] = []
        self.ids: list[str] = []
        self._for: set[str | None] = set()
        self._depth = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(given["id"] or "")
        if tag == "label":
            self._depth += 1
            self._for.add(given.get("for"))
        quiet = given.get("type") in {"hidden", "submit", "button"}
        if tag in {"input", "select", "textarea"} and not quiet:
            self.inputs.append({**given, "wrapped": "yes" if self._depth else None})

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._depth -= 1

    def nameless(self) -> list[str]:
        """The inputs that no label and no aria attribute names."""
        return [
            f"{one.get('name')}"
            for one in self.inputs
            if one.get("id") not in self._for
            and not one["wrapped"]
            and not one.get("aria-label")
            and not one.get("aria-labelledby")
        ]
