"""The counter's page for slips: fifty rows, each of which is one slip."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Form, FormField

from services.errors import DomainError
from services.visits.written import MOST_SLIPS, EnteredSlip, WrittenSlip
from timebank.i18n import say
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

#: What cannot be left out of a slip.
NEEDED = ("reference", "code_out", "left")
#: Which box of a row a refusal of the service is about; every other one is the reference's.
BOXES = {"code_in": "code_in", "code_out": "code_out"}
BOXES |= {"came_at": "came", "left_at": "left", "breaks": "rest_from"}


class ReferenceField(f.TextField):
    """A request's number: a telephone offers figures for it."""

    inputmode = "numeric"


class SlipRowForm(Form):  # type: ignore[misc]
    """One slip of paper, its boxes in the order of the paper; an empty row is no slip."""

    reference = ReferenceField(_l("编号"), max_length=12)
    code_in = f.TextField(_l("来的编码"), max_length=12)
    came = f.TimeField(_l("几点来"))
    code_out = f.TextField(_l("走的编码"), max_length=12)
    left = f.TimeField(_l("几点走"))
    rest_from = f.TimeField(_l("休息从"))
    rest_to = f.TimeField(_l("休息到"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entered: EnteredSlip | None = None
        for field in self:
            # Whole rows may be left out; saying so beside each box would only be noise.
            field.optional_mark = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written in this row."""
        return not any(field.data or field.errors for field in self)

    def written(self) -> WrittenSlip | None:
        """The slip, or None where something is missing or cannot be read; it is said there."""
        for name in NEEDED:
            field = self[name]
            if not field.data and not field.errors:
                field.errors = [_("请填写这一项。")]
        rests = (self.rest_from, self.rest_to)
        for one, other in (rests, rests[::-1]):
            if other.data and not one.data and not one.errors:
                one.errors = [_("休息从几点到几点，两样都要写。")]
        if any(field.errors for field in self):
            return None
        rest = (self.rest_from.data, self.rest_to.data) if self.rest_from.data else None
        return WrittenSlip(
            self.reference.data,
            self.code_in.data or None,
            self.code_out.data,
            self.came.data,
            self.left.data,
            rest,
        )

    def refuse(self, error: DomainError) -> None:
        """Say beside its box what cannot be."""
        field = self[BOXES.get(error.field or "", "reference")]
        field.errors = [*field.errors, say(error.sentence, error.params)]


class SlipsForm(PageForm):
    """The slips as they lie on the desk."""

    @property
    def rows(self) -> list[Any]:
        """The rows in the order of the page."""
        return [getattr(self, f"row{place}").form for place in range(MOST_SLIPS)]

    def problems(self) -> list[tuple[str | None, str]]:
        """Every error with its row and the input that it is about."""
        found: list[tuple[str | None, str]] = [(None, str(each)) for each in self.form_errors]
        for number, row in enumerate(self.rows, 1):
            for field in row:
                for each in field.errors:
                    box = field.label.text
                    said = _("第 %(n)s 张，%(box)s：%(what)s", n=number, box=box, what=each)
                    found.append((field.first_id, said))
        return found


for _place in range(MOST_SLIPS):
    setattr(SlipsForm, f"row{_place}", FormField(SlipRowForm))
