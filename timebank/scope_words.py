"""What the scopes of tokens are called, on the page of one's own keys and in the document."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

SCOPE_NAMES = {
    "all": _l("您能做的一切"),
    "account:read": _l("查看我的账户和通知"),
    "account:write": _l("办理我的账户和通知"),
    "care:read": _l("查看申请、服务和时间安排"),
    "care:write": _l("办理申请、服务和时间安排"),
    "coins:read": _l("查看时间收支、赠送和遗产"),
    "coins:write": _l("办理时间收支、赠送和遗产"),
    "people:read": _l("查看人员、证件和服务记录"),
    "people:write": _l("办理人员、证件和服务记录"),
    "region:read": _l("查看地区的发行、账务和协议"),
    "region:write": _l("办理地区的发行、账务和协议"),
    "oversight:read": _l("查看监督、投诉和总账"),
    "oversight:write": _l("办理监督、投诉和总账"),
}
