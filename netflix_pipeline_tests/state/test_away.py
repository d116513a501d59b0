"""A database of state that is locked, restarted or frozen: told as it is, and used again after."""

import sys
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import IntegrityError

from netflix_pipeline.errors import BadInput
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import (
    AlertDefinition,
    Annotations,
    Bookmarks,
    BusinessAlerts,
    Erasures,
    StateUnavailable,
    annotations_of,
    erased_persons,
    open_state,
)
from netflix_pipeline.state import database as module
from netflix_pipeline.state.audit import AUDIT, Audit
from netflix_pipeline.state.keys import Keys
from netflix_pipeline_tests.support.locks import locked
from netflix_pipeline_tests.support.postgres_server import PASSWORD, PostgresServer

ALERT = AlertDefinition("an alert", "plays", "", "below", 1.0, "day")
USES: dict[str, Callable[[Engine, Settings], object]] = {
    "create a key": lambda engine, _: Keys(engine).create("one", {"ops:read"}),
    "read keys": lambda engine, _: Keys(engine).all(),
    "lend a key": lambda engine, _: Keys(engine).lend("one", {"ops:read"}, timedelta(hours=1)),
    "record": lambda engine, _: Audit(engine).record("command", "test"),
    "read the audit": lambda engine, _: Audit(engine).entries(10),
    "mark": lambda engine, home: Erasures(engine, home).mark(["u-2"]),
    "erase": lambda engine, home: Erasures(engine, home).done(["u-1"]),
    "count": lambda engine, home: Erasures(engine, home).counts(),
    "annotate": lambda engine, _: Annotations(engine).add(date(2026, 3, 1), "a word"),
    "keep a view": lambda engine, _: Bookmarks(engine).keep("a view", "/"),
    "keep an alert": lambda engine, _: BusinessAlerts(engine).add(ALERT, actor="api"),
    "look at marks": lambda _, home: erased_persons(home),
    "look at annotations": lambda _, home: annotations_of(home),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_locked_file_is_told_and_used_again(
    use: Callable[[Engine, Settings], object], home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    engine = open_state(home)
    Erasures(engine, home).mark(["u-1"])
    with locked(home):
        for _ in range(2):
            with pytest.raises(StateUnavailable, match=r"state\.sqlite cannot be used: .*locked"):
                use(engine, home)
    use(engine, home)
    engine.dispose()


def test_what_cannot_stand_in_the_audit_is_not_done(home: Settings) -> None:
    engine = open_state(home)
    erasures, keys, audit = Erasures(engine, home), Keys(engine), Audit(engine)
    key, _ = keys.create("one", {"ops:read"})
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END")
        )
    for change in (
        lambda: erasures.mark(["u-1"], actor="aaaaaaaa"),
        lambda: keys.create("two", {"ops:read"}),
        lambda: keys.revoke(key.id),
    ):
        with pytest.raises(IntegrityError):
            change()
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER full"))
    assert (erasures.pending(), [one.revoked for one in keys.all()]) == ([], [None])
    erasures.mark(["u-1"], actor="aaaaaaaa")
    erasures.mark(["u-1"], actor="aaaaaaaa")
    assert [entry.action for entry in audit.entries(10)] == ["erase", "key-created"]
    engine.dispose()


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
def test_one_person_who_is_marked_by_many_at_once_is_marked_once(home: Settings) -> None:
    engine = open_state(home)
    erasures = Erasures(engine, home)
    erasures.mark(["u-0"])
    failed: list[BaseException] = []

    def mark() -> None:
        try:
            for number in range(8):
                Erasures(engine, home).mark([f"u-{number}"], actor="aaaaaaaa")
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)

    threads = [threading.Thread(target=mark) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(erasures.pending()) == 8
    assert len(Audit(engine).entries(100)) == 7
    engine.dispose()


@pytest.fixture
def away(home: Settings, postgres: PostgresServer) -> Settings:
    """Settings with state in PostgreSQL."""
    postgres.empty()
    return home.model_copy(update={"state_database": postgres.url})


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_by_psycopg_however_it_is_written(
    away: Settings, scheme: str
) -> None:
    address = away.state_database.replace("postgresql", scheme, 1)
    engine = open_state(away.model_copy(update={"state_database": address}))
    assert engine.url.drivername == "postgresql+psycopg"
    key, _ = Keys(engine).create("one", {"ops:read"})
    assert [one.id for one in Keys(engine).all()] == [key.id]
    engine.dispose()


def test_without_the_driver_the_package_to_install_is_named(
    away: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(BadInput, match="the extra `postgres`") as refused:
        open_state(away)
    assert "ss/word" not in str(refused.value)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ((":p%40ss", ":wrong%40ss"), "password authentication failed"),
        (("/postgres", "/nowhere"), "does not exist"),
    ],
    ids=["password", "database"],
)
def test_a_server_that_refuses_is_told_in_one_line_without_a_password(
    away: Settings, wrong: tuple[str, str], told: str
) -> None:
    address = away.state_database.replace(*wrong)
    with pytest.raises(StateUnavailable, match=told) as refused:
        open_state(away.model_copy(update={"state_database": address}))
    said = str(refused.value)
    assert "\n" not in said
    assert "127.0.0.1" in said
    assert PASSWORD not in said
    assert "ss%2Fword" not in said


def test_a_restart_of_the_server_is_survived(away: Settings, postgres: PostgresServer) -> None:
    engine = open_state(away)
    keys, erasures = Keys(engine), Erasures(engine, away)
    key, _ = keys.create("one", {"ops:read"})
    erasures.mark(["u-1"], actor="aaaaaaaa")

    def read() -> None:
        with engine.begin() as connection:
            postgres.stop()
            connection.execute(select(AUDIT))

    with pytest.raises(StateUnavailable):
        read()
    with pytest.raises(StateUnavailable, match="database of state at 127"):
        keys.all()
    postgres.start()
    assert [one.id for one in keys.all()] == [key.id]
    erasures.mark(["u-2"], actor="aaaaaaaa")
    assert erasures.pending() == ["u-1", "u-2"]
    assert len(Audit(engine).entries(10)) == 3
    engine.dispose()


def test_a_statement_that_waits_for_a_lock_ends(
    away: Settings, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(module.SERVER_PATIENCE, "options", "-c statement_timeout=300")
    engine = open_state(away)
    erasures = Erasures(engine, away)
    with postgres.connect() as connection, connection.transaction():
        connection.execute("LOCK TABLE erasure_marks")
        with pytest.raises(StateUnavailable, match="statement timeout"):
            erasures.mark(["u-1"])
    assert erasures.mark(["u-1"]) == ["u-1"]
    engine.dispose()


def test_what_the_database_cannot_hold_is_bad_input(away: Settings) -> None:
    engine = open_state(away)
    with pytest.raises(BadInput, match="cannot hold"):
        Erasures(engine, away).mark(["u-\x001"])
    engine.dispose()


def test_several_begin_at_once_with_postgresql(away: Settings) -> None:
    failed: list[BaseException] = []

    def begin() -> None:
        try:
            engine = open_state(away)
            Keys(engine)
            Erasures(engine, away)
            with engine.begin() as connection:
                connection.execute(
                    insert(AUDIT),
                    {
                        **dict.fromkeys(("actor", "action", "subject", "detail"), ""),
                        "at": datetime.now(UTC),
                        "count": 1,
                    },
                )
            engine.dispose()
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)

    threads = [threading.Thread(target=begin) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
