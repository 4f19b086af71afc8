"""What the catalogue lets pass, each with its reason: written down so that it only grows shorter.

A page on the list that somebody does come to, by a link or by a row of the district, fails.
"""

from __future__ import annotations

#: The first word of a fault says what kind it is.
KINDS = frozenset(
    "reflow target clipped overlap order minutes punctuation untranslated heads italic axe".split()
)
#: Page and kind of what looks like a fault and is none -> why.
NO_FAULT = {
    "branch.assessment minutes": "points of an assessment are counted, not minutes",
}

#: Why nobody comes to a page -> which they are.
_UNREACHED = {
    "after a step that needs a code sent to somebody": """
        branch.member_reach_code public.join_done public.second public.second_set
        giving.account_leave_code giving.gift_code giving.moving_code
        """,
    "after answers that only this page asks for": """
        branch.donation_check elder.grant elder.rate_words giving.account_leave_check
        giving.death_check giving.death_day giving.death_done giving.designation_parts
        giving.gift_check public.join_check
        """,
    "the visit is on its way, and in this district all have ended": """
        volunteer.check_in volunteer.check_out volunteer.nobody_opens
        """,
    "the district has no such row in the state that the page is for": """
        admin.clearing_answer admin.clearing_dispute_new admin.grants_propose
        admin.import_decide admin.note_erase admin.regions_below
        branch.close branch.data_request branch.estate_appeal_down branch.estate_heir_answer
        branch.estate_heir_correct branch.estate_heir_line branch.estate_heir_link
        branch.estate_heir_remove branch.estate_undo branch.moving_here branch.passbook_sheets
        branch.sheet branch.slip branch.stay
        elder.dispute_appeal elder.group_cancel
        giving.estate_appeal giving.estate_objection giving.estate_share
        oversight.dispute_decide oversight.forecast oversight.return_page oversight.star_lift
        public.data_consent public.import_notice public.import_object volunteer.dispute_appeal
        """,
    "a code that is printed on paper is its address": """
        public.account_digest public.check_code public.sealed
        """,
}
#: Endpoint -> why nobody comes to it.
UNREACHED = {name: why for why, names in _UNREACHED.items() for name in names.split()}
