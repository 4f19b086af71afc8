"""The faces: pages, API and commands over the services. This file only wires."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask

from services.vault import Vault
from timebank import devices, errors, identity, observed, security
from timebank.edge import Timebank
from timebank.i18n import init_i18n
from timebank.settings import Settings, load_settings
from timebank.uow import UnitOfWork, make_engine

ROOT = Path(__file__).resolve().parent.parent


def utc_now() -> datetime:
    """The clock of the running product; tests bring their own."""
    return datetime.now(UTC)


def create_app(settings: Settings | None = None, clock: Callable[[], datetime] = utc_now) -> Flask:
    """Build the application. Raises SettingsError with a sentence when a setting is wrong."""
    settings = settings or load_settings(os.environ, ROOT)
    app = Flask(__name__, instance_path=str(settings.instance))
    app.config.from_mapping(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        # With the prefix a browser takes it over https alone, from this host and for all of it.
        SESSION_COOKIE_NAME="__Host-timebank" if settings.is_production else "timebank",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_HTTPONLY=True,
        TRUSTED_HOSTS=list(settings.hosts) or None,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_production,
        # Written anew when a login is noted as still used, not with every page: a page that was
        # on its way when the token changed must not bring the old one back.
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=settings.session_lifetime,
        TESTING=settings.env == "test",
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["timebank"] = Timebank(
        settings=settings,
        uow=UnitOfWork(make_engine(settings.database_url)),
        vault=Vault(settings.data_key, settings.index_key, settings.older_data_keys),
        clock=clock,
    )
    observed.init_app(app)
    init_i18n(app)
    identity.init_app(app)
    devices.init_app(app)
    security.init_app(app)

    from timebank import api, cli, health, web  # noqa: PLC0415 - they import what is built above

    web.init_app(app)
    api.init_app(app)
    health.init_app(app)
    errors.init_app(app)
    cli.init_app(app)
    return app
