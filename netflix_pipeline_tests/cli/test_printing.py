"""What others wrote is shown to an operator as text, and does nothing to their terminal."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netflix_pipeline.cli.common import harmless
from netflix_pipeline_tests.support.command import Command, event, write

NAMES = [
    "a\x1b]0;owned\x07.csv",
    "b\x1b[2J\x9b31m.csv",
    "c\u202evsc.exe.csv",
    "d\nerror: all is lost.csv",
    "e\r.csv",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_files_are_spelled_out(command: Command, tmp_path: Path, name: str) -> None:
    write(tmp_path / "data" / name, [event("x", seconds="-1")])
    write(tmp_path / "data" / f"not known {name}", ["1"], header="a,b")

    told = command("ingest", tmp_path / "data")
    listed = command.ok("quarantine", "list")
    shown = command.ok("status")

    for text in (told.out, told.err, listed.out, listed.err, shown.out):
        assert harmless(text) == text
        assert "\nerror: all" not in listed.out
    (row,) = command.ok("quarantine", "list", "--json").json["newest"]
    assert row["path"].endswith(name)


def test_a_name_that_is_no_text_is_told(command: Command, tmp_path: Path) -> None:
    data = tmp_path / "data"
    write(data / "good.csv", [event("x")])
    (data / os.fsdecode(b"caf\xe9.csv")).write_text("a,b\n1,2\n")

    told = command("ingest", data)

    assert "caf\\udce9.csv" in told.out + told.err


@given(st.text())
def test_what_is_no_command_stays(text: str) -> None:
    told = harmless(text)
    assert harmless(told) == told
    told.encode()
    if text.isprintable():
        assert told == text


@pytest.mark.parametrize(
    "text", ["Żółć, 日本語, עברית", "a\u00a0b", "\U0001f468\u200d\U0001f469", "a\tb\nc"]
)
def test_letters_of_all_languages_stay(text: str) -> None:
    assert harmless(text) == text
