"""What is taken for evidence: photographs and PDF files, not too large, not too many."""

from __future__ import annotations

import pytest

from services.evidence import (
    MOST_BYTES,
    MOST_FILES,
    EvidenceTooLarge,
    NotEvidence,
    TooMuchEvidence,
    Upload,
    check,
)

PHOTOGRAPH = b"\xff\xd8\xff" + b"0" * 20


def test_photographs_and_pdf_files_are_taken_up_to_the_limits() -> None:
    for beginning in (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-"):
        check([Upload("证明", beginning.ljust(MOST_BYTES, b"0"))])
    check([Upload("证明", PHOTOGRAPH)] * MOST_FILES)


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(EvidenceTooLarge):
        check([Upload("大.jpg", PHOTOGRAPH.ljust(MOST_BYTES + 1, b"0"))])


def test_too_many_files_are_refused() -> None:
    with pytest.raises(TooMuchEvidence):
        check([Upload("证明", PHOTOGRAPH)] * (MOST_FILES + 1))


@pytest.mark.parametrize("content", [b"", b"MZ\x90", b"<svg onload=alert(1)>", b"GIF89a"])
def test_what_the_bytes_are_counts_not_the_name(content: bytes) -> None:
    with pytest.raises(NotEvidence):
        check([Upload("photo.jpg", content)])
