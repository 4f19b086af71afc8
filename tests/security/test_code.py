"""What the code never does, read from the code: dangerous calls, chance, templates, networks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.structure.tree import ROOT

FOLDERS = ("timebank", "services", "models")
#: Calls and modules that need a reason, and where it is given.
DANGEROUS = {
    "eval": set(),
    "exec": set(),
    "compile": set(),
    "os.system": set(),
    "pickle": set(),
    "marshal": set(),
    "shelve": set(),
    "yaml": set(),
    "telnetlib": set(),
    "xml.etree": set(),
    "lxml": set(),
    "md5": set(),
    # A short key of a set that is recomputed anyway; nothing is proved by it.
    "sha1": {"services/ledger/verify/keys.py"},
    "ECB": set(),
    "PKCS1v15": set(),
}
#: Who may start processes, open sockets or speak to other machines.
PROCESSES = (
    "timebank/serve.py",
    "timebank/bench/",
    "timebank/cli/",
    "timebank/jobs/",
    "timebank/backup",
    "timebank/health",
)
NETWORK = (
    "timebank/notices/",
    "timebank/bench/",
    "timebank/serve.py",
    "timebank/jobs/",
    "timebank/cli/",
    "timebank/health",
)
#: Chance that nobody has to be unable to guess: invented people, measuring, a wait before a retry.
CHANCE = ("timebank/demo/", "timebank/bench/", "timebank/uow.py", "timebank/cli/")


@cache
def sources() -> dict[str, str]:
    """The product's own code by path."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


@cache
def tree(name: str) -> ast.Module:
    """A file, parsed once."""
    return ast.parse(sources()[name])


@cache
def imports(name: str) -> frozenset[str]:
    """Every module that a file imports, with the modules above it."""
    found: set[str] = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{each.name}" for each in node.names)}
    return frozenset(found | {each.partition(".")[0] for each in found})


@cache
def calls(name: str) -> tuple[tuple[str, ast.Call], ...]:
    """Every call of a file, by the dotted name of what is called."""
    found = (node for node in ast.walk(tree(name)) if isinstance(node, ast.Call))
    return tuple((_dotted(node.func), node) for node in found)


def _dotted(node: ast.expr) -> str:
    """``a.b.c`` of names and attributes; what is called otherwise has no name."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def test_nothing_dangerous_is_called() -> None:
    found = {
        (word, name)
        for name in sources()
        for word, allowed in DANGEROUS.items()
        if name not in allowed
        and (
            word in imports(name)
            or any(called == word or called.endswith(f".{word}") for called, _ in calls(name))
        )
        and not (word == "compile" and _only_patterns(name))
    }
    assert not found
    assert len(sources()) > 400


def _only_patterns(name: str) -> bool:
    return all(
        called in ("re.compile", "regex.compile") or ".compile" not in called
        for called, _ in calls(name)
    ) or not any(called == "compile" for called, _ in calls(name))


def test_only_a_few_files_start_processes() -> None:
    found = {name for name in sources() if "subprocess" in imports(name)}
    assert not [name for name in found if not name.startswith(PROCESSES)]
    for name in found:
        for _, node in calls(name):
            shell = next((each for each in node.keywords if each.arg == "shell"), None)
            assert shell is None, name


def test_the_product_calls_only_what_the_settings_name() -> None:
    words = {
        "requests",
        "urllib.request",
        "urllib3",
        "httpx",
        "http.client",
        "smtplib",
        "socket",
        "apprise",
        "aiohttp",
        "ftplib",
    }
    found = {name for name in sources() if words & imports(name)}
    assert not [name for name in found if not name.startswith(NETWORK)]
    assert "timebank/notices/mail.py" in found


def test_certificates_are_always_checked() -> None:
    wrong = re.compile(
        r"verify\s*=\s*False|CERT_NONE|_create_unverified|check_hostname\s*=\s*False"
    )
    assert not [name for name, text in sources().items() if wrong.search(text)]


def test_chance_is_the_systems_own() -> None:
    found = {name for name in sources() if "random" in imports(name)}
    assert not [name for name in found if not name.startswith(CHANCE)]
    assert any("secrets" in imports(name) for name in sources())


def test_no_pattern_is_made_of_input() -> None:
    """A pattern is a constant, or is made of what ``re.escape`` gave."""
    wrong = []
    for name in sources():
        for called, node in calls(name):
            if not re.fullmatch(r"re\.(compile|match|search|sub|fullmatch|findall|split)", called):
                continue
            pattern = node.args[0]
            is_fixed = isinstance(pattern, (ast.Constant, ast.BinOp))
            is_named = isinstance(pattern, ast.Name) and pattern.id.isupper()
            text = ast.unparse(pattern)
            is_made = isinstance(pattern, ast.JoinedStr) and not re.search(
                r"request|form\.|\.data", text
            )
            if not (is_fixed or is_named or is_made or "re.escape" in text):
                wrong.append(f"{name}: {text}")
    assert not wrong


#: Patterns in which a repetition stands in a repetition: the way to exponential time.
NESTED = re.compile(r"\((?:\?:)?[^()]*[+*][^()]*\)[+*]")


def test_no_pattern_takes_exponential_time() -> None:
    """No repetition of a repetition of the same signs, by the shape of the pattern."""
    wrong = []
    for name in sources():
        for called, node in calls(name):
            pattern = node.args[0] if node.args else None
            if called.startswith("re.") and isinstance(pattern, ast.Constant):
                found = NESTED.search(str(pattern.value))
                # A group that begins with a sign of its own cannot be read in two ways.
                if found and not re.match(r"\((\?:)?(\\?[.,:;/@|-]|\\[.])", found[0]):
                    wrong.append(f"{name}: {pattern.value}")
    assert not wrong


def test_no_template_is_made_of_input() -> None:
    """Templates are files, sentences are constants; ``Markup`` gets constants to fill."""
    wrong = []
    for name in sources():
        if name.startswith("timebank/bench/"):
            continue
        for called, node in calls(name):
            if called.endswith(("render_template_string", ".from_string")):
                wrong.append(f"{name}: {called}")
            if called == "Markup" and not isinstance(node.args[0], ast.Constant):
                inside = ast.unparse(node.args[0])
                if not re.search(r"svg|out\.getvalue|escape|join", inside):
                    wrong.append(f"{name}: Markup({inside})")
    assert not wrong


def templates() -> Iterator[tuple[str, str]]:
    """Every template with its text."""
    folder = ROOT / "timebank" / "templates"
    for path in sorted(folder.rglob("*.html")):
        yield path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")


def test_no_template_turns_escaping_off() -> None:
    wrong = re.compile(r"\|\s*safe\b|autoescape\s+false|\bstyle=|\son[a-z]+=\"|javascript:")
    found = [name for name, text in templates() if wrong.search(text)]
    assert not found
    assert sum(1 for _ in templates()) > 200


def scripts() -> list[Path]:
    """The scripts of the pages."""
    return sorted((ROOT / "timebank" / "static").rglob("*.js"))


@pytest.mark.parametrize(
    "word",
    [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "postMessage",
        "__proto__",
        "Object.assign(",
        "importScripts",
        'fetch("http',
        "XMLHttp",
    ],
)
def test_scripts_write_no_markup(word: str) -> None:
    assert not [path.name for path in scripts() if word in path.read_text(encoding="utf-8")]
    assert scripts()


def test_scripts_keep_nothing() -> None:
    wrong = re.compile(r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.")
    assert not [path.name for path in scripts() if wrong.search(path.read_text(encoding="utf-8"))]
