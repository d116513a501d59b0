import subprocess
from typing import Any

import pytest

from netflix_pipeline.cli.serve import who_may_look
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import Passwords
from netflix_pipeline_tests.support.command import Command


def test_somebody_gets_a_password_and_loses_it(command: Command) -> None:
    process = command.start("passwords", "set", "ann", "--stdin", stdin=subprocess.PIPE)
    _, err = process.communicate("correct horse battery\n", timeout=60)
    assert process.returncode == 0, err
    assert Passwords(Settings(home=command.home)).check("ann", "correct horse battery")
    assert command.ok("passwords", "list").out == "ann\n"
    assert command.ok("passwords", "list", "--json").json == {"names": ["ann"]}
    last = command("passwords", "remove", "ann")
    assert last.code == 1
    assert "the last who can sign in" in last.err
    Passwords(Settings(home=command.home)).set("bob", "another long one")
    command.ok("passwords", "remove", "ann")
    gone = command("passwords", "remove", "ann")
    assert gone.code == 1
    assert "nobody is called ann" in gone.err


def test_a_lost_file_is_told_until_nobody_is_to_be_asked(command: Command) -> None:
    Passwords(Settings(home=command.home)).set("ann", "correct horse battery")
    (command.home / "state" / "passwords.json").unlink()
    lost = command("passwords", "list")
    assert lost.code == 1
    assert "passwords off" in lost.err
    assert "Nobody has a password any more" in command.ok("passwords", "off").out
    assert "passwords set NAME" in command.ok("passwords", "list").out


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, "people sign in"),
        ({"host": "0.0.0.0"}, "people sign in, over https alone"),
        ({"host": "0.0.0.0", "plain_http": True}, "travel in the clear"),
        ({"trusted_user_header": "X-User"}, "by the header X-User from 127.0.0.1,::1"),
        ({"trusted_user_header": "X-User", "trusted_proxies": ""}, "from nowhere"),
    ],
)
def test_serve_tells_how_people_are_known(
    home: Settings, changed: dict[str, Any], says: str
) -> None:
    assert who_may_look(home) == ""
    Passwords(home).set("ann", "correct horse battery")
    assert says in who_may_look(home.model_copy(update=changed))
    (home.state / "passwords.json").unlink()
    assert "nobody is let in" in who_may_look(home)
