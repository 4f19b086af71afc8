"""Evidence files in forms and answers: what somebody sent, and what is shown of it.

What is sent back was found to be a photograph or a PDF by its bytes; all the same nothing of it
may run, and nothing of it is kept by a browser.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import Response
from werkzeug.datastructures import FileStorage

from services.evidence import FileView, Upload

_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}
#: What the bytes may do where they are shown: nothing.
_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


def uploads_of(files: Iterable[FileStorage | str] | None) -> list[Upload]:
    """The files of a form's field, the empty ones left out."""
    return [
        Upload(each.filename or "", each.read())
        for each in files or ()
        if isinstance(each, FileStorage) and each.filename
    ]


def file_answer(view: FileView) -> Response:
    """The bytes as they came: photographs are shown, a PDF is saved; neither runs anything."""
    line = view.line
    answer = Response(view.content, mimetype=line.media_type)
    ending = _ENDINGS[line.media_type]
    how = "attachment" if ending == "pdf" else "inline"
    # The sender's own name of the file may hold a person's; the digest names it well enough.
    name = f"evidence-{line.content_hash[:16]}.{ending}"
    answer.headers["Content-Disposition"] = f'{how}; filename="{name}"'
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "no-store"
    return answer
