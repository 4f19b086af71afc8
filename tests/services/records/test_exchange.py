"""The exchange file: written for a region and month, read back and found whole."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from models.oversight import AuditRecord
from models.ratings import Rating
from services.context import Context
from services.errors import Forbidden
from services.people.reading import member_row
from services.policy import SYSTEM
from services.records.exchange import Exchange, NoSuchBook, NotAMonth, export
from services.rules.exchange import check_lines, line_kinds
from tests.country import officer
from tests.factories import LONGWAN, LUCHENG, VAULT
from tests.services.records.conftest import DONE, served
from tests.services.records.test_honours import honoured
from tests.services.visits.conftest import START, Street
from tests.web.xlsx import Workbook
from timebank.papers.exchange import as_workbook

MARCH = date(2026, 3, 1)


def full(road: Street) -> Exchange:
    """A month with a service, an honour and an evaluation on record, exported."""
    visit = served(road)
    honoured(road)

    def rate(ctx: Context) -> None:
        row = Rating(
            book=LONGWAN,
            visit_id=visit,
            elder_id=road.elder,
            provider_id=road.volunteer,
            branch_id=road.branch,
            service_code="A04",
            score=3,
            words_sealed=None,
            rated_at=DONE,
            rated_by_id=road.elder,
            how="own",
        )
        ctx.session.add(row)

    road.act(SYSTEM, rate)
    return taken(road)


def taken(road: Street, month: date = MARCH, book: str = LONGWAN) -> Exchange:
    return road.act(
        road.admins[0],
        lambda ctx: export(ctx, book, month, "jsonl"),
        now=DONE + timedelta(days=1),
    )


def test_every_field_of_the_law_is_written_and_the_file_reads_back(rich: Street) -> None:
    found = full(rich)
    assert found.head["counts"] == {
        "person": 1, "service": 1, "training": 0, "honour": 1, "evaluation": 1,
    }  # fmt: skip
    assert list(check_lines(found.text())) == []
    lines = [json.loads(each) for each in found.text().splitlines()]
    for kind in line_kinds().values():
        for row in lines[1:]:
            if row["kind"] == kind.code:
                assert list(row) == ["kind", *(each.name for each in kind.fields)]
    member = rich.look(lambda session: member_row(session, rich.volunteer))
    assert lines[1]["id_number"] == VAULT.open("member.id_number", member.id_number_sealed)
    assert (lines[2]["hours"], lines[2]["minutes"]) == ("1.03", 62)
    asked = rich.look(
        lambda session: session.scalars(
            sa.select(AuditRecord).where(
                AuditRecord.book == LONGWAN, AuditRecord.act == "record.export"
            )
        ).one()
    )
    assert asked.after["person"] == 1
    assert member.name not in json.dumps(asked.after)


def test_the_workbook_says_the_same_under_headings_in_both_languages(rich: Street) -> None:
    found = full(rich)
    book = Workbook(as_workbook(found))
    assert book.names == ["head", *line_kinds()]
    titles, names, row = book.rows(2)
    assert titles[2] == "活动名称 Activity"
    said = dict(zip(names, row, strict=True))
    assert (said["minutes"], said["activity"]) == (62, "陪聊·读报·生命故事")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda head, rows: rows.clear(), "counts_differ"),
        (lambda head, rows: head.pop("month"), "no_head"),
        (lambda head, rows: rows[0].pop("name"), "field_missing"),
        (lambda head, rows: rows[0].update(balance=7), "field_unknown"),
        (lambda head, rows: rows[1].update(hours="1.3"), "field_wrong"),
        (lambda head, rows: rows[1].update(volunteer_number="V1"), "person_missing"),
        (lambda head, rows: rows[1].update(kind="gift"), "kind_unknown"),
    ],
)
def test_a_file_that_was_spoilt_is_found_out(rich: Street, spoil: object, code: str) -> None:
    served(rich)
    head, *rows = [json.loads(each) for each in taken(rich).text().splitlines()]
    spoil(head, rows)  # type: ignore[operator]
    text = "\n".join(json.dumps(each) for each in (head, *rows))
    assert code in {each.code for each in check_lines(text)}


def test_only_administrators_of_the_region_take_it(rich: Street) -> None:
    for who in (rich.staff, rich.volunteer, officer(LUCHENG)):
        with pytest.raises(Forbidden):
            rich.act(who, lambda ctx: export(ctx, LONGWAN, MARCH, "jsonl"), now=START)
    with pytest.raises(NotAMonth):
        taken(rich, date(2026, 4, 1))
    with pytest.raises(NotAMonth):
        taken(rich, date(2026, 3, 2))
    with pytest.raises(NoSuchBook):
        rich.act(officer("330302000000"), lambda ctx: export(ctx, LUCHENG, MARCH, "jsonl"))
    assert [each.code for each in check_lines("no json")] == ["not_json"]
