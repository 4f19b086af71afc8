"""A statement in a stranger's hands: the checker alone, every byte, and one language at a time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.ledger.check.account import judge_account
from services.ledger.check.verdicts import SENTENCES, Kept, Pins, in_language
from services.ledger.seals.account_file import read_account, write_account
from services.ledger.seals.headers import Malformed
from services.ledger.seals.signing import SigningKey
from services.portable import sentences as say
from services.portable import stating
from tests.services.ledger.test_check_alone import alone, run
from tests.services.portable.conftest import HERE, LATER, House
from tests.services.portable.test_portable import one_who_leaves

__all__ = ["alone"]

CHINESE = re.compile(r"[\u3400-\u9fff]")
GAPS = dict.fromkeys(re.findall(r"\{(\w+)\}", "".join(SENTENCES.values())), "1")
OURS = Pins.of([HERE.public_key], (), 0)


@pytest.fixture
def files(houses: tuple[House, House]) -> dict[str, str]:
    """A plain statement and a closing one of the same member."""
    here, _ = houses
    member = one_who_leaves(here)
    return {"statement": here.text(here.state(member)), "closing": here.text(here.close(member))}


def accepts(raw: bytes) -> bool:
    """Whether the checker finds nothing wrong, with our key known beforehand."""
    verdicts = Kept()
    try:
        judge_account(read_account(raw.decode()), OURS, verdicts)
    except (Malformed, ValueError):
        return False
    return verdicts.good


@pytest.mark.parametrize("houses", ["sqlite"], indirect=True)
def test_a_stranger_checks_a_statement(
    alone: tuple[Path, dict[str, str]], files: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "account.json"
    for kind, said_of in (("statement", "carries no value"), ("closing", "closing statement")):
        path.write_bytes(files[kind].encode())
        code, said = run(alone, "-m", "services.ledger.check", path, "--key", HERE.public_key)
        assert code == 0, said
        assert said_of in said
    stranger = SigningKey(bytes(31) + b"\7")
    code, said = run(alone, "-m", "services.ledger.check", path, "--key", stranger.public_key)
    assert code == 1
    assert "nothing to do with the key you named" in said
    path.write_bytes(files["closing"].encode() + b"\n")
    assert run(alone, "-m", "services.ledger.check", path)[0] == 1


@pytest.mark.parametrize("houses", ["sqlite"], indirect=True)
def test_any_altered_byte_is_rejected(files: dict[str, str]) -> None:
    for text in files.values():
        raw = text.encode()
        assert accepts(raw)
        passed = [
            place
            for place in range(len(raw))
            if accepts(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
            or accepts(raw[:place] + raw[place + 1 :])
        ]
        assert passed == []
        # Signed anew by whoever has another key, nothing in it is ours.
        forged = write_account(read_account(text).given, SigningKey(bytes(31) + b"\7"))
        assert not accepts(forged.encode())


@pytest.mark.parametrize("houses", ["sqlite"], indirect=True)
def test_a_key_that_is_not_in_force_signs_nothing(houses: tuple[House, House]) -> None:
    here, _ = houses
    member, other = one_who_leaves(here), SigningKey(bytes(31) + b"\7")
    with pytest.raises(say.NoSigningKey):
        here.street.act(member, lambda ctx: stating.state(ctx, member, other), LATER)


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_a_line_is_said_in_one_language(code: str) -> None:
    english = in_language(code, GAPS, english=True)
    chinese = in_language(code, GAPS, english=False)
    assert english
    assert not CHINESE.search(english)
    assert CHINESE.search(chinese)
    assert chinese.endswith("。")
    assert f"{chinese} {english}" == SENTENCES[code].format(**GAPS)


def test_a_name_in_a_file_steers_nobodys_screen() -> None:
    assert "\x1b" not in in_language("account", {"place": "\x1b[2J"}, english=True)
