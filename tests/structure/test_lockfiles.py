"""Lock files: every package pinned with hashes, and no host named that it must come from."""

from __future__ import annotations

import re

import pytest

from tests.structure.tree import ROOT

FOLDER = ROOT / "requirements"
PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)==(\S+?)( ; .+)?$")


def pins(name: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Package (with its marker, if there are several) -> version and hashes."""
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").replace(" \\\n", "\n")
    found: dict[str, tuple[str, set[str]]] = {}
    current: set[str] = set()
    for line in text.splitlines():
        words = line.split("#")[0].strip()
        if words.startswith("--hash=sha256:"):
            current.add(words)
        elif words:
            pin = PIN.match(words)
            assert pin, f"{name}.txt: not a pinned package: {line}"
            current = set()
            found[pin[1] + (pin[3] or "")] = (pin[2], current)
    return {package: (version, frozenset(held)) for package, (version, held) in found.items()}


def wanted(name: str) -> set[str]:
    """The packages that people asked for by name."""
    lines = (FOLDER / f"{name}.in").read_text(encoding="utf-8").splitlines()
    names = (re.split(r"[\[<>=~ ;]", line)[0] for line in lines if not line.startswith(("#", "-")))
    return {one.lower() for one in names if one}


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_every_package_has_hashes(name: str) -> None:
    assert [package for package, (_, hashes) in pins(name).items() if not hashes] == []


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_no_host_is_named(name: str) -> None:
    text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert not re.search(r"https?:|--(extra-)?index-url|--find-links|--trusted-host| @ ", text)


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_the_lock_holds_what_was_asked_for(name: str) -> None:
    locked = {package.split(" ;")[0] for package in pins(name)}
    assert wanted(name) - locked == set()


def test_development_runs_with_exactly_the_runtime_packages() -> None:
    runtime, dev = pins("runtime"), pins("dev")
    assert {package: dev.get(package) for package in runtime} == runtime
