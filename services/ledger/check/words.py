"""What a check of an export says, in both languages, and how the values of a line are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from services.ledger.seals.headers import Malformed, text_in

T = TypeVar("T")

#: Code -> the sentence; ``{gaps}`` are filled with the figures.
SENTENCES: Mapping[str, str] = {
    # the file
    "no_header": "第一行不是导出的文件头。 The first line is no header of an export.",
    "version_unknown": "不认识的版本 {found}。 Version {found} is not known here.",
    "unreadable": "这一行读不出来：{why}。 The line cannot be read: {why}.",
    "line_out_of_order": "这种行不该在这里：{found}。"
    " This kind of line does not belong here: {found}.",
    "cut_short": "文件不完整，没有结尾行。 The file is cut short: its last line is missing.",
    "after_end": "结尾行之后还有内容。 Something follows the last line.",
    "lines_differ": "应有 {expected} 行，实有 {found} 行。"
    " There should be {expected} lines, there are {found}.",
    "digest_differs": "各行的 SHA-256 与结尾行不符。 The SHA-256 of the lines is another one.",
    "books_differ": "账本与文件头所列不符。 The books are not those that the header names.",
    "not_ascending": "次序不对或重复：{found}。 Out of order or doubled: {found}.",
    # transfers
    "not_balanced": "分录相加为 {sum_minutes}，不是零。"
    " The entries add up to {sum_minutes}, not 0.",
    "too_few_legs": "只有 {legs} 笔分录。 There are only {legs} entries.",
    "amount_zero": "有分录的数目是零。 An entry's amount is zero.",
    "account_unknown": "账户不存在：{account}。 There is no such account: {account}.",
    "id_differs": "编号与操作编号对不上。 The id does not follow from the key.",
    "valuation_differs": "估值缺失或不是所引的那一份。 The valuation is missing or another one.",
    "entry_after_closing": "账户 {account} 关闭之后又有入账。"
    " Account {account} was posted to after it closed.",
    # running balances
    "version_repeated": "{account} 的分录序号 {found} 已经有过。"
    " Version {found} of {account} has been there already.",
    "version_missing": "{account} 缺少序号 {expected} 的分录。"
    " Version {expected} of {account} is missing.",
    "running_balance_broken": "{account} 第 {version} 笔之后应为 {expected}，登记为 {found}。"
    " After version {version} {account} should hold {expected}, not {found}.",
    "posted_before": "{account} 第 {version} 笔的入账时间早于前一笔。"
    " Version {version} of {account} was posted before the one ahead of it.",
    "below_floor": "{account} 的余额 {found} 低于下限 {limit}。"
    " {account} holds {found}, below its floor {limit}.",
    "above_ceiling": "{account} 的余额 {found} 高于上限 {limit}。"
    " {account} holds {found}, above its ceiling {limit}.",
    # kept balances and holds
    "balance_missing": "{account} 没有余额记录。 {account} has no kept balance.",
    "balance_unknown": "{account} 不该有余额记录。 {account} should have no kept balance.",
    "balance_differs": "{account} 的{what}应为 {expected}，登记为 {found}。"
    " {what} of {account} should be {expected}, not {found}.",
    "floors_differ": "{account} 各分户的下限相加不符。 The floors of {account} do not add up.",
    "book_not_balanced": "账本 {book} 相加为 {sum_minutes}，不是零。"
    " Book {book} adds up to {sum_minutes}, not 0.",
    "hold_wrong": "预留的明细或结果不成立。 The hold's legs or its outcome cannot be.",
    # closings
    "closing_differs": "{month} 月结：{account} 应为 {expected}，登记为 {found}。"
    " Closing {month}: {account} should be {expected}, not {found}.",
    "closing_order": "月结的次序不对。 The closings are out of order.",
    # seals
    "position_differs": "封存位置应为 {expected}，实为 {found}。"
    " The leaf's position should be {expected}, not {found}.",
    "leaf_differs": "内容与封存的哈希不符。 The content is not what was sealed.",
    "leaf_without_content": "封存的内容不见了。 What was sealed is gone.",
    "leaf_without_block": "位置 {found} 起没有区块封存。 No block seals position {found} and on.",
    "block_differs": "区块的{what}应为 {expected}，实为 {found}。"
    " The block's {what} should be {expected}, not {found}.",
    "block_unsigned": "区块的签名不成立：{why}。 The block's signature does not hold: {why}.",
    "key_wrong": "密钥的历史不成立：{why}。 The history of the keys does not hold: {why}.",
    "heads_wrong": "{day} 的公布清单不成立：{why}。 The published list of {day} fails: {why}.",
    "lists_broken": "{day} 的公布清单没有接上前一份。"
    " The published list of {day} does not follow the one before.",
    "head_missing": "{day} 公布的账本 {book} 第 {height} 块不在导出里。"
    " Block {height} of book {book}, published on {day}, is not here.",
    "head_differs": "{day} 公布的账本 {book} 第 {height} 块与导出不符。"
    " Block {height} of book {book} is not the one published on {day}.",
}
#: Breaches that are said; the rest are counted.
MOST = 200


class Report:
    """Says every breach with its line, the first few hundred of them, and counts all."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        #: The line that is being read, from 1.
        self.line = 0
        self.count = 0

    def breach(self, code: str, line: int | None = None, **detail: object) -> None:
        """One thing that is not as it must be."""
        self.count += 1
        if self.count <= MOST:
            sentence = SENTENCES[code].format(**detail)
            self._say(f"第 {line or self.line} 行 line {line or self.line}: {sentence}")

    def note(self, sentence: str) -> None:
        """Something to know that is no breach."""
        self._say(sentence)

    def close(self) -> bool:
        """Whether there was no breach; says how many there were."""
        if self.count > MOST:
            self._say(f"只列出前 {MOST} 处。 The first {MOST} are shown.")
        if self.count:
            self._say(f"共 {self.count:,} 处不一致。 {self.count:,} breaches.")
        return not self.count


def uuid_in(given: Any, name: str) -> UUID:
    """The id under a name, as it is always written: lower case, with hyphens."""
    return as_uuid(text_in(given, name), name)


def as_uuid(value: object, name: str) -> UUID:
    """An id from its one text; Malformed for another."""
    try:
        found = UUID(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or str(found) != value:
        raise Malformed(name)
    return found


def maybe(read: Callable[[Any, str], T], given: Any, name: str) -> T | None:
    """What stands under a name, or None when null stands there."""
    if isinstance(given, dict) and name in given and given[name] is None:
        return None
    return read(given, name)
