"""hledger and beancount, which nobody here wrote, reach the balances that the ledger keeps."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from beancount import loader
from beancount.core import data

from models.ledger import AccountKind
from services.ledger.export import beancount, hledger, table
from services.ledger.export.rows import Period
from tests.services.ledger.export_world import NEIGHBOUR, balances, build, write
from tests.services.ledger.kit import BOOK, POOL, Ledger

#: Begins in the middle of the books and ends before they do; the last evening of January by the
#: clock of China is inside.
CUT = Period(date(2026, 1, 31), date(2026, 2, 28))
LATE = Period(date(2026, 2, 1), date(2026, 2, 28))
OPEN = Period(date(2026, 3, 1), None)
PERIODS = [Period(), CUT, LATE, OPEN, Period(None, date(2026, 2, 13))]
Found = dict[tuple[str, str, UUID], int]


@pytest.fixture(scope="session")
def hledger_path() -> str:
    """The installed hledger; a test that asks for it is marked ``hledger``."""
    path = shutil.which("hledger")
    if path is None:
        pytest.skip("no hledger is installed; Debian has it as a package of this name")
    return path


@pytest.fixture
def world(ledger: Ledger) -> Ledger:
    """A ledger with everything in it."""
    build(ledger)
    return ledger


def expected(ledger: Ledger, period: Period) -> Found:
    """What stands on every account at the period's end, added up by hand."""
    return balances(ledger, period.end)


def by_hledger(path: str, journal: Path, *words: str) -> Found:
    """The balances that hledger reaches."""
    done = subprocess.run(
        [path, "-f", str(journal), "balance", "--flat", "--empty", "-O", "csv", *words],
        capture_output=True,
        text=True,
        check=False,
        env={"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 0, done.stderr
    found = {}
    for name, amount in list(csv.reader(done.stdout.splitlines()))[1:]:
        if name != "total":
            book, kind, account = name.split(":")
            found[book, kind, UUID(account)] = int(amount.removesuffix(" MIN"))
    return found


def check_hledger(path: str, journal: Path) -> subprocess.CompletedProcess[str]:
    """Everything that hledger checks, declared accounts and asserted balances included."""
    return subprocess.run(
        [path, "-f", str(journal), "check", "--strict"],
        capture_output=True,
        text=True,
        check=False,
        env={"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
    )


def by_beancount(path: Path) -> tuple[Found, list[str]]:
    """The balances that beancount reaches, and what it complains about."""
    entries, errors, _options = loader.load_file(str(path))
    found: Found = {}
    for entry in entries:
        if isinstance(entry, data.Open):
            found.setdefault(_key(entry.account), 0)
        if isinstance(entry, data.Transaction):
            for posting in entry.postings:
                assert posting.units is not None
                found[_key(posting.account)] += int(posting.units.number or 0)
    return found, [error.message for error in errors]


def _key(name: str) -> tuple[str, str, UUID]:
    _root, book, kind, account = name.split(":")
    return book, kind.lower(), UUID(account)


@pytest.mark.hledger
@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_hledger_reaches_the_same_balances(
    world: Ledger, hledger_path: str, tmp_path: Path, period: Period
) -> None:
    journal = write(world, hledger.lines, tmp_path / "b.journal", period)
    checked = check_hledger(hledger_path, journal)
    assert checked.returncode == 0, checked.stderr
    wanted = expected(world, period)
    assert by_hledger(hledger_path, journal) == wanted
    assert any(wanted.values())


@pytest.mark.hledger
def test_hledger_knows_the_effective_day_as_the_second_one(
    world: Ledger, hledger_path: str, tmp_path: Path
) -> None:
    journal = write(world, hledger.lines, tmp_path / "b.journal")
    before = ("--end", "2026-01-31", str(POOL))
    pool = (BOOK, "pool", POOL)
    assert by_hledger(hledger_path, journal, *before).get(pool, 0) == 0
    assert by_hledger(hledger_path, journal, "--date2", *before) == {pool: 5_000 - 120 - 9 * 7}


@pytest.mark.hledger
def test_hledger_would_see_a_balance_that_is_not_kept(
    world: Ledger, hledger_path: str, tmp_path: Path
) -> None:
    journal = write(world, hledger.lines, tmp_path / "b.journal")
    text = journal.read_text()
    journal.write_text(re.sub(rf"(pool:{POOL}  )-120 MIN", r"\1-119 MIN", text))
    assert check_hledger(hledger_path, journal).returncode != 0
    journal.write_text(re.sub(rf"(pool:{POOL}  0 MIN = )\d+", r"\g<1>1", text))
    assert "balance assertion" in check_hledger(hledger_path, journal).stderr.lower()


@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_beancount_reaches_the_same_balances(world: Ledger, tmp_path: Path, period: Period) -> None:
    path = write(world, beancount.lines, tmp_path / "b.beancount", period)
    found, errors = by_beancount(path)
    assert errors == []
    assert found == expected(world, period)


def test_beancount_would_see_a_balance_that_is_not_kept(world: Ledger, tmp_path: Path) -> None:
    path = write(world, beancount.lines, tmp_path / "b.beancount")
    path.write_text(re.sub(r"(balance \S+:Pool:\S+  )\d+", r"\g<1>1", path.read_text()))
    _found, errors = by_beancount(path)
    assert len(errors) == 2
    assert all("Balance failed" in error for error in errors)


@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_the_table_adds_up_to_its_own_balances(
    world: Ledger, tmp_path: Path, period: Period
) -> None:
    path = write(world, table.lines, tmp_path / "b.csv", period)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    added: Found = {}
    kept: Found = {}
    for row in rows:
        key = (row["book"], row["account_kind"], UUID(row["account_id"]))
        if row["record"] == "balance":
            assert row["amount_minutes"] == ""
            kept[key] = int(row["balance_minutes"])
        else:
            assert row["balance_minutes"] == ""
            added[key] = added.get(key, 0) + int(row["amount_minutes"])
    assert kept == expected(world, period)
    assert {key: minutes for key, minutes in kept.items() if minutes} == {
        key: minutes for key, minutes in added.items() if minutes
    }


@pytest.mark.parametrize("form", [hledger.lines, beancount.lines, table.lines])
def test_the_same_ledger_gives_the_same_bytes(world: Ledger, tmp_path: Path, form: object) -> None:
    first = write(world, form, tmp_path / "a").read_bytes()  # type: ignore[arg-type]
    assert write(world, form, tmp_path / "b").read_bytes() == first  # type: ignore[arg-type]
    assert first.isascii()


def test_one_book_is_that_book_alone(world: Ledger, tmp_path: Path) -> None:
    path = write(world, beancount.lines, tmp_path / "b.beancount", book=NEIGHBOUR)
    found, errors = by_beancount(path)
    assert errors == []
    assert {book for book, _, _ in found} == {NEIGHBOUR}
    whole = expected(world, Period())
    assert found == {key: minutes for key, minutes in whole.items() if key[0] == NEIGHBOUR}


def test_every_kind_of_account_has_its_root() -> None:
    assert set(beancount.ROOTS) == set(AccountKind)
    assert set(beancount.ROOTS.values()) == {"Assets", "Equity"}
