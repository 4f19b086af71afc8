"""Refusals about notices, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Invalid, NotFound, RecordedRefusal, Throttled


class LanguageUnknown(Invalid):
    """请选择中文或英文。"""

    code = "language_unknown"


class QuietHoursWrong(Invalid):
    """安静时间要写几点到几点，最长 14 小时。"""

    code = "quiet_hours_wrong"


class NoWayLeft(Invalid):
    """请至少留一种通知方式：短信、邮件，或者由网点打电话。"""

    code = "no_way_left"


class NoTelephone(Invalid):
    """还没有登记电话，网点没有办法打给您。"""

    code = "no_telephone"


class EmailWrong(Invalid):
    """请写完整的邮箱地址，例如 name@example.cn。"""

    code = "email_wrong"


class EmailNotProved(Invalid):
    """请先填写邮箱，并用收到的验证码确认。"""

    code = "email_not_proved"


class EmailCodesTooMany(Throttled):
    """验证码已经发过了，请过几分钟再试。"""

    code = "email_codes_too_many"


class EmailCodeWrong(RecordedRefusal):
    """验证码不对，或者已经过期。请核对，或者重新发送一次。"""

    code = "email_code_wrong"


class EventsWrong(Invalid):
    """请选择“有人来了”或“走了”。"""

    code = "events_wrong"


class NotOnTheSheet(NotFound):
    """电话单上没有这一项。"""

    code = "not_on_the_sheet"


class CalledAlready(Conflict):
    """这个电话已经有人打过并记下了。"""

    code = "called_already"


class AnswerUnknown(Invalid):
    """请选择：好、换一天、网点回电或没有人接。"""

    code = "answer_unknown"


class NothingToSettle(Conflict):
    """这一项已经办好了，或者还没有打电话。"""

    code = "nothing_to_settle"


class NoticeUnknown(NotFound):
    """没有找到这条通知。"""

    code = "notice_unknown"


class HandledAlready(Conflict):
    """这条通知已经有人办过了。"""

    code = "handled_already"
