"""What a check of the books may find: every breach has a code, a place and a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: Code -> the sentence an auditor reads; ``{gaps}`` are filled from the breach's detail.
SENTENCES: Mapping[str, str] = {
    # transfers and their entries
    "transfer_not_balanced": "往来的各笔分录相加不为零，差 {sum_minutes}。",
    "transfer_too_few_legs": "往来只有 {legs} 笔分录，至少要有两笔。",
    "transfer_without_entries": "往来没有分录。",
    "entry_without_transfer": "分录没有所属的往来（{legs} 笔）。",
    "leg_missing": "往来的分录编号不连续。",
    "amount_zero": "分录的数目是零。",
    "transfer_key_differs": "往来的编号与它的操作编号对不上。",
    "key_used_twice": "同一个操作编号出现了 {times} 次。",
    "capture_differs": "往来用掉的预留应为 {entries_minutes}，登记为 {kept_minutes}。",
    "capture_without_transfer": "用掉预留的往来不存在。",
    "refused_and_posted": "这个操作编号既被拒绝过，又已经办理。",
    "book_not_balanced": "整本账相加不为零，差 {sum_minutes}。",
    # accounts and their running balances
    "account_unknown": "记在了不存在的账户上。",
    "sequence_gap": "账户的分录序号不连续：应为 {expected}，实为 {found}。",
    "running_balance_broken": "分录后的余额应为 {entries_minutes}，登记为 {kept_minutes}。",
    "balance_missing": "账户没有余额记录。",
    "balance_differs": "余额应为 {entries_minutes}，登记为 {kept_minutes}。",
    "version_differs": "余额记录的分录数应为 {entries}，登记为 {kept}。",
    "held_differs": "未了结的预留合计 {entries_minutes}，登记为 {kept_minutes}。",
    "below_floor": "余额 {found_minutes} 低于下限 {floor_minutes}。",
    "above_ceiling": "余额 {found_minutes} 高于上限 {ceiling_minutes}。",
    "posted_at_runs_back": "分录的入账时间早于前一笔。",
    "posted_at_differs": "余额登记的最后入账时间与分录不符。",
    "expires_at_differs": "余额登记的预留到期时间晚于最早到期的预留。",
    "floor_differs": "各分户的下限相加与账户的下限不符。",
    "slots_differ": "账户应有 {expected} 个分户，实有 {found} 个。",
    "entry_after_closing": "账户关闭之后又有入账。",
    # holds
    "hold_without_legs": "预留没有明细。",
    "hold_leg_without_hold": "预留明细没有所属的预留。",
    "hold_key_differs": "预留的编号与它的操作编号对不上。",
    "outcome_without_hold": "预留的结果没有所属的预留。",
    "hold_ended_twice": "同一笔预留了结了 {times} 次。",
    "captured_exceeds_hold": "用掉 {captured_minutes}，多于预留的 {held_minutes}。",
    "expired_too_early": "预留还没有到期，就登记为到期。",
    "outcome_wrong": "预留的结果与用掉的数目不符。",
    # reversals
    "reversal_not_opposite": "冲正的各笔分录与原来的不相反。",
    "reversal_of_unknown": "冲正的往来不存在。",
    "reversal_of_reversal": "冲正了一笔冲正。",
    "reversed_twice": "同一笔往来冲正了 {times} 次。",
    # closed months
    "closing_missing": "缺少 {month} 的月结。",
    "closing_watermark_wrong": "月结的截止时刻不是这个月的末尾。",
    "closing_entries_differ": "这个月的分录数应为 {entries}，月结登记为 {kept}。",
    "closing_line_missing": "月结里缺少账户的一行。",
    "closing_line_extra": "月结里多出账户的一行，这个月没有分录。",
    "closing_line_differs": "月结余额应为 {entries_minutes}，登记为 {kept_minutes}。",
    "closing_kind_differs": "月结的类别合计应为 {entries_minutes}，登记为 {kept_minutes}。",
    "closing_hash_differs": "月结的内容与它的指纹不符。",
    # seals
    "leaf_differs": "往来或说明与封存时的不一样。",
    "not_sealed": "往来或说明既没有封存，也不在等待封存。",
    "leaf_without_content": "封存的往来或说明不见了。",
    "waiting_without_content": "等待封存的往来或说明不存在。",
    "sealed_and_waiting": "已经封存的又在等待封存。",
    "leaf_missing": "区块应有 {expected} 个叶子，只找到连续的 {found} 个。",
    "leaf_without_block": "叶子不属于任何区块。",
    "leaf_in_other_block": "叶子登记在别的区块里。",
    "block_chain_broken": "区块与上一个区块接不上。",
    "root_differs": "由叶子算出的根与区块的不符。",
    "block_signature_wrong": "区块的签名不成立。",
    "node_differs": "保存的树节点与叶子不符。",
    "key_history_broken": "封存密钥的历史不成立（{what}）。",
    "list_differs": "公布的封存清单被改动过，或签名不成立。",
    "list_names_other_block": "公布的清单里的区块与账本里的不是同一个。",
    # audit records
    "record_differs": "办理记录与封存时的不一样。",
    "record_not_sealed": "办理记录既没有封存，也不在等待封存。",
    "record_missing": "封存的办理记录不见了。",
    "record_waiting_without_content": "等待封存的办理记录不存在。",
    "record_sealed_and_waiting": "已经封存的办理记录又在等待封存。",
    # anything
    "unreadable": "有一行的内容读不出来，检查在这里中断。",
}


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that is not as it must be. ``place`` names the row, ``detail`` the figures."""

    code: str
    book: str
    place: str
    detail: Mapping[str, Any] = field(default_factory=dict)


class Tally:
    """How many rows of each kind have been looked at; tells whoever draws a progress bar."""

    def __init__(self, advance: Callable[[int], None] | None = None, step: int = 500) -> None:
        self.counts: Counter[str] = Counter()
        self._advance = advance
        self._step = step
        self._waiting = 0

    def add(self, what: str, number: int = 1) -> None:
        """Count rows; the listener hears of them in steps."""
        self.counts[what] += number
        self._waiting += number
        if self._waiting >= self._step:
            self.flush()

    def flush(self) -> None:
        """Tell the listener about what it has not heard yet."""
        if self._advance is not None and self._waiting:
            self._advance(self._waiting)
        self._waiting = 0
