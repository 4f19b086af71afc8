"""Static addresses carry a hash of the file's content, so browsers may keep them for a year."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from flask import Flask

YEAR_S = 365 * 24 * 3600


def content_version(path: Path) -> str:
    """Ten hexadecimal digits that change with the content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def version_static_urls(app: Flask) -> None:
    """Let ``url_for("static", filename=…)`` add ``v=<hash>`` by itself."""
    folder = Path(app.static_folder or "")
    known: dict[str, str] = {}

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        name = values.get("filename")
        if endpoint != "static" or not name or "v" in values:
            return
        path = folder / name
        if name not in known or app.debug:
            known[name] = content_version(path) if path.is_file() else ""
        if known[name]:
            values["v"] = known[name]

    if app.config.get("SEND_FILE_MAX_AGE_DEFAULT") is None:
        app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR_S
