"""What a check of a receipt or a list says: plain lines, each in Chinese and in English."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from services.ledger.seals.daylist import WITNESSES
from services.ledger.seals.keyring import KeyRing
from services.ledger.seals.signing import key_id_of

GOOD, WRONG, OPEN = "✓", "✗", "!"

SENTENCES: Mapping[str, str] = {
    # files
    "unreadable": "读不出这个文件。 The file cannot be read.",
    "unknown_kind": "不认识这种文件。 This is no receipt, head list, proof, account or export.",
    "malformed": "文件内容不完整或已损坏（{place}）。 The file is incomplete or damaged ({place}).",
    # keys
    "key_history": "密钥的历史完整，共 {count} 项。"
    " The history of the keys holds ({count} events).",
    "key_number": "密钥历史第 {place} 项的编号不连续。"
    " Event {place} of the keys' history is out of sequence.",
    "key_chain": "密钥历史第 {place} 项与上一项接不上。"
    " Event {place} of the keys' history does not follow the one before.",
    "key_key_id": "密钥历史第 {place} 项的公钥与编号不符。"
    " Event {place} of the keys' history misnames its key.",
    "key_introduced": "密钥历史第 {place} 项重复登记了密钥。"
    " Event {place} of the keys' history introduces a key again.",
    "key_retired": "密钥历史第 {place} 项停用了不能停用的密钥。"
    " Event {place} of the keys' history retires what cannot be retired.",
    "key_kind": "密钥历史第 {place} 项种类不明。 Event {place} of the keys' history is unknown.",
    "key_first": "密钥历史没有从运营方的密钥开始。"
    " The keys' history does not begin with an operator's key.",
    "key_signature": "密钥历史第 {place} 项的签名不成立。"
    " Event {place} of the keys' history is not signed by the key in force.",
    "not_pinned": "没有用 --key 指定运营方的公钥：文件里的密钥本身什么也证明不了。"
    " No --key was given: keys inside a file prove nothing by themselves.",
    "pinned": "签名的密钥可以追溯到您指定的公钥。 The signing key goes back to the key you named.",
    "pin_missed": "签名的密钥与您指定的公钥无关。"
    " The signing key has nothing to do with the key you named.",
    # receipts
    "leaf": "往来 {place} 的内容与封存的一致。 Transfer {place} is what was sealed.",
    "leaf_differs": "往来 {place} 的内容与封存的不一致。 Transfer {place} is not what was sealed.",
    "record": "办理记录 {place} 的内容与封存的一致。 Audit record {place} is what was sealed.",
    "record_differs": "办理记录 {place} 的内容与封存的不一致。"
    " Audit record {place} is not what was sealed.",
    "included": "它在账本 {book} 的第 {position} 位，第 {height} 块证明了这一点。"
    " It stands at position {position} of book {book}, as block {height} proves.",
    "not_included": "证明不成立：它不在第 {height} 块里。"
    " The proof fails: it is not in block {height}.",
    "other_book": "区块属于别的账本。 The block belongs to another book.",
    "block": "区块 {place} 由运营方签名。 Block {place} is signed by the operator.",
    "block_signature": "区块 {place} 的签名不成立。 The signature of block {place} does not hold.",
    "no_list": "还不在任何已公布的清单里：见证人没有见过它。"
    " It stands in no published list yet: no witness has seen it.",
    "in_list": "它在 {place} 公布的清单里。 It stands in the list published on {place}.",
    "not_in_list": "它不在所附的清单里。 It does not stand in the list that comes with it.",
    "list_not_grown": "所附清单与区块不是同一段历史。"
    " The list that comes with it and the block are not of one history.",
    "list_keys": "所附清单的密钥历史与凭证的不同。"
    " The keys' history of the list is not the receipt's.",
    # lists
    "list": "{place} 的清单由运营方签名，共 {count} 个账本。"
    " The list of {place} is signed by the operator ({count} books).",
    "list_key": "{place} 的清单不是用有效的密钥签的。"
    " The list of {place} names a key that is not in force.",
    "list_signature": "{place} 的清单签名不成立。 The signature of the list of {place} fails.",
    "witnessed": "见证人已签名：{names}。 Countersigned by {names}.",
    "witness_missing": "缺少见证人签名：需要 {needed} 位，只有 {count} 位。掌握运营方密钥的人"
    "可能单独改写了历史。 Witnesses are missing: {needed} are needed, {count} signed. Whoever holds"
    " the operator's key may have rewritten history alone.",
    "witness_demo": "见证人是演示用的，由运营方自己保管。"
    " These are demonstration witnesses, kept by the operator itself.",
    "witness_not_pinned": "见证人的公钥取自文件，请用 --witness-key 指定。"
    " The witnesses' keys come from the file; name them with --witness-key.",
    # accounts that are carried along
    "account": "账户对账单 {place} 由运营方签名，一个字节也没有改过。"
    " Account statement {place} is signed by the operator; not a byte was changed.",
    "account_signature": "账户对账单 {place} 的签名不成立。"
    " The signature of account statement {place} does not hold.",
    "account_figures": "各项来源相加等于总数（{count} 项）。"
    " The balances by origin add up to the total ({count} of them).",
    "account_total": "各项来源相加不等于总数。 The balances do not add up to the total.",
    "account_amount": "有一项的数目不可能成立。 An amount cannot be.",
    "account_twice": "同一项来源写了两次。 A balance is named twice.",
    "account_unsealed": "有一本账没有附封存。 A book comes without its seal.",
    "account_not_closed": "转出的数目或接收方与对账单的种类不符。"
    " What was carried away, or to whom, does not fit the kind of statement.",
    "account_proves": "这份对账单只作证明，不能兑付。 This statement proves; it carries no value.",
    "account_closing": "这是销户对账单，只能由它写明的接收方收一次。"
    " This is a closing statement: only the receiver that it names may take it in, once.",
    # growth
    "grown": "从 {old} 到 {new}，历史只增不改。 From {old} to {new} history has only grown.",
    "list_chain": "{place} 的清单与上一份接不上。"
    " The list of {place} does not follow the one before.",
    "day_backwards": "清单的日期倒退：{place}。 The lists run backwards: {place}.",
    "keys_rewritten": "{place}：密钥的历史被改写。 {place}: the keys' history was rewritten.",
    "book_gone": "账本 {place} 从清单里消失了。 Book {place} is gone from the list.",
    "book_shrunk": "账本 {place} 变短了：历史被改写。"
    " Book {place} has become shorter: history was rewritten.",
    "book_rewritten": "账本 {place} 的历史被改写。 The history of book {place} was rewritten.",
    "proof_missing": "账本 {place} 缺少从上一份清单长成的证明。"
    " Book {place} lacks a proof that it grew from the older list.",
    "consistent": "账本 {book} 第 {old} 块是第 {new} 块的前一段。"
    " Block {old} of book {book} is the beginning of block {new}.",
    "inconsistent": "证明不成立：账本 {book} 的两个区块不是同一段历史。"
    " The proof fails: the two blocks of book {book} are not of one history.",
}
#: In the name of a witness that the operator keeps itself, in an invented district.
DEMO = "演示 demo"


@dataclass(frozen=True, slots=True)
class Pins:
    """What whoever checks knows beforehand: key ids, and how many witnesses are needed."""

    operator: frozenset[str] = frozenset()
    witnesses: frozenset[str] = frozenset()
    needed: int = WITNESSES

    @classmethod
    def of(cls, operator: Collection[str], witnesses: Collection[str], needed: int) -> Pins:
        """Pins from public keys; ValueError when one is not 64 hexadecimal digits."""
        return cls(
            frozenset(key_id_of(key.lower()) for key in operator),
            frozenset(key_id_of(key.lower()) for key in witnesses),
            needed,
        )


def in_language(code: str, gaps: Mapping[str, Any], *, english: bool) -> str:
    """One half of a line: every sentence has its Chinese first, up to a stop and a space."""
    chinese, _, other = SENTENCES[code].partition("。 ")
    sentence = (other if english else f"{chinese}。").format(**gaps)
    return _printable(sentence)


def _printable(sentence: str) -> str:
    # Names in a file are a stranger's: they must not steer whoever's terminal this is.
    return "".join(sign if sign.isprintable() else "�" for sign in sentence)


@dataclass(frozen=True, slots=True)
class Finding:
    """A line before it is said."""

    mark: str
    code: str
    gaps: Mapping[str, Any]


class Verdicts:
    """Says each finding as it is made and remembers whether anything was wrong."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.good = True

    def ok(self, code: str, **gaps: Any) -> None:
        """Something holds."""
        self._line(GOOD, code, gaps)

    def open(self, code: str, **gaps: Any) -> None:
        """Something is not wrong and not proven either."""
        self._line(OPEN, code, gaps)

    def wrong(self, code: str, **gaps: Any) -> None:
        """Something does not hold."""
        self.good = False
        self._line(WRONG, code, gaps)

    def test(self, holds: bool, good: str, bad: str, **gaps: Any) -> bool:
        """One of two lines; returns whether it held."""
        (self.ok if holds else self.wrong)(good if holds else bad, **gaps)
        return holds

    def _line(self, mark: str, code: str, gaps: Mapping[str, Any]) -> None:
        self.say(f"  {mark} {_printable(SENTENCES[code].format(**gaps))}")


class Kept(Verdicts):
    """Keeps the findings for whoever says them in one language."""

    def __init__(self) -> None:
        super().__init__(lambda _line: None)
        self.findings: list[Finding] = []

    def _line(self, mark: str, code: str, gaps: Mapping[str, Any]) -> None:
        self.findings.append(Finding(mark, code, gaps))


def judge_pins(ring: KeyRing, key_id: str, pins: Pins, verdicts: Verdicts) -> None:
    """Whether the key that signed can be led back to one that was known beforehand."""
    if not pins.operator:
        verdicts.open("not_pinned")
        return
    verdicts.test(key_id in ring.vouched_by(pins.operator), "pinned", "pin_missed")
