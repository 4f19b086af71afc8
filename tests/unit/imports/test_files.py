"""Files that come in are read strictly: what is wrong is named, what is hostile is refused."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
import xlsxwriter

from models.people import Sex
from services.errors import DomainError
from services.imports import errors, workbook
from services.imports.amounts import minutes_in
from services.imports.files import headings_of, table_of
from services.imports.layouts import MEMBERS, TIMEOVERFLOW, TRANSFERS, layout
from services.imports.mapping import Columns, default_mapping, mapping_from, require_fields
from services.imports.reading import OldPerson, people_in, unpacked
from services.imports.transfers import totals

TODAY = date(2026, 3, 10)
HEADS = ["原编号", "姓名", "身份证号码", "挣得余额", "受赠余额", "出生日期", "状态"]
ANNA = "330304195601150010"


def id_number() -> str:
    from services.rules.identity_number import check_character

    seventeen = "33030419560115002"
    return seventeen + check_character(seventeen)


def sheet(*rows: list[object], formula: bool = False) -> bytes:
    """A workbook whose first sheet has these rows."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        page = book.add_worksheet()
        for place, row in enumerate(rows):
            for column, value in enumerate(row):
                if value != "":
                    page.write(place, column, value)
        if formula:
            page.write_formula(1, 3, "=1+1", None, 2)
    return buffer.getvalue()


def csv_of(*rows: list[object]) -> bytes:
    return "\n".join(",".join(str(cell) for cell in row) for row in rows).encode()


def read(content: bytes, columns: Columns | None = None) -> list[OldPerson]:
    found = columns or default_mapping(layout("template"), MEMBERS, headings_of(content))
    return list(people_in(content, found, TODAY))


def row(**said: object) -> list[object]:
    cells = {
        "原编号": "1",
        "姓名": "林立春",
        "身份证号码": id_number(),
        "挣得余额": "60",
        "受赠余额": "30",
        "出生日期": "",
        "状态": "",
    }
    return [{**cells, **said}[head] for head in HEADS]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_encodings_that_are_met_are_read(encoding: str) -> None:
    content = csv_of(HEADS, row()).decode().encode(encoding)
    (person,) = read(content)
    assert (person.name, person.claimed_minutes) == ("林立春", 90)
    assert (person.sex, person.born_on, person.wrong) == (Sex.FEMALE, date(1956, 1, 15), None)


def test_a_workbook_says_the_same_as_a_list() -> None:
    plain = read(csv_of(HEADS, row(), row(原编号="2")))
    filled = sheet(HEADS, row(挣得余额=60, 受赠余额=30), row(原编号="2"))
    assert read(filled) == plain
    # A day that a spreadsheet keeps as a number.
    (born,) = read(sheet(HEADS, row(出生日期=20469)))
    assert (born.born_on, born.wrong) == (date(1956, 1, 15), None)


def test_what_is_sealed_comes_back_whole() -> None:
    (person,) = read(csv_of(HEADS, row()))
    assert unpacked(person.line, person.key, person.actual_minutes, person.packed()) == person


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"姓名": "1"}, "name_wrong"),
        ({"身份证号码": "123"}, "id_number_shape"),
        ({"身份证号码": ANNA}, "id_number_check"),
        ({"出生日期": "1956-01-16"}, "birth_mismatch"),
        ({"出生日期": "1956-13-01"}, "import_day_unreadable"),
        ({"出生日期": "2027-01-01"}, "import_day_unreadable"),
        ({"挣得余额": "viel"}, "import_amount_unreadable"),
        ({"挣得余额": "1.5"}, "import_amount_unreadable"),
        ({"状态": "睡着"}, "import_word_unknown"),
    ],
)
def test_what_a_row_says_wrongly_is_its_own_fate(said: dict[str, str], code: str) -> None:
    (person,) = read(csv_of(HEADS, row(**said)))
    assert person.wrong is not None
    assert person.wrong.code == code


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (row(原编号=""), "import_key_needed"),
        (row(原编号="1"), "import_key_twice"),
        (row(原编号=id_number().lower()), "import_key_is_id_number"),
        (row(原编号="2")[:5], "import_row_shape"),
        ([*row(原编号="2"), "x"], "import_row_shape"),
        (row(原编号="2", 姓名="=SUM(A1)"), "import_formula"),
        (row(原编号="2", 姓名="林" * 61), "import_text_too_long"),
    ],
)
def test_a_row_that_is_no_row_makes_the_file_bad(bad: list[object], code: str) -> None:
    with pytest.raises(errors.RowsBad) as told:
        read(csv_of(HEADS, row(), bad, row(原编号="3")))
    assert [(line, error.code) for line, error in told.value.lines] == [(2, code)]


def test_a_formula_in_a_workbook_is_told_apart() -> None:
    with pytest.raises(errors.RowsBad) as told:
        read(sheet(HEADS, row(), formula=True))
    assert told.value.lines[0][1].code == "import_formula"


def test_a_quote_before_a_risky_sign_is_taken_off() -> None:
    (person,) = read(csv_of([*HEADS, "住址"], [*row(), "'-3 室"]))
    assert person.address == "-3 室"


def test_the_template_has_a_row_of_explanations_that_is_passed_over() -> None:
    assert len(read(csv_of(HEADS, row(原编号="# 说明"), row()))) == 1


def tampered(change: dict[str, bytes]) -> bytes:
    """A workbook with some parts replaced or added."""
    source, out = zipfile.ZipFile(io.BytesIO(sheet(HEADS, row()))), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, change.get(name, source.read(name)))
        for name, body in change.items():
            if name not in source.namelist():
                target.writestr(name, body)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;&b;&b;">]>'
    b"<worksheet><sheetData><row><c><v>&d;</v></c></row></sheetData></worksheet>"
)


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\x01\x02",
        b"PK\x03\x04" + b"no archive at all",
        b"\xff\xfe\xff\xff\xff",
        tampered({SHEET: ENTITIES}),
        tampered({SHEET: b"<worksheet><sheetData><row>"}),
        tampered({"xl/media/filler.bin": b"\x00" * 3_000_000}),
        tampered({"xl/_rels/workbook.xml.rels": b"<Relationships/>"}),
        csv_of(HEADS) + b'\n"open quote',
    ],
    ids=["nul", "no zip", "bytes", "entities", "cut", "bomb", "no sheet", "quote"],
)
def test_what_is_hostile_or_broken_is_refused(content: bytes) -> None:
    with pytest.raises(errors.FileUnreadable):
        list(table_of(content))


def test_a_part_that_is_longer_than_it_says_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_UNPACKED", 100)
    with pytest.raises(errors.FileUnreadable):
        list(table_of(sheet(HEADS, row())))


def test_bounds_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.imports.files.MOST_ROWS", 1)
    with pytest.raises(errors.FileTooLarge):
        read(csv_of(HEADS, row(), row(原编号="2")))
    monkeypatch.setattr("services.imports.files.MOST_BYTES", 10)
    with pytest.raises(errors.FileTooLarge):
        read(csv_of(HEADS, row()))


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", errors.FileEmpty),
        (csv_of(HEADS), errors.FileEmpty),
        (csv_of(["", ""]), errors.HeadingsWrong),
        (csv_of(["姓名", "姓名"]), errors.HeadingsWrong),
    ],
)
def test_a_file_without_rows_or_headings_is_none(
    content: bytes, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        read(content)


@pytest.mark.parametrize(
    ("text", "unit", "minutes"),
    [
        ("90", "minutes", 90),
        ("-90", "minutes", -90),
        ("1.5", "hours", 90),
        ("1,5", "hours", 90),
        ("0.33", "hours", 20),
        ("5400", "seconds", 90),
        ("-5400.0", "seconds", -90),
        ("89", "seconds", 1),
        ("1:30", "clock", 90),
        ("—", "clock", 0),
        ("", "minutes", 0),
        ("1:75", "clock", None),
        ("1e3", "minutes", None),
        ("NaN", "hours", None),
        ("99999999999", "minutes", None),
    ],
)
def test_amounts_as_systems_write_them(text: str, unit: str, minutes: int | None) -> None:
    assert minutes_in(text, unit) == minutes


def test_every_minute_printed_in_hundredths_of_an_hour_comes_back() -> None:
    for minutes in range(600):
        assert minutes_in(f"{minutes / 60:.2f}", "hours") == minutes


TO_MEMBERS = (
    "N,Name,Email,Phone,Alternative Phone,Created,Last login,Locale,Balance,Identity Document\n"
    f"12,林立春,a@example.cn,13911112222,,2024-03-01 10:00:00 UTC,,es,5400,{id_number()}\n"
    "13,黄谷雨,,,,2024-03-01 10:00:00 UTC,,es,-3600,\n"
).encode()
TO_COMPLETE = (
    "Date,from,from ID,to,to ID,post,post ID,Comments,quantity\n"
    "2025-01-01 10:00:00 UTC,林立春 (12),12,黄谷雨 (13),13,Ajuda,7,,0.5\n"
    "2025-01-02 10:00:00 UTC,Banc del temps,0,林立春 (12),12,,,,2.0\n"
    "2025-01-03 10:00:00 UTC,黄谷雨 (13),13,deleted_user,deleted_user,,,,1.5\n"
).encode()
TO_SHORT = (
    "Date,From,To,Post,Quantity\n"
    "2025-01-01 10:00:00 UTC,林立春 (12),黄谷雨 (13),Ajuda,0:30\n"
    "2025-01-02 10:00:00 UTC,Banc del temps,林立春 (12),,2:00\n"
    "2025-01-03 10:00:00 UTC,黄谷雨 (13),Deleted user,,1:30\n"
).encode()


def test_the_export_of_timeoverflow_is_read_and_adds_up() -> None:
    known = layout(TIMEOVERFLOW)
    first, second = read(TO_MEMBERS, default_mapping(known, MEMBERS, headings_of(TO_MEMBERS)))
    assert (first.key, first.name, first.claimed_minutes) == ("12", "林立春", 90)
    assert (second.claimed_minutes, second.id_number) == (-60, "")
    for content in (TO_COMPLETE, TO_SHORT):
        columns = default_mapping(known, TRANSFERS, headings_of(content))
        assert totals(content, columns, TIMEOVERFLOW) == {"12": 90, "13": -60}


def test_a_bad_transfer_is_named() -> None:
    columns = default_mapping(layout(TIMEOVERFLOW), TRANSFERS, headings_of(TO_SHORT))
    with pytest.raises(errors.RowsBad) as told:
        totals(TO_SHORT + b"2025-01-03,A (1),B (2),,much\n", columns, TIMEOVERFLOW)
    assert [line for line, _ in told.value.lines] == [4]


def test_a_mapping_is_checked() -> None:
    heads = ["Nr", "Wer", "Ausweis", "Stunden", "Geschlecht"]
    given = {
        "columns": {
            "Nr": "old_key",
            "Wer": "name",
            "Ausweis": "id_number",
            "Stunden": "earned",
            "Geschlecht": "sex",
        },
        "unit": "hours",
        "words": {"sex": {"Frau": "female"}},
    }
    columns = mapping_from(MEMBERS, given, heads)
    content = csv_of(heads, ["1", "林立春", id_number(), "1.5", "Frau"])
    (person,) = read(content, columns)
    assert (person.claimed_minutes, person.sex, person.wrong) == (90, Sex.FEMALE, None)
    assert mapping_from(MEMBERS, columns.kept(), heads) == columns
    for wrong in (
        {**given, "unit": "days"},
        {**given, "columns": {"Nr": "old_key", "Wer": "old_key"}},
        {**given, "columns": {"Nr": "nothing"}},
        {**given, "words": {"sex": {"Frau": "tree"}}},
        {**given, "words": {"colour": {}}},
    ):
        with pytest.raises(errors.MappingWrong):
            mapping_from(MEMBERS, wrong, heads)
    with pytest.raises(errors.ColumnMissing):
        mapping_from(MEMBERS, given, heads[:2])
    with pytest.raises(errors.FieldMissing):
        require_fields(mapping_from(MEMBERS, {**given, "columns": {"Nr": "old_key"}}, heads))
    with pytest.raises(errors.LayoutUnknown):
        layout("paper")
