"""Every template, read without a browser: one h1, named inputs, a language, no bare sources."""

from __future__ import annotations

import re

import pytest

from tests.structure.tree import for_each
from tests.web.headings import ENVIRONMENT, TEMPLATES, blocks, headings, page_names, parent
from tests.web.kit import CSS, Labels

STATIC = CSS.parent
EVERY = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
#: Its inputs get their labels from forms.html; tests/web/test_forms.py renders them together.
LABELLED_ELSEWHERE = {"components/inputs.html"}


def source(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def markup(text: str) -> str:
    """The template as HTML: expressions become words that tell them apart, statements go."""
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", text, flags=re.DOTALL)
    return re.sub(r"\{\{(.*?)\}\}", lambda found: _word(found[1]), text, flags=re.DOTALL)


def _word(expression: str) -> str:
    return re.sub(r"\W+", "_", expression)


@for_each(page_names())
def test_a_page_has_one_h1(name: str) -> None:
    above = parent(name)
    if above and not above.startswith("layouts/") and "main" not in blocks(name):
        assert headings(name) == (0, 0), "its parent page writes the h1"
    else:
        assert headings(name) == (1, 1)


@for_each(page_names())
def test_a_page_stands_in_a_layout(name: str) -> None:
    seen = [name]
    while not seen[-1].startswith("layouts/"):
        above = parent(seen[-1])
        assert above, f"{seen[-1]} extends no layout"
        seen.append(above)


@for_each(page_names())
def test_a_page_has_a_title_of_its_own(name: str) -> None:
    above = parent(name) or ""
    assert "title" in blocks(name) or not above.startswith("layouts/")


@for_each(sorted({*EVERY} - LABELLED_ELSEWHERE))
def test_every_input_has_a_label(name: str) -> None:
    assert not Labels(markup(source(name))).nameless()


@for_each([each for each in EVERY if "<html" in source(each)])
def test_a_document_says_its_language_and_fits_a_phone(name: str) -> None:
    text = source(name)
    assert '<html lang="{{ html_lang() }}"' in text
    assert 'content="width=device-width, initial-scale=1"' in text
    assert "user-scalable" not in text
    assert '<main id="main"' in text
    assert 'href="#main"' in text


@for_each(EVERY)
def test_the_template_can_be_read(name: str) -> None:
    ENVIRONMENT.parse(source(name))


@for_each(EVERY)
def test_nothing_moves_jumps_or_counts_down(name: str) -> None:
    text = source(name).lower()
    assert not re.search(
        r"http-equiv=.?refresh|<marquee|<blink|\sautofocus|\stabindex=.?[1-9]", text
    )


@for_each(EVERY)
def test_images_have_words(name: str) -> None:
    images = re.findall(r"<img\b[^>]*>", markup(source(name)))
    assert not [image for image in images if " alt=" not in image]


@for_each(EVERY)
def test_buttons_say_what_kind_they_are(name: str) -> None:
    buttons = re.findall(r"<button\b[^>]*>", markup(source(name)))
    assert not [button for button in buttons if " type=" not in button]


@for_each(EVERY)
def test_a_posted_form_carries_its_token(name: str) -> None:
    text = source(name)
    forms = re.findall(r"<form\b.*?</form>", text, flags=re.DOTALL)
    posted = [form for form in forms if re.search(r"method=.(post|\{\{)", form, re.IGNORECASE)]
    assert not [form for form in posted if "csrf_token" not in form]


def test_icons_that_are_asked_for_exist() -> None:
    known = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text("utf-8")))
    asked = {
        icon
        for name in EVERY
        for icon in re.findall(r"""icon(?:=|\()["']([\w-]+)["']""", source(name))
    }
    assert asked
    assert not asked - known


def test_style_sheets_that_are_linked_exist() -> None:
    linked = re.findall(
        r"filename='(css/[\w.]+|js/[\w.]+|[\w.]+\.svg)'", source("layouts/base.html")
    )
    for path in linked:
        assert (STATIC / path).is_file()
    listed = re.search(r"for sheet in \(([^)]*)\)", source("layouts/base.html"))
    assert listed
    for sheet in re.findall(r'"(\w+)"', listed[1]):
        assert (CSS / f"{sheet}.css").is_file()


def test_the_kit_hands_out_every_public_macro() -> None:
    facade = source("components/ui.html")
    missing = [
        macro
        for name in EVERY
        if name.startswith("components/") and name != "components/inputs.html"
        for macro in re.findall(r"\{%-? macro ([a-z]\w*)\(", source(name))
        if f"set {macro} = " not in facade
    ]
    assert not missing


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<h1>a</h1>", (1, 1)),
        ("{{ ui.heading('a') }}", (1, 1)),
        ("{% if x %}{{ ui.question(f) }}{% else %}<h1>a</h1>{% endif %}", (1, 1)),
        ("{% if x %}<h1>a</h1>{% endif %}", (0, 1)),
        ("{% for x in y %}<h1>a</h1>{% endfor %}", (0, 2)),
        ("{% call ui.form(form) %}{{ ui.question(f) }}{% endcall %}", (1, 1)),
        ("{% macro m() %}<h1>a</h1>{% endmacro %}{{ m() }}", (1, 1)),
        ("{{ ui.heading('a') if x else ui.confirmed('b') }}", (1, 1)),
        ("<h2>a</h2>", (0, 0)),
    ],
)
def test_headings_are_counted_along_every_branch(
    text: str, found: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.web.headings.parsed", lambda _name: ENVIRONMENT.parse(text))
    assert headings("made up") == found


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('<input name="a">', 1),
        ('<label for="a">A</label><input id="a" name="a">', 0),
        ('<label for="{{ x.id }}">A</label><input id="{{ x.id }}">', 0),
        ('<label for="{{ x.id }}">A</label><input id="{{ y.id }}">', 1),
        ("<label>A <select><option>1</option></select></label>", 0),
        ('<textarea aria-label="A"></textarea>', 0),
        ('<input type="hidden" name="a">', 0),
    ],
)
def test_nameless_inputs_are_recognised(text: str, count: int) -> None:
    assert len(Labels(markup(text)).nameless()) == count
