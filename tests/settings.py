"""Settings of the application under test."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.databases import ROOT
from tests.factories import VAULT
from timebank.settings import Settings


def settings_for(url: str, instance: Path, env: str = "test") -> Settings:
    """Settings whose keys are those of the factories."""
    return Settings(
        env=env,  # type: ignore[arg-type]
        root=ROOT,
        instance=instance,
        database_url=url,
        product_name="互助时光",
        product_name_en="Timebank",
        hotline="12349",
        secret_key="a secret of the tests that is long enough",
        data_key=VAULT.data_key,
        index_key=VAULT.index_key,
        port=5000,
        trusted_proxies=0,
        session_lifetime=timedelta(days=30),
        log_level="INFO",
    )
