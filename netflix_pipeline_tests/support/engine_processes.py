"""Engines as tests start them: processes of their own, which tests stop, freeze and start again."""

import os
import subprocess

import pytest

from netflix_pipeline.engines import Engine


def started(engine: Engine, *options: str) -> subprocess.Popen[bytes]:
    """The process of an engine that was made, once it answers."""
    with engine.log.open("ab") as lines:
        process = subprocess.Popen(
            [*engine.command, *options],
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=lines,
            cwd=engine.folder,
        )
    engine.wait(process)
    return process


def needs(*engines: type[Engine]) -> None:
    """Go on where they are installed; else CI fails and others skip."""
    for engine in engines:
        if engine.program() is None:
            say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            say(f"{engine.name} is not installed; `make test` does it")
