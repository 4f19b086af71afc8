"""What the operator hands out, as a stranger checks it; what forgers hand out, named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from models.ledger import Entry, Transfer
from models.seals import NO_NOTE, Block, BlockLeaf, HeadList, HeadSignature, TreeNode, Unsealed
from services.ledger import witness as witnessing
from services.ledger.seals import heads, keys, proofs
from services.ledger.seals.canonical import canonical_json
from services.ledger.seals.headers import BlockHead, as_json, list_message
from services.ledger.seals.signing import SigningKey
from services.ledger.verify.seals import unwitnessed
from tests.services.ledger.kit import BOOK, NOW, Ledger
from tests.services.ledger.seal_kit import (
    DAY,
    OPERATOR,
    SECOND,
    WITNESSES,
    Sealed,
    check,
    loaded,
)
from tests.services.ledger.tampering import change, remove, tamper

PINS = (
    *("--key", OPERATOR.public_key),
    *("--witness-key", WITNESSES[0].public_key),
    *("--witness-key", WITNESSES[1].public_key),
)


@pytest.fixture
def sealed(ledger: Ledger, tmp_path: Path) -> Sealed:
    return Sealed(ledger, tmp_path)


def test_a_receipt_before_and_after_the_list(sealed: Sealed) -> None:
    ids = sealed.give(5)
    with pytest.raises(proofs.NotSealedYet):
        sealed.receipt(ids[0])
    sealed.seal()
    code, said = check(sealed.receipt(ids[0]), options=PINS)
    assert code == 0, said
    assert "no witness has seen it" in said
    sealed.publish()
    sealed.give(4, key="later")
    sealed.seal()
    code, said = check(sealed.receipt(ids[0]), options=PINS)
    assert code == 0, said
    assert "published on 2026-03-10" in said
    assert "Countersigned by 见证人" in said
    assert "!" not in said


def test_keys_in_a_file_prove_nothing_and_the_check_says_so(sealed: Sealed) -> None:
    (one,) = sealed.give(1)
    sealed.seal()
    sealed.publish()
    code, said = check(sealed.receipt(one))
    assert code == 0, said
    assert "keys inside a file prove nothing" in said
    assert "name them with --witness-key" in said
    other = SigningKey.fresh().public_key
    code, said = check(sealed.receipt(one), options=("--key", other))
    assert code == 1
    assert "nothing to do with the key you named" in said
    code, said = check(sealed.receipt(one), options=("--witness-key", other))
    assert code == 1
    assert "only 0" in said or "0 signed" in said


def _entry(given: Any) -> None:
    given["transfer"]["entries"][0]["amount_minutes"] -= 1


def _reason(given: Any) -> None:
    given["transfer"]["reason"] = "else"


def _position(given: Any) -> None:
    given["position"] += 1


def _path(given: Any) -> None:
    given["path"][0] = "00" * 32


def _root(given: Any) -> None:
    given["block"]["root"] = "00" * 32


def _signature(given: Any) -> None:
    given["block"]["signature"] = "00" * 64


def _book(given: Any) -> None:
    given["transfer"]["book"] = "000000000001"


def _keys(given: Any) -> None:
    given["keys"][0]["holder"] = "someone"


def _witness(given: Any) -> None:
    given["list"]["witnesses"] = given["list"]["witnesses"][:1]


def _no_witness(given: Any) -> None:
    for each in given["list"]["witnesses"]:
        each["signature"] = "00" * 64


def _list_path(given: Any) -> None:
    given["list"]["path"] = []


def _list(given: Any) -> None:
    given["list"]["content"] = given["list"]["content"].replace("2026-03-10", "2026-03-11")


@pytest.mark.parametrize(
    "forge",
    [
        _entry,
        _reason,
        _position,
        _path,
        _root,
        _signature,
        _book,
        _keys,
        _witness,
        _no_witness,
        _list_path,
        _list,
    ],
)
def test_a_forged_receipt_is_refused(sealed: Sealed, forge: Any) -> None:
    ids = sealed.give(5)
    sealed.seal()
    sealed.publish()
    sealed.give(4, key="later")
    sealed.seal()
    path = sealed.receipt(ids[1])
    assert check(path)[0] == 0
    given = loaded(path)
    forge(given)
    code, said = check(sealed.file("forged.json", given))
    assert code == 1, said
    assert "✗" in said


def test_no_receipt_for_what_was_changed(sealed: Sealed) -> None:
    (one,) = sealed.give(1)
    sealed.seal()
    tamper(sealed.ledger.uow, sealed.ledger.url, change(Entry, Entry.leg == 1, amount_minutes=2))
    with pytest.raises(proofs.SealBroken):
        sealed.receipt(one)


def test_lists_of_three_days(sealed: Sealed) -> None:
    files = []
    for day in range(3):
        sealed.give(40, key=f"d{day}")
        sealed.seal()
        files.append(sealed.publish(days=day))
    code, said = check(*reversed(files), options=PINS)
    assert code == 0, said
    assert said.count("history has only grown") == 2
    assert sealed.breaches() == []
    with sealed.ledger.read() as session:
        assert unwitnessed(session) == []
    skipping = sealed.file("skip.json", sealed.published(DAY + timedelta(days=2), since=DAY))
    assert check(files[0], skipping)[0] == 0
    code, said = check(files[0], files[2])
    assert code == 1
    assert "lacks a proof" in said


def test_a_list_without_its_witnesses_is_named(sealed: Sealed) -> None:
    sealed.give(1)
    sealed.seal()
    for signed in (0, 1):
        path = sealed.publish(days=signed, witnesses=signed)
        code, said = check(path)
        assert code == 1
        assert f"2 are needed, {signed} signed" in said
        assert check(path, options=("--witnesses", str(signed)))[0] == 0
    with sealed.ledger.read() as session:
        assert unwitnessed(session) == [("2026-03-10", 0), ("2026-03-11", 1)]


def test_a_list_is_signed_once_a_day(sealed: Sealed) -> None:
    sealed.give(1)
    sealed.seal()
    sealed.publish()
    again = sealed.ledger.run(lambda s: heads.publish(s, OPERATOR, DAY, NOW))
    earlier = sealed.ledger.run(lambda s: heads.publish(s, OPERATOR, DAY - timedelta(1), NOW))
    assert (again, earlier) == (False, False)


def test_a_fork_with_the_operators_own_key_is_named(sealed: Sealed) -> None:
    """The operator rewrites the first day and signs everything anew; the witnesses did not."""
    ids = sealed.give(6)
    sealed.seal()
    first = sealed.publish()
    ledger = sealed.ledger
    tamper(
        ledger.uow,
        ledger.url,
        change(Transfer, Transfer.id == ids[2], reason="forged"),
        remove(Block, Block.book == BOOK),
        remove(BlockLeaf, BlockLeaf.book == BOOK),
        remove(HeadSignature, HeadSignature.day == DAY),
        remove(HeadList, HeadList.day == DAY),
        lambda session: session.execute(
            sa.insert(Unsealed.__table__).from_select(
                ["book", "transfer_id", "note_id"],
                sa.select(Transfer.book, Transfer.id, sa.literal(NO_NOTE, sa.Uuid())).where(
                    Transfer.book == BOOK
                ),
            )
        ),
    )
    assert ledger.count(TreeNode) == 0
    sealed.seal()
    assert sealed.breaches() == [], "inside, the fork is without a seam"
    day, at = DAY, NOW
    assert ledger.run(lambda session: heads.publish(session, OPERATOR, day, at))
    forked = sealed.file("forked.json", sealed.published(DAY))
    code, said = check(forked, options=PINS)
    assert code == 1
    assert "may have rewritten history alone" in said
    receipt = sealed.receipt(ids[2])
    code, said = check(receipt, options=PINS)
    assert code == 1
    assert "may have rewritten history alone" in said
    later = DAY + timedelta(days=1)
    sealed.give(3, key="more")
    sealed.seal()
    assert ledger.run(lambda s: heads.publish(s, OPERATOR, later, at + timedelta(days=1)))
    code, said = check(first, sealed.file("second.json", sealed.published(later)))
    assert code == 1
    assert "proof" in said or "rewritten" in said


def test_old_and_new_receipts_after_a_rotation(sealed: Sealed) -> None:
    (old,) = sealed.give(1)
    sealed.seal()
    before = sealed.receipt(old, "before.json")
    sealed.publish()
    sealed.rotate(at=NOW + timedelta(hours=1))
    after = sealed.receipt(old, "after.json")
    (new,) = sealed.give(1, key="new")
    assert sealed.seal(at=NOW + timedelta(hours=2)) == 1
    newest = sealed.receipt(new, "new.json")
    assert loaded(newest)["block"]["key_id"] == SECOND.key_id
    for path in (before, after, newest):
        code, said = check(path, options=PINS)
        assert code == 0, said
    assert check(sealed.publish(days=1), options=PINS)[0] == 0
    assert sealed.breaches() == []


def test_a_retired_key_signs_nothing_any_more(sealed: Sealed) -> None:
    (one,) = sealed.give(1)
    sealed.rotate(at=NOW - timedelta(hours=1))
    sealed.seal()
    given = loaded(sealed.receipt(one))
    head = BlockHead.from_json(given["block"])
    forged = replace(head, key_id=OPERATOR.key_id, signature="")
    given["block"] = as_json(replace(forged, signature=OPERATOR.sign(forged.message())))
    code, said = check(sealed.file("forged.json", given))
    assert code == 1
    assert "signature of block" in said


def test_any_two_heads_have_a_proof(sealed: Sealed) -> None:
    sealed.give(11)
    while sealed.seal(limit=3):
        pass
    with sealed.ledger.read() as session:
        for old, new in ((1, 4), (2, 3), (3, 3)):
            found = proofs.consistency(session, BOOK, old, new)
            assert check(sealed.file("c.json", found))[0] == 0
            found["path"] = [*found["path"], "00" * 32]
            assert check(sealed.file("c.json", found))[0] == 1
        with pytest.raises(proofs.NoSuchBlock):
            proofs.consistency(session, BOOK, 1, 9)
        with pytest.raises(proofs.BlocksReversed):
            proofs.consistency(session, BOOK, 2, 1)


# --- witnesses -----------------------------------------------------------------------------


def run_witness(*options: str) -> tuple[int, str]:
    said: list[str] = []
    code = witnessing.main(options, said.append)
    return code, "\n".join(said)


def test_a_witness_from_its_key_to_its_signature(sealed: Sealed) -> None:
    folder = sealed.folder
    key, last, out = folder / "w.key", folder / "last.json", folder / "signed.json"
    code, said = run_witness("new-key", str(key))
    assert code == 0
    assert (key.stat().st_mode & 0o777) == 0o600
    public = said.rsplit(" ", 1)[1]
    run = sealed.ledger.run
    run(lambda session: keys.add_witness(session, OPERATOR, public, "third", NOW))
    sealed.give(3)
    sealed.seal()
    path = sealed.publish()
    options = ("sign", str(path), "--key", str(key), "--last", str(last), "--output", str(out))
    code, said = run_witness(*options)
    assert code == 1
    assert "--operator-key" in said
    code, said = run_witness(*options, "--operator-key", OPERATOR.public_key)
    assert code == 0, said
    signed = loaded(out)
    given = (DAY, signed["key_id"], signed["signature"], NOW)
    assert run(lambda session: heads.countersign(session, *given))
    assert not run(lambda session: heads.countersign(session, *given)), "recorded before"
    assert len(loaded(sealed.file("x.json", sealed.published(DAY)))["witnesses"]) == 3
    sealed.give(30, key="more")
    sealed.seal()
    path = sealed.publish(days=1)
    options = ("sign", str(path), *options[2:])
    code, said = run_witness(*options)
    assert code == 0, said
    code, said = run_witness(*options)
    assert code == 0, "the same list again is no growth"


def test_a_witness_refuses_what_did_not_grow(sealed: Sealed) -> None:
    sealed.give(5)
    sealed.seal()
    first = loaded(sealed.publish())
    sealed.give(5, key="more")
    sealed.seal()
    second = loaded(sealed.publish(days=1))
    read = witnessing.read_published

    def codes(given: Any) -> set[str]:
        content = json.loads(given["content"])
        given["content"] = canonical_json(content)
        given["signature"] = OPERATOR.sign(list_message(given["content"]))
        return {code for code, _ in witnessing.refusals(read(given), first["content"])}

    assert codes(second) == set()
    assert codes({**second, "proofs": {}}) == {"proof_missing"}
    wrong = {book: ["00" * 32, *path[1:]] for book, path in second["proofs"].items()}
    assert codes({**second, "proofs": wrong}) == {"book_rewritten"}
    for changes, expected in (
        ({"heads": []}, {"book_gone"}),
        ({"day": "2026-03-09"}, {"day_backwards"}),
        ({"keys": json.loads(first["content"])["keys"][:1]}, {"keys_rewritten"}),
    ):
        content = canonical_json({**json.loads(second["content"]), **changes})
        assert codes({**second, "content": content}) == expected
    smaller = json.loads(first["content"])["heads"]
    smaller[0]["size"] = 99
    old = canonical_json({**json.loads(first["content"]), "heads": smaller})
    assert {code for code, _ in witnessing.refusals(read(second), old)} >= {"book_shrunk"}


def test_a_signature_of_nobody_is_not_recorded(sealed: Sealed) -> None:
    sealed.give(1)
    sealed.seal()
    sealed.publish(witnesses=0)
    run = sealed.ledger.run
    stranger = SigningKey.fresh()
    with pytest.raises(keys.WitnessUnknown):
        run(lambda s: heads.countersign(s, DAY, stranger.key_id, "00" * 64, NOW))
    with pytest.raises(keys.WitnessUnknown):
        run(lambda s: heads.countersign(s, DAY, OPERATOR.key_id, "00" * 64, NOW))
    with pytest.raises(heads.SignatureWrong):
        run(lambda s: heads.countersign(s, DAY, WITNESSES[0].key_id, "00" * 64, NOW))
    other = DAY + timedelta(days=9)
    with pytest.raises(heads.NoSuchList):
        run(lambda s: heads.countersign(s, other, WITNESSES[0].key_id, "00" * 64, NOW))


# --- files that are nothing ------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b"{}",
        b'{"kind": "timebank-receipt"}',
        b'{"kind": "timebank-heads", "witnesses": {}}',
        b'{"kind": "timebank-consistency", "old": []}',
        b'{"kind": "timebank-receipt", "transfer": {"book": 5}}',
        b"[" * 100_000,
        b'{"kind": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_file_that_is_nothing_gets_a_plain_line(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(raw)
    code, said = check(path, tmp_path / "missing")
    assert code == 1
    assert said.count("✗") == 2


def test_no_damage_to_a_receipt_makes_the_checker_stumble(sealed: Sealed) -> None:
    (one,) = sealed.give(1)
    sealed.seal()
    sealed.publish()
    given = loaded(sealed.receipt(one))

    def damaged(node: Any, bad: Any) -> Iterator[Any]:
        """Every version of a JSON tree in which one node is something else."""
        yield bad
        if isinstance(node, dict):
            for name, value in node.items():
                yield from ({**node, name: each} for each in damaged(value, bad))
        elif isinstance(node, list):
            for place, value in enumerate(node):
                for each in damaged(value, bad):
                    yield [*node[:place], each, *node[place + 1 :]]

    for bad in (None, -(1 << 70), {}, "\ud800"):
        for tree in damaged(given, bad):
            if tree != given:
                path = sealed.folder / "damaged.json"
                path.write_text(json.dumps(tree), encoding="ascii")
                code, said = check(path)
                assert (code, "✗" in said) in ((0, False), (1, True))
