"""Opens pages in the browser, resizes each in place, and asks it what is wrong with it."""

from __future__ import annotations

import logging
import re
import zlib
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path
from uuid import UUID

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page
from playwright.sync_api import TimeoutError as Timeout

from tests.catalogue.conftest import District
from tests.catalogue.flows import FLOWS
from tests.catalogue.known import KINDS, NO_FAULT, UNREACHED
from tests.catalogue.looks import ASKED, HEIGHT, WIDTHS, Look, looks_at
from tests.catalogue.routes import LOGINS, endpoint_of, pages_of
from tests.catalogue.seek import addresses
from tests.databases import ROOT
from tests.web.client import Browser

log = logging.getLogger(__name__)

SCRIPT = Path(__file__).with_name("look.js").read_text(encoding="utf-8")
PICTURES = ROOT / "build" / "catalogue"
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "wcag2aaa"]},
    # The stricter rule of contrast, 7:1, finds whatever this one would.
    "rules": {"color-contrast": {"enabled": False}},
    # What passes is counted and not described: that would cost more than the checking.
    "resultTypes": ["violations"],
}
#: Of one kind of page so many are read for links, where some page has not been found yet: a
#: calendar leads on for ever.
ALIKE = 4
#: So many addresses of one page are tried that no other page led to.
TRIES = 14


class Links(HTMLParser):
    """The addresses of this site that a page leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = dict(attrs).get("href") if tag == "a" else None
        if target and target.startswith("/"):
            self.found.append(target)


@dataclass
class Walker:
    """Whoever goes through pages: what was seen so far, and every fault of it."""

    district: District
    chromium: Chromium
    opened: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    #: Everybody who has come in without a window.
    clients: dict[object, Browser] = field(default_factory=dict)
    #: Addresses that were read for their links alone.
    read: set[str] = field(default_factory=set)

    @contextmanager
    def browsing(self, client: Browser) -> Iterator[Page]:
        """A window with the cookies of somebody's browser, and the checks on every page."""
        context = self.chromium.new_context(
            viewport={"width": WIDTHS[1], "height": HEIGHT},
            base_url=self.district.address,
            locale="zh-CN",
        )
        carry(client, context, self.district.address)
        # Every page comes with the checks in it, which is quicker than sending them to each.
        context.add_init_script(Axe().axe_script + "\n;" + SCRIPT)
        page = context.new_page()
        page.set_default_timeout(60_000)
        try:
            yield page
        finally:
            context.close()

    def walk(self, audience: str, who: str | UUID | None, starts: Iterable[str] = ()) -> None:
        """Open every page of an audience once that can be come by from its plain addresses."""
        pages = pages_of(self.district.app, audience)
        client = self.district.client(who)
        plain = [rule.rule for rule in pages.values() if not rule.arguments]
        queue, spare, read = deque([*starts, *plain]), deque[str](), Counter[str]()
        tried = set[str]()
        with self.browsing(client) as page:
            while queue or spare:
                if not queue:
                    queue.extend(self._more(client, spare, read, set(pages) - set(self.opened)))
                    spare.clear()
                    continue
                address = queue.popleft().split("#")[0]
                endpoint = endpoint_of(self.district.app, address)
                if endpoint not in pages:
                    continue
                if endpoint in self.opened:
                    spare.append(address)
                elif address in tried:
                    continue
                elif self.look(page, address, endpoint):
                    queue.extend(page.evaluate("catalogue.links()"))
                else:
                    # Refused, or led to a page that is perhaps not met otherwise.
                    tried.add(address)
                    queue.append(page.url.removeprefix(self.district.address))

    def flow(self, who: str | UUID | None, start: str, answers: dict[str, str], most: int) -> None:
        """Go from question to question as somebody who answers each, and look at every page."""
        with self.browsing(self.district.client(who)) as page:
            (look, *_others) = looks_at(start)
            dress(page, look, self.district.address)
            page.goto(start)
            for _question in range(most):
                address = page.url.removeprefix(self.district.address)
                endpoint = endpoint_of(self.district.app, address) or address
                name = endpoint if endpoint not in self.opened else f"{endpoint}{address}"
                name = re.sub(r"[0-9a-f-]{32,}", "id", name)
                if name not in self.opened:
                    self.check(page, name, look)
                    self.opened[name] = address
                if not page.evaluate("answers => catalogue.fill(answers)", answers):
                    return
                page.set_viewport_size({"width": WIDTHS[2], "height": HEIGHT})
                try:
                    with page.expect_navigation(timeout=8_000):
                        page.locator("[data-go]").click()
                except Timeout:
                    return

    def seek(self, audience: str) -> None:
        """Open what nothing led to, where a row of the district makes an address of it."""
        pages = pages_of(self.district.app, audience)
        for endpoint in [each for each in pages if each not in self.opened]:
            for who, address in islice(
                addresses(self.district, pages[endpoint], LOGINS[audience][:1]), TRIES
            ):
                if who not in self.clients:
                    self.clients[who] = self.district.client(who)
                client = self.clients[who]
                if client.get(address).status_code != 200:
                    continue
                with self.browsing(client) as page:
                    self.look(page, address, endpoint)
                break

    def _more(
        self, client: Browser, spare: deque[str], read: Counter[str], missing: set[str]
    ) -> list[str]:
        """What other pages of the same kinds lead to, read without a window."""
        found: list[str] = []
        for address in dict.fromkeys(spare):
            endpoint = str(endpoint_of(self.district.app, address))
            if not missing or address in self.read or read[endpoint] >= ALIKE:
                continue
            self.read.add(address)
            read[endpoint] += 1
            answer = client.get(address)
            if answer.status_code == 200:
                links = Links()
                links.feed(answer.get_data(as_text=True))
                found += links.found
        return found

    def look(self, page: Page, address: str, name: str, status: int = 200) -> bool:
        """Look at one page; False where it is refused or leads elsewhere."""
        for look in looks_at(name):
            dress(page, look, self.district.address)
            answer = page.goto(address)
            assert answer is not None
            if answer.status != status or answer.request.redirected_from is not None:
                return False
            self.check(page, name, look)
        self.opened[name] = address
        return True

    def check(self, page: Page, name: str, look: Look) -> None:
        """Hold the page that is open to everything, at each width."""
        found: list[str] = []
        axe_at = WIDTHS[zlib.crc32(name.encode()) // 12 % len(WIDTHS)]
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            found += [f"{width}: {each}" for each in page.evaluate("catalogue.atWidth()")]
            if width == axe_at:
                found += page.evaluate("rules => catalogue.axe(rules)", RULES)
            if ASKED and width != WIDTHS[0]:
                self._picture(page, name, look, width)
        found += page.evaluate("data => catalogue.once(data)", self.district.data)
        told = [f"{name} {look} {each}" for each in dict.fromkeys(found)]
        told = [each for each in told if not known(each)]
        self.faults += told
        # As they come: pytest shows a few words of a long list, and this where a test fails.
        for each in told:
            log.warning(each)
        if ASKED and told:
            with (PICTURES / "faults.txt").open("a", encoding="utf-8") as stream:
                stream.writelines(f"{each}\n" for each in told)

    def _picture(self, page: Page, name: str, look: Look, width: int) -> None:
        safe = re.sub(r"[^\w.-]+", "-", name)
        path = PICTURES / str(look) / f"{safe}-{width}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path, full_page=True, type="jpeg", quality=70)


def carry(client: Browser, context: BrowserContext, address: str) -> None:
    """Give a window the cookies that a browser without one has."""
    context.add_cookies(
        [
            {"name": each.key, "value": each.value, "domain": "127.0.0.1", "path": each.path}
            for each in client._cookies.values()  # type: ignore[attr-defined]
        ]
    )


def dress(page: Page, look: Look, address: str) -> None:
    """The next page comes in this look."""
    page.context.add_cookies(
        [
            {"name": "lang", "value": look.lang, "url": address},
            {"name": "text_size", "value": look.size, "url": address},
        ]
    )
    page.emulate_media(color_scheme=look.scheme)  # type: ignore[arg-type]


def walked(district: District, chromium: Chromium, *audiences: str) -> list[str]:
    """Go through every page of some audiences: every fault, and every page that nobody opened."""
    walker = Walker(district, chromium)
    for audience in audiences:
        for who in LOGINS[audience]:
            walker.walk(audience, who)
        walker.seek(audience)
        for who, start, answers, most in FLOWS.get(audience, ()):
            walker.flow(who, start, answers, most)
    found = list(walker.faults)
    for audience in audiences:
        for endpoint in sorted(pages_of(district.app, audience)):
            if endpoint in walker.opened and endpoint in UNREACHED:
                found.append(f"{endpoint} is no longer unreached: take it off the list")
            elif endpoint not in walker.opened and endpoint not in UNREACHED:
                found.append(f"{endpoint} was opened by nobody")
    return found


def known(fault: str) -> bool:
    """Whether a fault is none, and why is written down."""
    name, *words = fault.split()
    kind = next((each.rstrip(":") for each in words if each.rstrip(":") in KINDS), "")
    return f"{name} {kind}" in NO_FAULT
