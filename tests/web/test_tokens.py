"""The numbers of the faces, worked out from the style sheets: contrast, sizes, targets."""

from __future__ import annotations

import re
from itertools import product

import pytest

from tests.web.kit import CSS

TOKENS = (CSS / "tokens.css").read_text(encoding="utf-8")
SHEETS = {path.name: path.read_text(encoding="utf-8") for path in sorted(CSS.glob("*.css"))}
BODY = 7.0
SHAPE = 3.0

#: Text that may stand on any ground of a page, and these grounds.
TEXT = ("ink", "ink-soft", "link", "link-hover", "go-ink", "bad-ink")
GROUNDS = ("paper", "surface", "sunk")
#: Text that has one ground of its own; the state of a hovered or chosen thing included.
PAIRS = (
    ("on-go", "go"),
    ("on-go", "go-hover"),
    ("on-bad", "bad"),
    ("on-bad", "bad-hover"),
    ("on-accent", "accent"),
    ("ink", "go-tint"),
    ("go-ink", "go-tint"),
    ("plain-ink", "plain-bg"),
    ("info-ink", "info-bg"),
    ("wait-ink", "wait-bg"),
    ("good-ink", "good-bg"),
    ("bad-bg-ink", "bad-bg"),
)
#: Edges of inputs and the focus ring: shapes, not text.
SHAPES = tuple(product(("edge", "focus", "bad-ink"), GROUNDS))


def declared(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", block))


def body_of(opening: str) -> str:
    """The declarations after an opening, up to its closing brace."""
    return TOKENS.split(opening, 1)[1].split("}", 1)[0]


LIGHT = declared(body_of(":root {"))
DARK = LIGHT | declared(body_of("(prefers-color-scheme: dark) {\n  .face-work {"))


def luminance(colour: str) -> float:
    def linear(value: int) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("pair", [*product(TEXT, GROUNDS), *PAIRS], ids="-on-".join)
def test_text_stands_out(scheme: dict[str, str], pair: tuple[str, str]) -> None:
    assert contrast(scheme[pair[0]], scheme[pair[1]]) >= BODY


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("pair", SHAPES, ids="-on-".join)
def test_edges_and_focus_stand_out(scheme: dict[str, str], pair: tuple[str, str]) -> None:
    assert contrast(scheme[pair[0]], scheme[pair[1]]) >= SHAPE


def rules() -> list[tuple[str, str, dict[str, str]]]:
    """(sheet, selector, colour and ground) of every rule that sets text or ground."""
    found = []
    for name, text in SHEETS.items():
        plain = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        for selector, block in re.findall(r"([^{}]+)\{([^{}]*)\}", plain):
            parts = dict(re.findall(r"(?<![\w-])(color|background):\s*([^;]+)", block))
            if parts:
                found.append((name, " ".join(selector.split()), parts))
    return found


def test_every_pair_in_a_rule_is_one_that_was_measured() -> None:
    known = {*product(TEXT, GROUNDS), *PAIRS}
    unknown = []
    for name, selector, parts in rules():
        pair = tuple(re.sub(r"^var\(--|\)$", "", parts.get(key, "")) for key in PARTS)
        if all(value in LIGHT for value in pair) and pair not in known:
            unknown.append(f"{name} {selector}: {pair[0]} on {pair[1]}")
    assert not unknown


PARTS = ("color", "background")


def test_text_without_a_ground_of_its_own_may_stand_anywhere() -> None:
    own_ground = {ink for ink, _ground in PAIRS}
    wrong = []
    for name, selector, parts in rules():
        ink = re.sub(r"^var\(--|\)$", "", parts.get("color", ""))
        if ink in LIGHT and ink not in TEXT and "background" not in parts:
            inherits = selector in HOVER_ON_OWN_GROUND
            if not inherits or ink not in own_ground:
                wrong.append(f"{name} {selector}: {ink}")
    assert not wrong


#: Rules that change only the text inside a rule with a ground.
HOVER_ON_OWN_GROUND = {".skip:focus"}


def test_only_the_tokens_name_a_colour() -> None:
    named = [
        f"{name}: {match.group()}"
        for name, text in SHEETS.items()
        if name != "tokens.css"
        for match in re.finditer(r"#[0-9a-fA-F]{3,8}\b|\b(rgb|hsl|oklch)a?\(", text)
    ]
    assert not named


def test_no_colour_is_missing_in_the_dark() -> None:
    shared = {"qr-ground", "accent", "on-accent"}
    dark = declared(body_of("(prefers-color-scheme: dark) {\n  .face-work {"))
    colours = {name for name, value in LIGHT.items() if value.startswith("#")}
    assert colours - set(dark) <= shared


def root_px(sheet: str, selector: str) -> float:
    found = re.search(
        rf"^{re.escape(selector)} {{ font-size: ([\d.]+)%; }}", SHEETS[sheet], re.MULTILINE
    )
    assert found, f"{sheet} has no {selector}"
    return float(found[1]) * 16 / 100


def test_the_three_sizes_of_the_elder_face() -> None:
    sizes = [root_px("elder.css", name) for name in ("html", "html.size-2", "html.size-3")]
    assert sizes == [22, 26, 30]


def test_the_sizes_of_the_work_faces() -> None:
    base = root_px("work.css", "html")
    small = float(LIGHT["text-s"].removesuffix("rem"))
    assert base == 18
    assert base * small == pytest.approx(16, abs=0.01)
    assert ".table {" in SHEETS["tables.css"]
    assert "font-size: var(--text-s)" in SHEETS["tables.css"].split(".table {", 1)[1].split("}")[0]


def test_nothing_is_written_smaller_than_the_small_text() -> None:
    smallest = float(LIGHT["text-s"].removesuffix("rem"))
    sizes = [value for name, value in LIGHT.items() if name.startswith("text-")]
    assert all(float(value.removesuffix("rem")) >= smallest for value in sizes)
    assert 22 * smallest >= 18  # the least that the rules for older readers allow


def test_text_sizes_are_tokens_or_the_root() -> None:
    allowed = re.compile(r"var\(--text-\w+\)|inherit|\d[\d.]*%|min\(var\(--text-s\), 5\.8vw\)")
    on_paper = re.compile(r"\d+pt")
    wrong = [
        f"{name}: {value}"
        for name, text in SHEETS.items()
        for value in re.findall(r"font-size:\s*([^;]+);", text)
        if not allowed.fullmatch(value) and not (name == "print.css" and on_paper.fullmatch(value))
    ]
    assert not wrong


def test_paper_is_set_in_twelve_points_or_more() -> None:
    roots = re.findall(r"^html[^{]*\{ font-size: (\d+)pt; \}", SHEETS["print.css"], re.MULTILINE)
    everything = re.findall(r"font-size: (\d+)pt", SHEETS["print.css"])
    assert len(roots) >= 2
    assert min(map(int, everything)) >= 12


def test_lines_and_letters_have_room() -> None:
    assert float(LIGHT["leading"]) >= 1.6
    assert LIGHT["measure"] == "36em"
    assert "p, ul, ol, dl { margin: 0 0 1em; }" in SHEETS["base.css"]


def test_targets_are_as_large_as_the_audience_needs() -> None:
    assert "--target: 60px" in body_of(".face-elder {")
    assert "--target: 48px" in body_of(".audience-volunteer")
    assert "--target: 44px" in body_of(".audience-audit {")
    assert LIGHT["target-gap"] == "8px"


def test_the_focus_is_four_pixels_and_never_taken_away() -> None:
    assert LIGHT["focus-width"] == "4px"
    removed = [
        f"{name}: {match.group()}"
        for name, text in SHEETS.items()
        for match in re.finditer(r"[^\n{}]*\{[^{}]*outline:\s*(0|none)[^{}]*\}", text)
        if ":not(:focus-visible)" not in match.group()
    ]
    assert not removed


def test_nothing_slants() -> None:
    assert not [name for name, text in SHEETS.items() if re.search(r"style:\s*italic", text)]


def test_style_sheets_bring_no_fonts_and_fetch_nothing() -> None:
    assert not [name for name, text in SHEETS.items() if re.search(r"@font-face|url\(", text)]
