"""What kind of browser and system a login came from: two words, and nothing else is kept."""

from __future__ import annotations

OTHER = "other"
#: The first mark that the browser's own description holds decides; the order matters, since
#: nearly all of them claim to be Chrome and Safari too.
BROWSERS = (
    ("MicroMessenger", "wechat"),
    ("AlipayClient", "alipay"),
    ("HuaweiBrowser", "huawei"),
    ("MiuiBrowser", "xiaomi"),
    ("UCBrowser", "uc"),
    ("MQQBrowser", "qq"),
    ("QQBrowser", "qq"),
    ("SamsungBrowser", "samsung"),
    ("Edg", "edge"),
    ("OPR/", "opera"),
    ("Firefox", "firefox"),
    ("FxiOS", "firefox"),
    ("CriOS", "chrome"),
    ("Chrome", "chrome"),
    ("Safari", "safari"),
)
SYSTEMS = (
    ("HarmonyOS", "harmony"),
    ("OpenHarmony", "harmony"),
    ("Android", "android"),
    ("iPhone", "iphone"),
    ("iPad", "ipad"),
    ("Windows", "windows"),
    ("Macintosh", "mac"),
    ("CrOS", "chromeos"),
    ("Linux", "linux"),
)


def label_of(description: str) -> str:
    """The label of a User-Agent header, as codes: ``chrome/android``."""
    return f"{_first(BROWSERS, description)}/{_first(SYSTEMS, description)}"


def _first(marks: tuple[tuple[str, str], ...], text: str) -> str:
    return next((code for mark, code in marks if mark in text), OTHER)
