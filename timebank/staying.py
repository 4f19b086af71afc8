"""Words for elders who stay away from home: why nobody there can be asked just now."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from services.requests.pauses import CAP_REACHED, Pause
from timebank import wording
from timebank.i18n import is_english


def paused_words(pause: Pause, starts_at: datetime) -> str:
    """What keeps the people where an elder stays from coming, and what happens next."""
    if pause.code != CAP_REACHED or pause.until is None:
        return str(
            _("两地现在没有开通互认，暂住地的志愿者还不能接。申请一直有效，开通了就接着找人。")
        )
    said = _(
        "跨地区的额度暂时不够，暂住地的志愿者预计%(until)s以后可以接。"
        "申请一直有效，有了额度就接着找人，不用重新申请。",
        until=wording.moment(pause.until, is_english()),
    )
    if pause.until < starts_at:
        return str(said)
    late = _("那时这次服务的时间可能已经过了，可以改个时间。")
    return f"{said}{' ' if is_english() else ''}{late}"
