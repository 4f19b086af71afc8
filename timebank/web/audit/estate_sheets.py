"""The list of estates as a file, and the filter that it shares with its page."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.estates import EstateState
from services.context import Context
from services.queries.audit.estates import EstateFilter, estates
from timebank.web.audit.forms import ALL, DaysFilter, NumberFilter, want
from timebank.web.audit.listed import Listed, in_minutes, people_columns
from timebank.web.audit.words import who
from timebank.web.exports import Column
from timebank.web.forms import fields as f
from timebank.web.words.estates import STATES, state_word


class EstateFilterForm(DaysFilter):
    """Estates by state, the dead member and the day of the first report."""

    state = f.SelectField(
        _l("办理情况"), choices=[(code, said) for code, (said, _tone) in STATES.items()], prompt=ALL
    )
    number = NumberFilter(_l("志愿者编号"))

    def wanted(self) -> EstateFilter:
        """As the query takes it."""
        given = self.given()
        state = given.get("state")
        return EstateFilter(**{**given, "state": EstateState(state) if state else None})


def listed(ctx: Context, book: str) -> Listed:
    """The list as a file."""
    filters = EstateFilterForm()
    page = estates(ctx, book, filters.wanted(), want(whole=True))
    columns = (
        Column(_("编号"), lambda row: row.reference),
        *people_columns(_("去世的人"), lambda row: row.dead),
        Column(_("去世日期"), lambda row: row.died_on.isoformat()),
        Column(_("报告时间"), lambda row: row.reported_at, "moment", 20),
        Column(_("核实人"), lambda row: ", ".join(who(each) for each in row.officials), width=40),
        Column(_("冻结时间"), lambda row: row.frozen_at, "moment", 20),
        Column(_("办理情况"), lambda row: state_word(row.state), width=24),
        Column(_("分配时间"), lambda row: row.divided_at, "moment", 20),
        in_minutes(_("分配的"), lambda row: row.estate_minutes),
        in_minutes(_("余数"), lambda row: row.remainder_minutes),
    )
    return Listed(_("身后事"), filters.criteria(), columns, page.rows)
