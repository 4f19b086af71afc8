"""Imports run one way: the contracts of pyproject.toml hold."""

from __future__ import annotations

import subprocess
import sys

from tests.structure.tree import ROOT


def test_import_contracts_hold() -> None:
    code = "from importlinter.cli import lint_imports_command as run; run()"
    lint = subprocess.run(
        [sys.executable, "-c", code, "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert lint.returncode == 0, lint.stdout + lint.stderr
    assert " 0 broken" in lint.stdout
