"""A paper as a file, with what stands around its words: the same for pages and for programs."""

from __future__ import annotations

from flask import Response, url_for
from flask_babel import gettext as _

from services.context import Context
from services.papers.issuing import spelled
from services.papers.reading import original, paper
from timebank.edge import perform, timebank
from timebank.i18n import LANGUAGES, is_english, speaking
from timebank.papers.pdf import Around, pdf_of
from timebank.papers.sheet import check_words, sheet_of


def check_address(code: str) -> str:
    """Where whoever holds the paper checks it: what its square code opens."""
    return url_for("public.check_code", code=spelled(code), _external=True)


def language_of(asked: str | None) -> str:
    """The language that is asked for; the reader's own without one."""
    return asked if asked in LANGUAGES else "en" if is_english() else "zh"


def pdf_answer(code: str, asked: str | None) -> Response:
    """The paper as a PDF in a language; somebody else's look is recorded."""
    found = perform(lambda ctx: paper(ctx, code))
    language = language_of(asked)
    with speaking(language):
        frame = around(
            check_address(found.line.code),
            check_words(url_for("public.check", _external=True)),
            _("〓 是这个文件里写不出来的字，请看网页上的文书。"),
            english=is_english(),
        )
        body = pdf_of(sheet_of(found), frame)
    return saved(body, "application/pdf", f"timebank-{found.line.code}-{language}.pdf")


def original_answer(code: str) -> Response:
    """The bytes that the paper's digest is over."""

    def read(ctx: Context) -> tuple[str, bytes]:
        return original(ctx, code)

    kept, body = perform(read)
    return saved(body, "application/json", f"timebank-{kept}.json")


def around(address: str, words: tuple[str, ...], lacking: str, *, english: bool) -> Around:
    """What stands around the words of any paper of this product."""
    settings = timebank().settings
    head = settings.product_name_en if english else settings.product_name
    if settings.env == "demo":
        head = f"{head} · {_('演示，不作凭证')}"
    return Around(
        head=head,
        foot=_("服务电话 %(phone)s", phone=settings.hotline) if settings.hotline else "",
        check_address=address,
        lacking_words=lacking,
        check_words=words,
        english=english,
    )


def saved(body: bytes, mimetype: str, name: str) -> Response:
    """An answer that a browser saves and does not keep."""
    answer = Response(body, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
