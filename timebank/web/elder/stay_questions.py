"""The questions of where an elder is for this once: at home, or staying in another county."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from timebank.i18n import is_english
from timebank.web.elder.answers import AWAY, HOME
from timebank.web.elder.whom import named
from timebank.web.forms import fields as f

#: So many counties or branches stand as tiles; more are a list to choose from.
TILES = 12


def stay_field(scene: Any) -> Any:
    """At home or elsewhere."""
    own = not scene.name
    return f.ChoiceField(
        _("这次在哪里？") if own else _("%(name)s这次在哪里？", name=scene.name),
        choices=[(HOME, _("在家")), (AWAY, _("在外地"))],
        hints={AWAY: _("例如住在子女那里。来的是那里的志愿者，用的还是自己的时间币。")},
        required=_("请选一项。"),
    )


def county_field(scene: Any) -> Any:
    """Which county, of those whose volunteers may come."""
    choices = [(book, named(name)) for book, name in scene.counties]
    return _one_of(_("在哪个县（市、区）？"), choices, {})


def place_field(scene: Any) -> Any:
    """The branch that is nearest there."""
    choices = [
        (str(each.id), each.name_en if is_english() else each.name) for each in scene.branches
    ]
    hints = {str(each.id): each.address for each in scene.branches}
    return _one_of(_("离哪个网点最近？"), choices, hints)


def _one_of(label: str, choices: list[tuple[str, str]], hints: dict[str, str]) -> Any:
    required = _("请选一项。")
    if len(choices) > TILES:
        return f.SelectField(label, choices=choices, required=required)
    return f.ChoiceField(label, choices=choices, hints=hints, required=required)
