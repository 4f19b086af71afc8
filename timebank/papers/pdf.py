"""A paper as a PDF: A4, Chinese by the font that every reader of PDF brings along.

The same sheet gives the same bytes: no moment of printing, no drawn numbers, nothing packed.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from html import escape

import segno
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from timebank.papers.sheet import Sheet

#: What printers set where they have no type for a character.
LACKING = "〓"
CHINESE, LATIN, LATIN_BOLD = "STSong-Light", "Helvetica", "Helvetica-Bold"
INK, SOFT, LINE = HexColor(0x0B0C0C), HexColor(0x383F43), HexColor(0x8A9096)
MARGIN = 22 * mm
#: A page's frame keeps six points free on either side.
WIDTH = A4[0] - 2 * MARGIN - 12
#: Characters of a code that somebody types.
LONGEST_TYPED = 20
#: What the Latin font can write; everything else is the Chinese font's.
_LATIN_RUN = re.compile(r"[\x20-\x7e\xa0-\xff\u2013\u2014\u2018-\u201d]+")

pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the words: who issues it, where it is checked, and how that is said."""

    head: str
    foot: str
    check_address: str
    check_words: tuple[str, ...]
    #: Said where a name has a character that the font lacks.
    lacking_words: str
    english: bool


def _is_known(char: str, english: bool) -> bool:
    """Whether a font of this language's sheet can write a character."""
    try:
        char.encode("gbk")
    except UnicodeEncodeError:
        return english and _LATIN_RUN.fullmatch(char) is not None
    return True


def pdf_of(sheet: Sheet, around: Around) -> bytes:
    """The paper's bytes, the same for the same words."""
    out = io.BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=26 * mm,
        bottomMargin=24 * mm,
        title=sheet.title,
        author=around.head,
        subject=sheet.code,
        lang="en" if around.english else "zh-CN",
        invariant=1,
        pageCompression=0,
    )

    def frame(canvas: Canvas, _document: object) -> None:
        _frame(canvas, around)

    document.build(_story(sheet, around), onFirstPage=frame, onLaterPages=frame)
    return out.getvalue()


def _frame(canvas: Canvas, around: Around) -> None:
    """The line at the head, the line at the foot, and the page's number."""
    canvas.saveState()
    canvas.setStrokeColor(INK)
    canvas.line(MARGIN, A4[1] - 20 * mm, A4[0] - MARGIN, A4[1] - 20 * mm)
    canvas.line(MARGIN, 18 * mm, A4[0] - MARGIN, 18 * mm)
    canvas.setFillColor(SOFT)
    canvas.setFont(CHINESE, 10)
    canvas.drawString(MARGIN, A4[1] - 17.5 * mm, around.head)
    canvas.drawString(MARGIN, 13 * mm, around.foot)
    canvas.drawRightString(A4[0] - MARGIN, 13 * mm, str(canvas.getPageNumber()))
    canvas.restoreState()


def _story(sheet: Sheet, around: Around) -> list[Flowable]:
    words = _Words(around.english)
    story: list[Flowable] = [words.title(sheet.title), Spacer(1, 6 * mm)]
    if sheet.withdrawn:
        story += [words.framed(sheet.withdrawn), Spacer(1, 5 * mm)]
    story += [words.body(sheet.lead), Spacer(1, 4 * mm), _facts(sheet, words)]
    if sheet.table:
        story += [Spacer(1, 5 * mm), _table(sheet, words)]
    story.append(Spacer(1, 5 * mm))
    story += [words.body(note) for note in sheet.notes]
    if words.lacking:
        story.append(words.body(around.lacking_words))
    story += [Spacer(1, 8 * mm), _check(sheet, around, words)]
    return story


class _Words:
    """Paragraphs of one language."""

    def __init__(self, english: bool) -> None:
        self.english = english
        #: Whether a character had to be left out.
        self.lacking = False

    def paragraph(
        self, text: str, size: int, *, bold: bool = False, centred: bool = False
    ) -> Paragraph:
        """A paragraph that breaks between any two Chinese characters, and between English words."""
        style = ParagraphStyle(
            f"s{size}",
            fontName=CHINESE,
            fontSize=size,
            leading=size * 8 // 5,
            textColor=INK,
            spaceAfter=size // 3,
            wordWrap=None if self.english else "CJK",
        )
        if centred:
            style.alignment = TA_CENTER
        return Paragraph(self._marked(text, LATIN_BOLD if bold else LATIN), style)

    def _marked(self, text: str, latin: str) -> str:
        """English in a font that every printer has; names keep the Chinese one."""
        text = self._writable(text)
        if not self.english:
            return escape(text)
        found, at = [], 0
        for run in _LATIN_RUN.finditer(text):
            found.append(escape(text[at : run.start()]))
            found.append(f'<font name="{latin}">{escape(run.group())}</font>')
            at = run.end()
        return "".join([*found, escape(text[at:])])

    def _writable(self, text: str) -> str:
        """The text with a printer's mark where the Chinese font has no character."""
        shown = "".join(char if _is_known(char, self.english) else LACKING for char in text)
        self.lacking = self.lacking or (shown != text)
        return shown

    def title(self, text: str) -> Paragraph:
        return self.paragraph(text, 24, bold=True, centred=True)

    def body(self, text: str) -> Paragraph:
        return self.paragraph(text, 13)

    def small(self, text: str) -> Paragraph:
        return self.paragraph(text, 10)

    def label(self, text: str) -> Paragraph:
        return self.paragraph(text, 12, bold=True)

    def framed(self, text: str) -> Table:
        return Table(
            [[self.paragraph(text, 14, bold=True, centred=True)]],
            colWidths=[WIDTH],
            style=TableStyle(
                [("BOX", (0, 0), (-1, -1), 2, INK), ("TOPPADDING", (0, 0), (-1, -1), 6)]
            ),
        )


def _facts(sheet: Sheet, words: _Words) -> Table:
    rows = [[words.label(label), words.body(value)] for label, value in sheet.facts]
    return Table(rows, colWidths=[WIDTH * 3 // 10, WIDTH - WIDTH * 3 // 10], style=_RULED)


def _table(sheet: Sheet, words: _Words) -> Table:
    rows = [[words.label(head) for head in sheet.heads]]
    rows += [[words.paragraph(cell, 12) for cell in row] for row in sheet.table]
    column = WIDTH / len(sheet.heads)
    return Table(rows, colWidths=[column] * len(sheet.heads), style=_RULED, repeatRows=1)


_RULED = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ]
)


def _check(sheet: Sheet, around: Around, words: _Words) -> Table:
    """The code to type, the code to scan, and the digest, kept together."""
    said: list[Flowable] = [words.label(around.check_words[0])]
    # A code that is typed stands large; an id that is only compared stands in one line.
    size = 18 if len(sheet.code) <= LONGEST_TYPED else 13
    said.append(words.paragraph(sheet.code, size, bold=True))
    said += [words.small(text) for text in around.check_words[1:]]
    said.append(words.small(" ".join(re.findall(".{1,16}", sheet.digest))))
    return Table(
        [[said, _Scan(around.check_address)]],
        colWidths=[WIDTH - _Scan.side, _Scan.side],
        style=TableStyle(
            [
                ("BOX", (0, 0), (-1, -1), 0.5, LINE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("RIGHTPADDING", (1, 0), (1, 0), 0),
            ]
        ),
    )


class _Scan(Flowable):  # type: ignore[misc]
    """The address of the check page as a QR code, drawn as squares."""

    side = 40 * mm

    def __init__(self, address: str) -> None:
        super().__init__()
        self.rows = [list(row) for row in segno.make(address, error="m").matrix_iter(border=3)]
        self.width = self.height = self.side

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """Its own size, whatever there is room for."""
        return self.side, self.side

    def draw(self) -> None:
        """Every dark module as a square, the first row at the top."""
        step = self.side / len(self.rows)
        self.canv.setFillColor(INK)
        for down, row in enumerate(self.rows, 1):
            for across, dark in enumerate(row):
                if dark:
                    self.canv.rect(
                        across * step, self.side - down * step, step, step, stroke=0, fill=1
                    )
