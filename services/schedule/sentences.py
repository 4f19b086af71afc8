"""Refusals and notices of the schedule, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Invalid, NotFound


class SeriesUnknown(NotFound):
    """没有找到这项固定服务。"""

    code = "series_unknown"


class DateUnknown(NotFound):
    """这项固定服务没有这一天。"""

    code = "date_unknown"


class ProposalUnknown(NotFound):
    """没有找到这个改时间的提议。"""

    code = "proposal_unknown"


class SeriesOver(Conflict):
    """这项固定服务已经停止了。"""

    code = "series_over"


class SeriesChanged(Conflict):
    """这项固定服务的状态已经变化，请刷新后再看一次。"""

    code = "series_changed"


class SeriesAlready(Conflict):
    """同样的固定服务已经有了，不用再设一次。"""

    code = "series_already"


class TooManySeries(Conflict):
    """一位老人最多同时有{most}项固定服务。"""

    code = "too_many_series"


class PolicyUnknown(Invalid):
    """请选放假的时候怎么办：照常来、不来、或者改到上班的第一天。"""

    code = "policy_unknown"


class ZoneUnknown(Invalid):
    """固定服务的时间按北京时间算。"""

    code = "zone_unknown"


class DateDecided(Conflict):
    """这一天已经定了，不能再改。"""

    code = "date_decided"


class DateTaken(Conflict):
    """那一天已经有这项固定服务了，请选别的日子。"""

    code = "date_taken"


class NotAskedYet(Conflict):
    """这一天还没有开始找人，到服务前{days}天再回答。"""

    code = "not_asked_yet"


class CannotComeRegularly(Conflict):
    """这位志愿者现在不能固定来，请选别的志愿者。"""

    code = "cannot_come_regularly"


class RegularTaken(Conflict):
    """固定来的人和替补不能是同一位。"""

    code = "regular_taken"


class SameTime(Invalid):
    """新的时间和现在的一样，请选别的时间。"""

    code = "same_time"


class ProposalOpen(Conflict):
    """已经提过另一个时间，等对方答复以后再提。"""

    code = "proposal_open"


class ProposalOver(Conflict):
    """这个提议已经有结果了，或者过了答复的时间。"""

    code = "proposal_over"


class NotAskedOfYou(Conflict):
    """这个提议不用您答复。"""

    code = "not_asked_of_you"


class DayHasLess(Conflict):
    """那一天能记入的时间不够这次服务，答应过的不能变少，请换一天。"""

    code = "day_has_less"


class PoolTooShort(Conflict):
    """改到那个时间，公益池还差{shortfall_minutes}，请换一个时间。"""

    code = "pool_too_short"


class AboveMonth(Conflict):
    """改到那个时间会超过家人每月可以用的时间，请换一个时间，或者请老人本人来改。"""

    code = "above_month"


class NotMovable(Conflict):
    """这次服务已经开始或者已经结束，不能改时间。"""

    code = "not_movable"


PROPOSED = "{proposer}想把{start_at}的{service}（编号{reference}）改到{to_at}，行不行请您说一声。"
PROPOSED_FOR_YOU = "正在问志愿者，{start_at}的{service}（编号{reference}）能不能改到{to_at}。"
AGREED_FOR_YOU = "您这边同意把{service}（编号{reference}）改到{to_at}，还在等别人答应。"
MOVED = "{service}（编号{reference}）的时间已改：原来{from_at}，现在{start_at}。"
NOT_MOVED = "{service}（编号{reference}）不改时间，还是{start_at}。"
SERIES_MADE = "给您约了固定服务：{rule}，{service}。每次都由志愿者自己答应，有人来会通知您。"
SERIES_ENDED = "固定服务停止了：{rule}，{service}。已经有人答应的那几次照常。"
SERIES_PAUSED = "固定服务先停一停：{rule}，{service}。"
SERIES_RESUMED = "固定服务又开始了：{rule}，{service}。"
SERIES_CHANGED = "固定服务改了：{rule}，{service}。"
SERIES_REVIEWED = "固定服务通过了审核：{rule}，{service}。以后每次直接找志愿者。"
DATE_REFUSED = "{day_at}的固定服务（{service}）没有约成，网点会与您联系。"
DATE_CANCELLED = "{day_at}的固定服务（{service}）这一次不来了。"
DATE_MOVED = "固定服务（{service}）这一次改到{day_at}。"
CALENDAR_CHANGED = "放假安排公布了：{service}原来{from_at}那一次，现在{day_at}。"
CALENDAR_SKIPPED = "放假安排公布了：{service}{from_at}那一次正好放假，不来了。"
WOULD_YOU = "老人想请您固定来：{rule}，{service}。愿意不愿意由您定，每一次也都由您答应。"
WOULD_YOU_STAND_IN = "想请您做替补：{rule}，{service}。固定来的人来不了时先问您。"
NAMED_FOR_YOU = "固定服务（{rule}，{service}）想请谁来，已经改了。"
REGULAR_AGREED = "{volunteer}愿意固定来：{rule}，{service}。每次答应以后会通知您。"
REGULAR_STOPPED = "{volunteer}以后不固定来了：{rule}，{service}。会再找别人。"
ASK_AGAIN = "固定服务的时间改了：{rule}，{service}。还愿不愿意固定来，请您再答应一次。"
