"""What people put in moves to a database that machines share, and back: all of it, or nothing."""

import pkgutil
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table

from netflix_pipeline import state
from netflix_pipeline.errors import DamagedFile
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import (
    AlertDefinition,
    Annotations,
    Bookmarks,
    BusinessAlerts,
    Keys,
    Passwords,
    erased_persons,
    open_erasures,
    opened,
    state_file,
)
from netflix_pipeline.state.business_alerts import NOTHING_FOUND
from netflix_pipeline.state.copying import TABLES, StateNotEmpty, _rows, copy_state
from netflix_pipeline.state.database import rows_of
from netflix_pipeline.state.password_stores import PASSWORDS
from netflix_pipeline.state.reports import Reports
from netflix_pipeline.state.sessions import SESSIONS
from netflix_pipeline_tests.support.command import Command
from netflix_pipeline_tests.support.postgres_server import PostgresServer

ALERT = AlertDefinition("an alert", "plays", "", "below", 1.0, "day")
NOW = datetime.now(UTC)


def put_in(home: Settings) -> None:
    """Something in every table."""
    with opened(home) as engine:
        keys = Keys(engine)
        kept, _ = keys.create("kept", ("ops:read",), expires=NOW + timedelta(days=9))
        keys.revoke(keys.create("revoked", ("users:read",), users=("ann",))[0].id)
        keys.used(kept.id, NOW.date())
        keys.lend("its own", ("ops:read",), timedelta(hours=1))
        annotations = Annotations(engine)
        annotations.add(date(2026, 3, 1), "a launch", "launch", country="DE")
        annotations.add(date(2026, 3, 2), "mine", author="ann", private=True)
        Bookmarks(engine).keep("Weekly", "/?period=7d", "ann", shared=True)
        Reports(engine).add("Monday", "/", "week", 7, ("a@example.org",), "ann", since=NOW)
        alerts = BusinessAlerts(engine)
        one, two = (alerts.add(ALERT, actor="api") for _ in range(2))
        alerts.found(one, NOTHING_FOUND, {"email": "it fell"})
        alerts.remove(two.id, actor="api")
    with open_erasures(home) as erasures:
        erasures.mark(["bob", "cid"], actor="command")
        erasures.done(["bob"])
    Passwords(home).set("ann", "correct horse battery")


def everything(home: Settings) -> dict[str, list[Any]]:
    with opened(home) as engine:
        told = {table.name: sorted(rows_of(engine, _rows(table)), key=repr) for table in TABLES}
    return {**told, "passwords": sorted(Passwords(home).hashes.items())}


def test_every_table_moves_but_for_what_begins_anew() -> None:
    modules = [f"{state.__name__}.{each.name}" for each in pkgutil.iter_modules(state.__path__)]
    known = {
        each
        for module in modules
        for each in vars(import_module(module)).values()
        if isinstance(each, Table)
    }
    assert known == {*TABLES, PASSWORDS, SESSIONS}


def test_it_moves_to_a_database_and_back(tmp_path: Path, postgres: PostgresServer) -> None:
    postgres.empty()
    home = Settings(home=tmp_path / "home")
    shared = home.model_copy(update={"state_database": postgres.url})
    put_in(home)
    before = everything(home)
    assert all(before.values())
    # Where the database knows nothing of who was erased it is told what to do.
    with pytest.raises(DamagedFile, match="netflix-pipeline state copy database"):
        erased_persons(shared)
    counts = copy_state(shared, "database")
    assert counts == {name: len(rows) for name, rows in before.items()}
    assert everything(shared) == before
    assert copy_state(shared, "database") == counts
    assert erased_persons(shared).matching(["ann", "bob", "cid"]) == {"bob", "cid"}
    with opened(shared) as engine:
        # Whoever was told of an alert that was removed is not told of another by its number.
        assert BusinessAlerts(engine).add(ALERT, actor="api").id == 3
        assert Annotations(engine).add(date(2026, 3, 3), "later").id == 3

    stranger = Settings(home=tmp_path / "stranger", state_database=postgres.url)
    put_in(stranger.model_copy(update={"state_database": ""}))
    after = everything(shared)
    with pytest.raises(StateNotEmpty, match="annotations"):
        copy_state(stranger, "database")
    assert everything(shared) == after

    state_file(home).unlink()
    copy_state(shared, "disk")
    assert everything(home) == after
    with opened(home) as engine:
        assert BusinessAlerts(engine).add(ALERT, actor="api").id == 4


def test_the_command_says_what_is_to_be_set_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = Command(tmp_path / "home")
    ran = command("state", "copy", "database")
    assert (ran.code, "set NETFLIX_STATE_DATABASE" in ran.err) == (1, True)
    monkeypatch.setenv("NETFLIX_STATE_DATABASE", f"sqlite:///{tmp_path}/shared.sqlite")
    ran = command("state", "copy", "database")
    assert (ran.code, "nobody put anything in" in ran.err) == (1, True)
    put_in(Settings(home=command.home, state_database=""))
    assert command.ok("state", "copy", "database", "--json").json["rows"]["keys"] == 2
    ran = command.ok("state", "copy", "database")
    assert "copy of" in ran.err
    assert "once the copy is in use" in ran.err
    assert len(command.ok("keys", "list", "--json").json["keys"]) == 2
