"""The address of the tables' owner, beside the one that the product is served by."""

from __future__ import annotations

from pathlib import Path

import pytest

from timebank.settings import SettingsError, load_settings

SERVED = {"TIMEBANK_DATABASE_URL": "postgresql://app:one@host/time"}


def test_without_it_there_is_none(tmp_path: Path) -> None:
    assert load_settings(SERVED, tmp_path).owner_database_url is None


def test_it_is_the_same_database_with_another_role(tmp_path: Path) -> None:
    owner = {"TIMEBANK_OWNER_DATABASE_URL": "postgresql://owner:two@host/time"}
    settings = load_settings(SERVED | owner, tmp_path)
    assert settings.owner_database_url == "postgresql+psycopg://owner:two@host/time"
    assert "two" not in repr(settings)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("postgresql://owner:secret@host/other", "must be the same database"),
        ("sqlite:///time.db", "must be the same database"),
        ("postgresql://owner:secret@h:port/d", "TIMEBANK_OWNER_DATABASE_URL is not a database"),
    ],
)
def test_another_database_is_refused(tmp_path: Path, address: str, words: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings(SERVED | {"TIMEBANK_OWNER_DATABASE_URL": address}, tmp_path)
    assert words in refusal.value.message
    assert "secret" not in refusal.value.message
