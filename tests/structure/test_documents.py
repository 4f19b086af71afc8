"""What the documents promise is there: commands, pictures and the pages they link to."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from flask import Flask

from tests.structure import tree
from tests.structure.tree import none_of
from timebank import create_app
from timebank.settings import load_settings

PAGES = tree.files(".md")
README = tree.ROOT / "README.md"
MAKE = re.compile(r"\bmake ([a-z]+)\b")
FLASK = re.compile(r"\bflask --app app ([^`#|>\n]+)")
TYPED = re.compile(r"^```\w*\n(.*?)^```|`([^`\n]+)`", re.DOTALL | re.MULTILINE)
#: A file or folder of the repository; one in pointed brackets or with a star is a pattern.
PLACE = re.compile(
    r"(?<![\w/.<*-])((?:deploy|docs|examples|migrations|models|requirements|services|tests"
    r"|timebank|tools)/[\w./-]*)(?![\w*<])"
)
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)[^)]*\)|<img\b[^>]*\bsrc=\"([^\"]+)\"")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application, for the names of its commands; no database is opened."""
    instance = str(tmp_path_factory.mktemp("instance"))
    settings = load_settings({"TIMEBANK_ENV": "test", "TIMEBANK_INSTANCE": instance}, tree.ROOT)
    return create_app(settings)


def code(path: Path) -> str:
    """What a page shows as something to type: fenced blocks and code within sentences."""
    text = path.read_text(encoding="utf-8")
    return "\n".join(block or words for block, words in TYPED.findall(text))


def links(path: Path) -> list[str]:
    """Targets in the repository that a page points to or shows."""
    found = (match[2] or match[3] for match in LINK.finditer(path.read_text(encoding="utf-8")))
    return [target for target in found if not re.match(r"[a-z]+:|#", target)]


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (tree.ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    none_of(
        f"{tree.short(path)}: make {name}"
        for path in PAGES
        for name in MAKE.findall(code(path))
        if name not in targets
    )


def test_every_command_that_is_named_exists(app: Flask) -> None:
    none_of(
        f"{tree.short(path)}: {words.strip()}"
        for path in PAGES
        for words in FLASK.findall(code(path))
        if not exists(app.cli, shlex.split(words))
    )


def exists(group: click.Command, words: list[str]) -> bool:
    """Whether the words lead to a command, and its long options are known to it."""
    while words and isinstance(group, click.Group):
        found = group.commands.get(words[0])
        if found is None:
            return False
        group, words = found, words[1:]
    known = {name for parameter in group.params for name in parameter.opts}
    return all(word.split("=")[0] in known for word in words if word.startswith("--"))


def test_every_link_and_picture_is_there() -> None:
    none_of(
        f"{tree.short(path)}: {target}"
        for path in PAGES
        for target in links(path)
        if not (path.parent / target.split("#")[0]).exists()
    )


def test_every_place_that_is_named_exists() -> None:
    none_of(
        f"{tree.short(path)}: {place}"
        for path in PAGES
        for place in PLACE.findall(code(path))
        if not (tree.ROOT / place.rstrip(".")).exists()
    )


def test_the_readme_shows_the_product_in_small_pictures() -> None:
    pictures = [
        README.parent / target
        for target in links(README)
        if target.endswith((".png", ".jpg", ".webp", ".svg"))
    ]
    assert pictures
    none_of(
        f"{tree.short(picture)}: {picture.stat().st_size} bytes"
        for picture in pictures
        if picture.stat().st_size > 300_000
    )


def test_the_readme_begins_with_the_two_commands() -> None:
    shown = code(README)
    assert "make demo" in shown
    assert "make test" in shown


@pytest.mark.parametrize("name", ["CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "SECURITY.md"])
def test_the_page_that_people_look_for_is_there(name: str) -> None:
    assert (tree.ROOT / name).stat().st_size > 0


def test_the_list_of_documents_names_each() -> None:
    folder = tree.ROOT / "docs"
    listed = {(folder / target).resolve() for target in links(folder / "README.md")}
    none_of(
        tree.short(path)
        for path in PAGES
        if folder in path.parents and path.parent.name != "adr" and path.resolve() not in listed
        if path != folder / "README.md"
    )


def test_decisions_are_numbered_without_a_gap() -> None:
    names = sorted(path.name for path in (tree.ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert names
    assert [name[:4] for name in names] == [f"{n:04d}" for n in range(1, len(names) + 1)]


def test_unknown_commands_and_options_are_recognised() -> None:
    group = click.Group("x", commands=[click.Command("run", params=[click.Option(["--once"])])])
    assert exists(group, ["run", "--once", "a"])
    assert not exists(group, ["ran"])
    assert not exists(group, ["run", "--twice"])
