"""``python -m services.ledger.witness``: what a witness outside the operator runs.

It makes a key, and countersigns the operator's daily list of heads when, and only when, the list
has grown from the last one that this witness signed. It keeps that last list in a file of its own.
Only the standard library and ``cryptography`` are needed; the operator's program is not.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from services.ledger.check.verdicts import Verdicts
from services.ledger.seals.daylist import (
    COUNTERSIGNATURE,
    VERSION,
    Problem,
    Published,
    growth,
    loads,
    problems,
    read_list,
    read_published,
)
from services.ledger.seals.headers import Malformed, witness_message
from services.ledger.seals.signing import SigningKey, key_id_of

Say = Callable[[str], None]


def refusals(
    published: Published, last: str | None, pinned: frozenset[str] = frozenset()
) -> Iterator[Problem]:
    """Why a witness must not sign a list; nothing when it may.

    ``last`` is the text of the list that it signed last, ``pinned`` has the ids of operator's
    keys that it knows. Malformed when ``last`` cannot be read.
    """
    yield from problems(published)
    day_list = published.day_list
    if pinned and day_list.key_id not in day_list.ring.vouched_by(pinned):
        yield "pin_missed", day_list.day
    if last is not None:
        yield from growth(read_list(last), published)


def countersignature(published: Published, key: SigningKey) -> dict[str, Any]:
    """The witness's signature over a list, for the operator to record and to publish."""
    day_list = published.day_list
    return {
        "kind": COUNTERSIGNATURE,
        "version": VERSION,
        "day": day_list.day,
        "content_hash": day_list.hash(),
        "key_id": key.key_id,
        "public_key": key.public_key,
        "signature": key.sign(witness_message(day_list.content)),
    }


def new_key(path: Path, say: Say) -> int:
    """Make a key pair; the private key goes into a new file for its owner's eyes alone."""
    key = SigningKey.fresh()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{key.secret()}\n")
    say(f"私钥已写入 {path}，请勿外传。 The private key is in {path}: keep it to yourself.")
    say(f"公钥 Public key: {key.public_key}")
    return 0


def sign(args: argparse.Namespace, say: Say) -> int:
    """Judge a list and countersign it; 1 when it is refused."""
    key = SigningKey(bytes.fromhex(args.key.read_text(encoding="ascii").strip()))
    published = read_published(loads(args.file.read_text(encoding="utf-8")))
    last = args.last.read_text(encoding="utf-8") if args.last.exists() else None
    pinned = frozenset(key_id_of(each.lower()) for each in args.operator_key)
    if last is None and not pinned:
        say(
            "第一次签名需要用 --operator-key 指定运营方的公钥。"
            " The first signature needs the operator's public key: --operator-key."
        )
        return 1
    verdicts = Verdicts(say)
    if last != published.day_list.content:  # signing the same list again is no growth
        for code, place in refusals(published, last, pinned):
            verdicts.wrong(code, place=place)
    if not verdicts.good:
        say("拒绝签名。 Refused: the list was not countersigned.")
        return 1
    _replace(args.output, json.dumps(countersignature(published, key), indent=1) + "\n")
    _replace(args.last, published.day_list.content)
    say(f"已签名 {published.day_list.day} → {args.output} Countersigned.")
    return 0


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.new")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def main(argv: Sequence[str] | None = None, say: Say | None = None) -> int:
    """The command; 0 when it did what it was asked to."""
    say = say or _on_console
    args = _parser().parse_args(argv)
    try:
        return new_key(args.file, say) if args.command == "new-key" else sign(args, say)
    except Malformed as error:
        say(f"文件内容不完整或已损坏。 The file is incomplete or damaged: {error}.")
    except ValueError:
        say("密钥或文件读不出来。 A key or a file cannot be read.")
    except OSError as error:
        say(f"{error.filename}: {error.strerror}")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.ledger.witness",
        description="见证人的工具：生成密钥，核对并签署每日清单。"
        " A witness's tool: make a key, judge and countersign the daily list.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("new-key", help="生成密钥。 Make a key.")
    making.add_argument("file", type=Path, help="New file for the private key.")
    signing = commands.add_parser("sign", help="核对并签名。 Judge a list and countersign it.")
    signing.add_argument("file", type=Path, help="The published list.")
    signing.add_argument("--key", type=Path, required=True, help="The private key's file.")
    signing.add_argument(
        "--last", type=Path, required=True, help="Where the list signed last is kept."
    )
    signing.add_argument(
        "--operator-key",
        action="append",
        default=[],
        metavar="HEX",
        help="A public key of the operator, known from elsewhere; needed the first time.",
    )
    signing.add_argument("--output", type=Path, required=True, help="The countersignature.")
    return parser


def _on_console(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    sys.exit(main())
