"""QR codes as images of their own, that survive a crease in the paper."""

from __future__ import annotations

import segno
from markupsafe import Markup


def qr_svg(text: str) -> Markup:
    """The code of an address of ours; segno writes nothing but figures into the picture."""
    code = segno.make(text, error="m", micro=False)
    return Markup(code.svg_inline(border=2, omitsize=True))  # noqa: S704
