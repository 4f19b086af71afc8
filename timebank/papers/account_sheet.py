"""What a statement of account says on paper, in the reader's language; the file alone proves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from models.portable import StatementKind
from services.clock import local_date
from services.ledger.check.verdicts import Finding, in_language
from services.portable.reading import StatementFile, StatementLine
from services.rules.member_number import grouped
from services.rules.names import Name
from timebank import wording
from timebank.i18n import is_english
from timebank.papers.moves import origin_of
from timebank.papers.sheet import Sheet

TITLES: Mapping[StatementKind, Any] = {
    StatementKind.STATEMENT: _l("账户对账单"),
    StatementKind.CLOSING: _l("销户对账单"),
}
SEXES: Mapping[str, Any] = {"female": _l("女"), "male": _l("男")}
#: Lines of the check that speak of the reader's own key where there is no command.
ON_A_PAGE: Mapping[str, Any] = {
    "pinned": _l("签名的密钥可以追溯到这里公布或登记的公钥。"),
    "pin_missed": _l("签名的密钥不是这里公布或登记的：谁都可能写出这样的文件。"),
    "not_pinned": _l("这里还没有公布过公钥，查不出是谁签的。"),
}


def title_of(line: StatementLine) -> str:
    """What a statement of this kind is called."""
    return str(TITLES[line.kind])


def finding_words(finding: Finding) -> str:
    """A line of the check in the reader's language."""
    said = ON_A_PAGE.get(finding.code)
    return str(said) if said else in_language(finding.code, finding.gaps, english=is_english())


def issued_words(line: StatementLine) -> str:
    """What everybody may learn of a file that went out from here: its kind and its day."""
    day = _day(local_date(line.issued_at))
    return str(_("这份%(title)s是这里 %(day)s开出的。", title=title_of(line), day=day))


def receiver_of(line: StatementLine) -> str:
    """The installation that a closing statement names; empty for a plain one."""
    return _named(line.receiver) if line.receiver else ""


def check_words(address: str) -> tuple[str, ...]:
    """What stands beside the number: how to check, and what the figures are."""
    return (
        str(_("对账单编号")),
        str(_("扫右边的方块，或者打开 %(address)s，交上文件就能查验。", address=address)),
        str(_("文件的指纹（SHA-256）：")),
    )


def sheet_of(file: StatementFile) -> Sheet:
    """The whole statement."""
    closing = file.line.kind is StatementKind.CLOSING
    return Sheet(
        title=title_of(file.line),
        lead=_lead(file, closing=closing),
        facts=tuple(_facts(file)),
        heads=(str(_("来源")), str(_("在哪里")), str(_("数目")), str(_("其中留出"))),
        table=_coins(file),
        notes=tuple(_notes(closing=closing)),
        withdrawn="",
        code=str(file.line.id),
        digest=file.line.digest,
    )


def _lead(file: StatementFile, *, closing: bool) -> str:
    name = file.account.given["member"]["name"]
    at = wording.moment(file.line.issued_at, is_english(), year=True)
    if closing:
        return str(
            _(
                "%(name)s的账户在 %(at)s销户，下面自己挣的、别人赠的和继承的时间由%(there)s收入。",
                name=name,
                at=at,
                there=receiver_of(file.line),
            )
        )
    return str(_("%(name)s的时间账户在 %(at)s的情况如下。", name=name, at=at))


def _facts(file: StatementFile) -> list[tuple[str, str]]:
    given, account = file.account.given, file.account
    who, rules = given["member"], given["rule_set"]
    region = who["region_en"] if is_english() else who["region_zh"]
    joined = _("%(day)s加入", day=_day(who["joined_on"]))
    served = _duration(given["served_minutes"])
    facts = [
        (str(_("志愿者编号和姓名")), f"{grouped(who['number'])} · {who['name']}"),
        (str(_("性别和出生日期")), f"{SEXES[who['sex']]} · {_day(who['born_on'])}"),
        (str(_("所在地区")), f"{region} · {joined}"),
        (str(_("实际服务和荣誉")), f"{served} · {_honours(file)}"),
        (str(_("证书")), _certificates(file)),
        (str(_("规则")), f"{rules['version']} · {_spaced(rules['hash'])}"),
    ]
    for head in account.seals:
        book = _named(file.books[head.book])
        block = str(_("%(book)s，第 %(height)s 块", book=book, height=head.height))
        facts.append((str(_("封存")), f"{block} · {_spaced(head.root)}"))
    if account.receiver is not None:
        facts.append((str(_("接收平台")), f"{receiver_of(file.line)} {_spaced(account.receiver)}"))
    facts.append((str(_("签名公钥的指纹")), _spaced(account.key_id)))
    return facts


def _honours(file: StatementFile) -> str:
    given = file.account.given
    stars = str(_("%(n)s 星", n=given["stars"])) if given["stars"] else str(_("还没有星"))
    level = given["level"]
    return f"{stars} · {level} {_named(file.level)}" if file.level else f"{stars} · {level}"


def _certificates(file: StatementFile) -> str:
    said = []
    for each in file.account.given["certificates"]:
        name = file.certificates.get(each["code"])
        until = _day(each["to"]) if each["to"] else str(_("长期"))
        said.append(f"{_named(name) if name else each['code']} ({_day(each['from'])} – {until})")
    return (", " if is_english() else "、").join(said) or str(_("没有"))


def _coins(file: StatementFile) -> tuple[tuple[str, ...], ...]:
    rows = [
        (
            origin_of(each.origin, each.period),
            _named(file.books[each.book]),
            _duration(each.posted_minutes),
            _duration(each.held_minutes) if each.held_minutes else "",
        )
        for each in file.account.coins
    ]
    total = file.account.total_minutes
    return (*rows, (str(_("一共")), "", _duration(total), ""))


def _notes(*, closing: bool) -> list[str]:
    first = (
        _("凭对账单的文件办理，不凭这张纸。写明的平台收一次，别的平台不收，抄一份也没有用。")
        if closing
        else _("这张纸和文件都只作证明，不能兑付，也不能转给别人。")
    )
    return [
        str(first),
        str(_("时间是请人帮忙的凭据，不是钱，不能买卖，也不能换钱。")),
    ]


def _named(name: Name) -> str:
    return name.en if is_english() else name.zh


def _duration(minutes: int) -> str:
    return wording.duration(minutes, is_english())


def _day(value: str | date) -> str:
    day = date.fromisoformat(value) if isinstance(value, str) else value
    return wording.date_alone(day, is_english())


def _spaced(digits: str) -> str:
    return " ".join(re.findall(".{1,16}", digits))
