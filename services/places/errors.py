"""What can be wrong with a place."""

from __future__ import annotations

from services.errors import Conflict, Invalid, NotFound


class NotARegion(NotFound):
    """没有找到这个地区，请从列表里重新选择。"""

    code = "not_a_region"


class NotACounty(Invalid):
    """请选到县（市、区）一级或更小的地方。"""

    code = "not_a_county"


class NoBook(NotFound):
    """{county}还没有开通互助时间服务。"""

    code = "no_book"


class BookOpenAlready(Conflict):
    """{county}的账本已经开通，不用再开。"""

    code = "book_open_already"


class NotABranch(NotFound):
    """没有找到这个网点，请从列表里重新选择。"""

    code = "not_a_branch"


class NotAnOperator(NotFound):
    """没有找到这个运营单位。"""

    code = "not_an_operator"


class BranchClosed(Conflict):
    """这个网点已经关闭，请选别的网点。"""

    code = "branch_closed"


class NoSuccessor(Conflict):
    """这个网点还没有可以接替它的网点，不能关闭。"""

    code = "no_successor"


class SuccessorNeeded(Invalid):
    """请写明由哪个网点接替。"""

    code = "successor_needed"


class SettingOutOfBounds(Invalid):
    """{name}应在 {least} 到 {most} 之间，现在是 {given}。"""

    code = "setting_out_of_bounds"


class UnknownSetting(Invalid):
    """规则里没有 {name} 这一项可由地区设定。"""

    code = "unknown_setting"


class CountyNameDiffers(Invalid):
    """写的名称和代码对不上：{code} 是{region}。"""

    code = "county_name_differs"


class NameMissing(Invalid):
    """请写上中文名和英文名。"""

    code = "name_missing"
