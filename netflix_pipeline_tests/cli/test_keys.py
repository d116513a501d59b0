"""`netflix-pipeline keys`: made, listed, revoked, looked after."""

from datetime import UTC, datetime, timedelta

import pytest

from netflix_pipeline.cli.keys import _until
from netflix_pipeline.state.keys import id_of
from netflix_pipeline_tests.support.command import Command

NOW = datetime(2026, 3, 6, 20, 15, tzinfo=UTC)


def test_a_key_is_all_that_stands_on_stdout(command: Command) -> None:
    made = command.ok("keys", "create", "dashboards", "--scope", "analytics:read")
    (line,) = made.out.splitlines()
    key_id = id_of(line.encode())
    assert key_id is not None
    assert "cannot be shown again" in made.err
    listed = command.ok("keys", "list")
    assert key_id in listed.out
    assert line not in listed.out + command.ok("keys", "list", "--json").out


def test_the_way_of_a_key(command: Command) -> None:
    asked = ["--scope", "users:read", "--user", " u-1\u00a0", "--user", "u-2", "--limit", 30]
    made = command.ok("keys", "create", "help desk", *asked, "--expires", "90d", "--json").json
    assert made["scopes"] == ["users:read"]
    assert made["users"] == ["u-1", "u-2"]
    assert made["requests_per_minute"] == 30
    (told,) = command.ok("keys", "list", "--json").json["keys"]
    assert told | {"key": made["key"]} == made
    assert told["is"] == "usable"
    command.ok("keys", "revoke", told["id"])
    assert command.ok("keys", "list", "--json").json["keys"][0]["is"] == "revoked"
    actions = [one["action"] for one in command.ok("keys", "audit", "--json").json["entries"]]
    assert actions == ["key-revoked", "key-created"]
    assert "key-revoked" in command.ok("keys", "audit", "--action", "key-revoked").out


def test_looking_makes_nothing(command: Command) -> None:
    assert "keys create" in command.ok("keys", "list").out
    assert command.ok("keys", "audit", "--json").json == {"entries": []}
    assert not command.home.exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("create", "n"), "--scope"),
        (("create", "n", "--scope", "everything"), "analytics:read"),
        (("create", "n", "--scope", "ops:read", "--user", "u"), "bound to persons"),
        (("create", "n", "--scope", "ops:read", "--expires", "soon"), "90d"),
        (("create", "n", "--scope", "ops:read", "--expires", "2020-01-01"), "expired"),
        (("revoke", "aaaaaaaa"), "keys list"),
    ],
)
def test_wrong_use_says_what_is_right(
    command: Command, arguments: tuple[str, ...], told: str
) -> None:
    ran = command("keys", *arguments)
    assert ran.code in (1, 2)
    assert told in ran.err


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("30m", NOW + timedelta(minutes=30)),
        ("12h", NOW + timedelta(hours=12)),
        ("90d", NOW + timedelta(days=90)),
        ("8w", NOW + timedelta(weeks=8)),
        ("2027-01-31", datetime(2027, 2, 1, tzinfo=UTC)),
    ],
)
def test_a_key_ends_when_it_is_said(text: str, until: datetime) -> None:
    assert _until(text, NOW) == until
