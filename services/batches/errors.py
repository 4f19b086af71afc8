"""Why a list, a batch or one of its lines is refused."""

from __future__ import annotations

from collections.abc import Sequence

from services.errors import Conflict, DomainError, Forbidden, Invalid
from services.ledger import drafts


class ListUnreadable(Invalid):
    """名单不是 UTF-8 编码的 CSV 文件，请另存为 CSV（UTF-8）再上传。"""

    code = "list_unreadable"


class ListHeadings(Invalid):
    """名单的第一行要是这些列名：{columns}。"""

    code = "list_headings"


class ListEmpty(Invalid):
    """名单里一行也没有。"""

    code = "list_empty"


class ListTooLong(Invalid):
    """名单最多 {most} 行，请分成几批。"""

    code = "list_too_long"


class ListBad(Invalid):
    """名单有 {count} 行写得不对，什么都没有登记。请改好以后再上传。"""

    code = "list_bad"

    def __init__(self, lines: Sequence[tuple[int, DomainError]]) -> None:
        super().__init__(field="list", count=len(lines))
        #: Every bad line by its number in the list, with what is wrong with it.
        self.lines = tuple(lines)


class LineShape(Invalid):
    """这一行要有 {columns} 列。"""

    code = "line_shape"


class MinutesWrong(Invalid):
    """分钟数要是 1 到 {most} 的整数。"""

    code = "minutes_wrong"


class NumberTwice(Invalid):
    """这个志愿者编号在第 {first} 行已经有了。"""

    code = "number_twice"


class DayWrong(Invalid):
    """日期要写成 2026-03-05 这样，不能晚于今天。"""

    code = "day_wrong"


class OriginWrong(Invalid):
    """账户一列只能写 earned（自己挣的）或 received（别人赠的）。"""

    code = "origin_wrong"


class ReferenceWrong(Invalid):
    """凭据编号要写，最多 60 个字。"""

    code = "reference_wrong"


class ReferenceTwice(Invalid):
    """同一位成员的这个凭据编号在第 {first} 行已经有了。"""

    code = "reference_twice"


class PartWrong(Invalid):
    """身份一列只能写 provider（志愿者）、recipient（到场的老人）或 absent（约好没来的老人）。"""

    code = "part_wrong"


class PartMinutes(Invalid):
    """只有志愿者一行写分钟数。"""

    code = "part_minutes"


class PeriodWrong(Invalid):
    """发放季度要写成 2026Q4 这样，而且已经开始、还没有到期。"""

    code = "period_wrong"


class SourceWrong(Invalid):
    """请写明余额从哪里来：原来的时间银行、凭据和保障，最多 200 个字。"""

    code = "source_wrong"


class LimitWrong(Invalid):
    """签署的额度要大于零，最多{most_minutes}。"""

    code = "limit_wrong"


class LimitExceeded(Invalid):
    """名单合计{total_minutes}，超过了要签署的额度{limit_minutes}。"""

    code = "limit_exceeded"


class TitleWrong(Invalid):
    """请写活动的名称，最多 60 个字。"""

    code = "title_wrong"


class SessionSides(Invalid):
    """一场活动至少要有一位志愿者和一位老人。"""

    code = "session_sides"


class YearsWrong(Invalid):
    """多少年没有动用才算，要是 1 到 30 的整数。"""

    code = "years_wrong"


class NothingDormant(Conflict):
    """没有到期的政策发放，也没有可以清理的账户。"""

    code = "nothing_dormant"


class BatchEnded(Conflict):
    """这一批已经签署、了结或撤回了。"""

    code = "batch_ended"


class ListChanged(Conflict):
    """名单和您看过的不一样，请重新核对以后再签署。"""

    code = "list_changed"


class MemberUnknown(Invalid):
    """没有这个编号的志愿者。"""

    code = "member_unknown"


class MemberElsewhere(Conflict):
    """这位成员的账户在别的地区。"""

    code = "member_elsewhere"


class MemberNotActive(Conflict):
    """这位成员还没有核验身份，或者已经离开。"""

    code = "member_not_active"


class NotOfThisSide(Conflict):
    """这位成员没有登记为{side}。"""

    code = "not_of_this_side"


class OwnLine(Forbidden):
    """提出和签署的人不能给自己或亲属登记。"""

    code = "own_line"


class CoinsNeverExpire(Conflict):
    """挣得和受赠的时间币永不过期，账户里还有{balance_minutes}，不能关闭。"""

    code = "coins_never_expire"


class StillHeld(Conflict):
    """账户里有{held_minutes}为服务留着，了结以后再清理。"""

    code = "still_held"


class NotDormant(Conflict):
    """账户又有了往来，不再清理。"""

    code = "not_dormant"


class SessionRefused(Conflict):
    """同一场活动有别的行没有通过，整场都不入账。"""

    code = "session_refused"


#: What may stand at a refused line, by its code: pages and reports say the sentence.
OF_LINES: dict[str, type[DomainError]] = {
    each.code: each
    for each in (
        MemberUnknown,
        MemberElsewhere,
        MemberNotActive,
        NotOfThisSide,
        OwnLine,
        CoinsNeverExpire,
        StillHeld,
        NotDormant,
        SessionRefused,
        drafts.NotEnough,
        drafts.AboveCeiling,
        drafts.AccountClosed,
        drafts.AccountUnknown,
        drafts.EffectiveLater,
    )
}


def sentence_of(code: str) -> str:
    """The Chinese sentence of a line's code; empty for a line that is not refused."""
    if not code:
        return ""
    return (OF_LINES.get(code, DomainError).__doc__ or "").strip()
