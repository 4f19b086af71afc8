"""What cannot be where relatives act for somebody, in words the person reads."""

from __future__ import annotations

from services.errors import Conflict, Invalid


class WardMayNot(Conflict):
    """{ward}登记了监护关系：这件事不能由本人的账户办理，也不能由监护人代办。有疑问请联系{branch}，电话{phone}。"""

    code = "ward_may_not"


class WardByPaper(Invalid):
    """{ward}登记了监护关系：委托要由监护人在网点凭书面文件办理。"""

    code = "ward_by_paper"


class UnknownPaper(Invalid):
    """请选择监护的依据：法院判决、居委会或民政部门指定，或者监护协议。"""

    code = "unknown_paper"


class UnknownEnd(Invalid):
    """请选择监护结束的原因。"""

    code = "unknown_end"


class OwnGuardian(Invalid):
    """不能给自己做监护人。"""

    code = "own_guardian"


class GuardianTooYoung(Invalid):
    """监护人要满{adult_age}岁。"""

    code = "guardian_too_young"


class GuardianIsWard(Invalid):
    """这位成员自己登记了监护关系，不能做别人的监护人。"""

    code = "guardian_is_ward"


class NoGuardian(Conflict):
    """现在没有登记监护人。"""

    code = "no_guardian"


class SpendOutOfRange(Invalid):
    """每月最多可以用的时间，请填0到{most_minutes}。"""

    code = "spend_out_of_range"
