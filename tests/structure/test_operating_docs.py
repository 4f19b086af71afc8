"""What operators read is true: each setting, each command, each unit, the image."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from flask import Flask

from tests.structure.tree import ROOT, none_of
from tests.unit.test_settings import GIVEN_KEYS
from timebank import cli
from timebank.settings import SettingsError, load_settings

DOCS = ROOT / "docs"
DEPLOY = ROOT / "deploy"
PAGES = [DOCS / f"{name}.md" for name in ("operating", "runbook", "backup", "postgresql")]
#: Where names of settings stand in the code.
READERS = ("settings.py", "keys.py", "notices/addresses.py")
ROW = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)
COMMAND = re.compile(r"(?:flask --app app|(?<![\w/])flask) ((?:[a-z][a-z-]*|--?\w|[A-Z<])[^`\n]*)")


def rows() -> dict[str, list[str]]:
    """The table of docs/settings.md by name: what it is, default, example, when wrong."""
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if ROW.match(line)]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    assert all(len(each) == 5 for each in cells), [each for each in cells if len(each) != 5]
    return {each[0].strip(" |`"): each[1:] for each in cells}


def read_by_the_code() -> set[str]:
    text = "".join((ROOT / "timebank" / name).read_text(encoding="utf-8") for name in READERS)
    return set(re.findall(r'"(TIMEBANK_[A-Z_]+|PORT)"', text))


def test_every_setting_is_described_and_no_other() -> None:
    assert set(rows()) == read_by_the_code()


def test_nothing_else_reads_the_environment() -> None:
    allowed = {"timebank/__init__.py", "timebank/cli/batches.py"}
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "timebank").rglob("*.py")
        if re.search(r"os\.environ|getenv|envvar=", path.read_text(encoding="utf-8"))
    }
    none_of(f"{each} reads the environment" for each in found - allowed - _benches())


def _benches() -> set[str]:
    """Measuring starts other programs, which need an environment."""
    bench = (ROOT / "timebank" / "bench").rglob("*.py")
    return {path.relative_to(ROOT).as_posix() for path in bench}


def test_the_defaults_are_those_of_the_code(tmp_path: Path) -> None:
    settings, said = load_settings({}, tmp_path), {name: row[1] for name, row in rows().items()}
    for name, value in {
        "TIMEBANK_ENV": settings.env,
        "TIMEBANK_NAME": settings.product_name,
        "TIMEBANK_NAME_EN": settings.product_name_en,
        "TIMEBANK_HOTLINE": settings.hotline,
        "PORT": settings.port,
        "TIMEBANK_HOST": settings.host,
        "TIMEBANK_METRICS_PORT": settings.metrics_port,
        "TIMEBANK_TRUSTED_PROXIES": settings.trusted_proxies,
        "TIMEBANK_SESSION_HOURS": settings.session_lifetime.total_seconds() // 3600,
        "TIMEBANK_LOG_LEVEL": settings.log_level,
        "TIMEBANK_INSTANCE": settings.instance.name,
    }.items():
        shown = str(int(value)) if isinstance(value, float) else str(value)
        assert f"`{shown}`" in said[name], name


WRONG = {
    "TIMEBANK_ENV": "live",
    "TIMEBANK_INSTANCE": "/proc/none",
    "TIMEBANK_DATABASE_URL": "mysql://x",
    "TIMEBANK_OWNER_DATABASE_URL": "postgresql://a@b/c",
    "TIMEBANK_SECRET_KEY": "short",
    "TIMEBANK_DATA_KEY": "xyz",
    "TIMEBANK_DATA_KEYS_OLD": "xyz",
    "TIMEBANK_INDEX_KEY": "xyz",
    "TIMEBANK_NAME": "时间银行",
    "TIMEBANK_NAME_EN": "x" * 41,
    "TIMEBANK_HOTLINE": "call us",
    "TIMEBANK_SMTP_URL": "http://x",
    "TIMEBANK_MAIL_FROM": "nobody",
    "TIMEBANK_NOTICE_URLS": "fax=x",
    "PORT": "0",
    "TIMEBANK_HOST": "example.org",
    "TIMEBANK_HOSTS": "http://x/",
    "TIMEBANK_METRICS_PORT": "x",
    "TIMEBANK_TRUSTED_PROXIES": "-1",
    "TIMEBANK_SESSION_HOURS": "0",
    "TIMEBANK_LOG_LEVEL": "LOUD",
}


@pytest.mark.parametrize("name", sorted(read_by_the_code()))
def test_a_wrong_value_is_refused_as_the_page_says(name: str, tmp_path: Path) -> None:
    assert "refused" in rows()[name][3]
    environ = GIVEN_KEYS | {name: WRONG[name]}
    if name == "TIMEBANK_MAIL_FROM":
        environ["TIMEBANK_SMTP_URL"] = "smtp://mail.example.cn"
    with pytest.raises(SettingsError):
        load_settings(environ, tmp_path)


@pytest.fixture(scope="module")
def commands() -> click.Group:
    app = Flask("docs")
    cli.init_app(app)
    return app.cli


def quoted() -> list[tuple[str, str]]:
    """Every command that a page or a unit tells somebody to run."""
    found = []
    for path in [*PAGES, *sorted(DEPLOY.iterdir())]:
        text = path.read_text(encoding="utf-8")
        inside = text if path.parent == DEPLOY else "\n".join(re.findall(r"`+([^`]+)`+", text))
        found += [(path.name, match[1].strip()) for match in COMMAND.finditer(inside)]
    return found


def test_the_commands_of_the_pages_are_found() -> None:
    said = {words for _page, words in quoted()}
    assert {"ledger verify", "keys rotate", "jobs status", "backup check FOLDER"} <= said
    assert len(said) > 30


def test_every_command_that_is_told_exists(commands: click.Group) -> None:
    none_of(
        f"{page}: {words}: {fault}" for page, words in quoted() if (fault := wrong(commands, words))
    )


def wrong(group: click.Group, words: str) -> str:
    """What is wrong with a command line; '' when it could be run."""
    parts = shlex.split(words.rstrip(",.;: …\\").replace("…", "X"), comments=True)
    here: click.Command = group
    while parts and isinstance(here, click.Group):
        name = parts.pop(0)
        found = here.commands.get(name)
        if found is None:
            return f"there is no {name}"
        here = found
    if isinstance(here, click.Group):
        return ""
    known = {option for each in here.params for option in each.opts}
    unknown = [each for each in parts if each.startswith("--") and each not in known]
    if unknown:
        return f"no option {unknown}"
    taken = [each for each in parts if not each.startswith("-")]
    arguments = [each for each in here.params if isinstance(each, click.Argument)]
    options = sum(each.startswith("--") for each in parts)
    return "too many words" if len(taken) > len(arguments) + options else ""


@pytest.mark.parametrize("words", ["ledger mend", "ledger verify --deep", "db check now"])
def test_a_command_that_does_not_exist_is_found(commands: click.Group, words: str) -> None:
    assert wrong(commands, words)


PARTS = ("**You see**", "**First", "**Decide**", "**Over when**")


def test_every_part_of_the_runbook_is_whole() -> None:
    text = (DOCS / "runbook.md").read_text(encoding="utf-8")
    parts = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert len(parts) >= 11
    none_of(
        f"{part.splitlines()[0]}: {words} is missing"
        for part in parts
        for words in PARTS
        if words not in part
    )


def units() -> list[Path]:
    return sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])


def unit(path: Path) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    section = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
            found[section] = {}
        elif "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found[section].setdefault(name, []).append(value)
    return found


HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "CapabilityBoundingSet": "",
    "UMask": "0077",
    "User": "timebank",
    "EnvironmentFile": "/etc/timebank/timebank.env",
}


@pytest.mark.parametrize("path", units(), ids=lambda path: path.name)
def test_a_unit_can_be_read_and_is_hardened(path: Path, tmp_path: Path) -> None:
    found = unit(path)
    if path.suffix == ".service":
        service = {name: values[-1] for name, values in found["Service"].items()}
        assert {name: service.get(name) for name in HARDENED} == HARDENED
    program = shutil.which("systemd-analyze")
    if program is None:
        return  # its sections were read above; whoever installs it will hear the rest
    for each in units():
        text = each.read_text(encoding="utf-8")
        # The program and the user of the real machine are not here.
        text = text.replace("/opt/timebank/.venv/bin/python", "/bin/true")
        text = re.sub(r"^(User|Group)=.*$", r"\1=root", text, flags=re.MULTILINE)
        (tmp_path / each.name).write_text(text)
    said = subprocess.run(
        [program, "verify", str(tmp_path / path.name)], capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stderr) == (0, "")


def test_the_patience_of_the_units_is_longer_than_the_products() -> None:
    from timebank.serve import DRAIN_SECONDS, PATIENCE

    for name in ("timebank.service", "timebank-jobs.service"):
        patience = int(unit(DEPLOY / name)["Service"]["TimeoutStopSec"][0])
        assert patience > DRAIN_SECONDS + PATIENCE


def test_no_secret_and_no_unknown_setting_is_in_the_example() -> None:
    text = (DEPLOY / "timebank.env.example").read_text(encoding="utf-8")
    given = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert set(given) <= read_by_the_code()
    assert [given[name] for name in GIVEN_KEYS] == ["", "", ""]


def test_the_proxy_says_what_the_product_believes() -> None:
    text = (DEPLOY / "nginx.conf.example").read_text(encoding="utf-8")
    for words in (
        "X-Request-ID $request_id",
        "X-Forwarded-For $remote_addr",
        "Strict-Transport-Security",
        "client_max_body_size 50m",
        "limit_req ",
        "TLSv1.2 TLSv1.3",
    ):
        assert words in text
    assert text.count("{") == text.count("}")
    assert "$request_uri" not in re.findall(r"log_format.*", text)[0]


def instructions() -> list[tuple[str, str]]:
    """The image's steps: the word and the rest, lines joined."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def test_the_image_is_built_from_pinned_packages_and_runs_as_nobody_special() -> None:
    steps = instructions()
    known = "FROM WORKDIR COPY RUN ENV USER VOLUME EXPOSE STOPSIGNAL HEALTHCHECK CMD".split()
    assert [word for word, _rest in steps if word not in known] == []
    stages = [number for number, (word, _rest) in enumerate(steps) if word == "FROM"]
    assert len(stages) == 2
    said = dict(steps[stages[1] :])
    assert said["USER"] == "10001:10001"
    assert "/health/ready" in said["HEALTHCHECK"]
    assert said["CMD"] == '[".venv/bin/python", "-m", "flask", "--app", "app", "serve"]'
    assert any("--require-hashes" in rest for word, rest in steps if word == "RUN")
    environ = dict(
        part.split("=") for word, rest in steps if word == "ENV" for part in rest.split()
    )
    assert {name for name in environ if name.startswith("TIMEBANK_")} <= read_by_the_code()
    assert not {*GIVEN_KEYS} & environ.keys()


#: What the health check does, against the application itself.
LOOK = """
from app import app
from timebank.cli.db import upgrade_database

upgrade_database(app.extensions["timebank"].settings.database_url)
browser = app.test_client()
for path in ("/health/ready", "/", "/static/css/tokens.css"):
    answer = browser.get(path, base_url="https://localhost")
    assert answer.status_code == 200, (path, answer.status_code, answer.get_data(as_text=True))
print("well")
"""


def test_what_the_image_holds_is_all_that_the_product_needs(tmp_path: Path) -> None:
    """Its files in a clean folder, migrated, and asked what its health check asks."""
    image, state = tmp_path / "image", tmp_path / "state"
    image.mkdir()
    for word, rest in instructions():
        parts = rest.split()
        if word != "COPY" or rest.startswith("--from") or "requirements" in rest:
            continue
        for source in parts[:-1]:
            target = image / parts[-1] if len(parts) == 2 else image / source
            copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
            copy(ROOT / source, target)
    environ = GIVEN_KEYS | {
        "PATH": os.environ["PATH"],
        "TIMEBANK_ENV": "production",
        "TIMEBANK_INSTANCE": str(state),
    }
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=image,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "well\n"
    # Warnings of a start that went well would wake somebody every time.
    assert "Traceback" not in done.stderr


def test_the_ignore_file_lets_through_what_is_copied() -> None:
    lines = (ROOT / ".containerignore").read_text(encoding="utf-8").split()
    copied = {
        source
        for word, rest in instructions()
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    }
    assert {f"!{source}" for source in copied} <= set(lines)
    assert lines[0] == "*"
