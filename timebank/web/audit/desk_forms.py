"""Filters of the lists between a book and its accounts."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from services.queries.desk.issues import IssueFilter
from timebank.web.audit.forms import ALL, DaysFilter
from timebank.web.forms import fields as f

ISSUE_STATES = {
    "waiting": _l("等第二个人签署"),
    "signed": _l("已签署"),
    "withdrawn": _l("已撤回"),
}


class IssueFilterForm(DaysFilter):
    """Authorisations by state and day."""

    state = f.SelectField(_l("状态"), choices=list(ISSUE_STATES.items()), prompt=ALL)

    def wanted(self) -> IssueFilter:
        """What was chosen."""
        return IssueFilter(**self.given())
