"""Refusals and notices of service days, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Invalid, NotFound


class DayUnknown(NotFound):
    """没有找到这个服务日。"""

    code = "service_day_unknown"


class RuleUnknown(Invalid):
    """请选择服务日的规律：每月的哪一天，或者每周的哪一天。"""

    code = "rule_unknown"


class DayNameMissing(Invalid):
    """请给服务日起一个名字，最多{most}个字。"""

    code = "day_name_missing"


class DayLength(Invalid):
    """服务日每次可以是{min_minutes}到{max_minutes}。"""

    code = "day_length"


class DayEnded(Conflict):
    """这个服务日已经停办了。"""

    code = "service_day_ended"


class RoundOver(Conflict):
    """这一次服务日已经过去或取消了。"""

    code = "round_over"


class NotOfTheTeam(NotFound):
    """您没有收到这一次服务日的邀请。"""

    code = "not_of_the_team"


class NotInvitable(Invalid):
    """只能邀请本地区身份已核验的志愿者。"""

    code = "not_invitable"


class TeamFull(Conflict):
    """一次服务日最多邀请{most}人。"""

    code = "team_full"


class StopsFull(Conflict):
    """一次服务日最多去{most}位老人家。"""

    code = "stops_full"


class OutsideRound(Invalid):
    """开始时间要在服务日的时间之内。"""

    code = "outside_round"


class AnotherBranch(Invalid):
    """这位老人不是本网点的。"""

    code = "another_branch"


class StopUnknown(NotFound):
    """这一次服务日没有安排这位老人。"""

    code = "stop_unknown"


class RoundReasonMissing(Invalid):
    """请写明理由，团队会看到。"""

    code = "round_reason_missing"


INVITED = "{name}：{start_at}开始，请您看一看去不去。去不去由您自己定。"
ROUND_OFF = "{name}：{start_at}的服务日取消了：{reason}"
ANSWERED_YES = "{name}：{who}答应参加{start_at}的服务日。"
ANSWERED_NO = "{name}：{who}这次不能参加{start_at}的服务日。"
