"""What did not run: said in the closing summary, and a failure where every test is required.

``TIMEBANK_TESTS_REQUIRE=browser,hledger,postgresql`` turns a skipped test of these kinds into a
failure; so does a run in which no test of a required kind was found.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator

import pytest

KINDS = {
    "browser": "browser tests",
    "hledger": "hledger tests",
    "postgresql": "PostgreSQL tests",
}


def required() -> set[str]:
    """The kinds of tests that must run here."""
    names = {name.strip() for name in os.environ.get("TIMEBANK_TESTS_REQUIRE", "").split(",")}
    unknown = names - set(KINDS) - {""}
    if unknown:
        raise pytest.UsageError(f"TIMEBANK_TESTS_REQUIRE knows {', '.join(KINDS)}, not {unknown}")
    return names & set(KINDS)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a misspelt kind at once."""
    required()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make a skipped test of a required kind fail."""
    report = yield
    kinds = [kind for kind in required() if item.get_closest_marker(kind)]
    if kinds and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"must run here, but did not: {_reason(report)}"
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Make a whole run fail that holds no test of a required kind."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or session.config.option.collectonly:
        return
    if any(not _reports(reporter, kind) for kind in required()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name every kind of test that did not run, with its reasons."""
    for kind, words in KINDS.items():
        skipped = Counter(
            _reason(report)
            for report in terminalreporter.stats.get("skipped", [])
            if kind in report.keywords
        )
        for reason, number in skipped.items():
            line = f"{words} DID NOT RUN: {reason} ({number} of them)"
            terminalreporter.write_line(line, yellow=True, bold=True)
        if kind in required() and not _reports(terminalreporter, kind):
            line = f"{words} DID NOT RUN: none was found, and they are required here"
            terminalreporter.write_line(line, red=True, bold=True)


def _reports(reporter: pytest.TerminalReporter, kind: str) -> int:
    return sum(
        kind in report.keywords
        for outcome in ("passed", "failed", "error", "skipped")
        for report in reporter.stats.get(outcome, [])
        if hasattr(report, "keywords")
    )


def _reason(report: pytest.TestReport) -> str:
    where = report.longrepr
    text = where[2] if isinstance(where, tuple) else str(where)
    return text.removeprefix("Skipped: ")
