from __future__ import annotations

import subprocess

from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords
from netflix_pipeline_tests.cli.command import Command


def test_somebody_gets_a_password_and_loses_it(command: Command) -> None:
    process = command.start("passwords", "set", "ann", "--stdin", stdin=subprocess.PIPE)
    _, err = process.communicate("correct horse battery\n", timeout=60)
    assert process.returncode == 0, err
    assert Passwords(Settings(home=command.home)).check("ann", "correct horse battery")
    assert command.ok("passwords", "list").out == "ann\n"
    assert command.ok("passwords", "list", "--json").json == {"names": ["ann"]}
    command.ok("passwords", "remove", "ann")
    assert "passwords set NAME" in command.ok("passwords", "list").out
    gone = command("passwords", "remove", "ann")
    assert gone.code == 1
    assert "nobody is called ann" in gone.err
