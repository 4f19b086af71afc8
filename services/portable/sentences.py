"""What people read about accounts that they carry along."""

from __future__ import annotations

from services.errors import Conflict


class AccountNotSealed(Conflict):
    """您最近的一笔往来还没有封存，请过一分钟再取对账单。"""

    code, is_answer = "account_not_sealed", False


STATEMENT_TAKEN = "您的账户对账单已经开出。如果不是您本人或网点办理的，请马上联系网点。"
