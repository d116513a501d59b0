"""How commands are called: help, wrong use, exit codes."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from netflix_pipeline.cli.commands import app
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.command import Command, event, write

HEAVY = {"polars", "duckdb", "dagster", "pandera", "pyarrow", "pydantic", "rich", "numpy"}


def commands(group: typer.Typer, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for one in group.registered_commands:
        assert one.callback is not None
        yield (*before, one.name or one.callback.__name__.replace("_", "-"))
    for inner in group.registered_groups:
        assert inner.name is not None
        assert inner.typer_instance is not None
        yield from commands(inner.typer_instance, (*before, inner.name))


COMMANDS = list(commands(app))


def test_the_commands_are_those_that_are_documented() -> None:
    assert {" ".join(words) for words in COMMANDS} == {
        "generate",
        "ingest",
        "drain",
        "materialize",
        "publish",
        "learn",
        "forecast backtest",
        "status",
        "doctor",
        "export",
        "forget",
        "trace",
        "replay",
        "serve",
        "demo",
        "anomalies evaluate",
        "annotate add",
        "annotate list",
        "annotate remove",
        "passwords set",
        "passwords list",
        "passwords remove",
        "passwords off",
        "keys create",
        "keys list",
        "keys revoke",
        "keys audit",
        "scaling advise",
        "scaling report",
        "alerts list",
        "alerts silence",
        "alerts unsilence",
        "alerts test",
        "alerts rules",
        "alerts prometheus",
        "alerts grafana",
        "alerts alertmanager",
        "quarantine list",
        "quarantine show",
        "quarantine export",
        "quarantine replay",
        "backup make",
        "backup list",
        "backup verify",
        "backup prune",
        "restore",
        "purge",
        "lake files",
        "recommend evaluate",
        "lake copy",
        "leaving evaluate",
        "state copy",
    }


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_says_what_a_command_reads_and_writes(
    command: Command, words: tuple[str, ...]
) -> None:
    told = command.ok(*words, "--help").out
    assert "Reads:" in told
    assert "Writes:" in told
    assert not command.home.exists()


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_shows_an_example_of_what_needs_arguments(
    command: Command, words: tuple[str, ...]
) -> None:
    told = command.ok(*words, "--help").out
    shown = re.search(r"Example: (netflix-pipeline .+?)\n\n", told, re.DOTALL)
    assert shown or "[required]" not in told
    if shown:
        _, *given = shlex.split(shown[1].replace("\n", " "))
        assert given[: len(words)] == list(words)
        options = re.findall(r"^  (--[a-z-]+)", told.split("Options:")[1], re.MULTILINE)
        assert {each for each in given if each.startswith("--")} <= set(options)


def test_the_list_of_commands_cuts_no_sentence_off(command: Command) -> None:
    for group in ((), ("lake",), ("alerts",)):
        told = command.ok(*group, "--help").out
        assert "..." not in told.split("Commands:")[1], group


def test_help_needs_no_heavy_library() -> None:
    code = (
        "import sys\nfrom netflix_pipeline.cli import main\nsys.argv = ['x', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    print('\\n'.join(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Commands:" in ran.stdout
    assert not HEAVY & set(ran.stdout.splitlines())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("fly", "No such command 'fly'"),
        ("ingest", "Missing argument"),
        ("status --colour", "No such option: --colour"),
        ("materialize --from yesterday", "'yesterday' is not a day such as 2026-01-31"),
        ("materialize --from 2026-02-01 --to 2026-01-01", "lies after"),
        ("materialize --all --from 2026-02-01", "leave out"),
        ("generate out --events -1", "--events"),
        ("generate out --format xml", "xml"),
        ("serve web", "'web' is not one of 'api', 'dashboard'"),
        ("serve --port 8001", "--port goes with one service"),
        ("serve api dashboard --port 8001", "--port goes with one service"),
        ("quarantine export rows.xlsx", "expected a name that ends with"),
    ],
)
def test_wrong_use_is_told_and_ends_with_2(command: Command, arguments: str, told: str) -> None:
    ran = command(*arguments.split())
    assert ran.code == 2
    assert told in ran.err
    assert not ran.out
    assert not command.home.exists()


def test_a_setting_that_cannot_be_is_told(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETFLIX_API_PORT", "eight thousand")
    ran = command("status")
    assert ran.code == 2
    assert "NETFLIX_API_PORT=eight thousand" in ran.err


@pytest.mark.parametrize("name", ["who?", "a%20b", "a\\b", "day=1"])
def test_a_home_in_which_no_run_could_end_is_refused_at_once(tmp_path: Path, name: str) -> None:
    home = tmp_path / name / "home"
    ran = Command(home)("ingest", write(tmp_path / "a.csv", [event("e1")]))
    assert ran.code == 2
    assert f"NETFLIX_HOME={home}: no table can be kept below a folder with" in ran.err
    assert not home.exists()


def test_a_home_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    home = tmp_path / os.fsdecode(b"caf\xe9")
    ran = Command(home)("status")
    assert ran.code == 2
    assert "caf\\udce9: no table can be kept below a folder whose name is no UTF-8" in ran.err
    assert not home.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("ingest", ""),
        ("ingest", "a.csv", "--mapping", ""),
        ("replay", ""),
        ("demo", "--data", ""),
        ("generate", ""),
        ("quarantine", "export", ""),
    ],
    ids=" ".join,
)
def test_an_empty_path_is_not_the_folder_one_is_in(
    command: Command, arguments: tuple[str, ...]
) -> None:
    ran = command(*arguments)
    assert ran.code == 2
    assert "a path is empty" in ran.err
    assert not command.home.exists()


def test_an_empty_setting_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NETFLIX_HOME", "NETFLIX_API_PORT"):
        monkeypatch.setenv(name, "")
    assert Settings().home == Path(".netflix")
    assert Settings().api_port == Settings.model_fields["api_port"].default


def test_an_empty_home_has_a_status(command: Command) -> None:
    assert "nothing is published yet" in command.ok("status").out
    told = command.ok("status", "--json").json
    assert told["snapshot"] is None
    assert told["tables"] == {}
    assert told["pending_days"] == []
    assert not command.home.exists()


def test_a_pipe_that_is_closed_early_is_no_failure_to_tell(command: Command) -> None:
    process = command.start("--help")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    process.wait(60)
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()


@pytest.mark.parametrize("words", [("status",), ("ingest", "."), ("materialize",)])
def test_ctrl_c_says_one_line(command: Command, words: tuple[str, ...]) -> None:
    """Wherever it comes, also while modules are still being imported."""
    codes = set()
    for delay in (0.02, 0.1, 0.3, 0.6):
        code = (
            "import os, signal, threading\n"
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "from netflix_pipeline.cli import main\n"
            f"timer = threading.Timer({delay}, os.kill, (os.getpid(), signal.SIGINT))\n"
            "timer.daemon = True\n"
            "timer.start()\n"
            "main()\n"
        )
        ran = subprocess.run(
            [sys.executable, "-c", code, *words],
            env={**os.environ, "NETFLIX_HOME": str(command.home)},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        # What comes within a callback of the import system, Python itself tells and drops.
        if "Exception ignored in" in ran.stderr:
            continue
        codes.add(ran.returncode)
        assert "Traceback" not in ran.stderr
        if ran.returncode == 130:
            assert ran.stderr.splitlines()[-1].startswith("interrupted: ")
    assert 130 in codes
