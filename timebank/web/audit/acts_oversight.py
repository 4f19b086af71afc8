"""What the acts of oversight are called on record: sheets, complaints, and what goes with them.

The dict of ``timebank.web.audit.acts`` takes these in; whoever adds an act of oversight names it
here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

#: Acts, by code.
ACTS: Mapping[str, Any] = {
    # work sheets
    "sheet.open": _l("开出工作单"),
}

#: What an act was about.
SUBJECTS: Mapping[str, Any] = {
    "sheet": _l("工作单"),
}
