"""Refusals that only this edge knows: a missing key, a body that is not JSON, a strange cursor."""

from __future__ import annotations

from typing import Any, NoReturn

from flask import abort

from timebank.errors import answer


def refuse(status: int, code: str, sentence: str, **extra: Any) -> NoReturn:
    """End the request with a problem document; ``sentence`` is already in the reader's words."""
    abort(answer(status, code, sentence, **extra))
