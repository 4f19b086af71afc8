"""Words for the kinds of browser and system in a login's label; names stay what they are."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

WORDS: dict[str, object] = {
    "wechat": _l("微信"),
    "alipay": _l("支付宝"),
    "huawei": _l("华为浏览器"),
    "xiaomi": _l("小米浏览器"),
    "uc": _l("UC 浏览器"),
    "qq": _l("QQ 浏览器"),
    "samsung": _l("三星浏览器"),
    "edge": "Edge",
    "opera": "Opera",
    "firefox": "Firefox",
    "chrome": "Chrome",
    "safari": "Safari",
    "harmony": _l("鸿蒙"),
    "android": _l("安卓"),
    "iphone": "iPhone",
    "ipad": "iPad",
    "windows": "Windows",
    "mac": "Mac",
    "chromeos": "ChromeOS",
    "linux": "Linux",
}


def label_words(label: str) -> str:
    """``chrome/android`` as people read it: Chrome · 安卓."""
    known = [str(WORDS[code]) for code in label.split("/") if code in WORDS]
    return " · ".join(known) or str(_l("别的浏览器"))
