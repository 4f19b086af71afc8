"""Three ways to walk a page: without script, by the keyboard alone, and by thumb on a telephone.

A scenario names what it wants by the words that people read, and the hands find it: with a mouse
in a browser without script, by tabbing until the words stand in focus, or by touch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

#: How each pair of hands opens its browser.
WAYS: dict[str, dict[str, Any]] = {
    "no script": {"script": False, "width": 1280, "height": 900},
    "keyboard": {"script": True, "width": 1280, "height": 900},
    "phone": {"script": True, "width": 390, "height": 844, "touch": True},
    #: The counter's old screen.
    "counter": {"script": False, "width": 1024, "height": 768},
    "counter keys": {"script": True, "width": 1024, "height": 768},
}
#: Which control has the focus, what it is called, and whether that can be seen.
FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const said = each => (each.textContent || '').replace(/\\s+/g, ' ').trim();
  const label = one.labels && one.labels.length ? one.labels[0] : null;
  const seen = one.matches('[type=radio], [type=checkbox]') && label ? label : one;
  const style = getComputedStyle(seen), box = seen.getBoundingClientRect();
  return {
    tag: one.tagName.toLowerCase(), type: one.type || '', group: one.name || '',
    name: one.getAttribute('aria-label') || (label && said(label)) || said(one),
    shown: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    visible: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.width > 0,
    checked: one.checked === true,
  };
}"""
#: More controls than any page has, but the counter's page of fifty slips.
MOST_TABS = 80


class Hands:
    """A mouse, or whatever else clicks; scripts are off."""

    def __init__(self, page: Page) -> None:
        self.page = page
        #: Keys that were pressed, the letters of words among them.
        self.keys = 0

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    def open(self, path: str) -> None:
        """Type an address, or open it from a code that the telephone's camera has read."""
        self.page.goto(path)

    def follow(self, words: str) -> None:
        """A link by its words."""
        with self.page.expect_navigation():
            self._touch(self.page.get_by_role("link", name=words).first)

    def press(self, words: str) -> None:
        """A button by its words."""
        with self.page.expect_navigation():
            self._touch(self.page.get_by_role("button", name=words).first)

    def choose(self, words: str) -> None:
        """One of several answers, or a box to tick."""
        self.main.locator("label").filter(has_text=words).first.click()

    def fill(self, words: str, text: str) -> None:
        """Write into a box by its label."""
        self.main.get_by_label(words).first.fill(text)

    def pick(self, words: str, choice: str) -> None:
        """One of a list."""
        self.main.get_by_label(words).first.select_option(label=choice)

    def unfold(self, words: str) -> None:
        """Open what is folded away."""
        self._touch(self.main.locator("summary").filter(has_text=words).first)

    def says(self, *words: str) -> None:
        """The page says all this, and nothing runs off its edge."""
        for each in words:
            expect(self.main).to_contain_text(each)
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.page.viewport_size["width"], self.page.url  # type: ignore[index]

    def text(self) -> str:
        """What the page says, as people read it."""
        return self.main.inner_text()

    @property
    def at(self) -> str:
        """Where the browser is."""
        return self.page.url

    def _touch(self, control: Locator) -> None:
        control.click()


class Thumb(Hands):
    """A telephone: what is touched must be as large as a thumb."""

    def choose(self, words: str) -> None:
        self._touch(self.main.locator("label").filter(has_text=words).first)

    def _touch(self, control: Locator) -> None:
        control.scroll_into_view_if_needed()
        # The whole row of a list leads where its link leads.
        height = control.evaluate("one => (one.closest('.task') || one).offsetHeight")
        assert height >= 44, (self.page.url, control, height)
        control.tap()


class Keyboard(Hands):
    """No mouse: Tab until the words stand in focus, which must be seen at every step."""

    def follow(self, words: str) -> None:
        self._go_to(lambda one: one["tag"] == "a" and words in one["name"], words)
        with self.page.expect_navigation():
            self._key("Enter")

    def press(self, words: str) -> None:
        self._go_to(lambda one: one["tag"] == "button" and words in one["name"], words)
        with self.page.expect_navigation():
            self._key("Enter")

    def choose(self, words: str) -> None:
        one = self._go_to(
            lambda one: one["type"] == "radio" or (one["type"] == "checkbox" and _in(words, one)),
            words,
        )
        if one["type"] == "checkbox":
            return self._key("Space")
        for _ in range(MOST_TABS):
            if words in one["name"]:
                return None if one["checked"] else self._key("Space")
            self._key("ArrowDown")
            one = self._focused()
        raise AssertionError(f"no such answer: {words}")

    def fill(self, words: str, text: str) -> None:
        self._go_to(lambda one: one["tag"] in ("input", "textarea") and _in(words, one), words)
        self._key("ControlOrMeta+a")
        self.page.keyboard.type(text)
        self.keys += len(text)

    def type(self, text: str, *, tab: bool = False) -> None:
        """Write where the focus is, and perhaps go on to the next box."""
        self.page.keyboard.type(text)
        self.keys += len(text)
        if tab:
            self._key("Tab")

    def send(self) -> None:
        """Enter in a box sends its form."""
        with self.page.expect_navigation():
            self._key("Enter")

    def pick(self, words: str, choice: str) -> None:
        self._go_to(lambda one: one["tag"] == "select" and _in(words, one), words)
        chosen = "() => document.activeElement.selectedOptions[0].label"
        self._key("Home")
        for _ in range(MOST_TABS):
            if choice in self.page.evaluate(chosen):
                return
            self._key("ArrowDown")
        raise AssertionError(f"no such choice: {choice}")

    def unfold(self, words: str) -> None:
        self._go_to(lambda one: one["tag"] == "summary" and words in one["name"], words)
        self._key("Enter")

    def _go_to(self, wanted: Callable[[dict[str, Any]], bool], words: str) -> dict[str, Any]:
        for _ in range(MOST_TABS):
            self._key("Tab")
            one = self._focused()
            if one["tag"] == "a" and one["name"] == "跳到正文" and not wanted(one):
                self._key("Enter")
            elif wanted(one):
                return one
        raise AssertionError(f"the keyboard does not reach {words!r} on {self.page.url}")

    def _focused(self) -> dict[str, Any]:
        one: dict[str, Any] | None = self.page.evaluate(FOCUSED)
        if one is None:
            return {"tag": "", "type": "", "name": "", "checked": False}
        assert one["shown"], (self.page.url, "the focus cannot be seen", one)
        assert one["visible"], (self.page.url, "the focus is off the screen", one)
        return one

    def _key(self, name: str) -> None:
        self.page.keyboard.press(name)
        self.keys += 1


def _in(words: str, one: dict[str, Any]) -> bool:
    return words in one["name"]


def hands(way: str, page: Page) -> Hands:
    """The hands of a way."""
    if "key" in way:
        return Keyboard(page)
    return Thumb(page) if way == "phone" else Hands(page)
