"""Why a month's grants are not put forward or not signed."""

from __future__ import annotations

from services.errors import Conflict


class GrantsProposed(Conflict):
    """这个月的发放已经提出；先撤回，才能重新提出。"""

    code = "grants_proposed"


class NobodyToGrant(Conflict):
    """这个月没有人要发放。"""

    code = "nobody_to_grant"


class GrantsNotProposed(Conflict):
    """这个月的发放还没有人提出。"""

    code = "grants_not_proposed"
