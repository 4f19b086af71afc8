"""Breaches outside the ledger's own tables, in the words that an auditor reads."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    # published rules
    "rules_changed": "公布的规则内容与公布时的指纹不符。",
    # valuations
    "valuation_unreadable": "估值的内容读不出来。",
    "valuation_columns_differ": "估值的登记数与它的内容不符。",
    "valuation_rules_unknown": "估值引用的规则或日历没有公布过。",
    "valuation_rules_differ": "估值引用的规则指纹与公布的不同。",
    "valuation_differs": (
        "按登记的事实重算，应为服务者 {earn_minutes}、老人 {elder_minutes}、"
        "公益池 {pool_minutes}，与登记不同。"
    ),
    "valuation_shares_differ": "老人和公益池相加不等于服务者所得。",
    "valuation_without_transfer": "估值没有入账。",
    "valuation_without_credit": "估值所属的服务没有入账。",
    "valuation_posted_twice": "同一份估值入账 {times} 次。",
    "transfer_not_as_valued": "往来的分录与估值不符。",
    "transfer_without_valuation": "往来引用的估值不存在。",
    # visits
    "credited_without_valuation": "已入账的服务没有估值。",
    "credited_without_transfer": "已入账的服务没有往来。",
    "credited_unconfirmed": "已入账的服务没有确认记录。",
    "credited_without_record": "已入账的服务没有办理记录。",
    "visit_differs_from_valuation": "服务的签到、签退或约定与估值时的不同。",
    "charged_above_hold": "老人付出 {charged_minutes}，多于预留的 {held_minutes}。",
    "closed_door_without_transfer": "没人开门的服务没有补偿的往来。",
    # minutes that enter a book, and acts
    "issue_without_authorisation": "发行 {amount_minutes} 没有两位管理员签署的授权。",
    "act_key_differs": "操作编号不属于办理的人。",
    "act_result_missing": "操作的结果不存在。",
}
