"""What people read about the monthly return."""

from __future__ import annotations

from services.errors import Conflict, NotFound


class NoSuchReturn(NotFound):
    """没有找到这个月的月报。"""

    code = "no_such_return"


class ReturnSigned(Conflict):
    """这份月报已经有管理员签署了。"""

    code = "return_signed"


#: To the region's administrators.
CLOSED = "{month} 的月报已经结出，请核对后签署。"
