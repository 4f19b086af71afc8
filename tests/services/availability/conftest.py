"""The street of the visits' tests, with what these tests need beside it."""

from __future__ import annotations

from tests.services.visits.conftest import street

__all__ = ["street"]
