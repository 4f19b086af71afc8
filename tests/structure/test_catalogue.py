"""English is complete: every Chinese sentence that a person may read has its translation."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from jinja2 import Environment

from tests.structure import tree
from tests.structure.tree import none_of

FOLDER = tree.ROOT / "timebank" / "translations" / "en"
CHINESE = re.compile(r"[\u3400-\u9fff]")
GETTEXT = {"_", "_l", "gettext", "lazy_gettext", "ngettext", "lazy_ngettext", "translated"}
GAP = re.compile(r"%\((\w+)\)[sd]|\{(\w+)[^}]*\}")

#: Chinese in the code that is not looked up in the catalogue, each file with its reason.
OUTSIDE = {
    "services/ledger/check/command.py": "speaks both languages: it runs without this program",
    "services/ledger/check/export.py": "speaks both languages: it runs without this program",
    "services/callbacks/repeat.py": "speaks both languages: it runs without this program",
    "services/ledger/check/words.py": "speaks both languages: it runs without this program",
    "services/ledger/check/verdicts.py": "speaks both languages: it runs without this program",
    "services/ledger/witness.py": "speaks both languages: it runs without this program",
    "services/rules/languages.py": "names each language in both languages itself",
    "services/rules/recurrence.py": "says a rule in both languages itself",
    "timebank/i18n.py": "names each language in itself",
    "timebank/key_strength.py": "speaks both languages: settings are not known yet",
    "timebank/keys.py": "speaks both languages: settings are not known yet",
    "timebank/notices/addresses.py": "speaks both languages: settings are not known yet",
    "timebank/seals/keys.py": "speaks both languages, on the console",
    "timebank/serve.py": "speaks both languages, on the console",
    "timebank/settings.py": "speaks both languages: settings are not known yet",
    "timebank/web/forms/reading.py": "reads what people type, in either language",
    "timebank/wording.py": "writes figures in both languages itself",
}
#: Folders whose Chinese is data or is spoken on the console.
OUTSIDE_FOLDERS = ("timebank/cli/", "timebank/demo/")

JINJA = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)


@cache
def entries() -> dict[Path, list[Message]]:
    """Every entry of the English catalogue by file."""
    found = {}
    for path in sorted(FOLDER.glob("*.po")):
        with path.open("rb") as stream:
            found[path] = [one for one in read_po(stream, abort_invalid=True) if one.id]
    return found


@cache
def english() -> dict[str, str]:
    """Chinese -> English over all areas."""
    return {_id(one): _text(one) for messages in entries().values() for one in messages}


def _id(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _text(message: Message) -> str:
    return message.string if isinstance(message.string, str) else message.string[0]


@cache
def refusals() -> dict[str, str]:
    """The sentence of every domain error -> where it stands."""
    classes = {
        node.name: (node, path)
        for path in tree.python()
        for node in ast.walk(tree.parsed(path))
        if isinstance(node, ast.ClassDef)
    }
    errors, before = {"DomainError"}, 0
    while len(errors) != before:
        before = len(errors)
        errors |= {
            name
            for name, (node, _) in classes.items()
            if any(_last_name(base) in errors for base in node.bases)
        }
    return {
        (ast.get_docstring(node) or ""): f"{tree.short(path)}:{name}"
        for name, (node, path) in classes.items()
        if name in errors
    }


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


@cache
def marked() -> dict[str, str]:
    """Every literal handed to gettext in Python -> where."""
    return {
        argument.value: f"{tree.short(path)}:{node.lineno}"
        for path in tree.python()
        for node in ast.walk(tree.parsed(path))
        if isinstance(node, ast.Call) and _last_name(node.func) in GETTEXT
        for argument in node.args[:1]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


def templates() -> list[Path]:
    """Everything that Jinja renders."""
    return tree.files(".html", ".txt", ".svg", ".xml", under=("timebank/templates",))


@cache
def in_templates() -> dict[str, str]:
    """Every Chinese literal in a template's expressions and trans blocks -> where."""
    found = {}
    for path in templates():
        source = path.read_text(encoding="utf-8")
        for line, _, message in JINJA.extract_translations(source):
            for text in message if isinstance(message, tuple) else (message,):
                if isinstance(text, str):
                    found[text] = f"{tree.short(path)}:{line}"
        for line, kind, token in JINJA.lex(source):
            if kind == "string":
                found[str(ast.literal_eval(token))] = f"{tree.short(path)}:{line}"
    return {text: where for text, where in found.items() if CHINESE.search(text)}


@cache
def in_code() -> dict[str, str]:
    """Every Chinese literal in the code that is not a docstring -> where."""
    found = {}
    for path in tree.python("services", "timebank"):
        name = tree.short(path)
        if name in OUTSIDE or name.startswith(OUTSIDE_FOLDERS):
            continue
        module = tree.parsed(path)
        silent = tree.docstrings(module)
        for node in ast.walk(module):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and CHINESE.search(text) and id(node) not in silent:
                found[text] = f"{name}:{getattr(node, 'lineno', 0)}"
    return found


def _without_english(sentences: dict[str, str]) -> list[str]:
    return [f"{where}: {text}" for text, where in sentences.items() if text not in english()]


def test_every_marked_sentence_has_its_english() -> None:
    none_of(_without_english(marked()))


def test_every_refusal_is_a_chinese_sentence_with_its_english() -> None:
    # A second line would carry its indentation into the sentence.
    none_of(where for text, where in refusals().items() if not CHINESE.search(text) or "\n" in text)
    none_of(_without_english(refusals()))


def test_every_sentence_of_the_templates_has_its_english() -> None:
    none_of(_without_english(in_templates()))


def test_every_chinese_literal_of_the_code_has_its_english() -> None:
    none_of(_without_english(in_code()))


def test_templates_hold_no_chinese_outside_gettext() -> None:
    bare = []
    for path in templates():
        source = path.read_text(encoding="utf-8")
        inside = False
        for line, kind, token in JINJA.lex(source):
            if kind == "name" and token in {"trans", "endtrans"}:
                inside = token == "trans"
            if kind == "data" and not inside and CHINESE.search(token):
                bare.append(f"{tree.short(path)}:{line}: {token.strip()[:40]}")
    none_of(bare)


def test_no_entry_is_empty_or_fuzzy() -> None:
    bad = [
        f"{path.name}: {_id(one)}"
        for path, messages in entries().items()
        for one in messages
        if one.fuzzy or not _text(one).strip()
    ]
    none_of(bad)


def test_no_entry_is_unused() -> None:
    used = {*marked(), *refusals(), *in_templates(), *in_code(), *_in_data()}
    unused = [
        f"{path.name}: {_id(one)}"
        for path, messages in entries().items()
        for one in messages
        # Lone punctuation is not collected above, so it cannot be missed either.
        if CHINESE.search(_id(one)) and _id(one) not in used
    ]
    none_of(unused)


def _in_data() -> set[str]:
    """Texts of data files that are shown through the catalogue."""
    quoted = re.compile(r'"((?:[^"\\]|\\.)*)"')
    return {
        text
        for path in tree.files(".json", ".toml", under=("services", "timebank"))
        for text in quoted.findall(path.read_text(encoding="utf-8"))
    }


def test_the_same_sentence_has_one_english() -> None:
    several: dict[tuple[str, str], set[str]] = {}
    for messages in entries().values():
        for one in messages:
            several.setdefault((one.context or "", _id(one)), set()).add(_text(one))
    none_of(f"{text}: {found}" for text, found in several.items() if len(found) > 1)


def test_gaps_are_the_same_in_both_languages() -> None:
    none_of(f"{text}: {words}" for text, words in english().items() if _gaps(text) != _gaps(words))


def _gaps(text: str) -> set[str]:
    return {match.group() for match in GAP.finditer(text)}


@pytest.mark.parametrize(
    ("chinese", "words", "same"),
    [
        ("你好，%(name)s", "Hello %(name)s", True),
        ("你好，%(name)s", "Hello %(nam)s", False),
        ("满{age}岁", "{age} years", True),
        ("满{age}岁", "years", False),
    ],
)
def test_gaps_are_recognised(chinese: str, words: str, same: bool) -> None:
    assert (_gaps(chinese) == _gaps(words)) is same
