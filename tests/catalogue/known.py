"""What the catalogue knows to be missing: written down so that it can only grow shorter."""

from __future__ import annotations

#: The first word of a fault says what kind it is.
KINDS = frozenset(
    "reflow target clipped overlap order minutes punctuation untranslated heads italic axe".split()
)
#: Page and kind of fault that is still to be mended.
TO_MEND: frozenset[str] = frozenset()

#: Pages that come after an act, or in a state, that the district of the catalogue may not have
#: come to; by audience. Where it has, they are looked at like any other.
_UNREACHED = {
    "admin": """clearing_answer clearing_dispute clearing_dispute_new estate estate_decide
        estate_decide_appeal estate_divide factor_reset grants_propose import_compare
        import_decide import_one import_sample import_undo import_withdraw note_erase
        regions_below""",
    "audit": "estate shown_one",
    "branch": """certificate close closed_door companion complaint donation_check
        donation_elsewhere data_request data_requests estate estate_appeal_down estate_dismiss
        estate_heir_answer estate_heir_correct estate_heir_line estate_heir_link estate_heir_new
        estate_heir_remove estate_heirs estate_notice estate_take_down estate_undo estate_verify
        gift_back gift_refuse group_attend guardian_end identity identity_refuse incident left
        letter_paper member_availability member_reach_code missed moving_here passbook
        passbook_sheets rating rating_words refuse_request reject_visit round_cancel
        round_invite round_sheet round_stop safeguarding sheet slip stand_visit stay voice""",
    "elder": """answer_move avoid_person check complaint_appeal complaint_text dispute_appeal
        grant group_cancel money money_wrong question rate rate_words reach_code receipt
        request_done
        standing_check standing_question""",
    "giving": """account_leave_check account_leave_code death_check death_day death_done
        designation_check designation_parts donate_amount donate_check donation gift gift_back
        gift_refuse estate_appeal estate_object
        estate_objection estate_share gift_check gift_code gift_question inheriting_accept
        inheriting_disclaim moving_check moving_code moving_house""",
    "oversight": """dispute_decide forecast return_page reversal sheet star star_lift""",
    "public": """account_digest check_code data_consent data_copy data_correct data_erase
        data_looks data_of estate import_notice import_object join_check join_done join_step
        login_enter my_data reach_code sealed second second_set star_object""",
    "volunteer": """accepted asked away_offer check_in check_out complaint_appeal dispute_appeal
        move_visit nobody_opens withdraw""",
}
#: Their endpoints.
UNREACHED = frozenset(
    f"{audience}.{name}" for audience, names in _UNREACHED.items() for name in names.split()
)
