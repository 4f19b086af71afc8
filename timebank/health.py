"""Whether the process lives and whether it may be given requests, for whatever watches it.

``/health/live`` touches nothing. ``/health/ready`` names what fails and nothing more: strangers
read it too. Neither is counted against an address, and a good answer is not in the log.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from alembic.migration import MigrationContext
from flask import Blueprint, Flask, Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from timebank import logs
from timebank.edge import Timebank, declare, timebank
from timebank.observed import Observed
from timebank.security import limiter

log = logging.getLogger(__name__)
bp = Blueprint("health", __name__, url_prefix="/health")

#: SQLite needs room for its log and a vacuum; below this no writer should be let in.
LEAST_BYTES = 100 * 1024 * 1024


def init_app(app: Flask) -> None:
    """Register the two addresses."""
    app.register_blueprint(bp)
    limiter.exempt(bp)


@bp.get("/live")
@declare("public.read")
def live() -> Response:
    """The process answers."""
    return _answer({"status": "live"}, 200)


@bp.get("/ready")
@declare("public.read")
def ready() -> Response:
    """Everything that a request needs is there; otherwise 503 and the names of what is not."""
    held = timebank()
    observed: Observed = current_app.extensions["observed"]
    if observed.draining:
        return _answer({"status": "not ready", "failed": ["stopping"]}, 503)
    failed = [name for name, check in CHECKS.items() if not check(held)]
    if failed:
        logs.say(log, "not ready", logging.WARNING, reason=",".join(failed))
        return _answer({"status": "not ready", "failed": failed}, 503)
    return _answer({"status": "ready"}, 200)


def _answer(body: dict[str, object], status: int) -> Response:
    response = jsonify(body)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def database_answers(held: Timebank) -> bool:
    """One statement comes back."""
    try:
        with held.uow.read() as session:
            session.execute(sa.select(1))
    except SQLAlchemyError:
        return False
    return True


def schema_is_newest(held: Timebank) -> bool:
    """The database stands where this program wants it."""
    try:
        with held.uow.read() as session:
            found = MigrationContext.configure(session.connection()).get_current_revision()
    except SQLAlchemyError:
        return False
    return found == held.settings.newest_migration


def disk_has_room(held: Timebank) -> bool:
    """SQLite's own disk; a database server watches its own."""
    url = held.uow.engine.url
    if url.get_backend_name() != "sqlite" or not url.database:
        return True
    folder = Path(url.database).parent
    try:
        return shutil.disk_usage(folder).free >= LEAST_BYTES and os.access(folder, os.W_OK)
    except OSError:
        return False


def keys_are_usable(held: Timebank) -> bool:
    """What is sealed with the key in force can be opened with it."""
    try:
        return held.vault.open("health", held.vault.seal("health", "ready")) == "ready"
    except Exception:  # noqa: BLE001 - whatever it is, no request should come here
        return False


#: What is asked, in this order, under the name that a stranger reads.
CHECKS: dict[str, Callable[[Timebank], bool]] = {
    "database": database_answers,
    "schema": schema_is_newest,
    "disk": disk_has_room,
    "keys": keys_are_usable,
}
