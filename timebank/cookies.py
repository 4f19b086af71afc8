"""What the product's cookies are called, and where they may go."""

from __future__ import annotations

from flask import current_app


def is_bound() -> bool:
    """Whether cookies go over TLS alone, as in production."""
    return bool(current_app.config.get("SESSION_COOKIE_SECURE"))


def cookie_name(name: str, path: str = "/") -> str:
    """The name that a browser takes from this host alone: nobody below or beside it can set it.

    ``__Host-`` is for the whole host, ``__Secure-`` for one of its paths. Without TLS a browser
    would refuse either, so development has the bare name.
    """
    if not is_bound():
        return name
    return f"{'__Host-' if path == '/' else '__Secure-'}{name}"
