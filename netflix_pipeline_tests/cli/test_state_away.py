"""A state database that is locked costs a command one line and exit code 1."""

from collections.abc import Iterator

import pytest

from netflix_pipeline.settings import Settings
from netflix_pipeline.state import database, open_state
from netflix_pipeline.state.keys import Keys
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.locks import locked


@pytest.fixture
def command(home: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """The command in a home whose state database is locked."""
    monkeypatch.setattr(database, "PATIENCE", 0.1)
    engine = open_state(home)
    Keys(engine).create("one", {"ops:read"})
    engine.dispose()
    with locked(home):
        yield Command(home.root)


@pytest.mark.parametrize(
    "arguments",
    [
        ("keys", "create", "two", "--scope", "ops:read"),
        ("keys", "list"),
        ("keys", "revoke", "abcdefgh"),
        ("keys", "audit"),
        ("annotate", "add", "2026-03-04", "a word"),
        ("annotate", "list"),
        ("annotate", "remove", "1"),
        ("forget", "u-1"),
        ("forget", "--lift", "u-1"),
        ("materialize",),
    ],
    ids=" ".join,
)
def test_it_is_told_in_one_line(command: Command, arguments: tuple[str, ...]) -> None:
    ran = command(*arguments)
    assert ran.code == 1, (ran.out, ran.err)
    assert "state.sqlite cannot be used: database is locked" in ran.err
    assert len(ran.err.strip().splitlines()) == 1, ran.err
    assert "Traceback" not in ran.err + ran.out


def test_status_tells_it_beside_all_else(command: Command) -> None:
    ran = command("status")
    assert "state.sqlite cannot be used: database is locked" in ran.err
    assert len(ran.err.strip().splitlines()) == 1, ran.err
    assert "nothing is published yet" in ran.out
