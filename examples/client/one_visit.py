"""An hour of help from the asking to the receipt, by four programs of three people.

    python examples/client/one_visit.py http://127.0.0.1:5000 ELDER STAFF VOLUNTEER

The last three are tokens. The volunteer stands at the door at once, so this is for a demo whose
clock may be set: see the README beside it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime

from timebank_client import Bank, Receipt


def one_visit(
    elder: Bank, staff: Bank, volunteer: Bank, at: datetime, wait: Callable[[int], object]
) -> Receipt:
    """Ask, let through, accept, come, go, confirm; ``wait`` lets so many minutes pass, counted
    from when the visit begins.
    """
    asked = elder.ask(service_code="A04", starts_at=at, booked_minutes=60)
    book = asked["book"]

    found = staff.request(book, asked["id"])
    staff.approve(found, seen=True)

    promise = volunteer.accept(book, asked["id"])
    visit_id = promise["visit_id"]

    codes = elder.visit(book, visit_id)["codes"]
    wait(0)
    volunteer.check_in(book, visit_id, codes["in"])
    wait(62)
    volunteer.check_out(book, visit_id, codes["out"])

    elder.confirm(book, visit_id)
    return volunteer.receipt(book, visit_id)


if __name__ == "__main__":
    base, *tokens = sys.argv[1:]
    who = [Bank(base, token) for token in tokens]
    start = datetime.fromisoformat(input("When (ISO, with offset)? "))
    receipt = one_visit(
        who[0], who[1], who[2], start, lambda minutes: input(f"At +{minutes} minutes press Enter. ")
    )
    sys.stdout.write(f"{receipt['earn_minutes']} minutes were credited.\n")
