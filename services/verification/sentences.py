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
    "share_of_stranger": "申请预留了老人和付款家人以外的人的时间。",
    "closed_door_without_transfer": "没人开门的服务没有补偿的往来。",
    # what two people sign
    "entry_one_hand": "签署的补录没有两个不同的人。",
    "entry_without_visit": "签署的补录没有对应的服务，或者服务的入账不同。",
    "entry_without_papers": "签署的补录没有证明材料，或者与存入时的记录不符。",
    "paper_of_entry_changed": "补录的证明材料与它的指纹不符。",
    "visit_without_entry": "服务标明是补录的，却没有签署的补录。",
    "reversal_one_hand": "冲正没有两位管理员的签署。",
    "reversal_not_posted": "办好的冲正没有对应的往来。",
    "visit_mark_differs": "服务的冲正标记与它的入账不符。",
    # accounts that are carried along
    "statement_changed": "账户对账单与开出时的不一样，或签名不成立。",
    "closing_differs_from_ledger": "销户对账单写明的转出与账本不符。",
    "taken_without_import": "收下的销户对账单没有对应的转入。",
    # between books
    "half_without_link": "清算账户上的往来没有与另一本账相连。",
    "halves_differ": "两本账的同一件事对不上：这里 {own_minutes}，对方 {others_minutes}。",
    "claims_differ": "占用的跨地区额度应为 {expected_minutes}，登记为 {kept_minutes}。",
    "claim_left_open": "事情已经了结，占用的跨地区额度还没有放回。",
    # moves
    "move_differs_from_entries": "搬家回执与两本账的往来不符。",
    "moved_account_open": "成员已经搬走，原来的账户还开着，或者还有时间。",
    "transfer_without_move": "搬家的往来没有对应的搬家记录。",
    # papers
    "paper_changed": "文书的内容与出具时的指纹不符。",
    "paper_twice": "同一件事有两份同类的文书同时有效。",
    # errand money, ratings
    "errand_of_strangers": "代购的钱登记的老人或志愿者，与服务的不同。",
    "errand_own_word": "代购的钱是志愿者自己替老人说对的。",
    "errand_closed_too_early": "代购的钱没有报账就两清了。",
    "errand_without_receipt": "代购的钱没有小票，也没有写原因。",
    "rating_of_strangers": "评价登记的人与服务的不同，或是志愿者自己评的。",
    "proof_differs": "志愿服务证明写的是 {said_minutes}，记录在案的是 {kept_minutes}。",
    "star_without_notice": "这次评星没有公示满期，或者还有异议没有驳回，就生效了。",
    # monthly returns
    "return_changed": "月报的内容与签署时的不一样，或签名不成立。",
    "return_missing": "缺少 {month} 的月报。",
    "return_differs": "按截止时刻重算，月报的 {figure} 应为 {expected}，登记为 {found}。",
    # complaints
    "complaint_hold_differs": "投诉登记的暂留和账上的不一样。",
    "complaint_still_held": "投诉已经办完，暂留的时间还没有放开。",
    "hold_without_complaint": "有时间为投诉或申诉暂留着，却没有这样一件在办。",
    # estates
    "estate_unverified": "账户已经冻结，但没有两位工作人员核实。",
    "estate_of_the_living": "身后事的成员没有登记为去世，或者日期不同。",
    "death_without_estate": "登记为去世的成员没有身后事的记录。",
    "estate_division_differs": "各份和余数合计 {divided_minutes}，应为 {estate_minutes}。",
    "estate_balance_differs": "身后账户有 {kept_minutes}，等着领的有 {waiting_minutes}。",
    "estate_share_moved_otherwise": "遗产的份额没有照分配转给继承人。",
    "estate_coins_left": "分配以后，去世成员的账户里还有 {left_minutes}。",
    "estate_move_missing": "身后事登记的往来不存在。",
    "estate_entry_unexplained": "身后账户的往来没有登记。",
    # figures of the months
    "tally_without_mark": "逐月数字没有写明算到哪一刻。",
    "tally_differs": "逐月数字合计为 {found}，按登记的行重算应为 {expected}。",
    "tally_of_kind_differs": "逐月数字里 {kind} 一类往来与分录不符。",
    # minutes that enter a book, and acts
    "issue_without_authorisation": "发行 {amount_minutes} 没有两位管理员签署的授权。",
    "grant_run_differs": "政策发放的名单与登记的人数、合计或指纹不符。",
    "grant_not_entitled": "按登记的事实重算，这位老人当月应发放 {entitled_minutes}，与登记不同。",
    "grant_without_entitlement": "入账的政策发放不在当月的名单里，或者时间不同。",
    "granted_twice": "{month} 的政策发放给同一位老人入账两次。",
    "granted_given_away": "政策发放的 {amount_minutes} 被赠送、捐出或留给了别人。",
    # gifts
    "gift_not_held": "等着送出的赠送没有按数留出。",
    "gift_still_held": "不在等待期的赠送还留着时间。",
    "hold_without_gift": "有时间为赠送留着，却没有赠送的记录。",
    "gift_differs_from_record": "赠送的对方、数目或来源与办理时的记录不符。",
    "gift_moved_otherwise": "送出的赠送与双方说好的人、数目或来源不符。",
    "gift_not_reversed": "退回的赠送没有冲正。",
    "transfer_without_gift": "往来记作赠送，却没有赠送的记录。",
    # donations
    "donation_not_booked": "捐赠没有按登记的数目入账。",
    "transfer_without_donation": "往来记作捐赠，却没有捐赠的记录。",
    "fund_without_donation": "进入公益基金的时间没有捐赠记录。",
    "fund_drawn_without_service": "从公益基金付出的时间没有对应的服务。",
    "act_key_differs": "操作编号不属于办理的人。",
    "act_result_missing": "操作的结果不存在。",
    # settlement windows
    "window_missing": "清算期的编号不连续。",
    "window_cut_wrong": "清算截止点之间的分录数与分录不符。",
    "window_pair_differs": "这一期的清算数应为 {entries_minutes}，登记为 {kept_minutes}。",
    "window_statement_missing": "这一期缺少清算单，或者清算单没有往来。",
    "window_statement_differs": "清算单的数或指纹与各地区之间的清算数不符。",
    "window_payments_differ": "净额付款与各地区的净额不符。",
    "window_hash_differs": "清算期的内容与它的指纹不符。",
    "window_settled_early": "清算单没有全部确认，或者还有异议，这一期却已经结清。",
    "position_differs": "未结清的往来应为 {expected_minutes}，登记为 {kept_minutes}。",
    # imports from older time banks
    "import_not_signed": "旧余额的转入没有两位管理员签署，或者没有公示。",
    "import_counts_differ": "旧余额转入登记的行数和实际不符。",
    "import_row_not_booked": "转入的这一行没有照登记的数目入账。",
    "transfer_without_import": "这笔转入不属于任何一次导入。",
    # call-backs
    "callback_list_changed": "封存的回访名单和它的指纹不符。",
    "callback_visit_unlisted": "这次服务没有列入任何一份回访名单。",
    "callback_seed_wrong": "回访抽签的种子不是由见证人的签名得出的。",
    "callback_drawn_wrong": "要回访的服务和按种子抽出的不一样。",
    "callback_missing": "有疑点的服务没有列入回访。",
    "suspension_unfounded": "暂停补录的网点，回访的数字没有超过限度。",
    "suspension_missing": "回访不合格超过限度的网点没有暂停补录。",
}
