"""Setting up on somebody else's machine: one clear line for each thing that can be missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.structure.tree import ROOT

OLD = """#!/bin/sh
case "$2" in
*print*) echo 3.9 ;;
*"(3, 11)"*) exit 1 ;;
esac
"""
BARE = """#!/bin/sh
case "$2" in
*print*) echo 3.12 ;;
*ensurepip*) exit 1 ;;
esac
"""
BROKEN = "#!/bin/sh\nexit 127\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """As much of a fresh clone as setting up needs."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "requirements").mkdir()
    shutil.copy(ROOT / "tools" / "bootstrap.sh", tmp_path / "tools")
    (tmp_path / "requirements" / "runtime.txt").write_text("")
    return tmp_path


def bootstrap(clone: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    return subprocess.run(
        ["sh", "tools/bootstrap.sh", "runtime"],
        cwd=clone,
        env=kept | environ,
        capture_output=True,
        text=True,
        check=False,
    )


def program(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("stand_in", "words"),
    [
        (OLD, "is Python 3.9, and 3.11 or newer is needed"),
        (BARE, "apt-get install python3.12-venv"),
        (BROKEN, "does not run: name a Python of 3.11 or newer"),
    ],
    ids=["old", "no venv", "broken"],
)
def test_an_unfit_python_is_named_in_one_line(clone: Path, stand_in: str, words: str) -> None:
    made = bootstrap(clone, PYTHON=program(clone, "python", stand_in))
    assert made.returncode == 1
    assert made.stdout == ""
    assert words in made.stderr
    assert made.stderr.count("\n") == 1
    assert not (clone / ".venv").exists()


def test_a_machine_without_python_is_told_so(clone: Path) -> None:
    tools = clone / "bin"
    tools.mkdir()
    for name in ("sh", "dirname"):
        (tools / name).symlink_to(str(shutil.which(name)))
    made = bootstrap(clone, PATH=str(tools), PYTHON="")
    assert made.returncode == 1
    assert "no Python was found: install Python 3.11 or newer" in made.stderr
    assert made.stderr.count("\n") == 1


def test_an_unfit_python_is_passed_over_for_a_fit_one(clone: Path) -> None:
    tools = clone / "bin"
    tools.mkdir()
    program(tools, "python3.13", BROKEN)
    program(tools, "python3.12", OLD)
    program(tools, "python3.11", BARE)
    (tools / "python3").symlink_to(sys.executable)
    # The one package cannot be had, which shows that building .venv was not the difficulty.
    lock = clone / "requirements" / "runtime.txt"
    lock.write_text("timebank-no-such-package==1 --hash=sha256:" + "0" * 64 + "\n")
    made = bootstrap(
        clone,
        PATH=f"{tools}:{os.environ['PATH']}",
        PYTHON="",
        PIP_CONFIG_FILE=os.devnull,
        PIP_NO_INDEX="1",
    )
    assert "Building .venv with Python" in made.stdout
    assert made.returncode == 1
    assert "check the network" in made.stderr
    assert made.stderr.count("\n") == 1
    assert (clone / ".venv" / "install-runtime.log").exists()


def test_make_help_names_every_target() -> None:
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony
    environ = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    shown = subprocess.run(
        ["make"], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    assert re.findall(r"^  make (\w+) +\S", shown.stdout, re.MULTILINE) == phony[1].split()


@pytest.mark.parametrize("script", ["tools/bootstrap.sh", "tools/browser.sh", "tools/lock.sh"])
def test_scripts_are_plain_shell(script: str) -> None:
    assert subprocess.run(["sh", "-n", script], cwd=ROOT, check=False).returncode == 0
