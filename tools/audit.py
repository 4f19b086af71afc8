"""Hold the pinned packages to the advisories that are known here, and ask a live service.

``python tools/audit.py`` prints what a pin falls under and ends with 1 if there is anything.
With ``ADVISORY_SERVICE`` set to the address of a service that answers OSV's ``querybatch``, that
service is asked too: for new ids, which are printed. It may be away; then only the list counts.
"""

from __future__ import annotations

import json
import os
import re
import sys
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "requirements"
PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)==([^\s;]+)", re.MULTILINE)
#: Seconds that a live service may take.
PATIENCE = 10


def pins(text: str) -> set[tuple[str, str]]:
    """Package and version of every line of a lock file."""
    return set(PIN.findall(text))


def release(version: str) -> tuple[int, ...]:
    """The numbers of a version: 3.1.3.post1 counts as 3.1.3; zeros at the end say nothing."""
    found = re.match(r"\d+(\.\d+)*", version)
    numbers = [int(each) for each in found[0].split(".")] if found else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def is_affected(version: str, advisory: dict[str, Any]) -> bool:
    """Whether a version lies in one of the advisory's ranges."""
    return any(
        release(each["introduced"]) <= release(version) < release(each["fixed"])
        for each in advisory["affected"]
    )


def known() -> list[dict[str, Any]]:
    """The list that is kept by hand."""
    text = (FOLDER / "advisories.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["advisories"]
    return found


def breaches(
    pinned: set[tuple[str, str]], advisories: list[dict[str, Any]]
) -> list[tuple[str, str, str]]:
    """Package, version and id of every pin that an advisory is about."""
    return sorted(
        (package, version, each["id"])
        for package, version in pinned
        for each in advisories
        if each["package"] == package and is_affected(version, each)
    )


def told(service: str, pinned: set[tuple[str, str]]) -> dict[tuple[str, str], list[str]]:
    """What a live service says of each pin; OSError or ValueError when it says nothing."""
    asked = sorted(pinned)
    queries = [
        {"package": {"name": package, "ecosystem": "PyPI"}, "version": version}
        for package, version in asked
    ]
    if not service.startswith("https://"):
        raise ValueError("the service's address must begin with https://")
    request = urllib.request.Request(  # noqa: S310 - https, as just checked
        service,
        data=json.dumps({"queries": queries}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
        results = json.load(answer)["results"]
    return {
        pin: [each["id"] for each in result.get("vulns", ())]
        for pin, result in zip(asked, results, strict=True)
    }


def say(line: str) -> None:
    """One line for whoever started it."""
    sys.stdout.write(f"{line}\n")


def main() -> int:
    """Say what is wrong; the number of the exit says whether anything is."""
    texts = [(FOLDER / f"{name}.txt").read_text(encoding="utf-8") for name in ("runtime", "dev")]
    pinned = set[tuple[str, str]]().union(*map(pins, texts))
    found = breaches(pinned, known())
    service = os.environ.get("ADVISORY_SERVICE", "")
    if service:
        try:
            for (package, version), ids in told(service, pinned).items():
                found += [(package, version, each) for each in ids]
        except (OSError, ValueError, KeyError) as error:
            say(f"The service says nothing ({error}); only the list here was asked.")
    for package, version, advisory in sorted(set(found)):
        say(f"{package} {version} falls under {advisory}")
    if not found:
        say(f"{len(pinned)} pinned packages, {len(known())} advisories: nothing falls under one.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
