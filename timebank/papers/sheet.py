"""What a paper says, in the reader's language: the print page and the PDF write the same words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.clock import local_date
from services.papers.issuing import PaperKind, spelled
from services.papers.reading import PaperLine, PaperView
from timebank import wording
from timebank.i18n import is_english
from timebank.papers.moves import receipt_of
from timebank.papers.proofs import proof_of

#: What each kind is called.
TITLES: Mapping[PaperKind, Any] = {
    PaperKind.DESIGNATION: _l("受益人指定书"),
    PaperKind.GIFT_DEED: _l("赠与书"),
    PaperKind.DONATION_CERTIFICATE: _l("捐赠证书"),
    PaperKind.ESTATE_NOTICE: _l("继承公告"),
    PaperKind.DIVISION_PROTOCOL: _l("继承分配书"),
    PaperKind.MOVE_RECEIPT: _l("搬家回执"),
    PaperKind.SERVICE_PROOF: _l("志愿服务证明"),
}
#: What a person is on a paper.
PERSONS: Mapping[str, Any] = {
    "giver": _l("赠与人"),
    "receiver": _l("受赠人"),
    "donor": _l("捐赠人"),
    "member": _l("指定人"),
    "dead": _l("去世的人"),
    "mover": _l("搬家的人"),
    "volunteer": _l("志愿者"),
}
RELATIONS: Mapping[str, Any] = {
    "spouse": _l("配偶"),
    "parent": _l("父母"),
    "child": _l("子女"),
    "grandparent": _l("祖父母、外祖父母"),
    "grandchild": _l("孙子女、外孙子女"),
    "parent_in_law": _l("配偶的父母"),
    "child_in_law": _l("儿媳、女婿"),
    "sibling": _l("兄弟姐妹"),
    "friend": _l("朋友"),
    "other": _l("其他人"),
}
BASES: Mapping[str, Any] = {"named": _l("遗嘱或者指定"), "statutory": _l("法定继承")}
#: What became of an heir's share.
SHARES: Mapping[str, Any] = {
    "paid": _l("已经入账"),
    "waiting": _l("等继承人来领"),
    "lapsed": _l("已经归公益池"),
    "none": _l("没有份额"),
    "disclaimed": _l("放弃继承"),
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A paper to print: a sentence, facts, perhaps a table, and what one should know."""

    title: str
    lead: str
    facts: tuple[tuple[str, str], ...]
    heads: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]
    #: Said in a frame where the paper does not hold any more; else empty.
    withdrawn: str
    code: str
    digest: str


def title_of(kind: PaperKind) -> str:
    """What a paper of this kind is called."""
    return str(TITLES[kind])


def person_of(part: str) -> str:
    """What somebody is on a paper."""
    return str(PERSONS[part])


def standing_of(line: PaperLine) -> str:
    """Whether a paper holds, in one sentence."""
    if line.withdrawn_at is None:
        return str(_("这份文书现在有效。"))
    on = _day(line.withdrawn_at)
    if line.withdrawn_reason == "replaced":
        return str(_("这份文书 %(day)s起已经由新的一份代替，不再有效。", day=on))
    return str(_("这份文书 %(day)s起已经作废，不再有效。", day=on))


def check_words(address: str) -> tuple[str, ...]:
    """What stands beside the code: what it is, what to do with it, and what the figures are."""
    return (
        str(_("查验码")),
        str(_("扫右边的方块，或者打开 %(address)s 填写查验码。", address=address)),
        str(_("内容指纹：")),
    )


def sheet_of(view: PaperView) -> Sheet:
    """The whole paper in the reader's language."""
    content = view.content
    region = view.region.en if is_english() else view.region.zh
    lead, facts, table, notes = _BY_KIND[view.line.kind](content)
    heads, rows = table
    facts = [
        *facts,
        *([(str(_("编号")), str(content["reference"]))] if content.get("reference") else []),
        (str(_("所在地区")), region),
        (str(_("出具日期")), _day(view.line.issued_at)),
    ]
    return Sheet(
        title=title_of(view.line.kind),
        lead=lead,
        facts=tuple(facts),
        heads=tuple(heads),
        table=tuple(tuple(row) for row in rows),
        notes=tuple(notes),
        withdrawn="" if view.line.holds else standing_of(view.line),
        code=spelled(view.line.code),
        digest=view.digest,
    )


Facts = list[tuple[str, str]]
Table = tuple[list[str], list[list[str]]]
Parts = tuple[str, Facts, Table, list[str]]
NO_TABLE: Table = ([], [])


def _gift(content: Mapping[str, Any]) -> Parts:
    giver, receiver = content["giver"], content["receiver"]
    facts = [
        (person_of("giver"), giver),
        (person_of("receiver"), receiver),
        (str(_("受赠人是赠与人的")), _relation(content["relation"])),
        (str(_("数目")), _amount(content["minutes"])),
        (str(_("办理日期")), _day(content["made_on"])),
        (str(_("生效日期")), _day(content["final_on"])),
    ]
    lead = _("%(giver)s把自己的时间赠给%(receiver)s。", giver=giver, receiver=receiver)
    notes = [
        str(_("受赠的时间只能自己请人帮忙用，到了使用年龄才能用，不能再转赠。")),
        _never_sold(),
    ]
    return str(lead), facts, NO_TABLE, notes


def _donation(content: Mapping[str, Any]) -> Parts:
    to = _given_to(content)
    facts = [
        (person_of("donor"), content["donor"]),
        (str(_("数目")), _amount(content["minutes"])),
        (str(_("捐给")), to),
        (str(_("捐赠日期")), _day(content["on"])),
    ]
    wanted = criteria_words(content.get("criteria") or {})
    if wanted:
        facts.insert(3, (str(_("用在谁身上")), wanted))
    lead = _("感谢%(donor)s把自己的时间捐给%(to)s。", donor=content["donor"], to=to)
    notes = [str(_("捐赠已经完成，不能撤回。捐出的时间只用来为老人安排服务。")), _never_sold()]
    return str(lead), facts, NO_TABLE, notes


def _designation(content: Mapping[str, Any]) -> Parts:
    whole = sum(line["parts"] for line in content["lines"])
    rows = [
        [
            line["name"],
            _relation(line["relation"]),
            str(_("%(n)s 份，一共 %(all)s 份", n=line["parts"], all=whole)),
        ]
        for line in content["lines"]
    ]
    heads = [str(_("姓名")), str(_("关系")), str(_("份数"))]
    member = content["member"]
    if content["kind"] == "will":
        lead = _("%(name)s立有遗嘱，网点看过原件。身后时间留给下面的人。", name=member)
    else:
        lead = _("%(name)s指定：身后时间留给下面的人。", name=member)
    facts = [(person_of("member"), member), (str(_("登记日期")), _day(content["on"]))]
    notes = [
        str(_("可以随时改。登记了新的一份，这一份就不再有效。")),
        str(_("能留下的是自己挣的和别人赠的时间；补助不能留给别人。")),
    ]
    return str(lead), facts, (heads, rows), notes


def _notice(content: Mapping[str, Any]) -> Parts:
    rows = [[_relation(line["relation"]), line["name"]] for line in content["heirs"]]
    branch = content["branch"]
    facts = [
        (person_of("dead"), content["dead"]),
        (str(_("网点")), branch if isinstance(branch, str) else _either(branch)),
        (str(_("公告开始")), _day(content["from"])),
        (str(_("公告结束")), _day(content["until"])),
    ]
    lead = _("%(name)s留下的时间，将由下面的人继承。", name=content["dead"])
    notes = [
        str(_("有不同意见的人，请在公告结束以前到网点提出，或者打服务电话。")),
        str(_("公告结束，没有异议，就按法律分配。三年没有人领的，归公益池。")),
    ]
    return str(lead), facts, ([str(_("关系")), str(_("姓名"))], rows), notes


def _protocol(content: Mapping[str, Any]) -> Parts:
    rows = [
        [
            line["name"],
            _relation(line["relation"]),
            _known(BASES, line["basis"]),
            _duration(line["minutes"]),
            _known(SHARES, line["state"]),
        ]
        for line in content["lines"]
    ]
    pool = _duration(content["remainder_minutes"])
    rows.append([str(_("公益池（除不尽的零头和没有人领的）")), "", "", pool, ""])
    heads = [
        str(_("姓名")),
        str(_("关系")),
        str(_("依据")),
        str(_("数目")),
        str(_("状态")),
    ]
    facts = [
        (person_of("dead"), content["dead"]),
        (str(_("去世日期")), _day(content["died_on"])),
        (str(_("一共留下")), _amount(content["estate_minutes"])),
        (str(_("分配日期")), _day(content["divided_on"])),
    ]
    lead = _("%(name)s留下的时间已经分好，各人的份额如下。", name=content["dead"])
    notes = [
        str(_("各人的份额加上归公益池的，正好是留下的总数。")),
        str(_("还没有到使用年龄的人，份额先锁着；可以转给年满 60 岁的直系亲属，也可以捐出去。")),
        _never_sold(),
    ]
    return str(lead), facts, (heads, rows), notes


_BY_KIND: Mapping[PaperKind, Callable[[Mapping[str, Any]], Parts]] = {
    PaperKind.GIFT_DEED: _gift,
    PaperKind.DONATION_CERTIFICATE: _donation,
    PaperKind.DESIGNATION: _designation,
    PaperKind.ESTATE_NOTICE: _notice,
    PaperKind.DIVISION_PROTOCOL: _protocol,
    PaperKind.MOVE_RECEIPT: receipt_of,
    PaperKind.SERVICE_PROOF: proof_of,
}


def criteria_words(criteria: Mapping[str, Any]) -> str:
    """Whom a fund serves, in words; empty where it says nothing."""
    said = []
    if criteria.get("age_from"):
        said.append(str(_("%(n)s 岁以上", n=criteria["age_from"])))
    if criteria.get("grade_from"):
        said.append(str(_("照护等级 %(n)s 级以上", n=criteria["grade_from"])))
    for fact, words in _CRITERIA.items():
        if criteria.get(fact):
            said.append(str(words))
    return (", " if is_english() else "、").join(said)


_CRITERIA = {
    "in_hardship": _l("生活困难"),
    "lives_alone": _l("独居"),
    "special_family": _l("计划生育特殊家庭"),
}


def _given_to(content: Mapping[str, Any]) -> str:
    english = content.get("fund_en") if is_english() else None
    to = str(_("公益池")) if content["to"] == "pool" else str(english or content["fund"])
    region = content.get("to_region_en" if is_english() else "to_region")
    return str(_("%(region)s的%(to)s", region=region, to=to)) if region else to


def _never_sold() -> str:
    return str(_("时间是请人帮忙的凭据，不是钱，不能买卖，也不能换钱。"))


def _relation(code: str) -> str:
    return _known(RELATIONS, code)


def _known(words: Mapping[str, Any], code: str) -> str:
    return str(words.get(code, code))


def _either(name: Mapping[str, str]) -> str:
    return name["en"] if is_english() else name["zh"]


def _duration(minutes: int) -> str:
    return wording.duration(minutes, is_english())


def _amount(minutes: int) -> str:
    """Hours and minutes, and the same in coins."""
    coins = wording.coins(minutes, is_english())
    return str(_("%(time)s（%(coins)s）", time=_duration(minutes), coins=coins))


def _day(value: str | datetime | date) -> str:
    """A day without its weekday, from what a paper holds as text too."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    return wording.date_alone(
        local_date(value) if isinstance(value, datetime) else value, is_english()
    )
