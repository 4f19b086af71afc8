"""Refusals and notices of designations, in the words their readers see."""

from __future__ import annotations

from services.errors import Forbidden, Invalid, NotFound

MADE = (
    "您登记了身后由谁继承您的时间币，登记的内容只有您和网点看得到。"
    "如果不是您本人办理的，请马上联系网点。"
)
REVOKED = "您撤回了由谁继承的登记。如果不是您本人办理的，请马上联系网点。"


class NobodyNamed(Invalid):
    """请至少写一位继承的人。"""

    code = "nobody_named"


class TooManyNamed(Invalid):
    """最多写 {most} 位继承的人。"""

    code = "too_many_named"


class PartsWrong(Invalid):
    """每个人的份数请写 1 到 {most} 之间的整数。"""

    code = "parts_wrong"


class NamedTwice(Invalid):
    """同一个人只能写一次，想多给就多写几份。"""

    code = "named_twice"


class NamedOneself(Invalid):
    """不能写自己，请写想留给的人。"""

    code = "named_oneself"


class NameNotOfNumber(Invalid):
    """姓名和志愿者编号对不上，请核对。没有编号也可以只写姓名。"""

    code = "name_not_of_number"
    #: Whoever guesses leaves a trace, and guesses no more than so often.
    commits = True


class NamedDead(Invalid):
    """{name}已经登记身故，请换一位。"""

    code = "named_dead"


class TooYoungToName(Invalid):
    """未满 {adult_age} 岁，还不能登记由谁继承。"""

    code = "too_young_to_name"


class DesignationHow(Invalid):
    """指定由本人登录办理或当面签字，遗嘱凭文件登记。"""

    code = "designation_how"


class ClerkIsNamed(Forbidden):
    """您或您的亲属写在里面，请交给其他工作人员登记。"""

    code = "clerk_is_named"


class DesignationUnknown(NotFound):
    """没有找到这份登记。"""

    code = "designation_unknown"
