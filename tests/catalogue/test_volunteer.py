"""What volunteers see."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser as Chromium

from tests.catalogue.conftest import District
from tests.catalogue.walk import walked

pytestmark = pytest.mark.browser


def test_every_page_holds_the_numbers(district: District, chromium: Chromium) -> None:
    assert walked(district, chromium, "volunteer") == []
