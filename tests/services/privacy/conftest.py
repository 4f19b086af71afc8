"""A street with a member who has served, was helped, and has said things about others."""

from __future__ import annotations

from tests.services.visits.conftest import street

__all__ = ["street"]
