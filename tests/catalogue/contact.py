"""One page with every picture of the catalogue: ``python -m tests.catalogue.contact``."""

from __future__ import annotations

from collections import defaultdict
from html import escape
from pathlib import Path

from tests.catalogue.walk import PICTURES

HEAD = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Catalogue</title><style>
body { font: 14px sans-serif; margin: 1rem; background: #ddd; }
main { display: flex; flex-wrap: wrap; gap: 1rem; align-items: start; }
figure { margin: 0; padding: .5rem; background: #fff; }
img { display: block; width: 15rem; height: 22rem; object-fit: cover; object-position: top; }
img.wide { width: 30rem; }
</style>"""


def contact_sheet(folder: Path) -> str:
    """Every picture by look and page; each leads to its whole."""
    by_look = defaultdict(list)
    for path in sorted(folder.glob("*/*.jpg")):
        by_look[path.parent.name].append(path)
    parts = [HEAD, "<h1>Catalogue</h1>"]
    for look, paths in by_look.items():
        parts.append(f"<h2>{escape(look)}</h2><main>")
        for path in paths:
            link = escape(f"{look}/{path.name}")
            kind = ' class="wide"' if path.stem.endswith("1280") else ""
            parts.append(
                f'<figure><a href="{link}"><img{kind} loading="lazy" alt="" src="{link}"></a>'
                f"<figcaption>{escape(path.stem)}</figcaption></figure>"
            )
        parts.append("</main>")
    return "\n".join(parts)


if __name__ == "__main__":
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / "index.html").write_text(contact_sheet(PICTURES), encoding="utf-8")
