"""The checker and the witness's tool where nothing is installed but ``cryptography``."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

from services.ledger.seals.signing import SigningKey
from tests.databases import ROOT
from tests.services.ledger.kit import Ledger
from tests.services.ledger.seal_kit import OPERATOR, Sealed, loaded

#: What ``cryptography`` itself needs, and no more.
NEEDED = ("cryptography", "cffi", "_cffi_backend*", "pycparser")


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """An environment without packages, and a path with cryptography and the services alone."""
    folder = tmp_path_factory.mktemp("alone")
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    packages, program = folder / "packages", folder / "program"
    packages.mkdir()
    program.mkdir()
    for name in NEEDED:
        for found in Path(sysconfig.get_path("platlib")).glob(name):
            (packages / found.name).symlink_to(found)
    (program / "services").symlink_to(ROOT / "services")
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": f"{program}{os.pathsep}{packages}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    return folder / "venv" / "bin" / "python", environment


def run(alone: tuple[Path, dict[str, str]], *arguments: object) -> tuple[int, str]:
    python, environment = alone
    done = subprocess.run(
        [python, *map(str, arguments)],
        env=environment,
        cwd=python.parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr or "-c" in arguments, done.stderr
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("module", ["sqlalchemy", "flask", "models", "timebank", "tests"])
def test_there_is_nothing_else(alone: tuple[Path, dict[str, str]], module: str) -> None:
    code, said = run(alone, "-c", f"import {module}")
    assert code == 1
    assert "ModuleNotFoundError" in said
    assert run(alone, "-c", "import cryptography")[0] == 0
    assert run(alone, "-c", "import sys; assert sys.prefix != sys.base_prefix")[0] == 0


def test_a_stranger_checks_receipts_and_lists(
    alone: tuple[Path, dict[str, str]], ledger: Ledger, tmp_path: Path
) -> None:
    sealed = Sealed(ledger, tmp_path)
    ids = sealed.give(5)
    sealed.seal()
    first = sealed.publish()
    sealed.give(5, key="more")
    sealed.seal()
    second, receipt = sealed.publish(days=1), sealed.receipt(ids[3])
    key = ("--key", OPERATOR.public_key)
    code, said = run(alone, "-m", "services.ledger.check", receipt, first, second, *key)
    assert code == 0, said
    assert "没有发现问题" in said
    given = loaded(receipt)
    given["transfer"]["entries"][1]["amount_minutes"] = 600
    forged = sealed.file("forged.json", given)
    code, said = run(alone, "-m", "services.ledger.check", forged, *key)
    assert code == 1
    assert "is not what was sealed" in said
    forged.write_bytes(forged.read_bytes()[:-100])
    code, said = run(alone, "-m", "services.ledger.check", forged)
    assert code == 1
    assert "damaged" in said


def test_a_witness_needs_no_more(
    alone: tuple[Path, dict[str, str]], ledger: Ledger, tmp_path: Path
) -> None:
    sealed = Sealed(ledger, tmp_path)
    sealed.give(2)
    sealed.seal()
    heads, key = sealed.publish(), tmp_path / "witness.key"
    program = ("-m", "services.ledger.witness")
    assert run(alone, *program, "--help")[0] == 0
    assert run(alone, *program, "new-key", key)[0] == 0
    files = ("--key", key, "--last", tmp_path / "last", "--output", tmp_path / "out.json")
    other = SigningKey.fresh().public_key
    code, said = run(alone, *program, "sign", heads, *files, "--operator-key", other)
    assert code == 1, said
    assert not (tmp_path / "out.json").exists()
    mine = ("--operator-key", OPERATOR.public_key)
    code, said = run(alone, *program, "sign", heads, *files, *mine)
    assert code == 0, said
    assert loaded(tmp_path / "out.json")["day"] == "2026-03-10"


def test_help_in_a_console_without_chinese(alone: tuple[Path, dict[str, str]]) -> None:
    python, environment = alone
    plain = {**environment, "PYTHONIOENCODING": "ascii"}
    code, said = run((python, plain), "-m", "services.ledger.check", "/nowhere")
    assert code == 1
    assert "The check has failed" in said
