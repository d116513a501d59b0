import os
import sqlite3
import stat
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, delete, insert, select
from sqlalchemy.exc import IntegrityError

from netflix_pipeline.errors import BadInput
from netflix_pipeline.settings import Settings
from netflix_pipeline.state import StateUnavailable, UtcDateTime, database, ensure, open_state
from netflix_pipeline.state.keys import Keys
from netflix_pipeline_tests.locked import is_locked

NOTES = Table(
    "notes",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("text", String, index=True),
    Column("at", UtcDateTime),
)


def test_what_is_deleted_leaves_no_trace_in_any_file(home: Settings) -> None:
    engine = open_state(home)
    ensure(engine, NOTES)
    with engine.begin() as connection:
        connection.execute(insert(NOTES), [{"text": f"somebody-{n}"} for n in range(500)])
    with engine.begin() as connection:
        connection.execute(delete(NOTES))
    for file in home.state.iterdir():
        assert b"somebody-" not in file.read_bytes(), file
    engine.dispose()


def test_it_is_for_its_owner_alone(home: Settings) -> None:
    mask = os.umask(0)
    try:
        open_state(home).dispose()
    finally:
        os.umask(mask)
    assert stat.S_IMODE(home.state.stat().st_mode) == 0o700
    assert stat.S_IMODE((home.state / "state.sqlite").stat().st_mode) == 0o600


def test_several_begin_at_once(home: Settings) -> None:
    failed: list[BaseException] = []

    def begin(number: int) -> None:
        try:
            engine = open_state(home)
            ensure(engine, NOTES)
            with engine.begin() as connection:
                connection.execute(insert(NOTES), {"id": number})
            engine.dispose()
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    engine = open_state(home)
    with engine.connect() as connection:
        assert sorted(connection.scalars(select(NOTES.c.id))) == list(range(8))
    engine.dispose()


def test_times_come_back_in_utc(home: Settings) -> None:
    engine = open_state(home)
    ensure(engine, NOTES)
    told = datetime(2026, 3, 6, 20, 15, tzinfo=timezone(timedelta(hours=2)))
    with engine.begin() as connection:
        connection.execute(insert(NOTES), [{"at": told}, {"at": None}])
    with engine.connect() as connection:
        back, none = connection.scalars(select(NOTES.c.at).order_by(NOTES.c.id))
    assert back == told
    assert back.tzinfo is UTC
    assert none is None
    engine.dispose()


def test_errors_say_which_file(home: Settings) -> None:
    home.state.mkdir(parents=True)
    (home.state / "state.sqlite").write_bytes(b"no database at all, but long enough to be one" * 9)
    with pytest.raises(StateUnavailable, match=r"state\.sqlite .*not a database"):
        open_state(home)


def test_a_statement_that_fails_says_so_too(
    home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.1)
    engine = open_state(home)
    keys = Keys(engine)
    with closing(sqlite3.connect(home.state / "state.sqlite")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StateUnavailable, match=r"state\.sqlite cannot be used: .*locked"):
            keys.all()
        with pytest.raises(StateUnavailable, match=r"state\.sqlite cannot be used: .*locked"):
            keys.give_back("any")
    assert not keys.all()
    engine.dispose()


def test_a_broken_constraint_stays_what_it_is(home: Settings) -> None:
    engine = open_state(home)
    ensure(engine, NOTES)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(insert(NOTES), [{"id": 1}, {"id": 1}])
    engine.dispose()


@pytest.mark.parametrize(
    "address",
    [
        "no address",
        "nothing://user:geheim@host/name",
        "mysql://user:geheim@host/name",
        "postgresql://user:S3CR@geheim/pw@host:5432/name",
        "postgresql://user:S3CR@geheim@host:5432/name",
    ],
)
def test_an_address_that_is_none_is_refused_without_telling_it(
    home: Settings, address: str
) -> None:
    with pytest.raises(BadInput, match="NETFLIX_STATE_DATABASE") as refused:
        open_state(home.model_copy(update={"state_database": address}))
    assert "geheim" not in str(refused.value)


def test_another_database_is_opened_by_its_address(home: Settings) -> None:
    engine = open_state(
        home.model_copy(update={"state_database": f"sqlite:///{home.root.parent}/other.sqlite"})
    )
    ensure(engine, NOTES)
    assert (home.root.parent / "other.sqlite").exists()
    assert not home.state.exists()
    engine.dispose()


def test_whoever_connects_takes_no_lock_from_others_of_the_process(home: Settings) -> None:
    engine = open_state(home)
    ensure(engine, NOTES)
    with engine.begin() as writing:
        writing.execute(insert(NOTES), {"id": 1})
        with engine.connect() as reading:
            reading.execute(select(NOTES)).all()
        assert is_locked(home.state / "state.sqlite")
    assert not is_locked(home.state / "state.sqlite")
    engine.dispose()
