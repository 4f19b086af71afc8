"""Refusals and notices of group sessions, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Invalid, NotFound


class GroupUnknown(NotFound):
    """没有找到这场集体活动。"""

    code = "group_unknown"


class NoGroupService(Invalid):
    """这项服务不能几个人一起做，请从列表里选一项。"""

    code = "no_group_service"


class PlacesWrong(Invalid):
    """名额应在 1 到 {most} 之间。"""

    code = "places_wrong"


class PlaceMissing(Invalid):
    """请写明在哪里办。"""

    code = "place_missing"


class SessionLength(Invalid):
    """这项服务每场可以办{min_minutes}到{max_minutes}。"""

    code = "session_length"


class NotOnQuarter(Invalid):
    """开始时间请选整点、一刻、半点或三刻。"""

    code = "not_on_quarter"


class ClosesWrong(Invalid):
    """报名要在开始之前至少{minutes}截止，并且晚于现在。"""

    code = "closes_wrong"


class SessionTooFar(Invalid):
    """集体活动最多提前{days}天安排。"""

    code = "session_too_far"


class BookingClosed(Conflict):
    """报名已经截止了。想参加请打网点电话问一问。"""

    code = "booking_closed"


class PlacesTaken(Conflict):
    """名额已经满了。"""

    code = "places_taken"


class BookedAlready(Conflict):
    """已经报过名了。"""

    code = "booked_already"


class NotBooked(Conflict):
    """没有报名，不用取消。"""

    code = "not_booked"


class LeadTaken(Conflict):
    """已经有别的志愿者带领这场活动，谢谢您的热心。"""

    code = "lead_taken"


class LeadUnfit(Conflict):
    """您暂时不能带领这场活动。"""

    code = "lead_unfit"


class PoolTooSmall(Conflict):
    """公益池的时间暂时不够这场活动，补足以后再答应。"""

    code = "pool_too_small"


class SessionChanged(Conflict):
    """这场活动的状态已经变化，请刷新后再看一次。"""

    code = "session_changed"


class NotYetOver(Conflict):
    """活动还没有结束，结束以后再登记到场。"""

    code = "not_yet_over"


class GroupMinutesWrong(Invalid):
    """请写明实际办了多久，最多{most_minutes}。"""

    code = "group_minutes_wrong"


class BeganWrong(Invalid):
    """实际开始的时间应在预定开始前后一小时之内。"""

    code = "began_wrong"


class NotOnList(Invalid):
    """到场的人里有没报名的，请核对名单。"""

    code = "not_on_list"


class OnTheList(Conflict):
    """名单上有您自己或您的亲属，请交给其他工作人员登记。"""

    code = "on_the_list"


class WhyMissing(Invalid):
    """请写明理由，对方会看到。"""

    code = "why_missing"


BOOKED = "{start_at}的集体活动“{service}”，已经给您留了一个位子。地点：{place}。"
PLACE_FREED = "{start_at}的集体活动“{service}”，您的位子已经取消。"
SESSION_OFF = "{start_at}的集体活动“{service}”取消了：{reason}留出的时间已经全部退回。"
LEAD_SAID = "您答应了带领{start_at}的集体活动“{service}”。地点：{place}。"
LEAD_FREED = "{start_at}的集体活动“{service}”不用您带领了，谢谢您。"
LEADER_GONE = "{start_at}的集体活动“{service}”，带领的志愿者来不了，请另找一位。"
CLOSED_WITH = "{start_at}的集体活动“{service}”报名截止，共 {booked} 人。"
SETTLED_LEADER = "集体活动“{service}”已经入账，您得到 {earn_minutes}。"
SETTLED_ELDER = "集体活动“{service}”已经入账，您付出 {paid_minutes}。"

#: Why somebody of another region cannot lead: what is for a whole table stays in one book.
LED_FROM_HERE = "集体活动只能由本地区的志愿者带领。"

NOBODY_BOOKED = "没有人报名。"
NOBODY_LEADS = "没有找到带领的志愿者。"
NOBODY_CAME = "没有人到场。"
NEVER_WRITTEN = "十个工作日里没有登记谁到了场。"
