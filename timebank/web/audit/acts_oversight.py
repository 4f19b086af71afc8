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
    # complaints
    "complaint.hold": _l("投诉期间暂留"),
    "complaint.make": _l("提出投诉"),
    "complaint.release": _l("放开投诉暂留"),
    "complaint.take": _l("记下投诉"),
    # stars, certificates of service
    "star.ban": _l("停止评星"),
    "star.lift": _l("取消停评"),
    "star.withdraw": _l("撤销星级"),
    "proof.withdraw": _l("作废志愿服务证明"),
}

#: What an act was about.
SUBJECTS: Mapping[str, Any] = {
    "sheet": _l("工作单"),
    "complaint": _l("投诉"),
    "star_award": _l("评星"),
    "star_ban": _l("停评"),
}
