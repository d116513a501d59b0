"""What Dagster records may stand in PostgreSQL; all else is as with files."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import Engine, event

from netflix_pipeline.defs.asset_specs import key
from netflix_pipeline.defs.in_process_run import materialize
from netflix_pipeline.defs.instance import ADDRESS, HistoryUnavailable, dagster_home, open_instance
from netflix_pipeline.erasing import erase_history
from netflix_pipeline.errors import BadInput
from netflix_pipeline.persons import Persons
from netflix_pipeline.settings import Settings
from netflix_pipeline_tests.support.cut_connection import cut_connection
from netflix_pipeline_tests.support.days import FIRST, Watch, from_day
from netflix_pipeline_tests.support.postgres_server import (
    CODED,
    PASSWORD,
    PostgresServer,
)
from netflix_pipeline_tests.support.waiting import until


@pytest.fixture
def home(on_server: Settings) -> Settings:
    return on_server


def files_below(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def test_runs_are_recorded_on_the_server_and_not_in_files(
    home: Settings, watched: Watch, server: PostgresServer
) -> None:
    days = from_day(FIRST, 2)
    watched(days)
    outcome = materialize(home)
    assert outcome.success
    with open_instance(home) as instance:
        assert [run.run_id for run in instance.get_runs()] == outcome.run_ids
        told = instance.get_materialized_partitions(key("gold/title_daily"))
        assert told == {day.isoformat() for day in days}
        # The record of a day: what it was made of, and when.
        assert instance.get_latest_materialization_event(key("gold/title_daily")) is not None
    assert not [path for path in files_below(home.dagster) if path.suffix == ".db"]
    words = (PASSWORD.encode(), CODED.encode())
    assert not [
        path for path in files_below(home.root) if any(word in path.read_bytes() for word in words)
    ]
    assert any("title_daily" in row for row in server.rows())


def test_who_is_erased_is_in_no_row_of_the_server_and_in_no_file_of_its_tables(
    home: Settings, server: PostgresServer
) -> None:
    ann = Persons(["ann-4711"])
    with open_instance(home) as instance:
        for number in range(30):
            instance.report_runless_asset_event(
                dg.AssetMaterialization("plays", metadata={"who": f"bob-{number}, ann-4711"})
            )
        instance.daemon_cursor_storage.set_cursor_values({"landing": '[["ann-4711.csv", 12]]'})
        assert len(instance.fetch_materializations(dg.AssetKey("plays"), limit=99).records) == 30
        assert server.holds(b"ann-4711")
        assert erase_history(home, ann) >= 30
        assert not [row for row in server.rows() if "ann-4711" in row]
        assert not server.holds(b"ann-4711")
        records = instance.fetch_materializations(dg.AssetKey("plays"), limit=1).records
        assert records[0].asset_materialization is not None
        assert records[0].asset_materialization.metadata["who"].value == "bob-29, erased"
        cursors = instance.daemon_cursor_storage.get_cursor_values({"landing"})
        assert cursors == {"landing": '[["erased.csv", 12]]'}
        assert erase_history(home, ann) == 0


def test_a_server_that_is_away_is_told_with_what_to_do(
    home: Settings, server: PostgresServer, free_port: int
) -> None:
    away = home.model_copy(
        update={"dagster_database": f"postgresql://netflix:secret@127.0.0.1:{free_port}/postgres"}
    )
    with pytest.raises(HistoryUnavailable, match=rf"127\.0\.0\.1:{free_port} does not answer"):
        dagster_home(away)
    with pytest.raises(HistoryUnavailable, match="password authentication failed"):
        dagster_home(
            home.model_copy(update={"dagster_database": server.url.replace(CODED, "secret")})
        )


def test_who_records_or_reads_goes_on_when_the_server_was_killed_and_is_back(
    home: Settings, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Dagster itself tries to connect six times, and makes no statement again.
    once = "dagster_postgres.utils.retry_pg_connection_fn"
    monkeypatch.setattr(once, lambda connect: connect())
    plays = dg.AssetKey("plays")
    with open_instance(home) as instance, ThreadPoolExecutor() as beside:

        def record(number: int) -> None:
            instance.report_runless_asset_event(
                dg.AssetMaterialization(plays, metadata={"number": number})
            )

        def numbers() -> list[object]:
            records = instance.fetch_materializations(plays, limit=9).records
            told = [each.asset_materialization for each in records]
            return [each.metadata["number"].value for each in told if each]

        record(1)
        assert numbers() == [1]
        # It is away when something is asked.
        server.stop()
        returning = threading.Timer(1, server.start)
        returning.start()
        record(2)
        assert numbers() == [2, 1]
        returning.join()
        # It ends while something waits for its answer: what is written, then what is read.
        for number in (3, 0):
            if number:
                record(number)
            holds = server.connect()
            holds.execute("BEGIN")
            holds.execute("LOCK TABLE event_logs")
            asked = beside.submit(numbers)
            until(server.waiting)
            server.stop()
            holds.close()
            server.start()
            assert asked.result(60) == [3, 2, 1]


@pytest.mark.parametrize("lost", ["INSERT INTO runs", "INSERT INTO run_tags", "COMMIT"])
def test_a_run_is_added_once_whatever_answer_to_it_was_lost(
    home: Settings, server: PostgresServer, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    @dg.job
    def nothing() -> None:
        """A run without a step."""

    with cut_connection(server.port) as way:
        over_it = server.url.replace(f":{server.port}/", f":{way.port}/")
        monkeypatch.setenv(ADDRESS, over_it)
        with open_instance(home.model_copy(update={"dagster_database": over_it})) as instance:
            due = [lost]

            def lose(*told: object) -> None:
                if due and (lost == "COMMIT" or any(str(each).startswith(lost) for each in told)):
                    due.clear()
                    way.lose = 1

            moment = "commit" if lost == "COMMIT" else "before_cursor_execute"
            event.listen(Engine, moment, lose)
            try:
                run = instance.create_run_for_job(nothing, tags={"who": "somebody"})
            finally:
                event.remove(Engine, moment, lose)
            assert not due
            of_somebody = dg.RunsFilter(tags={"who": "somebody"})
            assert [each.run_id for each in instance.get_runs(of_somebody)] == [run.run_id]


@pytest.mark.parametrize(
    "address", ["postgresql://netflix:secret@127.0.0.1:port/x", "sqlite:///secret", "secret"]
)
def test_what_is_no_address_of_a_server_is_refused_without_telling_it(
    home: Settings, address: str
) -> None:
    with pytest.raises(BadInput, match=ADDRESS) as refused:
        dagster_home(home.model_copy(update={"dagster_database": address}))
    assert "secret" not in str(refused.value)
    assert "postgresql://USER" in str(refused.value)


def test_a_run_opens_a_few_connections_however_much_it_records(
    home: Settings, watched: Watch, server: PostgresServer
) -> None:
    watched(from_day(FIRST, 12))
    dagster_home(home)  # its tables
    before = server.sessions()
    assert materialize(home).success
    events = sum("STEP_" in row or "ASSET_" in row for row in server.rows())
    assert server.sessions() - before < 25 < events / 4
