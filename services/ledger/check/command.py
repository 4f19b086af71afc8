"""``python -m services.ledger.check FILE…``: verify offline what the operator handed out.

A receipt of a transfer, published lists of heads (several are also compared with one another), a
proof between two blocks, a member's account, or a full export: the content says which it is. Only
the standard library and ``cryptography`` are needed. Ends with 0 when nothing is wrong, else with
1.
"""

from __future__ import annotations

import argparse
import json
import struct
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from services.ledger.check.account import judge_account
from services.ledger.check.proofs import (
    judge_consistency,
    judge_list,
    judge_receipt,
    judge_record,
    judge_series,
)
from services.ledger.check.verdicts import Pins, Verdicts
from services.ledger.seals.account_file import FILE as ACCOUNT
from services.ledger.seals.account_file import read_account
from services.ledger.seals.daylist import FILE, WITNESSES, Published, loads, read_published
from services.ledger.seals.headers import Malformed

RECEIPT, CONSISTENCY, EXPORT = "timebank-receipt", "timebank-consistency", "timebank-export"
RECORD_RECEIPT = "timebank-record-receipt"
#: An export's first line is short; everything else is read whole.
FIRST_LINE = 1 << 20
#: Nothing but an export is as long as this.
LONGEST = 1 << 29

Say = Callable[[str], None]


def check_files(files: Sequence[Path], pins: Pins, say: Say) -> bool:
    """Whether nothing is wrong with any of the files; says what was found, line by line."""
    good = True
    series: list[Published] = []
    for path in files:
        say(f"{path}")
        verdicts = Verdicts(say)
        try:
            _check_file(path, pins, verdicts, series)
        except Malformed as error:
            verdicts.wrong("malformed", place=error)
        except (ValueError, struct.error, RecursionError):
            verdicts.wrong("malformed", place=path.name)
        except OSError:
            verdicts.wrong("unreadable")
        good = good and verdicts.good
    if len(series) > 1:
        verdicts = Verdicts(say)
        judge_series(series, verdicts)
        good = good and verdicts.good
    return good


def _check_file(path: Path, pins: Pins, verdicts: Verdicts, series: list[Published]) -> None:
    if _kind_of_first_line(path) == EXPORT:
        from services.ledger.check.export import check  # noqa: PLC0415 - an export alone needs it

        if not check(path, lambda line: verdicts.say(f"  {line}")):
            verdicts.good = False
        return
    with path.open("rb") as stream:
        raw = stream.read(LONGEST)
    text = raw.decode()
    given = loads(text)
    kind = given.get("kind") if isinstance(given, dict) else None
    if kind == RECEIPT:
        judge_receipt(given, pins, verdicts)
    elif kind == RECORD_RECEIPT:
        judge_record(given, pins, verdicts)
    elif kind == FILE:
        published = read_published(given)
        series.append(published)
        judge_list(published, pins, verdicts)
    elif kind == CONSISTENCY:
        judge_consistency(given, pins, verdicts)
    elif kind == ACCOUNT:
        judge_account(read_account(text), pins, verdicts)
    else:
        verdicts.wrong("unknown_kind")


def _kind_of_first_line(path: Path) -> Any:
    with path.open("rb") as stream:
        line = stream.readline(FIRST_LINE)
    try:
        given = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return given.get("kind") if isinstance(given, dict) else None


def main(argv: Sequence[str] | None = None, say: Say | None = None) -> int:
    """The command; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m services.ledger.check",
        description="离线核验凭证、公布的清单、账户对账单和账本导出。"
        " Verify receipts, published head lists, account statements and exports offline.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="HEX",
        help="运营方的公钥，从文件以外得知。 A public key of the operator, known from elsewhere.",
    )
    parser.add_argument(
        "--witness-key",
        action="append",
        default=[],
        metavar="HEX",
        help="见证人的公钥，从文件以外得知。 A witness's public key, known from elsewhere.",
    )
    parser.add_argument(
        "--witnesses",
        type=int,
        default=WITNESSES,
        metavar="N",
        help=f"需要几位见证人（默认 {WITNESSES}）。 How many witnesses must have signed.",
    )
    given = parser.parse_args(argv)
    try:
        pins = Pins.of(given.key, given.witness_key, given.witnesses)
    except ValueError:
        parser.error("公钥应是 64 位十六进制数字。 A public key has 64 hexadecimal digits.")
    say = say or _on_console
    good = check_files(given.files, pins, say)
    say("没有发现问题。 Nothing is wrong." if good else "核验没有通过。 The check has failed.")
    return 0 if good else 1


def _on_console(line: str) -> None:
    sys.stdout.write(f"{line}\n")
