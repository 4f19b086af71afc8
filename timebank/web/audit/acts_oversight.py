"""What the acts of oversight are called on record: sheets, complaints, and what goes with them.

The dict of ``timebank.web.audit.acts`` takes these in; whoever adds an act of oversight names it
here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

#: Acts, by code.
ACTS: Mapping[str, Any] = {
    # two hands
    "entry.escalate": _l("补录转上一级签署"),
    "entry.export": _l("导出补录"),
    "entry.lapse": _l("补录没人签署，作废"),
    "entry.propose": _l("提出补录"),
    "entry.read": _l("查看补录"),
    "entry.refuse": _l("不同意补录"),
    "entry.sign": _l("签署补录"),
    "entry.withdraw": _l("撤回补录"),
    "evidence.add": _l("存入证明材料"),
    "evidence.read": _l("查看证明材料"),
    "reversal.export": _l("导出冲正"),
    "reversal.propose": _l("提出冲正"),
    "reversal.read": _l("查看冲正"),
    "reversal.refuse": _l("不同意冲正"),
    "reversal.sign": _l("签署冲正"),
    "reversal.withdraw": _l("撤回冲正"),
    "visit.reverse": _l("服务不再计入"),
    # figures
    "cockpit.export": _l("导出驾驶舱的数字"),
    "forecast.run": _l("推算今后付不付得出"),
    "forecast.export": _l("导出推算"),
    # flags
    "flag.decide": _l("对异常提示下结论"),
    "flag.export": _l("导出异常提示"),
    "flag.find": _l("查出异常"),
    "flag.read": _l("查看异常提示"),
    # work sheets
    "sheet.appeal": _l("对工作单申诉"),
    "sheet.close": _l("结束工作单"),
    "sheet.decide": _l("答复工作单的申诉"),
    "sheet.escalate": _l("工作单上报"),
    "sheet.export": _l("导出工作单"),
    "sheet.hand_on": _l("转交工作单"),
    "sheet.note": _l("记工作单的进展"),
    "sheet.open": _l("开出工作单"),
    "sheet.read": _l("查看工作单"),
    "sheet.take": _l("接下工作单"),
    "sheet.turn": _l("转成下一级工作单"),
    # complaints
    "complaint.answer": _l("记下投诉里的话"),
    "complaint.appeal": _l("对投诉的结果申诉"),
    "complaint.decide": _l("处理投诉"),
    "complaint.decide_appeal": _l("处理投诉的申诉"),
    "complaint.export": _l("导出投诉"),
    "complaint.final": _l("投诉的结果生效"),
    "complaint.hold": _l("投诉期间暂留"),
    "complaint.make": _l("提出投诉"),
    "complaint.release": _l("放开投诉暂留"),
    "complaint.read": _l("查看投诉"),
    "complaint.take": _l("记下投诉"),
    "complaint.withdraw": _l("撤回投诉"),
    "dispute.appeal": _l("对异议的结果申诉"),
    "dispute.decide_appeal": _l("处理异议的申诉"),
    # errand money, what elders think
    "errand.hand": _l("记下老人给的钱"),
    "errand.return": _l("记下花的钱和找零"),
    "errand.agree": _l("老人说代购的钱对或不对"),
    "errand.voice": _l("电话里问代购的钱"),
    "errand.read": _l("查看代购的钱和小票"),
    "rating.give": _l("评价一次服务"),
    "rating.voice": _l("电话里问评价"),
    "rating.read": _l("查看评价的话"),
    # call-backs and what follows
    "callback.add": _l("列入回访"),
    "callback.close": _l("封存回访名单"),
    "callback.draw": _l("回访抽签"),
    "callback.export": _l("导出回访"),
    "callback.make": _l("记下回访的回答"),
    "callback.read": _l("查看回访的电话"),
    "callback.try": _l("回访没有问到"),
    "suspension.begin": _l("暂停网点的补录"),
    "suspension.end": _l("恢复网点的补录"),
    # monthly returns, rolls of those entitled
    "return.close": _l("结出月报"),
    "return.sign": _l("签署月报"),
    "return.export": _l("导出月报"),
    "roll.propose": _l("提出名册"),
    "roll.sign": _l("签署名册"),
    "roll.withdraw": _l("撤回名册"),
    "roll.apply": _l("按名册更改情况"),
    "roll.read": _l("查看名册"),
    "roll.export": _l("导出名册"),
    # stars, certificates of service
    "star.propose": _l("公示评星"),
    "star.object": _l("对评星提异议"),
    "star.decide": _l("处理评星异议"),
    "star.grant": _l("评上星级"),
    "star.ban": _l("停止评星"),
    "star.lift": _l("取消停评"),
    "star.withdraw": _l("撤销星级"),
    "proof.withdraw": _l("作废志愿服务证明"),
    "honour.record": _l("登记荣誉"),
    "honour.withdraw": _l("撤销荣誉"),
    "perk.add": _l("设立优待"),
    "perk.end": _l("停止优待"),
    "record.read": _l("查看志愿服务记录"),
    "record.export": _l("导出志愿服务记录"),
    "record.late": _l("导出没有按时记录的服务"),
    "branch.charge": _l("登记活动负责人"),
}

#: What an act was about.
SUBJECTS: Mapping[str, Any] = {
    "manual_entry": _l("补录"),
    "reversal": _l("冲正"),
    "sheet": _l("工作单"),
    "monthly_return": _l("每月的报表"),
    "roll": _l("名册"),
    "complaint": _l("投诉"),
    "errand": _l("代购的钱"),
    "flag": _l("异常提示"),
    "forecast": _l("推算"),
    "callback": _l("回访"),
    "callback_draw": _l("回访名单"),
    "branch_suspension": _l("网点暂停补录"),
    "star_award": _l("评星"),
    "star_ban": _l("停评"),
    "honour": _l("荣誉"),
    "perk": _l("优待"),
}
