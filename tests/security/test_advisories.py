"""No pinned package is one that a known advisory is about; asking a live service is optional."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType
from typing import Any
from urllib.error import URLError

import pytest

from tests.structure.tree import ROOT


def loaded() -> ModuleType:
    """The script, as a module."""
    spec = importlib.util.spec_from_file_location("audit", ROOT / "tools" / "audit.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


AUDIT = loaded()
BAD: dict[str, Any] = {
    "id": "GHSA-xxxx-xxxx-xxxx",
    "package": "flask",
    "affected": [{"introduced": "2.3.0", "fixed": "2.3.2"}, {"introduced": "0", "fixed": "2.2.5"}],
}


def test_no_pin_falls_under_an_advisory(capsys: pytest.CaptureFixture[str]) -> None:
    assert AUDIT.main() == 0, capsys.readouterr().out


def test_every_entry_is_whole() -> None:
    entries = AUDIT.known()
    assert len({each["id"] for each in entries}) == len(entries)
    for each in entries:
        assert re.fullmatch(r"GHSA(-[0-9a-z]{4}){3}|(PYSEC|CVE)-20\d\d-\d+", each["id"]), each
        assert all(re.fullmatch(r"CVE-20\d\d-\d{4,}", one) for one in each["aliases"]), each
        assert each["summary"], each
        assert each["affected"], each
        for span in each["affected"]:
            assert AUDIT.release(span["introduced"]) < AUDIT.release(span["fixed"]), each


def test_the_list_is_about_what_is_pinned() -> None:
    text = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    pinned = {package for package, _ in AUDIT.pins(text)}
    assert {each["package"] for each in AUDIT.known()} <= pinned
    assert len(pinned) > 100


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ("2.2.4", True),
        ("2.2.5", False),
        ("2.3", True),
        ("2.3.1.post1", True),
        ("2.3.2", False),
        ("10.0", False),
    ],
)
def test_a_version_in_a_range_is_found(version: str, affected: bool) -> None:
    found = AUDIT.breaches({("flask", version), ("jinja2", version)}, [BAD])
    assert found == ([("flask", version, BAD["id"])] if affected else [])


def test_a_service_that_is_away_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise URLError("no route")

    monkeypatch.setenv("ADVISORY_SERVICE", "https://advisories.invalid/querybatch")
    monkeypatch.setattr(AUDIT.urllib.request, "urlopen", away)
    assert AUDIT.main() == 0
    assert "only the list here" in capsys.readouterr().out
    monkeypatch.setenv("ADVISORY_SERVICE", "file:///etc/passwd")
    assert AUDIT.main() == 0


def test_what_a_service_knows_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ADVISORY_SERVICE", "https://advisories.invalid/querybatch")
    monkeypatch.setattr(AUDIT, "told", lambda _service, _pins: {("flask", "3.1.3"): ["GHSA-new"]})
    assert AUDIT.main() == 1
    assert "flask 3.1.3 falls under GHSA-new" in capsys.readouterr().out
