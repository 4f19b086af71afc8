"""Places: the register of regions, the books that counties keep, operators and branches."""

from __future__ import annotations

from services.places.books import book_of, open_book
from services.places.branches import (
    BranchForm,
    BranchView,
    OperatorView,
    branch,
    branches_in,
    open_branch,
    open_operator,
    operators,
)
from services.places.closing import Closing, close_branch
from services.places.errors import (
    BookOpenAlready,
    BranchClosed,
    NoBook,
    NoSuccessor,
    NotACounty,
    NotARegion,
)
from services.places.regions import (
    RegionView,
    ancestors,
    children,
    county_of,
    current_code,
    full_name,
    load_regions,
    region_on,
    within,
)
from services.places.settings import regional_setting, regional_settings, set_regional_setting

__all__ = [
    "BookOpenAlready",
    "BranchClosed",
    "BranchForm",
    "BranchView",
    "Closing",
    "NoBook",
    "NoSuccessor",
    "NotACounty",
    "NotARegion",
    "OperatorView",
    "RegionView",
    "ancestors",
    "book_of",
    "branch",
    "branches_in",
    "children",
    "close_branch",
    "county_of",
    "current_code",
    "full_name",
    "load_regions",
    "open_book",
    "open_branch",
    "open_operator",
    "operators",
    "region_on",
    "regional_setting",
    "regional_settings",
    "set_regional_setting",
    "within",
]
