"""What people send as evidence: told by its bytes, bounded, never unpacked, never in a folder."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib

import pytest

from services import evidence
from services.evidence import EvidenceTooLarge, NotEvidence, TooMuchEvidence, Upload
from services.imports.workbook import WorkbookError, rows_of
from tests.security.people import World
from tests.structure.tree import ROOT
from timebank.security import FILES_BYTES

JPEG, PNG, PDF = b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7"
NOT_TAKEN = {
    "x.jpg": b"<script>alert(1)</script>",
    "x.png": b"GIF89a" + JPEG,
    "x.pdf": b"\xef\xbb\xbf%PDF-1.7",
    "x.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "x.html.jpg": b"<!doctype html><p>",
    "x.exe": b"MZ\x90\x00",
    "x.zip": b"PK\x03\x04" + JPEG,
    "x.jpg.php": b"<?php system($_GET[0]);" + JPEG,
    "": b"",
    "heic": b"\x00\x00\x00\x18ftypheic",
}


@pytest.mark.parametrize("name", NOT_TAKEN)
def test_only_pictures_and_papers_are_taken(name: str) -> None:
    with pytest.raises(NotEvidence):
        evidence.check([Upload(name, NOT_TAKEN[name])])
    evidence.check([Upload("any.thing", JPEG), Upload("a", PNG), Upload("b", PDF)])


def test_what_is_too_large_is_refused(world: World) -> None:
    with pytest.raises(EvidenceTooLarge):
        evidence.check([Upload("x.jpg", JPEG + bytes(evidence.MOST_BYTES))])
    with pytest.raises(TooMuchEvidence):
        evidence.check([Upload("x.jpg", JPEG)] * (evidence.MOST_FILES + 1))
    browser = world.browser(world.person("王秀英"))
    limit = world.app.config["MAX_CONTENT_LENGTH"]
    assert limit <= 2 * 1024 * 1024 < FILES_BYTES < 64 * 1024 * 1024
    answer = browser.post("/me/contact", data={"phone": "1" * (limit + 1)})
    assert answer.status_code == 413


def test_a_name_leads_nowhere() -> None:
    """A name is kept sealed, for those who read the file; the answer's name is made of digits."""
    from timebank.web import evidence as answers

    text = (ROOT / "timebank" / "web" / "evidence.py").read_text(encoding="utf-8")
    assert "content_hash" in text
    assert "filename=" in text
    assert "view.line.name" not in text
    assert "sandbox" in answers._POLICY
    assert "default-src 'none'" in answers._POLICY


def test_a_bomb_of_a_picture_is_not_unpacked() -> None:
    """60,000 by 60,000 dots in a few bytes: taken as bytes, for nothing here draws it."""
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    bomb = PNG + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    evidence.check([Upload("bomb.png", bomb)])
    for folder in ("timebank", "services"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not re.search(r"^(from|import) PIL", path.read_text("utf-8"), re.MULTILINE), path


def test_nothing_is_written_to_a_folder() -> None:
    """Of what visitors send nothing gets a path: no view opens a file to write, or sends one."""
    wrong = re.compile(
        r"send_file|send_from_directory|secure_filename|FileStorage.*\.save\("
        r"|\bopen\([^)]*[\"'][wax]b?[\"']|write_(text|bytes)\("
    )
    for folder in ("timebank/web", "timebank/api"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not wrong.search(path.read_text(encoding="utf-8")), path


PLAIN = {
    "BOOK": b'<workbook xmlns="n" xmlns:r="r"><sheet name="s" r:id="a"/></workbook>',
    "RELS": b'<R xmlns="n"><Relationship Id="a" Target="worksheets/s.xml"/></R>',
    "SHEET": b'<worksheet xmlns="n"><sheetData/></worksheet>',
}
PLACES = {
    "BOOK": "xl/workbook.xml",
    "RELS": "xl/_rels/workbook.xml.rels",
    "SHEET": "xl/worksheets/s.xml",
}


def workbook(**parts: bytes) -> bytes:
    """An archive that looks like a workbook; each part can be another."""
    xml = {PLACES[name]: text for name, text in {**PLAIN, **parts}.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in xml.items():
            archive.writestr(name, text)
    return out.getvalue()


ENTITY = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>'
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'


@pytest.mark.parametrize(
    "content",
    [
        workbook(SHEET=ENTITY),
        workbook(SHEET=LAUGHS),
        workbook(SHEET=bytes(8 * 1024 * 1024)),
        workbook(SHEET=b"<worksheet>"),
        b"PK\x03\x04 no archive",
        JPEG,
        b"",
    ],
    ids=["entity", "laughs", "bomb", "open", "broken", "picture", "empty"],
)
def test_no_bomb_or_entity_in_a_workbook(content: bytes) -> None:
    with pytest.raises(WorkbookError):
        list(rows_of(content))


def test_a_part_of_a_workbook_leads_nowhere() -> None:
    """A sheet's address is a name within the archive; what is not in it is not there."""
    far = b'<R xmlns="n"><Relationship Id="a" Target="../../../../etc/passwd"/></R>'
    with pytest.raises(WorkbookError):
        list(rows_of(workbook(RELS=far)))
    assert list(rows_of(workbook())) == []
