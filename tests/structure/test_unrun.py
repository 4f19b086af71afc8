"""Tests that did not run are named, and fail where they are required."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.structure.tree import ROOT

SAMPLE = """
import pytest

def test_plain(): pass

@pytest.mark.browser
def test_page(): pytest.skip("no Chromium here")

@pytest.mark.postgresql
def test_rows(): pass

@pytest.mark.browser
@pytest.mark.xfail(strict=True)
def test_known(): assert False
"""
MARKERS = "[pytest]\nmarkers =\n    browser\n    postgresql\n"


def run(folder: Path, require: str, *words: str) -> tuple[int, str]:
    (folder / "pytest.ini").write_text(MARKERS)
    (folder / "test_sample.py").write_text(SAMPLE)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.unrun", "-p", "no:cacheprovider", *words],
        cwd=folder,
        env=kept | {"PYTHONPATH": str(ROOT), "TIMEBANK_TESTS_REQUIRE": require},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("workers", [[], ["-n", "1"]], ids=["alone", "with workers"])
def test_a_skipped_kind_is_named_and_passes_by_itself(tmp_path: Path, workers: list[str]) -> None:
    code, said = run(tmp_path, "", *workers)
    assert code == 0
    assert "browser tests DID NOT RUN: no Chromium here (1 of them)" in said
    assert "PostgreSQL tests DID NOT RUN" not in said
    assert "2 passed, 1 skipped, 1 xfailed" in said.splitlines()[-1]


@pytest.mark.parametrize("workers", [[], ["-n", "1"]], ids=["alone", "with workers"])
def test_a_skipped_kind_fails_where_it_is_required(tmp_path: Path, workers: list[str]) -> None:
    code, said = run(tmp_path, "browser,postgresql", *workers)
    assert code == 1
    assert "must run here, but did not: no Chromium here" in said
    assert "1 failed, 2 passed, 1 xfailed" in said.splitlines()[-1]


def test_a_required_kind_without_a_test_fails(tmp_path: Path) -> None:
    code, said = run(tmp_path, "browser", "-k", "plain")
    assert code == 1
    assert "browser tests DID NOT RUN: none was found, and they are required here" in said


def test_a_misspelt_kind_is_refused(tmp_path: Path) -> None:
    code, said = run(tmp_path, "brower")
    assert code == pytest.ExitCode.USAGE_ERROR
    assert "TIMEBANK_TESTS_REQUIRE knows browser, hledger, postgresql" in said
