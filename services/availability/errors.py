"""What can be wrong with stated hours, wishes and safeguarding, in words the person reads."""

from __future__ import annotations

from services.errors import Conflict, Invalid, NotFound


class HoursWrong(Invalid):
    """每一段时间都要写明星期几、从几点到几点，结束要晚于开始。"""

    code = "hours_wrong"


class TooManyHours(Invalid):
    """最多写{most}段时间。"""

    code = "too_many_hours"


class DaysWrong(Invalid):
    """最后一天不能早于第一天，也不能早于今天。"""

    code = "days_wrong"


class DaysTooFar(Invalid):
    """最远只能写到{days}天以后。"""

    code = "days_too_far"


class ExceptionUnknown(NotFound):
    """没有找到这一条，可能已经删掉了。"""

    code = "exception_unknown"


class NotPaused(Conflict):
    """您现在没有暂停。"""

    code = "not_paused"


class RadiusWrong(Invalid):
    """请写{least_km}到{most_km}公里之间的数。"""

    code = "radius_wrong"


class ModeUnknown(Invalid):
    """请选一种出行方式。"""

    code = "mode_unknown"


class DialectUnknown(Invalid):
    """请从列出的语言和方言里选。"""

    code = "dialect_unknown"


class LanguageMissing(Invalid):
    """必须会说的语言，请至少选一种。"""

    code = "language_missing"


class AsksWrong(Invalid):
    """每天最多可以问您 1 到 {most} 次。"""

    code = "asks_wrong"


class WeekWrong(Invalid):
    """每周的时间请写 1 到 {most} 小时。"""

    code = "week_wrong"


class TooManyPlaces(Conflict):
    """除了自己家，最多写{most}个出发的地方。"""

    code = "too_many_places"


class PlaceUnknown(NotFound):
    """没有找到这个出发的地方，可能已经删掉了。"""

    code = "place_unknown"


class NotAProvider(Conflict):
    """这位成员没有登记为志愿者。"""

    code = "not_a_provider"


class WishWrong(Invalid):
    """请从列出的选项里选。"""

    code = "wish_wrong"


class VisitorUnknown(Invalid):
    """只能请以前来过的人。"""

    code = "visitor_unknown"


class NotAvoided(NotFound):
    """名单里没有这个人。"""

    code = "not_avoided"


class ScreeningEndMissing(Invalid):
    """请写明审核有效到哪一天。"""

    code = "screening_end_missing"


class CheckUnknown(NotFound):
    """没有找到这条记录。"""

    code = "check_unknown"


class CheckEnded(Conflict):
    """这条记录已经结束了。"""

    code = "check_ended"


class CompanionPromised(Conflict):
    """这位志愿者已经接下这次服务，请改写陪同的人，不能取消。"""

    code = "companion_promised"


class RequestEnded(Conflict):
    """这项申请已经不需要人了。"""

    code = "request_ended"


class IncidentUnknown(NotFound):
    """没有找到这份报告。"""

    code = "incident_unknown"


class IncidentDecided(Conflict):
    """这份报告已经有了处理结果。"""

    code = "incident_decided"


class ReporterDecides(Conflict):
    """报告的人不能自己处理，请交给其他工作人员。"""

    code = "reporter_decides"
