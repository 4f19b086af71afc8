"""What people read about accounts that they carry along."""

from __future__ import annotations

from services.errors import Conflict, Invalid, NotFound


class AccountNotSealed(Conflict):
    """您最近的一笔往来还没有封存，请过一分钟再取对账单。"""

    code, is_answer = "account_not_sealed", False


class NoSigningKey(Conflict):
    """现在开不了对账单：签名用的密钥不在，或者刚刚换过。请过一会儿再试，还是不行就打服务电话。"""

    code, is_answer = "no_signing_key", False


class StatementUnknown(NotFound):
    """这里没有开出过有这个指纹的文件。"""

    code = "statement_unknown"


class InstallationUnknown(Invalid):
    """没有登记过这样的接收平台，请核对它的指纹。"""

    code = "installation_unknown"


class PublicKeyWrong(Invalid):
    """公钥应是 64 位十六进制数字。"""

    code = "public_key_wrong"


class NameNeeded(Invalid):
    """请写平台的中文名和英文名，各不超过 {most} 个字。"""

    code = "installation_name_needed"


class OwnKey(Invalid):
    """这是本平台自己的公钥。"""

    code = "own_key"


class KnownAlready(Conflict):
    """这个平台已经登记过了。"""

    code = "known_already"


class AccountNotOpen(Conflict):
    """账户不在使用中，不能销户。"""

    code = "account_not_open"


class ClosingHindered(Conflict):
    """还有事情没有了结，现在不能销户。"""

    #: Also in ``params``: ``reasons``, every one of them.
    code = "closing_hindered"


class OwnOrKinClosing(Conflict):
    """自己或亲属销户，请由另一位工作人员办理，或者本人登录办理。"""

    code = "own_or_kin_closing"


class NotTheHolder(Conflict):
    """身份证号码和这位成员登记的不一样，请对着身份证再看一遍再办销户。"""

    code = "not_the_holder"


class StatementBroken(Invalid):
    """这个文件不是完整的账户对账单，或者被改动过，不能收。"""

    code = "statement_broken"


class NotAClosing(Invalid):
    """这份对账单只作证明，不能转入。请到原来的平台办理销户对账单。"""

    code = "not_a_closing"


class IssuerUnknown(Invalid):
    """没有登记过开出这份对账单的平台，不能收。"""

    code = "issuer_unknown"


class NotForUs(Invalid):
    """这份销户对账单写明的接收平台不是这里，不能收。"""

    code = "not_for_us"


class TakenAlready(Conflict):
    """这份销户对账单已经收过了，不能再收。"""

    code = "taken_already"


class OtherPerson(Conflict):
    """身份证号码和对账单上的人不是同一个人，请对着身份证再看一遍。"""

    code, is_answer = "other_person", False


class NotAMemberHere(Conflict):
    """这个人在这里还没有核验过身份的账户，请先登记并核验。"""

    code, is_answer = "not_a_member_here", False


#: What is in the way, each as a plain sentence.
REQUESTS_OPEN = "还有 {count} 项求助没有了结，请先取消，或者等服务办完。"
PROMISES_OPEN = "还有 {count} 次答应别人的服务，请先退出，或者等服务办完。"
SERIES_OPEN = "还有长期安排没有结束，请先结束它。"
PLACES_OPEN = "还有小组活动的名额，请先退掉，或者等活动结算。"
OFFICE_HELD = "还担任着工作人员，请管理员先结束任职。"
GUARDS_SOMEBODY = "还是别人的监护人，请网点先记录监护的变更。"
IS_WARD = "有监护人的成员不能销户带走时间。"
COINS_HELD = "还有{held_minutes}预留着，等它用掉或放回以后再办。"

#: What is also in the way of a move, by its code, said of closing.
UNFINISHED = {
    "visit_under_way": "{start_at}的{service}还没有办完（编号{reference}），办完以后再销户。",
    "gift_open": "有一份赠与还在期限里（编号{reference}，到{until_at}），过了期限再销户。",
    "gift_code_pending": "有一份赠与还等着填验证码（编号{reference}），请先填好，或者等它过期。",
    "estate_open": "有一份遗产还在办理，办完以后再销户。",
    "batch_open": "本地区有一批入账还没有做完，里面有您的，做完以后再销户。",
    "leads_session": "{start_at}的集体活动由您带领，还没有结算；结算以后再销户，或者先退出。",
    "place_open": "{start_at}的集体活动还没有结算，结算以后再销户。",
}

CLOSING_CODE = (
    "销户验证码：{code}，{minutes} 分钟内有效。填了它，账户里的时间就全部转出，"
    "不能再撤回。不是您本人办理，请不要告诉任何人。"
)
ACCOUNT_CLOSED = (
    "您的账户已经销户，时间凭销户对账单由接收平台收入一次。请保管好那份文件，"
    "没有存下来的，可以带身份证到网点再拿一份。"
)
STATEMENT_TAKEN = "您的账户对账单已经开出。如果不是您本人或网点办理的，请马上联系网点。"
